/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A line as statements of words, and keepalived's second tokeniser for
 * script and regex values.
 *
 * Words are slices of the line; the line is written to only by
 * lex_terminate(), after whoever needs the raw text has taken it.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

enum {
	C_WORD,
	C_BLANK,
	C_QUOTE,
	C_COMMENT,
	C_OPEN,
	C_CLOSE,
	C_ESCAPE,
};

static const uint8_t char_class[256] = {
	[' '] = C_BLANK,  ['\t'] = C_BLANK,  ['\n'] = C_BLANK,
	['\v'] = C_BLANK, ['\f'] = C_BLANK,  ['\r'] = C_BLANK,
	['"'] = C_QUOTE,  ['#'] = C_COMMENT, ['!'] = C_COMMENT,
	['{'] = C_OPEN,	  ['}'] = C_CLOSE,   ['\\'] = C_ESCAPE,
};

bool
lex_is_blank(char c)
{
	return char_class[(unsigned char)c] == C_BLANK;
}

/* A backslash protects only '#' and '!' outside quotes. */
static bool
is_escaped_comment(const char *p, const char *end)
{
	return p + 1 < end && char_class[(unsigned char)p[1]] == C_COMMENT;
}

size_t
lex_strip(const char *s, size_t len)
{
	const char *p = s, *end = s + len;
	bool in_quote = false;

	for (; p < end; p++) {
		uint8_t c = char_class[(unsigned char)*p];

		if (c == C_QUOTE)
			in_quote = !in_quote;
		else if (in_quote)
			continue;
		else if (c == C_COMMENT)
			break;
		else if (c == C_ESCAPE && is_escaped_comment(p, end))
			p++;
	}
	while (p > s && lex_is_blank(p[-1]))
		p--;
	return (size_t)(p - s);
}

void
lex_start(struct lex *lx, const struct src_line *l)
{
	lx->start = l->s;
	lx->p = l->s;
	lx->end = l->s + l->len;
	lx->n = 0;
}

static struct kw_word *
add_word(struct lex *lx, const char *s, const char *end)
{
	struct kw_word *w;

	if (lx->n == lx->size) {
		lx->size = lx->size == 0 ? 64 : lx->size * 2;
		lx->word = xrealloc(lx->word, lx->size * sizeof(*lx->word));
	}
	w = &lx->word[lx->n++];
	w->s = s;
	w->len = (uint32_t)(end - s);
	w->col = s - lx->start < UINT16_MAX ? (uint16_t)(s - lx->start + 1)
					    : UINT16_MAX;
	w->is_quoted = false;
	return w;
}

/* A word with \# or \!: copied without the backslashes. */
static void
unescape_word(struct conf_ctx *ctx, struct kw_word *w)
{
	char *copy = arena_alloc(ctx->arena, w->len + 1), *o = copy;
	const char *end = w->s + w->len;

	for (const char *p = w->s; p < end; p++) {
		if (*p == '\\' && is_escaped_comment(p, end))
			p++;
		*o++ = *p;
	}
	w->s = copy;
	w->len = (uint32_t)(o - copy);
}

static char *
lex_bare(struct conf_ctx *ctx, struct lex *lx, char *p)
{
	char *s = p;
	bool has_escape = false;
	struct kw_word *w;

	for (; p < lx->end; p++) {
		uint8_t c = char_class[(unsigned char)*p];

		if (c == C_WORD)
			continue;
		if (c != C_ESCAPE)
			break;
		if (is_escaped_comment(p, lx->end)) {
			has_escape = true;
			p++;
		}
	}
	w = add_word(lx, s, p);
	if (has_escape)
		unescape_word(ctx, w);
	return p;
}

static char *
lex_quoted(struct conf_ctx *ctx, struct lex *lx, char *p)
{
	char *s = p + 1;
	char *close = memchr(s, '"', (size_t)(lx->end - s));

	if (close == NULL) {
		ctx_report(ctx, DIAG_QUOTE, (uint32_t)(p - lx->start + 1),
			   "a closing \"", NULL, "Unterminated quote '%.*s'",
			   (int)(lx->end - lx->start), lx->start);
		return lx->end; /* the rest is dropped, as keepalived does */
	}
	add_word(lx, s, close)->is_quoted = true;
	return close + 1;
}

/* auth_pass Test123!: the '!' is no part of the password, as many think. */
static void
note_glued_comment(struct conf_ctx *ctx, const struct lex *lx, const char *p)
{
	const struct kw_word *w = lx->n > 1 ? &lx->word[lx->n - 1] : NULL;

	if (w == NULL || w->is_quoted || w->s + w->len != p)
		return;
	ctx_report(ctx, DIAG_NOTE, (uint32_t)(p - lx->start + 1), NULL, NULL,
		   "'%c' begins a comment here: the value is '%.*s'; quote it "
		   "if '%c' belongs to it",
		   *p, (int)w->len, w->s, *p);
}

bool
lex_next(struct conf_ctx *ctx, struct lex *lx, enum lex_end *end)
{
	char *p = lx->p;

	lx->n = 0;
	if (p >= lx->end)
		return false;
	*end = LEX_EOL;
	lx->raw = NULL;
	while (p < lx->end) {
		uint8_t c = char_class[(unsigned char)*p];

		if (c == C_BLANK) {
			p++;
			continue;
		}
		lx->raw_end = p;
		if (c == C_COMMENT) {
			note_glued_comment(ctx, lx, p);
			p = lx->end;
			break;
		}
		if (c == C_OPEN || c == C_CLOSE) {
			*end = c == C_OPEN ? LEX_OPEN : LEX_CLOSE;
			if (lx->n == 0)
				ctx->pos.col = (uint16_t)(p - lx->start + 1);
			p++;
			break;
		}
		if (lx->raw == NULL)
			lx->raw = p;
		p = c == C_QUOTE ? lex_quoted(ctx, lx, p)
				 : lex_bare(ctx, lx, p);
		lx->raw_end = p;
	}
	if (lx->n > 0)
		ctx->pos.col = lx->word[0].col;
	lx->p = p;
	return true;
}

void
lex_terminate(struct lex *lx)
{
	/* what follows a word was looked at already: a separator */
	for (uint32_t i = 0; i < lx->n; i++)
		((char *)(uintptr_t)lx->word[i].s)[lx->word[i].len] = '\0';
}

bool
lex_needs_quotes(const char *s)
{
	if (*s == '\0' || strchr("@~$", *s) != NULL ||
	    strncmp(s, "include", 7) == 0)
		return true;
	for (; *s != '\0'; s++)
		if (char_class[(unsigned char)*s] != C_WORD || *s == '$' ||
		    (s[0] == '\xc2' && s[1] == '\xa0'))
			return true;
	return false;
}

/* ---- the second tokeniser ---- */

static int
hex_value(char c)
{
	return isdigit((unsigned char)c) ? c - '0'
					 : tolower((unsigned char)c) - 'a' + 10;
}

/* The escape after a backslash at *p, which moves behind it. */
static char
take_escape(const char **p)
{
	static const char from[] = "abEfnrtv";
	static const char to[] = "\a\b\033\f\n\r\t\v";
	const char *s = *p;
	const char *known = strchr(from, *s);
	int v = 0, n = 0;

	*p = s + 1;
	if (known != NULL)
		return to[known - from];
	if (*s >= '0' && *s <= '7') {
		for (; n < 3 && s[n] >= '0' && s[n] <= '7'; n++)
			v = v * 8 + (s[n] - '0');
		*p = s + n;
		return (char)v;
	}
	if (*s == 'x' && isxdigit((unsigned char)s[1])) {
		for (n = 1; n < 3 && isxdigit((unsigned char)s[n]); n++)
			v = v * 16 + hex_value(s[n]);
		*p = s + n;
		return (char)v;
	}
	if (*s == 'c' && s[1] != '\0') {
		*p = s + 2;
		return (char)(toupper((unsigned char)s[1]) ^ 0x40);
	}
	return *s;
}

/* Level 1: a backslash protects a blank, a quote or itself, and stays before
 * anything else for level 2. */
static void
take_backslash(const char **p, bool escapes, struct buf *b)
{
	const char *s = *p + 1;

	if (*s == '\0') {
		buf_addc(b, '\\');
		*p = s;
	} else if (escapes) {
		char c = take_escape(&s);

		if (c != '\0') /* a NUL would end the word unseen */
			buf_addc(b, c);
		*p = s;
	} else if (lex_is_blank(*s) || strchr("\"'\\", *s) != NULL) {
		buf_addc(b, *s);
		*p = s + 1;
	} else {
		buf_addc(b, '\\');
		*p = s;
	}
}

/* One word, quotes glued; 0 or the quote that was not closed. */
static char
split_word(const char **p, bool escapes, struct buf *b)
{
	const char *s = *p;
	char quote = '\0';

	while (*s != '\0' && (quote != '\0' || !lex_is_blank(*s))) {
		if (*s == '\\') {
			take_backslash(&s, escapes, b);
		} else if (quote == '\0' && (*s == '"' || *s == '\'')) {
			quote = *s++;
		} else if (quote != '\0' && *s == quote) {
			quote = '\0';
			s++;
		} else {
			buf_addc(b, *s++);
		}
	}
	*p = s;
	return quote;
}

int
lex_split(struct arena *a, const char *s, bool escapes, const char ***word,
	  char *quote)
{
	struct buf b = BUF_INIT;
	const char **w = NULL;
	uint32_t n = 0, size = 0;
	int rc = 0;

	for (;;) {
		while (lex_is_blank(*s))
			s++;
		if (n + 1 >= size) {
			size = size == 0 ? 8 : size * 2;
			w = xrealloc(w, size * sizeof(*w));
		}
		if (*s == '\0')
			break;
		buf_reset(&b);
		*quote = split_word(&s, escapes, &b);
		if (*quote != '\0') {
			rc = -EINVAL;
			break;
		}
		w[n++] = arena_strndup(a, buf_str(&b), b.len);
	}
	buf_fini(&b);
	if (rc == 0) {
		w[n] = NULL;
		*word = arena_alloc(a, (n + 1) * sizeof(*w));
		memcpy(*word, w, (n + 1) * sizeof(*w));
		rc = (int)n;
	}
	free(w);
	return rc;
}
