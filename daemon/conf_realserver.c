/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The table of realserver { }.  Reads and checks only. */
#include "daemon/conf_realserver.h"

#include <errno.h>

#include "lib/addr_range.h"
#include "lib/arena.h"
#include "parser/schema.h"

static struct addr_range_conf *
range_new(struct arena *a, struct conf_list *list, const char *word)
{
	struct addr_range_conf *r = arena_alloc(a, sizeof(*r));

	r->obj.name = word;
	if (list->stqh_last == NULL)
		STAILQ_INIT(list);
	STAILQ_INSERT_TAIL(list, &r->obj, link);
	return r;
}

static int
range_parse(struct kw_in *in, void *member)
{
	struct addr first, last = {0};
	struct addr_range_conf *r;
	int err = addr_range_parse(in->word[1].s, &first, &last);

	if (err < 0) {
		conf_report_expected(
			in->ctx, DIAG_GENERAL, "A, A-B or A/LEN",
			"%s %s: %s - ignoring", in->kw->name, in->word[1].s,
			err == -ERANGE ? "address mask bits not empty"
			: err == -EDOM ? "the end is not above the start"
				       : "no address");
		return -EINVAL;
	}
	r = range_new(conf_ctx_arena(in->ctx), member, in->word[1].s);
	r->first = first;
	r->last = last;
	return 1;
}

static int
address_parse(struct kw_in *in, void *member)
{
	struct addr a;

	if (kw_parse_addr(in, 1, 0, &a) < 0)
		return -EINVAL;
	range_new(conf_ctx_arena(in->ctx), member, in->word[1].s)->first = a;
	return 1;
}

static const struct kw_ops range_ops = {.parse = range_parse};
static const struct kw_ops address_ops = {.parse = address_parse};

/* clang-format off */
#define M(m) KW_MEMBER(struct realserver_conf, m)
static const struct kw realserver_rows[] = {
	{.name = "interface", .type = KW_IFNAME, M(interface), .def = "lo", .flags = KW_NEED, .reload = KW_LIVE,
	 .since = "duumvir", .args = "<IFNAME>",
	 .doc = "Interface that holds the virtual addresses: lo, or a dummy, which is made if it is not there."},
	{.name = "address", .type = KW_CUSTOM, M(address), .ops = &address_ops, .flags = KW_NEED | KW_MULTI,
	 .reload = KW_LIVE, .since = "duumvir", .args = "<IPADDR>", .def_doc = "all addresses that the machine has",
	 .doc = "One more address by which real_server names this machine, e.g. one that comes later or stands before a "
		"translation; may be repeated."},
	{.name = "virtual_address", .type = KW_CUSTOM, M(virtual_address), .ops = &range_ops,
	 .flags = KW_NEED | KW_MULTI, .reload = KW_LIVE, .since = "duumvir",
	 .args = "<IPADDR> | <IPADDR>-<LAST> | <IPADDR>/<PREFIX>", .def_doc = "none",
	 .doc = "Virtual addresses that the text does not tell, as those of firewall marks; may be repeated."},
	{.name = "director", .type = KW_FLAG, M(director), .reload = KW_LIVE, .since = "duumvir",
	 .doc = "This machine is a director as well: without --realserver the daemon is the director and leaves this "
		"block to a second one that is started with --realserver."},
};
#undef M
/* clang-format on */

const struct kw_block realserver_block = {
	KW_ROWS(realserver_rows),
	.size = sizeof(struct realserver_conf),
};
