/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Wanted addresses × addresses that are there → what to do.
 *
 * Pure.  An address is identified as the kernel does: interface, address and
 * prefix length (IPv6: without the prefix).  We take away only what is ours:
 * what carries our protocol number, or what we remember having added where a
 * kernel before 5.18 does not say whose an address is.
 */
#ifndef DUUMVIR_VRRP_RECONCILE_H
#define DUUMVIR_VRRP_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define VRRP_RTPROT	18 /* RTPROT_KEEPALIVED, also as IFA_PROTO */
#define PUT_BACK_BURST	10 /* a second, of each thing that others delete */
#define VIP_LABEL_LEN	16
#define VIP_LFT_FOREVER UINT32_MAX

/* One address with all that the kernel is told about it. */
struct vip_addr {
	struct addr addr;
	uint32_t ifindex; /* 0: the interface does not exist */
	uint8_t prefix_len;
	uint8_t scope;
	uint32_t flags;		/* IFA_F_* */
	uint32_t preferred_lft; /* s, or VIP_LFT_FOREVER */
	uint32_t valid_lft;	/* s; 0: for ever */
	struct addr broadcast, peer;
	char label[VIP_LABEL_LEN];
	uint8_t proto; /* IFA_PROTO; 0: VRRP_RTPROT */
};

/* What is known of it in the kernel. */
struct vip_actual {
	bool is_present;
	bool is_ours;
	bool is_finite; /* its lifetime ends */
	uint8_t scope;
	char label[VIP_LABEL_LEN];
};

/* One configured address: wanted while master. */
struct vip_slot {
	struct vip_addr want;
	struct vip_actual actual;
	bool is_wanted;
	bool is_changed; /* what it is to be is not what it was made */
	bool is_stale;	 /* its lifetime is to begin anew */
};

enum vip_op_kind {
	VIP_OP_NONE,
	VIP_OP_ADD,
	VIP_OP_DEL,
	VIP_OP_REPLACE, /* ours, but not as it is to be: del, add */
	VIP_OP_REFRESH, /* ours, its lifetime is to begin anew */
};

/* One address for the kernel. */
bool vip_is_same(const struct vip_addr *a, const struct vip_addr *b);
/* The same address after a reload: what of it is to be made anew. */
void vip_slot_inherit(struct vip_slot *s, const struct vip_slot *old);
enum vip_op_kind vip_reconcile(const struct vip_slot *s);

#endif
