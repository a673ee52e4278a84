/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The kernel's IPVS by generic netlink; see genl.h. */
#include "ipvs/genl.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>

#include "ipvs/codec_view.h"
#include "lib/nlsock.h"
#include "lib/util.h"

enum {
	AT_ONCE = 4096, /* requests built before they are sent: bounds memory */
	REQUEST_SIZE = 512,
};

struct ipvs_genl {
	struct nlsock *sock;
	uint16_t family; /* 0: not looked up */
	uint64_t requests;
};

int
ipvs_genl_open(struct ipvs_genl **out)
{
	struct nlsock *sock;
	struct ipvs_genl *g;
	int err = nlsock_open(NETLINK_GENERIC, 0, &sock);

	if (err < 0)
		return err;
	g = xcalloc(1, sizeof(*g));
	g->sock = sock;
	*out = g;
	return 0;
}

void
ipvs_genl_close(struct ipvs_genl *g)
{
	if (g == NULL)
		return;
	nlsock_close(g->sock);
	free(g);
}

int
ipvs_genl_set_rcvbuf(struct ipvs_genl *g, size_t bytes, bool is_forced)
{
	return bytes == 0 ? 0 : nlsock_set_rcvbuf(g->sock, bytes, is_forced);
}

static int
on_family(void *arg, const struct nlmsghdr *nlh)
{
	return ipvs_decode_family(nlh, arg);
}

int
ipvs_genl_resolve(struct ipvs_genl *g)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;
	uint16_t family = 0;
	int err;

	nlh->nlmsg_type = GENL_ID_CTRL;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME);
	err = nlsock_ask(g->sock, nlh, on_family, &family);
	if (err < 0)
		return err;
	if (family < GENL_MIN_ID)
		return -EBADMSG;
	g->family = family;
	return 0;
}

bool
ipvs_genl_is_current(struct ipvs_genl *g)
{
	uint16_t was = g->family;

	return ipvs_genl_resolve(g) == 0 && g->family == was;
}

static struct nlmsghdr *
begin(const struct ipvs_genl *g, void *buf, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	assert(g->family != 0);
	nlh->nlmsg_type = g->family;
	ipvs_encode_cmd(nlh, cmd);
	return nlh;
}

static int
on_svc(void *arg, const struct nlmsghdr *nlh)
{
	struct msg_svc s;
	int err = ipvs_decode_svc(nlh, &s);

	if (err == 0)
		ipvs_table_add_svc(arg, &s);
	return err == -EAFNOSUPPORT ? 0 : err; /* not ours for sure */
}

int
ipvs_genl_dump_svcs(struct ipvs_genl *g, struct ipvs_table *t)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];

	return nlsock_dump(g->sock, begin(g, buf, IPVS_CMD_GET_SERVICE), on_svc,
			   t);
}

struct dests_of {
	const struct msg_svc_key *svc;
	struct ipvs_table *t;
};

static int
on_dest(void *arg, const struct nlmsghdr *nlh)
{
	const struct dests_of *of = arg;
	struct msg_dest d;
	int err = ipvs_decode_dest(nlh, of->svc, &d);

	if (err < 0)
		return err == -EAFNOSUPPORT ? 0 : err;
	ipvs_table_add_dest(of->t, &d);
	if (d.fwd_method == IP_VS_CONN_F_TUNNEL && !of->t->has_tunnel) {
		of->t->has_tunnel = true; /* one is as good as all */
		of->t->lacks = ipvs_decode_lacks(nlh);
	}
	return 0;
}

int
ipvs_genl_dump_dests(struct ipvs_genl *g, const struct msg_svc_key *k,
		     struct ipvs_table *t)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = begin(g, buf, IPVS_CMD_GET_DEST);
	struct dests_of of = {.svc = k, .t = t};

	ipvs_encode_svc_key(nlh, k);
	return nlsock_dump(g->sock, nlh, on_dest, &of);
}

/* ---- changes ---- */

static void
encode_op(struct nlmsghdr *nlh, const struct ipvs_op *op)
{
	static const uint8_t cmd[] = {
		[IPVS_OP_SVC_ADD] = IPVS_CMD_NEW_SERVICE,
		[IPVS_OP_SVC_EDIT] = IPVS_CMD_SET_SERVICE,
		[IPVS_OP_SVC_DEL] = IPVS_CMD_DEL_SERVICE,
		[IPVS_OP_DEST_ADD] = IPVS_CMD_NEW_DEST,
		[IPVS_OP_DEST_EDIT] = IPVS_CMD_SET_DEST,
		[IPVS_OP_DEST_DEL] = IPVS_CMD_DEL_DEST,
	};

	ipvs_encode_cmd(nlh, cmd[op->kind]);
	switch (op->kind) {
	case IPVS_OP_SVC_ADD:
	case IPVS_OP_SVC_EDIT:
		ipvs_encode_svc(nlh, &op->svc);
		break;
	case IPVS_OP_SVC_DEL:
		ipvs_encode_svc_key(nlh, &op->svc.key);
		break;
	case IPVS_OP_DEST_ADD:
	case IPVS_OP_DEST_EDIT:
		ipvs_encode_svc_key(nlh, &op->dest.key.svc);
		ipvs_encode_dest(nlh, &op->dest);
		break;
	case IPVS_OP_DEST_DEL:
		ipvs_encode_svc_key(nlh, &op->dest.key.svc);
		ipvs_encode_dest_key(nlh, &op->dest.key);
		break;
	}
}

struct results {
	void (*on_result)(void *arg, size_t i, int error);
	void *arg;
};

static void
on_ack(void *arg, uint64_t token, int error)
{
	const struct results *r = arg;

	r->on_result(r->arg, (size_t)token, error);
}

int
ipvs_genl_apply(struct ipvs_genl *g, const struct ipvs_op *ops, size_t n,
		void (*on_result)(void *arg, size_t i, int error), void *arg)
{
	struct nlsock_batch *b = nlsock_batch_new(g->sock);
	struct results r = {.on_result = on_result, .arg = arg};
	size_t i = 0;
	int err = 0;

	while (i < n && err == 0) {
		for (size_t k = 0; k < AT_ONCE && i < n; k++, i++) {
			encode_op(nlsock_batch_next(b, g->family, 0), &ops[i]);
			nlsock_batch_commit(b, i);
		}
		g->requests += nlsock_batch_count(b);
		err = nlsock_batch_run(b, on_ack, &r);
	}
	for (; i < n; i++) /* the transport is dead */
		on_result(arg, i, err);
	nlsock_batch_free(b);
	return err;
}

int
ipvs_genl_flush(struct ipvs_genl *g)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];

	g->requests++;
	return nlsock_ask(g->sock, begin(g, buf, IPVS_CMD_FLUSH), NULL, NULL);
}

static int
on_timeouts(void *arg, const struct nlmsghdr *nlh)
{
	return ipvs_decode_timeouts(nlh, arg);
}

int
ipvs_genl_get_timeouts(struct ipvs_genl *g, struct ipvs_timeouts *out)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];
	struct ipvs_timeouts t = {0};
	int err = nlsock_ask(g->sock, begin(g, buf, IPVS_CMD_GET_CONFIG),
			     on_timeouts, &t);

	if (err == 0)
		*out = t;
	return err;
}

int
ipvs_genl_set_timeouts(struct ipvs_genl *g, const struct ipvs_timeouts *t)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = begin(g, buf, IPVS_CMD_SET_CONFIG);

	ipvs_encode_timeouts(nlh, t);
	return nlsock_ask(g->sock, nlh, NULL, NULL);
}

/* ---- connection sync ---- */

struct daemons {
	struct ipvs_daemon *out;
	size_t n;
};

static int
on_daemon(void *arg, const struct nlmsghdr *nlh)
{
	struct daemons *all = arg;

	if (all->n == IPVS_DAEMONS)
		return -EBADMSG;
	return ipvs_decode_daemon(nlh, &all->out[all->n++]);
}

int
ipvs_genl_dump_daemons(struct ipvs_genl *g, struct ipvs_daemon *out, size_t *n)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];
	struct daemons all = {.out = out};
	int err = nlsock_dump(g->sock, begin(g, buf, IPVS_CMD_GET_DAEMON),
			      on_daemon, &all);

	if (err == 0)
		*n = all.n;
	return err;
}

int
ipvs_genl_start_daemon(struct ipvs_genl *g, const struct ipvs_daemon *d)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = begin(g, buf, IPVS_CMD_NEW_DAEMON);

	ipvs_encode_daemon(nlh, d);
	return nlsock_ask(g->sock, nlh, NULL, NULL);
}

int
ipvs_genl_stop_daemon(struct ipvs_genl *g, uint32_t state)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = begin(g, buf, IPVS_CMD_DEL_DAEMON);

	ipvs_encode_daemon_key(nlh, state);
	return nlsock_ask(g->sock, nlh, NULL, NULL);
}

/* ---- what other readers ask ---- */

int
ipvs_genl_dump(struct ipvs_genl *g, uint8_t cmd, const struct msg_svc_key *k,
	       int (*on_msg)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = begin(g, buf, cmd);

	if (k != NULL)
		ipvs_encode_svc_key(nlh, k);
	return nlsock_dump(g->sock, nlh, on_msg, arg);
}

int
ipvs_genl_ask(struct ipvs_genl *g, uint8_t cmd, const struct msg_svc_key *k,
	      int (*on_msg)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	_Alignas(NLMSG_ALIGNTO) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = begin(g, buf, cmd);

	if (k != NULL)
		ipvs_encode_svc_key(nlh, k);
	return nlsock_ask(g->sock, nlh, on_msg, arg);
}

uint64_t
ipvs_genl_requests(const struct ipvs_genl *g)
{
	return g->requests;
}
