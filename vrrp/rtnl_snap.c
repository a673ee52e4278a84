/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Links and addresses as they are now; see rtnl_snap.h. */
#include "vrrp/rtnl_snap.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/nlsock.h"
#include "lib/util.h"
#include "vrrp/rtnl_attr.h"

#define TAKE_TRIES 5

struct rtnl_snap {
	struct nlsock *told, *dump;
};

struct listener {
	void (*on_link)(void *arg, const struct snap_link *l);
	void (*on_addr)(void *arg, const struct snap_addr *a);
	void *arg;
};

int
rtnl_snap_open(struct rtnl_snap **out)
{
	struct rtnl_snap *s = xcalloc(1, sizeof(*s));
	int r = nlsock_open(NETLINK_ROUTE,
			    RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
				    RTMGRP_IPV6_IFADDR,
			    &s->told);

	if (r == 0)
		r = nlsock_open(NETLINK_ROUTE, 0, &s->dump);
	if (r < 0) {
		rtnl_snap_close(s);
		return r;
	}
	*out = s;
	return 0;
}

void
rtnl_snap_close(struct rtnl_snap *s)
{
	if (s == NULL)
		return;
	nlsock_close(s->told);
	nlsock_close(s->dump);
	free(s);
}

int
rtnl_snap_fd(const struct rtnl_snap *s)
{
	return nlsock_fd(s->told);
}

static void
on_told(void *arg, const struct nlmsghdr *nlh)
{
	bool *changed = arg;

	(void)nlh;
	*changed = true;
}

bool
rtnl_snap_read(struct rtnl_snap *s)
{
	bool changed = false;

	/* Some were lost: then it has. */
	if (nlsock_recv(s->told, on_told, &changed) < 0)
		changed = true;
	return changed;
}

/* ---- decoding ---- */

/* An address of a tunnel; that of nobody stays unset. */
static void
take_end(struct addr *out, const struct nlattr *a)
{
	static const uint8_t nobody[16];
	size_t len = a != NULL ? mnl_attr_get_payload_len(a) : 0;

	if ((len != 4 && len != 16) ||
	    memcmp(mnl_attr_get_payload(a), nobody, len) == 0)
		return;
	(void)addr_from_bytes(len == 4 ? AF_INET : AF_INET6,
			      mnl_attr_get_payload(a), len, out);
}

static void
take_iptun(struct snap_link *l, const struct nlattr *data)
{
	const struct nlattr *tb[IFLA_IPTUN_MAX + 1] = {NULL};
	struct rtnl_attrs at = {tb, IFLA_IPTUN_MAX};

	(void)mnl_attr_parse_nested(data, rtnl_on_attr, &at);
	take_end(&l->local, tb[IFLA_IPTUN_LOCAL]);
	take_end(&l->remote, tb[IFLA_IPTUN_REMOTE]);
	if (tb[IFLA_IPTUN_PROTO] != NULL)
		l->proto = mnl_attr_get_u8(tb[IFLA_IPTUN_PROTO]);
	l->is_narrow = tb[IFLA_IPTUN_COLLECT_METADATA] != NULL;
}

static void
take_gre(struct snap_link *l, const struct nlattr *data)
{
	const struct nlattr *tb[IFLA_GRE_MAX + 1] = {NULL};
	struct rtnl_attrs at = {tb, IFLA_GRE_MAX};
	uint16_t flags = 0;

	(void)mnl_attr_parse_nested(data, rtnl_on_attr, &at);
	take_end(&l->local, tb[IFLA_GRE_LOCAL]);
	take_end(&l->remote, tb[IFLA_GRE_REMOTE]);
	if (tb[IFLA_GRE_IFLAGS] != NULL)
		flags = mnl_attr_get_u16(tb[IFLA_GRE_IFLAGS]);
	l->has_csum = flags & GRE_CSUM;
	l->is_narrow = (flags & (GRE_KEY | GRE_SEQ)) ||
		       tb[IFLA_GRE_COLLECT_METADATA] != NULL;
}

static void
take_info(struct snap_link *l, const struct nlattr *info)
{
	const struct nlattr *tb[IFLA_INFO_DATA + 1] = {NULL};
	struct rtnl_attrs at = {tb, IFLA_INFO_DATA};

	if (info != NULL)
		(void)mnl_attr_parse_nested(info, rtnl_on_attr, &at);
	if (tb[IFLA_INFO_KIND] == NULL)
		return;
	rtnl_get_string(tb[IFLA_INFO_KIND], l->kind, sizeof(l->kind));
	if (tb[IFLA_INFO_DATA] == NULL)
		return;
	if (strcmp(l->kind, "gre") == 0 || strcmp(l->kind, "ip6gre") == 0)
		take_gre(l, tb[IFLA_INFO_DATA]);
	else if (strcmp(l->kind, "ipip") == 0 || strcmp(l->kind, "sit") == 0 ||
		 strcmp(l->kind, "ip6tnl") == 0)
		take_iptun(l, tb[IFLA_INFO_DATA]);
}

static void
take_link(const struct listener *to, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[IFLA_IFALIAS + 1] = {NULL};
	struct rtnl_attrs at = {tb, IFLA_IFALIAS};
	struct snap_link l = {0};

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
		return;
	(void)mnl_attr_parse(nlh, sizeof(*ifi), rtnl_on_attr, &at);
	if (tb[IFLA_IFNAME] == NULL)
		return;
	l.ifindex = (uint32_t)ifi->ifi_index;
	l.is_up = ifi->ifi_flags & IFF_UP;
	l.is_loopback = ifi->ifi_flags & IFF_LOOPBACK;
	rtnl_get_string(tb[IFLA_IFNAME], l.name, sizeof(l.name));
	if (tb[IFLA_IFALIAS] != NULL)
		rtnl_get_string(tb[IFLA_IFALIAS], l.alias, sizeof(l.alias));
	take_info(&l, tb[IFLA_LINKINFO]);
	to->on_link(to->arg, &l);
}

static void
take_addr(const struct listener *to, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[IFA_PROTO + 1] = {NULL};
	struct rtnl_attrs at = {tb, IFA_PROTO};
	struct snap_addr a = {0};

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return;
	(void)mnl_attr_parse(nlh, sizeof(*ifa), rtnl_on_attr, &at);
	if (!rtnl_get_own_addr(ifa->ifa_family, tb, &a.addr))
		return;
	a.ifindex = ifa->ifa_index;
	a.prefix_len = ifa->ifa_prefixlen;
	a.flags = rtnl_get_u32(tb[IFA_FLAGS], ifa->ifa_flags);
	if (tb[IFA_PROTO] != NULL)
		a.proto = mnl_attr_get_u8(tb[IFA_PROTO]);
	to->on_addr(to->arg, &a);
}

static int
on_dumped(void *arg, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_type == RTM_NEWLINK)
		take_link(arg, nlh);
	else if (nlh->nlmsg_type == RTM_NEWADDR)
		take_addr(arg, nlh);
	return 0;
}

static int
dump(struct rtnl_snap *s, struct listener *to, uint16_t type, size_t header_len)
{
	char buf[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct ifinfomsg))];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	/* Family AF_UNSPEC and index 0: everything. */
	memset(mnl_nlmsg_put_extra_header(nlh, header_len), 0, header_len);
	return nlsock_dump(s->dump, nlh, on_dumped, to);
}

int
rtnl_snap_take(struct rtnl_snap *s, void (*begin)(void *arg),
	       void (*on_link)(void *arg, const struct snap_link *l),
	       void (*on_addr)(void *arg, const struct snap_addr *a), void *arg)
{
	struct listener to = {on_link, on_addr, arg};
	int r = -EINTR;

	for (int i = 0; r == -EINTR && i < TAKE_TRIES; i++) {
		begin(arg);
		r = dump(s, &to, RTM_GETLINK, sizeof(struct ifinfomsg));
		if (r == 0)
			r = dump(s, &to, RTM_GETADDR, sizeof(struct ifaddrmsg));
	}
	return r;
}
