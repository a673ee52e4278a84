/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Ethernet frames that tell neighbours where a virtual address now is:
 * gratuitous ARP (RFC 5227 §3 form, as request) and unsolicited neighbour
 * advertisement (RFC 4861 §4.4); and router advertisements.
 *
 * Pure: bytes only, nothing is sent here.
 */
#ifndef DUUMVIR_VRRP_FRAME_H
#define DUUMVIR_VRRP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define VRRP_MAC_LEN	    6
#define VRRP_FRAME_GARP_LEN 42
#define VRRP_FRAME_NA_LEN   86
#define VRRP_FRAME_MAX	    VRRP_FRAME_NA_LEN

/* Gratuitous ARP for an IPv4 address, unsolicited NA (override set, router
 * as given, not solicited) for an IPv6 address.  out has VRRP_FRAME_MAX
 * bytes; returns how many are used. */
size_t vrrp_frame_announce(const struct addr *a,
			   const uint8_t mac[VRRP_MAC_LEN], bool is_router,
			   uint8_t *out);

/*
 * A router advertisement (RFC 4861 §4.2) from a link-local address to all
 * nodes: the router's lifetime in seconds, its MAC, nothing else; other
 * parameters unspecified, hop limit 64.  out and result as above.
 */
size_t vrrp_frame_router_advert(const struct addr *src,
				const uint8_t mac[VRRP_MAC_LEN],
				uint16_t lifetime, uint8_t *out);
/* ARP request of src (unset: a probe) for an IPv4 address. */
size_t vrrp_frame_ask(const struct addr *a, const struct addr *src,
		      const uint8_t mac[VRRP_MAC_LEN], uint8_t *out);

#endif
