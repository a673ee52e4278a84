/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Statements: which row a keyword is, whether it may stand here and now, and
 * what happens with it.
 */
#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

#define NEAREST_LIMIT 200 /* unknown words that get a suggestion */

/* ---- keywords ---- */

/* Whether a keyword's type wants a word behind it. */
static bool
wants_argument(const struct kw *kw)
{
	switch (kw->type) {
	case KW_FLAG:
	case KW_SET:
	case KW_BOOL:
	case KW_BLOCK:
	case KW_BLOCKS:
	case KW_LINES:
	case KW_WORD_BLOCK:
	case KW_IGNORED:
	case KW_ALIAS:
	case KW_DOC:
		return false;
	case KW_CUSTOM:
	case KW_LINE:
	case KW_WORDS:
	case KW_BITS:
		return (kw->flags & KW_NEED) != 0;
	case KW_UINT:
	case KW_INT:
	case KW_SECONDS:
	case KW_MSEC:
	case KW_USEC:
	case KW_STRING:
	case KW_PATH:
	case KW_IFNAME:
	case KW_ENUM:
	case KW_ADDR:
	case KW_ADDR_PORT:
	case KW_PREFIX:
	case KW_SCRIPT:
	case KW_USER:
	case KW_REF:
		break;
	}
	return (kw->flags & KW_BARE) == 0;
}

/* A repeated keyword; false: the first one stays. */
static bool
is_repeat_wanted(struct conf_ctx *ctx, const struct kw *kw,
		 const struct kw_in *in)
{
	if ((kw->flags & KW_MULTI) != 0)
		return true;
	if ((kw->flags & KW_FIRST_WINS) != 0) {
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "%s already specified - ignoring %s", kw->name,
			   in->n > 1 ? in->word[1].s : "it");
		return false;
	}
	ctx_report(ctx, DIAG_NOTE, 0, NULL, NULL,
		   "%s is given again: the last one counts", kw->name);
	return true;
}

static int
parse_row_words(struct conf_ctx *ctx, const struct row *row, struct kw_in *in)
{
	const struct kw *kw = row->kw;
	struct conf_obj *obj;
	int took = 0;

	if (kw->type != KW_LINE)
		return value_parse(in, row);
	obj = (void *)((char *)in->obj + kw->offset);
	in->parent = in->obj;
	if (!kw->sub->is_flat)
		in->obj = obj;
	if (kw->sub->open != NULL)
		took = kw->sub->open(in, in->obj);
	if (took >= 0 && (uint32_t)took + 1 < in->n)
		(void)kw_parse_words(in, (uint32_t)took + 1, kw->sub, in->obj);
	if (took >= 0 && kw->sub->check != NULL &&
	    !kw->sub->check(ctx, in->obj, in->parent))
		return -EINVAL;
	return took;
}

static void
parse_row(struct conf_ctx *ctx, const struct row *row, struct kw_in *in)
{
	const struct kw *kw = row->kw;
	struct conf_obj *holder;
	char *base = row_base(ctx, row, &holder);

	if (base == NULL)
		return; /* of a module that is not being read */
	in->obj = base;
	in->parent = base;
	if (in->n == 1 && wants_argument(kw)) {
		if ((kw->flags & KW_NEED) != 0)
			ctx_stop_pass(ctx, kw->name);
		else
			ctx_report(ctx, DIAG_MISSING_PARAMETER, 0, NULL, NULL,
				   "missing parameter after '%s'", kw->name);
		return;
	}
	if (in->n > 2 && (kw->flags & KW_EXACT) != 0) {
		ctx_report(ctx, DIAG_GENERAL, in->word[2].col, NULL, NULL,
			   "Too many parameters specified for %s - ignoring",
			   kw->name);
		return;
	}
	if (holder != NULL && obj_is_given(holder, row->index) &&
	    !is_repeat_wanted(ctx, kw, in))
		return;
	if ((in->n > 1 || (kw->flags & KW_BARE) == 0) &&
	    parse_row_words(ctx, row, in) < 0)
		return;
	if ((kw->flags & KW_SECURITY) != 0)
		ctx->has_scripts = true;
	if (holder == NULL)
		return;
	obj_set_given(holder, row->index, true);
	if (kw_is_raw(kw))
		raw_keep(ctx, holder, row->index, in->word + 1, in->n - 1,
			 in->told);
	if (kw->type == KW_REF && kw->size > 0)
		ref_note(ctx,
			 &(struct ref){.kw = kw,
				       .obj = holder,
				       .owner = holder,
				       .member = (void *)(base + kw->offset),
				       .row = row->index});
}

static void
unknown_keyword(struct conf_ctx *ctx, enum lex_end end)
{
	const struct level *l = ctx_top(ctx);
	const char *near = NULL, *expected = NULL;

	lex_terminate(&ctx->lex);
	if (diag_total(ctx->sink) < NEAREST_LIMIT && !ctx->is_quiet) {
		near = table_nearest(l->table, ctx->lex.word[0].s);
		if (ctx->depth > 1)
			expected = arena_printf(ctx->arena, "a keyword of %s",
						l->row->kw->name);
	}
	ctx_report(ctx, DIAG_UNKNOWN_KEYWORD, 0, expected, near,
		   "Unknown keyword '%s'", ctx->lex.word[0].s);
	if (end != LEX_OPEN)
		return;
	block_unexpected_brace(ctx);
	if (ctx->has_told_blocks)
		return;
	ctx->has_told_blocks = true; /* once explains them all */
	ctx_report(
		ctx, DIAG_NOTE, 0, NULL, NULL,
		"a block of an unknown keyword is not skipped: its lines are "
		"read as lines of %s, and its '}' closes %s",
		ctx->depth > 1 ? l->row->kw->name : "the file",
		ctx->depth > 1 ? "that" : "nothing");
}

/* Follows an alias; complains about what is deprecated or ignored. */
static const struct row *
settle_row(struct conf_ctx *ctx, const struct row *row)
{
	const struct kw *kw = row->kw;

	if ((kw->flags & KW_DEPRECATED) != 0)
		ctx_report(ctx, DIAG_DEPRECATED, 0, NULL, NULL,
			   "%s is deprecated%s%s", kw->name,
			   kw->note != NULL ? " - " : "",
			   kw->note != NULL ? kw->note : "");
	else if (kw->type == KW_IGNORED || (kw->type == KW_ALIAS && kw->note))
		ctx_report(ctx, DIAG_NOTE, 0, NULL, NULL, "%s %s", kw->name,
			   kw->note != NULL ? kw->note : "is ignored");
	if (kw->type == KW_ALIAS)
		row = table_find(ctx_top(ctx)->table, kw->alias,
				 strlen(kw->alias));
	return row;
}

static void
keyword_statement(struct conf_ctx *ctx, enum lex_end end)
{
	struct lex *lx = &ctx->lex;
	const struct row *row =
		table_find(ctx_top(ctx)->table, lx->word[0].s, lx->word[0].len);
	struct kw_in in = {.ctx = ctx, .word = lx->word, .n = lx->n, .raw = ""};

	if (ctx->depth == 1)
		ctx_set_pass(ctx, row);
	if (row == NULL) {
		unknown_keyword(ctx, end);
		return;
	}
	if (row->kw->type == KW_ALIAS || row->kw->type == KW_IGNORED ||
	    (row->kw->flags & KW_DEPRECATED) != 0)
		row = settle_row(ctx, row);
	if (row->needs_raw)
		in.raw = arena_strndup(ctx->scratch, lx->raw,
				       (size_t)(lx->raw_end - lx->raw));
	lex_terminate(lx);
	again_keep_words(ctx, row->kw, 1);
	in.kw = row->kw;
	if (row->kw->type == KW_BLOCK || row->kw->type == KW_BLOCKS) {
		block_start(ctx, row, &in, end);
		return;
	}
	if (row->kw->type == KW_LINES || row->kw->type == KW_WORD_BLOCK) {
		block_start_list(ctx, row, &in, end);
		return;
	}
	if (row->kw->type == KW_IGNORED && end == LEX_OPEN) {
		ctx->braces++;
		ctx->skip = 1;
		return;
	}
	if (row->kw->type != KW_IGNORED)
		parse_row(ctx, row, &in);
	if (end == LEX_OPEN)
		block_unexpected_brace(ctx);
}

/* ---- statements ---- */

static void
skip_statement(struct conf_ctx *ctx, enum lex_end end)
{
	if (end == LEX_OPEN) {
		ctx->skip++;
		ctx->braces++;
	} else if (end == LEX_CLOSE) {
		ctx->skip--;
		ctx->braces--;
	}
}

/* The statement after a block keyword; true: it was the '{'. */
static bool
open_pending(struct conf_ctx *ctx, enum lex_end end)
{
	if (ctx->lex.n > 0 || end == LEX_CLOSE) {
		block_missing_brace(ctx);
		return false;
	}
	if (end != LEX_OPEN)
		return true;
	ctx->pending = NULL;
	ctx->braces++;
	if (ctx->next.table == NULL)
		ctx->skip = 1;
	else
		block_open(ctx, &ctx->next);
	return true;
}

void
parse_statement(struct conf_ctx *ctx, enum lex_end end)
{
	if (ctx->skip > 0) {
		skip_statement(ctx, end);
		return;
	}
	if (ctx->pending != NULL && open_pending(ctx, end))
		return;
	if (ctx_top(ctx)->is_value)
		line_statement(ctx, end);
	else if (ctx->lex.n > 0)
		keyword_statement(ctx, end);
	else if (end == LEX_OPEN)
		block_unexpected_brace(ctx);
	if (end == LEX_CLOSE && !ctx->is_stopped)
		block_close_brace(ctx);
}
