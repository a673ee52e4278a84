/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Keyed hashes; see auth.h. */

/* The plain hash functions, which OpenSSL 3 would rather see wrapped: only
 * they can be copied and run without an allocation. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "vrrp/auth.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <string.h>

#define BLOCK 64 /* of SHA-256 and of MD5 */
#define IPAD  0x36
#define OPAD  0x5c

_Static_assert(sizeof(SHA256_CTX) <= AUTH_STATE_LEN, "room for a hash");
_Static_assert(sizeof(MD5_CTX) <= AUTH_STATE_LEN, "room for a hash");
_Static_assert(SHA256_DIGEST_LENGTH <= AUTH_MAC_MAX, "room for a digest");

union hash {
	SHA256_CTX sha256;
	MD5_CTX md5;
};

static void
hash_init(union hash *h, enum auth_alg alg)
{
	if (alg == AUTH_HMAC_SHA256)
		(void)SHA256_Init(&h->sha256); /* cannot fail, nor can those
						* below */
	else
		(void)MD5_Init(&h->md5);
}

static void
hash_update(union hash *h, enum auth_alg alg, const void *data, size_t len)
{
	if (alg == AUTH_HMAC_SHA256)
		(void)SHA256_Update(&h->sha256, data, len);
	else
		(void)MD5_Update(&h->md5, data, len);
}

static size_t
hash_final(union hash *h, enum auth_alg alg, uint8_t out[AUTH_MAC_MAX])
{
	if (alg == AUTH_HMAC_SHA256) {
		(void)SHA256_Final(out, &h->sha256);
		return SHA256_DIGEST_LENGTH;
	}
	(void)MD5_Final(out, &h->md5);
	return MD5_DIGEST_LENGTH;
}

/* A hash that has taken in the key; RFC 2104 §4. */
static void
begin(uint8_t state[AUTH_STATE_LEN], enum auth_alg alg, const uint8_t *secret,
      size_t len, uint8_t pad)
{
	uint8_t block[BLOCK];
	union hash h;

	for (size_t i = 0; i < BLOCK; i++)
		block[i] = (uint8_t)((i < len ? secret[i] : 0) ^ pad);
	memset(&h, 0, sizeof(h));
	hash_init(&h, alg);
	hash_update(&h, alg, block, BLOCK);
	memcpy(state, &h, sizeof(h));
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(&h, sizeof(h));
}

void
auth_key_init(struct auth_key *k, enum auth_alg alg, const void *secret,
	      size_t len)
{
	assert(len <= BLOCK);
	k->alg = alg;
	begin(k->inner, alg, secret, len, IPAD);
	begin(k->outer, alg, secret, len, OPAD);
}

void
auth_key_fini(struct auth_key *k)
{
	OPENSSL_cleanse(k, sizeof(*k));
}

void
auth_mac(const struct auth_key *k, const struct auth_part *part, size_t n,
	 void *out, size_t len)
{
	uint8_t digest[AUTH_MAC_MAX];
	union hash h;
	size_t size;

	memcpy(&h, k->inner, sizeof(h));
	for (size_t i = 0; i < n; i++)
		hash_update(&h, k->alg, part[i].data, part[i].len);
	size = hash_final(&h, k->alg, digest);
	memcpy(&h, k->outer, sizeof(h));
	hash_update(&h, k->alg, digest, size);
	size = hash_final(&h, k->alg, digest);
	assert(len <= size);
	memcpy(out, digest, len);
}

bool
auth_is_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
