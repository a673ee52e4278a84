/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Who says that an address is his: ARP packets with that sender (RFC 5227)
 * and neighbour advertisements with that target (RFC 4861 §4.4), and the
 * kernel's filters that let only those through.
 *
 * Pure: bytes in, values out.
 */
#ifndef DUUMVIR_VRRP_CLAIM_H
#define DUUMVIR_VRRP_CLAIM_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "vrrp/frame.h"

struct vrrp_claim {
	uint32_t ifindex;
	struct addr addr;
	uint8_t mac[VRRP_MAC_LEN];
};

/* Addresses that a filter names; with more it lets all of the kind pass. */
#define VRRP_CLAIM_ADDRS      256
#define VRRP_CLAIM_FILTER_MAX (2 * VRRP_CLAIM_ADDRS + 8)

/* An ARP packet without its Ethernet header; false: none that claims. */
bool vrrp_claim_from_arp(const uint8_t *data, size_t len, struct vrrp_claim *c);
/* An ICMPv6 message; false if it is no NA or names no link address. */
bool vrrp_claim_from_na(const uint8_t *data, size_t len, struct vrrp_claim *c);

/* The filter of a family's socket for n addresses of both; fills out
 * (VRRP_CLAIM_FILTER_MAX entries), returns how many. */
size_t vrrp_claim_filter(int family, const struct addr *a, size_t n,
			 struct sock_filter *out);

#endif
