/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Rules of nf_tables, expression by expression, for a batch (nft_batch.h).
 * Keys, operators, registers and verdicts are those of
 * linux/netfilter/nf_tables.h.  NFT_REG_1.. hold 16 bytes, NFT_REG32_00.. 4;
 * a longer value fills the registers that follow.
 */
#ifndef DUUMVIR_NFT_RULE_H
#define DUUMVIR_NFT_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nft_batch;
struct nft_set;
struct nftnl_rule;

/* nft_put_rule() ends it. */
struct nftnl_rule *nft_rule_new(const struct nft_batch *b, const char *chain);

/* A piece of a header (NFT_PAYLOAD_*_HEADER) into a register. */
struct nft_piece {
	uint32_t base, offset, len;
};
void nft_load_header(struct nftnl_rule *r, struct nft_piece p, uint32_t reg);
/* NFT_META_* */
void nft_load_meta(struct nftnl_rule *r, uint32_t key, uint32_t reg);
void nft_set_meta(struct nftnl_rule *r, uint32_t key, uint32_t reg);
/* NFT_CT_*, as the connection began. */
void nft_load_ct_original(struct nftnl_rule *r, uint32_t key, uint32_t reg);
void nft_load_value(struct nftnl_rule *r, uint32_t reg, const void *value,
		    uint32_t len);
/* A number below modulus by len bytes at register from; the same on every
 * machine. */
struct nft_hash {
	uint32_t from, len, modulus, seed;
};
void nft_load_hash(struct nftnl_rule *r, const struct nft_hash *h,
		   uint32_t reg);
/* The rule ends here unless the register compares so (NFT_CMP_*). */
void nft_compare(struct nftnl_rule *r, uint32_t reg, uint32_t op,
		 const void *value, uint32_t len);
/* The rule ends here unless the set has the key at from; of a map its data
 * comes into `to` (NFT_REG_VERDICT: the verdict is taken). */
void nft_look_up(struct nftnl_rule *r, const struct nft_set *s, uint32_t from,
		 uint32_t to);
/* Send a copy to the address in addr out of the interface in dev. */
void nft_duplicate(struct nftnl_rule *r, uint32_t addr, uint32_t dev);
/* Source NAT to the address in the register; to that of the interface. */
void nft_snat(struct nftnl_rule *r, uint16_t family, uint32_t reg);
void nft_masquerade(struct nftnl_rule *r);
void nft_count(struct nftnl_rule *r);
void nft_verdict(struct nftnl_rule *r, uint32_t verdict);
/* Puts it at the end of its chain, and frees it. */
void nft_put_rule(struct nft_batch *b, struct nftnl_rule *r);

/* Source or destination of a packet of this family. */
void nft_load_address(struct nftnl_rule *r, uint16_t family, bool is_source,
		      uint32_t reg);

#endif
