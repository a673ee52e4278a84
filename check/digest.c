/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* MD5 of pages; see digest.h. */

/* The plain functions, which OpenSSL 3 would rather see wrapped: only their
 * state is a plain field. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "check/digest.h"

#include <openssl/md5.h>
#include <stdio.h>

_Static_assert(sizeof(MD5_CTX) <= sizeof(struct md5), "room for a hash");
_Static_assert(MD5_DIGEST_LENGTH == DIGEST_LEN, "length of MD5");

/* None of these can fail. */

void
md5_init(struct md5 *d)
{
	(void)MD5_Init((MD5_CTX *)(void *)d->state);
}

void
md5_add(struct md5 *d, const void *data, size_t len)
{
	(void)MD5_Update((MD5_CTX *)(void *)d->state, data, len);
}

void
md5_end(struct md5 *d, uint8_t out[static DIGEST_LEN])
{
	(void)MD5_Final(out, (MD5_CTX *)(void *)d->state);
}

const char *
md5_print(const uint8_t digest[static DIGEST_LEN],
	  char text[static DIGEST_STR_LEN])
{
	for (size_t i = 0; i < DIGEST_LEN; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}
