/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Keeps tables of ours in nf_tables as somebody wants them: written when that
 * changes, written again when another has changed them or the kernel refused,
 * gone at the end.  What stands there is compared as bytes (lib/nft_batch.h),
 * so wanting the same costs nothing and touches nothing.
 */
#ifndef DUUMVIR_DAEMON_NFT_KEEP_H
#define DUUMVIR_DAEMON_NFT_KEEP_H

#include <stdbool.h>

struct ev_loop;
struct nft_batch;
struct nft_keep;

/* The whole batch for these tables, begin and end included; with_six: the
 * kernel has tables for IPv6. */
typedef void nft_write_fn(struct nft_batch *b, const void *want, bool with_six);

/* What is written, and where. */
struct nft_keep_conf {
	const char *table; /* tables "ip" and "ip6" of this name */
	const char *what;  /* in front of log lines */
	/* Network namespace: NULL the one we are in, "" that of process 1. */
	const char *netns;
	nft_write_fn *write;
};

/* conf stays the caller's, and stays. */
struct nft_keep *nft_keep_new(struct ev_loop *loop,
			      const struct nft_keep_conf *conf);
/* NULL is allowed; the tables stay. */
void nft_keep_free(struct nft_keep *k);
/*
 * From now on the tables are what write makes of want (NULL: no tables, not
 * even one that an earlier run has left).  0: they are; else -errno, said,
 * and it is tried again.
 */
int nft_keep_set(struct nft_keep *k, const void *want);

#endif
