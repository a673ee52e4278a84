/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Keyed hashes: the one door of the vrrp engine to OpenSSL (libcrypto).
 *
 * A key is hashed once, when the configuration is taken; a message then costs
 * no allocation and no look-up of an algorithm, because it is made while an
 * advert is due.  Pure: no clock, no I/O, no state but the key.
 */
#ifndef DUUMVIR_VRRP_AUTH_H
#define DUUMVIR_VRRP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum auth_alg {
	AUTH_HMAC_SHA256, /* auth_hmac; RFC 2104, RFC 6234 */
	AUTH_HMAC_MD5,	  /* AH's HMAC-MD5-96, RFC 2403 */
};

#define AUTH_STATE_LEN 128 /* room for a hash that has begun */
#define AUTH_MAC_MAX   32

/* Holds the secret, ready for use: wipe it when it is no longer needed. */
struct auth_key {
	enum auth_alg alg;
	_Alignas(8) uint8_t inner[AUTH_STATE_LEN];
	_Alignas(8) uint8_t outer[AUTH_STATE_LEN];
};

/* One stretch of what is hashed. */
struct auth_part {
	const void *data;
	size_t len;
};

/* A secret of at most 64 bytes, the block of both hashes. */
void auth_key_init(struct auth_key *k, enum auth_alg alg, const void *secret,
		   size_t len);
void auth_key_fini(struct auth_key *k);
/* The first len bytes of the HMAC of all parts, one behind the other. */
void auth_mac(const struct auth_key *k, const struct auth_part *part, size_t n,
	      void *out, size_t len);
/* In a time that does not tell where they differ. */
bool auth_is_equal(const void *a, const void *b, size_t len);

#endif
