/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Tunnel devices and dummies; see rtnl_tunnel.h. */
#include "vrrp/rtnl_tunnel.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/nlsock.h"
#include "lib/util.h"

struct rtnl_tunnel {
	struct nlsock *sock;
};

/* One request. */
struct asking {
	union {
		struct nlmsghdr nlh;
		char bytes[1024]; /* far more than the longest name and alias */
	} buf;
};

int
rtnl_tunnel_open(struct rtnl_tunnel **out)
{
	struct rtnl_tunnel *t = xcalloc(1, sizeof(*t));
	int r = nlsock_open(NETLINK_ROUTE, 0, &t->sock);

	if (r < 0) {
		free(t);
		return r;
	}
	*out = t;
	return 0;
}

void
rtnl_tunnel_close(struct rtnl_tunnel *t)
{
	if (t == NULL)
		return;
	nlsock_close(t->sock);
	free(t);
}

static struct nlmsghdr *
ask_begin(struct asking *a, uint16_t type, uint16_t flags, uint32_t ifindex)
{
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;

	memset(a, 0, sizeof(*a));
	nlh = mnl_nlmsg_put_header(&a->buf);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;
	return nlh;
}

/* Nobody in particular is at the other end. */
static void
put_ends(struct nlmsghdr *nlh, const struct tunnel_make *m)
{
	bool is_gre =
		strcmp(m->kind, "gre") == 0 || strcmp(m->kind, "ip6gre") == 0;
	bool is_any = strcmp(m->kind, "ip6tnl") == 0;

	mnl_attr_put(nlh, is_gre ? IFLA_GRE_LOCAL : IFLA_IPTUN_LOCAL,
		     addr_len(&m->local), m->local.bytes);
	if (is_gre && m->has_csum)
		mnl_attr_put_u16(nlh, IFLA_GRE_IFLAGS, GRE_CSUM);
	if (is_any)
		mnl_attr_put_u8(nlh, IFLA_IPTUN_PROTO, 0);
}

/* The kernel takes no alias for a device that it makes. */
static int
set_alias(struct rtnl_tunnel *t, const struct tunnel_make *m)
{
	struct asking a;
	struct nlmsghdr *nlh = ask_begin(&a, RTM_SETLINK, 0, 0);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, m->name);
	mnl_attr_put_strz(nlh, IFLA_IFALIAS, m->alias);
	return nlsock_ask(t->sock, nlh, NULL, NULL);
}

int
rtnl_tunnel_add(struct rtnl_tunnel *t, const struct tunnel_make *m)
{
	struct asking a;
	struct nlmsghdr *nlh =
		ask_begin(&a, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct nlattr *info, *data;
	int r;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, m->name);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, m->kind);
	if (addr_is_set(&m->local)) {
		data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
		put_ends(nlh, m);
		mnl_attr_nest_end(nlh, data);
	}
	mnl_attr_nest_end(nlh, info);
	r = nlsock_ask(t->sock, nlh, NULL, NULL);
	return r < 0 ? r : set_alias(t, m);
}

int
rtnl_tunnel_del(struct rtnl_tunnel *t, uint32_t ifindex)
{
	struct asking a;

	return nlsock_ask(t->sock, ask_begin(&a, RTM_DELLINK, 0, ifindex), NULL,
			  NULL);
}

int
rtnl_tunnel_set_up(struct rtnl_tunnel *t, uint32_t ifindex, bool is_up)
{
	struct asking a;
	struct nlmsghdr *nlh = ask_begin(&a, RTM_SETLINK, 0, ifindex);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	ifi->ifi_flags = is_up ? IFF_UP : 0;
	ifi->ifi_change = IFF_UP;
	return nlsock_ask(t->sock, nlh, NULL, NULL);
}
