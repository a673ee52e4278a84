/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * local_address_group, and what a virtual_server says of it.  Pure reading.
 */
#include <errno.h>
#include <string.h>

#include "check/conf_tables.h"
#include "lib/addr_range.h"
#include "lib/arena.h"

/* How many addresses; LADDR_MAX + 1 stands for more. */
static size_t
range_size(const struct laddr_entry_conf *e)
{
	size_t len = addr_len(&e->first), n = 0;

	if (!addr_is_set(&e->last))
		return 1;
	for (size_t i = 0; i < len; i++) {
		n = n * 256 + e->last.bytes[i] - e->first.bytes[i];
		/* Borrowing may bring it back below within the next byte. */
		if (n > LADDR_MAX && i + 1 < len)
			n = LADDR_MAX + 1;
	}
	return n < LADDR_MAX ? n + 1 : LADDR_MAX + 1;
}

/* "ADDRESSES" */
static int
laddr_open(struct kw_in *in, void *obj)
{
	struct laddr_entry_conf *e = obj;
	const char *s = in->word[0].s;
	char a[ADDR_STR_LEN], b[ADDR_STR_LEN];
	bool is_range;
	int r = addr_range_parse(s, &e->first, &e->last);

	if (r < 0) {
		conf_report(in->ctx, DIAG_GENERAL, "%s - %s - skipping",
			    conf_range_why(r, "Invalid IP address"), s);
		return -EINVAL;
	}
	is_range = addr_is_set(&e->last);
	e->obj.name = arena_printf(
		conf_ctx_arena(in->ctx), "%s%s%s",
		addr_print(&e->first, a, sizeof(a)), is_range ? "-" : "",
		is_range ? addr_print(&e->last, b, sizeof(b)) : "");
	return 1;
}

/* clang-format off */
static const struct kw laddr_word_rows[] = {
	{.name = "address", .type = KW_DOC, .args = "<IPADDR>", .since = "duumvir",
	 .doc = "Single address."},
	{.name = "range", .type = KW_DOC, .args = "<IPADDR>-<LAST> | <IPADDR>-<IPADDR> | <IPADDR>/<PREFIX>",
	 .since = "duumvir",
	 .doc = "Range as in virtual_server_group."},
};
/* clang-format on */
static const struct kw_block laddr_entry_block = {
	KW_ROWS(laddr_word_rows),
	.size = sizeof(struct laddr_entry_conf),
	.ignores_unknown = true,
	.open = laddr_open,
};

static bool
laddr_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	const struct local_address_group_conf *g = obj;
	size_t n = 0;

	(void)parent; /* the root: nothing to look at */
	CONF_FOREACH (const struct laddr_entry_conf, e, &g->entry)
		n += n <= LADDR_MAX ? range_size(e) : 0;
	if (n > 0 && n <= LADDR_MAX)
		return true;
	if (n == 0)
		conf_report(ctx, DIAG_GENERAL,
			    "local address group %s has no addresses - "
			    "removing",
			    g->obj.name);
	else
		conf_report(ctx, DIAG_GENERAL,
			    "local address group %s has more than %d "
			    "addresses - removing",
			    g->obj.name, LADDR_MAX);
	return false;
}

static const struct kw laddr_rows[] = {
	{.name = "",
	 .type = KW_LINES,
	 KW_MEMBER(struct local_address_group_conf, entry),
	 .sub = &laddr_entry_block,
	 .reload = KW_LIVE},
};
const struct kw_block laddr_block = {
	KW_ROWS(laddr_rows),
	.size = sizeof(struct local_address_group_conf),
	.head = KW_HEAD_NAME,
	.check = laddr_check,
};

/* ---- laddr_group_name ---- */

static bool
has_family(const struct local_address_group_conf *g, uint16_t family)
{
	CONF_FOREACH (const struct laddr_entry_conf, e, &g->entry)
		if (e->first.family == family)
			return true;
	return false;
}

static bool
has_fullnat(const struct virtual_server_conf *vs)
{
	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server)
		if (rs->lvs_method.is_full)
			return true;
	return addr_is_set(&vs->sorry_server.addr) &&
	       vs->sorry_server_lvs_method.is_full;
}

/* A server of FULLNAT for which the group has no address; NULL. */
static const struct addr *
find_lonely(const struct virtual_server_conf *vs,
	    const struct local_address_group_conf *g)
{
	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server)
		if (rs->lvs_method.is_full &&
		    !has_family(g, rs->addr.addr.family))
			return &rs->addr.addr;
	return NULL;
}

void
check_conf_resolve_laddr(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	const struct local_address_group_conf *g;
	const struct addr *lonely;
	char label[96];

	if (vs->laddr_group_name == NULL)
		return;
	(void)service_conf_label(vs, label, sizeof(label));
	g = (const void *)conf_find(ctx, "local_address_group",
				    vs->laddr_group_name);
	if (g == NULL) {
		conf_report_at(ctx, &vs->obj.pos, DIAG_GENERAL,
			       "Virtual server %s: there is no "
			       "local_address_group %s - using the outgoing "
			       "address",
			       label, vs->laddr_group_name);
	} else if (!has_fullnat(vs)) {
		conf_report_at(ctx, &vs->obj.pos, DIAG_GENERAL,
			       "Virtual server %s: laddr_group_name is for "
			       "FULLNAT - ignoring",
			       label);
	} else {
		lonely = find_lonely(vs, g);
		if (lonely != NULL)
			conf_report_at(ctx, &vs->obj.pos, DIAG_WARNING,
				       "Virtual server %s: "
				       "local_address_group %s has no address "
				       "of the family of the servers - using "
				       "the outgoing address",
				       label, vs->laddr_group_name);
		return;
	}
	vs->laddr_group_name = NULL;
	conf_set_given(&vs->obj, "laddr_group_name", false);
}
