/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The lines of virtual_ipaddress, virtual_ipaddress_excluded and
 * static_ipaddress.  Pure reading.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "vrrp/conf_tables.h"

#define BROADCAST_PREFIX_MAX 30

/* ---- words ---- */

static bool
addr_equal(const void *a, const void *b)
{
	return addr_is_equal(a, b);
}

static bool
u32_equal(const void *a, const void *b)
{
	return *(const uint32_t *)a == *(const uint32_t *)b;
}

/* ADDR, + (host bits set) or - (cleared). */
static int
broadcast_parse(struct kw_in *in, void *member)
{
	struct vip_conf *v = in->obj;
	struct addr *a = member;
	const char *w = in->n > 1 ? in->word[1].s : "";
	if (strcmp(w, "+") != 0 && strcmp(w, "-") != 0) {
		struct addr b;
		if (addr_parse(w, &b) < 0 || b.family != AF_INET) {
			conf_report(in->ctx, DIAG_GENERAL,
				    "VRRP is trying to assign invalid "
				    "broadcast %s. skipping VIP...",
				    w);
			v->is_bad = true;
			return -EINVAL;
		}
		*a = b;
		v->has_broadcast = true;
		return 1;
	}
	if (v->addr.family != AF_INET || v->prefix_len > BROADCAST_PREFIX_MAX) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "Address prefix length %u too long for broadcast",
			    v->prefix_len);
		return -EINVAL;
	}
	*a = v->addr;
	for (uint32_t i = v->prefix_len; i < 32; i++) {
		uint8_t bit = (uint8_t)(0x80 >> (i % 8));
		if (*w == '+')
			a->bytes[i / 8] |= bit;
		else
			a->bytes[i / 8] &= (uint8_t)~bit;
	}
	v->has_broadcast = true;
	return 1;
}

static const struct kw_ops broadcast_ops = {.parse = broadcast_parse,
					    .equal = addr_equal};

static int
peer_parse(struct kw_in *in, void *member)
{
	struct vip_conf *v = in->obj;
	struct addr a;
	const char *w = in->n > 1 ? in->word[1].s : "";
	if (addr_parse(w, &a) < 0 || a.family != v->addr.family) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "Invalid peer address %s, or not of the address' "
			    "family",
			    w);
		return -EINVAL;
	}
	*(struct addr *)member = a;
	return 1;
}

static const struct kw_ops peer_ops = {.parse = peer_parse,
				       .equal = addr_equal};

static int
preferred_lft_parse(struct kw_in *in, void *member)
{
	struct vip_conf *v = in->obj;
	int64_t s = UINT32_MAX;
	if (in->n < 2)
		return -EINVAL;
	if (strcmp(in->word[1].s, "forever") != 0 &&
	    kw_parse_int(in, 1, 0, UINT32_MAX, &s) < 0)
		return -EINVAL;
	*(uint32_t *)member = (uint32_t)s;
	v->has_preferred_lft = true;
	return 1;
}

static const struct kw_ops preferred_lft_ops = {.parse = preferred_lft_parse,
						.equal = u32_equal};

/* clang-format off */
#define M(m) KW_MEMBER(struct vip_conf, m)
/* Words that addresses of every kind have; only where they live if none is
 * said differs. */
#define DEV_WORD(default_interface) \
	{.name = "dev", .type = KW_IFNAME, M(dev), .flags = KW_FIRST_WINS, .reload = KW_LIVE, .args = "<IFNAME>", \
	 .def_doc = default_interface, \
	 .doc = "Interface for this address; given twice, or unknown without dynamic_interfaces, reports and drops the " \
		"whole line."}
#define ADDRESS_WORDS \
	{.name = "scope", .type = KW_CUSTOM, M(scope), .ops = &scope_ops, .reload = KW_LIVE, \
	 .args = "<global|site|link|host|nowhere|name|INT 0..255>", .def_doc = "global", \
	 .doc = "IPv4 address scope, names from rt_scopes; invalid reported and ignored; on IPv6 reported and cleared."}, \
	{.name = "broadcast", .type = KW_CUSTOM, M(broadcast), .ops = &broadcast_ops, .reload = KW_LIVE, \
	 .args = "<IPv4|+|->", .def_doc = "none", \
	 .doc = "Broadcast address; + sets and - clears the host bits (needs prefix of at most 30); on IPv6 or " \
		"unparseable drops the line; dropped when peer is present."}, \
	{.name = "brd", .type = KW_ALIAS, .alias = "broadcast", .args = "<IPv4|+|->", .def_doc = "none", \
	 .doc = "Broadcast address; + sets and - clears the host bits (needs prefix of at most 30); on IPv6 or " \
		"unparseable drops the line; dropped when peer is present."}, \
	{.name = "label", .type = KW_STRING, M(label), .max = 15, .reload = KW_LIVE, .args = "<STRING max 15 chars>", \
	 .def_doc = "none", \
	 .doc = "IPv4 label; too long drops the line; on IPv6 reported and ignored."}, \
	{.name = "peer", .type = KW_CUSTOM, M(peer), .ops = &peer_ops, .flags = KW_FIRST_WINS, \
	 .reload = KW_LIVE, .args = "<IPADDR>", .def_doc = "none", \
	 .doc = "Point to point peer of the same family; a prefix on the local address is then reported and ignored; " \
		"second or bad peer reported and ignored."}, \
	{.name = "home", .type = KW_FLAG, M(home), .reload = KW_LIVE, \
	 .doc = "Set the home address flag (IPv6)."}, \
	{.name = "-nodad", .type = KW_FLAG, M(nodad_off), .reload = KW_LIVE, \
	 .doc = "Do not set the no-DAD flag which is otherwise set on every IPv6 address."}, \
	{.name = "mngtmpaddr", .type = KW_FLAG, M(mngtmpaddr), .reload = KW_LIVE, \
	 .doc = "Set the managetempaddr flag."}, \
	{.name = "noprefixroute", .type = KW_FLAG, M(noprefixroute), .reload = KW_LIVE, \
	 .doc = "Do not let the kernel add the prefix route."}, \
	{.name = "autojoin", .type = KW_FLAG, M(autojoin), .reload = KW_LIVE, \
	 .doc = "Set the multicast autojoin flag."}, \
	{.name = "no_track", .type = KW_FLAG, M(no_track), .reload = KW_LIVE, \
	 .doc = "Losing the address does not affect the VRRP state and it is not restored until the next transition."}, \
	{.name = "preferred_lft", .type = KW_CUSTOM, M(preferred_lft), .ops = &preferred_lft_ops, \
	 .reload = KW_LIVE, .args = "<INT 0..4294967295 seconds|forever>", .def_doc = "IPv6: 0 for /128, else forever", \
	 .doc = "Preferred lifetime, 0 marks the address deprecated; invalid reported and ignored."}
static const struct kw vip_rows[] = {
	DEV_WORD("instance interface"),
	ADDRESS_WORDS,
	{.name = "use_vmac", .type = KW_FLAG, M(use_vmac), .reload = KW_LIVE,
	 .doc = "Put this address on its own VMAC of its interface; reported as redundant if the instance settings "
		"already imply it."},
};
static const struct kw static_vip_rows[] = {
	DEV_WORD("default_interface"),
	ADDRESS_WORDS,
	{.name = "track_group", .type = KW_REF, M(track_group), .ref = "track_group", .ref_label = "track group", .reload = KW_LIVE, .args = "<NAME>", .def_doc = "none",
	 .doc = "track_group whose instances go to fault if the address cannot be restored; needs an interface; unknown "
		"or second one reported."},
};
#undef M
/* clang-format on */

/* ---- lines ---- */

/* The length behind '/', or the whole address. */
static void
take_prefix_len(struct kw_in *in, struct vip_conf *v, const char *slash)
{
	uint8_t full = (uint8_t)(8 * addr_len(&v->addr));
	char *end;
	v->prefix_len = full;
	if (*slash == '\0')
		return;
	long len = strtol(slash + 1, &end, 10);
	if (end != slash + 1 && *end == '\0' && len >= 0 && len <= full) {
		v->prefix_len = (uint8_t)len;
		return;
	}
	conf_report(in->ctx, DIAG_GENERAL,
		    "Invalid address prefix len %s for address %s - using %u",
		    slash + 1, in->word[0].s, full);
}

/* The address of a line; its name is the canonical address and length. */
static int
vip_open(struct kw_in *in, void *obj)
{
	struct vip_conf *v = obj;
	const char *w = in->word[0].s;
	size_t len = strcspn(w, "/");
	char text[ADDR_STR_LEN];
	if (len < sizeof(text)) {
		memcpy(text, w, len);
		text[len] = '\0';
	}
	if (len >= sizeof(text) || addr_parse(text, &v->addr) < 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL,
				     "ADDRESS[/LENGTH] [dev IF] ...",
				     "VRRP parsed invalid IP %s. skipping "
				     "IP...",
				     w);
		return -EINVAL;
	}
	take_prefix_len(in, v, w + len);
	v->obj.name = arena_printf(conf_ctx_arena(in->ctx), "%s/%u",
				   addr_print(&v->addr, text, sizeof(text)),
				   v->prefix_len);
	return 1;
}

/* Advertised addresses are of one family, that of the instance. */
static int
vip_open_advertised(struct kw_in *in, void *obj)
{
	struct vip_conf *v = obj;
	struct vrrp_instance_conf *i = in->parent;
	int took = vip_open(in, obj);
	if (took < 0)
		return took;
	if (i->family == 0)
		i->family = v->addr.family;
	if (i->family == v->addr.family)
		return took;
	conf_report(in->ctx, DIAG_GENERAL,
		    "(%s): address family must match VRRP instance [%s] - "
		    "ignoring",
		    i->obj.name, in->word[0].s);
	return -EINVAL;
}

static bool
vip_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct vip_conf *v = obj;
	(void)parent; /* an instance or the root */
	if (v->is_bad)
		return false;
	if (v->dev != NULL && !conf_needs_interface(ctx, v->dev, "ip address"))
		return false;
	if (v->addr.family == AF_INET6 && v->label != NULL) {
		conf_report(ctx, DIAG_GENERAL,
			    "Cannot specify label for IPv6 address %s",
			    v->obj.name);
		v->label = NULL;
	}
	if (v->addr.family == AF_INET6 && v->scope != RT_SCOPE_UNIVERSE) {
		conf_report(ctx, DIAG_GENERAL,
			    "Cannot specify scope for IPv6 address %s - "
			    "ignoring",
			    v->obj.name);
		v->scope = RT_SCOPE_UNIVERSE;
	}
	if (addr_is_set(&v->peer) && v->prefix_len != 8 * addr_len(&v->addr)) {
		conf_report(ctx, DIAG_GENERAL,
			    "Cannot specify address prefix when specifying "
			    "peer address - ignoring");
		v->prefix_len = (uint8_t)(8 * addr_len(&v->addr));
	}
	if (addr_is_set(&v->peer))
		v->has_broadcast = false;
	return true;
}

const struct kw_block vip_block = {
	KW_ROWS(vip_rows),
	.size = sizeof(struct vip_conf),
	.open = vip_open_advertised,
	.check = vip_check,
};
const struct kw_block vip_excluded_block = {
	KW_ROWS(vip_rows),
	.size = sizeof(struct vip_conf),
	.open = vip_open,
	.check = vip_check,
};
const struct kw_block static_vip_block = {
	KW_ROWS(static_vip_rows),
	.size = sizeof(struct vip_conf),
	.open = vip_open,
	.check = vip_check,
};
