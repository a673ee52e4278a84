/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * FULLNAT's tables, set by set and rule by rule; see fullnat_nft.h.
 *
 * One rule for all services, whatever their number: a look-up of what was
 * asked for and who has it leads to the chain of the addresses to send from.
 */
#include "check/fullnat_nft.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* After netinet/in.h, which it replaces in part. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "check/fullnat_want.h"
#include "lib/nft_batch.h"
#include "lib/nft_rule.h"
#include "lib/util.h"

#define CHAIN_OUT  "out"
#define CHAIN_MASQ "outgoing"

enum {
	/* Before others' source NAT (100): the first that says something
	 * wins. */
	PRIORITY = 99,
	NAME_LEN = 64,
	KEY_LEN = 48,
	WORD = 4, /* a part of a compound key fills whole ones */
	ID_GROUPS = 8,
	HASH_SEED = 1, /* the same on all directors */
};

/* What a look-up is made of.  Protocols apart: nft cannot read back a port of
 * no known protocol, and an operator's saved ruleset must load. */
enum kind {
	KIND_TCP, /* address, port; server */
	KIND_UDP,
	KIND_SCTP,
	KIND_ANY,  /* address, protocol; server */
	KIND_MARK, /* mark; server */
	KIND_COUNT,
};

static const struct {
	const char *name;
	uint8_t protocol; /* of a kind with ports, else 0 */
} kinds[KIND_COUNT] = {
	[KIND_TCP] = {"services_tcp", IPPROTO_TCP},
	[KIND_UDP] = {"services_udp", IPPROTO_UDP},
	[KIND_SCTP] = {"services_sctp", IPPROTO_SCTP},
	[KIND_ANY] = {"services_any_port", 0},
	[KIND_MARK] = {"services_by_mark", 0},
};

struct writer {
	struct nft_batch *b;
	const struct fullnat_want *w;
	uint16_t family; /* NFPROTO_* is AF_* for these */
	uint32_t addr_len;
};

static enum kind
kind_of(const struct fullnat_pair *p)
{
	if (p->service.protocol == 0)
		return KIND_MARK;
	if (p->service.port == 0)
		return KIND_ANY;
	return p->service.protocol == IPPROTO_TCP   ? KIND_TCP
	       : p->service.protocol == IPPROTO_UDP ? KIND_UDP
						    : KIND_SCTP;
}

static bool
has_kind(const struct writer *x, enum kind kind)
{
	for (size_t i = 0; i < x->w->n_pairs; i++)
		if (x->w->pair[i].server.family == x->family &&
		    kind_of(&x->w->pair[i]) == kind)
			return true;
	return false;
}

/* ---- names ---- */

/* As nft would take it, and no two alike. */
static const char *
group_chain(const struct writer *x, uint32_t group, char *buf, size_t size)
{
	int n;

	if (group == FULLNAT_OUTGOING)
		return CHAIN_MASQ;
	n = snprintf(buf, size, "laddr_%u_%s", group, x->w->group[group].name);
	for (char *c = buf; n > 0 && *c != '\0'; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		      (*c >= '0' && *c <= '9')))
			*c = '_';
	return buf;
}

static struct nft_set
addresses_of(const struct writer *x, uint32_t group)
{
	return (struct nft_set){
		.name = "__map%d",
		.id = ID_GROUPS + group,
		.is_anonymous = true,
		.key_type = NFT_TYPE_INTEGER,
		.key_len = WORD,
		.is_host_key = true,
		.is_map = true,
		.data_type =
			x->family == AF_INET ? NFT_TYPE_ADDR4 : NFT_TYPE_ADDR6,
		.data_len = x->addr_len,
	};
}

static struct nft_set
services_of(const struct writer *x, enum kind kind)
{
	uint32_t addr = x->family == AF_INET ? NFT_TYPE_ADDR4 : NFT_TYPE_ADDR6;
	struct nft_set s = {
		.name = kinds[kind].name,
		.id = 1 + (uint32_t)kind,
		.is_map = true,
		.is_verdict_map = true,
	};

	if (kind == KIND_MARK) {
		s.key_type = NFT_TYPE_MARK;
		s.key_len = WORD;
	} else {
		s.key_type =
			addr << NFT_TYPE_BITS |
			(kind == KIND_ANY ? NFT_TYPE_PROTO : NFT_TYPE_PORT);
		s.key_len = x->addr_len + WORD;
	}
	s.key_type = s.key_type << NFT_TYPE_BITS | addr;
	s.key_len += x->addr_len;
	return s;
}

/* ---- what is in the sets ---- */

static void
pair_key(const struct writer *x, const struct fullnat_pair *p, uint8_t *key)
{
	const struct msg_svc_key *s = &p->service;
	enum kind kind = kind_of(p);
	uint16_t port = htons(s->port);
	size_t at = 0;

	memset(key, 0, KEY_LEN);
	if (kind == KIND_MARK) {
		memcpy(key, &s->fwmark, sizeof(s->fwmark));
	} else {
		memcpy(key, s->addr.bytes, x->addr_len);
		at += x->addr_len;
		if (kind == KIND_ANY)
			key[at] = (uint8_t)s->protocol;
		else
			memcpy(key + at, &port, sizeof(port));
	}
	memcpy(key + at + WORD, p->server.bytes, x->addr_len);
}

static void
put_services(const struct writer *x, enum kind kind)
{
	struct nft_set s = services_of(x, kind);
	struct nft_elems e = {.b = x->b, .s = &s};
	uint8_t key[KEY_LEN];
	char name[NAME_LEN];

	nft_put_set(x->b, &s);
	for (size_t i = 0; i < x->w->n_pairs; i++) {
		const struct fullnat_pair *p = &x->w->pair[i];

		if (p->server.family != x->family || kind_of(p) != kind)
			continue;
		pair_key(x, p, key);
		nft_elem_add_goto(&e, key,
				  group_chain(x, p->group, name, sizeof(name)));
	}
	nft_elems_end(&e);
}

/* ---- rules ---- */

/* Words of 4 bytes, one after the other from the first register. */
static uint32_t
reg(uint32_t word)
{
	return NFT_REG32_00 + word;
}

static void
load_service(const struct writer *x, struct nftnl_rule *r, enum kind kind)
{
	uint32_t dst = x->family == AF_INET ? NFT_CT_DST_IP : NFT_CT_DST_IP6;

	nft_load_ct_original(r, dst, reg(0));
	if (kind == KIND_ANY)
		nft_load_meta(r, NFT_META_L4PROTO, reg(x->addr_len / WORD));
	else
		nft_load_ct_original(r, NFT_CT_PROTO_DST,
				     reg(x->addr_len / WORD));
}

static void
put_look_up(const struct writer *x, enum kind kind)
{
	struct nftnl_rule *r = nft_rule_new(x->b, CHAIN_OUT);
	struct nft_set s = services_of(x, kind);
	uint8_t protocol = kinds[kind].protocol;

	if (protocol != 0) {
		nft_load_meta(r, NFT_META_L4PROTO, reg(0));
		nft_compare(r, reg(0), NFT_CMP_EQ, &protocol, sizeof(protocol));
	}
	if (kind == KIND_MARK)
		nft_load_meta(r, NFT_META_MARK, reg(0));
	else
		load_service(x, r, kind);
	nft_load_address(r, x->family, false,
			 reg((s.key_len - x->addr_len) / WORD));
	nft_look_up(r, &s, reg(0), NFT_REG_VERDICT);
	nft_put_rule(x->b, r);
}

/*
 * The address of a connection follows from its client's address and port, so
 * that the other director finds the same when it takes over.  The port stays
 * if it is free there.
 */
static void
put_snat(const struct writer *x, uint32_t group)
{
	const struct fullnat_group *g = &x->w->group[group];
	const struct nft_piece port = {.base = NFT_PAYLOAD_TRANSPORT_HEADER,
				       .len = sizeof(uint16_t)};
	struct nft_hash hash = {.from = reg(0),
				.len = x->addr_len + WORD,
				.modulus = (uint32_t)g->n,
				.seed = HASH_SEED};
	char chain[NAME_LEN];
	struct nft_set s = addresses_of(x, group);
	struct nftnl_rule *r =
		nft_rule_new(x->b, group_chain(x, group, chain, sizeof(chain)));

	if (g->n == 1) {
		nft_load_value(r, reg(0), g->addr[0].bytes, x->addr_len);
	} else {
		nft_load_address(r, x->family, true, reg(0));
		nft_load_header(r, port, reg(x->addr_len / WORD));
		nft_load_hash(r, &hash, reg(8));
		nft_look_up(r, &s, reg(8), reg(0));
	}
	nft_snat(r, x->family, reg(0));
	nft_put_rule(x->b, r);
}

static void
put_group(const struct writer *x, uint32_t group)
{
	const struct fullnat_group *g = &x->w->group[group];
	char chain[NAME_LEN];
	struct nft_set s = addresses_of(x, group);
	struct nft_elems e = {.b = x->b, .s = &s};

	nft_put_chain(x->b, group_chain(x, group, chain, sizeof(chain)), NULL,
		      0, 0);
	if (g->n > 1) {
		nft_put_set(x->b, &s);
		for (uint32_t i = 0; i < g->n; i++)
			nft_elem_add(&e, &i, g->addr[i].bytes);
		nft_elems_end(&e);
	}
	put_snat(x, group);
}

static void
put_outgoing(const struct writer *x)
{
	struct nftnl_rule *r;

	nft_put_chain(x->b, CHAIN_MASQ, NULL, 0, 0);
	r = nft_rule_new(x->b, CHAIN_MASQ);
	nft_masquerade(r);
	nft_put_rule(x->b, r);
}

static void
put_family(const struct writer *x)
{
	if (!fullnat_want_has_family(x->w, x->family)) {
		nft_put_no_table(x->b, x->family);
		return;
	}
	nft_put_table(x->b, x->family);
	put_outgoing(x);
	for (uint32_t i = 0; i < x->w->n_groups; i++)
		if (x->w->group[i].family == x->family)
			put_group(x, i);
	nft_put_chain(x->b, CHAIN_OUT, "nat", NF_INET_POST_ROUTING, PRIORITY);
	for (enum kind k = 0; k < KIND_COUNT; k++) {
		if (!has_kind(x, k))
			continue;
		put_services(x, k);
		put_look_up(x, k);
	}
}

void
fullnat_nft_write(struct nft_batch *b, const struct fullnat_want *w,
		  bool with_six)
{
	const struct writer four = {b, w, AF_INET, 4};
	const struct writer six = {b, w, AF_INET6, 16};

	nft_batch_begin(b);
	put_family(&four);
	if (with_six)
		put_family(&six);
	nft_batch_end(b);
}
