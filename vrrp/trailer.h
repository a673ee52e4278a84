/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The auth_hmac trailer of an advert (draft-cassen-vrrp-auth-hmac): 28 bytes
 * that say when it was sent, with which key, and prove both.
 *
 * | offset | size | field                                     |
 * |      0 |    1 | type, 1: HMAC-SHA256, first 128 bits      |
 * |      1 |    1 | key id, 1..255                            |
 * |      2 |    2 | reserved, 0                               |
 * |      4 |    4 | UTC seconds since 1970                    |
 * |      8 |    2 | fraction of the second in 1/65536         |
 * |     10 |    2 | counter within one time stamp             |
 * |     12 |   16 | HMAC                                      |
 *
 * Seconds, fraction and counter are one number of 64 bits, the sequence.
 * Pure: wall time is an argument; nothing is kept here.
 */
#ifndef DUUMVIR_VRRP_TRAILER_H
#define DUUMVIR_VRRP_TRAILER_H

#include "lib/addr.h"
#include "lib/monotime.h"
#include "vrrp/auth.h"

#define VRRP_TRAILER_LEN  28
#define VRRP_TRAILER_TYPE 1

/* What is signed: a VRRP message without trailer, and who sends it. */
struct vrrp_signed {
	const struct addr *src;
	const uint8_t *msg; /* at least a VRRP header */
	size_t len;
};

struct vrrp_trailer {
	uint8_t key_id;
	uint64_t seq;
	const uint8_t *bytes; /* all VRRP_TRAILER_LEN of them */
};

/* False: unknown type, no key id, or a reserved bit is set. */
bool vrrp_trailer_decode(const uint8_t bytes[VRRP_TRAILER_LEN],
			 struct vrrp_trailer *t);
bool vrrp_trailer_is_genuine(const struct vrrp_trailer *t,
			     const struct auth_key *key,
			     const struct vrrp_signed *what);
void vrrp_trailer_encode(uint8_t out[VRRP_TRAILER_LEN], uint8_t key_id,
			 uint64_t seq, const struct auth_key *key,
			 const struct vrrp_signed *what);

/* ---- the sequence ---- */

/* wall: nanoseconds since 1970, UTC */
uint64_t vrrp_seq_of(nsec_t wall);
/* RFC 1982: is a behind b? */
bool vrrp_seq_is_after(uint64_t a, uint64_t b);
/* How far the time of a sequence is ahead of the clock, to the second as the
 * field has it; negative: behind. */
nsec_t vrrp_seq_ahead(uint64_t seq, nsec_t wall);
/* What to send after last (0: nothing yet).  window > 0: time mode. */
uint64_t vrrp_seq_next(uint64_t last, nsec_t wall, nsec_t window);

#endif
