/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Interfaces come and go; see rtnl_name.h. */
#include "vrrp/rtnl_name.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "lib/nlsock.h"
#include "lib/util.h"

struct rtnl_name {
	struct nlsock *sock;
};

int
rtnl_name_open(struct rtnl_name **out)
{
	struct rtnl_name *n = xcalloc(1, sizeof(*n));
	int r = nlsock_open(NETLINK_ROUTE, RTMGRP_LINK, &n->sock);

	if (r < 0) {
		free(n);
		return r;
	}
	*out = n;
	return 0;
}

void
rtnl_name_close(struct rtnl_name *n)
{
	if (n == NULL)
		return;
	nlsock_close(n->sock);
	free(n);
}

int
rtnl_name_fd(const struct rtnl_name *n)
{
	return nlsock_fd(n->sock);
}

static void
on_msg(void *arg, const struct nlmsghdr *nlh)
{
	bool *changed = arg;

	if (nlh->nlmsg_type == RTM_NEWLINK || nlh->nlmsg_type == RTM_DELLINK)
		*changed = true;
}

bool
rtnl_name_read(struct rtnl_name *n)
{
	bool changed = false;

	/* Some were lost: then it may. */
	if (nlsock_recv(n->sock, on_msg, &changed) < 0)
		changed = true;
	return changed;
}
