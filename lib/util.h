/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Cleanup attributes, ownership transfer and memory that is never NULL. */
#ifndef DUUMVIR_UTIL_H
#define DUUMVIR_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define CLEANUP(fn)  __attribute__((cleanup(fn), unused))
#define CLEANUP_FD   CLEANUP(util_close_p)
#define CLEANUP_FREE CLEANUP(util_free_p)

/* Hands a pointer or descriptor on and forgets it here. */
#define TAKE_PTR(p)                                                            \
	({                                                                     \
		__typeof__(p) t_ = p;                                          \
		p = NULL;                                                      \
		t_;                                                            \
	})
#define TAKE_FD(fd)                                                            \
	({                                                                     \
		int t_ = fd;                                                   \
		fd = -1;                                                       \
		t_;                                                            \
	})

static inline void
util_close_p(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing is lost: read or socket */
}

static inline void
util_free_p(void *p)
{
	free(*(void **)p);
}

/*
 * Copies what fits of s into a field of size bytes, ends it with NUL and fills
 * the rest with NUL, as message payloads and keys want it.
 */
void str_fill(char *field, size_t size, const char *s);

/* Up to 256 bytes that nobody can guess; never waits.  0 or -errno. */
int rand_bytes(void *buf, size_t len);

/* 64 bit FNV-1a: the same in every process and run; not against malice. */
uint64_t hash64(const void *data, size_t len);

/* Faster for long keys and texts, as little against malice. */
uint64_t hash64_long(const void *data, size_t len);

/* Two such in one: texts of the same digest and length are taken to be the
 * same where nobody gains by making two alike. */
struct hash128 {
	uint64_t a, b;
};
struct hash128 hash128_long(const void *data, size_t len);

/* calloc(), realloc(), strdup() that end the process when memory is out. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);

#endif
