/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The lines of virtual_server_group: addresses, ranges, prefixes and firewall
 * marks.  Pure reading.
 */
#include <errno.h>
#include <string.h>

#include "check/conf_tables.h"
#include "lib/addr_range.h"
#include "lib/arena.h"

/* "fwmark MARK [inet|inet6]" */
static int
vsg_open_fwmark(struct kw_in *in, struct vsg_entry_conf *e)
{
	int64_t mark;
	if (in->n < 2 || kw_parse_int(in, 1, 0, UINT32_MAX, &mark) < 0)
		return -EINVAL;
	e->is_fwmark = true;
	e->fwmark = (uint32_t)mark;
	if (in->n > 2) {
		if (strcmp(in->word[2].s, "inet") == 0) {
			e->family = AF_INET;
		} else if (strcmp(in->word[2].s, "inet6") == 0) {
			e->family = AF_INET6;
		} else {
			conf_report(in->ctx, DIAG_GENERAL,
				    "fwmark '%s' family %s unknown - ignoring",
				    in->word[1].s, in->word[2].s);
			return -EINVAL;
		}
	}
	const char *family = e->family == 0	     ? ""
			     : e->family == AF_INET6 ? " inet6"
						     : " inet";
	e->obj.name = arena_printf(conf_ctx_arena(in->ctx), "fwmark %u%s",
				   e->fwmark, family);
	return in->n > 2 ? 3 : 2;
}

const char *
conf_range_why(int r, const char *other)
{
	return r == -ERANGE ? "Address mask bits not empty"
	       : r == -EDOM ? "Address range end is not greater than address "
			      "range start"
			    : other;
}

/* "ADDRESSES [PORT]" or "fwmark ..." */
static int
vsg_open(struct kw_in *in, void *obj)
{
	struct vsg_entry_conf *e = obj;
	const char *s = in->word[0].s;
	if (strcmp(s, "fwmark") == 0)
		return vsg_open_fwmark(in, e);
	int r = addr_range_parse(s, &e->first, &e->last);
	if (r < 0) {
		conf_report(in->ctx, DIAG_GENERAL, "%s - %s - skipping",
			    conf_range_why(r, "Invalid virtual server group IP "
					      "address"),
			    s);
		return -EINVAL;
	}
	e->family = e->first.family;
	int64_t port = 0;
	if (in->n > 1 && kw_parse_int(in, 1, 0, UINT16_MAX, &port) < 0)
		return -EINVAL;
	e->port = (uint16_t)port;
	char a[ADDR_STR_LEN], b[ADDR_STR_LEN];
	bool is_range = addr_is_set(&e->last);
	e->obj.name = arena_printf(
		conf_ctx_arena(in->ctx), "%s%s%s %u",
		addr_print(&e->first, a, sizeof(a)), is_range ? "-" : "",
		is_range ? addr_print(&e->last, b, sizeof(b)) : "", e->port);
	return in->n > 1 ? 2 : 1;
}

/* clang-format off */
static const struct kw vsg_word_rows[] = {
	{.name = "address", .type = KW_DOC, .args = "<IPADDR> [<PORT 0..65535>]", .def_doc = "port 0",
	 .doc = "Single address; port 0 or none means all ports and needs persistence."},
	{.name = "range", .type = KW_DOC, .args = "<IPADDR>-<LAST> | <IPADDR>-<IPADDR> | <IPADDR>/<PREFIX> [<PORT>]",
	 .doc = "Range by last octet (IPv4, decimal) or last 16 bits (IPv6, hex), by full addresses, or by prefix "
		"without host bits; last must be above first."},
	{.name = "fwmark", .type = KW_DOC, .args = "<INT 0..4294967295> [inet|inet6]",
	 .def_doc = "family of the servers",
	 .doc = "Firewall mark entry; bad number or family reported and skipped."},
};
/* clang-format on */
static const struct kw_block vsg_entry_block = {
	KW_ROWS(vsg_word_rows),
	.size = sizeof(struct vsg_entry_conf),
	.ignores_unknown = true,
	.open = vsg_open,
};

static bool
vsg_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct virtual_server_group_conf *g = obj;
	bool has_v4 = false, has_v6 = false, has_any_mark = false;
	(void)parent; /* the root: nothing to look at */
	if (STAILQ_EMPTY(&g->entry)) {
		conf_report(ctx, DIAG_GENERAL,
			    "virtual server group %s has no entries - removing",
			    g->obj.name);
		return false;
	}
	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry) {
		has_v4 |= e->family == AF_INET;
		has_v6 |= e->family == AF_INET6;
		has_any_mark |= e->is_fwmark && e->family == 0;
	}
	if (!(has_v4 && has_v6 && has_any_mark))
		return true;
	conf_report(ctx, DIAG_GENERAL,
		    "virtual server group %s cannot have IPv4, IPv6 and fwmark "
		    "without family - removing",
		    g->obj.name);
	return false;
}

static const struct kw vsg_rows[] = {
	{.name = "",
	 .type = KW_LINES,
	 KW_MEMBER(struct virtual_server_group_conf, entry),
	 .sub = &vsg_entry_block,
	 .reload = KW_LIVE},
};
const struct kw_block vsg_block = {
	KW_ROWS(vsg_rows),
	.size = sizeof(struct virtual_server_group_conf),
	.head = KW_HEAD_NAME,
	.check = vsg_check,
};
