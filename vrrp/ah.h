/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * auth_type AH: version 2 adverts behind an authentication header (RFC 2402,
 * RFC 2338 §5.3.6.3) with HMAC-MD5-96 (RFC 2403), in the form that keepalived
 * sends: the SPI is the sender's address, and of the IPv4 header only TOS,
 * fragment and checksum count as mutable, the TTL is covered.
 *
 * Pure: bytes in, bytes out.
 */
#ifndef DUUMVIR_VRRP_AH_H
#define DUUMVIR_VRRP_AH_H

#include "vrrp/auth.h"
#include "vrrp/packet.h"

/* Writes sequence number, IP identification and check value into a datagram
 * of vrrp_packet_encode_ipv4(); the kernel leaves the identification alone
 * when it is not 0. */
void vrrp_ah_seal(uint8_t *datagram, size_t len, uint32_t seq,
		  const struct auth_key *key);
/* AUTH_FAILURE: the check value is wrong; AH_REPLAY: it is right but not
 * after *last (0: whatever comes).  Accepted: *last moves on. */
enum vrrp_discard vrrp_ah_verify(const struct vrrp_origin *o,
				 const struct auth_key *key, uint32_t *last);

#endif
