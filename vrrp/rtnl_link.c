/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Links and addresses as the kernel tells them; see rtnl_link.h. */
#include "vrrp/rtnl_link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <string.h>

#include "lib/log.h"
#include "lib/nlsock.h"
#include "lib/util.h"
#include "vrrp/iface.h"
#include "vrrp/rtnl_attr.h"

/* A take-over of thousands of addresses is told to us in one go. */
#define MONITOR_RCVBUF (8u << 20)
#define RESYNC_TRIES   5

struct rtnl_link {
	struct nlsock *monitor, *dump;
};

int
rtnl_link_open(struct rtnl_link **out)
{
	struct rtnl_link *l = xcalloc(1, sizeof(*l));
	int r = nlsock_open(NETLINK_ROUTE,
			    RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
				    RTMGRP_IPV6_IFADDR,
			    &l->monitor);

	if (r == 0)
		r = nlsock_open(NETLINK_ROUTE, 0, &l->dump);
	if (r < 0) {
		rtnl_link_close(l);
		return r;
	}
	r = nlsock_set_rcvbuf(l->monitor, MONITOR_RCVBUF, 1);
	if (r < 0)
		log_warn("cannot enlarge the netlink buffer: %s", strerror(-r));
	*out = l;
	return 0;
}

void
rtnl_link_close(struct rtnl_link *l)
{
	if (l == NULL)
		return;
	nlsock_close(l->monitor);
	nlsock_close(l->dump);
	free(l);
}

int
rtnl_link_set_rcvbuf(struct rtnl_link *l, size_t bytes, bool is_forced)
{
	return nlsock_set_rcvbuf(l->monitor, bytes, is_forced);
}

int
rtnl_link_fd(const struct rtnl_link *l)
{
	return nlsock_fd(l->monitor);
}

/* ---- decoding ---- */

/* One attribute in a nest, NULL if it is not there. */
static const struct nlattr *
nested_get(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *a;

	if (nest != NULL)
		mnl_attr_for_each_nested(a, nest) if (mnl_attr_get_type(a) ==
						      type) return a;
	return NULL;
}

static void
take_kind(struct iface_link_fact *f, const struct nlattr *info)
{
	static const struct {
		const char *name;
		enum iface_kind kind;
	} kinds[] = {
		{"macvlan", IFACE_MACVLAN},
		{"ipvlan", IFACE_IPVLAN},
		{"vrf", IFACE_VRF},
	};
	const struct nlattr *kind = nested_get(info, IFLA_INFO_KIND), *mode;
	char name[16];

	if (kind == NULL)
		return;
	rtnl_get_string(kind, name, sizeof(name));
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(name, kinds[i].name) == 0)
			f->kind = kinds[i].kind;
	if (f->kind == IFACE_VRF)
		f->vrf_table = rtnl_get_u32(
			nested_get(nested_get(info, IFLA_INFO_DATA),
				   IFLA_VRF_TABLE),
			0);
	if (f->kind != IFACE_MACVLAN && f->kind != IFACE_IPVLAN)
		return;
	mode = nested_get(nested_get(info, IFLA_INFO_DATA),
			  f->kind == IFACE_MACVLAN ? IFLA_MACVLAN_MODE
						   : IFLA_IPVLAN_MODE);
	if (mode == NULL)
		return;
	f->mode = f->kind == IFACE_MACVLAN ? rtnl_get_u32(mode, 0)
					   : mnl_attr_get_u16(mode);
}

/* IFLA_INET_CONF: an array that begins with IPV4_DEVCONF_FORWARDING, 1. */
static uint32_t
devconf(const struct nlattr *conf, unsigned int which)
{
	uint32_t v = 0;
	size_t at = (which - 1) * sizeof(v);

	if (mnl_attr_get_payload_len(conf) >= at + sizeof(v))
		memcpy(&v, (const char *)mnl_attr_get_payload(conf) + at,
		       sizeof(v));
	return v;
}

static void
take_devconf(struct iface_link_fact *f, const struct nlattr *af_spec)
{
	const struct nlattr *conf =
		nested_get(nested_get(af_spec, AF_INET), IFLA_INET_CONF);

	if (conf == NULL)
		return;
	f->conf = (struct iface_devconf){
		.is_known = true,
		.arp_ignore = devconf(conf, IPV4_DEVCONF_ARP_IGNORE),
		.arp_announce = devconf(conf, IPV4_DEVCONF_ARP_ANNOUNCE),
		.promote_secondaries =
			devconf(conf, IPV4_DEVCONF_PROMOTE_SECONDARIES),
	};
}

static void
take_mac(struct iface_link_fact *f, uint16_t type, const struct nlattr *mac)
{
	f->has_mac = type == ARPHRD_ETHER && mac != NULL &&
		     mnl_attr_get_payload_len(mac) == sizeof(f->mac);
	if (f->has_mac)
		memcpy(f->mac, mnl_attr_get_payload(mac), sizeof(f->mac));
}

static void
link_told(struct iface_table *t, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[IFLA_LINK_NETNSID + 1] = {NULL};
	struct rtnl_attrs at = {tb, IFLA_LINK_NETNSID};
	struct iface_link_fact f = {0};

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi) ||
	    ifi->ifi_family != AF_UNSPEC || ifi->ifi_index <= 0)
		return; /* AF_BRIDGE: about a port, not about the link */
	if (nlh->nlmsg_type == RTM_DELLINK) {
		iface_link_del(t, (uint32_t)ifi->ifi_index);
		return;
	}
	(void)mnl_attr_parse(nlh, sizeof(*ifi), rtnl_on_attr, &at);
	if (tb[IFLA_IFNAME] == NULL)
		return;
	f.ifindex = (uint32_t)ifi->ifi_index;
	f.flags = ifi->ifi_flags;
	f.mtu = rtnl_get_u32(tb[IFLA_MTU], 0);
	f.master = rtnl_get_u32(tb[IFLA_MASTER], 0);
	f.group = rtnl_get_u32(tb[IFLA_GROUP], 0);
	if (tb[IFLA_LINK_NETNSID] == NULL)
		f.parent = rtnl_get_u32(tb[IFLA_LINK], 0);
	rtnl_get_string(tb[IFLA_IFNAME], f.name, sizeof(f.name));
	if (tb[IFLA_IFALIAS] != NULL)
		rtnl_get_string(tb[IFLA_IFALIAS], f.alias, sizeof(f.alias));
	take_mac(&f, ifi->ifi_type, tb[IFLA_ADDRESS]);
	take_kind(&f, tb[IFLA_LINKINFO]);
	take_devconf(&f, tb[IFLA_AF_SPEC]);
	iface_link_set(t, &f);
}

static bool
is_finite(const struct nlattr *cacheinfo)
{
	struct ifa_cacheinfo ci;

	if (cacheinfo == NULL ||
	    mnl_attr_get_payload_len(cacheinfo) < sizeof(ci))
		return false;
	memcpy(&ci, mnl_attr_get_payload(cacheinfo), sizeof(ci));
	return ci.ifa_valid != VIP_LFT_FOREVER;
}

static void
addr_told(struct iface_table *t, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[IFA_PROTO + 1] = {NULL};
	struct rtnl_attrs at = {tb, IFA_PROTO};
	struct iface_addr_fact f = {0};

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return;
	(void)mnl_attr_parse(nlh, sizeof(*ifa), rtnl_on_attr, &at);
	if (!rtnl_get_own_addr(ifa->ifa_family, tb, &f.addr))
		return;
	f.ifindex = ifa->ifa_index;
	f.prefix_len = ifa->ifa_prefixlen;
	f.scope = ifa->ifa_scope;
	f.flags = rtnl_get_u32(tb[IFA_FLAGS], ifa->ifa_flags);
	if (tb[IFA_PROTO] != NULL)
		f.proto = mnl_attr_get_u8(tb[IFA_PROTO]);
	f.is_finite = is_finite(tb[IFA_CACHEINFO]);
	if (tb[IFA_LABEL] != NULL)
		rtnl_get_string(tb[IFA_LABEL], f.label, sizeof(f.label));
	if (nlh->nlmsg_type == RTM_DELADDR)
		iface_addr_del(t, &f);
	else
		iface_addr_set(t, &f);
}

static void
on_fact(void *arg, const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		link_told(arg, nlh);
		return;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		addr_told(arg, nlh);
		return;
	default:
		return; /* not asked for */
	}
}

static int
on_dumped(void *arg, const struct nlmsghdr *nlh)
{
	on_fact(arg, nlh);
	return 0;
}

/* ---- dumps ---- */

static int
dump(struct rtnl_link *l, struct iface_table *t, uint16_t type,
     size_t header_len)
{
	char buf[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct ifinfomsg))];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	/* Family AF_UNSPEC and index 0: everything. */
	memset(mnl_nlmsg_put_extra_header(nlh, header_len), 0, header_len);
	return nlsock_dump(l->dump, nlh, on_dumped, t);
}

int
rtnl_link_resync(struct rtnl_link *l, struct iface_table *t)
{
	int r = -EINTR;

	for (int i = 0; r == -EINTR && i < RESYNC_TRIES; i++) {
		iface_resync_begin(t);
		r = dump(l, t, RTM_GETLINK, sizeof(struct ifinfomsg));
		if (r == 0)
			r = dump(l, t, RTM_GETADDR, sizeof(struct ifaddrmsg));
	}
	if (r == 0)
		iface_resync_end(t);
	return r;
}

int
rtnl_link_read(struct rtnl_link *l, struct iface_table *t)
{
	int r = nlsock_recv(l->monitor, on_fact, t);

	if (r != -ENOBUFS)
		return r;
	log_notice("netlink notifications were lost, asking for all");
	return rtnl_link_resync(l, t);
}
