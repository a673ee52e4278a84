/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Names: a hash of objects by list and name, and references verified once all
 * was read, so that the order of definitions does not matter.
 */
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "lib/util.h"
#include "parser/reader.h"

struct index_entry {
	UT_hash_handle hh;
	struct conf_obj *obj; /* NULL: a counter */
	uint32_t count;
	char key[]; /* list pointer, name */
};

#define KEY_MAX 512

/* Keys longer than this are cut: names that long are equal if their first
 * KEY_MAX bytes are. */
static size_t
make_key(char key[KEY_MAX], const struct conf_list *list, const char *name)
{
	size_t len = strnlen(name, KEY_MAX - sizeof(list));

	memcpy(key, &list, sizeof(list));
	memcpy(key + sizeof(list), name, len);
	return sizeof(list) + len;
}

static struct index_entry *
find_entry(struct conf_ctx *ctx, const struct conf_list *list, const char *name)
{
	char key[KEY_MAX];
	size_t len = make_key(key, list, name);
	struct index_entry *e;

	HASH_FIND(hh, ctx->index, key, len, e);
	return e;
}

static struct index_entry *
add_entry(struct conf_ctx *ctx, const struct conf_list *list, const char *name)
{
	char key[KEY_MAX];
	size_t len = make_key(key, list, name);
	struct index_entry *e = arena_alloc(ctx->scratch, sizeof(*e) + len);

	memcpy(e->key, key, len);
	HASH_ADD_KEYPTR(hh, ctx->index, e->key, len, e);
	return e;
}

void
index_add(struct conf_ctx *ctx, const struct conf_list *list,
	  struct conf_obj *obj)
{
	/* the first of a name stays the one that is found */
	if (find_entry(ctx, list, obj->name) == NULL)
		add_entry(ctx, list, obj->name)->obj = obj;
}

struct conf_obj *
index_find(struct conf_ctx *ctx, const struct conf_list *list, const char *name)
{
	struct index_entry *e = find_entry(ctx, list, name);

	return e != NULL ? e->obj : NULL;
}

/* How many objects of a table stand in a list. */
static uint32_t
count_in_list(const struct conf_list *list, const struct kw_block *block)
{
	const struct conf_obj *o;
	uint32_t n = 0;

	STAILQ_FOREACH (o, list, link)
		n += o->block == block;
	return n;
}

uint32_t
index_count(struct conf_ctx *ctx, const struct conf_list *list,
	    const struct kw *kw)
{
	char name[128];
	struct index_entry *e;

	if (STAILQ_EMPTY(list))
		return 1; /* nearly always */
	/* no object's name begins with this byte */
	(void)snprintf(name, sizeof(name), "\x01%s", kw->name);
	e = find_entry(ctx, list, name);
	if (e == NULL) {
		e = add_entry(ctx, list, name);
		e->count = count_in_list(list, kw->sub);
	}
	return ++e->count;
}

void
index_fini(struct conf_ctx *ctx)
{
	HASH_CLEAR(hh, ctx->index);
}

static const struct row *
find_kind(struct conf_ctx *ctx, const char *keyword)
{
	const struct row *r =
		table_find(ctx->schema.root, keyword, strlen(keyword));

	if (r != NULL && r->kw->type == KW_ALIAS)
		r = table_find(ctx->schema.root, r->kw->alias,
			       strlen(r->kw->alias));
	if (r == NULL || ctx->conf->module[r->module] == NULL ||
	    r->kw->type != KW_BLOCKS)
		return NULL;
	return r;
}

bool
conf_has_kind(struct conf_ctx *ctx, const char *keyword)
{
	return find_kind(ctx, keyword) != NULL;
}

struct conf_obj *
conf_find(struct conf_ctx *ctx, const char *keyword, const char *name)
{
	const struct row *r = find_kind(ctx, keyword);
	const char *root;

	if (r == NULL)
		return NULL;
	root = ctx->conf->module[r->module];
	return index_find(ctx, (const void *)(root + r->kw->offset), name);
}

/* ---- what was given ---- */

bool
conf_has_given(struct conf_ctx *ctx, const char *keyword)
{
	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];
		const char *root = ctx->conf->module[m->id];

		if (root == NULL)
			continue;
		if (conf_is_given((const void *)root, keyword) ||
		    (m->global.n_rows > 0 &&
		     conf_is_given((const void *)(root + m->global_offset),
				   keyword)))
			return true;
	}
	return false;
}

bool
conf_any_given(struct conf_ctx *ctx, const char *kind, const char *keyword)
{
	const struct row *r = find_kind(ctx, kind);
	const struct conf_obj *o;
	const char *root;

	if (r == NULL)
		return false;
	root = ctx->conf->module[r->module];
	STAILQ_FOREACH (
		o,
		(const struct conf_list *)(const void *)(root + r->kw->offset),
		link)
		if (conf_is_given(o, keyword))
			return true;
	return false;
}

/* ---- references ---- */

void
ref_note(struct conf_ctx *ctx, const struct ref *ref)
{
	struct ref *r;

	if (ctx->stop_pass <= ctx->pass)
		return;
	r = arena_alloc(ctx->scratch, sizeof(*r));
	*r = *ref;
	r->pos = ctx->pos;
	r->next = NULL;
	*ctx->refs_tail = r;
	ctx->refs_tail = &r->next;
}

static void
report_missing(struct conf_ctx *ctx, const struct ref *r, const char *name)
{
	const char *label =
		r->kw->ref_label != NULL ? r->kw->ref_label : r->kw->ref;
	struct diag_place {
		const char *open, *owner, *close;
	} p = {"", "", ""};

	if (r->owner != NULL && r->owner->name != NULL)
		p = (struct diag_place){"(", r->owner->name, ") "};
	conf_report_at(ctx, &r->pos, DIAG_GENERAL,
		       "%s%s%s%s %s not found, ignoring...", p.open, p.owner,
		       p.close, label, name);
}

/* Lines whose block was cleared go. */
static bool
is_resolved(void *arg, struct conf_obj *o)
{
	(void)arg; /* the object says it */
	return o->block != NULL;
}

void
resolve_refs(struct conf_ctx *ctx)
{
	struct conf_list *dirty = NULL;

	for (struct ref *r = ctx->refs; r != NULL; r = r->next) {
		const char *name =
			r->member != NULL ? *r->member : r->obj->name;
		const struct conf_obj *found;

		if (name == NULL || !conf_has_kind(ctx, r->kw->ref))
			continue;
		found = conf_find(ctx, r->kw->ref, name);
		if (found != NULL && !found->is_void)
			continue;
		if (found == NULL)
			report_missing(ctx, r, name);
		if (r->member != NULL) {
			*r->member = NULL;
			obj_set_given(r->obj, r->row, false);
			continue;
		}
		if (dirty != NULL && dirty != r->list)
			conf_filter(dirty, is_resolved, NULL);
		dirty = r->list;
		r->obj->block = NULL; /* swept with its list */
	}
	if (dirty != NULL)
		conf_filter(dirty, is_resolved, NULL);
}
