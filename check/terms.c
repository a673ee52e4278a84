/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Terms by their key; see terms.h. */
#include "check/terms.h"

#include <assert.h>
#include <string.h>

#include "check/journal.h"
#include "check/probe.h"
#include "lib/buf.h"
#include "lib/util.h"

static struct terms *
terms_new(const struct checker_ops *ops, const struct checker_conf *c,
	  const struct buf *key)
{
	size_t n_tail = key->len - sizeof(struct probe_params);
	struct terms *t = xcalloc(1, sizeof(*t) + n_tail);

	t->ops = ops;
	t->identity = journal_key(key->data, key->len);
	memcpy(&t->params, key->data, sizeof(t->params));
	memcpy(t->tail, key->data + sizeof(t->params), n_tail);
	if (ops->common_new != NULL)
		t->common = ops->common_new(c);
	return t;
}

struct terms *
terms_join(struct terms **all, const struct checker_ops *ops,
	   const struct checker_conf *c, const struct buf *key)
{
	struct terms *t;

	assert(key->len >= sizeof(t->params));
	HASH_FIND(hh, *all, key->data, (unsigned)key->len, t);
	if (t == NULL) {
		t = terms_new(ops, c, key);
		HASH_ADD_KEYPTR(hh, *all,
				(uint8_t *)t + offsetof(struct terms, params),
				(unsigned)key->len, t);
	}
	t->n_users++;
	return t;
}

void
terms_leave(struct terms **all, struct terms *t)
{
	if (--t->n_users > 0)
		return;
	HASH_DEL(*all, t);
	if (t->ops->common_free != NULL)
		t->ops->common_free(t->common);
	free(t);
}
