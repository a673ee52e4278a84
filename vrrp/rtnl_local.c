/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Addresses come and go; see rtnl_local.h. */
#include "vrrp/rtnl_local.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nlsock.h"
#include "lib/util.h"
#include "vrrp/rtnl_attr.h"

#define DUMP_TRIES 5

struct rtnl_local {
	struct nlsock *told, *dump;
};

/* Whom to tell. */
struct listener {
	rtnl_local_fn *fn;
	void *arg;
};

int
rtnl_local_open(struct rtnl_local **out)
{
	struct rtnl_local *l = xcalloc(1, sizeof(*l));
	int r = nlsock_open(NETLINK_ROUTE,
			    RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, &l->told);

	if (r == 0)
		r = nlsock_open(NETLINK_ROUTE, 0, &l->dump);
	if (r < 0) {
		rtnl_local_close(l);
		return r;
	}
	*out = l;
	return 0;
}

void
rtnl_local_close(struct rtnl_local *l)
{
	if (l == NULL)
		return;
	nlsock_close(l->told);
	nlsock_close(l->dump);
	free(l);
}

int
rtnl_local_fd(const struct rtnl_local *l)
{
	return nlsock_fd(l->told);
}

int
rtnl_local_set_rcvbuf(struct rtnl_local *l, size_t bytes, bool is_forced)
{
	return nlsock_set_rcvbuf(l->told, bytes, is_forced);
}

static void
on_msg(void *arg, const struct nlmsghdr *nlh)
{
	const struct listener *to = arg;
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[IFA_FLAGS + 1] = {NULL};
	struct rtnl_attrs at = {tb, IFA_FLAGS};
	struct addr a = {0};
	bool is_here = nlh->nlmsg_type == RTM_NEWADDR;

	if ((!is_here && nlh->nlmsg_type != RTM_DELADDR) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return;
	(void)mnl_attr_parse(nlh, sizeof(*ifa), rtnl_on_attr, &at);
	if (!rtnl_get_own_addr(ifa->ifa_family, tb, &a))
		return;
	/* An address that another host has is not ours. */
	if (rtnl_get_u32(tb[IFA_FLAGS], ifa->ifa_flags) & IFA_F_DADFAILED)
		is_here = false;
	to->fn(to->arg, (int)ifa->ifa_index, &a, is_here);
}

static int
on_dumped(void *arg, const struct nlmsghdr *nlh)
{
	on_msg(arg, nlh);
	return 0;
}

int
rtnl_local_dump(struct rtnl_local *l, rtnl_local_fn *fn, void *arg)
{
	char buf[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct ifaddrmsg))];
	struct listener to = {fn, arg};
	int r = -EINTR;

	for (int i = 0; r == -EINTR && i < DUMP_TRIES; i++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

		nlh->nlmsg_type = RTM_GETADDR;
		/* Family AF_UNSPEC: everything. */
		memset(mnl_nlmsg_put_extra_header(nlh,
						  sizeof(struct ifaddrmsg)),
		       0, sizeof(struct ifaddrmsg));
		r = nlsock_dump(l->dump, nlh, on_dumped, &to);
	}
	return r;
}

int
rtnl_local_read(struct rtnl_local *l, rtnl_local_fn *fn, void *arg)
{
	struct listener to = {fn, arg};

	return nlsock_recv(l->told, on_msg, &to);
}
