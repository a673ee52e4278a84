/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Option words on a line (dev eth0 label x ...) by a word table, scripts by
 * the second tokeniser, and the words of a line as they were written.
 */
#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

/* ---- option words ---- */

/* Types that take nothing when they are option words. */
static bool
takes_nothing(const struct kw *kw)
{
	return kw->type == KW_FLAG || kw->type == KW_SET ||
	       kw->type == KW_BOOL || kw->type == KW_IGNORED;
}

/* Does the word stand alone only by mistake?  What its row says that it takes
 * is "<X>", "a|b" or "[lock] <X>"; what is in brackets throughout may lack. */
static bool
needs_value(const struct kw *kw)
{
	int depth = 0;

	if (takes_nothing(kw) || kw->args == NULL)
		return false;
	for (const char *p = kw->args; *p != '\0'; p++) {
		depth += (*p == '[') - (*p == ']');
		if (depth == 0 && *p != ']' && *p != ' ')
			return true;
	}
	return false;
}

/* Its value read; what is wrong with it is at the word, not at the line.  The
 * reader of a custom word is asked also where there is no value: it may find
 * the whole line useless. */
static int
read_option(struct kw_in *sub, const struct row *row, bool lacks_value)
{
	struct conf_ctx *ctx = sub->ctx;
	uint16_t col = ctx->pos.col;
	bool is_quiet = ctx->is_quiet;
	int took;

	ctx->pos.col = (uint16_t)sub->word->col;
	if (lacks_value)
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "missing parameter after '%s'", row->kw->name);
	ctx->is_quiet = is_quiet || lacks_value;
	took = value_parse(sub, row);
	ctx->is_quiet = is_quiet;
	ctx->pos.col = col;
	return took;
}

/* A word that was refused is not printed again. */
static void
drop_word(struct conf_ctx *ctx, const struct kw_word *w)
{
	struct lex *lx = &ctx->lex;

	if (w >= lx->word && w < lx->word + lx->n)
		lx->word[w - lx->word].s = NULL;
}

/* One option word at in->word[i]; how many words, 0 refused. */
static int
parse_option(struct kw_in *in, uint32_t i, const struct row *row, void *obj,
	     struct conf_obj *holder)
{
	struct kw_in sub = *in;
	int took;

	sub.kw = row->kw;
	sub.obj = obj;
	sub.parent = in->obj;
	sub.word = in->word + i;
	sub.n = takes_nothing(row->kw) ? 1 : in->n - i;
	sub.raw = "";
	if (sub.n == 1 && !takes_nothing(row->kw) &&
	    row->kw->type != KW_CUSTOM) {
		ctx_report(in->ctx, DIAG_GENERAL, sub.word->col, NULL, NULL,
			   "missing parameter after '%s'", row->kw->name);
		drop_word(in->ctx, sub.word);
		return 1;
	}
	if ((row->kw->flags & KW_DEPRECATED) != 0)
		ctx_report(in->ctx, DIAG_DEPRECATED, sub.word->col, NULL, NULL,
			   "\"%s\" is deprecated. %s", row->kw->name,
			   row->kw->note != NULL ? row->kw->note : "");
	took = read_option(&sub, row, sub.n == 1 && needs_value(row->kw));
	if (took >= 0) {
		if (holder != NULL)
			obj_set_given(holder, row->index, true);
		return took + 1;
	}
	drop_word(in->ctx, sub.word);
	if (sub.n > 1)
		drop_word(in->ctx, sub.word + 1);
	return sub.n > 1 ? 2 : 1;
}

int
kw_parse_words(struct kw_in *in, uint32_t i, const struct kw_block *words,
	       void *obj)
{
	const struct table *t = schema_find(in->ctx, words);
	struct conf_obj *holder =
		words->size >= sizeof(struct conf_obj) && !words->is_flat
			? obj
			: NULL;
	uint32_t first = i;

	if (t == NULL)
		return 0;
	while (i < in->n) {
		const struct kw_word *w = &in->word[i];
		const struct row *row = table_find(t, w->s, w->len);

		if (row != NULL && row->kw->type == KW_ALIAS)
			row = table_find(t, row->kw->alias,
					 strlen(row->kw->alias));
		if (row != NULL) {
			i += (uint32_t)parse_option(in, i, row, obj, holder);
			continue;
		}
		if (!words->ignores_unknown) {
			ctx_report(in->ctx, DIAG_GENERAL, w->col, NULL,
				   table_nearest(t, w->s),
				   "Unknown configuration entry '%s' for %s - "
				   "ignoring",
				   w->s,
				   in->kw != NULL ? in->kw->name : "line");
			drop_word(in->ctx, w);
		}
		i++;
	}
	return (int)(i - first);
}

bool
kw_has_words(const struct kw_in *in, uint32_t i)
{
	while (i < in->n && in->word[i].s == NULL)
		i++;
	return i < in->n;
}

/* ---- scripts ---- */

int
lex_split_arguments(struct kw_in *in, bool escapes, const char ***word,
		    char *quote)
{
	const char *s = in->raw;
	int n;

	/* behind the keyword, which may be quoted itself */
	if (in->word[0].is_quoted)
		s += in->word[0].len + 2;
	else
		s += strcspn(s, " \t\v\f\r\n\"");
	n = lex_split(conf_ctx_arena(in->ctx), s, escapes, word, quote);
	if (n < 0)
		ctx_report(in->ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "String '%s': missing terminating %c",
			   s + strspn(s, " \t"), *quote);
	return n;
}

int
kw_parse_script(struct kw_in *in, struct conf_script *script)
{
	const char **w, **argv;
	char quote;
	int n = lex_split_arguments(in, false, &w, &quote), argc;

	if (n <= 0) {
		if (n == 0)
			ctx_report(in->ctx, DIAG_GENERAL, 0, "a command", NULL,
				   "No script given for %s",
				   in->kw != NULL ? in->kw->name : "script");
		return -EINVAL;
	}
	argc = lex_split(conf_ctx_arena(in->ctx), w[0], true, &argv, &quote);
	if (argc < 0) {
		ctx_report(in->ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "String '%s': missing terminating %c", w[0], quote);
		return -EINVAL;
	}
	if (argc == 0) {
		ctx_report(in->ctx, DIAG_GENERAL, 0, "a command", NULL,
			   "Empty script for %s",
			   in->kw != NULL ? in->kw->name : "script");
		return -EINVAL;
	}
	script->argv = argv;
	script->argc = (uint32_t)argc;
	script->user = n > 1 ? w[1] : NULL;
	script->group = n > 2 ? w[2] : NULL;
	return 0;
}

/* ---- words as written ---- */

void
raw_keep(struct conf_ctx *ctx, struct conf_obj *obj, uint32_t row,
	 const struct kw_word *word, uint32_t n, const char *told)
{
	struct conf_raw *raw = arena_alloc(
		ctx->arena, sizeof(*raw) + n * sizeof(raw->word[0]));

	raw->row = row;
	raw->told = told;
	for (uint32_t i = 0; i < n; i++)
		if (word[i].s != NULL)
			raw->word[raw->n++] = word[i].s;
	raw->next = obj->raw;
	obj->raw = raw;
}

const struct conf_raw *
raw_find(const struct conf_obj *obj, uint32_t row)
{
	const struct conf_raw *r = obj->raw;

	while (r != NULL && r->row != row)
		r = r->next;
	return r;
}

bool
raw_is_equal(const struct conf_raw *a, const struct conf_raw *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (strcmp(a->word[i], b->word[i]) != 0)
			return false;
	if (a->told == NULL || b->told == NULL)
		return a->told == b->told;
	return strcmp(a->told, b->told) == 0;
}

bool
kw_is_raw(const struct kw *kw)
{
	switch (kw->type) {
	case KW_BLOCK:
	case KW_BLOCKS:
	case KW_LINES:
	case KW_ALIAS:
	case KW_IGNORED:
	case KW_DOC:
		return false;
	case KW_LINE:
		return true;
	case KW_CUSTOM:
		return kw->size == 0 || kw->ops->print == NULL;
	case KW_FLAG:
	case KW_SET:
	case KW_BOOL:
	case KW_UINT:
	case KW_INT:
	case KW_SECONDS:
	case KW_MSEC:
	case KW_USEC:
	case KW_STRING:
	case KW_PATH:
	case KW_IFNAME:
	case KW_WORDS:
	case KW_WORD_BLOCK:
	case KW_ENUM:
	case KW_BITS:
	case KW_ADDR:
	case KW_ADDR_PORT:
	case KW_PREFIX:
	case KW_SCRIPT:
	case KW_USER:
	case KW_REF:
		break;
	}
	return kw->size == 0 || kw->sub != NULL;
}
