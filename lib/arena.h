/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A bump allocator whose objects die together: one arena per configuration.
 *
 * Memory is zeroed and aligned for any type.  Running out of memory is fatal
 * (nothing here returns NULL), so callers need no error path.
 */
#ifndef DUUMVIR_ARENA_H
#define DUUMVIR_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* For little that is nearly known: one block of that many bytes, and further
 * ones that stay small. */
struct arena *arena_new_small(size_t expected);
/* Frees the arena and everything in it; NULL is allowed. */
void arena_free(struct arena *a);
void *arena_alloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Bytes handed out so far. */
size_t arena_used(const struct arena *a);

#endif
