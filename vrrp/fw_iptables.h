/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The same filter for iptables, as texts: what iptables-restore --noflush and
 * ipset restore are to read.  Pure; the supervisor runs the programs.
 *
 * Rules stand in chains of our own, made anew whole and atomically, so that
 * what a crash has left is taken over; the user's chain gets one jump.
 */
#ifndef DUUMVIR_VRRP_FW_IPTABLES_H
#define DUUMVIR_VRRP_FW_IPTABLES_H

#include <stdbool.h>

struct buf;
struct fw_want;

#define FW_CHAIN_LEN 29

/* Our chain behind the user's one. */
void fw_iptables_chain(const struct fw_want *w, bool is_out,
		       char name[static FW_CHAIN_LEN]);
/* All sets as they are to be, each swapped in whole. */
void fw_iptables_sets(const struct fw_want *w, struct buf *out);
/* The sets that were used and are not any more (now NULL: none is). */
void fw_iptables_sets_gone(const struct fw_want *was, const struct fw_want *now,
			   struct buf *out);
/* The rules of one family; has_jump: the user's chain leads to ours. */
void fw_iptables_rules(const struct fw_want *w, int family,
		       const bool has_jump[2], struct buf *out);
void fw_iptables_rules_away(const struct fw_want *w, const bool has_jump[2],
			    struct buf *out);

#endif
