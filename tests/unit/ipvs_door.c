/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The model kernel's door; see ipvs_door.h. */
#include "tests/unit/ipvs_door.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

struct ipvs_genl *door;

int
ipvs_genl_open(struct ipvs_genl **out)
{
	*out = xcalloc(1, sizeof(**out));
	if (door == NULL)
		door = *out;
	return 0;
}

void
ipvs_genl_close(struct ipvs_genl *g)
{
	if (g == door)
		door = NULL;
	ipvs_table_fini(&g->kernel.t);
	free(g);
}

int
ipvs_genl_set_rcvbuf(struct ipvs_genl *g, size_t bytes, bool is_forced)
{
	(void)g;
	return bytes > 1000 && !is_forced ? -EPERM : 0;
}

int
ipvs_genl_resolve(struct ipvs_genl *g)
{
	if (g->is_absent)
		return -ENOENT;
	g->is_unknown = false;
	return 0;
}

bool
ipvs_genl_is_current(struct ipvs_genl *g)
{
	return !g->is_absent && !g->is_unknown;
}

static int
fault(struct ipvs_genl *g, uint32_t one_in, int error)
{
	return g->seed != 0 && kernel_rnd(&g->seed, one_in) == 0 ? error : 0;
}

int
ipvs_genl_dump_svcs(struct ipvs_genl *g, struct ipvs_table *t)
{
	g->dumps++;
	if (g->is_absent || g->is_unknown)
		return -ENOENT;
	for (size_t i = 0; i < g->kernel.t.svcs; i++)
		ipvs_table_add_svc(t, &g->kernel.t.svc[i]);
	if (t->svcs > 0 && g->twice > 0 && g->twice--)
		ipvs_table_add_svc(t, &g->kernel.t.svc[0]);
	if (t->svcs > 0 && g->missed > 0 && g->missed--)
		t->svcs--;
	return fault(g, 40, -EINTR);
}

/* An old kernel tells of each tunnel that it is a plain one. */
static void
tell_dest(const struct ipvs_genl *g, const struct msg_dest *d,
	  struct ipvs_table *t)
{
	struct msg_dest told = *d;

	if (d->fwd_method == IP_VS_CONN_F_TUNNEL && g->lacks != 0) {
		t->lacks |= g->lacks;
		told.tun_type = told.tun_port = told.tun_flags = 0;
	}
	ipvs_table_add_dest(t, &told);
}

int
ipvs_genl_dump_dests(struct ipvs_genl *g, const struct msg_svc_key *k,
		     struct ipvs_table *t)
{
	g->dest_dumps++;
	if (kernel_find_svc(&g->kernel.t, k) == NULL)
		return -ESRCH;
	for (size_t i = 0; i < g->kernel.t.dests; i++)
		if (ipvs_svc_key_compare(&g->kernel.t.dest[i].key.svc, k) == 0)
			tell_dest(g, &g->kernel.t.dest[i], t);
	if (t->dests > 0 && g->twice > 0 && g->twice--) {
		struct msg_dest d = t->dest[t->dests - 1];

		ipvs_table_add_dest(t, &d);
	}
	if (t->dests > 0 && g->missed > 0 && g->missed--)
		t->dests--;
	return fault(g, 400, -EINTR);
}

/* As the kernel says it: connections belong to the server's nest. */
static void
encode_view(struct nlmsghdr *nlh, const struct msg_dest *d)
{
	struct nlattr *nest;
	uint32_t last = d->key.addr.bytes[3];

	ipvs_encode_cmd(nlh, IPVS_CMD_NEW_DEST);
	nest = mnl_nlmsg_get_payload_tail(nlh);
	ipvs_encode_dest(nlh, d);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_ACTIVE_CONNS, last);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_INACT_CONNS, last * 10);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_PERSIST_CONNS, last / 2);
	nest->nla_len = (uint16_t)((char *)mnl_nlmsg_get_payload_tail(nlh) -
				   (char *)nest);
}

int
ipvs_genl_dump(struct ipvs_genl *g, uint8_t cmd, const struct msg_svc_key *k,
	       int (*on_msg)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	_Alignas(8) char buf[2048];
	int err = 0;

	if (cmd != IPVS_CMD_GET_DEST)
		return -EOPNOTSUPP;
	if (kernel_find_svc(&g->kernel.t, k) == NULL)
		return -ESRCH;
	for (size_t i = 0; i < g->kernel.t.dests && err >= 0; i++) {
		const struct msg_dest *d = &g->kernel.t.dest[i];
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

		if (ipvs_svc_key_compare(&d->key.svc, k) != 0)
			continue;
		encode_view(nlh, d);
		err = on_msg(arg, nlh);
	}
	return err;
}

/* The request, or the fault that was asked for. */
static int
do_one(struct ipvs_genl *g, const struct ipvs_op *op)
{
	bool is_faulty = g->fail_in > 0 && --g->fail_in == 0;
	int err = 0;

	if (g->is_absent || g->is_unknown)
		return -ENOENT;
	if (g->refused != NULL && op->kind == IPVS_OP_SVC_ADD &&
	    strcmp(op->svc.sched, g->refused) == 0)
		return -ENOENT;
	if (!is_faulty || g->fail_is_done)
		err = kernel_do(&g->kernel, op);
	return is_faulty ? g->fail_error : err;
}

int
ipvs_genl_apply(struct ipvs_genl *g, const struct ipvs_op *ops, size_t n,
		void (*on_result)(void *arg, size_t i, int error), void *arg)
{
	g->applies++;
	for (size_t i = 0; i < n; i++) {
		int err;

		g->requests++;
		if (g->is_replaced) {
			g->is_replaced = false;
			g->is_unknown = true;
			ipvs_table_reset(&g->kernel.t);
		}
		err = do_one(g, &ops[i]);
		/* Done, but the answer is lost. */
		if (fault(g, 60, 1) != 0)
			err = -ENOBUFS;
		on_result(arg, i, err);
	}
	return fault(g, 300, -EIO);
}

int
ipvs_genl_flush(struct ipvs_genl *g)
{
	if (g->is_absent)
		return -ENOENT;
	g->flushes++;
	ipvs_table_reset(&g->kernel.t);
	return 0;
}

int
ipvs_genl_get_timeouts(struct ipvs_genl *g, struct ipvs_timeouts *out)
{
	*out = g->timeouts;
	return 0;
}

int
ipvs_genl_set_timeouts(struct ipvs_genl *g, const struct ipvs_timeouts *t)
{
	g->timeouts = *t;
	g->n_timeouts++;
	return 0;
}

int
ipvs_genl_dump_daemons(struct ipvs_genl *g, struct ipvs_daemon *out, size_t *n)
{
	if (g->is_absent)
		return -ENOENT;
	memcpy(out, g->daemon, g->daemons * sizeof(*out));
	*n = g->daemons;
	return 0;
}

int
ipvs_genl_start_daemon(struct ipvs_genl *g, const struct ipvs_daemon *d)
{
	for (size_t i = 0; i < g->daemons; i++)
		if (g->daemon[i].state == d->state)
			return -EEXIST;
	g->daemon[g->daemons] = *d;
	g->daemon[g->daemons++].d.roles = 0; /* the kernel has no such thing */
	g->requests++;
	return 0;
}

int
ipvs_genl_stop_daemon(struct ipvs_genl *g, uint32_t state)
{
	g->requests++;
	for (size_t i = 0; i < g->daemons; i++)
		if (g->daemon[i].state == state) {
			g->daemon[i] = g->daemon[--g->daemons];
			return 0;
		}
	return -ESRCH;
}

uint64_t
ipvs_genl_requests(const struct ipvs_genl *g)
{
	return g->requests;
}
