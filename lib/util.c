/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Allocation that ends the process when memory is out, strings in fields,
 * random bytes; see util.h.
 */
#include "lib/util.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "lib/log.h"

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		fatal("out of memory");
	return p;
}

void *
xrealloc(void *p, size_t size)
{
	void *q = realloc(p, size);

	if (q == NULL && size > 0)
		fatal("out of memory");
	return q;
}

char *
xstrdup(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fatal("out of memory");
	return p;
}

void
str_fill(char *field, size_t size, const char *s)
{
	size_t len = strnlen(s, size - 1);

	memcpy(field, s, len);
	memset(field + len, 0, size - len);
}

uint64_t
hash64(const void *data, size_t len)
{
	const uint8_t *b = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	return h;
}

static inline uint64_t
mix64(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

uint64_t
hash64_long(const void *data, size_t len)
{
	const uint8_t *b = data, *end = b + len / 8 * 8;
	uint64_t h = len, word;

	for (; b < end; b += sizeof(word)) {
		memcpy(&word, b, sizeof(word));
		h = mix64(h, word);
	}
	word = 0;
	memcpy(&word, b, len % 8);
	return mix64(h, word);
}

struct hash128
hash128_long(const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len / 8 * 8;
	struct hash128 h = {len, ~(uint64_t)len};
	uint64_t word;

	for (; p < end; p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h.a = mix64(h.a, word);
		h.b = (h.b ^ word) * UINT64_C(0xd6e8feb86659fd93);
		h.b ^= h.b >> 32;
	}
	word = 0;
	memcpy(&word, p, len % 8);
	h.a = mix64(h.a, word);
	h.b = (h.b ^ word) * UINT64_C(0xd6e8feb86659fd93);
	return h;
}

int
rand_bytes(void *buf, size_t len)
{
	ssize_t n = getrandom(buf, len, GRND_NONBLOCK);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EAGAIN;
}
