/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * ~SEQ, ~SEQx and ~LST: one line becomes several.  Each value is set as a
 * variable and the rest of the line is handled like a line of the file, so
 * loops nest and variables in the rest are replaced at use.
 */
#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

#define LOOP_WORDS_MAX 512

struct loop {
	/* ~SEQ */
	int64_t now, step, last;
	bool is_seq, is_hex;
	/* ~LST: rows of n_names values */
	const char **name;
	const char **value;
	uint32_t n_names, n_rows, row;
	const char *rest;
	size_t rest_len;
};

/* Items of a loop: words, '{', '}' and the end. */
struct spec {
	const char *word[LOOP_WORDS_MAX];
	uint32_t n;
};

static bool
set_values(struct conf_ctx *ctx, struct loop *lp)
{
	char *text;

	if (!lp->is_seq) {
		if (lp->row == lp->n_rows)
			return false;
		for (uint32_t i = 0; i < lp->n_names; i++) {
			const char *v = lp->value[lp->row * lp->n_names + i];

			macro_set(ctx, lp->name[i], strlen(lp->name[i]), v,
				  strlen(v));
		}
		lp->row++;
		return true;
	}
	if (lp->step > 0 ? lp->now > lp->last : lp->now < lp->last)
		return false;
	text = lp->is_hex
		       ? arena_printf(ctx->arena, "%llx",
				      (unsigned long long)lp->now)
		       : arena_printf(ctx->arena, "%lld", (long long)lp->now);
	macro_set(ctx, lp->name[0], strlen(lp->name[0]), text, strlen(text));
	lp->now += lp->step;
	return true;
}

bool
loop_next(struct conf_ctx *ctx, struct loop *lp, struct src_line *l)
{
	if (!set_values(ctx, lp))
		return false;
	l->s = arena_strndup(ctx->arena, lp->rest, lp->rest_len);
	l->len = lp->rest_len;
	count_text(ctx, l->len);
	return true;
}

/* A number in C notation. */
static bool
take_number(const char *s, int64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoll(s, &end, 0);
	return errno == 0 && *s != '\0' && *end == '\0' && *v <= INT32_MAX &&
	       *v >= INT32_MIN;
}

static bool
is_name(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

	return *s != '\0' && strchr(letters, *s) != NULL &&
	       s[strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0';
}

static bool
seq_parse(const struct spec *sp, struct loop *lp)
{
	int64_t v[3] = {0};
	uint32_t n = sp->n - 1;

	if (sp->n < 2 || n > 3 || !is_name(sp->word[0]))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!take_number(sp->word[i + 1], &v[i]))
			return false;
	lp->last = v[n - 1];
	if (n == 1) {
		lp->now = lp->last < 0 ? -1 : 1;
		lp->step = lp->last < lp->now ? -1 : 1;
	} else {
		lp->now = v[0];
		lp->step = n == 3 ? v[1] : lp->now > lp->last ? -1 : 1;
	}
	if (lp->step == 0 || (lp->last > lp->now && lp->step < 0) ||
	    (lp->last < lp->now && lp->step > 0))
		return false;
	return !lp->is_hex || (lp->now >= 0 && lp->last >= 0);
}

/* Cuts a spec into items at commas; braces are items of their own. */
static bool
split_spec(struct conf_ctx *ctx, const char *s, const char *end,
	   struct spec *sp)
{
	sp->n = 0;
	while (s < end) {
		const char *p;

		while (s < end && (lex_is_blank(*s)))
			s++;
		for (p = s; p < end && strchr(",{}", *p) == NULL;)
			p++;
		if (sp->n + 2 > LOOP_WORDS_MAX)
			return false;
		if (p < end && *p != ',' && p == s) {
			sp->word[sp->n++] = *p == '{' ? "{" : "}";
			s = p + 1;
			continue;
		}
		const char *w_end = p;

		while (w_end > s && lex_is_blank(w_end[-1]))
			w_end--;
		sp->word[sp->n++] =
			arena_strndup(ctx->arena, s, (size_t)(w_end - s));
		s = p < end && *p == ',' ? p + 1 : p;
		/* an empty last item: "a," */
		if (s == end && p < end && *p == ',')
			sp->word[sp->n++] = "";
	}
	return sp->n > 0;
}

/* One set: "{ a , b }" or a single word; how many items it took. */
static uint32_t
take_set(const struct spec *sp, uint32_t i, const char **out, uint32_t *n,
	 uint32_t max)
{
	uint32_t start = i;

	*n = 0;
	if (strcmp(sp->word[i], "{") != 0) {
		out[(*n)++] = sp->word[i];
		return 1;
	}
	for (i++; i < sp->n && strcmp(sp->word[i], "}") != 0; i++) {
		if (*n == max)
			return 0;
		out[(*n)++] = sp->word[i];
	}
	if (i == sp->n)
		return 0; /* no closing brace */
	i++;
	/* the comma between two sets leaves an empty word */
	if (i < sp->n && sp->word[i][0] == '\0')
		i++;
	return i - start;
}

static bool
lst_parse(struct conf_ctx *ctx, const struct spec *sp, struct loop *lp)
{
	const char *set[LOOP_WORDS_MAX];
	uint32_t n, i, took;

	took = take_set(sp, 0, set, &n, LOOP_WORDS_MAX);
	if (took == 0 || n == 0 || took >= sp->n)
		return false;
	for (uint32_t k = 0; k < n; k++)
		if (!is_name(set[k]))
			return false;
	lp->n_names = n;
	lp->name = arena_alloc(ctx->arena, n * sizeof(*lp->name));
	memcpy(lp->name, set, n * sizeof(*lp->name));
	lp->value =
		arena_alloc(ctx->arena, (size_t)n * sp->n * sizeof(*lp->value));
	for (i = took; i < sp->n; i += took) {
		took = take_set(sp, i, set, &n, lp->n_names);
		if (took == 0)
			return false;
		for (uint32_t k = 0; k < lp->n_names; k++)
			lp->value[lp->n_rows * lp->n_names + k] =
				k < n ? set[k] : "";
		lp->n_rows++;
	}
	return true;
}

/* The loop's kind; the length of its word, 0: none. */
static size_t
loop_word(const char *s, const char *end, struct loop *lp)
{
	static const struct {
		const char *word;
		bool is_seq, is_hex;
	} kinds[] = {
		{"~SEQx", true, true},
		{"~SEQ", true, false},
		{"~LST", false, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t len = strlen(kinds[i].word);

		if ((size_t)(end - s) <= len ||
		    memcmp(s, kinds[i].word, len) != 0 ||
		    (s[len] != '(' && !lex_is_blank(s[len])))
			continue;
		lp->is_seq = kinds[i].is_seq;
		lp->is_hex = kinds[i].is_hex;
		return len;
	}
	return 0;
}

bool
loop_start(struct conf_ctx *ctx, const struct src_line *l)
{
	struct loop *lp = arena_alloc(ctx->arena, sizeof(*lp));
	const char *s = l->s, *end = l->s + l->len, *open, *close;
	struct src_line bounds;
	struct spec sp;
	size_t len;
	bool is_ok;

	while (s < end && lex_is_blank(*s))
		s++;
	len = loop_word(s, end, lp);
	if (len == 0)
		return false;
	open = s + len;
	while (open < end && lex_is_blank(*open))
		open++;
	close = open < end && *open == '('
			? memchr(open, ')', (size_t)(end - open))
			: NULL;
	is_ok = close != NULL;
	if (is_ok) {
		bounds = (struct src_line){
			.s = arena_strndup(ctx->arena, open + 1,
					   (size_t)(close - open - 1)),
			.len = (size_t)(close - open - 1),
		};
		expand_line(ctx, &bounds);
		is_ok = split_spec(ctx, bounds.s, bounds.s + bounds.len, &sp);
	}
	if (is_ok)
		is_ok = lp->is_seq ? seq_parse(&sp, lp)
				   : lst_parse(ctx, &sp, lp);
	if (!is_ok) {
		ctx_report(ctx, DIAG_GENERAL, 0,
			   lp->is_seq ? "(VAR[, START[, STEP]], END)"
				      : "(VAR, VALUE, ...)",
			   NULL, "Invalid %.*s specification '%.*s'", (int)len,
			   s, (int)(end - s), s);
		return true;
	}
	if (lp->is_seq) {
		lp->name = arena_alloc(ctx->arena, sizeof(*lp->name));
		lp->name[0] = sp.word[0];
	}
	lp->rest = close + 1;
	lp->rest_len = (size_t)(end - close - 1);
	if (lp->rest_len > 0)
		source_push_loop(ctx, lp);
	return true;
}
