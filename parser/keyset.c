/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A uthash whose entries lie in an arena of their own; see keyset.h. */
#include "parser/keyset.h"

#include <string.h>
#include <uthash.h>

#include "lib/arena.h"
#include "lib/util.h"

struct entry {
	UT_hash_handle hh;
	void *obj;
	char key[];
};

struct keyset {
	struct arena *arena;
	struct entry *entries;
};

struct keyset *
keyset_new(void)
{
	struct keyset *s = xcalloc(1, sizeof(*s));

	s->arena = arena_new();
	return s;
}

void
keyset_free(struct keyset *s)
{
	if (s == NULL)
		return;
	HASH_CLEAR(hh, s->entries);
	arena_free(s->arena);
	free(s);
}

void *
keyset_find(const struct keyset *s, const void *key, size_t len)
{
	struct entry *e;

	HASH_FIND_BYHASHVALUE(hh, s->entries, key, len,
			      (unsigned)hash64_long(key, len), e);
	return e != NULL ? e->obj : NULL;
}

void *
keyset_put(struct keyset *s, const void *key, size_t len, void *obj)
{
	struct entry *e;
	unsigned hash;

	hash = (unsigned)hash64_long(key, len);
	HASH_FIND_BYHASHVALUE(hh, s->entries, key, len, hash, e);
	if (e != NULL)
		return e->obj;
	e = arena_alloc(s->arena, sizeof(*e) + len);
	e->obj = obj;
	memcpy(e->key, key, len);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, s->entries, e->key, len, hash, e);
	return NULL;
}
