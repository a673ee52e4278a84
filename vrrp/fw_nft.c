/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What stands in our tables, set by set and rule by rule; see fw_nft.h.
 */
#include "vrrp/fw_nft.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

/* After netinet/in.h, which it replaces in part. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "lib/nft.h"
#include "lib/nft_batch.h"
#include "lib/nft_rule.h"
#include "lib/util.h"
#include "vrrp/fw_want.h"

#define SET_VIPS  "vips"
#define SET_LINK  "vips_link_local"
#define SET_VMAC  "vmac_set"
#define MAP_VMAC  "vmac_map"
#define CHAIN_IN  "in"
#define CHAIN_OUT "out"

/* A batch and what it is written from. */
struct fw_batch {
	struct nft_batch nft;
	const struct fw_want *w;
};

/* ---- sets ---- */

static void
fill_vips(struct fw_batch *f, const struct nft_set *s)
{
	struct nft_elems e = {.b = &f->nft, .s = s};

	for (size_t i = 0; i < f->w->n_block; i++) {
		const struct fw_block *b = &f->w->block[i];

		if (b->addr.family == f->nft.family && b->dev[0] == '\0')
			nft_elem_add(&e, b->addr.bytes, NULL);
	}
	nft_elems_end(&e);
}

static void
fill_links(struct fw_batch *f, const struct nft_set *s)
{
	struct nft_elems e = {.b = &f->nft, .s = s};
	uint8_t key[16 + IFNAMSIZ];

	for (size_t i = 0; i < f->w->n_block; i++) {
		const struct fw_block *b = &f->w->block[i];
		uint32_t index;

		if (b->addr.family != f->nft.family || b->dev[0] == '\0')
			continue;
		memset(key, 0, sizeof(key));
		memcpy(key, b->addr.bytes, 16);
		memcpy(key + 16, b->dev, strlen(b->dev));
		if (f->w->by_index) {
			index = if_nametoindex(b->dev);
			if (index == 0)
				continue;
			memcpy(key + 16, &index, sizeof(index));
		}
		nft_elem_add(&e, key, NULL);
	}
	nft_elems_end(&e);
}

static void
fill_vmacs(struct fw_batch *f, const struct nft_set *s)
{
	struct nft_elems e = {.b = &f->nft, .s = s};

	for (size_t i = 0; i < f->w->n_vmac; i++) {
		uint32_t own = if_nametoindex(f->w->vmac[i].name);
		uint32_t base = if_nametoindex(f->w->vmac[i].base);

		if (own != 0 && (base != 0 || !s->is_map))
			nft_elem_add(&e, &own, s->is_map ? &base : NULL);
	}
	nft_elems_end(&e);
}

/* ---- rules ---- */

/* Registers of 16 bytes; a compound key takes two. */
#define REG_A NFT_REG_1
#define REG_B NFT_REG_2

static struct nftnl_rule *
rule_new(const struct fw_batch *f, const char *chain)
{
	return nft_rule_new(&f->nft, chain);
}

static void
load_type(struct nftnl_rule *r)
{
	static const struct nft_piece type = {
		.base = NFT_PAYLOAD_TRANSPORT_HEADER, .len = 1};

	nft_load_header(r, type, REG_A);
}

static void
compare(struct nftnl_rule *r, uint32_t op, uint8_t value)
{
	nft_compare(r, REG_A, op, &value, sizeof(value));
}

static void
protocol(struct nftnl_rule *r, uint32_t op, uint8_t proto)
{
	nft_load_meta(r, NFT_META_L4PROTO, REG_A);
	compare(r, op, proto);
}

static void
put_rule(struct fw_batch *f, struct nftnl_rule *r, uint32_t verdict)
{
	if (f->w->has_counters)
		nft_count(r);
	nft_verdict(r, verdict);
	nft_put_rule(&f->nft, r);
}

/* What comes for an address, or goes out from it.  ICMP may go out: errors
 * and redirects of a router carry the virtual address (RFC 9568 §8.1.1). */
static void
put_block(struct fw_batch *f, const struct nft_set *s, bool is_out,
	  bool with_dev)
{
	struct nftnl_rule *r = rule_new(f, is_out ? CHAIN_OUT : CHAIN_IN);
	uint32_t dev = is_out ? NFT_META_OIFNAME : NFT_META_IIFNAME;

	if (f->w->by_index)
		dev = is_out ? NFT_META_OIF : NFT_META_IIF;
	if (is_out)
		protocol(r, NFT_CMP_NEQ,
			 f->nft.family == NFPROTO_IPV4 ? IPPROTO_ICMP
						       : IPPROTO_ICMPV6);
	nft_load_address(r, f->nft.family, is_out, REG_A);
	if (with_dev)
		nft_load_meta(r, dev, REG_B);
	nft_look_up(r, s, REG_A, 0);
	put_rule(f, r, NF_DROP);
}

/* Neighbour solicitations and advertisements are never dropped (§6.4.3). */
static void
put_neighbour(struct fw_batch *f, uint8_t type)
{
	struct nftnl_rule *r = rule_new(f, CHAIN_IN);

	protocol(r, NFT_CMP_EQ, IPPROTO_ICMPV6);
	load_type(r);
	compare(r, NFT_CMP_EQ, type);
	put_rule(f, r, NF_ACCEPT);
}

/* Group membership is nobody's answer, whatever its source address is. */
static void
put_membership(struct fw_batch *f)
{
	struct nftnl_rule *r = rule_new(f, CHAIN_OUT);

	protocol(r, NFT_CMP_EQ, IPPROTO_IGMP);
	put_rule(f, r, NF_ACCEPT);
}

/* Group membership goes out on the interface below instead. */
static void
put_move(struct fw_batch *f, const struct nft_set *map, uint8_t proto, int type)
{
	struct nftnl_rule *r = rule_new(f, CHAIN_OUT);

	protocol(r, NFT_CMP_EQ, proto);
	if (type >= 0) {
		load_type(r);
		compare(r, NFT_CMP_EQ, (uint8_t)type);
	}
	nft_load_address(r, f->nft.family, false, REG_A);
	nft_load_meta(r, NFT_META_OIF, REG_B);
	nft_look_up(r, map, REG_B, REG_B);
	nft_duplicate(r, REG_A, REG_B);
	put_rule(f, r, NF_DROP);
}

static void
put_no_solicit(struct fw_batch *f, const struct nft_set *vmacs)
{
	struct nftnl_rule *r = rule_new(f, CHAIN_OUT);

	protocol(r, NFT_CMP_EQ, IPPROTO_ICMPV6);
	load_type(r);
	compare(r, NFT_CMP_EQ, ND_ROUTER_SOLICIT);
	nft_load_meta(r, NFT_META_OIF, REG_B);
	nft_look_up(r, vmacs, REG_B, 0);
	put_rule(f, r, NF_DROP);
}

/* ---- one table ---- */

static void
put_vmacs(struct fw_batch *f)
{
	static const struct nft_set map = {
		.name = MAP_VMAC,
		.id = 1,
		.key_type = NFT_TYPE_INDEX,
		.key_len = 4,
		.is_map = true,
		.data_type = NFT_TYPE_INDEX,
		.data_len = 4,
		.is_host_key = true,
		.is_host_data = true,
	};
	static const struct nft_set vmacs = {
		.name = SET_VMAC,
		.id = 2,
		.key_type = NFT_TYPE_INDEX,
		.key_len = 4,
		.is_host_key = true,
	};
	static const uint8_t mld[] = {143 /* version 2 */, MLD_LISTENER_REPORT,
				      MLD_LISTENER_REDUCTION};

	nft_put_set(&f->nft, &map);
	fill_vmacs(f, &map);
	if (f->nft.family == NFPROTO_IPV4) {
		put_move(f, &map, IPPROTO_IGMP, -1);
		return;
	}
	nft_put_set(&f->nft, &vmacs);
	fill_vmacs(f, &vmacs);
	for (size_t i = 0; i < ARRAY_LEN(mld); i++)
		put_move(f, &map, IPPROTO_ICMPV6, mld[i]);
	put_no_solicit(f, &vmacs);
}

static void
put_blocks(struct fw_batch *f)
{
	static const struct nft_set four = {.name = SET_VIPS,
					    .id = 3,
					    .key_type = NFT_TYPE_ADDR4,
					    .key_len = 4};
	static const struct nft_set six = {.name = SET_VIPS,
					   .id = 3,
					   .key_type = NFT_TYPE_ADDR6,
					   .key_len = 16};
	static const struct nft_set names = {
		.name = SET_LINK,
		.id = 4,
		.key_type = NFT_TYPE_ADDR6 << NFT_TYPE_BITS | NFT_TYPE_NAME,
		.key_len = 32};
	static const struct nft_set indexes = {
		.name = SET_LINK,
		.id = 4,
		.key_type = NFT_TYPE_ADDR6 << NFT_TYPE_BITS | NFT_TYPE_INDEX,
		.key_len = 20};
	const struct nft_set *vips =
		f->nft.family == NFPROTO_IPV4 ? &four : &six;
	const struct nft_set *links = f->w->by_index ? &indexes : &names;

	nft_put_set(&f->nft, vips);
	fill_vips(f, vips);
	if (f->nft.family == NFPROTO_IPV6) {
		put_neighbour(f, ND_NEIGHBOR_SOLICIT);
		put_neighbour(f, ND_NEIGHBOR_ADVERT);
		nft_put_set(&f->nft, links);
		fill_links(f, links);
		put_block(f, links, false, true);
		put_block(f, links, true, true);
	}
	if (f->nft.family == NFPROTO_IPV4)
		put_membership(f);
	put_block(f, vips, false, false);
	put_block(f, vips, true, false);
}

static bool
has_blocks(const struct fw_batch *f)
{
	for (size_t i = 0; i < f->w->n_block; i++)
		if (f->w->block[i].addr.family == f->nft.family)
			return true;
	return false;
}

static void
put_family(struct fw_batch *f, uint16_t family)
{
	if (f->w->by != FW_BY_NFT || !fw_want_has_family(f->w, family)) {
		nft_put_no_table(&f->nft, family);
		return;
	}
	nft_put_table(&f->nft, family);
	nft_put_chain(&f->nft, CHAIN_IN, "filter", NF_INET_LOCAL_IN,
		      f->w->priority);
	nft_put_chain(&f->nft, CHAIN_OUT, "filter", NF_INET_LOCAL_OUT,
		      f->w->priority);
	if (f->w->n_vmac > 0)
		put_vmacs(f);
	if (has_blocks(f))
		put_blocks(f);
}

static int
run(struct nft *n, struct fw_batch *f, bool with_six)
{
	nft_batch_begin(&f->nft);
	put_family(f, NFPROTO_IPV4);
	if (with_six)
		put_family(f, NFPROTO_IPV6);
	nft_batch_end(&f->nft);
	return nft_commit(n, &f->nft);
}

int
fw_nft_set(struct nft *n, const char *table, const struct fw_want *w)
{
	struct fw_batch f = {.nft = {.table = table}, .w = w};
	int r = run(n, &f, true);

	/* A kernel without IPv6 has no such tables. */
	if ((r == -EOPNOTSUPP || r == -EAFNOSUPPORT) &&
	    !(w->by == FW_BY_NFT && fw_want_has_family(w, AF_INET6)))
		r = run(n, &f, false);
	nft_batch_fini(&f.nft); /* the next one is far away */
	return r;
}
