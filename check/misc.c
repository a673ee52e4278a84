/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * MISC_CHECK: what a script of the user's says.  It runs in the supervisor
 * (daemon/check_script.c); this process only asks for it by a name that both
 * derive from the configuration, and reads how it ended.
 *
 * A run knows nothing of the server, so servers with the same script line,
 * user and timing share one.  That a script cannot be run (missing, unsafe,
 * no room for a child) says nothing about the server either: class unknown.
 */
#include "check/misc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/checkers.h"
#include "check/misc_id.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"

/* Longer than its own limit a run may wait for its turn. */
#define TURN SEC(30)

/* With misc_dynamic: the first status that is a weight, and that weight's
 * distance from it. */
#define DYNAMIC_FIRST 2

struct misc {
	UT_hash_handle hh; /* by id while a run is asked for */
	uint64_t id;
	struct probe *probe; /* NULL: no run is asked for */
	uint64_t script;
	nsec_t timeout;
	bool is_dynamic;
	char path[]; /* of log lines */
};

static void
misc_key(const struct checker_conf *c, struct buf *key)
{
	const struct misc_check_conf *m = (const void *)c;

	buf_addc(key, m->misc_dynamic ? 'd' : 's');
	misc_id_add(key, m);
}

static void *
misc_data_new(const struct checker_conf *c)
{
	const struct misc_check_conf *conf = (const void *)c;
	const char *path = conf->misc_path.argv[0];
	struct misc *m = xcalloc(1, sizeof(*m) + strlen(path) + 1);

	m->script = misc_id(conf);
	m->timeout = conf->misc_timeout;
	m->is_dynamic = conf->misc_dynamic;
	memcpy(m->path, path, strlen(path) + 1);
	return m;
}

static void
misc_start(struct probe *p, monotime_t now)
{
	struct msg_misc_run run = {0};
	struct misc *m = p->data;

	(void)now;
	m->id = run.id = ++p->probes->last_script_id;
	m->probe = p;
	run.script = m->script;
	HASH_ADD(hh, p->probes->scripts, id, sizeof(m->id), m);
	check_out_send(p->probes->out, PROC_SUPER, MSG_MISC_RUN, &run);
}

static void
forget(struct misc *m)
{
	HASH_DELETE(hh, m->probe->probes->scripts, m);
	m->probe = NULL;
}

static void
misc_stop(struct probe *p)
{
	struct misc *m = p->data;
	struct msg_misc_run run = {.id = m->id, .script = m->script};

	if (m->probe == NULL)
		return; /* it has ended */
	forget(m);
	check_out_send(p->probes->out, PROC_SUPER, MSG_MISC_STOP, &run);
}

static nsec_t
misc_time_limit(const struct probe *p)
{
	const struct misc *m = p->data;

	return m->timeout + TURN;
}

/* The supervisor did not even answer. */
static void
misc_timeout(struct probe *p, monotime_t now)
{
	probe_done(p, REASON_LOCAL_HELPER, now);
}

/* ---- results ---- */

static void
on_exit_status(const struct misc *m, int status, struct check_result *r)
{
	if (status == 0) {
		r->has_value = m->is_dynamic;
		r->value = -1; /* as configured */
		return;
	}
	if (m->is_dynamic && status >= DYNAMIC_FIRST) {
		r->has_value = true;
		r->value = status - DYNAMIC_FIRST;
		return;
	}
	r->reason = REASON_SCRIPT;
	(void)snprintf(r->detail, sizeof(r->detail), "exited with status %d",
		       status);
}

static struct check_result
result_of(const struct misc *m, const struct msg_misc_done *d)
{
	struct check_result r = {.reason = REASON_NONE};

	switch ((enum msg_track_end)d->end) {
	case MSG_TRACK_EXITED:
		on_exit_status(m, d->detail, &r);
		break;
	case MSG_TRACK_KILLED:
		r.reason = REASON_SCRIPT;
		(void)snprintf(r.detail, sizeof(r.detail), "due to signal %d",
			       d->detail);
		break;
	case MSG_TRACK_TIMEOUT:
		r.reason = REASON_TIMEOUT;
		break;
	case MSG_TRACK_FAILED:
		r.reason = REASON_LOCAL_SCRIPT;
		(void)snprintf(r.detail, sizeof(r.detail), "%s",
			       strerror(d->detail));
		break;
	}
	return r;
}

void
misc_on_done(struct probes *ps, const struct msg_misc_done *d, monotime_t now)
{
	struct check_result r;
	struct probe *p;
	struct misc *m;

	HASH_FIND(hh, ps->scripts, &d->id, sizeof(d->id), m);
	if (m == NULL)
		return;
	p = m->probe;
	r = result_of(m, d);
	forget(m);
	probe_result(p, &r, now);
}

/* ---- words ---- */

static const char *
misc_target(const struct probe *p, char buf[static PROBE_NAME_LEN])
{
	const struct misc *m = p->data;
	char user[PROBE_NAME_LEN / 2];

	(void)snprintf(buf, PROBE_NAME_LEN, "for [%s] by [%.200s]",
		       probe_user_name(p, user, sizeof(user)), m->path);
	return buf;
}

/* In keepalived's words. */
static void
misc_say(const struct probe *p, bool is_changed)
{
	const struct health *h = &p->health;
	const char *how = h->last == REASON_TIMEOUT ? "timed out" : "failed";
	char target[PROBE_NAME_LEN], then[48], why[CHECK_DETAIL_LEN + 4] = "";
	uint32_t n =
		is_changed ? h->failed_in_row - 1
			   : p->key.terms->params.retry + 1 - h->failed_in_row;

	misc_target(p, target);
	if (check_reason_class(h->last) == CHECK_OK) {
		log_notice("Misc check %s succeeded.", target);
		return;
	}
	if (p->key.terms->params.retry == 0)
		(void)snprintf(then, sizeof(then), " with retry disabled");
	else
		(void)snprintf(then, sizeof(then), "%s%u retr%s",
			       is_changed ? " after " : ", will do ", n,
			       n == 1 ? "y" : "ies");
	if (p->detail != NULL)
		(void)snprintf(why, sizeof(why), " (%s)", p->detail);
	log_notice("Misc check %s %s%s%s.", target, how, then, why);
}

const struct checker_ops misc_checker_ops = {
	.type = CHECKER_MISC,
	.name = "MISC_CHECK",
	.label = "Misc check",
	.weighs = WEIGHT_ABSOLUTE,
	.is_untargeted = true,
	.key = misc_key,
	.data_new = misc_data_new,
	.data_free = free,
	.start = misc_start,
	.stop = misc_stop,
	.time_limit = misc_time_limit,
	.timeout = misc_timeout,
	.target = misc_target,
	.say = misc_say,
};
