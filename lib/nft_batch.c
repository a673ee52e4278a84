/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Tables, chains and sets of nf_tables as bytes; see nft_batch.h.
 */
#include "lib/nft_batch.h"

#include <netinet/in.h>

/* After netinet/in.h, which they replace in part. */
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

enum {
	MSG_ROOM = 65536, /* for one message of the batch */
	ELEMS_MAX = 512,  /* in one message */
	/* nft's own notes in the user data of a set: byte orders. */
	NOTE_KEY_ORDER = 0,
	NOTE_DATA_ORDER = 1,
	ORDER_HOST = 1,
	NOTE_LEN = 6,
	/* What the kernel calls data that is a verdict. */
	TYPE_VERDICT = (int)NFT_DATA_VERDICT,
};

/* In a table's user data, as `comment` of nft. */
#define COMMENT "duumvir"

/* ---- the batch ---- */

struct nlmsghdr *
nft_message(struct nft_batch *b, uint16_t type, uint16_t flags)
{
	if (b->size - b->len < MSG_ROOM) {
		b->size = b->size * 2 + 2 * MSG_ROOM;
		b->buf = xrealloc(b->buf, b->size);
		/* The libraries leave padding as they find it. */
		memset(b->buf + b->len, 0, b->size - b->len);
	}
	return nftnl_nlmsg_build_hdr((char *)b->buf + b->len, type, b->family,
				     flags, ++b->seq);
}

void
nft_message_end(struct nft_batch *b, const struct nlmsghdr *nlh)
{
	b->len += NLMSG_ALIGN(nlh->nlmsg_len);
}

static void
border(struct nft_batch *b, uint16_t type)
{
	struct nlmsghdr *nlh;
	struct nfgenmsg *nfg;

	b->family = AF_UNSPEC;
	nlh = nft_message(b, 0, 0);
	nlh->nlmsg_type = type;
	nfg = mnl_nlmsg_get_payload(nlh);
	nfg->res_id = htons(NFNL_SUBSYS_NFTABLES);
	nft_message_end(b, nlh);
}

void
nft_batch_begin(struct nft_batch *b)
{
	if (b->len > 0)
		memset(b->buf, 0, b->len);
	b->len = 0;
	b->seq = 0;
	border(b, NFNL_MSG_BATCH_BEGIN);
}

void
nft_batch_end(struct nft_batch *b)
{
	border(b, NFNL_MSG_BATCH_END);
}

void
nft_batch_fini(struct nft_batch *b)
{
	free(b->buf);
	b->buf = NULL;
	b->len = b->size = 0;
}

/* ---- tables and chains ---- */

static const struct {
	uint8_t type, len;
	char text[sizeof(COMMENT)];
} mark = {NFTNL_UDATA_TABLE_COMMENT, sizeof(COMMENT), COMMENT};

bool
nft_is_mark(const void *data, size_t len)
{
	return data != NULL && len == sizeof(mark) &&
	       memcmp(data, &mark, sizeof(mark)) == 0;
}

static void
put_table(struct nft_batch *b, uint16_t type, uint16_t flags)
{
	struct nftnl_table *t = nftnl_table_alloc();
	struct nlmsghdr *nlh = nft_message(b, type, flags);

	nftnl_table_set_str(t, NFTNL_TABLE_NAME, b->table);
	if (type == NFT_MSG_NEWTABLE)
		nftnl_table_set_data(t, NFTNL_TABLE_USERDATA, &mark,
				     sizeof(mark));
	nftnl_table_nlmsg_build_payload(nlh, t);
	nftnl_table_free(t);
	nft_message_end(b, nlh);
}

void
nft_put_no_table(struct nft_batch *b, uint16_t family)
{
	b->family = family;
	put_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	put_table(b, NFT_MSG_DELTABLE, 0);
}

void
nft_put_table(struct nft_batch *b, uint16_t family)
{
	nft_put_no_table(b, family);
	put_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
}

void
nft_put_chain(struct nft_batch *b, const char *name, const char *type,
	      uint32_t hook, int32_t priority)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	struct nlmsghdr *nlh = nft_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);

	nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, b->table);
	nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, name);
	if (type != NULL) {
		nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, type);
		nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, hook);
		nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, priority);
	}
	nftnl_chain_nlmsg_build_payload(nlh, c);
	nftnl_chain_free(c);
	nft_message_end(b, nlh);
}

/* ---- sets ---- */

static size_t
note(uint8_t *buf, uint8_t what)
{
	const uint32_t order = ORDER_HOST;

	buf[0] = what;
	buf[1] = sizeof(order);
	memcpy(buf + 2, &order, sizeof(order));
	return NOTE_LEN;
}

static struct nftnl_set *
set_new(const struct nft_batch *b, const struct nft_set *s)
{
	struct nftnl_set *n = nftnl_set_alloc();
	uint8_t notes[2 * NOTE_LEN];
	uint32_t flags = 0;
	size_t len = 0;

	nftnl_set_set_str(n, NFTNL_SET_TABLE, b->table);
	nftnl_set_set_str(n, NFTNL_SET_NAME, s->name);
	nftnl_set_set_u32(n, NFTNL_SET_ID, s->id);
	nftnl_set_set_u32(n, NFTNL_SET_FAMILY, b->family);
	nftnl_set_set_u32(n, NFTNL_SET_KEY_TYPE, s->key_type);
	nftnl_set_set_u32(n, NFTNL_SET_KEY_LEN, s->key_len);
	if (s->is_anonymous)
		flags |= NFT_SET_ANONYMOUS | NFT_SET_CONSTANT;
	if (s->is_map)
		flags |= NFT_SET_MAP;
	if (s->part_len[0] != 0) {
		flags |= NFT_SET_INTERVAL | NFT_SET_CONCAT;
		nftnl_set_set_data(n, NFTNL_SET_DESC_CONCAT, s->part_len,
				   sizeof(s->part_len));
	}
	if (flags != 0)
		nftnl_set_set_u32(n, NFTNL_SET_FLAGS, flags);
	if (s->is_map) {
		nftnl_set_set_u32(n, NFTNL_SET_DATA_TYPE,
				  s->is_verdict_map ? (uint32_t)TYPE_VERDICT
						    : s->data_type);
		nftnl_set_set_u32(n, NFTNL_SET_DATA_LEN, s->data_len);
	}
	if (s->is_host_key)
		len += note(notes, NOTE_KEY_ORDER);
	if (s->is_host_data)
		len += note(notes + len, NOTE_DATA_ORDER);
	if (len > 0)
		nftnl_set_set_data(n, NFTNL_SET_USERDATA, notes, (uint32_t)len);
	return n;
}

void
nft_put_set(struct nft_batch *b, const struct nft_set *s)
{
	struct nftnl_set *n = set_new(b, s);
	struct nlmsghdr *nlh = nft_message(b, NFT_MSG_NEWSET, NLM_F_CREATE);

	nftnl_set_nlmsg_build_payload(nlh, n);
	nftnl_set_free(n);
	nft_message_end(b, nlh);
}

void
nft_elems_end(struct nft_elems *e)
{
	struct nlmsghdr *nlh;

	if (e->n == NULL)
		return;
	nlh = nft_message(e->b, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
	nftnl_set_elems_nlmsg_build_payload(nlh, e->n);
	nftnl_set_free(e->n);
	e->n = NULL;
	e->count = 0;
	nft_message_end(e->b, nlh);
}

static struct nftnl_set_elem *
elem_new(struct nft_elems *e, const void *key)
{
	struct nftnl_set_elem *one = nftnl_set_elem_alloc();

	if (e->n == NULL)
		e->n = set_new(e->b, e->s);
	nftnl_set_elem_set(one, NFTNL_SET_ELEM_KEY, key, e->s->key_len);
	return one;
}

static void
elem_take(struct nft_elems *e, struct nftnl_set_elem *one)
{
	nftnl_set_elem_add(e->n, one);
	if (++e->count == ELEMS_MAX)
		nft_elems_end(e);
}

static void
elem_take_data(struct nft_elems *e, struct nftnl_set_elem *one,
	       const void *data)
{
	if (data != NULL)
		nftnl_set_elem_set(one, NFTNL_SET_ELEM_DATA, data,
				   e->s->data_len);
	elem_take(e, one);
}

void
nft_elem_add(struct nft_elems *e, const void *key, const void *data)
{
	elem_take_data(e, elem_new(e, key), data);
}

void
nft_elem_add_range(struct nft_elems *e, const void *first, const void *last,
		   const void *data)
{
	struct nftnl_set_elem *one = elem_new(e, first);

	nftnl_set_elem_set(one, NFTNL_SET_ELEM_KEY_END, last, e->s->key_len);
	elem_take_data(e, one, data);
}

void
nft_elem_add_goto(struct nft_elems *e, const void *key, const char *chain)
{
	struct nftnl_set_elem *one = elem_new(e, key);

	nftnl_set_elem_set_u32(one, NFTNL_SET_ELEM_VERDICT, (uint32_t)NFT_GOTO);
	nftnl_set_elem_set_str(one, NFTNL_SET_ELEM_CHAIN, chain);
	elem_take(e, one);
}
