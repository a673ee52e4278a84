/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What stands in our tables in nf_tables, as bytes for the kernel.  It asks
 * the kernel nothing but the numbers of interfaces.
 *
 * Internal to the door (fw_nft.c, fw_nft_table.c).
 */
#ifndef DUUMVIR_VRRP_FW_NFT_TABLE_H
#define DUUMVIR_VRRP_FW_NFT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fw_want;

/* The first three are the caller's; free buf when done. */
struct fw_nft_batch {
	const struct fw_want *w;
	const char *table;
	uint32_t seq;
	uint8_t *buf;
	size_t len, size;
	uint16_t family; /* of what is being written */
};

/* Tables "ip" and, with_six, "ip6": away, and made anew if wanted. */
void fw_nft_batch_write(struct fw_nft_batch *b, bool with_six);
/* Is this user data of a table that we made? */
bool fw_nft_is_mark(const void *data, size_t len);

#endif
