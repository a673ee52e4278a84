/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Conditions, definitions, variables and include: from the lines of the files
 * to the lines that the lexer sees.
 *
 * Recursion, output and the number of replacements are limited, so that
 * $A=$A and worse end in a complaint.  Canonical text that an engine reads
 * passes through untouched.
 */
#include <ctype.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <uthash.h>

#include "lib/util.h"
#include "parser/reader.h"

#define STEPS_PER_LINE 2     /* replacements per line that may be made */
#define LINE_STEPS_MAX 20000 /* replacements in one line */
#define EXPANDED_MAX   8192  /* bytes of an expanded line */

struct macro {
	UT_hash_handle hh;
	const char *value;
	size_t len;
	bool is_multi; /* lines, separated by \n */
	char name[];
};

/* One line being expanded. */
struct job {
	struct conf_ctx *ctx;
	struct buf out;
	const char *more; /* lines behind this one, of a multi-line macro */
	size_t more_len;
	uint32_t steps;
	bool is_bad;
};

void
macro_set(struct conf_ctx *ctx, const char *name, size_t len, const char *value,
	  size_t value_len)
{
	struct macro *m;

	HASH_FIND(hh, ctx->expand.macros, name, len, m);
	if (m == NULL) {
		m = arena_alloc(ctx->arena, sizeof(*m) + len + 1);
		memcpy(m->name, name, len);
		HASH_ADD_KEYPTR(hh, ctx->expand.macros, m->name, len, m);
	}
	m->value = value;
	m->len = value_len;
	m->is_multi = memchr(value, '\n', value_len) != NULL;
}

void
expand_init(struct conf_ctx *ctx)
{
	struct utsname u;

	uint64_t lines =
		ctx->opts->max_made != 0 ? ctx->opts->max_made : CONF_MAX_MADE;

	ctx->expand.max_lines = lines;
	ctx->expand.max_steps = lines * STEPS_PER_LINE;
	ctx->expand.max_made = lines * (CONF_MAX_TEXT / CONF_MAX_MADE);
	ctx->expand.config_id = ctx->opts->config_id;
	if (ctx->expand.config_id == NULL && uname(&u) == 0) {
		u.nodename[strcspn(u.nodename, ".")] = '\0';
		ctx->expand.config_id = arena_strdup(ctx->arena, u.nodename);
	}
	if (ctx->expand.config_id == NULL)
		ctx->expand.config_id = "";
	ctx->expand.random = ctx->opts->random_seed;
	if (ctx->expand.random == 0 &&
	    getrandom(&ctx->expand.random, sizeof(ctx->expand.random),
		      GRND_NONBLOCK) < 0)
		ctx->expand.random = (uintptr_t)&u; /* early boot */
	ctx->expand.random |= 1; /* xorshift must not start at 0 */
}

void
expand_fini(struct conf_ctx *ctx)
{
	HASH_CLEAR(hh, ctx->expand.macros);
}

/* ---- replacing ---- */

static size_t
name_length(const char *s, const char *end)
{
	const char *p = s;

	if (p < end && (isalpha((unsigned char)*p) || *p == '_'))
		for (p++; p < end && (isalnum((unsigned char)*p) || *p == '_');)
			p++;
	return (size_t)(p - s);
}

static uint64_t
next_random(struct expand *e)
{
	e->random ^= e->random << 13;
	e->random ^= e->random >> 7;
	e->random ^= e->random << 17;
	return e->random;
}

void
conf_ctx_seed_random(struct conf_ctx *ctx, uint32_t seed)
{
	/* Seeds side by side begin far from each other, and none at 0. */
	ctx->expand.random = (seed + UINT64_C(1)) * 0x9e3779b97f4a7c15U | 1;
	for (int i = 0; i < 8; i++)
		(void)next_random(&ctx->expand); /* stirs */
}

/* A number of digits only; false: it is none. */
static bool
take_digits(const char **p, const char *end, uint64_t *v)
{
	const char *s = *p;

	*v = 0;
	while (s < end && isdigit((unsigned char)*s) && *v < UINT32_MAX)
		*v = *v * 10 + (uint64_t)(*s++ - '0');
	if (s == *p)
		return false;
	*p = s;
	return true;
}

static bool
add_random(struct job *j, const char *args, const char *end)
{
	uint64_t min = 0, max = 32767, v;

	for (int i = 0; i < 2 && args < end; i++) {
		while (args < end && lex_is_blank(*args))
			args++;
		if (!take_digits(&args, end, i == 0 ? &min : &max))
			return false;
	}
	if (args != end)
		return false;
	v = min;
	if (min > max)
		ctx_report(j->ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "${_RANDOM}: minimum %llu above maximum %llu",
			   (unsigned long long)min, (unsigned long long)max);
	else
		v = min + next_random(&j->ctx->expand) % (max - min + 1);
	buf_printf(&j->out, "%llu", (unsigned long long)v);
	return true;
}

static bool
add_env(struct job *j, const char *args, const char *end)
{
	char name[256];
	const char *value;

	while (args < end && lex_is_blank(*args))
		args++;
	if (args == end || (size_t)(end - args) >= sizeof(name)) {
		ctx_report(j->ctx, DIAG_GENERAL, 0, "${_ENV NAME}", NULL,
			   "${_ENV} without the name of a variable");
		return true; /* replaced by nothing */
	}
	memcpy(name, args, (size_t)(end - args));
	name[end - args] = '\0';
	value = getenv(name);
	if (value != NULL)
		buf_add(&j->out, value, strcspn(value, "\n"));
	return true;
}

/* ${_NAME args}; s is behind the brace, end at the closing one. */
static bool
add_builtin(struct job *j, const char *s, const char *end)
{
	size_t len = name_length(s, end);
	const char *args = s + len;
	const struct src_frame *f = source_file(j->ctx);

	if (args < end && !lex_is_blank(*args))
		return false;
	if (len == 4 && memcmp(s, "_ENV", 4) == 0)
		return add_env(j, args, end);
	if (len == 7 && memcmp(s, "_RANDOM", 7) == 0)
		return add_random(j, args, end);
	if (args != end)
		return false;
	if (len == 4 && memcmp(s, "_PWD", 4) == 0)
		buf_adds(&j->out, f != NULL ? f->dir : "");
	else if (len == 9 && memcmp(s, "_INSTANCE", 9) == 0)
		buf_adds(&j->out, j->ctx->expand.config_id);
	else if (len == 5 && memcmp(s, "_HASH", 5) == 0)
		buf_addc(&j->out, '#');
	else if (len == 5 && memcmp(s, "_BANG", 5) == 0)
		buf_addc(&j->out, '!');
	else
		return false;
	return true;
}

static void expand_text(struct job *j, const char *s, const char *end,
			char after, uint32_t depth);

static void
fail(struct job *j, const char *why)
{
	if (!j->is_bad)
		ctx_report(j->ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "%s - ignoring line", why);
	j->is_bad = true;
}

static bool
is_within_limits(struct job *j, uint32_t depth)
{
	if (depth >= CONF_MAX_EXPAND)
		fail(j,
		     "a variable is defined by itself, or too deeply nested");
	else if (++j->steps > LINE_STEPS_MAX || j->out.len > EXPANDED_MAX)
		fail(j, "variables make this line too long");
	if (++j->ctx->expand.steps > j->ctx->expand.max_steps) {
		fail(j, "too many variables are used: reading stops here");
		j->ctx->expand.is_over = true;
	}
	return !j->is_bad;
}

/* after: the character behind the variable; '\0' at the end of the line. */
static bool
add_macro(struct job *j, const char *name, size_t len, char after,
	  uint32_t depth)
{
	const struct macro *m;
	const char *nl;

	HASH_FIND(hh, j->ctx->expand.macros, name, len, m);
	if (m == NULL || (m->is_multi && after != '\0'))
		return false;
	if (!is_within_limits(j, depth))
		return true;
	nl = memchr(m->value, '\n', m->len);
	if (nl == NULL) {
		expand_text(j, m->value, m->value + m->len, after, depth + 1);
		return true;
	}
	expand_text(j, m->value, nl, '\0', depth + 1);
	if (j->more != NULL)
		source_push_text(
			j->ctx,
			arena_strndup(j->ctx->arena, j->more, j->more_len),
			j->more_len);
	j->more = nl + 1;
	j->more_len = m->len - (size_t)(nl + 1 - m->value);
	return true;
}

/* Replaces the variable at s, which points at '$'; returns what is behind it,
 * or NULL: it stays as it is. */
static const char *
replace_one(struct job *j, const char *s, const char *end, char after,
	    uint32_t depth)
{
	const char *name = s + 1, *close;
	size_t len;

	if (name < end && *name == '{') {
		name++;
		close = memchr(name, '}', (size_t)(end - name));
		if (close == NULL)
			return NULL;
		len = name_length(name, close);
		if (len > 0 && name + len == close &&
		    add_macro(j, name, len, close + 1 < end ? close[1] : after,
			      depth))
			return close + 1;
		return *name == '_' && add_builtin(j, name, close) ? close + 1
								   : NULL;
	}
	len = name_length(name, end);
	if (len == 0)
		return NULL;
	if (name + len < end)
		after = name[len];
	if (after != '\0' && strchr(" \t,)", after) == NULL)
		return NULL;
	return add_macro(j, name, len, after, depth) ? name + len : NULL;
}

static void
expand_text(struct job *j, const char *s, const char *end, char after,
	    uint32_t depth)
{
	while (s < end && !j->is_bad) {
		const char *dollar = memchr(s, '$', (size_t)(end - s));
		const char *next;

		if (dollar == NULL)
			dollar = end;
		buf_add(&j->out, s, (size_t)(dollar - s));
		if (dollar == end)
			return;
		next = replace_one(j, dollar, end, after, depth);
		if (next == NULL) {
			buf_addc(&j->out, '$');
			next = dollar + 1;
		}
		s = next;
	}
}

/* Text made by variables is limited, too. */
void
count_text(struct conf_ctx *ctx, size_t len)
{
	ctx->expand.made += len;
	if (ctx->expand.made <= ctx->expand.max_made || ctx->expand.is_over)
		return;
	ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
		   "variables and loops make more than %llu KiB of text: "
		   "reading stops here",
		   (unsigned long long)ctx->expand.max_made >> 10);
	ctx->expand.is_over = true;
}

void
expand_line(struct conf_ctx *ctx, struct src_line *l)
{
	struct job j = {.ctx = ctx, .out = BUF_INIT};

	expand_text(&j, l->s, l->s + l->len, '\0', 0);
	if (j.is_bad)
		buf_reset(&j.out);
	count_text(ctx, j.out.len);
	if (j.more != NULL && !j.is_bad)
		source_push_text(ctx,
				 arena_strndup(ctx->arena, j.more, j.more_len),
				 j.more_len);
	l->s = arena_strndup(ctx->arena, buf_str(&j.out), j.out.len);
	l->len = j.out.len;
	buf_fini(&j.out);
}

/* ---- definitions and conditions ---- */

static const char *
skip_blanks(const char *s, const char *end)
{
	while (s < end && lex_is_blank(*s))
		s++;
	return s;
}

/* Collects the lines of $NAME= ... \ into b. */
static void
collect_lines(struct conf_ctx *ctx, struct buf *b, const char *s,
	      const char *end)
{
	struct src_line l;

	for (;;) {
		bool goes_on = end > s && end[-1] == '\\';

		if (goes_on)
			end--;
		s = skip_blanks(s, end);
		while (end > s && lex_is_blank(end[-1]))
			end--;
		if (end > s) {
			if (b->len > 0)
				buf_addc(b, '\n');
			buf_add(b, s, (size_t)(end - s));
		}
		if (!goes_on || !source_next(ctx, &l))
			return;
		s = l.s;
		end = s + lex_strip(s, l.len);
	}
}

/* $NAME=VALUE; s points at '$'.  false: it is none. */
static bool
take_definition(struct conf_ctx *ctx, const char *s, const char *end)
{
	size_t len = name_length(s + 1, end);
	const char *name = s + 1, *value = name + len;
	struct buf b = BUF_INIT;
	const char *text;

	if (len == 0 || value >= end || *value != '=')
		return false;
	value = skip_blanks(value + 1, end);
	if (value == end || end[-1] != '\\') {
		/* the line stays where it is: the lexer never sees it */
		macro_set(ctx, name, len, value, (size_t)(end - value));
		return true;
	}
	name = arena_strndup(ctx->arena, name, len);
	collect_lines(ctx, &b, value, end);
	text = arena_strndup(ctx->arena, buf_str(&b), b.len);
	macro_set(ctx, name, len, text, b.len);
	buf_fini(&b);
	return true;
}

/* @id rest: blanks out the condition; false: the line does not count. */
static bool
take_condition(struct conf_ctx *ctx, char *s, const char *end)
{
	bool is_not = s + 1 < end && s[1] == '^';
	char *id = s + 1 + is_not, *p = id;
	size_t len;
	bool is_same;

	while (p < end && !lex_is_blank(*p))
		p++;
	len = (size_t)(p - id);
	if (len == 0 || p == end)
		return false;
	is_same = strlen(ctx->expand.config_id) == len &&
		  memcmp(ctx->expand.config_id, id, len) == 0;
	memset(s, ' ', (size_t)(p - s));
	return is_same != is_not;
}

static const struct {
	const char *word;
	uint32_t strict;
} include_words[] = {
	{"include", 0},
	{"includer", CONF_INCLUDE_READ},
	{"includem", CONF_INCLUDE_READ | CONF_INCLUDE_MATCH},
	{"includew",
	 CONF_INCLUDE_READ | CONF_INCLUDE_MATCH | CONF_INCLUDE_WILDCARD},
	{"includeb", CONF_INCLUDE_READ | CONF_INCLUDE_BRACE},
	{"includea", CONF_INCLUDE_ALL},
};

/* include PATTERN; false: it is none. */
static bool
take_include(struct conf_ctx *ctx, const char *s, const char *end)
{
	size_t len = 0;

	end = s + lex_strip(s, (size_t)(end - s));
	while (s + len < end && !lex_is_blank(s[len]))
		len++;
	for (size_t i = 0; i < ARRAY_LEN(include_words); i++) {
		const char *pattern = skip_blanks(s + len, end);

		if (strlen(include_words[i].word) != len ||
		    memcmp(s, include_words[i].word, len) != 0)
			continue;
		if (pattern == end)
			return false; /* unknown keyword, as keepalived has it */
		source_include(ctx,
			       arena_strndup(ctx->arena, pattern,
					     (size_t)(end - pattern)),
			       include_words[i].strict | ctx->include_check);
		return true;
	}
	return false;
}

/* The line's own words: true if nothing is left for the lexer. */
static bool
is_taken(struct conf_ctx *ctx, struct src_line *l)
{
	char *end, *s;

	l->len = lex_strip(l->s, l->len);
	end = l->s + l->len;
	s = l->s + (skip_blanks(l->s, end) - l->s);
	if (s < end && *s == '@') {
		if (!take_condition(ctx, s, end))
			return true;
		s += skip_blanks(s, end) - s;
	}
	if (s < end && *s == '$' && take_definition(ctx, s, end))
		return true;
	if (s < end && *s == '~' && loop_start(ctx, l))
		return true;
	if (memchr(s, '$', (size_t)(end - s)) != NULL) {
		expand_line(ctx, l);
		end = l->s + l->len;
		s = l->s + (skip_blanks(l->s, end) - l->s);
	}
	return s == end || take_include(ctx, s, end);
}

bool
expand_next(struct conf_ctx *ctx, struct src_line *l)
{
	while (source_next(ctx, l)) {
		const char *end = l->s + l->len;
		const char *s = skip_blanks(l->s, end);

		if (s == end)
			continue;
		if (ctx->opts->is_engine)
			return true;
		if (strchr("@~$i", *s) == NULL &&
		    memchr(s, '$', (size_t)(end - s)) == NULL)
			return true;
		if (*s == 'i' && memchr(s, '$', (size_t)(end - s)) == NULL &&
		    strncmp(s, "include", 7) != 0)
			return true;
		if (!is_taken(ctx, l))
			return true;
	}
	return false;
}
