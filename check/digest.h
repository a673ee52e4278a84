/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * MD5 of a page, as `digest` of a url and genhash name it.  It tells pages
 * apart; it proves nothing against somebody who wants to deceive.
 */
#ifndef DUUMVIR_CHECK_DIGEST_H
#define DUUMVIR_CHECK_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_LEN     16
#define DIGEST_STR_LEN (2 * DIGEST_LEN + 1)

/* A running digest: a field, no allocation. */
struct md5 {
	uint64_t state[12];
};

void md5_init(struct md5 *d);
void md5_add(struct md5 *d, const void *data, size_t len);
/* d must be begun again before it is used again. */
void md5_end(struct md5 *d, uint8_t out[static DIGEST_LEN]);
/* Hexadecimal; returns text. */
const char *md5_print(const uint8_t digest[static DIGEST_LEN],
		      char text[static DIGEST_STR_LEN]);

#endif
