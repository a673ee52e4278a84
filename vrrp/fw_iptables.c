/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The filter as texts for iptables and ipset; see fw_iptables.h. */
#include "vrrp/fw_iptables.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "vrrp/fw_want.h"

void
fw_iptables_chain(const struct fw_want *w, bool is_out,
		  char name[static FW_CHAIN_LEN])
{
	/* Another duumvir in this namespace has other sets. */
	(void)snprintf(name, FW_CHAIN_LEN, "duumvir_%.16s_%s",
		       w->set[FW_SET_VIPS4], is_out ? "out" : "in");
}

/* ---- sets ---- */

static const struct {
	int family;
	const char *type;
	const char *moved; /* with each VMAC; NULL: virtual addresses */
} kinds[FW_SET_COUNT] = {
	[FW_SET_VIPS4] = {AF_INET, "hash:ip", NULL},
	[FW_SET_VIPS6] = {AF_INET6, "hash:ip", NULL},
	[FW_SET_LINK6] = {AF_INET6, "hash:net,iface", NULL},
	[FW_SET_IGMP] = {AF_INET, "hash:net,iface", "224.0.0.0/4"},
	[FW_SET_MLD] = {AF_INET6, "hash:net,iface", "ff00::/8"},
	[FW_SET_ND] = {AF_INET6, "hash:net,iface", "ff02::2/128"},
};

static bool
is_member(const struct fw_block *b, enum fw_set s)
{
	return b->addr.family == kinds[s].family &&
	       (b->dev[0] != '\0') == (s == FW_SET_LINK6);
}

static bool
is_used(const struct fw_want *w, enum fw_set s)
{
	if (kinds[s].moved != NULL)
		return w->n_vmac > 0 && w->chain_out[0] != '\0';
	for (size_t i = 0; i < w->n_block; i++)
		if (is_member(&w->block[i], s))
			return true;
	return false;
}

static void
fill(const struct fw_want *w, enum fw_set s, struct buf *out)
{
	char a[ADDR_STR_LEN];

	for (size_t i = 0; kinds[s].moved != NULL && i < w->n_vmac; i++)
		buf_printf(out, "add %s~ %s,%s\n", w->set[s], kinds[s].moved,
			   w->vmac[i].name);
	for (size_t i = 0; kinds[s].moved == NULL && i < w->n_block; i++) {
		const struct fw_block *b = &w->block[i];

		if (!is_member(b, s))
			continue;
		buf_printf(out, "add %s~ %s", w->set[s],
			   addr_print(&b->addr, a, sizeof(a)));
		if (b->dev[0] != '\0')
			buf_printf(out, ",%s", b->dev);
		buf_addc(out, '\n');
	}
}

void
fw_iptables_sets(const struct fw_want *w, struct buf *out)
{
	for (int s = 0; w->uses_sets && s < FW_SET_COUNT; s++) {
		const char *name = w->set[s], *type = kinds[s].type;
		const char *family =
			kinds[s].family == AF_INET ? "inet" : "inet6";

		if (!is_used(w, (enum fw_set)s))
			continue;
		buf_printf(out, "create %s~ %s family %s -exist\nflush %s~\n",
			   name, type, family, name);
		fill(w, (enum fw_set)s, out);
		buf_printf(out,
			   "create %s %s family %s -exist\nswap %s~ %s\n"
			   "destroy %s~\n",
			   name, type, family, name, name, name);
	}
}

void
fw_iptables_sets_gone(const struct fw_want *was, const struct fw_want *now,
		      struct buf *out)
{
	for (int i = 0; was->uses_sets && i < FW_SET_COUNT; i++) {
		enum fw_set s = (enum fw_set)i;

		if (is_used(was, s) && (now == NULL || !is_used(now, s)))
			buf_printf(out, "destroy %s\n", was->set[s]);
	}
}

/* ---- rules ---- */

/* What a rule of one direction is made of. */
struct way {
	const struct fw_want *w;
	bool is_out;
	char chain[FW_CHAIN_LEN];
	const char *proto; /* its ICMP may go out */
	struct buf *out;
};

static void
drop_set(const struct way *y, enum fw_set s)
{
	const char *dir = y->is_out ? "src" : "dst";
	const char *dev = y->is_out ? ",dst" : ",src";

	if (!is_used(y->w, s))
		return;
	buf_printf(y->out, "-A %s", y->chain);
	if (y->is_out)
		buf_printf(y->out, " ! -p %s", y->proto);
	buf_printf(y->out, " -m set --match-set %s %s%s -j DROP\n",
		   y->w->set[s], dir, s == FW_SET_LINK6 ? dev : "");
}

static void
drop_each(const struct way *y, int family)
{
	char a[ADDR_STR_LEN];

	for (size_t i = 0; i < y->w->n_block; i++) {
		const struct fw_block *b = &y->w->block[i];

		if (b->addr.family != family)
			continue;
		buf_printf(y->out, "-A %s", y->chain);
		if (y->is_out)
			buf_printf(y->out, " ! -p %s", y->proto);
		buf_printf(y->out, " -%c %s/%d", y->is_out ? 's' : 'd',
			   addr_print(&b->addr, a, sizeof(a)),
			   family == AF_INET ? 32 : 128);
		if (b->dev[0] != '\0')
			buf_printf(y->out, " -%c %s", y->is_out ? 'o' : 'i',
				   b->dev);
		buf_adds(y->out, " -j DROP\n");
	}
}

static void
drop_blocked(const struct way *y, int family)
{
	if (!y->w->uses_sets) {
		drop_each(y, family);
	} else if (family == AF_INET) {
		drop_set(y, FW_SET_VIPS4);
	} else {
		drop_set(y, FW_SET_VIPS6);
		drop_set(y, FW_SET_LINK6);
	}
}

/* What a kernel sends by itself, off one VMAC or off those in a set. */
static void
drop_own(const struct way *y, const char *what, enum fw_set s)
{
	if (y->w->uses_sets) {
		buf_printf(y->out,
			   "-A %s %s -m set --match-set %s dst,dst -j DROP\n",
			   y->chain, what, y->w->set[s]);
		return;
	}
	for (size_t i = 0; i < y->w->n_vmac; i++)
		buf_printf(y->out, "-A %s %s -o %s -j DROP\n", y->chain, what,
			   y->w->vmac[i].name);
}

static void
drop_vmacs(const struct way *y, int family)
{
	if (y->w->n_vmac == 0)
		return;
	if (family == AF_INET) {
		drop_own(y, "-p igmp", FW_SET_IGMP);
		return;
	}
	drop_own(y, "-p icmpv6 --icmpv6-type 143", FW_SET_MLD);
	drop_own(y, "-p icmpv6 --icmpv6-type 131", FW_SET_MLD);
	drop_own(y, "-p icmpv6 --icmpv6-type 132", FW_SET_MLD);
	drop_own(y, "-p icmpv6 --icmpv6-type 133", FW_SET_ND);
}

static const char *
users_chain(const struct fw_want *w, bool is_out)
{
	return is_out ? w->chain_out : w->chain_in;
}

/* With sets behind what the user has, else before it, as keepalived. */
static void
jump(const struct way *y)
{
	buf_printf(y->out, "-%s %s -j %s\n", y->w->uses_sets ? "A" : "I",
		   users_chain(y->w, y->is_out), y->chain);
}

static struct way
way_of(const struct fw_want *w, bool is_out, int family, struct buf *out)
{
	struct way y = {.w = w, .is_out = is_out, .out = out};

	y.proto = family == AF_INET ? "icmp" : "icmpv6";
	fw_iptables_chain(w, is_out, y.chain);
	return y;
}

void
fw_iptables_rules(const struct fw_want *w, int family, const bool has_jump[2],
		  struct buf *out)
{
	buf_adds(out, "*filter\n");
	for (int i = 0; i < 2; i++) {
		struct way y = way_of(w, i == 1, family, out);

		if (users_chain(w, y.is_out)[0] == '\0')
			continue;
		buf_printf(out, ":%s - [0:0]\n", y.chain);
		if (!y.is_out && family == AF_INET6)
			buf_printf(out,
				   "-A %s -p icmpv6 --icmpv6-type 135 "
				   "-j RETURN\n"
				   "-A %s -p icmpv6 --icmpv6-type 136 "
				   "-j RETURN\n",
				   y.chain, y.chain);
		if (y.is_out)
			drop_vmacs(&y, family);
		if (y.is_out && family == AF_INET)
			buf_printf(out, "-A %s -p igmp -j RETURN\n", y.chain);
		drop_blocked(&y, family);
		if (!has_jump[i])
			jump(&y);
	}
	buf_adds(out, "COMMIT\n");
}

void
fw_iptables_rules_away(const struct fw_want *w, const bool has_jump[2],
		       struct buf *out)
{
	buf_adds(out, "*filter\n");
	for (int i = 0; i < 2; i++) {
		struct way y = way_of(w, i == 1, AF_INET, out);

		if (users_chain(w, y.is_out)[0] == '\0')
			continue;
		buf_printf(out, ":%s - [0:0]\n", y.chain);
		if (has_jump[i])
			buf_printf(out, "-D %s -j %s\n",
				   users_chain(w, y.is_out), y.chain);
		buf_printf(out, "-X %s\n", y.chain);
	}
	buf_adds(out, "COMMIT\n");
}
