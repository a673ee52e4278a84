/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Our tables in nf_tables, "ip NAME" and "ip6 NAME": the door to libnftnl.
 *
 * They are ours alone.  Each change replaces them whole in one transaction:
 * the kernel shows the old ones or the new ones, never nothing, and what a
 * crash or somebody else left in them is gone.  A transaction waits for those
 * of others, so this belongs in the supervisor, not in an engine.
 */
#ifndef DUUMVIR_VRRP_FW_NFT_H
#define DUUMVIR_VRRP_FW_NFT_H

#include <stdbool.h>

struct fw_nft;
struct fw_want;

/* 0 or -errno. */
int fw_nft_open(struct fw_nft **out);
/* NULL is allowed; the tables stay. */
void fw_nft_close(struct fw_nft *f);
/* Readable when somebody changes a table of any name. */
int fw_nft_fd(const struct fw_nft *f);
/* Reads what waits: has somebody else changed a table of this name?  (Also
 * when that cannot be known, because notifications were lost.) */
bool fw_nft_read(struct fw_nft *f, const char *table);
/*
 * Makes the tables of that name what is wanted (by == FW_BY_NFT, else: away).
 * 0 or -errno, and then nothing has changed.  Devices that do not exist now
 * are left out where indexes are asked for.
 */
int fw_nft_set(struct fw_nft *f, const char *table, const struct fw_want *w);
/* Is there a table of that name that one of us made? */
bool fw_nft_is_left(const char *table);

#endif
