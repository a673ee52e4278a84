/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Looks a gateway up; see rtnl_gateway.h. */
#include "vrrp/rtnl_gateway.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/nlsock.h"
#include "lib/util.h"

#define REQUEST_LEN 256

/* Somewhere far away (192.0.2.0/24, RFC 5737): nobody is asked there. */
static const uint8_t far_away[4] = {192, 0, 2, 1};

struct rtnl_gateway {
	struct nlsock *sock;
	struct addr found;
};

int
rtnl_gateway_open(struct rtnl_gateway **out)
{
	struct rtnl_gateway *g = xcalloc(1, sizeof(*g));
	int r = nlsock_open(NETLINK_ROUTE, 0, &g->sock);

	if (r < 0)
		free(g);
	else
		*out = g;
	return r;
}

void
rtnl_gateway_close(struct rtnl_gateway *g)
{
	if (g == NULL)
		return;
	nlsock_close(g->sock);
	free(g);
}

static int
on_attr(const struct nlattr *a, void *arg)
{
	struct rtnl_gateway *g = arg;

	if (mnl_attr_get_type(a) == RTA_GATEWAY &&
	    mnl_attr_get_payload_len(a) == sizeof(far_away))
		(void)addr_from_bytes(AF_INET, mnl_attr_get_payload(a),
				      sizeof(far_away), &g->found);
	return MNL_CB_OK;
}

static int
on_route(void *arg, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_type == RTM_NEWROUTE)
		(void)mnl_attr_parse(nlh, sizeof(struct rtmsg), on_attr, arg);
	return 0;
}

bool
rtnl_gateway_get(struct rtnl_gateway *g, uint32_t ifindex, struct addr *out)
{
	char buf[REQUEST_LEN];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	mnl_attr_put(nlh, RTA_DST, sizeof(far_away), far_away);
	mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
	g->found = (struct addr){0};
	if (nlsock_ask(g->sock, nlh, on_route, g) < 0 ||
	    !addr_is_set(&g->found))
		return false;
	*out = g->found;
	return true;
}
