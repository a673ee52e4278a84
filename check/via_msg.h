/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * TCP segments of a check that travels like forwarded traffic: to the virtual
 * address, plain (direct routing) or inside IPIP (tunnelling, RFC 2003); and
 * the answers to them, as a packet socket hears them.  IPv4.  Pure.
 */
#ifndef DUUMVIR_CHECK_VIA_MSG_H
#define DUUMVIR_CHECK_VIA_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* Two IP headers, a TCP header with one option. */
#define VIA_PACKET_MAX 64

struct via_segment {
	struct addr_port src, dst; /* of what arrives at the server */
	uint32_t seq;
	struct addr tunnel; /* the server, if it is to be tunnelled */
};

/* A SYN, or the RST that ends what it began (seq is then one more).  Returns
 * the length. */
size_t via_syn_encode(const struct via_segment *s,
		      uint8_t buf[static VIA_PACKET_MAX]);
size_t via_rst_encode(const struct via_segment *s,
		      uint8_t buf[static VIA_PACKET_MAX]);

enum via_kind {
	VIA_FOREIGN,  /* no answer to a SYN */
	VIA_ACCEPTED, /* SYN and ACK */
	VIA_REFUSED,  /* RST and ACK */
};

struct via_answer {
	enum via_kind kind;
	struct addr_port src, dst;
	uint32_t acked; /* the seq of our SYN */
};

/* data begins with the IP header.  Checksums are not looked at: what came
 * through this machine's own devices may not have them yet. */
struct via_answer via_answer_decode(const void *data, size_t len);

#endif
