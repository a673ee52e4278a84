/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Rules of nf_tables as bytes; see nft_rule.h.
 */
#include "lib/nft_rule.h"

#include <netinet/in.h>

/* After netinet/in.h, which they replace in part. */
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "lib/nft_batch.h"

enum {
	/* Source and destination in the headers of IPv4 and IPv6. */
	SOURCE4 = 12,
	DEST4 = 16,
	LEN4 = 4,
	SOURCE6 = 8,
	DEST6 = 24,
	LEN6 = 16,
	CT_ORIGINAL = 0, /* direction */
};

struct nftnl_rule *
nft_rule_new(const struct nft_batch *b, const char *chain)
{
	struct nftnl_rule *r = nftnl_rule_alloc();

	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, b->table);
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
	nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, b->family);
	return r;
}

/* ---- into registers ---- */

void
nft_load_header(struct nftnl_rule *r, struct nft_piece p, uint32_t reg)
{
	struct nftnl_expr *e = nftnl_expr_alloc("payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, p.base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, p.offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, p.len);
	nftnl_rule_add_expr(r, e);
}

void
nft_load_address(struct nftnl_rule *r, uint16_t family, bool is_source,
		 uint32_t reg)
{
	struct nft_piece p = {.base = NFT_PAYLOAD_NETWORK_HEADER};

	if (family == NFPROTO_IPV4) {
		p.offset = is_source ? SOURCE4 : DEST4;
		p.len = LEN4;
	} else {
		p.offset = is_source ? SOURCE6 : DEST6;
		p.len = LEN6;
	}
	nft_load_header(r, p, reg);
}

void
nft_load_meta(struct nftnl_rule *r, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *e = nftnl_expr_alloc("meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, reg);
	nftnl_rule_add_expr(r, e);
}

void
nft_set_meta(struct nftnl_rule *r, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *e = nftnl_expr_alloc("meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_SREG, reg);
	nftnl_rule_add_expr(r, e);
}

void
nft_load_ct_original(struct nftnl_rule *r, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *e = nftnl_expr_alloc("ct");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u8(e, NFTNL_EXPR_CT_DIR, CT_ORIGINAL);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, reg);
	nftnl_rule_add_expr(r, e);
}

void
nft_load_value(struct nftnl_rule *r, uint32_t reg, const void *value,
	       uint32_t len)
{
	struct nftnl_expr *e = nftnl_expr_alloc("immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, reg);
	nftnl_expr_set(e, NFTNL_EXPR_IMM_DATA, value, len);
	nftnl_rule_add_expr(r, e);
}

void
nft_load_hash(struct nftnl_rule *r, const struct nft_hash *h, uint32_t reg)
{
	struct nftnl_expr *e = nftnl_expr_alloc("hash");

	nftnl_expr_set_u32(e, NFTNL_EXPR_HASH_TYPE, NFT_HASH_JENKINS);
	nftnl_expr_set_u32(e, NFTNL_EXPR_HASH_SREG, h->from);
	nftnl_expr_set_u32(e, NFTNL_EXPR_HASH_DREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_HASH_LEN, h->len);
	nftnl_expr_set_u32(e, NFTNL_EXPR_HASH_MODULUS, h->modulus);
	nftnl_expr_set_u32(e, NFTNL_EXPR_HASH_SEED, h->seed);
	nftnl_rule_add_expr(r, e);
}

/* ---- what decides ---- */

void
nft_compare(struct nftnl_rule *r, uint32_t reg, uint32_t op, const void *value,
	    uint32_t len)
{
	struct nftnl_expr *e = nftnl_expr_alloc("cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, value, len);
	nftnl_rule_add_expr(r, e);
}

void
nft_look_up(struct nftnl_rule *r, const struct nft_set *s, uint32_t from,
	    uint32_t to)
{
	struct nftnl_expr *e = nftnl_expr_alloc("lookup");

	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, from);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, s->name);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, s->id);
	if (s->is_map)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_DREG, to);
	nftnl_rule_add_expr(r, e);
}

/* ---- what is done ---- */

void
nft_duplicate(struct nftnl_rule *r, uint32_t addr, uint32_t dev)
{
	struct nftnl_expr *e = nftnl_expr_alloc("dup");

	nftnl_expr_set_u32(e, NFTNL_EXPR_DUP_SREG_ADDR, addr);
	nftnl_expr_set_u32(e, NFTNL_EXPR_DUP_SREG_DEV, dev);
	nftnl_rule_add_expr(r, e);
}

void
nft_snat(struct nftnl_rule *r, uint16_t family, uint32_t reg)
{
	struct nftnl_expr *e = nftnl_expr_alloc("nat");

	nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_TYPE, NFT_NAT_SNAT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_FAMILY, family);
	nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MIN, reg);
	nftnl_rule_add_expr(r, e);
}

void
nft_masquerade(struct nftnl_rule *r)
{
	nftnl_rule_add_expr(r, nftnl_expr_alloc("masq"));
}

void
nft_count(struct nftnl_rule *r)
{
	nftnl_rule_add_expr(r, nftnl_expr_alloc("counter"));
}

void
nft_verdict(struct nftnl_rule *r, uint32_t verdict)
{
	struct nftnl_expr *e = nftnl_expr_alloc("immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, verdict);
	nftnl_rule_add_expr(r, e);
}

void
nft_put_rule(struct nft_batch *b, struct nftnl_rule *r)
{
	struct nlmsghdr *nlh =
		nft_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);

	nftnl_rule_nlmsg_build_payload(nlh, r);
	nftnl_rule_free(r);
	nft_message_end(b, nlh);
}
