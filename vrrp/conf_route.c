/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The lines of virtual_routes and static_routes: the table and what a line
 * as a whole must be.  Readers for its words stand in conf_route_words.c.
 * Pure reading.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "vrrp/conf_route.h"

/* clang-format off */
static const struct kw_word_value enabled_words[] = {
	{"enabled", true}, {"disabled", false}, {NULL, 0},
};
static const struct kw encap_rows[] = {
	{.name = "ip", .type = KW_DOC,
	 .args = "[id <INT64>] [dst <IPv4>] [src <IPv4>] [tos <NAME|INT>] [ttl <INT 0..255>] [flags <INT 0..65535>]",
	 .doc = "IPv4 tunnel metadata; dst or id required."},
	{.name = "ip6", .type = KW_DOC,
	 .args = "[id <INT64>] [dst <IPv6>] [src <IPv6>] [tc <NAME|INT>] [hoplimit <INT 0..255>] [flags <INT 0..65535>]",
	 .doc = "IPv6 tunnel metadata; dst or id required."},
	{.name = "mpls", .type = KW_DOC, .args = "<LABEL>[/<LABEL>...]",
	 .doc = "MPLS label stack."},
	{.name = "ila", .type = KW_DOC, .args = "<16BIT:16BIT:16BIT:16BIT>",
	 .doc = "ILA locator, 64 bit in colon notation."},
};
static const struct kw_block encap_words = {KW_ROWS(encap_rows), .ignores_unknown = true};

#define M(m) KW_MEMBER(struct route_conf, m)
/* Routes of both kinds.  track_group is the last row: only static ones have it,
 * so the virtual block ends before it. */
static const struct kw route_rows[] = {
	{.name = "inet", .type = KW_SET, M(family), .min = AF_INET, .reload = KW_LIVE,
	 .doc = "Force IPv4; parser quirk in 2.2.7 and 2.4.3: the word after it is skipped."},
	{.name = "inet6", .type = KW_SET, M(family), .min = AF_INET6, .reload = KW_LIVE,
	 .doc = "Force IPv6; parser quirk in 2.2.7 and 2.4.3: the word after it is skipped."},
	{.name = "to", .type = KW_CUSTOM, M(to), .ops = &route_to_ops, .reload = KW_LIVE,
	 .args = "<PREFIX|default|any|all|default6>",
	 .doc = "Optional word before the destination; a bare address or prefix is the destination as well; a route "
		"without destination is reported and dropped; default6 is obsolete (logged)."},
	{.name = "unicast", .type = KW_SET, M(type), .min = RTN_UNICAST, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "local", .type = KW_SET, M(type), .min = RTN_LOCAL, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "broadcast", .type = KW_SET, M(type), .min = RTN_BROADCAST, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "brd", .type = KW_SET, M(type), .min = RTN_BROADCAST, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "anycast", .type = KW_SET, M(type), .min = RTN_ANYCAST, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "multicast", .type = KW_SET, M(type), .min = RTN_MULTICAST, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "throw", .type = KW_SET, M(type), .min = RTN_THROW, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "unreachable", .type = KW_SET, M(type), .min = RTN_UNREACHABLE, .reload = KW_LIVE,
	 .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "prohibit", .type = KW_SET, M(type), .min = RTN_PROHIBIT, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "blackhole", .type = KW_SET, M(type), .min = RTN_BLACKHOLE, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "nat", .type = KW_SET, M(type), .min = RTN_NAT, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "xresolve", .type = KW_SET, M(type), .min = RTN_XRESOLVE, .reload = KW_LIVE, .def_doc = "unicast",
	 .doc = "Route type word, stands before the destination (a number is also taken)."},
	{.name = "src", .type = KW_ADDR, M(src), .reload = KW_LIVE, .args = "<IPADDR>", .def_doc = "none",
	 .doc = "Preferred source address; bad or other family drops the route."},
	{.name = "as", .type = KW_CUSTOM, .ops = &route_as_ops, .reload = KW_LIVE, .args = "[to] <IPADDR>",
	 .doc = "Recognised for MPLS only: reported and ignored."},
	{.name = "via", .type = KW_CUSTOM, M(via), .ops = &route_via_ops, .reload = KW_LIVE,
	 .args = "[inet|inet6] <IPADDR>", .def_doc = "none",
	 .doc = "Gateway; family mismatch or bad address drops the route."},
	{.name = "gw", .type = KW_CUSTOM, M(via), .ops = &route_gw_ops, .reload = KW_LIVE,
	 .args = "[inet|inet6] <IPADDR>", .def_doc = "none",
	 .doc = "Deprecated alias of via, use is reported."},
	{.name = "or", .type = KW_CUSTOM, .ops = &route_or_ops, .reload = KW_LIVE, .args = "<IPADDR>",
	 .doc = "Deprecated second gateway, turned into two nexthops, use is reported."},
	{.name = "from", .type = KW_CUSTOM, M(from), .ops = &route_from_ops, .reload = KW_LIVE,
	 .args = "<IPv6 PREFIX|default>", .def_doc = "none",
	 .doc = "Source prefix, IPv6 only, otherwise the route is dropped."},
	{.name = "tos", .type = KW_CUSTOM, M(tos), .ops = &tos_ops, .reload = KW_LIVE, .args = "<NAME|INT 0..255>",
	 .def_doc = "0",
	 .doc = "TOS/DS field, names from rt_dsfield; invalid drops the route."},
	{.name = "dsfield", .type = KW_ALIAS, .alias = "tos", .args = "<NAME|INT 0..255>", .def_doc = "0",
	 .doc = "Same as tos."},
	{.name = "table", .type = KW_CUSTOM, M(table), .ops = &route_table_ops, .reload = KW_LIVE,
	 .args = "<NAME|INT 0..4294967295>", .def_doc = "main",
	 .doc = "Routing table, names from rt_tables; unknown drops the route."},
	{.name = "vrf", .type = KW_IFNAME, M(vrf), .reload = KW_LIVE, .args = "<IFNAME>",
	 .doc = "Use the table of this existing VRF device; missing or not a VRF drops the route."},
	{.name = "protocol", .type = KW_CUSTOM, M(protocol), .ops = &protocol_ops, .reload = KW_LIVE,
	 .args = "<NAME|INT 0..255>", .def_doc = "keepalived (18)",
	 .doc = "Route protocol; a tracked route is reset to 18 with a report if another value is given."},
	{.name = "scope", .type = KW_CUSTOM, M(scope), .ops = &scope_ops, .reload = KW_LIVE,
	 .args = "<NAME|INT 0..255>", .def_doc = "global",
	 .doc = "Scope; invalid drops the route."},
	{.name = "metric", .type = KW_UINT, M(metric), .reload = KW_LIVE, .args = "<INT 0..4294967295>",
	 .def_doc = "unset",
	 .doc = "Route metric; invalid drops the route."},
	{.name = "priority", .type = KW_ALIAS, .alias = "metric", .args = "<INT 0..4294967295>", .def_doc = "unset",
	 .doc = "Route metric; invalid drops the route."},
	{.name = "preference", .type = KW_ALIAS, .alias = "metric", .args = "<INT 0..4294967295>", .def_doc = "unset",
	 .doc = "Route metric; invalid drops the route."},
	{.name = "dev", .type = KW_IFNAME, M(dev), .reload = KW_LIVE, .args = "<IFNAME>", .def_doc = "none",
	 .doc = "Output interface; unknown without dynamic_interfaces drops the route; a tracked route makes the "
		"instance follow the interface."},
	{.name = "oif", .type = KW_ALIAS, .alias = "dev", .args = "<IFNAME>", .def_doc = "none",
	 .doc = "Output interface; unknown without dynamic_interfaces drops the route; a tracked route makes the "
		"instance follow the interface."},
	{.name = "onlink", .type = KW_FLAG, M(onlink), .reload = KW_LIVE,
	 .doc = "Gateway is taken as directly reachable."},
	{.name = "encap", .type = KW_CUSTOM, M(encap), .sub = &encap_words, .ops = &encap_ops, .reload = KW_LIVE,
	 .args = "ip|ip6|mpls|ila ...", .def_doc = "none",
	 .doc = "Lightweight tunnel; unknown or incomplete is reported."},
	{.name = "expires", .type = KW_UINT, M(expires), .reload = KW_LIVE, .args = "<INT 0..4294967295 seconds>",
	 .def_doc = "unset",
	 .doc = "Lifetime; IPv6 only, otherwise the route is dropped."},
	{.name = "mtu", .type = KW_CUSTOM, M(mtu), .ops = &lock_metric_ops, .reload = KW_LIVE,
	 .args = "[lock] <INT 0..4294967295>", .def_doc = "unset",
	 .doc = "Path MTU; lock disables discovery."},
	{.name = "hoplimit", .type = KW_CUSTOM, M(hoplimit), .ops = &hoplimit_ops, .reload = KW_LIVE,
	 .args = "<INT 0..255>", .def_doc = "unset",
	 .doc = "Hop limit metric."},
	{.name = "advmss", .type = KW_CUSTOM, M(advmss), .ops = &lock_metric_ops, .reload = KW_LIVE,
	 .args = "[lock] <INT>", .def_doc = "unset",
	 .doc = "Advertised MSS."},
	{.name = "rtt", .type = KW_CUSTOM, M(rtt), .ops = &rtt_ops, .reload = KW_LIVE,
	 .args = "[lock] <DECIMAL>[s|sec|secs|ms]", .def_doc = "unset",
	 .doc = "Initial RTT; without unit in 1/8 ms units; 2.4 clamps to 200 ms..120 s with a report; exponent form "
		"refused."},
	{.name = "rttvar", .type = KW_CUSTOM, M(rttvar), .ops = &rttvar_ops, .reload = KW_LIVE,
	 .args = "[lock] <DECIMAL>[s|sec|secs|ms]", .def_doc = "unset",
	 .doc = "Initial RTT variance; without unit in 1/4 ms units; clamped like rtt."},
	{.name = "rto_min", .type = KW_CUSTOM, M(rto_min), .ops = &rto_min_ops, .reload = KW_LIVE,
	 .args = "[lock] <DECIMAL>[s|sec|secs|ms]", .def_doc = "unset",
	 .doc = "Minimum retransmission timeout; without unit in ms; clamped like rtt."},
	{.name = "reordering", .type = KW_CUSTOM, M(reordering), .ops = &lock_metric_ops, .reload = KW_LIVE,
	 .args = "[lock] <INT>", .def_doc = "unset",
	 .doc = "Reordering metric."},
	{.name = "window", .type = KW_CUSTOM, M(window), .ops = &metric_ops, .reload = KW_LIVE, .args = "<INT>",
	 .def_doc = "unset",
	 .doc = "Maximum window."},
	{.name = "cwnd", .type = KW_CUSTOM, M(cwnd), .ops = &lock_metric_ops, .reload = KW_LIVE,
	 .args = "[lock] <INT>", .def_doc = "unset",
	 .doc = "Congestion window clamp."},
	{.name = "ssthresh", .type = KW_CUSTOM, M(ssthresh), .ops = &lock_metric_ops, .reload = KW_LIVE,
	 .args = "[lock] <INT>", .def_doc = "unset",
	 .doc = "Initial slow start threshold."},
	{.name = "realms", .type = KW_CUSTOM, M(realms), .ops = &realms_ops, .reload = KW_LIVE,
	 .args = "[<NAME|INT>/]<NAME|INT>", .def_doc = "unset",
	 .doc = "Realms, IPv4 only, otherwise the route is dropped."},
	{.name = "initcwnd", .type = KW_CUSTOM, M(initcwnd), .ops = &metric_ops, .reload = KW_LIVE, .args = "<INT>",
	 .def_doc = "unset",
	 .doc = "Initial congestion window."},
	{.name = "initrwnd", .type = KW_CUSTOM, M(initrwnd), .ops = &metric_ops, .reload = KW_LIVE, .args = "<INT>",
	 .def_doc = "unset",
	 .doc = "Initial receive window."},
	{.name = "features", .type = KW_CUSTOM, M(features), .ops = &features_ops, .reload = KW_LIVE, .args = "ecn",
	 .def_doc = "unset",
	 .doc = "Only ecn known, other words reported and ignored."},
	{.name = "quickack", .type = KW_CUSTOM, M(quickack), .ops = &bit_metric_ops, .reload = KW_LIVE,
	 .args = "<INT 0..1>", .def_doc = "unset",
	 .doc = "Quick ACK."},
	{.name = "congctl", .type = KW_CUSTOM, M(congctl), .ops = &congctl_ops, .reload = KW_LIVE,
	 .args = "[lock] <STRING>", .def_doc = "unset",
	 .doc = "Congestion control algorithm."},
	{.name = "pref", .type = KW_CUSTOM, M(pref), .ops = &pref_ops, .reload = KW_LIVE,
	 .args = "low|medium|high|<INT 0..255>", .def_doc = "unset",
	 .doc = "IPv6 router preference; on IPv4 the route is dropped."},
	{.name = "ttl-propagate", .type = KW_ENUM, M(ttl_propagate), .words = enabled_words, .reload = KW_LIVE,
	 .args = "enabled|disabled", .def_doc = "unset",
	 .doc = "MPLS TTL propagation; other words reported."},
	{.name = "fastopen_no_cookie", .type = KW_CUSTOM, M(fastopen_no_cookie), .ops = &bit_metric_ops,
	 .reload = KW_LIVE, .args = "<INT 0..1>", .def_doc = "unset",
	 .doc = "TCP fast open without cookie."},
	{.name = "add", .type = KW_SET, M(mode), .min = ROUTE_ADD, .reload = KW_LIVE,
	 .doc = "Fail if a matching route exists (iproute2 add behaviour)."},
	{.name = "prepend", .type = KW_SET, M(mode), .min = ROUTE_PREPEND, .reload = KW_LIVE, .def_doc = "default",
	 .doc = "Insert before matching routes (kernel default)."},
	{.name = "append", .type = KW_SET, M(mode), .min = ROUTE_APPEND, .reload = KW_LIVE,
	 .doc = "Insert after matching routes."},
	{.name = "nexthop", .type = KW_CUSTOM, M(nexthop), .ops = &nexthop_ops, .reload = KW_LIVE,
	 .args = "[via [inet|inet6] <IPADDR>] [dev <IFNAME>] [weight <INT 1..256>] [onlink] [encap ...] [realms ...]",
	 .doc = "Multipath leg, repeatable, must be last; anything else after it is reported."},
	{.name = "no_track", .type = KW_FLAG, M(no_track), .reload = KW_LIVE,
	 .doc = "Losing the route does not affect the VRRP state."},
	{.name = "track_group", .type = KW_REF, M(track_group), .ref = "track_group", .ref_label = "track group",
	 .reload = KW_LIVE, .args = "<NAME>", .def_doc = "none",
	 .doc = "Instances of this group go to fault when the route cannot be restored; needs dev, otherwise reported "
		"and ignored."},
};
#undef M
/* clang-format on */

/* ---- lines ---- */

/* Words whose argument could be taken for the destination. */
static bool
takes_address(const char *word)
{
	static const char *const list[] = {"to", "src", "as",	"via",
					   "gw", "or",	"from", "dst"};
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

static bool
is_family(const char *word)
{
	return strcmp(word, "inet") == 0 || strcmp(word, "inet6") == 0;
}

/* Of such a word, between which and it a family may stand. */
static bool
is_argument(const struct kw_in *in, uint32_t i)
{
	if (i > 1 && is_family(in->word[i - 1].s))
		i--;
	return i > 0 && takes_address(in->word[i - 1].s);
}

/* Where the destination stands without "to" before it; in->n: nowhere. */
static uint32_t
find_destination(const struct kw_in *in)
{
	struct conf_prefix p;
	for (uint32_t i = 0; i < in->n; i++) {
		const char *w = in->word[i].s;
		if (strcmp(w, "nexthop") == 0)
			break;
		if (is_argument(in, i))
			continue;
		if (strpbrk(w, ".:/") == NULL && strcmp(w, "default") != 0 &&
		    strcmp(w, "default6") != 0)
			continue;
		if (strcmp(w, "default6") == 0 ||
		    conf_prefix_parse(w, 0, &p) == 0)
			return i;
	}
	return in->n;
}

void
conf_name_by_line(struct conf_ctx *ctx, struct conf_obj *line)
{
	struct buf b = BUF_INIT;
	const struct conf_raw *raw = line->raw;
	for (uint32_t i = 0; raw != NULL && i < raw->n; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		buf_adds(&b, raw->word[i]);
	}
	line->name = arena_strdup(conf_ctx_arena(ctx), buf_str(&b));
	buf_fini(&b);
}

static int
route_open(struct kw_in *in, void *obj)
{
	struct route_conf *r = obj;
	const struct kw_block *words = r->obj.block;
	uint32_t at = find_destination(in);
	struct kw_in head = *in;
	STAILQ_INIT(&r->nexthop);
	r->protocol = RTPROT_KEEPALIVED;
	r->table = RT_TABLE_MAIN;
	r->type = RTN_UNICAST;
	if (at < in->n) {
		const char *w = in->word[at].s;
		uint16_t family = strcmp(w, "default6") == 0 ? AF_INET6 : 0;
		(void)conf_prefix_parse(family == 0 ? w : "default", family,
					&r->to); /* it was tried before */
	}
	head.n = at;
	(void)kw_parse_words(&head, 0, words, obj); /* takes them all */
	if (at < in->n)
		(void)kw_parse_words(in, at + 1, words, obj);
	return (int)in->n;
}

/* Joins an address into the family of the line; false: they differ. */
static bool
join_family(uint16_t *family, uint16_t other)
{
	if (other == AF_UNSPEC || other == *family)
		return true;
	if (*family != AF_UNSPEC)
		return false;
	*family = other;
	return true;
}

/* "default" has no family of its own. */
static bool
is_default(const struct conf_prefix *p)
{
	static const struct addr zero4 = {.family = AF_INET};
	return p->len == 0 && p->has_len && addr_is_equal(&p->addr, &zero4);
}

static const char *
route_family_fault(struct route_conf *r)
{
	r->has_expires = conf_is_given(&r->obj, "expires");
	bool is_same = join_family(&r->family, r->src.family) &&
		       join_family(&r->family, r->via.family) &&
		       join_family(&r->family, r->from.addr.family);
	CONF_FOREACH (const struct nexthop_conf, n, &r->nexthop)
		is_same = is_same && join_family(&r->family, n->via.family);
	if (is_default(&r->to) && r->family != AF_UNSPEC)
		r->to.addr.family = r->family;
	if (!is_same || !join_family(&r->family, r->to.addr.family))
		return "Cannot mix IPv4 and IPv6 addresses for route";
	if (r->family == AF_INET && r->has_expires)
		return "expires is only valid for IPv6";
	if (r->family == AF_INET && addr_is_set(&r->from.addr))
		return "from is only valid for IPv6";
	if (r->family == AF_INET6 && r->realms != 0)
		return "realms are only valid for IPv4";
	if (r->family == AF_INET && r->has_pref)
		return "pref is only valid for IPv6";
	return NULL;
}

static bool
route_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct route_conf *r = obj;
	(void)parent; /* an instance or the root */
	conf_name_by_line(ctx, &r->obj);
	if (r->is_bad)
		return false;
	if (!addr_is_set(&r->to.addr)) {
		conf_report(ctx, DIAG_GENERAL, "Route must have a destination");
		return false;
	}
	const char *fault = route_family_fault(r);
	if (fault != NULL) {
		conf_report(ctx, DIAG_GENERAL, "%s", fault);
		return false;
	}
	r->has_scope = conf_is_given(&r->obj, "scope");
	r->has_metric = conf_is_given(&r->obj, "metric");
	r->has_protocol = conf_is_given(&r->obj, "protocol");
	r->has_ttl_propagate = conf_is_given(&r->obj, "ttl-propagate");
	return r->dev == NULL ||
	       conf_needs_interface(ctx, r->dev, "VROUTE nexthop");
}

/* What is tracked is known by our number. */
static void
keep_protocol(struct conf_ctx *ctx, struct route_conf *r, bool is_tracked)
{
	if (!is_tracked || r->protocol == RTPROT_KEEPALIVED)
		return;
	conf_report(ctx, DIAG_GENERAL,
		    "Route cannot be tracked if protocol is not "
		    "RTPROT_KEEPALIVED(18), resetting protocol");
	r->protocol = RTPROT_KEEPALIVED;
}

/* A virtual route is tracked by its interface. */
static bool
virtual_route_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct route_conf *r = obj;
	if (!route_check(ctx, obj, parent))
		return false;
	if (!r->no_track && r->dev == NULL) {
		char text[ADDR_STR_LEN];
		conf_report(ctx, DIAG_WARNING,
			    "Warning - cannot track route %s/%u with no "
			    "interface specified, not tracking",
			    addr_print(&r->to.addr, text, sizeof(text)),
			    r->to.len);
	}
	keep_protocol(ctx, r, !r->no_track && r->dev != NULL);
	return true;
}

static bool
static_route_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct route_conf *r = obj;
	if (!route_check(ctx, obj, parent))
		return false;
	keep_protocol(ctx, r, r->track_group != NULL && r->dev != NULL);
	if (r->track_group == NULL || r->dev != NULL)
		return true;
	conf_report(ctx, DIAG_GENERAL,
		    "Static route cannot have track group if no oif specified");
	r->track_group = NULL;
	return true;
}

const struct kw_block route_block = {
	.row = route_rows,
	.n_rows = ARRAY_LEN(route_rows) - 1, /* without track_group */
	.size = sizeof(struct route_conf),
	.open = route_open,
	.check = virtual_route_check,
};
const struct kw_block static_route_block = {
	KW_ROWS(route_rows),
	.size = sizeof(struct route_conf),
	.open = route_open,
	.check = static_route_check,
};
