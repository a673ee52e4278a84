/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * nf_tables: the door.  What stands in a table is written by nft_batch.h and
 * nft_rule.h; here it goes to the kernel in one transaction, and here is
 * heard what others do.
 *
 * A table of ours is ours alone: "ip NAME" and "ip6 NAME", with a mark in the
 * user data.  Each change replaces it whole: the kernel shows the old one or
 * the new one, never nothing, and what a crash or somebody else left in it is
 * gone.  A transaction waits for those of others, so this belongs in the
 * supervisor, not in an engine.
 */
#ifndef DUUMVIR_NFT_H
#define DUUMVIR_NFT_H

#include <stdbool.h>

struct nft;
struct nft_batch;

/* 0 or -errno. */
int nft_open(struct nft **out);
/* NULL is allowed; the tables stay. */
void nft_close(struct nft *n);
/* Readable when somebody changes a table of any name. */
int nft_fd(const struct nft *n);
/* Reads what waits: has somebody else changed a table of this name?  (Also
 * when that cannot be known, because notifications were lost.) */
bool nft_read(struct nft *n, const char *table);
/* All of the batch, or nothing: 0 or -errno. */
int nft_commit(struct nft *n, const struct nft_batch *b);
/* Is there a table of that name that one of us made? */
bool nft_is_left(const char *table);

#endif
