/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Adds and deletes routes and rules; see rtnl_kobj.h. */
#include "vrrp/rtnl_kobj.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/log.h"
#include "lib/nlsock.h"
#include "lib/util.h"
#include "vrrp/kobj.h"

struct rtnl_kobj {
	struct nlsock *sock;
	struct nlsock_batch *batch;
	struct kobj_op *ops; /* while a batch runs */
};

int
rtnl_kobj_open(struct rtnl_kobj **out)
{
	struct rtnl_kobj *r = xcalloc(1, sizeof(*r));
	int err = nlsock_open(NETLINK_ROUTE, 0, &r->sock);

	if (err < 0) {
		free(r);
		return err;
	}
	r->batch = nlsock_batch_new(r->sock);
	*out = r;
	return 0;
}

void
rtnl_kobj_close(struct rtnl_kobj *r)
{
	if (r == NULL)
		return;
	nlsock_batch_free(r->batch);
	nlsock_close(r->sock);
	free(r);
}

/* Tokens: index of the operation * 2, + 1 if its outcome does not count. */
static void
put_op(struct rtnl_kobj *r, const struct kobj *k, bool is_new, uint64_t token)
{
	bool is_route = k->kind == KOBJ_ROUTE;
	uint16_t type = is_new ? (is_route ? RTM_NEWROUTE : RTM_NEWRULE)
			       : (is_route ? RTM_DELROUTE : RTM_DELRULE);
	struct nlmsghdr *nlh =
		nlsock_batch_next(r->batch, type, is_new ? k->add_flags : 0);

	memcpy(mnl_nlmsg_put_extra_header(nlh, k->len), k->data, k->len);
	nlsock_batch_commit(r->batch, token);
}

static void
on_ack(void *arg, uint64_t token, int error)
{
	struct rtnl_kobj *r = arg;

	if ((token & 1) == 0)
		r->ops[token / 2].error = error;
}

void
rtnl_kobj_apply(struct rtnl_kobj *r, struct kobj_op *ops, size_t n)
{
	int err;

	for (size_t i = 0; i < n; i++) {
		ops[i].error = -EIO;
		switch (ops[i].kind) {
		case KOBJ_OP_NONE:
			ops[i].error = 0;
			break;
		case KOBJ_OP_ADD:
			put_op(r, ops[i].obj, true, 2 * i);
			break;
		case KOBJ_OP_DEL:
			put_op(r, ops[i].obj, false, 2 * i);
			break;
		case KOBJ_OP_RENEW:
			put_op(r, ops[i].obj, false, 2 * i + 1);
			put_op(r, ops[i].obj, true, 2 * i);
			break;
		}
	}
	r->ops = ops;
	err = nlsock_batch_run(r->batch, on_ack, r);
	r->ops = NULL;
	if (err < 0)
		log_err("cannot change routes: %s", strerror(-err));
}
