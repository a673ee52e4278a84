/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What stands in our tables, set by set and rule by rule, written down as one
 * batch for the kernel; see fw_nft_table.h.
 */
#include "vrrp/fw_nft_table.h"

#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

/* After netinet/in.h, which they replace in part. */
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/fw_want.h"

enum {
	MSG_ROOM = 65536, /* for one message of the batch */
	ELEMS_MAX = 512,  /* in one message */
};

/* Keys and data as nft names them (its numbers of types). */
enum {
	TYPE_ADDR4 = 7,
	TYPE_ADDR6 = 8,
	TYPE_INDEX = 20,
	TYPE_NAME = 41,
	TYPE_BITS = 6, /* a compound: one type after the other */
};

#define SET_VIPS  "vips"
#define SET_LINK  "vips_link_local"
#define SET_VMAC  "vmac_set"
#define MAP_VMAC  "vmac_map"
#define CHAIN_IN  "in"
#define CHAIN_OUT "out"
/* In a table's user data, as `comment` of nft. */
#define COMMENT "duumvir"

/* ---- the batch ---- */

/* Room for one message with its header; NULL payload builders fill it. */
static struct nlmsghdr *
message(struct fw_nft_batch *f, uint16_t type, uint16_t flags)
{
	if (f->size - f->len < MSG_ROOM) {
		f->size = f->size * 2 + 2 * MSG_ROOM;
		f->buf = xrealloc(f->buf, f->size);
	}
	return nftnl_nlmsg_build_hdr((char *)f->buf + f->len, type, f->family,
				     flags, ++f->seq);
}

static void
done(struct fw_nft_batch *f, const struct nlmsghdr *nlh)
{
	f->len += NLMSG_ALIGN(nlh->nlmsg_len);
}

static void
border(struct fw_nft_batch *f, uint16_t type)
{
	struct nlmsghdr *nlh;
	struct nfgenmsg *nfg;

	f->family = AF_UNSPEC;
	nlh = message(f, 0, 0);
	nlh->nlmsg_type = type;
	nfg = mnl_nlmsg_get_payload(nlh);
	nfg->res_id = htons(NFNL_SUBSYS_NFTABLES);
	done(f, nlh);
}

static const struct {
	uint8_t type, len;
	char text[sizeof(COMMENT)];
} mark = {NFTNL_UDATA_TABLE_COMMENT, sizeof(COMMENT), COMMENT};

static void
put_table(struct fw_nft_batch *f, uint16_t type, uint16_t flags)
{
	struct nftnl_table *t = nftnl_table_alloc();
	struct nlmsghdr *nlh = message(f, type, flags);

	nftnl_table_set_str(t, NFTNL_TABLE_NAME, f->table);
	if (type == NFT_MSG_NEWTABLE)
		nftnl_table_set_data(t, NFTNL_TABLE_USERDATA, &mark,
				     sizeof(mark));
	nftnl_table_nlmsg_build_payload(nlh, t);
	nftnl_table_free(t);
	done(f, nlh);
}

static void
put_chain(struct fw_nft_batch *f, const char *name, uint32_t hook)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	struct nlmsghdr *nlh = message(f, NFT_MSG_NEWCHAIN, NLM_F_CREATE);

	nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, f->table);
	nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, name);
	nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "filter");
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, hook);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, f->w->priority);
	nftnl_chain_nlmsg_build_payload(nlh, c);
	nftnl_chain_free(c);
	done(f, nlh);
}

/* ---- sets ---- */

struct set {
	const char *name;
	uint32_t id; /* within the batch */
	uint32_t key_type, key_len;
	bool is_map; /* to an interface index */
};

static struct nftnl_set *
set_new(struct fw_nft_batch *f, const struct set *s)
{
	/* For nft's listing: key (and data) are in host byte order. */
	static const uint8_t host_key[] = {0, 4, 1, 0, 0, 0};
	static const uint8_t host_map[] = {0, 4, 1, 0, 0, 0, 1, 4, 1, 0, 0, 0};
	struct nftnl_set *n = nftnl_set_alloc();

	nftnl_set_set_str(n, NFTNL_SET_TABLE, f->table);
	nftnl_set_set_str(n, NFTNL_SET_NAME, s->name);
	nftnl_set_set_u32(n, NFTNL_SET_ID, s->id);
	nftnl_set_set_u32(n, NFTNL_SET_FAMILY, f->family);
	nftnl_set_set_u32(n, NFTNL_SET_KEY_TYPE, s->key_type);
	nftnl_set_set_u32(n, NFTNL_SET_KEY_LEN, s->key_len);
	if (s->is_map) {
		nftnl_set_set_u32(n, NFTNL_SET_FLAGS, NFT_SET_MAP);
		nftnl_set_set_u32(n, NFTNL_SET_DATA_TYPE, TYPE_INDEX);
		nftnl_set_set_u32(n, NFTNL_SET_DATA_LEN, sizeof(uint32_t));
		nftnl_set_set_data(n, NFTNL_SET_USERDATA, host_map,
				   sizeof(host_map));
	} else if (s->key_type == TYPE_INDEX) {
		nftnl_set_set_data(n, NFTNL_SET_USERDATA, host_key,
				   sizeof(host_key));
	}
	return n;
}

static void
put_set(struct fw_nft_batch *f, const struct set *s)
{
	struct nftnl_set *n = set_new(f, s);
	struct nlmsghdr *nlh = message(f, NFT_MSG_NEWSET, NLM_F_CREATE);

	nftnl_set_nlmsg_build_payload(nlh, n);
	nftnl_set_free(n);
	done(f, nlh);
}

/* Elements on their way into a set, ELEMS_MAX in a message. */
struct elems {
	struct fw_nft_batch *f;
	const struct set *s;
	struct nftnl_set *n;
	size_t count;
};

static void
elems_send(struct elems *e)
{
	struct nlmsghdr *nlh;

	if (e->n == NULL)
		return;
	nlh = message(e->f, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
	nftnl_set_elems_nlmsg_build_payload(nlh, e->n);
	nftnl_set_free(e->n);
	e->n = NULL;
	e->count = 0;
	done(e->f, nlh);
}

static void
elem_add(struct elems *e, const void *key, const uint32_t *data)
{
	struct nftnl_set_elem *one = nftnl_set_elem_alloc();

	if (e->n == NULL)
		e->n = set_new(e->f, e->s);
	nftnl_set_elem_set(one, NFTNL_SET_ELEM_KEY, key, e->s->key_len);
	if (data != NULL)
		nftnl_set_elem_set(one, NFTNL_SET_ELEM_DATA, data,
				   sizeof(*data));
	nftnl_set_elem_add(e->n, one);
	if (++e->count == ELEMS_MAX)
		elems_send(e);
}

static void
fill_vips(struct fw_nft_batch *f, const struct set *s)
{
	struct elems e = {.f = f, .s = s};

	for (size_t i = 0; i < f->w->n_block; i++) {
		const struct fw_block *b = &f->w->block[i];

		if (b->addr.family == f->family && b->dev[0] == '\0')
			elem_add(&e, b->addr.bytes, NULL);
	}
	elems_send(&e);
}

static void
fill_links(struct fw_nft_batch *f, const struct set *s)
{
	struct elems e = {.f = f, .s = s};
	uint8_t key[16 + IFNAMSIZ];

	for (size_t i = 0; i < f->w->n_block; i++) {
		const struct fw_block *b = &f->w->block[i];
		uint32_t index;

		if (b->addr.family != f->family || b->dev[0] == '\0')
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
		elem_add(&e, key, NULL);
	}
	elems_send(&e);
}

static void
fill_vmacs(struct fw_nft_batch *f, const struct set *s)
{
	struct elems e = {.f = f, .s = s};

	for (size_t i = 0; i < f->w->n_vmac; i++) {
		uint32_t own = if_nametoindex(f->w->vmac[i].name);
		uint32_t base = if_nametoindex(f->w->vmac[i].base);

		if (own != 0 && (base != 0 || !s->is_map))
			elem_add(&e, &own, s->is_map ? &base : NULL);
	}
	elems_send(&e);
}

/* ---- rules ---- */

/* Registers of 16 bytes; a compound key takes two. */
#define REG_A NFT_REG_1
#define REG_B NFT_REG_2

static struct nftnl_rule *
rule_new(const struct fw_nft_batch *f, const char *chain)
{
	struct nftnl_rule *r = nftnl_rule_alloc();

	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, f->table);
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
	nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, f->family);
	return r;
}

static void
load_header(struct nftnl_rule *r, uint32_t base, uint32_t offset, uint32_t len)
{
	struct nftnl_expr *e = nftnl_expr_alloc("payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, REG_A);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
	nftnl_rule_add_expr(r, e);
}

static void
load_meta(struct nftnl_rule *r, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *e = nftnl_expr_alloc("meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, reg);
	nftnl_rule_add_expr(r, e);
}

static void
compare(struct nftnl_rule *r, uint32_t op, uint8_t value)
{
	struct nftnl_expr *e = nftnl_expr_alloc("cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, REG_A);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, &value, sizeof(value));
	nftnl_rule_add_expr(r, e);
}

static void
protocol(struct nftnl_rule *r, uint32_t op, uint8_t proto)
{
	load_meta(r, NFT_META_L4PROTO, REG_A);
	compare(r, op, proto);
}

static void
look_up(struct nftnl_rule *r, uint32_t reg, const struct set *s)
{
	struct nftnl_expr *e = nftnl_expr_alloc("lookup");

	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, reg);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, s->name);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, s->id);
	if (s->is_map)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_DREG, reg);
	nftnl_rule_add_expr(r, e);
}

static void
load_address(struct nftnl_rule *r, const struct fw_nft_batch *f, bool is_source)
{
	if (f->family == NFPROTO_IPV4)
		load_header(r, NFT_PAYLOAD_NETWORK_HEADER, is_source ? 12 : 16,
			    4);
	else
		load_header(r, NFT_PAYLOAD_NETWORK_HEADER, is_source ? 8 : 24,
			    16);
}

static void
put_rule(struct fw_nft_batch *f, struct nftnl_rule *r, uint32_t verdict)
{
	struct nlmsghdr *nlh =
		message(f, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	struct nftnl_expr *e;

	if (f->w->has_counters)
		nftnl_rule_add_expr(r, nftnl_expr_alloc("counter"));
	e = nftnl_expr_alloc("immediate");
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, verdict);
	nftnl_rule_add_expr(r, e);
	nftnl_rule_nlmsg_build_payload(nlh, r);
	nftnl_rule_free(r);
	done(f, nlh);
}

/* What comes for an address, or goes out from it.  ICMP may go out: errors
 * and redirects of a router carry the virtual address (RFC 9568 §8.1.1). */
static void
put_block(struct fw_nft_batch *f, const struct set *s, bool is_out,
	  bool with_dev)
{
	struct nftnl_rule *r = rule_new(f, is_out ? CHAIN_OUT : CHAIN_IN);
	uint32_t dev = is_out ? NFT_META_OIFNAME : NFT_META_IIFNAME;

	if (f->w->by_index)
		dev = is_out ? NFT_META_OIF : NFT_META_IIF;
	if (is_out)
		protocol(r, NFT_CMP_NEQ,
			 f->family == NFPROTO_IPV4 ? IPPROTO_ICMP
						   : IPPROTO_ICMPV6);
	load_address(r, f, is_out);
	if (with_dev)
		load_meta(r, dev, REG_B);
	look_up(r, REG_A, s);
	put_rule(f, r, NF_DROP);
}

/* Neighbour solicitations and advertisements are never dropped (§6.4.3). */
static void
put_neighbour(struct fw_nft_batch *f, uint8_t type)
{
	struct nftnl_rule *r = rule_new(f, CHAIN_IN);

	protocol(r, NFT_CMP_EQ, IPPROTO_ICMPV6);
	load_header(r, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	compare(r, NFT_CMP_EQ, type);
	put_rule(f, r, NF_ACCEPT);
}

/* Group membership is nobody's answer, whatever its source address is. */
static void
put_membership(struct fw_nft_batch *f)
{
	struct nftnl_rule *r = rule_new(f, CHAIN_OUT);

	protocol(r, NFT_CMP_EQ, IPPROTO_IGMP);
	put_rule(f, r, NF_ACCEPT);
}

/* Group membership goes out on the interface below instead. */
static void
put_move(struct fw_nft_batch *f, const struct set *map, uint8_t proto, int type)
{
	struct nftnl_rule *r = rule_new(f, CHAIN_OUT);
	struct nftnl_expr *e = nftnl_expr_alloc("dup");

	protocol(r, NFT_CMP_EQ, proto);
	if (type >= 0) {
		load_header(r, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
		compare(r, NFT_CMP_EQ, (uint8_t)type);
	}
	load_address(r, f, false);
	load_meta(r, NFT_META_OIF, REG_B);
	look_up(r, REG_B, map);
	nftnl_expr_set_u32(e, NFTNL_EXPR_DUP_SREG_ADDR, REG_A);
	nftnl_expr_set_u32(e, NFTNL_EXPR_DUP_SREG_DEV, REG_B);
	nftnl_rule_add_expr(r, e);
	put_rule(f, r, NF_DROP);
}

static void
put_no_solicit(struct fw_nft_batch *f, const struct set *vmacs)
{
	struct nftnl_rule *r = rule_new(f, CHAIN_OUT);

	protocol(r, NFT_CMP_EQ, IPPROTO_ICMPV6);
	load_header(r, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	compare(r, NFT_CMP_EQ, ND_ROUTER_SOLICIT);
	load_meta(r, NFT_META_OIF, REG_B);
	look_up(r, REG_B, vmacs);
	put_rule(f, r, NF_DROP);
}

/* ---- one table ---- */

static void
put_vmacs(struct fw_nft_batch *f)
{
	static const struct set map = {MAP_VMAC, 1, TYPE_INDEX, 4, true};
	static const struct set vmacs = {SET_VMAC, 2, TYPE_INDEX, 4, false};
	static const uint8_t mld[] = {143 /* version 2 */, MLD_LISTENER_REPORT,
				      MLD_LISTENER_REDUCTION};

	put_set(f, &map);
	fill_vmacs(f, &map);
	if (f->family == NFPROTO_IPV4) {
		put_move(f, &map, IPPROTO_IGMP, -1);
		return;
	}
	put_set(f, &vmacs);
	fill_vmacs(f, &vmacs);
	for (size_t i = 0; i < ARRAY_LEN(mld); i++)
		put_move(f, &map, IPPROTO_ICMPV6, mld[i]);
	put_no_solicit(f, &vmacs);
}

static void
put_blocks(struct fw_nft_batch *f)
{
	static const struct set four = {SET_VIPS, 3, TYPE_ADDR4, 4, false};
	static const struct set six = {SET_VIPS, 3, TYPE_ADDR6, 16, false};
	static const struct set names = {
		SET_LINK, 4, TYPE_ADDR6 << TYPE_BITS | TYPE_NAME, 32, false};
	static const struct set indexes = {
		SET_LINK, 4, TYPE_ADDR6 << TYPE_BITS | TYPE_INDEX, 20, false};
	const struct set *vips = f->family == NFPROTO_IPV4 ? &four : &six;
	const struct set *links = f->w->by_index ? &indexes : &names;

	put_set(f, vips);
	fill_vips(f, vips);
	if (f->family == NFPROTO_IPV6) {
		put_neighbour(f, ND_NEIGHBOR_SOLICIT);
		put_neighbour(f, ND_NEIGHBOR_ADVERT);
		put_set(f, links);
		fill_links(f, links);
		put_block(f, links, false, true);
		put_block(f, links, true, true);
	}
	if (f->family == NFPROTO_IPV4)
		put_membership(f);
	put_block(f, vips, false, false);
	put_block(f, vips, true, false);
}

static bool
has_blocks(const struct fw_nft_batch *f)
{
	for (size_t i = 0; i < f->w->n_block; i++)
		if (f->w->block[i].addr.family == f->family)
			return true;
	return false;
}

/* The table away, whether there is one or not, and made anew. */
static void
put_family(struct fw_nft_batch *f, uint16_t family)
{
	f->family = family;
	put_table(f, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	put_table(f, NFT_MSG_DELTABLE, 0);
	if (f->w->by != FW_BY_NFT || !fw_want_has_family(f->w, family))
		return;
	put_table(f, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	put_chain(f, CHAIN_IN, NF_INET_LOCAL_IN);
	put_chain(f, CHAIN_OUT, NF_INET_LOCAL_OUT);
	if (f->w->n_vmac > 0)
		put_vmacs(f);
	if (has_blocks(f))
		put_blocks(f);
}

void
fw_nft_batch_write(struct fw_nft_batch *f, bool with_six)
{
	f->len = 0;
	border(f, NFNL_MSG_BATCH_BEGIN);
	put_family(f, NFPROTO_IPV4);
	if (with_six)
		put_family(f, NFPROTO_IPV6);
	border(f, NFNL_MSG_BATCH_END);
}

bool
fw_nft_is_mark(const void *data, size_t len)
{
	return data != NULL && len == sizeof(mark) &&
	       memcmp(data, &mark, sizeof(mark)) == 0;
}
