/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The tables of nftables_ipvs; see mark_nft.h. */
#include "daemon/mark_nft.h"

#include <netinet/in.h>

/* After netinet/in.h, which it replaces in part. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "check/mark_map.h"
#include "lib/nft_batch.h"
#include "lib/nft_rule.h"
#include "lib/util.h"

#define CHAIN "in"

enum {
	PORT_LEN = 2,
	PORT_ROOM = 4, /* a part of a key fills whole registers */
	KEY_MAX = 16 + PORT_ROOM,
	DEST_PORT = 2, /* in the headers of all three protocols */
	NAME_LEN = 16,
};

static const struct {
	uint8_t protocol;
	const char *name;
} protocols[] = {
	{IPPROTO_TCP, "tcp"},
	{IPPROTO_UDP, "udp"},
	{IPPROTO_SCTP, "sctp"},
};

/* One map: of what protocol, and of which of its entries. */
struct part {
	const struct mark_map *map;
	uint16_t family; /* AF_* */
	uint16_t protocol;
	bool is_any_port;
};

static bool
is_in(const struct part *p, const struct mark_range *r)
{
	return r->first.family == p->family && r->protocol == p->protocol &&
	       (r->port == 0) == p->is_any_port;
}

static bool
is_empty(const struct part *p)
{
	for (size_t i = 0; i < p->map->n; i++)
		if (is_in(p, &p->map->range[i]))
			return false;
	return true;
}

static size_t
fill_key(uint8_t *key, const struct addr *a, uint16_t port)
{
	size_t len = addr_len(a);

	memset(key, 0, KEY_MAX);
	memcpy(key, a->bytes, len);
	key[len] = (uint8_t)(port >> 8);
	key[len + 1] = (uint8_t)port;
	return len + PORT_ROOM;
}

static void
put_elements(struct nft_batch *b, const struct part *p, const struct nft_set *s)
{
	struct nft_elems e = {.b = b, .s = s};
	uint8_t first[KEY_MAX], last[KEY_MAX];

	for (size_t i = 0; i < p->map->n; i++) {
		const struct mark_range *r = &p->map->range[i];

		if (!is_in(p, r))
			continue;
		(void)fill_key(first, &r->first, r->port);
		(void)fill_key(last, &r->last,
			       p->is_any_port ? UINT16_MAX : r->port);
		nft_elem_add_range(&e, first, last, &r->mark);
	}
	nft_elems_end(&e);
}

/* meta mark set ip daddr . tcp dport map @tcp_map return */
static void
put_rule(struct nft_batch *b, const struct part *p, const struct nft_set *s)
{
	struct nftnl_rule *r = nft_rule_new(b, CHAIN);
	uint8_t protocol = (uint8_t)p->protocol;
	uint32_t second =
		p->family == AF_INET ? NFT_REG32_01 : (uint32_t)NFT_REG_2;

	nft_load_meta(r, NFT_META_L4PROTO, NFT_REG_1);
	nft_compare(r, NFT_REG_1, NFT_CMP_EQ, &protocol, sizeof(protocol));
	nft_load_address(r, b->family, false, NFT_REG_1);
	nft_load_header(r,
			(struct nft_piece){.base = NFT_PAYLOAD_TRANSPORT_HEADER,
					   .offset = DEST_PORT,
					   .len = PORT_LEN},
			second);
	nft_look_up(r, s, NFT_REG_1, NFT_REG_1);
	nft_set_meta(r, NFT_META_MARK, NFT_REG_1);
	nft_verdict(r, (uint32_t)NFT_RETURN);
	nft_put_rule(b, r);
}

static void
put_part(struct nft_batch *b, const struct part *p, const char *name,
	 uint32_t id)
{
	bool is_v4 = p->family == AF_INET;
	char full[NAME_LEN];
	struct nft_set s = {
		.name = full,
		.id = id,
		.is_map = true,
		.key_type = (is_v4 ? NFT_TYPE_ADDR4 : NFT_TYPE_ADDR6)
				    << NFT_TYPE_BITS |
			    NFT_TYPE_PORT,
		.key_len = (is_v4 ? 4 : 16) + PORT_ROOM,
		.data_type = NFT_TYPE_MARK,
		.data_len = sizeof(uint32_t),
		.is_host_data = true,
		.part_len = {is_v4 ? 4 : 16, PORT_LEN},
	};

	if (is_empty(p))
		return;
	(void)snprintf(full, sizeof(full), "%s%s_map", name,
		       p->is_any_port ? "_any" : "");
	nft_put_set(b, &s);
	put_elements(b, p, &s);
	put_rule(b, p, &s);
}

static bool
has_family(const struct mark_map *m, uint16_t family)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->range[i].first.family == family)
			return true;
	return false;
}

static void
put_family(struct nft_batch *b, const struct mark_map *m, uint16_t family,
	   int32_t priority)
{
	uint16_t nf = family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;
	uint32_t id = 0;

	if (!has_family(m, family)) {
		nft_put_no_table(b, nf);
		return;
	}
	nft_put_table(b, nf);
	nft_put_chain(b, CHAIN, "filter", NF_INET_LOCAL_IN, priority);
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		for (int any = 0; any < 2; any++) {
			struct part p = {
				.map = m,
				.family = family,
				.protocol = protocols[i].protocol,
				.is_any_port = any == 1,
			};

			put_part(b, &p, protocols[i].name, ++id);
		}
}

void
mark_nft_write(struct nft_batch *b, const struct mark_map *m, int32_t priority,
	       bool with_six)
{
	put_family(b, m, AF_INET, priority);
	if (with_six)
		put_family(b, m, AF_INET6, priority);
}
