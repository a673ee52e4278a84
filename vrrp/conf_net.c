/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Blocks about network interfaces as such: garp_group, linkbeat_interfaces,
 * interface_up_down_delays.  Pure reading, but for the question whether an
 * interface exists.
 */
#include <errno.h>
#include <string.h>

#include "parser/common.h"
#include "vrrp/conf_tables.h"

/* ---- garp_group ---- */

static bool
is_paced_by(const struct garp_group_conf *g, const char *name)
{
	for (uint32_t i = 0; i < g->interfaces.n; i++)
		if (strcmp(g->interfaces.word[i], name) == 0)
			return true;
	return g->interface != NULL && strcmp(g->interface, name) == 0;
}

/* Is the interface in a group already, or the interface of g? */
static bool
is_paced(const struct vrrp_conf *c, const char *name,
	 const struct garp_group_conf *g)
{
	if (g != NULL && g->interface != NULL &&
	    strcmp(g->interface, name) == 0)
		return true;
	CONF_FOREACH (const struct garp_group_conf, other, &c->garp_group)
		if (is_paced_by(other, name))
			return true;
	return false;
}

static int
garp_interface_parse(struct kw_in *in, void *member)
{
	const char *w = in->word[1].s;
	const struct vrrp_conf *c = vrrp_conf_get(conf_ctx_conf(in->ctx));
	if (!conf_needs_interface(in->ctx, w, "garp_group"))
		return -EINVAL;
	if (is_paced(c, w, NULL)) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "garp_group already specified for %s - ignoring",
			    w);
		return -EINVAL;
	}
	*(const char **)member = w;
	return 1;
}

static const struct kw_ops garp_interface_ops = {.parse = garp_interface_parse};

/* Takes out the interfaces of the list that cannot be paced here. */
static int
garp_interfaces_parse(struct kw_in *in, void *member)
{
	const struct garp_group_conf *g = in->obj;
	struct conf_words *w = member;
	uint32_t n = w->n;
	const struct vrrp_conf *c = vrrp_conf_get(conf_ctx_conf(in->ctx));
	w->n = 0;
	for (uint32_t i = 0; i < n; i++) {
		const char *name = w->word[i];
		if (is_paced(c, name, g))
			conf_report(in->ctx, DIAG_GENERAL,
				    "garp_group already specified for %s - "
				    "ignoring",
				    name);
		else if (conf_needs_interface(in->ctx, name, "garp_group"))
			w->word[w->n++] = name;
	}
	return 0;
}

static const struct kw_ops garp_interfaces_ops = {
	.parse = garp_interfaces_parse};

/* clang-format off */
#define M(m) KW_MEMBER(struct garp_group_conf, m)
static const struct kw garp_group_rows[] = {
	{.name = "garp_interval", .type = KW_SECONDS, M(garp_interval), KW_RANGE(SEC(0), USEC(4294967295)),
	 .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0..4294.967295 seconds>",
	 .doc = "Gap between gratuitous ARPs; 1 s or more is logged; invalid reported and ignored."},
	{.name = "gna_interval", .type = KW_SECONDS, M(gna_interval), KW_RANGE(SEC(0), USEC(4294967295)),
	 .decimals = 6, .flags = KW_NEED, .reload = KW_LIVE, .args = "<DECIMAL 0..4294.967295 seconds>",
	 .doc = "Gap between unsolicited neighbour advertisements; invalid reported and ignored."},
	{.name = "interface", .type = KW_CUSTOM, M(interface), .ops = &garp_interface_ops, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "<IFNAME>",
	 .doc = "Interface the gaps apply to; unknown, already in a group or a VMAC: reported and ignored."},
	{.name = "interfaces", .type = KW_WORD_BLOCK, M(interfaces), .ops = &garp_interfaces_ops, .reload = KW_LIVE, .args = "{ <IFNAME> ... }",
	 .doc = "Interfaces that share one pacing budget; bad ones reported and skipped; empty block reported."},
};
#undef M
/* clang-format on */

static bool
garp_group_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct garp_group_conf *g = obj;
	(void)parent; /* the root, reached through ctx */
	if (conf_is_given(&g->obj, "garp_interval") ||
	    conf_is_given(&g->obj, "gna_interval"))
		return true;
	conf_report(ctx, DIAG_GENERAL,
		    "%s does not have any delay set - removing", g->obj.name);
	return false;
}

const struct kw_block garp_group_block = {
	KW_ROWS(garp_group_rows),
	.size = sizeof(struct garp_group_conf),
	.check = garp_group_check,
};

/* ---- linkbeat_interfaces, interface_up_down_delays ---- */

/* Unknown interfaces are of the fatal class here (exit code 4). */
static int
needs_known_interface(struct kw_in *in, const char *what)
{
	const char *w = in->word[0].s;
	if (common_has_interface(in->ctx, w))
		return 0;
	conf_report(in->ctx, DIAG_BAD_IF,
		    "unknown interface %s specified for %s", w, what);
	return -EINVAL;
}

/* IFNAME [MII|ETHTOOL|IOCTL] */
static int
linkbeat_open(struct kw_in *in, void *obj)
{
	struct linkbeat_conf *l = obj;
	static const struct kw_word_value word[] = {
		{"MII", LINKBEAT_MII},
		{"ETHTOOL", LINKBEAT_ETHTOOL},
		{"IOCTL", LINKBEAT_IOCTL}};
	if (needs_known_interface(in, "linkbeat interface") < 0)
		return -EINVAL;
	l->obj.name = in->word[0].s;
	for (uint32_t i = 1; i < in->n; i++) {
		bool is_known = false;
		for (size_t k = 0; k < ARRAY_LEN(word); k++)
			if (strcmp(word[k].word, in->word[i].s) == 0) {
				l->method = (enum linkbeat_method)word[k].value;
				is_known = true;
			}
		if (!is_known)
			conf_report_expected(in->ctx, DIAG_GENERAL,
					     "MII, ETHTOOL or IOCTL",
					     "extra characters %s in linkbeat "
					     "interface",
					     in->word[i].s);
	}
	return (int)in->n;
}

/* clang-format off */
static const struct kw linkbeat_rows[] = {
	{.name = "MII", .type = KW_DOC, .def_doc = "first choice",
	 .doc = "Prefer MII polling; an unsupported method falls back to another."},
	{.name = "ETHTOOL", .type = KW_DOC, .def_doc = "second choice",
	 .doc = "Prefer ethtool polling."},
	{.name = "IOCTL", .type = KW_DOC, .def_doc = "last choice",
	 .doc = "Prefer interface flag polling."},
};
/* clang-format on */
const struct kw_block linkbeat_block = {
	KW_ROWS(linkbeat_rows),
	.size = sizeof(struct linkbeat_conf),
	.open = linkbeat_open,
};

/* IFNAME DOWN [UP] */
static int
up_down_delay_open(struct kw_in *in, void *obj)
{
	struct up_down_delay_conf *d = obj;
	static const struct kw range = {.name = "delay",
					.type = KW_SECONDS,
					KW_RANGE(0, SEC(255)),
					.decimals = 6};
	if (needs_known_interface(in, "up/down delay") < 0)
		return -EINVAL;
	d->obj.name = in->word[0].s;
	if (in->n < 2) {
		conf_report_expected(in->ctx, DIAG_NOTE, "IF DOWN [UP]",
				     "no delay specified for interface %s",
				     d->obj.name);
		return -EINVAL;
	}
	if (kw_parse_decimal(in, 1, &range, &d->down) < 0 ||
	    (in->n > 2 && kw_parse_decimal(in, 2, &range, &d->up) < 0))
		return -EINVAL;
	return (int)in->n;
}

const struct kw_block up_down_delay_block = {
	.size = sizeof(struct up_down_delay_conf),
	.open = up_down_delay_open,
};
