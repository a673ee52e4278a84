/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Claims on service keys; see keymap.h. */
#include "check/keymap.h"

#include <assert.h>
#include <uthash.h>

#include "lib/util.h"

struct keymap_entry {
	UT_hash_handle hh;
	struct msg_svc_key key;
	uint32_t refs;
};

static struct keymap_entry *
find(const struct keymap *m, const struct msg_svc_key *key)
{
	struct keymap_entry *e;

	HASH_FIND(hh, m->head, key, sizeof(*key), e);
	return e;
}

void
keymap_ref(struct keymap *m, const struct msg_svc_key *key)
{
	struct keymap_entry *e = find(m, key);

	if (e == NULL) {
		e = xcalloc(1, sizeof(*e));
		e->key = *key;
		HASH_ADD(hh, m->head, key, sizeof(e->key), e);
	}
	e->refs++;
}

void
keymap_unref(struct keymap *m, const struct msg_svc_key *key)
{
	struct keymap_entry *e = find(m, key);

	assert(e != NULL);
	if (--e->refs > 0)
		return;
	HASH_DEL(m->head, e);
	free(e);
}

void
keymap_fini(struct keymap *m)
{
	struct keymap_entry *e, *next;

	HASH_ITER (hh, m->head, e, next) {
		HASH_DEL(m->head, e);
		free(e);
	}
}

uint32_t
keymap_refs(const struct keymap *m, const struct msg_svc_key *key)
{
	const struct keymap_entry *e = find(m, key);

	return e == NULL ? 0 : e->refs;
}
