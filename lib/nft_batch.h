/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Tables of nf_tables as one batch of bytes: tables, chains, sets and their
 * elements; rules are in nft_rule.h.  Nothing is asked and nothing is sent:
 * the same calls make the same bytes, so two batches can be compared.
 */
#ifndef DUUMVIR_NFT_BATCH_H
#define DUUMVIR_NFT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nftnl_set;
struct nlmsghdr;

/* Set the table's name; nft_batch_fini() when done. */
struct nft_batch {
	const char *table;
	uint32_t seq;
	uint8_t *buf;
	size_t len, size;
	uint16_t family; /* NFPROTO_* of what is being written */
};

/* Keys and data as nft names them (its numbers of types). */
enum nft_type {
	NFT_TYPE_INTEGER = 4,
	NFT_TYPE_ADDR4 = 7,
	NFT_TYPE_ADDR6 = 8,
	NFT_TYPE_PROTO = 12,
	NFT_TYPE_PORT = 13,
	NFT_TYPE_MARK = 19,
	NFT_TYPE_INDEX = 20,
	NFT_TYPE_NAME = 41,
	NFT_TYPE_BITS = 6, /* a compound: one type after the other */
};

/* Each part of a compound key fills whole words of 4 bytes. */
struct nft_set {
	const char *name;
	uint32_t id; /* within the batch, one of a kind in its table */
	uint32_t key_type, key_len;
	/* Of a map; its data is data_type, or a chain to go to. */
	bool is_map, is_verdict_map;
	uint32_t data_type, data_len;
	bool is_host_key, is_host_data; /* in host order, for nft's listing */
	bool is_anonymous; /* of one rule, which has to come; "__map%d" */
	/* The key is a compound and its elements are ranges that do not
	 * overlap: the bytes of each of its parts, then 0. */
	uint8_t part_len[4];
};

/* Everything is between these two. */
void nft_batch_begin(struct nft_batch *b);
void nft_batch_end(struct nft_batch *b);
void nft_batch_fini(struct nft_batch *b);

/* From here on it is about the table of this family: away, whether there is
 * one or not. */
void nft_put_no_table(struct nft_batch *b, uint16_t family);
/* The same, and made anew, empty. */
void nft_put_table(struct nft_batch *b, uint16_t family);
/* A base chain ("filter", "nat"); type NULL: one to go to. */
void nft_put_chain(struct nft_batch *b, const char *name, const char *type,
		   uint32_t hook, int32_t priority);
void nft_put_set(struct nft_batch *b, const struct nft_set *s);

/* Elements on their way into a set: {.b = .., .s = ..} to begin with. */
struct nft_elems {
	struct nft_batch *b;
	const struct nft_set *s;
	struct nftnl_set *n;
	size_t count;
};

/* data: of a map, else NULL.  The last of them need nft_elems_end(). */
void nft_elem_add(struct nft_elems *e, const void *key, const void *data);
/* Of a set of ranges: from first to last in each part of the key. */
void nft_elem_add_range(struct nft_elems *e, const void *first,
			const void *last, const void *data);
void nft_elem_add_goto(struct nft_elems *e, const void *key, const char *chain);
void nft_elems_end(struct nft_elems *e);

/* Is this user data of a table that we made? */
bool nft_is_mark(const void *data, size_t len);

/* Internal to the door: room for one message with its header, and its end. */
struct nlmsghdr *nft_message(struct nft_batch *b, uint16_t type,
			     uint16_t flags);
void nft_message_end(struct nft_batch *b, const struct nlmsghdr *nlh);

#endif
