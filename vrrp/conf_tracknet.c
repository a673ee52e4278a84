/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The lines of track_route and track_gateway, which keepalived does not have:
 * what of the network around must be there.  Pure reading.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/arena.h"
#include "vrrp/conf_tables.h"

/* ---- words that both have ---- */

static int
weight_parse(struct kw_in *in, void *member)
{
	return conf_track_weight(in, member, 253);
}

static const struct kw_ops weight_ops = {.parse = weight_parse,
					 .equal = conf_track_weight_equal};

static bool
check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct track_ref_conf *t = obj;

	(void)ctx; /* it was said where it happened */
	(void)parent;
	return !t->is_bad;
}

/* ---- track_route ---- */

static int
table_parse(struct kw_in *in, void *member)
{
	struct track_ref_conf *t = in->obj;

	if (in->n > 1 && conf_name_find(in->ctx, "rt_tables", in->word[1].s,
					UINT32_MAX, member) == 0)
		return 1;
	conf_report_expected(in->ctx, DIAG_GENERAL, "a number or a name",
			     "Unknown table %s for track_route - ignoring %s",
			     in->n > 1 ? in->word[1].s : "", t->obj.name);
	t->is_bad = true;
	return -EINVAL;
}

static const struct kw_ops table_ops = {.parse = table_parse};

/* The table is part of what a line is called: two tables may be watched. */
static const char *
name_of(struct kw_in *in)
{
	const char *table = NULL;

	for (uint32_t i = 1; i + 1 < in->n; i++)
		if (strcmp(in->word[i].s, "table") == 0)
			table = in->word[i + 1].s;
	return table == NULL
		       ? in->word[0].s
		       : arena_printf(conf_ctx_arena(in->ctx), "%s table %s",
				      in->word[0].s, table);
}

static int
route_open(struct kw_in *in, void *obj)
{
	struct track_ref_conf *t = obj;
	struct conf_prefix p;

	if (conf_prefix_parse(in->word[0].s, 0, &p) < 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "ADDR/LEN",
				     "Invalid prefix %s for track_route - "
				     "ignoring",
				     in->word[0].s);
		return -EINVAL;
	}
	t->obj.name = name_of(in);
	t->addr = p.addr;
	t->prefix_len = p.len;
	t->table = RT_TABLE_MAIN;
	return 1;
}

/* clang-format off */
#define M(m) KW_MEMBER(struct track_ref_conf, m)
static const struct kw route_rows[] = {
	{.name = "table", .type = KW_CUSTOM, M(table), .ops = &table_ops, .reload = KW_LIVE, .since = "duumvir",
	 .args = "<INT|NAME>", .def_doc = "main",
	 .doc = "Routing table that must have the route."},
	{.name = "weight", .type = KW_CUSTOM, M(weight), .ops = &weight_ops, .reload = KW_LIVE, .since = "duumvir",
	 .args = "<INT -253..253>", .def_doc = "0",
	 .doc = "Positive is added while the route is there, negative while it is missing; 0 means fault."},
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE, .since = "duumvir",
	 .doc = "After the number: swap the direction (with weight 0: fault while it is there)."},
};
#undef M
/* clang-format on */

const struct kw_block track_route_block = {
	KW_ROWS(route_rows),
	.size = sizeof(struct track_ref_conf),
	.open = route_open,
	.check = check,
};

/* ---- track_gateway ---- */

static int
gateway_open(struct kw_in *in, void *obj)
{
	struct track_ref_conf *t = obj;

	if (addr_parse(in->word[0].s, &t->addr) < 0 ||
	    addr_is_multicast(&t->addr)) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "a neighbour",
				     "Invalid address %s for track_gateway - "
				     "ignoring",
				     in->word[0].s);
		return -EINVAL;
	}
	t->obj.name = in->word[0].s;
	t->interval = SEC(1);
	return 1;
}

static bool
gateway_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct track_ref_conf *t = obj;

	return check(ctx, obj, parent) &&
	       (t->dev == NULL ||
		conf_needs_interface(ctx, t->dev, "track_gateway"));
}

/* clang-format off */
#define M(m) KW_MEMBER(struct track_ref_conf, m)
static const struct kw gateway_rows[] = {
	{.name = "dev", .type = KW_IFNAME, M(dev), .reload = KW_LIVE, .since = "duumvir",
	 .def_doc = "interface of the instance",
	 .doc = "Interface that it is a neighbour on."},
	{.name = "interval", .type = KW_SECONDS, M(interval), KW_RANGE(MSEC(100), SEC(3600)), .decimals = 3,
	 .reload = KW_LIVE, .since = "duumvir", .args = "<DECIMAL 0.1..3600 seconds>", .def_doc = "1",
	 .doc = "Time between questions; where several ask for the same neighbour, the shortest."},
	{.name = "weight", .type = KW_CUSTOM, M(weight), .ops = &weight_ops, .reload = KW_LIVE, .since = "duumvir",
	 .args = "<INT -253..253>", .def_doc = "0",
	 .doc = "Positive is added while it answers, negative while it does not; 0 means fault."},
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE, .since = "duumvir",
	 .doc = "After the number: swap the direction (with weight 0: fault while it answers)."},
};
#undef M
/* clang-format on */

const struct kw_block track_gateway_block = {
	KW_ROWS(gateway_rows),
	.size = sizeof(struct track_ref_conf),
	.open = gateway_open,
	.check = gateway_check,
};
