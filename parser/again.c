/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * An engine's text read again, of which most is as it was; see
 * conf_read_again().
 *
 * The text is cut where canonical printing begins a top level block.  A block
 * that stands alone is a part: its words and objects have an arena of their
 * own, and each configuration that has it holds a share.  What is left, the
 * base, is all that a part may depend on, and is shared as a whole: if a
 * letter of it changed, everything is read anew.  Of a part taken over only
 * the object itself is copied, since it is linked with its siblings; what is
 * in it is never written to again.
 *
 * The cuts are only guessed at by the letters; a tree is taken over from only
 * if, while it was read, no block was open at any cut and each part made just
 * one object, which was there to the end.
 */
#include <string.h>

#include "parser/keyset.h"
#include "parser/pieces.h"
#include "parser/reader.h"

struct part {
	struct arena *arena;
	struct conf_obj *obj;
	struct hash128 digest;
	uint32_t n_users;
};

struct base {
	uint32_t n_users;
	struct arena *arena;
	struct schema schema;
	struct hash128 digest;
};

/* What a configuration has a share in. */
struct conf_parts {
	struct base *base;
	/* In the order of the text; without arena: an object of the base that
	 * stands between them. */
	struct part **part;
	size_t n, size;
	bool is_sound; /* may be taken over from */
};

struct again {
	struct conf_parts *parts;
	struct arena *own; /* of this configuration */
	const struct conf_module *module;
	const struct kw *row; /* blocks that may stand alone; NULL: none */
	struct pieces pieces;
	size_t cursor; /* of conf_enter() */
	char *text;    /* of the piece that is read; words are copied */
	size_t text_size;
	/* By the last part: bytes of arena for so many of text. */
	size_t arena_bytes, text_bytes;
	bool is_adopted;
};

/* ---- what may stand alone ---- */

static void
find_row(struct conf_ctx *ctx)
{
	struct again *ag = ctx->again;

	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];

		if ((ctx->opts->mask & CONF_MASK(m->id)) == 0)
			continue;
		for (uint32_t k = 0; k < m->root.n_rows; k++)
			if (m->root.row[k].sub != NULL &&
			    m->root.row[k].sub->stands_alone != NULL) {
				ag->module = m;
				ag->row = &m->root.row[k];
			}
	}
}

static struct conf_list *
part_list(struct conf_ctx *ctx)
{
	char *root = ctx->conf->module[ctx->again->module->id];

	return (void *)(root + ctx->again->row->offset);
}

/* ---- shares ---- */

static void
part_release(struct part *p)
{
	if (--p->n_users > 0)
		return;
	arena_free(p->arena);
	free(p);
}

void
parts_free(struct conf *c)
{
	struct conf_parts *parts = c->parts;
	struct base *base = parts->base;

	for (size_t i = 0; i < parts->n; i++)
		part_release(parts->part[i]);
	free(parts->part);
	free(parts);
	if (c->arena != base->arena)
		arena_free(c->arena);
	if (--base->n_users > 0)
		return;
	arena_free(base->arena);
	free(base);
}

/* The configuration has a share in p from here on. */
static struct part *
add_part(struct conf_parts *parts, struct part *p)
{
	if (parts->n == parts->size) {
		parts->size = parts->size == 0 ? 64 : parts->size * 2;
		parts->part = xrealloc(parts->part,
				       parts->size * sizeof(*parts->part));
	}
	p->n_users++;
	return parts->part[parts->n++] = p;
}

/* ---- reading pieces ---- */

static void
read_piece(struct conf_ctx *ctx, const struct piece *p)
{
	struct again *ag = ctx->again;

	if (ag->text_size < p->len + 1) {
		ag->text_size = 2 * p->len + 1;
		ag->text = xrealloc(ag->text, ag->text_size);
	}
	memcpy(ag->text, p->s, p->len);
	ag->text[p->len] = '\0';
	source_push_part(ctx, ag->text, p->len, p->line);
	reading_lines(ctx);
}

/* Nothing is open, nothing was said that is not over. */
static bool
is_between_blocks(const struct conf_ctx *ctx)
{
	return ctx->depth == 1 && ctx->pending == NULL && ctx->skip == 0 &&
	       ctx->braces == 0 && !ctx->is_stopped;
}

/* The one object behind that at the old end of the list; NULL: none, more. */
static struct conf_obj *
only_new(struct conf_obj **old_end)
{
	struct conf_obj *o = *old_end;

	return o != NULL && STAILQ_NEXT(o, link) == NULL ? o : NULL;
}

static struct arena *
new_arena(const struct again *ag, size_t text_bytes)
{
	enum { LATER = 96 }; /* what the rules will add */

	return arena_new_small(ag->text_bytes == 0
				       ? 0
				       : ag->arena_bytes * text_bytes /
							 ag->text_bytes +
						 LATER);
}

/* A block of the parts' list; one of the base has no arena. */
static void
read_listed(struct conf_ctx *ctx, const struct piece *piece)
{
	struct again *ag = ctx->again;
	struct part *p = add_part(ag->parts, xcalloc(1, sizeof(*p)));
	struct conf_obj **end = part_list(ctx)->stqh_last;

	p->digest = piece->digest;
	if (piece->is_part) {
		p->arena = new_arena(ag, piece->len);
		ctx->arena = p->arena;
	}
	read_piece(ctx, piece);
	if (piece->is_part && piece->len > 0) {
		ag->arena_bytes = arena_used(p->arena);
		ag->text_bytes = piece->len;
	}
	ctx->arena = ag->own;
	p->obj = only_new(end);
	if (p->obj != NULL)
		p->obj->is_alone = piece->is_part;
	else
		ag->parts->is_sound = false;
}

/* ---- taking over ---- */

/* A list that was copied with the struct it lies in; what is in one is not
 * written to again. */
static void
mend_list(void *copied)
{
	struct conf_list *list = copied;

	if (STAILQ_EMPTY(list))
		STAILQ_INIT(list);
}

static void
mend_rows(const struct kw_block *b, char *base)
{
	for (uint32_t i = 0; i < b->n_rows; i++)
		if ((b->row[i].type == KW_BLOCKS ||
		     b->row[i].type == KW_LINES) &&
		    b->row[i].size >= sizeof(struct conf_list))
			mend_list(base + b->row[i].offset);
}

static void
take(struct conf_ctx *ctx, struct part *p)
{
	const struct table *t = schema_find(ctx, p->obj->block);
	struct conf_obj *o = arena_alloc(ctx->arena, t->block->size);

	memcpy(o, p->obj, t->block->size);
	for (uint32_t i = 0; i < t->n_lists; i++)
		mend_list((char *)o + t->list[i]);
	o->is_taken = true;
	STAILQ_INSERT_TAIL(part_list(ctx), o, link);
	add_part(ctx->again->parts, p);
}

static void
index_roots(struct conf_ctx *ctx)
{
	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];
		const char *root = ctx->conf->module[m->id];

		for (uint32_t k = 0; root != NULL && k < m->root.n_rows; k++) {
			const struct kw *kw = &m->root.row[k];
			const struct conf_list *list =
				(const void *)(root + kw->offset);
			struct conf_obj *o;

			if (kw->type != KW_BLOCKS || kw == ctx->again->row)
				continue;
			STAILQ_FOREACH (o, list, link)
				if (o->name != NULL)
					index_add(ctx, list, o);
		}
	}
}

/* The base of old is that of the new tree. */
static void
adopt(struct conf_ctx *ctx, const struct conf *old)
{
	struct again *ag = ctx->again;
	const struct conf_module *m = ag->module;
	char *root = arena_alloc(ctx->arena, m->root.size);

	ag->is_adopted = true;
	ag->parts->base = old->parts->base;
	ctx->schema = ag->parts->base->schema;
	ctx->conf->file = old->file;
	ctx->conf->n_files = old->n_files;
	memcpy(ctx->conf->module, old->module, sizeof(old->module));
	memcpy(root, old->module[m->id], m->root.size);
	ctx->conf->module[m->id] = root;
	mend_rows(&m->root, root);
	mend_rows(&m->global, root);
	STAILQ_INIT(part_list(ctx));
	index_roots(ctx);
}

/* False: a new part did not end where it should, so nothing can be said. */
static bool
read_changed(struct conf_ctx *ctx, const struct conf *old)
{
	struct again *ag = ctx->again;
	struct keyset *was = keyset_new();

	for (size_t i = 0; i < old->parts->n; i++)
		(void)keyset_put(was, &old->parts->part[i]->digest,
				 sizeof(struct hash128), old->parts->part[i]);
	for (size_t i = 0; i < ag->pieces.n; i++) {
		const struct piece *p = &ag->pieces.piece[i];
		struct part *same;

		if (!p->is_listed)
			continue;
		same = keyset_find(was, &p->digest, sizeof(p->digest));
		if (same != NULL)
			take(ctx, same);
		else
			read_listed(ctx, p);
	}
	keyset_free(was);
	return is_between_blocks(ctx) && ag->parts->is_sound;
}

static bool
can_adopt(const struct conf_ctx *ctx, const struct conf *old,
	  struct hash128 digest)
{
	const struct conf_parts *p = old != NULL ? old->parts : NULL;

	return ctx->again->row != NULL && p != NULL && p->is_sound &&
	       p->base->digest.a == digest.a && p->base->digest.b == digest.b;
}

/* ---- all of it ---- */

static void
read_all(struct conf_ctx *ctx, const char *name, struct hash128 digest)
{
	struct again *ag = ctx->again;
	struct base *base = xcalloc(1, sizeof(*base));

	ag->parts->base = base;
	base->arena = ctx->arena;
	base->digest = digest;
	schema_init(ctx);
	base->schema = ctx->schema;
	ctx->level[0] = (struct level){.table = ctx->schema.root};
	(void)ctx_add_file(ctx, name);
	for (size_t i = 0; i < ag->pieces.n && !ctx->is_stopped; i++) {
		if (ag->pieces.piece[i].is_listed)
			read_listed(ctx, &ag->pieces.piece[i]);
		else
			read_piece(ctx, &ag->pieces.piece[i]);
		if (!is_between_blocks(ctx))
			ag->parts->is_sound = false;
	}
	reading_close(ctx);
}

/* Rules may have taken objects out; then nothing is taken over from here. */
static void
settle(struct conf_ctx *ctx)
{
	struct conf_parts *parts = ctx->again->parts;
	struct conf_obj *o = NULL;

	if (ctx->again->row == NULL)
		return;
	o = STAILQ_FIRST(part_list(ctx));
	for (size_t i = 0; i < parts->n; i++) {
		const struct conf_obj *want = parts->part[i]->obj;

		if (o == NULL || (o != want && !o->is_taken))
			parts->is_sound = false;
		if (o != NULL)
			o = STAILQ_NEXT(o, link);
	}
	if (o != NULL || ctx->is_stopped)
		parts->is_sound = false;
}

/* NULL: it has to be read without old. */
static struct conf *
read_with(struct conf_ctx *ctx, const char *name, const struct conf *old,
	  struct conf_result *r)
{
	struct again *ag = ctx->again;
	struct hash128 digest = pieces_base_digest(&ag->pieces);
	struct conf *c = ctx->conf;

	ag->own = ctx->arena;
	c->parts = ag->parts = xcalloc(1, sizeof(*ag->parts));
	ag->parts->is_sound = true;
	if (can_adopt(ctx, old, digest)) {
		adopt(ctx, old);
		ctx->level[0] = (struct level){.table = ctx->schema.root};
		ag->parts->base->n_users++;
		if (!read_changed(ctx, old)) {
			conf_free(c);
			return NULL;
		}
	} else {
		read_all(ctx, name, digest);
		ag->parts->base->n_users++;
	}
	reading_resolve(ctx, r);
	settle(ctx);
	return c;
}

struct conf_result
conf_read_again(const char *name, const char *text, size_t len,
		const struct conf_opts *opts, struct diag_sink *sink,
		const struct conf *old)
{
	struct conf_ctx *ctx = reading_new(opts, sink);
	struct again ag = {.cursor = 0};
	struct conf_result r = {0};
	bool is_done;

	ctx->again = &ag;
	find_row(ctx);
	pieces_cut(&ag.pieces, ag.row, text, len);
	is_done = read_with(ctx, name, old, &r) != NULL;
	reading_free(ctx);
	pieces_fini(&ag.pieces);
	free(ag.text);
	return is_done ? r : conf_read_again(name, text, len, opts, sink, NULL);
}

/* ---- words ---- */

/* Whether a row of this type makes a value of its words and keeps none. */
static bool
is_value_only(const struct kw *kw)
{
	switch (kw->type) {
	case KW_FLAG:
	case KW_SET:
	case KW_BOOL:
	case KW_UINT:
	case KW_INT:
	case KW_SECONDS:
	case KW_MSEC:
	case KW_USEC:
	case KW_ENUM:
	case KW_BITS:
	case KW_ADDR:
	case KW_ADDR_PORT:
	case KW_PREFIX:
		return kw->size > 0 && kw->sub == NULL && !kw_is_raw(kw);
	case KW_BLOCKS:
		return kw->sub->makes_name;
	case KW_STRING:
	case KW_PATH:
	case KW_IFNAME:
	case KW_WORDS:
	case KW_WORD_BLOCK:
	case KW_SCRIPT:
	case KW_USER:
	case KW_REF:
	case KW_BLOCK:
	case KW_LINES:
	case KW_LINE:
	case KW_ALIAS:
	case KW_CUSTOM:
	case KW_IGNORED:
	case KW_DOC:
		break;
	}
	return false;
}

void
again_keep_words(struct conf_ctx *ctx, const struct kw *kw, uint32_t from)
{
	struct lex *lx = &ctx->lex;
	size_t size = 0;
	char *to;

	if (ctx->again == NULL || lx->n <= from || is_value_only(kw))
		return;
	for (uint32_t i = from; i < lx->n; i++)
		size += lx->word[i].len + 1;
	to = arena_alloc(ctx->arena, size);
	for (uint32_t i = from; i < lx->n; i++) {
		memcpy(to, lx->word[i].s, lx->word[i].len + 1);
		lx->word[i].s = to;
		to += lx->word[i].len + 1;
	}
}

/* ---- for the rules of the modules ---- */

bool
conf_is_again(const struct conf_ctx *ctx)
{
	return ctx->again != NULL && ctx->again->is_adopted;
}

bool
again_concerns(const struct conf_ctx *ctx, const struct conf_module *m)
{
	return !conf_is_again(ctx) || ctx->again->module == m;
}

/* Objects come in the order of the parts. */
void
conf_enter(struct conf_ctx *ctx, const struct conf_obj *obj)
{
	struct again *ag = ctx->again;

	if (ag == NULL || !obj->is_alone)
		return;
	while (ag->cursor < ag->parts->n &&
	       ag->parts->part[ag->cursor]->obj != obj)
		ag->cursor++;
	if (ag->cursor < ag->parts->n)
		ctx->arena = ag->parts->part[ag->cursor]->arena;
}

void
conf_leave(struct conf_ctx *ctx)
{
	if (ctx->again != NULL)
		ctx->arena = ctx->again->own;
}
