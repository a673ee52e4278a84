/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Lists in braces: one object, or some words, per line.  A list takes every
 * line up to the next '}', whatever it is.
 */
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

static void
add_to_words(struct conf_ctx *ctx, struct level *l)
{
	struct conf_words *w = l->words;

	for (uint32_t i = 0; i < ctx->lex.n; i++) {
		if (w->n + 1 >= l->words_size) {
			const char **old = w->word;

			l->words_size = w->n < 8 ? 16 : w->n * 2 + 2;
			w->word = arena_alloc(ctx->arena,
					      l->words_size * sizeof(*old));
			if (w->n > 0)
				memcpy(w->word, old, w->n * sizeof(*old));
		}
		w->word[w->n++] = ctx->lex.word[i].s;
	}
}

/* Positional words and option words of a line; -EINVAL: ignored. */
static int
parse_line_words(const struct row *row, struct kw_in *in, struct conf_obj *obj)
{
	const struct kw_block *b = row->sub->block;
	int took = 1;

	obj->name = in->word[0].s;
	if (b->open != NULL)
		took = b->open(in, obj);
	if (took < 0)
		return took;
	if ((uint32_t)took < in->n)
		(void)kw_parse_words(in, (uint32_t)took, b, obj);
	return 0;
}

static bool
is_duplicate(struct conf_ctx *ctx, const struct kw *kw,
	     const struct conf_list *list, const struct conf_obj *obj)
{
	if ((kw->flags & KW_UNIQUE) == 0 || obj->name == NULL ||
	    index_find(ctx, list, obj->name) == NULL)
		return false;
	if (kw->note != NULL)
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL, "%s",
			   ctx_with_name(ctx, kw->note, obj->name));
	else
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "%s in %s given twice - ignoring", obj->name,
			   kw->name);
	return true;
}

static void
value_line(struct conf_ctx *ctx, struct level *l)
{
	const struct kw *kw = l->row->kw;
	struct conf_obj *obj;
	char *raw;
	struct kw_in in;

	if (l->words == NULL && l->list == NULL)
		return; /* of a module that is not being read */
	raw = arena_strndup(ctx->scratch, ctx->lex.raw,
			    (size_t)(ctx->lex.raw_end - ctx->lex.raw));
	lex_terminate(&ctx->lex);
	again_keep_words(ctx, kw, 0);
	if (l->words != NULL) {
		add_to_words(ctx, l);
		return;
	}
	obj = table_new_object(ctx, l->table);
	in = (struct kw_in){.ctx = ctx,
			    .kw = kw,
			    .obj = obj,
			    .parent = l->parent,
			    .word = ctx->lex.word,
			    .n = ctx->lex.n,
			    .raw = raw};
	if (parse_line_words(l->row, &in, obj) < 0 ||
	    is_duplicate(ctx, kw, l->list, obj))
		return;
	raw_keep(ctx, obj, CONF_RAW_LINE, ctx->lex.word, ctx->lex.n, NULL);
	if (l->table->block->check != NULL &&
	    !l->table->block->check(ctx, obj, l->parent))
		return;
	STAILQ_INSERT_TAIL(l->list, obj, link);
	if ((kw->flags & KW_UNIQUE) != 0 && obj->name != NULL)
		index_add(ctx, l->list, obj);
	if (kw->ref != NULL)
		ref_note(ctx, &(struct ref){.kw = kw,
					    .obj = obj,
					    .owner = l->obj,
					    .list = l->list});
}

void
line_statement(struct conf_ctx *ctx, enum lex_end end)
{
	struct level *l = ctx_top(ctx);
	bool is_first = l->is_fresh && ctx->lex.n == 0;

	if (ctx->lex.n > 0) {
		l->is_fresh = false;
		value_line(ctx, l);
	}
	if (end == LEX_OPEN && is_first) {
		l->is_fresh = false;
		ctx->braces++;
	} else if (end == LEX_OPEN) {
		block_unexpected_brace(ctx);
	}
}
