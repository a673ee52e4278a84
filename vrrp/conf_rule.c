/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The lines of virtual_rules and static_rules.  A word that makes the line
 * useless sets is_bad; the line is then dropped as a whole.  Pure reading.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "vrrp/conf_route.h"

#define PREFERENCE_FIRST 16384 /* for rules that say none, counting down */

static const char *
argument(const struct kw_in *in)
{
	return in->n > 1 ? in->word[1].s : "";
}

static int
bad_rule(struct kw_in *in, const char *fmt)
{
	struct rule_conf *r = in->obj;
	conf_report(in->ctx, DIAG_GENERAL, "%s %s for rule", fmt, argument(in));
	r->is_bad = true;
	return -EINVAL;
}

static int
set_action(struct kw_in *in, uint8_t action)
{
	struct rule_conf *r = in->obj;
	if (r->action != FR_ACT_UNSPEC || r->l3mdev) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "Cannot specify more than one of table/nop/goto/"
			    "blackhole/prohibit/unreachable for rule");
		r->is_bad = true;
		return -EINVAL;
	}
	r->action = action;
	return 0;
}

/* ---- words ---- */

static int
prefix_parse(struct kw_in *in, void *member)
{
	struct rule_conf *r = in->obj;
	struct conf_prefix *p = member;
	if (conf_prefix_parse(argument(in), r->family, p) < 0)
		return bad_rule(in, "Invalid address");
	return 1;
}

static const struct kw_ops rule_prefix_ops = {.parse = prefix_parse};

static int
rule_table_parse(struct kw_in *in, void *member)
{
	uint32_t v;
	if (conf_name_find(in->ctx, "rt_tables", argument(in), UINT32_MAX, &v) <
		    0 ||
	    v == 0)
		return bad_rule(in, "Routing table not valid or not found:");
	if (set_action(in, FR_ACT_TO_TBL) < 0)
		return -EINVAL;
	*(uint32_t *)member = v;
	return 1;
}

const struct kw_ops rule_table_ops = {.parse = rule_table_parse};

/* MARK[/MASK], decimal, octal or hex */
static int
fwmark_parse(struct kw_in *in, void *member)
{
	struct rule_conf *r = in->obj;
	const char *w = argument(in);
	char *end;
	unsigned long mark = strtoul(w, &end, 0), mask = UINT32_MAX;
	r->has_fwmask = *end == '/';
	if (*w == '\0' || *w == '-' || end == w)
		return bad_rule(in, "Invalid rule fwmark");
	if (r->has_fwmask)
		mask = strtoul(end + 1, &end, 0);
	if (*end != '\0' || mark > UINT32_MAX || mask > UINT32_MAX)
		return bad_rule(in, "Invalid rule fwmark");
	*(uint32_t *)member = (uint32_t)mark;
	r->fwmask = (uint32_t)mask;
	r->has_fwmark = true;
	return 1;
}

static const struct kw_ops rule_fwmark_ops = {.parse = fwmark_parse};

static int
tunnel_id_parse(struct kw_in *in, void *member)
{
	const char *w = argument(in);
	char *end;
	errno = 0;
	unsigned long long v = strtoull(w, &end, 10);
	if (*w == '-' || end == w || *end != '\0' || errno != 0)
		return bad_rule(in, "Invalid tunnel-id");
	*(uint64_t *)member = v;
	return 1;
}

static const struct kw_ops tunnel_id_ops = {.parse = tunnel_id_parse};

/* FIRST-LAST as two numbers up to max */
static int
range_parse(struct kw_in *in, unsigned long max, unsigned long v[2])
{
	const char *w = argument(in);
	char *end;
	v[0] = strtoul(w, &end, 10);
	if (end == w || *end != '-' || *w == '-')
		return bad_rule(in, "Invalid range");
	w = end + 1;
	v[1] = strtoul(w, &end, 10);
	if (end == w || *end != '\0' || *w == '-' || v[0] > max || v[1] > max)
		return bad_rule(in, "Invalid range");
	return 1;
}

static int
uidrange_parse(struct kw_in *in, void *member)
{
	struct rule_conf *r = in->obj;
	unsigned long v[2];
	(void)member; /* two members */
	if (range_parse(in, UINT32_MAX, v) < 0)
		return -EINVAL;
	r->uid_first = (uint32_t)v[0];
	r->uid_last = (uint32_t)v[1];
	r->has_uidrange = true;
	return 1;
}

static const struct kw_ops uidrange_ops = {.parse = uidrange_parse};

/* Into a port and the one behind it. */
static int
portrange_parse(struct kw_in *in, void *member)
{
	struct rule_conf *r = in->obj;
	unsigned long v[2];
	bool is_source = member == &r->sport_first;
	if (range_parse(in, UINT16_MAX, v) < 0)
		return -EINVAL;
	*(is_source ? &r->sport_first : &r->dport_first) = (uint16_t)v[0];
	*(is_source ? &r->sport_last : &r->dport_last) = (uint16_t)v[1];
	return 1;
}

static const struct kw_ops portrange_ops = {.parse = portrange_parse};

static int
l3mdev_parse(struct kw_in *in, void *member)
{
	struct rule_conf *r = in->obj;
	(void)member; /* two members */
	if (set_action(in, FR_ACT_TO_TBL) < 0)
		return -EINVAL;
	r->l3mdev = true;
	return 0;
}

static const struct kw_ops rule_l3mdev_ops = {.parse = l3mdev_parse};

static int
type_parse(struct kw_in *in, void *member)
{
	(void)in; /* the action stands behind it */
	(void)member;
	return 0;
}

static const struct kw_ops rule_type_ops = {.parse = type_parse};

static int
goto_parse(struct kw_in *in, void *member)
{
	uint32_t v;
	if (conf_name_find(in->ctx, NULL, argument(in), UINT32_MAX, &v) < 0)
		return bad_rule(in, "Invalid goto");
	if (set_action(in, FR_ACT_GOTO) < 0)
		return -EINVAL;
	*(uint32_t *)member = v;
	return 1;
}

static const struct kw_ops rule_goto_ops = {.parse = goto_parse};

static int
action_parse(struct kw_in *in, void *member)
{
	static const struct kw_word_value action[] = {
		{"nop", FR_ACT_NOP},
		{"blackhole", FR_ACT_BLACKHOLE},
		{"unreachable", FR_ACT_UNREACHABLE},
		{"prohibit", FR_ACT_PROHIBIT}};
	(void)member; /* set_action() knows it */
	for (size_t i = 0; i < ARRAY_LEN(action); i++)
		if (strcmp(action[i].word, in->word[0].s) == 0)
			return set_action(in, (uint8_t)action[i].value);
	return -EINVAL;
}

static const struct kw_ops rule_action_ops = {.parse = action_parse};

/* clang-format off */
#define M(m) KW_MEMBER(struct rule_conf, m)
/* Rules of both kinds.  track_group is the last row: only static ones have it,
 * so the virtual block ends before it. */
static const struct kw rule_rows[] = {
	{.name = "inet", .type = KW_SET, M(family), .min = AF_INET, .reload = KW_LIVE,
	 .doc = "Force IPv4; parser quirk: the word after it is skipped."},
	{.name = "inet6", .type = KW_SET, M(family), .min = AF_INET6, .reload = KW_LIVE,
	 .doc = "Force IPv6; parser quirk: the word after it is skipped."},
	{.name = "from", .type = KW_CUSTOM, M(from), .ops = &rule_prefix_ops, .reload = KW_LIVE,
	 .args = "<PREFIX|all|any|default>", .def_doc = "any",
	 .doc = "Source selector; bad or mixed family drops the rule."},
	{.name = "to", .type = KW_CUSTOM, M(to), .ops = &rule_prefix_ops, .reload = KW_LIVE,
	 .args = "<PREFIX|all|any|default>", .def_doc = "any",
	 .doc = "Destination selector; bad or mixed family drops the rule."},
	{.name = "table", .type = KW_CUSTOM, M(table), .ops = &rule_table_ops, .reload = KW_LIVE,
	 .args = "<NAME|INT 1..4294967295>",
	 .doc = "Action: look up this table; 0 or unknown drops the rule; only one action allowed."},
	{.name = "lookup", .type = KW_ALIAS, .alias = "table", .args = "<NAME|INT 1..4294967295>",
	 .doc = "Action: look up this table; 0 or unknown drops the rule; only one action allowed."},
	{.name = "not", .type = KW_FLAG, M(invert), .reload = KW_LIVE,
	 .doc = "Invert the selector."},
	{.name = "preference", .type = KW_UINT, M(preference), .flags = KW_C_NUMBER, .reload = KW_LIVE,
	 .args = "<INT 0..4294967295, also 0x/0>", .def_doc = "counting down from 16384, reported",
	 .doc = "Rule priority; invalid drops the rule."},
	{.name = "order", .type = KW_ALIAS, .alias = "preference", .args = "<INT 0..4294967295, also 0x/0>",
	 .def_doc = "counting down from 16384, reported",
	 .doc = "Rule priority; invalid drops the rule."},
	{.name = "priority", .type = KW_ALIAS, .alias = "preference", .args = "<INT 0..4294967295, also 0x/0>",
	 .def_doc = "counting down from 16384, reported",
	 .doc = "Rule priority; invalid drops the rule."},
	{.name = "tos", .type = KW_CUSTOM, M(tos), .ops = &tos_ops, .reload = KW_LIVE, .args = "<NAME|INT 0..255>",
	 .def_doc = "0",
	 .doc = "TOS selector; invalid drops the rule."},
	{.name = "dsfield", .type = KW_ALIAS, .alias = "tos", .args = "<NAME|INT 0..255>", .def_doc = "0",
	 .doc = "TOS selector; invalid drops the rule."},
	{.name = "fwmark", .type = KW_CUSTOM, M(fwmark), .ops = &rule_fwmark_ops, .reload = KW_LIVE,
	 .args = "<INT>[/<MASK INT>]", .def_doc = "unset",
	 .doc = "Mark selector, decimal, octal or hex; negative or too large drops the rule."},
	{.name = "realms", .type = KW_CUSTOM, M(realms), .ops = &realms_ops, .reload = KW_LIVE,
	 .args = "[<NAME|INT>/]<NAME|INT>", .def_doc = "unset",
	 .doc = "Realms, IPv4 only and only with a table action."},
	{.name = "suppress_prefixlength", .type = KW_UINT, M(suppress_prefixlength), KW_RANGE(0, INT32_MAX),
	 .reload = KW_LIVE, .args = "<INT 0..2147483647>", .def_doc = "unset",
	 .doc = "Ignore results with prefix length up to this; only with a table action."},
	{.name = "sup_pl", .type = KW_ALIAS, .alias = "suppress_prefixlength", .args = "<INT 0..2147483647>",
	 .def_doc = "unset",
	 .doc = "Ignore results with prefix length up to this; only with a table action."},
	{.name = "suppress_ifgroup", .type = KW_CUSTOM, M(suppress_ifgroup), .ops = &ifgroup_ops, .reload = KW_LIVE,
	 .args = "<NAME|INT>", .def_doc = "unset",
	 .doc = "Ignore results through this interface group; only with a table action."},
	{.name = "sup_group", .type = KW_ALIAS, .alias = "suppress_ifgroup", .args = "<NAME|INT>", .def_doc = "unset",
	 .doc = "Ignore results through this interface group; only with a table action."},
	{.name = "dev", .type = KW_IFNAME, M(iif), .reload = KW_LIVE, .args = "<IFNAME>", .def_doc = "any",
	 .doc = "Incoming interface; unknown without dynamic_interfaces drops the rule."},
	{.name = "iif", .type = KW_ALIAS, .alias = "dev", .args = "<IFNAME>", .def_doc = "any",
	 .doc = "Incoming interface; unknown without dynamic_interfaces drops the rule."},
	{.name = "oif", .type = KW_IFNAME, M(oif), .reload = KW_LIVE, .args = "<IFNAME>", .def_doc = "any",
	 .doc = "Outgoing interface; unknown without dynamic_interfaces drops the rule."},
	{.name = "tunnel-id", .type = KW_CUSTOM, M(tunnel_id), .ops = &tunnel_id_ops, .reload = KW_LIVE,
	 .args = "<INT 0..2^64-1>", .def_doc = "unset",
	 .doc = "Tunnel id selector; invalid drops the rule."},
	{.name = "uidrange", .type = KW_CUSTOM, M(uid_first), .ops = &uidrange_ops, .reload = KW_LIVE,
	 .args = "<INT>-<INT>", .def_doc = "unset",
	 .doc = "User id range; invalid drops the rule."},
	{.name = "l3mdev", .type = KW_CUSTOM, M(action), .ops = &rule_l3mdev_ops, .reload = KW_LIVE,
	 .doc = "Action: table of the l3 master device; excludes any other action."},
	{.name = "protocol", .type = KW_UINT, M(protocol), KW_RANGE(0, 255), .reload = KW_LIVE, .args = "<INT 0..255>",
	 .def_doc = "keepalived (18)",
	 .doc = "Rule protocol; a tracked rule is reset to 18 with a report."},
	{.name = "ipproto", .type = KW_CUSTOM, M(ipproto), .ops = &ipproto_ops, .reload = KW_LIVE,
	 .args = "<NAME|INT 0..127>", .def_doc = "any",
	 .doc = "IP protocol selector; invalid reported and ignored; the spelling ip_proto of the manual is rejected."},
	{.name = "sport", .type = KW_CUSTOM, M(sport_first), .ops = &portrange_ops, .reload = KW_LIVE,
	 .args = "<INT>-<INT>", .def_doc = "any",
	 .doc = "Source port range; a single port is rejected by 2.4.3."},
	{.name = "dport", .type = KW_CUSTOM, M(dport_first), .ops = &portrange_ops, .reload = KW_LIVE,
	 .args = "<INT>-<INT>", .def_doc = "any",
	 .doc = "Destination port range; a single port is rejected by 2.4.3."},
	{.name = "type", .type = KW_CUSTOM, .ops = &rule_type_ops, .reload = KW_LIVE, .args = "<ACTION>",
	 .doc = "Optional word before an action."},
	{.name = "goto", .type = KW_CUSTOM, M(goto_target), .ops = &rule_goto_ops, .reload = KW_LIVE,
	 .args = "<INT 0..4294967295>",
	 .doc = "Action: continue at this priority; needs preference, which must be smaller."},
	{.name = "nop", .type = KW_CUSTOM, M(action), .ops = &rule_action_ops, .reload = KW_LIVE,
	 .doc = "Action: nothing."},
	{.name = "blackhole", .type = KW_CUSTOM, M(action), .ops = &rule_action_ops, .reload = KW_LIVE,
	 .doc = "Action; other route types are refused."},
	{.name = "unreachable", .type = KW_CUSTOM, M(action), .ops = &rule_action_ops, .reload = KW_LIVE,
	 .doc = "Action; other route types are refused."},
	{.name = "prohibit", .type = KW_CUSTOM, M(action), .ops = &rule_action_ops, .reload = KW_LIVE,
	 .doc = "Action; other route types are refused."},
	{.name = "no_track", .type = KW_FLAG, M(no_track), .reload = KW_LIVE,
	 .doc = "Losing the rule does not affect the VRRP state."},
	{.name = "track_group", .type = KW_REF, M(track_group), .ref = "track_group", .ref_label = "track group",
	 .reload = KW_LIVE, .args = "<NAME>", .def_doc = "none",
	 .doc = "Instances of this group go to fault when the rule cannot be restored; needs iif, otherwise reported and "
		"ignored."},
};
#undef M
/* clang-format on */

/* ---- lines ---- */

static int
rule_open(struct kw_in *in, void *obj)
{
	struct rule_conf *r = obj;
	(void)in; /* all words are option words */
	r->protocol = RTPROT_KEEPALIVED;
	return 0;
}

static bool
is_given(const struct rule_conf *r, const char *word)
{
	return conf_is_given(&r->obj, word);
}

/* Says the preference that was chosen in the line as well, so that all who
 * read it after us choose the same. */
static void
append_preference(struct conf_ctx *ctx, struct rule_conf *r)
{
	const struct conf_raw *was = r->obj.raw;
	struct conf_raw *raw;
	if (was == NULL)
		return;
	raw = arena_alloc(conf_ctx_arena(ctx),
			  sizeof(*raw) + (was->n + 2) * sizeof(raw->word[0]));
	*raw = *was;
	memcpy(raw->word, was->word, was->n * sizeof(raw->word[0]));
	raw->word[was->n] = "preference";
	raw->word[was->n + 1] =
		arena_printf(conf_ctx_arena(ctx), "%u", r->preference);
	raw->n = was->n + 2;
	r->obj.raw = raw;
	conf_name_by_line(ctx, &r->obj);
}

/* Counting down: rules that come later stand before earlier ones. */
static void
choose_preference(struct conf_ctx *ctx, struct rule_conf *r)
{
	struct vrrp_conf *c = conf_ctx_conf(ctx)->module[CONF_VRRP];
	r->preference = PREFERENCE_FIRST - c->n_chosen_preferences++;
	conf_report(ctx, DIAG_WARNING,
		    "Rule has no preference specified - setting to %u. "
		    "This is probably not what you want.",
		    r->preference);
	append_preference(ctx, r);
}

/* What is wrong with the line as a whole; NULL: nothing. */
static const char *
rule_fault(const struct rule_conf *r)
{
	uint16_t from = r->from.addr.family, to = r->to.addr.family;
	if (r->from.len != 0 && r->to.len != 0 && from != to)
		return "rule specification has mixed IPv4 and IPv6";
	if (r->action == FR_ACT_UNSPEC)
		return "No action specified for rule - ignoring";
	if (r->action == FR_ACT_GOTO && !conf_is_given(&r->obj, "preference"))
		return "Invalid rule - goto needs a preference";
	if (r->action == FR_ACT_GOTO && r->preference >= r->goto_target)
		return "Invalid rule - preference is not below goto target";
	if ((r->realms != 0 || is_given(r, "suppress_prefixlength") ||
	     is_given(r, "suppress_ifgroup")) &&
	    r->action != FR_ACT_TO_TBL)
		return "suppressor/realm specified for non table action - "
		       "skipping";
	if (r->realms != 0 &&
	    (r->family == AF_INET6 || from == AF_INET6 || to == AF_INET6))
		return "realms is only valid for IPv4";
	return NULL;
}

static bool
rule_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct rule_conf *r = obj;
	(void)parent; /* an instance or the root */
	conf_name_by_line(ctx, &r->obj);
	if (r->is_bad)
		return false;
	const char *fault = rule_fault(r);
	if (fault != NULL) {
		conf_report(ctx, DIAG_GENERAL, "%s", fault);
		return false;
	}
	if ((r->iif != NULL && !conf_needs_interface(ctx, r->iif, "rule")) ||
	    (r->oif != NULL && !conf_needs_interface(ctx, r->oif, "rule")))
		return false;
	if (r->family == 0)
		r->family = r->from.len != 0 ? r->from.addr.family
			    : r->to.len != 0 ? r->to.addr.family
					     : AF_INET;
	r->has_preference = conf_is_given(&r->obj, "preference");
	if (!r->has_preference)
		choose_preference(ctx, r);
	r->has_tunnel_id = conf_is_given(&r->obj, "tunnel-id");
	r->has_suppress_prefixlength =
		conf_is_given(&r->obj, "suppress_prefixlength");
	r->has_suppress_ifgroup = conf_is_given(&r->obj, "suppress_ifgroup");
	return true;
}

/* What is tracked is known by our number. */
static void
keep_protocol(struct conf_ctx *ctx, struct rule_conf *r, bool is_tracked)
{
	if (!is_tracked || r->protocol == RTPROT_KEEPALIVED)
		return;
	conf_report(ctx, DIAG_GENERAL,
		    "Rule cannot be tracked if protocol is not "
		    "RTPROT_KEEPALIVED(18), resetting protocol");
	r->protocol = RTPROT_KEEPALIVED;
}

static bool
virtual_rule_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct rule_conf *r = obj;
	if (!rule_check(ctx, obj, parent))
		return false;
	keep_protocol(ctx, r, !r->no_track);
	return true;
}

static bool
static_rule_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct rule_conf *r = obj;
	if (!rule_check(ctx, obj, parent))
		return false;
	keep_protocol(ctx, r, r->track_group != NULL && r->iif != NULL);
	if (r->track_group == NULL || r->iif != NULL)
		return true;
	conf_report(ctx, DIAG_GENERAL,
		    "Static rule cannot have track_group if dev/iif not "
		    "specified");
	r->track_group = NULL;
	return true;
}

const struct kw_block rule_block = {
	.row = rule_rows,
	.n_rows = ARRAY_LEN(rule_rows) - 1, /* without track_group */
	.size = sizeof(struct rule_conf),
	.open = rule_open,
	.check = virtual_rule_check,
};
const struct kw_block static_rule_block = {
	KW_ROWS(rule_rows),
	.size = sizeof(struct rule_conf),
	.open = rule_open,
	.check = static_rule_check,
};
