/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A chain of blocks, each twice the last up to a limit; see arena.h. */
#include "lib/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"

#define BLOCK_MIN   ((size_t)4096)
#define BLOCK_MAX   ((size_t)1 << 17)
#define BLOCK_SMALL ((size_t)512)

struct block {
	struct block *next;
	size_t size;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *blocks; /* the first is the one in use */
	size_t used;	      /* of the first block */
	size_t total;
	size_t expected; /* 0: not known, blocks double */
};

struct arena *
arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

struct arena *
arena_new_small(size_t expected)
{
	struct arena *a = arena_new();

	a->expected = expected > BLOCK_SMALL ? expected : BLOCK_SMALL;
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	for (struct block *b = a->blocks, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

static size_t
next_size(const struct arena *a)
{
	if (a->expected != 0)
		return a->blocks == NULL ? a->expected : BLOCK_SMALL;
	return a->blocks == NULL ? BLOCK_MIN : a->blocks->size * 2;
}

static void
arena_grow(struct arena *a, size_t size)
{
	size_t want = next_size(a);
	struct block *b;

	if (want > BLOCK_MAX)
		want = BLOCK_MAX;
	if (want < size)
		want = size;
	b = xcalloc(1, sizeof(*b) + want);
	b->size = want;
	b->next = a->blocks;
	a->blocks = b;
	a->used = 0;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	void *p;

	if (size > SIZE_MAX / 2)
		abort();
	size = (size + align - 1) & ~(align - 1);
	if (a->blocks == NULL || a->blocks->size - a->used < size)
		arena_grow(a, size);
	p = a->blocks->data + a->used;
	a->used += size;
	a->total += size;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (len > 0) /* s of an empty buffer may be NULL */
		memcpy(p, s, len);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return arena_strdup(a, "");
	p = arena_alloc(a, (size_t)len + 1);
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->total;
}
