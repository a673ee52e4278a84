/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Keyword tables made ready for one reading: a hash per block, rows of all
 * modules merged at the top level and in global_defs, and a template of each
 * object with its defaults.  About a thousand rows: microseconds.
 */
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

static struct table *table_get(struct conf_ctx *ctx,
			       const struct kw_block *block,
			       enum conf_module_id module);

static uint32_t
hash_word(const char *s, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h ^ h >> 15;
}

const struct row *
table_find(const struct table *t, const char *s, size_t len)
{
	uint32_t i = hash_word(s, len) & t->mask;

	while (t->slot[i] != 0) {
		const struct row *r = &t->row[t->slot[i] - 1];

		if (strncmp(r->kw->name, s, len) == 0 &&
		    r->kw->name[len] == '\0')
			return r;
		i = (i + 1) & t->mask;
	}
	return NULL;
}

static void
table_hash(struct conf_ctx *ctx, struct table *t)
{
	uint32_t size = 8;

	while (size < t->n * 2)
		size *= 2;
	t->mask = size - 1;
	t->slot = arena_alloc(ctx->arena, size * sizeof(*t->slot));
	for (uint32_t k = 0; k < t->n; k++) {
		const char *name = t->row[k].kw->name;
		uint32_t i = hash_word(name, strlen(name)) & t->mask;

		if (t->row[k].kw->type == KW_DOC)
			continue;
		while (t->slot[i] != 0)
			i = (i + 1) & t->mask;
		t->slot[i] = k + 1;
	}
}

/* Makes the rows of block the table's next rows. */
static void
add_rows(struct conf_ctx *ctx, struct table *t, const struct kw_block *block,
	 enum conf_module_id module)
{
	for (uint32_t i = 0; i < block->n_rows; i++) {
		const struct kw *kw = &block->row[i];

		t->row[t->n++] = (struct row){
			.kw = kw,
			.block = block,
			.index = i,
			.module = module,
			.sub = kw->sub != NULL ? table_get(ctx, kw->sub, module)
					       : NULL,
			.needs_raw = kw->type == KW_SCRIPT ||
				     kw->type == KW_CUSTOM ||
				     (kw->flags & KW_ESCAPES) != 0,
		};
	}
}

static void
add_list(struct conf_ctx *ctx, struct table *t, uint32_t offset)
{
	if (t->n_lists == t->lists_size) {
		uint32_t *old = t->list;

		t->lists_size = t->lists_size == 0 ? 8 : t->lists_size * 2;
		t->list = arena_alloc(ctx->arena,
				      t->lists_size * sizeof(*t->list));
		if (old != NULL)
			memcpy(t->list, old, t->n_lists * sizeof(*old));
	}
	t->list[t->n_lists++] = offset;
}

/* Parses .def into the member. */
static void
apply_default(struct conf_ctx *ctx, const struct row *row, void *base)
{
	char *text =
		arena_printf(ctx->arena, "%s %s", row->kw->name, row->kw->def);
	struct src_line l = {.s = text, .len = strlen(text)};
	struct lex lx = {0};
	enum lex_end end;

	lex_start(&lx, &l);
	if (lex_next(ctx, &lx, &end)) {
		struct kw_in in = {
			.ctx = ctx,
			.kw = row->kw,
			.obj = base,
			.word = lx.word,
			.n = lx.n,
			.raw = arena_strdup(ctx->arena, text),
		};

		lex_terminate(&lx);
		(void)value_parse(&in, row); /* a wrong default stays unset */
	}
	free(lx.word);
}

/*
 * Defaults of a block's rows into the struct at base, which lies at offset in
 * the object that t makes; lists are noted in t.
 */
static void
fill_defaults(struct conf_ctx *ctx, struct table *t, const struct row *row,
	      uint32_t n, void *base, uint32_t offset)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct kw *kw = row[i].kw;
		const struct table *sub = row[i].sub;
		char *member = (char *)base + kw->offset;

		if (kw->type == KW_BLOCKS || kw->type == KW_LINES) {
			if (kw->size >= sizeof(struct conf_list))
				add_list(ctx, t, offset + kw->offset);
			continue;
		}
		if (kw->def != NULL && kw->size > 0 && kw->type != KW_ALIAS)
			apply_default(ctx, &row[i], base);
		if (sub == NULL || kw->type == KW_CUSTOM)
			continue;
		if ((kw->type == KW_BLOCK || kw->type == KW_LINE) &&
		    kw->size >= sizeof(struct conf_obj)) {
			((struct conf_obj *)(void *)member)->block = kw->sub;
			if (!kw->sub->is_flat) {
				fill_defaults(ctx, t, sub->row, sub->n, member,
					      offset + kw->offset);
				if (kw->sub->init != NULL)
					kw->sub->init(member);
				continue;
			}
		}
		fill_defaults(ctx, t, sub->row, sub->n, base, offset);
	}
}

const struct table *
schema_find(const struct conf_ctx *ctx, const struct kw_block *block)
{
	const struct table *t = ctx->schema.tables;

	while (t != NULL && t->block != block)
		t = t->next;
	return t;
}

static struct table *
table_get(struct conf_ctx *ctx, const struct kw_block *block,
	  enum conf_module_id module)
{
	struct table *t = (struct table *)(uintptr_t)schema_find(ctx, block);

	if (t != NULL)
		return t;
	t = arena_alloc(ctx->arena, sizeof(*t));
	t->block = block;
	t->next = ctx->schema.tables;
	ctx->schema.tables = t;
	t->row = arena_alloc(ctx->arena, (block->n_rows + 1) * sizeof(*t->row));
	add_rows(ctx, t, block, module);
	table_hash(ctx, t);
	if (block->size >= sizeof(struct conf_obj) && !block->is_flat) {
		t->template = arena_alloc(ctx->arena, block->size);
		((struct conf_obj *)t->template)->block = block;
		fill_defaults(ctx, t, t->row, t->n, t->template, 0);
		if (block->init != NULL)
			block->init(t->template);
	}
	return t;
}

static void
init_lists(const struct table *t, void *obj)
{
	for (uint32_t i = 0; i < t->n_lists; i++)
		STAILQ_INIT(
			(struct conf_list *)(void *)((char *)obj + t->list[i]));
}

void *
table_new_object(struct conf_ctx *ctx, const struct table *t)
{
	struct conf_obj *obj = arena_alloc(ctx->arena, t->block->size);

	memcpy(obj, t->template, t->block->size);
	init_lists(t, obj);
	obj->pos = ctx->pos;
	return obj;
}

static struct table *
merged_table(struct conf_ctx *ctx, bool is_global)
{
	struct table *t = arena_alloc(ctx->arena, sizeof(*t));
	uint32_t n = 1;

	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++)
		n += is_global ? ctx->opts->modules[i]->global.n_rows
			       : ctx->opts->modules[i]->root.n_rows;
	t->row = arena_alloc(ctx->arena, n * sizeof(*t->row));
	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];

		add_rows(ctx, t, is_global ? &m->global : &m->root, m->id);
	}
	table_hash(ctx, t);
	return t;
}

/* The root struct of a module with its defaults. */
static void
init_root(struct conf_ctx *ctx, const struct conf_module *m)
{
	struct conf_obj *root = arena_alloc(ctx->arena, m->root.size);
	struct table all = {0};

	root->block = &m->root;
	ctx->conf->module[m->id] = root;
	for (uint32_t i = 0; i < ctx->schema.root->n; i++)
		if (ctx->schema.root->row[i].block == &m->root)
			fill_defaults(ctx, &all, &ctx->schema.root->row[i], 1,
				      root, 0);
	for (uint32_t i = 0; i < ctx->schema.global->n; i++)
		if (ctx->schema.global->row[i].block == &m->global)
			fill_defaults(ctx, &all, &ctx->schema.global->row[i], 1,
				      root, 0);
	init_lists(&all, root);
	if (m->global.n_rows > 0)
		((struct conf_obj *)(void *)((char *)root + m->global_offset))
			->block = &m->global;
	if (m->root.init != NULL)
		m->root.init(root);
	if (m->global.init != NULL)
		m->global.init(root);
}

void
schema_init(struct conf_ctx *ctx)
{
	ctx->is_quiet = true;
	ctx->schema.root = merged_table(ctx, false);
	ctx->schema.global = merged_table(ctx, true);
	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];

		if ((ctx->opts->mask & CONF_MASK(m->id)) != 0)
			init_root(ctx, m);
	}
	ctx->is_quiet = false;
}

const char *
table_nearest(const struct table *t, const char *word)
{
	const char **list = xcalloc(t->n + 1, sizeof(*list));
	uint32_t n = 0;
	const char *best;

	for (uint32_t i = 0; i < t->n; i++)
		if (t->row[i].kw->type != KW_DOC &&
		    (t->row[i].kw->flags & KW_EXTRA) == 0)
			list[n++] = t->row[i].kw->name;
	best = diag_nearest(word, list, n);
	free(list);
	return best;
}
