/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * VRRP's tables in nf_tables, "ip NAME" and "ip6 NAME", through the door of
 * lib/nft.h.  It asks the kernel nothing but the numbers of interfaces.
 */
#ifndef DUUMVIR_VRRP_FW_NFT_H
#define DUUMVIR_VRRP_FW_NFT_H

struct fw_want;
struct nft;

/*
 * Makes the tables of that name what is wanted (by == FW_BY_NFT, else: away).
 * 0 or -errno, and then nothing has changed.  Devices that do not exist now
 * are left out where indexes are asked for.
 */
int fw_nft_set(struct nft *n, const char *table, const struct fw_want *w);

#endif
