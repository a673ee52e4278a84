/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * ICMP and ICMPv6 echo as a check needs it (RFC 792, RFC 4443): a request out,
 * replies and errors in, as a raw socket gives them.  Pure.
 */
#ifndef DUUMVIR_CHECK_ICMP_MSG_H
#define DUUMVIR_CHECK_ICMP_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define ICMP_ECHO_LEN 64

struct icmp_echo {
	uint16_t id, seq;
	uint64_t nonce; /* in the data, so that nobody answers by guessing */
};

enum icmp_kind {
	ICMP_FOREIGN, /* nothing about an echo request */
	ICMP_REPLY,
	ICMP_ERROR, /* about a request; nonce is not known */
};

struct icmp_answer {
	enum icmp_kind kind;
	struct icmp_echo echo;
	struct addr target; /* of an error: whom the request was for */
	int error;	    /* errno */
};

/* The checksum of ICMPv6 is left to the kernel. */
void icmp_echo_encode(int family, const struct icmp_echo *e,
		      uint8_t buf[static ICMP_ECHO_LEN]);
/* IPv4: with the IP header, IPv6: without, as raw sockets have it. */
struct icmp_answer icmp_answer_decode(int family, const void *data, size_t len);

#endif
