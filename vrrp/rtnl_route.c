/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Routes as the kernel tells them; see rtnl_route.h. */
#include "vrrp/rtnl_route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/log.h"
#include "lib/nlsock.h"
#include "lib/util.h"
#include "vrrp/route_filter.h"
#include "vrrp/rtnl_attr.h"

#define MONITOR_RCVBUF (4u << 20)
#define DUMP_SLICE     4 /* datagrams: some hundred routes, a few 100 us */
#define LEGS_MAX       256

struct rtnl_route {
	struct nlsock *monitor, *dump;
	bool is_dumping;
	uint64_t set; /* the mirror's, when the filter was made */
	bool has_filter;
};

int
rtnl_route_open(struct rtnl_route **out)
{
	static const uint32_t groups[] = {RTNLGRP_IPV4_ROUTE,
					  RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
					  RTNLGRP_IPV6_RULE};
	struct rtnl_route *r = xcalloc(1, sizeof(*r));
	int err = nlsock_open(NETLINK_ROUTE, 0, &r->monitor);

	if (err == 0)
		err = nlsock_open(NETLINK_ROUTE, 0, &r->dump);
	if (err < 0) {
		rtnl_route_close(r);
		return err;
	}
	if (nlsock_set_rcvbuf(r->monitor, MONITOR_RCVBUF, 1) < 0)
		log_warn("cannot enlarge the netlink buffer for routes");
	(void)nlsock_set_strict(r->dump); /* else the dump tells more */
	/* Nothing is watched yet: the filter comes before the first word. */
	struct route_mirror none = {0};

	err = rtnl_route_follow(r, &none);
	for (size_t i = 0; err == 0 && i < ARRAY_LEN(groups); i++)
		err = nlsock_join(r->monitor, groups[i]);
	if (err < 0) {
		rtnl_route_close(r);
		return err;
	}
	*out = r;
	return 0;
}

void
rtnl_route_close(struct rtnl_route *r)
{
	if (r == NULL)
		return;
	nlsock_close(r->monitor);
	nlsock_close(r->dump);
	free(r);
}

int
rtnl_route_fd(const struct rtnl_route *r)
{
	return nlsock_fd(r->monitor);
}

int
rtnl_route_dump_fd(const struct rtnl_route *r)
{
	return nlsock_fd(r->dump);
}

/* ---- decoding ---- */

static bool
get_addr(const struct nlattr *a, int family, struct addr *out)
{
	return a != NULL &&
	       addr_from_bytes(family, mnl_attr_get_payload(a),
			       mnl_attr_get_payload_len(a), out) == 0;
}

/* RTA_GATEWAY, or RTA_VIA: a family and an address. */
static void
get_gateway(const struct nlattr *const *tb, int family, struct addr *out)
{
	const struct nlattr *via = tb[RTA_VIA];
	uint16_t via_family;

	if (get_addr(tb[RTA_GATEWAY], family, out) || via == NULL ||
	    mnl_attr_get_payload_len(via) <= sizeof(via_family))
		return;
	memcpy(&via_family, mnl_attr_get_payload(via), sizeof(via_family));
	(void)addr_from_bytes(
		via_family,
		(const uint8_t *)mnl_attr_get_payload(via) + sizeof(via_family),
		mnl_attr_get_payload_len(via) - sizeof(via_family), out);
}

/* The legs of RTA_MULTIPATH; each a copy of base with its own way out. */
static uint32_t
decode_legs(const struct nlattr *multi, const struct route_fact *base,
	    struct route_fact *out, uint32_t max)
{
	const uint8_t *p = mnl_attr_get_payload(multi);
	size_t left = mnl_attr_get_payload_len(multi);
	uint32_t n = 0;
	struct rtnexthop nh;

	while (n < max && left >= sizeof(nh)) {
		const struct nlattr *tb[RTA_VIA + 1] = {NULL};
		struct rtnl_attrs at = {tb, RTA_VIA};

		memcpy(&nh, p, sizeof(nh));
		if (nh.rtnh_len < sizeof(nh) || nh.rtnh_len > left)
			break;
		(void)mnl_attr_parse_payload(p + sizeof(nh),
					     nh.rtnh_len - sizeof(nh),
					     rtnl_on_attr, &at);
		out[n] = *base;
		out[n].is_multi = true;
		out[n].ifindex = (uint32_t)nh.rtnh_ifindex;
		get_gateway(tb, base->dst.family, &out[n].via);
		n++;
		if ((size_t)MNL_ALIGN(nh.rtnh_len) >= left)
			break;
		p += MNL_ALIGN(nh.rtnh_len);
		left -= (size_t)MNL_ALIGN(nh.rtnh_len);
	}
	return n;
}

uint32_t
rtnl_route_decode(const struct nlmsghdr *nlh, struct route_fact *out,
		  uint32_t max)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[RTA_VIA + 1] = {NULL};
	struct rtnl_attrs at = {tb, RTA_VIA};
	struct route_fact f = {0};

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) ||
	    (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6) ||
	    (rtm->rtm_flags & RTM_F_CLONED) ||
	    rtm->rtm_dst_len > (rtm->rtm_family == AF_INET ? 32 : 128))
		return 0;
	(void)mnl_attr_parse(nlh, sizeof(*rtm), rtnl_on_attr, &at);
	f.dst.family = rtm->rtm_family;
	if (rtm->rtm_dst_len > 0 &&
	    !get_addr(tb[RTA_DST], rtm->rtm_family, &f.dst))
		return 0;
	f.dst_len = rtm->rtm_dst_len;
	f.src_len = rtm->rtm_src_len;
	(void)get_addr(tb[RTA_SRC], rtm->rtm_family, &f.src);
	f.tos = rtm->rtm_tos;
	f.type = rtm->rtm_type;
	f.protocol = rtm->rtm_protocol;
	f.table = rtnl_get_u32(tb[RTA_TABLE], rtm->rtm_table);
	f.metric = rtnl_get_u32(tb[RTA_PRIORITY], 0);
	if (tb[RTA_MULTIPATH] != NULL)
		return decode_legs(tb[RTA_MULTIPATH], &f, out, max);
	if (max == 0)
		return 0;
	f.ifindex = rtnl_get_u32(tb[RTA_OIF], 0);
	get_gateway(tb, rtm->rtm_family, &f.via);
	out[0] = f;
	return 1;
}

static void
told(struct route_mirror *m, const struct nlmsghdr *nlh)
{
	struct route_fact legs[LEGS_MAX];
	uint32_t n = rtnl_route_decode(nlh, legs, LEGS_MAX);

	if (nlh->nlmsg_type == RTM_DELROUTE)
		route_mirror_del(m, legs, n);
	else
		route_mirror_add(m, legs, n, nlh->nlmsg_flags & NLM_F_REPLACE);
}

/* ---- following ---- */

static int
set_filter(struct rtnl_route *r, const struct route_mirror *m)
{
	struct sock_filter program[ROUTE_FILTER_MAX];
	struct sock_fprog prog = {.filter = program};
	int err;

	if (r->has_filter && r->set == m->set)
		return 0;
	prog.len = (unsigned short)route_filter_make(m, program);
	err = nlsock_set_filter(r->monitor, &prog);
	if (err == 0) {
		r->has_filter = true;
		r->set = m->set;
	}
	return err;
}

/* The table that all who ask watch; 0: several. */
static uint32_t
common_table(const struct route_mirror *m)
{
	const struct route_watch *w, *next;
	uint32_t table = 0;

	HASH_ITER (hh, m->watches, w, next) {
		if (w->key.table == 0)
			continue; /* listens only */
		if (table != 0 && table != w->key.table)
			return 0;
		table = w->key.table;
	}
	return table;
}

static int
dump_begin(struct rtnl_route *r, struct route_mirror *m)
{
	char buf[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct rtmsg)) + 16];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	uint32_t table = common_table(m);
	int err;

	nlh->nlmsg_type = RTM_GETROUTE;
	memset(rtm, 0, sizeof(*rtm)); /* AF_UNSPEC: both families */
	if (table != 0)
		mnl_attr_put_u32(nlh, RTA_TABLE, table);
	err = nlsock_dump_begin(r->dump, nlh);
	if (err < 0)
		return err;
	r->is_dumping = true;
	route_mirror_resync_begin(m);
	return 0;
}

int
rtnl_route_follow(struct rtnl_route *r, struct route_mirror *m)
{
	int err = set_filter(r, m);

	if (err == 0 && m->needs_dump && !r->is_dumping)
		err = dump_begin(r, m);
	return err;
}

static int
on_dumped(void *arg, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_type == RTM_NEWROUTE)
		told(arg, nlh);
	return 0;
}

int
rtnl_route_dump_read(struct rtnl_route *r, struct route_mirror *m)
{
	int n;

	if (!r->is_dumping)
		return 0;
	n = nlsock_dump_more(r->dump, DUMP_SLICE, on_dumped, m);
	if (n > 0)
		return 0;
	r->is_dumping = false;
	if (n == -EINTR)
		m->needs_dump = true; /* it changed meanwhile: once more */
	else if (n == 0 || n == -ENOENT)
		route_mirror_resync_end(m); /* or no such table: no routes */
	else
		return n;
	return rtnl_route_follow(r, m);
}

struct reader {
	struct route_mirror *m;
	void (*on_rule)(void *arg, const struct nlmsghdr *nlh);
	void *arg;
};

static void
on_note(void *arg, const struct nlmsghdr *nlh)
{
	struct reader *rd = arg;

	switch (nlh->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		told(rd->m, nlh);
		return;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		if (rd->on_rule != NULL)
			rd->on_rule(rd->arg, nlh);
		return;
	default:
		return; /* not asked for */
	}
}

int
rtnl_route_read(struct rtnl_route *r, struct route_mirror *m,
		void (*on_rule)(void *arg, const struct nlmsghdr *nlh),
		void *arg)
{
	struct reader rd = {m, on_rule, arg};
	int err = nlsock_recv(r->monitor, on_note, &rd);

	if (err == -ENOBUFS) {
		log_notice("notifications of routes were lost, looking at "
			   "all of ours again");
		route_mirror_lost(m);
		if (on_rule != NULL)
			on_rule(arg, NULL);
		err = 0;
	}
	return err == 0 ? rtnl_route_follow(r, m) : err;
}
