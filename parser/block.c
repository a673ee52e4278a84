/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The block stack: opening, skipping and closing blocks, and keepalived's ways
 * with braces.
 *
 * An unknown block is not skipped: its '{' is reported, its lines are read as
 * lines of the block around it, its '}' closes that block.  A block that was
 * refused (no name, a duplicate) is skipped whole.
 */
#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

struct level *
ctx_top(struct conf_ctx *ctx)
{
	return &ctx->level[ctx->depth - 1];
}

/* The struct that a row's member lies in, and who notes that it was given. */
void *
row_base(struct conf_ctx *ctx, const struct row *row, struct conf_obj **holder)
{
	struct level *l = ctx_top(ctx);
	char *root;

	if (l->base != NULL) {
		*holder = l->obj;
		return l->base;
	}
	root = ctx->conf->module[row->module];
	*holder = (void *)root;
	if (root != NULL && l->table == ctx->schema.global)
		for (size_t i = 0; ctx->opts->modules[i] != NULL; i++)
			if (ctx->opts->modules[i]->id == row->module)
				*holder = (void *)(root +
						   ctx->opts->modules[i]
							   ->global_offset);
	return root;
}

/* ---- closing ---- */

static bool
run_check(struct conf_ctx *ctx, const struct level *l)
{
	const struct kw_block *b = l->row != NULL ? l->row->kw->sub : NULL;

	if (b == NULL || b->check == NULL)
		return true;
	return b->check(ctx, l->base, l->parent);
}

void
block_close(struct conf_ctx *ctx)
{
	struct level l = *ctx_top(ctx);

	ctx->depth--;
	if (l.table == NULL && l.words == NULL)
		return;
	if (l.words != NULL && l.words->n == 0)
		ctx_report(ctx, DIAG_WARNING, 0, "a word per line", NULL,
			   "Warning - empty %s block", l.row->kw->name);
	if (l.words != NULL && l.row->kw->ops != NULL) {
		struct kw_in in = {.ctx = ctx, .kw = l.row->kw, .obj = l.base};

		(void)l.row->kw->ops->parse(&in, l.words); /* reports itself */
	}
	if (l.words != NULL && l.row->kw->size == 0 && l.obj != NULL) {
		struct kw_word *w = xcalloc(l.words->n + 1, sizeof(*w));

		for (uint32_t i = 0; i < l.words->n; i++)
			w[i].s = l.words->word[i];
		raw_keep(ctx, l.obj, l.row->index, w, l.words->n, NULL);
		free(w);
	}
	if (l.is_value || !run_check(ctx, &l) || l.list == NULL)
		return;
	STAILQ_INSERT_TAIL(l.list, l.obj, link);
	if (l.obj->name != NULL &&
	    (ctx->depth == 1 || (l.row->kw->flags & KW_UNIQUE) != 0))
		index_add(ctx, l.list, l.obj);
}

/* Whether the inside of a block is lines without a keyword; see KW_LINES. */
static bool
is_block_of_lines(const struct table *t)
{
	return t != NULL && t->n > 0 && t->row[0].kw->type == KW_LINES &&
	       t->row[0].kw->name[0] == '\0';
}

void
block_close_brace(struct conf_ctx *ctx)
{
	if (ctx->depth > 1) {
		block_close(ctx);
		if (is_block_of_lines(ctx_top(ctx)->table) &&
		    !ctx_top(ctx)->is_value)
			block_close(ctx);
		ctx->braces--;
		return;
	}
	if (ctx->braces <= 0) {
		ctx_report(ctx, DIAG_BRACES, 0, NULL, NULL, "Extra '}' found");
		return;
	}
	ctx->braces--;
	ctx_report(ctx, DIAG_UNKNOWN_KEYWORD, 0, NULL, NULL,
		   "Unknown keyword '}'");
}

void
block_unexpected_brace(struct conf_ctx *ctx)
{
	ctx->braces++;
	ctx_report(ctx, DIAG_BRACES, 0, NULL, NULL,
		   "Unexpected '{' - ignoring");
}

/* ---- names ---- */

static const char *
default_name(struct conf_ctx *ctx, const struct row *row,
	     const struct conf_list *list)
{
	uint32_t n = index_count(ctx, list, row->kw);

	return n == 1 ? row->kw->name
		      : arena_printf(ctx->arena, "%s#%u", row->kw->name, n);
}

/* A row's text with its one %s replaced. */
const char *
ctx_with_name(struct conf_ctx *ctx, const char *text, const char *name)
{
	const char *hole = strstr(text, "%s");
	size_t before, n, after;
	char *out;

	if (hole == NULL)
		return text;
	before = (size_t)(hole - text);
	n = strlen(name);
	after = strlen(hole + 2) + 1;
	out = arena_alloc(ctx->arena, before + n + after);

	memcpy(out, text, before);
	memcpy(out + before, name, n);
	memcpy(out + before + n, hole + 2, after);
	return out;
}

/* Head words of a block into obj->name; false: reported, block is refused. */
static bool
take_head(struct conf_ctx *ctx, struct level *l, struct kw_in *in)
{
	const struct kw *kw = l->row->kw;
	const struct kw_block *b = l->table->block;
	enum diag_class cls =
		(kw->flags & KW_MULTI) != 0 ? DIAG_NOTE : DIAG_GENERAL;

	if (b->head != KW_HEAD_NONE && in->n < 2) {
		if ((kw->flags & KW_NEED) != 0)
			ctx_stop_pass(ctx, kw->name);
		else
			ctx_report(ctx, DIAG_MISSING_PARAMETER, 0, NULL, NULL,
				   "%s must have a name", kw->name);
		return false;
	}
	if (b->open != NULL) {
		if (b->open(in, l->base) < 0)
			return false;
	} else if (b->head != KW_HEAD_NONE) {
		l->obj->name = in->word[1].s;
	}
	if (l->list == NULL)
		return true;
	if (l->obj->name == NULL)
		l->obj->name = default_name(ctx, l->row, l->list);
	if ((kw->flags & KW_UNIQUE) == 0 ||
	    index_find(ctx, l->list, l->obj->name) == NULL)
		return true;
	if (kw->note != NULL)
		ctx_report(ctx, cls, 0, NULL, NULL, "%s",
			   ctx_with_name(ctx, kw->note, l->obj->name));
	else
		ctx_report(ctx, cls, 0, NULL, NULL, "%s %s already defined",
			   kw->name, l->obj->name);
	return false;
}

/* ---- blocks ---- */

static void
push_level(struct conf_ctx *ctx, const struct level *l)
{
	if (ctx->depth == CONF_MAX_DEPTH) {
		conf_report_stop(ctx, "blocks nested too deeply");
		return;
	}
	ctx->level[ctx->depth++] = *l;
}

/* Opens a block's level, and that of its lines if it has no keywords. */
void
block_open(struct conf_ctx *ctx, const struct level *l)
{
	const struct row *row;

	push_level(ctx, l);
	if (!is_block_of_lines(l->table) || ctx->is_stopped)
		return;
	row = &l->table->row[0];
	obj_set_given(l->obj, row->index, true);
	push_level(ctx, &(struct level){.row = row,
					.table = row->sub,
					.is_value = true,
					.base = l->base,
					.parent = l->base,
					.obj = l->obj,
					.list = (void *)((char *)l->base +
							 row->kw->offset)});
}

/* The level that a block keyword opens; false: the block is refused. */
static bool
make_level(struct conf_ctx *ctx, const struct row *row, struct kw_in *in,
	   struct level *l)
{
	const struct kw *kw = row->kw;
	struct conf_obj *holder;
	char *base = row_base(ctx, row, &holder);

	*l = (struct level){.row = row, .table = row->sub, .parent = base};
	if (kw->type == KW_BLOCK && kw->sub == NULL) {
		l->table = ctx->schema.global;
		return true;
	}
	if (base == NULL)
		return false; /* of a module that is not being read */
	if (holder != NULL)
		obj_set_given(holder, row->index, true);
	if (kw->type == KW_BLOCKS) {
		l->list = (void *)(base + kw->offset);
		l->obj = table_new_object(ctx, row->sub);
		l->base = l->obj;
	} else {
		l->obj = kw->size > 0 ? (void *)(base + kw->offset) : holder;
		l->base = kw->sub->is_flat ? base : (void *)l->obj;
		l->obj->pos = ctx->pos;
	}
	in->obj = l->base;
	in->parent = base;
	return take_head(ctx, l, in);
}

void
block_start(struct conf_ctx *ctx, const struct row *row, struct kw_in *in,
	    enum lex_end end)
{
	struct level l;

	if (!make_level(ctx, row, in, &l))
		l = (struct level){.row = row};
	if (end != LEX_OPEN) {
		ctx->pending = row;
		ctx->next = l;
		return;
	}
	ctx->braces++;
	if (l.table == NULL)
		ctx->skip = 1;
	else
		block_open(ctx, &l);
}

/* A list: its lines are taken from here to the next '}'. */
/* Where a list is put; NULL: a second one where the first one stays. */
static char *
first_wins_base(struct conf_ctx *ctx, const struct row *row,
		struct conf_obj **holder)
{
	char *base = row_base(ctx, row, holder);

	if (base == NULL || (row->kw->flags & KW_FIRST_WINS) == 0 ||
	    !obj_is_given(*holder, row->index))
		return base;
	ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
		   "%s list already specified - ignoring this one",
		   row->kw->name);
	return NULL;
}

void
block_start_list(struct conf_ctx *ctx, const struct row *row,
		 const struct kw_in *in, enum lex_end end)
{
	struct conf_obj *holder;
	char *base = first_wins_base(ctx, row, &holder);
	struct level l = {.row = row,
			  .table = row->sub,
			  .is_value = true,
			  .is_fresh = end != LEX_OPEN,
			  .base = base,
			  .parent = base};

	if (in->n > 1)
		ctx_report(ctx, DIAG_GENERAL, in->word[1].col, "'{'", NULL,
			   "Block %s has extra parameters %s ...",
			   row->kw->name, in->word[1].s);
	if (base != NULL) {
		obj_set_given(holder, row->index, true);
		l.obj = holder;
		if (row->kw->type == KW_LINES)
			l.list = (void *)(base + row->kw->offset);
		else
			l.words = row->kw->size > 0
					  ? (void *)(base + row->kw->offset)
					  : arena_alloc(ctx->arena,
							sizeof(*l.words));
	}
	if (end == LEX_OPEN)
		ctx->braces++;
	push_level(ctx, &l);
}

/* The pending block's keyword was not followed by '{'. */
void
block_missing_brace(struct conf_ctx *ctx)
{
	struct level l = ctx->next;

	ctx_report(ctx, DIAG_BRACES, 0,
		   arena_printf(ctx->arena, "'{' after %s",
				ctx->pending->kw->name),
		   NULL, "Missing '{' at beginning of configuration block");
	ctx->pending = NULL;
	if (l.table == NULL)
		return;
	push_level(ctx, &l);
	block_close(ctx);
}
