/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Interfaces of our own in the kernel; see rtnl_vmac.h. */
#include "vrrp/rtnl_vmac.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/log.h"
#include "lib/nlsock.h"
#include "lib/sysctl.h"
#include "lib/util.h"
#include "vrrp/vmac.h"

#define RP_FILTER_LOOSE 2

struct rtnl_vmac {
	struct nlsock *sock;
	struct nlsock_batch *batch;
	struct vmac_op *ops;   /* while a batch runs */
	bool was_sysctl_error; /* said once */
};

/* What a request is about; its token is 8 times the operation's index more. */
enum part {
	PART_MAIN,  /* its failure is the operation's */
	PART_EXTRA, /* nice to have: its failure counts for nothing */
	PART_UP,    /* not while the base is down */
	PART_ADDR,  /* may be there already */
	PART_COUNT = 8,
};

int
rtnl_vmac_open(struct rtnl_vmac **out)
{
	struct rtnl_vmac *v = xcalloc(1, sizeof(*v));
	int r = nlsock_open(NETLINK_ROUTE, 0, &v->sock);

	if (r < 0) {
		free(v);
		return r;
	}
	v->batch = nlsock_batch_new(v->sock);
	*out = v;
	return 0;
}

void
rtnl_vmac_close(struct rtnl_vmac *v)
{
	if (v == NULL)
		return;
	nlsock_batch_free(v->batch);
	nlsock_close(v->sock);
	free(v);
}

/* ---- requests ---- */

static struct nlmsghdr *
link_begin(struct rtnl_vmac *v, uint16_t type, uint16_t flags, uint32_t ifindex,
	   unsigned int iff)
{
	struct nlmsghdr *nlh = nlsock_batch_next(v->batch, type, flags);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	memset(ifi, 0, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;
	ifi->ifi_flags = iff;
	ifi->ifi_change = iff;
	return nlh;
}

/* One that exists: by its index, or by the name that we have just made. */
static struct nlmsghdr *
change_begin(struct rtnl_vmac *v, const struct vmac_op *op, unsigned int iff)
{
	struct nlmsghdr *nlh = link_begin(v, RTM_SETLINK, 0, op->ifindex, iff);

	if (op->ifindex == 0)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, op->owner->spec.name);
	return nlh;
}

static void
commit(struct rtnl_vmac *v, size_t i, enum part part)
{
	nlsock_batch_commit(v->batch, i * PART_COUNT + part);
}

static void
put_create(struct rtnl_vmac *v, const struct vmac_op *op, size_t i)
{
	const struct vmac_spec *w = &op->owner->spec;
	bool is_macvlan = w->kind == IFACE_MACVLAN;
	struct nlmsghdr *nlh =
		link_begin(v, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0);
	struct nlattr *info, *data;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, w->name);
	mnl_attr_put_u32(nlh, IFLA_LINK, op->base_ifindex);
	mnl_attr_put_u32(nlh, IFLA_GROUP, op->group);
	if (is_macvlan)
		mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(w->mac), w->mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND,
			  is_macvlan ? "macvlan" : "ipvlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	if (is_macvlan) {
		mnl_attr_put_u32(nlh, IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
	} else {
		mnl_attr_put_u16(nlh, IFLA_IPVLAN_MODE, IPVLAN_MODE_L2);
		mnl_attr_put_u16(nlh, IFLA_IPVLAN_FLAGS, (uint16_t)w->flags);
	}
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	commit(v, i, PART_MAIN);
}

struct devconf {
	uint16_t what; /* IPV4_DEVCONF_* */
	uint32_t value;
};

static void
put_devconf(struct rtnl_vmac *v, const struct vmac_op *op,
	    const struct devconf *c, size_t n)
{
	struct nlmsghdr *nlh = change_begin(v, op, 0);
	struct nlattr *af, *inet, *conf;

	af = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet = mnl_attr_nest_start(nlh, AF_INET);
	conf = mnl_attr_nest_start(nlh, IFLA_INET_CONF);
	for (size_t i = 0; i < n; i++)
		mnl_attr_put_u32(nlh, c[i].what, c[i].value);
	mnl_attr_nest_end(nlh, conf);
	mnl_attr_nest_end(nlh, inet);
	mnl_attr_nest_end(nlh, af);
}

/* No interface id is made of the virtual MAC (RFC 9568 §7.4). */
static void
put_no_linklocal(struct rtnl_vmac *v, const struct vmac_op *op)
{
	struct nlmsghdr *nlh = change_begin(v, op, 0);
	struct nlattr *af, *inet6;

	af = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, af);
}

/* Strict filtering of all interfaces cannot be weaker on one, but loose
 * beats strict. */
static uint32_t
rp_filter(void)
{
	int32_t all = 0;

	/* What cannot be read is as it is by default. */
	(void)sysctl_get("ipv4/conf/all/rp_filter", "", &all);
	return all == 0 ? 0 : RP_FILTER_LOOSE;
}

static void
put_setup(struct rtnl_vmac *v, const struct vmac_op *op, size_t i)
{
	const struct devconf c[] = {
		{IPV4_DEVCONF_ARP_IGNORE, 1},
		{IPV4_DEVCONF_ARP_ANNOUNCE, 2},
		{IPV4_DEVCONF_ARPFILTER, 0},
		{IPV4_DEVCONF_RP_FILTER, rp_filter()},
		{IPV4_DEVCONF_PROMOTE_SECONDARIES, 1},
	};

	if (op->alias[0] != '\0') {
		mnl_attr_put_strz(change_begin(v, op, 0), IFLA_IFALIAS,
				  op->alias);
		commit(v, i, PART_MAIN);
	}
	put_devconf(v, op, c, ARRAY_LEN(c));
	commit(v, i, PART_MAIN);
	put_no_linklocal(v, op);
	commit(v, i, PART_EXTRA); /* there may be no IPv6 */
}

static void
put_base(struct rtnl_vmac *v, const struct vmac_op *op, size_t i)
{
	const struct devconf c[] = {
		{IPV4_DEVCONF_ARP_IGNORE, op->conf.arp_ignore},
		{IPV4_DEVCONF_ARP_ANNOUNCE, op->conf.arp_announce},
		{IPV4_DEVCONF_PROMOTE_SECONDARIES,
		 op->conf.promote_secondaries},
	};

	put_devconf(v, op, c, ARRAY_LEN(c));
	commit(v, i, PART_MAIN);
}

static void
put_address(struct rtnl_vmac *v, const struct vmac_op *op, size_t i,
	    uint32_t ifindex)
{
	const struct vmac_spec *w = &op->owner->spec;
	struct nlmsghdr *nlh = nlsock_batch_next(v->batch, RTM_NEWADDR,
						 NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	memset(ifa, 0, sizeof(*ifa));
	ifa->ifa_family = (uint8_t)w->addr.family;
	ifa->ifa_prefixlen = w->prefix_len;
	ifa->ifa_index = ifindex;
	if (w->addr.family == AF_INET6)
		ifa->ifa_flags = IFA_F_NODAD;
	mnl_attr_put(nlh, IFA_LOCAL, addr_len(&w->addr), w->addr.bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, addr_len(&w->addr), w->addr.bytes);
	commit(v, i, PART_ADDR);
}

/* ---- carrying out ---- */

static void
on_ack(void *arg, uint64_t token, int error)
{
	struct rtnl_vmac *v = arg;
	struct vmac_op *op = &v->ops[token / PART_COUNT];
	enum part part = token % PART_COUNT;

	if (part == PART_EXTRA || (part == PART_UP && error == -ENETDOWN) ||
	    (part == PART_ADDR && error == -EEXIST))
		return;
	if (op->error == 0)
		op->error = error;
}

static void
run(struct rtnl_vmac *v)
{
	int r = nlsock_batch_run(v->batch, on_ack, v);

	if (r < 0)
		log_err("cannot change interfaces: %s", strerror(-r));
}

static void
set_ipv6(struct rtnl_vmac *v, const char *path, const char *ifname,
	 int32_t value)
{
	int r = sysctl_set(path, ifname, value);

	/* Without IPv6 there is no such file. */
	if (r == 0 || r == -ENOENT || v->was_sysctl_error)
		return;
	v->was_sysctl_error = true;
	log_warn("cannot set /proc/sys/net/%s of %s: %s", path, ifname,
		 strerror(-r));
}

/* No address is made of a router's words and our MAC either; and whether it
 * is a router is what the base is. */
static void
setup_ipv6(struct rtnl_vmac *v, const struct vmac_op *op)
{
	const struct vmac_spec *w = &op->owner->spec;
	int32_t forwarding;

	set_ipv6(v, "ipv6/conf/%s/accept_ra", w->name, 0);
	set_ipv6(v, "ipv6/conf/%s/autoconf", w->name, 0);
	if (sysctl_get("ipv6/conf/%s/forwarding", w->base, &forwarding) == 0)
		set_ipv6(v, "ipv6/conf/%s/forwarding", w->name, forwarding);
}

/* First what makes and shapes it, then up: so it never speaks unshaped. */
static void
put_first(struct rtnl_vmac *v, const struct vmac_op *op, size_t i)
{
	switch (op->kind) {
	case VMAC_OP_NONE:
		return;
	case VMAC_OP_CREATE:
		put_create(v, op, i);
		put_setup(v, op, i);
		return;
	case VMAC_OP_SETUP:
		put_setup(v, op, i);
		return;
	case VMAC_OP_DELETE:
		(void)link_begin(v, RTM_DELLINK, 0, op->ifindex, 0);
		commit(v, i, PART_MAIN);
		return;
	case VMAC_OP_BASE:
		put_base(v, op, i);
		return;
	}
}

static void
put_second(struct rtnl_vmac *v, const struct vmac_op *op, size_t i)
{
	const struct vmac_spec *w;

	if (op->error != 0 ||
	    (op->kind != VMAC_OP_CREATE && op->kind != VMAC_OP_SETUP))
		return;
	w = &op->owner->spec; /* settings of a base may be nobody's */
	setup_ipv6(v, op);
	(void)change_begin(v, op, IFF_UP);
	commit(v, i, PART_UP);
	if (addr_is_set(&w->addr) && op->kind == VMAC_OP_SETUP)
		put_address(v, op, i, op->ifindex);
	if (op->kind == VMAC_OP_CREATE && w->notify_base) {
		/* The kernel tells of it though it is what it was. */
		mnl_attr_put_u32(
			link_begin(v, RTM_SETLINK, 0, op->base_ifindex, 0),
			IFLA_GROUP, op->base_group);
		commit(v, i, PART_EXTRA);
	}
}

void
rtnl_vmac_apply(struct rtnl_vmac *v, struct vmac_op *ops, size_t n)
{
	v->ops = ops;
	for (size_t i = 0; i < n; i++) {
		ops[i].error = 0;
		put_first(v, &ops[i], i);
	}
	run(v);
	for (size_t i = 0; i < n; i++)
		put_second(v, &ops[i], i);
	run(v);
	v->ops = NULL;
}
