/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What stands in the tables of nftables_ipvs: for each protocol a map from
 * address and port to mark, and a rule that sets it as the packet comes in.
 * Names and shape are keepalived's.  Entries for all ports of an address are
 * in a map of their own, asked after the other.
 */
#ifndef DUUMVIR_DAEMON_MARK_NFT_H
#define DUUMVIR_DAEMON_MARK_NFT_H

#include <stdbool.h>
#include <stdint.h>

struct mark_map;
struct nft_batch;

/* Writes the tables "ip" and (with_six) "ip6" of b; one without marks goes. */
void mark_nft_write(struct nft_batch *b, const struct mark_map *m,
		    int32_t priority, bool with_six);

#endif
