/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword table of the bfd module.  Pure reading; no session is made
 * here.
 */
#include "bfd/conf.h"

#include "parser/schema.h"

const struct bfd_conf *
bfd_conf_get(const struct conf *c)
{
	return c->module[CONF_BFD];
}

/* clang-format off */
#define M(m) KW_MEMBER(struct bfd_instance_conf, m)
static const struct kw bfd_weight_rows[] = {
	{.name = "reverse", .type = KW_FLAG, M(reverse), .reload = KW_LIVE,
	 .doc = "Swap the direction of the weight."},
};
static const struct kw_block bfd_weight_words = {KW_ROWS(bfd_weight_rows)};
static const struct kw bfd_instance_rows[] = {
	{.name = "source_ip", .type = KW_ADDR, M(source_ip), .flags = KW_NEED, .reload = KW_LIVE, .args = "<IPADDR>",
	 .def_doc = "kernel choice",
	 .doc = "Local address; bad value reported and ignored; must be of the family of the peer."},
	{.name = "neighbor_ip", .type = KW_ADDR, M(neighbor_ip), .reload = KW_LIVE, .args = "<IPADDR>",
	 .def_doc = "required",
	 .doc = "Peer address; unparseable reported and the rest of the block skipped; port 3784, or 4784 with multihop."},
	{.name = "neighbour_ip", .type = KW_ALIAS, .alias = "neighbor_ip", .args = "<IPADDR>", .def_doc = "required",
	 .doc = "Spelling variant of neighbor_ip."},
	{.name = "min_rx", .type = KW_MSEC, M(min_rx), KW_RANGE(MSEC(1), MSEC(4294967)), .decimals = 3, .def = "10",
	 .flags = KW_NEED | KW_STRICT, .reload = KW_LIVE, .args = "<DECIMAL 1..4294967 ms, 3 decimals>",
	 .doc = "Required minimum receive interval; out of range reported and ignored; above 10000 logged."},
	{.name = "min_tx", .type = KW_MSEC, M(min_tx), KW_RANGE(MSEC(1), MSEC(4294967)), .decimals = 3, .def = "10",
	 .flags = KW_NEED | KW_STRICT, .reload = KW_LIVE, .args = "<DECIMAL 1..4294967 ms, 3 decimals>",
	 .doc = "Desired minimum transmit interval; out of range reported and ignored; above 10000 logged."},
	{.name = "idle_tx", .type = KW_MSEC, M(idle_tx), KW_RANGE(MSEC(1000), MSEC(4294967)), .decimals = 3,
	 .def = "1000", .flags = KW_NEED | KW_STRICT, .reload = KW_LIVE,
	 .args = "<DECIMAL 1000..4294967 ms, 3 decimals>",
	 .doc = "Transmit interval while down; out of range reported and ignored; above 10000 logged."},
	{.name = "multiplier", .type = KW_UINT, M(multiplier), KW_RANGE(1, 255), .def = "5",
	 .flags = KW_NEED | KW_STRICT, .reload = KW_LIVE, .args = "<INT 1..255>",
	 .doc = "Missed packets before the session is down; out of range reported and ignored."},
	{.name = "passive", .type = KW_FLAG, M(passive), .reload = KW_LIVE, .def_doc = "false",
	 .doc = "Do not start sending before the peer does."},
	{.name = "ttl", .type = KW_UINT, M(ttl), KW_RANGE(1, 255), .flags = KW_NEED | KW_STRICT, .reload = KW_LIVE,
	 .args = "<INT 1..255>", .def_doc = "255 IPv4, 64 IPv6",
	 .doc = "TTL or hop limit of sent packets; out of range reported and ignored."},
	{.name = "hoplimit", .type = KW_ALIAS, .alias = "ttl", .args = "<INT 1..255>", .def_doc = "255 IPv4, 64 IPv6",
	 .doc = "Same as ttl."},
	{.name = "max_hops", .type = KW_INT, M(max_hops), KW_RANGE(-1, 255), .def = "0", .flags = KW_NEED | KW_STRICT,
	 .reload = KW_LIVE, .args = "<INT -1..255>",
	 .doc = "Permitted drop of the received TTL (255 or -1 disables the check); out of range reported and ignored; "
		"above ttl reported and cut."},
	{.name = "multihop", .type = KW_BOOL, M(multihop), .reload = KW_LIVE, .args = "[<BOOL>]", .def_doc = "false",
	 .since = "2.4",
	 .doc = "Use port 4784."},
	{.name = "weight", .type = KW_INT, M(weight), KW_RANGE(-253, 253), .sub = &bfd_weight_words,
	 .flags = KW_NEED | KW_STRICT, .reload = KW_LIVE, .args = "<INT -253..253> [reverse]", .def_doc = "0",
	 .doc = "Default weight for track_bfd (read by the vrrp process); out of range reported and ignored; unknown "
		"second word reported."},
	{.name = "vrrp", .type = KW_FLAG, M(vrrp), .reload = KW_LIVE, .def_doc = "both",
	 .doc = "Send session events to the vrrp process; naming one of vrrp and checker excludes the other."},
	{.name = "checker", .type = KW_FLAG, M(checker), .reload = KW_LIVE, .def_doc = "both",
	 .doc = "Send session events to the checker process."},
};
#undef M
/* clang-format on */

static bool
instance_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct bfd_instance_conf *b = obj;
	(void)parent; /* the root: nothing to look at */
	if (!addr_is_set(&b->neighbor_ip)) {
		conf_report(ctx, DIAG_GENERAL,
			    "Configuration error: BFD instance %s has no "
			    "neighbor address set, disabling instance",
			    b->obj.name);
		b->obj.is_void = true;
		return true; /* who names it does so rightly */
	}
	if (addr_is_set(&b->source_ip) &&
	    b->source_ip.family != b->neighbor_ip.family) {
		conf_report(ctx, DIAG_GENERAL,
			    "Configuration error: BFD instance %s source "
			    "address family does not match neighbor address, "
			    "disabling instance",
			    b->obj.name);
		b->obj.is_void = true;
	}
	if (!conf_is_given(&b->obj, "ttl"))
		b->ttl = b->neighbor_ip.family == AF_INET6 ? 64 : 255;
	if (!b->vrrp && !b->checker)
		b->vrrp = b->checker = true;
	return true;
}

static const struct kw_block instance_block = {
	KW_ROWS(bfd_instance_rows),
	.size = sizeof(struct bfd_instance_conf),
	.head = KW_HEAD_NAME,
	.check = instance_check,
};

/* clang-format off */
#define M(m) KW_MEMBER(struct bfd_conf, m)
static const struct kw bfd_root_rows[] = {
	{.name = "bfd_instance", .type = KW_BLOCKS, M(bfd_instance), .sub = &instance_block,
	 .flags = KW_PENDING | KW_UNIQUE, .reload = KW_LIVE, .args = "<NAME max 31 chars> {...block...}",
	 .doc = "BFD session usable in track_bfd and BFD_CHECK; duplicate or long names reported and skipped; a missing "
		"name crashes 2.2.7 and 2.4.3 (treat as error); no neighbor, families that differ or a duplicate address "
		"pair: reported and removed."},
};
static const struct kw bfd_global_rows[] = {
	{.name = "bfd_priority", .type = KW_INT, M(bfd_sched.priority), KW_RANGE(-20, 19), .flags = KW_PENDING,
	 .reload = KW_LIVE, .args = "<INT -20..19>", .def_doc = "unchanged",
	 .doc = "Nice value of the BFD process; missing or out of range reported and treated as 0."},
	{.name = "bfd_no_swap", .type = KW_FLAG, M(bfd_sched.no_swap), .flags = KW_PENDING, .reload = KW_LIVE,
	 .def_doc = "false",
	 .doc = "Lock the BFD process into memory."},
	{.name = "bfd_rt_priority", .type = KW_UINT, M(bfd_sched.rt_priority), KW_RANGE(1, 99),
	 .flags = KW_PENDING | KW_CLAMP, .reload = KW_LIVE, .args = "<INT 1..99>", .def_doc = "0 (not realtime)",
	 .doc = "SCHED_RR priority of the BFD process; outside the range is reported and clamped."},
	{.name = "bfd_cpu_affinity", .type = KW_CUSTOM, M(bfd_sched.cpu_affinity), .ops = &common_cpu_affinity_ops,
	 .flags = KW_PENDING, .reload = KW_LIVE, .args = "<INT 0..NCPU-1> ...", .def_doc = "all CPUs",
	 .doc = "Bind the BFD process to these CPUs; one bad number reports an error and clears the set."},
	{.name = "bfd_rlimit_rttime", .type = KW_UINT, M(bfd_sched.rlimit_rttime), KW_RANGE(1, UINT32_MAX),
	 .def = "10000", .flags = KW_PENDING | KW_NEED, .reload = KW_LIVE, .args = "<INT 1..4294967295 microseconds>",
	 .doc = "RLIMIT_RTTIME of the BFD process while realtime; 1 is raised to 2."},
	{.name = "bfd_rlimit_rtime", .type = KW_ALIAS, .alias = "bfd_rlimit_rttime",
	 .args = "<INT 1..4294967295 microseconds>", .def_doc = "10000",
	 .doc = "Obsolete spelling of bfd_rlimit_rttime (logged)."},
};
#undef M
/* clang-format on */

static void
bfd_conf_resolve(struct conf_ctx *ctx, struct conf *conf, void *root)
{
	struct bfd_conf *c = root;
	struct bfd_instance_conf *next;
	(void)ctx; /* nothing to say */
	(void)conf;
	for (struct bfd_instance_conf *b =
		     (void *)STAILQ_FIRST(&c->bfd_instance);
	     b != NULL; b = next) {
		next = (void *)STAILQ_NEXT(&b->obj, link);
		if (b->obj.is_void)
			conf_drop(&c->bfd_instance, &b->obj);
	}
	c->bfd_sched.has_priority =
		conf_is_given(&c->global_defs, "bfd_priority");
}

const struct conf_module bfd_conf_module = {
	.id = CONF_BFD,
	.name = "bfd",
	.process = "bfd",
	.root = {KW_ROWS(bfd_root_rows), .size = sizeof(struct bfd_conf)},
	.global = {KW_ROWS(bfd_global_rows)},
	.global_offset = offsetof(struct bfd_conf, global_defs),
	.resolve = bfd_conf_resolve,
};
