/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Adds and deletes addresses; see rtnl_addr.h. */
#include "vrrp/rtnl_addr.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/log.h"
#include "lib/nlsock.h"
#include "lib/util.h"
#include "vrrp/port.h"

#define ADD_FLAGS (NLM_F_CREATE | NLM_F_EXCL)

struct rtnl_addr {
	struct nlsock *sock;
	struct nlsock_batch *batch;
	struct vip_op *ops; /* while a batch runs */
};

int
rtnl_addr_open(struct rtnl_addr **out)
{
	struct rtnl_addr *a = xcalloc(1, sizeof(*a));
	int r = nlsock_open(NETLINK_ROUTE, 0, &a->sock);

	if (r < 0) {
		free(a);
		return r;
	}
	a->batch = nlsock_batch_new(a->sock);
	*out = a;
	return 0;
}

void
rtnl_addr_close(struct rtnl_addr *a)
{
	if (a == NULL)
		return;
	nlsock_batch_free(a->batch);
	nlsock_close(a->sock);
	free(a);
}

int
rtnl_addr_set_rcvbuf(struct rtnl_addr *a, size_t bytes, bool is_forced)
{
	return nlsock_set_rcvbuf(a->sock, bytes, is_forced);
}

static void
put_lifetime(struct nlmsghdr *nlh, const struct vip_addr *v, bool always)
{
	uint32_t valid = v->valid_lft != 0 ? v->valid_lft : VIP_LFT_FOREVER;
	struct ifa_cacheinfo ci = {
		.ifa_prefered =
			v->preferred_lft < valid ? v->preferred_lft : valid,
		.ifa_valid = valid,
	};

	if (always || ci.ifa_prefered != VIP_LFT_FOREVER)
		mnl_attr_put(nlh, IFA_CACHEINFO, sizeof(ci), &ci);
}

static void
put_addr(struct nlmsghdr *nlh, uint16_t type, const struct addr *a)
{
	mnl_attr_put(nlh, type, addr_len(a), a->bytes);
}

/* Tokens: index of the operation * 2, + 1 if its outcome does not count. */
static void
put_op(struct rtnl_addr *a, const struct vip_addr *v, uint16_t type,
       uint16_t flags, uint64_t token)
{
	bool is_new = type == RTM_NEWADDR;
	struct nlmsghdr *nlh = nlsock_batch_next(a->batch, type, flags);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	memset(ifa, 0, sizeof(*ifa));
	ifa->ifa_family = (uint8_t)v->addr.family;
	ifa->ifa_prefixlen = v->prefix_len;
	ifa->ifa_scope = v->addr.family == AF_INET ? v->scope : 0;
	ifa->ifa_index = v->ifindex;
	put_addr(nlh, IFA_LOCAL, &v->addr);
	put_addr(nlh, IFA_ADDRESS, addr_is_set(&v->peer) ? &v->peer : &v->addr);
	if (is_new) {
		mnl_attr_put_u8(nlh, IFA_PROTO,
				v->proto != 0 ? v->proto : VRRP_RTPROT);
		if (v->flags != 0)
			mnl_attr_put_u32(nlh, IFA_FLAGS, v->flags);
		if (addr_is_set(&v->broadcast))
			put_addr(nlh, IFA_BROADCAST, &v->broadcast);
		if (v->label[0] != '\0')
			mnl_attr_put_strz(nlh, IFA_LABEL, v->label);
		put_lifetime(nlh, v, flags & NLM_F_REPLACE);
	}
	nlsock_batch_commit(a->batch, token);
}

static void
on_ack(void *arg, uint64_t token, int error)
{
	struct rtnl_addr *a = arg;

	if ((token & 1) == 0)
		a->ops[token / 2].error = error;
}

void
rtnl_addr_apply(struct rtnl_addr *a, struct vip_op *ops, size_t n)
{
	int r;

	for (size_t i = 0; i < n; i++) {
		ops[i].error = -EIO;
		switch (ops[i].kind) {
		case VIP_OP_NONE:
			ops[i].error = 0;
			break;
		case VIP_OP_ADD:
			put_op(a, ops[i].addr, RTM_NEWADDR, ADD_FLAGS, 2 * i);
			break;
		case VIP_OP_DEL:
			put_op(a, ops[i].addr, RTM_DELADDR, 0, 2 * i);
			break;
		case VIP_OP_REPLACE:
			put_op(a, ops[i].addr, RTM_DELADDR, 0, 2 * i + 1);
			put_op(a, ops[i].addr, RTM_NEWADDR, ADD_FLAGS, 2 * i);
			break;
		case VIP_OP_REFRESH:
			put_op(a, ops[i].addr, RTM_NEWADDR,
			       NLM_F_CREATE | NLM_F_REPLACE, 2 * i);
			break;
		}
	}
	a->ops = ops;
	r = nlsock_batch_run(a->batch, on_ack, a);
	a->ops = NULL;
	if (r < 0)
		log_err("cannot change addresses: %s", strerror(-r));
}
