/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Statements into objects: the block stack and keepalived's ways with braces.
 *
 * An unknown block is not skipped: its '{' is reported, its lines are read as
 * lines of the block around it, its '}' closes that block.  A block that was
 * refused (no name, a duplicate) is skipped whole.  A list takes every line up
 * to the next '}'.
 */
#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

#define NEAREST_LIMIT 200 /* unknown words that get a suggestion */

static struct level *
top(struct conf_ctx *ctx)
{
	return &ctx->level[ctx->depth - 1];
}

/* The struct that a row's member lies in, and who notes that it was given. */
static void *
row_base(struct conf_ctx *ctx, const struct row *row, struct conf_obj **holder)
{
	struct level *l = top(ctx);
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

static void
close_level(struct conf_ctx *ctx)
{
	struct level l = *top(ctx);

	ctx->depth--;
	if (l.table == NULL && l.words == NULL)
		return;
	if (l.words != NULL && l.row->kw->size == 0 && l.obj != NULL) {
		struct kw_word *w = xcalloc(l.words->n + 1, sizeof(*w));

		for (uint32_t i = 0; i < l.words->n; i++)
			w[i].s = l.words->word[i];
		raw_keep(ctx, l.obj, l.row->index, w, l.words->n);
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

static void
close_brace(struct conf_ctx *ctx)
{
	if (ctx->depth > 1) {
		close_level(ctx);
		if (is_block_of_lines(top(ctx)->table) && !top(ctx)->is_value)
			close_level(ctx);
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

static void
unexpected_brace(struct conf_ctx *ctx)
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
static const char *
with_name(struct conf_ctx *ctx, const char *text, const char *name)
{
	const char *hole = strstr(text, "%s");

	if (hole == NULL)
		return text;
	return arena_printf(ctx->arena, "%.*s%s%s", (int)(hole - text), text,
			    name, hole + 2);
}

static void
stop_missing(struct conf_ctx *ctx, const char *keyword)
{
	conf_report_stop(ctx,
			 "*** Configuration line starting `%s` is missing a "
			 "parameter after keyword `%s` at word position 2",
			 keyword, keyword);
}

/* Head words of a block into obj->name; false: reported, block is refused. */
static bool
take_head(struct conf_ctx *ctx, struct level *l, struct kw_in *in)
{
	const struct kw *kw = l->row->kw;
	const struct kw_block *b = l->table->block;

	if (b->head != KW_HEAD_NONE && in->n < 2) {
		if ((kw->flags & KW_NEED) != 0)
			stop_missing(ctx, kw->name);
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
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL, "%s",
			   with_name(ctx, kw->note, l->obj->name));
	else
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "%s %s already defined", kw->name, l->obj->name);
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
static void
open_level(struct conf_ctx *ctx, const struct level *l)
{
	const struct row *row;

	push_level(ctx, l);
	if (!is_block_of_lines(l->table) || ctx->is_stopped)
		return;
	row = &l->table->row[0];
	obj_set_given(l->obj, row->index, true);
	push_level(ctx,
		   &(struct level){.row = row,
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

static void
start_block(struct conf_ctx *ctx, const struct row *row, struct kw_in *in,
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
		open_level(ctx, &l);
}

/* A list: its lines are taken from here to the next '}'. */
static void
start_list(struct conf_ctx *ctx, const struct row *row, const struct kw_in *in,
	   enum lex_end end)
{
	struct conf_obj *holder;
	char *base = row_base(ctx, row, &holder);
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
static void
missing_brace(struct conf_ctx *ctx)
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
	close_level(ctx);
}

/* ---- lines of a list ---- */

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
			   with_name(ctx, kw->note, obj->name));
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
	raw = arena_strndup(ctx->arena, ctx->lex.raw,
			    (size_t)(ctx->lex.raw_end - ctx->lex.raw));
	lex_terminate(&ctx->lex);
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
	raw_keep(ctx, obj, CONF_RAW_LINE, ctx->lex.word, ctx->lex.n);
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

static void
value_statement(struct conf_ctx *ctx, enum lex_end end)
{
	struct level *l = top(ctx);
	bool is_first = l->is_fresh && ctx->lex.n == 0;

	if (ctx->lex.n > 0) {
		l->is_fresh = false;
		value_line(ctx, l);
	}
	if (end == LEX_OPEN && is_first) {
		l->is_fresh = false;
		ctx->braces++;
	} else if (end == LEX_OPEN) {
		unexpected_brace(ctx);
	}
}

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
			stop_missing(ctx, kw->name);
		else
			ctx_report(ctx, DIAG_MISSING_PARAMETER, 0, NULL, NULL,
				   "missing parameter after '%s'", kw->name);
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
		raw_keep(ctx, holder, row->index, in->word + 1, in->n - 1);
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
	const struct level *l = top(ctx);
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
	if (end == LEX_OPEN)
		unexpected_brace(ctx);
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
		row = table_find(top(ctx)->table, kw->alias, strlen(kw->alias));
	return row;
}

static void
keyword_statement(struct conf_ctx *ctx, enum lex_end end)
{
	struct lex *lx = &ctx->lex;
	const struct row *row =
		table_find(top(ctx)->table, lx->word[0].s, lx->word[0].len);
	struct kw_in in = {.ctx = ctx, .word = lx->word, .n = lx->n, .raw = ""};

	if (row == NULL) {
		unknown_keyword(ctx, end);
		return;
	}
	if (row->kw->type == KW_ALIAS || row->kw->type == KW_IGNORED ||
	    (row->kw->flags & KW_DEPRECATED) != 0)
		row = settle_row(ctx, row);
	if (row->needs_raw)
		in.raw = arena_strndup(ctx->arena, lx->raw,
				       (size_t)(lx->raw_end - lx->raw));
	lex_terminate(lx);
	in.kw = row->kw;
	if (row->kw->type == KW_BLOCK || row->kw->type == KW_BLOCKS) {
		start_block(ctx, row, &in, end);
		return;
	}
	if (row->kw->type == KW_LINES || row->kw->type == KW_WORD_BLOCK) {
		start_list(ctx, row, &in, end);
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
		unexpected_brace(ctx);
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
		missing_brace(ctx);
		return false;
	}
	if (end != LEX_OPEN)
		return true;
	ctx->pending = NULL;
	ctx->braces++;
	if (ctx->next.table == NULL)
		ctx->skip = 1;
	else
		open_level(ctx, &ctx->next);
	return true;
}

static void
statement(struct conf_ctx *ctx, enum lex_end end)
{
	if (ctx->skip > 0) {
		skip_statement(ctx, end);
		return;
	}
	if (ctx->pending != NULL && open_pending(ctx, end))
		return;
	if (top(ctx)->is_value)
		value_statement(ctx, end);
	else if (ctx->lex.n > 0)
		keyword_statement(ctx, end);
	else if (end == LEX_OPEN)
		unexpected_brace(ctx);
	if (end == LEX_CLOSE && !ctx->is_stopped)
		close_brace(ctx);
}

static void
read_lines(struct conf_ctx *ctx)
{
	struct src_line l;
	enum lex_end end;

	while (!ctx->is_stopped && expand_next(ctx, &l)) {
		ctx->pos = (struct conf_pos){.file = l.file, .line = l.no};
		lex_start(&ctx->lex, &l);
		while (!ctx->is_stopped && lex_next(ctx, &ctx->lex, &end))
			statement(ctx, end);
	}
}

static void
close_all(struct conf_ctx *ctx)
{
	if (ctx->pending != NULL)
		missing_brace(ctx);
	while (ctx->depth > 1)
		close_level(ctx);
	ctx->pos = (struct conf_pos){0};
	if (ctx->braces > 0)
		ctx_report(ctx, DIAG_BRACES, 0, NULL, NULL,
			   "There are %lld missing '}'s or extra '{'s",
			   (long long)ctx->braces);
}

static void
run_modules(struct conf_ctx *ctx)
{
	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];
		void *root = ctx->conf->module[m->id];

		if (root == NULL)
			continue;
		if (m->root.check != NULL)
			(void)m->root.check(ctx, root, NULL);
		if (m->global.check != NULL)
			(void)m->global.check(ctx, root, root);
	}
	resolve_refs(ctx);
	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];

		if (ctx->conf->module[m->id] != NULL && m->resolve != NULL)
			m->resolve(ctx, ctx->conf, ctx->conf->module[m->id]);
	}
}

static void
init(struct conf_ctx *ctx, const struct conf_opts *opts, struct diag_sink *sink)
{
	ctx->opts = opts;
	ctx->sink = sink;
	ctx->arena = arena_new();
	ctx->conf = arena_alloc(ctx->arena, sizeof(*ctx->conf));
	ctx->conf->arena = ctx->arena;
	ctx->refs_tail = &ctx->refs;
	ctx->include_check = opts->all_config ? CONF_INCLUDE_ALL : 0;
	schema_init(ctx);
	expand_init(ctx);
	ctx->level[0] = (struct level){.table = ctx->schema.root};
	ctx->depth = 1;
}

/* Everything after the main input was opened. */
static void
finish(struct conf_ctx *ctx, struct conf_result *r)
{
	if (!r->is_missing) {
		read_lines(ctx);
		if (!ctx->is_stopped)
			close_all(ctx);
	}
	ctx->pos = (struct conf_pos){0};
	if (!ctx->is_stopped)
		run_modules(ctx);
	r->is_stopped = ctx->is_stopped;
	r->include_failed = ctx->include_failed;
	r->n_files = ctx->source.n_files;
	r->n_lines = (uint32_t)ctx->source.n_lines;
	r->conf = ctx->conf;
	source_fini(&ctx->source);
	expand_fini(ctx);
	index_fini(ctx);
	free(ctx->lex.word);
	free(ctx);
}

struct conf_result
conf_read_file(const char *path, const struct conf_opts *opts,
	       struct diag_sink *sink)
{
	struct conf_ctx *ctx = xcalloc(1, sizeof(*ctx));
	struct conf_result r = {0};

	init(ctx, opts, sink);
	r.is_missing = !source_open_main(ctx, path);
	finish(ctx, &r);
	return r;
}

struct conf_result
conf_read_text(const char *name, const char *text, size_t len,
	       const struct conf_opts *opts, struct diag_sink *sink)
{
	struct conf_ctx *ctx = xcalloc(1, sizeof(*ctx));
	struct conf_result r = {0};

	init(ctx, opts, sink);
	source_push_main(ctx, name, arena_strndup(ctx->arena, text, len), len);
	finish(ctx, &r);
	return r;
}

int
conf_exit_code(const struct conf_result *r, const struct diag_sink *sink)
{
	if (r->is_stopped)
		return 2;
	if (r->include_failed)
		return 6;
	return diag_exit_code(diag_worst(sink));
}
