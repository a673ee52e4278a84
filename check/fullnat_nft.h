/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * FULLNAT's tables in nf_tables, "ip NAME" and "ip6 NAME", as bytes.
 */
#ifndef DUUMVIR_CHECK_FULLNAT_NFT_H
#define DUUMVIR_CHECK_FULLNAT_NFT_H

#include <stdbool.h>
#include <stdint.h>

struct fullnat_want;
struct nft_batch;

/* The whole batch; what is not wanted is away in it.  with_six: the kernel
 * has tables for IPv6. */
void fullnat_nft_write(struct nft_batch *b, const struct fullnat_want *w,
		       bool with_six);

#endif
