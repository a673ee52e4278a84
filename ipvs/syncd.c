/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The roles of the kernel's connection sync daemon; see syncd.h. */
#include "ipvs/syncd.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <string.h>

#include "lib/log.h"
#include "lib/util.h"

struct syncd {
	struct ipvs_genl *genl;
	bool is_resolved;
	struct msg_sync_daemon want;
	uint32_t ours;	     /* roles that were started or found as wanted */
	uint32_t started;    /* times, over all */
	int last_error;	     /* told once, until it changes */
	monotime_t since[2]; /* by role, while it is ours */
};

static const struct {
	uint32_t role, state;
	const char *name;
} roles[] = {
	{MSG_SYNC_MASTER, IP_VS_STATE_MASTER, "master"},
	{MSG_SYNC_BACKUP, IP_VS_STATE_BACKUP, "backup"},
};

int
syncd_open(struct syncd **out)
{
	struct syncd *s = xcalloc(1, sizeof(*s));
	int err = ipvs_genl_open(&s->genl);

	if (err < 0) {
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void
syncd_close(struct syncd *s)
{
	if (s == NULL)
		return;
	ipvs_genl_close(s->genl);
	free(s);
}

bool
syncd_is_alike(const struct msg_sync_daemon *want,
	       const struct msg_sync_daemon *have)
{
	return strncmp(want->ifname, have->ifname, sizeof(want->ifname)) == 0 &&
	       want->id == have->id &&
	       (want->maxlen == 0 || want->maxlen == have->maxlen) &&
	       (want->port == 0 || want->port == have->port) &&
	       (want->ttl == 0 || want->ttl == have->ttl) &&
	       (!addr_is_set(&want->group) ||
		addr_is_equal(&want->group, &have->group));
}

bool
syncd_has_work(const struct syncd *s)
{
	return s->want.roles != 0 || s->ours != 0;
}

/* Tells an error once; whether all is well. */
static bool
said(struct syncd *s, const char *what, int err)
{
	if (err < 0 && err != s->last_error)
		log_err("IPVS sync daemon: cannot %s on %s: %s", what,
			s->want.ifname,
			err == -ENOENT	 ? "the kernel has no IPVS"
			: err == -ENODEV ? "no such interface"
			: err == -EINVAL
				? "the kernel finds its settings invalid, or "
				  "a server of the other family is behind a "
				  "tunnel"
				: strerror(-err));
	if (err < 0)
		s->last_error = err;
	return err == 0;
}

static int
dump(struct syncd *s, struct ipvs_daemon have[IPVS_DAEMONS], size_t *n)
{
	int err = 0;

	if (!s->is_resolved)
		err = ipvs_genl_resolve(s->genl);
	if (err == 0)
		err = ipvs_genl_dump_daemons(s->genl, have, n);
	s->is_resolved = err == 0;
	return err;
}

/* One role: stop what is wrong or no longer wanted, start what is missing. */
static bool
settle(struct syncd *s, size_t k, const struct ipvs_daemon *have)
{
	uint32_t role = roles[k].role;
	bool is_wanted = s->want.roles & role;
	struct ipvs_daemon d = {.state = roles[k].state, .d = s->want};

	if (have != NULL && is_wanted && syncd_is_alike(&s->want, &have->d)) {
		if (!(s->ours & role))
			s->since[k] = monotime_now();
		s->ours |= role;
		return true;
	}
	if (have != NULL && (is_wanted || s->ours & role)) {
		if (!said(s, "stop",
			  ipvs_genl_stop_daemon(s->genl, roles[k].state)))
			return false;
		log_info("IPVS sync daemon: %s on %s stopped", roles[k].name,
			 have->d.ifname);
	}
	s->ours &= ~role;
	if (!is_wanted)
		return true;
	if (!said(s, "start", ipvs_genl_start_daemon(s->genl, &d)))
		return false;
	log_info("IPVS sync daemon: %s on %s, id %u, started", roles[k].name,
		 s->want.ifname, s->want.id);
	s->ours |= role;
	s->since[k] = monotime_now();
	s->started++;
	return true;
}

void
syncd_pass(struct syncd *s)
{
	struct ipvs_daemon have[IPVS_DAEMONS];
	size_t n = 0;
	bool is_ok = true;

	if (!syncd_has_work(s) || !said(s, "be asked", dump(s, have, &n)))
		return;
	for (size_t k = 0; k < ARRAY_LEN(roles); k++) {
		const struct ipvs_daemon *one = NULL;

		for (size_t i = 0; i < n; i++)
			if (have[i].state == roles[k].state)
				one = &have[i];
		is_ok &= settle(s, k, one);
	}
	if (is_ok)
		s->last_error = 0;
}

void
syncd_want(struct syncd *s, const struct msg_sync_daemon *m)
{
	s->want = *m;
	s->want.ifname[sizeof(s->want.ifname) - 1] = '\0';
	s->want.roles &= MSG_SYNC_MASTER | MSG_SYNC_BACKUP;
	s->last_error = 0;
	syncd_pass(s);
}

void
syncd_leave(struct syncd *s)
{
	s->want.roles = 0;
	syncd_pass(s);
}

monotime_t
syncd_backup_since(const struct syncd *s)
{
	return s->ours & MSG_SYNC_BACKUP ? s->since[1] : MONOTIME_NEVER;
}

void
syncd_status_get(struct syncd *s, struct syncd_status *out)
{
	struct ipvs_daemon have[IPVS_DAEMONS];
	size_t n = 0;

	*out = (struct syncd_status){.want = s->want,
				     .missing = s->want.roles,
				     .started = s->started,
				     .error = s->last_error};
	if (dump(s, have, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		size_t k = have[i].state == roles[1].state;
		bool is_alike = syncd_is_alike(&s->want, &have[i].d);

		out->role[out->n++] = (struct syncd_role){
			.name = roles[k].name,
			.d = have[i].d,
			.is_ours = (s->ours & roles[k].role) && is_alike,
			.since = s->since[k]};
		if (is_alike)
			out->missing &= ~roles[k].role;
	}
}
