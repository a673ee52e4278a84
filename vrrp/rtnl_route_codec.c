/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A configured route as the kernel wants to be told it.  Pure; what iproute2
 * would send for the same words, but for the protocol, which says that it is
 * ours, and the scope, which is global where none is given, as keepalived has
 * it.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ila.h>
#include <linux/lwtunnel.h>
#include <linux/mpls.h>
#include <linux/mpls_iptunnel.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/util.h"
#include "lib/wire.h"
#include "vrrp/conf.h"
#include "vrrp/kobj_msg.h"

#define TABLE_SMALL_MAX 255 /* what rtm_table can hold */

/* A message under construction; full is kept until the end. */
struct building {
	struct kobj_msg *out;
	struct nlmsghdr *nlh;
	bool is_full;
	union {
		struct nlmsghdr align;
		uint8_t bytes[MNL_NLMSG_HDRLEN + KOBJ_MSG_MAX];
	} buf;
};

static void
put(struct building *b, uint16_t type, size_t len, const void *data)
{
	if (!mnl_attr_put_check(b->nlh, sizeof(b->buf), type, len, data))
		b->is_full = true;
}

static void
put_u32(struct building *b, uint16_t type, uint32_t v)
{
	put(b, type, sizeof(v), &v);
}

static void
put_u8(struct building *b, uint16_t type, uint8_t v)
{
	put(b, type, sizeof(v), &v);
}

static void
put_be16(struct building *b, uint16_t type, uint16_t v)
{
	const uint8_t bytes[] = {(uint8_t)(v >> 8), (uint8_t)v};

	put(b, type, sizeof(bytes), bytes);
}

static void
put_be64(struct building *b, uint16_t type, uint64_t v)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(v >> (56 - 8 * i));
	put(b, type, sizeof(bytes), bytes);
}

static void
put_addr(struct building *b, uint16_t type, const struct addr *a)
{
	if (addr_is_set(a))
		put(b, type, addr_len(a), a->bytes);
}

/* NULL: full. */
static struct nlattr *
nest_start(struct building *b, uint16_t type)
{
	struct nlattr *n =
		mnl_attr_nest_start_check(b->nlh, sizeof(b->buf), type);

	b->is_full = b->is_full || n == NULL;
	return n;
}

static void
nest_end(struct building *b, struct nlattr *n)
{
	if (n != NULL)
		mnl_attr_nest_end(b->nlh, n);
}

/* The number at this place of the message is that of a link. */
static void
note_link(struct building *b, const char *name, size_t offset, bool is_table)
{
	struct kobj_msg *m = b->out;
	struct kobj_link *l;

	if (m->n_links == KOBJ_LINKS_MAX) {
		b->is_full = true;
		return;
	}
	l = &m->link[m->n_links++];
	*l = (struct kobj_link){.offset = (uint32_t)offset,
				.is_table = is_table};
	str_fill(l->name, sizeof(l->name), name);
}

static size_t
offset_now(const struct building *b)
{
	return b->nlh->nlmsg_len - MNL_NLMSG_HDRLEN;
}

static void
put_link(struct building *b, uint16_t type, const char *name, bool is_table)
{
	put_u32(b, type, 0);
	note_link(b, name, offset_now(b) - sizeof(uint32_t), is_table);
}

/* ---- encap ---- */

static void
put_tunnel(struct building *b, const struct route_encap_conf *e)
{
	bool is_v6 = e->type == ROUTE_ENCAP_IP6;

	if (e->has_id)
		put_be64(b, is_v6 ? LWTUNNEL_IP6_ID : LWTUNNEL_IP_ID, e->id);
	put_addr(b, is_v6 ? LWTUNNEL_IP6_DST : LWTUNNEL_IP_DST, &e->dst);
	put_addr(b, is_v6 ? LWTUNNEL_IP6_SRC : LWTUNNEL_IP_SRC, &e->src);
	if (e->has_tos)
		put_u8(b, is_v6 ? LWTUNNEL_IP6_TC : LWTUNNEL_IP_TOS, e->tos);
	if (e->has_ttl)
		put_u8(b, is_v6 ? LWTUNNEL_IP6_HOPLIMIT : LWTUNNEL_IP_TTL,
		       e->ttl);
	if (e->has_flags)
		put_be16(b, is_v6 ? LWTUNNEL_IP6_FLAGS : LWTUNNEL_IP_FLAGS,
			 e->flags);
}

/* RFC 3032 §2.1: label, class, bottom of stack, TTL (0: from the packet). */
static void
put_labels(struct building *b, const struct route_encap_conf *e)
{
	uint8_t bytes[4 * ROUTE_MPLS_LABELS_MAX];

	for (uint32_t i = 0; i < e->n_labels; i++) {
		uint32_t entry = e->label[i] << MPLS_LS_LABEL_SHIFT;

		if (i + 1 == e->n_labels)
			entry |= 1u << MPLS_LS_S_SHIFT;
		for (size_t k = 0; k < 4; k++)
			bytes[4 * i + k] = (uint8_t)(entry >> (24 - 8 * k));
	}
	put(b, MPLS_IPTUNNEL_DST, 4u * e->n_labels, bytes);
}

static void
put_encap(struct building *b, const struct route_encap_conf *e)
{
	static const uint16_t type[] = {
		[ROUTE_ENCAP_IP] = LWTUNNEL_ENCAP_IP,
		[ROUTE_ENCAP_IP6] = LWTUNNEL_ENCAP_IP6,
		[ROUTE_ENCAP_MPLS] = LWTUNNEL_ENCAP_MPLS,
		[ROUTE_ENCAP_ILA] = LWTUNNEL_ENCAP_ILA,
	};
	struct nlattr *nest;

	if (e->type == ROUTE_ENCAP_NONE)
		return;
	nest = nest_start(b, RTA_ENCAP);
	switch (e->type) {
	case ROUTE_ENCAP_NONE:
		break;
	case ROUTE_ENCAP_IP:
	case ROUTE_ENCAP_IP6:
		put_tunnel(b, e);
		break;
	case ROUTE_ENCAP_MPLS:
		put_labels(b, e);
		break;
	case ROUTE_ENCAP_ILA:
		put_be64(b, ILA_ATTR_LOCATOR, e->id);
		break;
	}
	nest_end(b, nest);
	put(b, RTA_ENCAP_TYPE, sizeof(type[0]), &type[e->type]);
}

/* ---- metrics ---- */

static uint32_t
put_metric(struct building *b, uint16_t type, const struct route_metric_conf *m)
{
	if (m->has)
		put_u32(b, type, m->value);
	return m->lock ? 1u << type : 0;
}

static bool
has_metrics(const struct route_conf *c)
{
	const struct route_metric_conf *const all[] = {
		&c->mtu,	&c->hoplimit, &c->advmss,
		&c->rtt,	&c->rttvar,   &c->rto_min,
		&c->reordering, &c->window,   &c->cwnd,
		&c->ssthresh,	&c->initcwnd, &c->initrwnd,
		&c->features,	&c->quickack, &c->fastopen_no_cookie,
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i]->has)
			return true;
	return c->congctl != NULL;
}

static void
put_metrics(struct building *b, const struct route_conf *c)
{
	struct nlattr *nest;
	uint32_t lock = 0;

	if (!has_metrics(c))
		return;
	nest = nest_start(b, RTA_METRICS);
	lock |= put_metric(b, RTAX_MTU, &c->mtu);
	lock |= put_metric(b, RTAX_WINDOW, &c->window);
	lock |= put_metric(b, RTAX_RTT, &c->rtt);
	lock |= put_metric(b, RTAX_RTTVAR, &c->rttvar);
	lock |= put_metric(b, RTAX_SSTHRESH, &c->ssthresh);
	lock |= put_metric(b, RTAX_CWND, &c->cwnd);
	lock |= put_metric(b, RTAX_ADVMSS, &c->advmss);
	lock |= put_metric(b, RTAX_REORDERING, &c->reordering);
	lock |= put_metric(b, RTAX_HOPLIMIT, &c->hoplimit);
	lock |= put_metric(b, RTAX_INITCWND, &c->initcwnd);
	lock |= put_metric(b, RTAX_FEATURES, &c->features);
	lock |= put_metric(b, RTAX_RTO_MIN, &c->rto_min);
	lock |= put_metric(b, RTAX_INITRWND, &c->initrwnd);
	lock |= put_metric(b, RTAX_QUICKACK, &c->quickack);
	lock |= put_metric(b, RTAX_FASTOPEN_NO_COOKIE, &c->fastopen_no_cookie);
	if (c->congctl != NULL)
		put(b, RTAX_CC_ALGO, strlen(c->congctl), c->congctl);
	if (c->congctl_lock)
		lock |= 1u << RTAX_CC_ALGO;
	if (lock != 0)
		put_u32(b, RTAX_LOCK, lock);
	nest_end(b, nest);
}

/* ---- legs ---- */

/* A struct rtnexthop, then attributes that belong to it. */
static void
put_leg(struct building *b, const struct nexthop_conf *n, const char *dev)
{
	struct rtnexthop nh = {
		.rtnh_hops = (uint8_t)(n->weight - 1),
		.rtnh_flags = n->onlink ? RTNH_F_ONLINK : 0,
	};
	size_t at = b->nlh->nlmsg_len;
	size_t link = offset_now(b) + offsetof(struct rtnexthop, rtnh_ifindex);

	if (at + sizeof(nh) > sizeof(b->buf)) {
		b->is_full = true;
		return;
	}
	b->nlh->nlmsg_len += sizeof(nh);
	if (dev != NULL)
		note_link(b, dev, link, false);
	put_addr(b, RTA_GATEWAY, &n->via);
	if (n->realms != 0)
		put_u32(b, RTA_FLOW, n->realms);
	put_encap(b, &n->encap);
	nh.rtnh_len = (unsigned short)(b->nlh->nlmsg_len - at);
	memcpy(b->buf.bytes + at, &nh, sizeof(nh));
	b->out->n_legs++;
}

static void
put_legs(struct building *b, const struct route_conf *c)
{
	struct nlattr *nest = NULL;

	CONF_FOREACH (const struct nexthop_conf, n, &c->nexthop) {
		if (nest == NULL)
			nest = nest_start(b, RTA_MULTIPATH);
		if (!b->is_full)
			put_leg(b, n, n->dev != NULL ? n->dev : c->dev);
	}
	nest_end(b, nest);
}

/* ---- the route ---- */

/* The kernel refuses local and broadcast routes of global scope, so that can
 * not be meant. */
static uint8_t
scope_of(const struct route_conf *c)
{
	if (c->has_scope || c->family != AF_INET)
		return c->scope;
	switch (c->type) {
	case RTN_LOCAL:
	case RTN_NAT:
		return RT_SCOPE_HOST;
	case RTN_BROADCAST:
	case RTN_ANYCAST:
		return RT_SCOPE_LINK;
	default:
		return c->scope;
	}
}

static void
put_head(struct building *b, const struct route_conf *c)
{
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(b->nlh, sizeof(*rtm));

	*rtm = (struct rtmsg){
		.rtm_family = (uint8_t)c->family,
		.rtm_dst_len = c->to.len,
		.rtm_src_len = c->from.len,
		.rtm_tos = c->tos,
		.rtm_table = c->vrf == NULL && c->table <= TABLE_SMALL_MAX
				     ? (uint8_t)c->table
				     : RT_TABLE_UNSPEC,
		.rtm_protocol = c->protocol,
		.rtm_scope = scope_of(c),
		.rtm_type = c->type,
		.rtm_flags = c->onlink ? RTNH_F_ONLINK : 0,
	};
}

static void
put_ways(struct building *b, const struct route_conf *c)
{
	put_addr(b, RTA_GATEWAY, &c->via);
	/* With legs it is the interface of those that name none. */
	if (c->dev != NULL && STAILQ_EMPTY(&c->nexthop))
		put_link(b, RTA_OIF, c->dev, false);
	put_encap(b, &c->encap);
	put_legs(b, c);
}

static void
put_route(struct building *b, const struct route_conf *c)
{
	put_head(b, c);
	if (c->to.len > 0)
		put_addr(b, RTA_DST, &b->out->dst);
	if (c->from.len > 0)
		put_addr(b, RTA_SRC, &c->from.addr);
	if (c->vrf != NULL)
		put_link(b, RTA_TABLE, c->vrf, true);
	else if (c->table > TABLE_SMALL_MAX)
		put_u32(b, RTA_TABLE, c->table);
	put_addr(b, RTA_PREFSRC, &c->src);
	put_ways(b, c);
	if (c->has_metric)
		put_u32(b, RTA_PRIORITY, c->metric);
	if (c->realms != 0)
		put_u32(b, RTA_FLOW, c->realms);
	if (c->has_expires)
		put_u32(b, RTA_EXPIRES, c->expires);
	put_metrics(b, c);
	if (c->has_pref)
		put_u8(b, RTA_PREF, c->pref);
	if (c->has_ttl_propagate)
		put_u8(b, RTA_TTL_PROPAGATE, c->ttl_propagate);
}

int
rtnl_route_encode(const struct route_conf *c, struct kobj_msg *out)
{
	static const uint16_t flags[] = {
		[ROUTE_PREPEND] = NLM_F_CREATE,
		[ROUTE_ADD] = NLM_F_CREATE | NLM_F_EXCL,
		[ROUTE_APPEND] = NLM_F_CREATE | NLM_F_APPEND,
	};
	struct building b = {.out = out};

	*out = (struct kobj_msg){
		.kind = KOBJ_ROUTE,
		.add_flags = flags[c->mode],
		.protocol = c->protocol,
		.dst = c->to.addr,
		.dst_len = c->to.len,
		.metric = c->metric,
	};
	out->dst.family = c->family;
	b.nlh = mnl_nlmsg_put_header(b.buf.bytes);
	put_route(&b, c);
	if (b.is_full)
		return -EMSGSIZE;
	out->len = (uint32_t)offset_now(&b);
	memcpy(out->data, mnl_nlmsg_get_payload(b.nlh), out->len);
	return 0;
}
