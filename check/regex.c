/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Patterns for the bodies of pages; see regex.h. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "check/regex.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "check/conf.h"
#include "lib/util.h"

struct regex {
	pcre2_code *code;
};

/* clang-format off */
static const struct {
	uint32_t ours, theirs;
} option[] = {
	{REGEX_ALLOW_EMPTY_CLASS,   PCRE2_ALLOW_EMPTY_CLASS},
	{REGEX_ALT_BSUX,            PCRE2_ALT_BSUX},
	{REGEX_AUTO_CALLOUT,        PCRE2_AUTO_CALLOUT},
	{REGEX_CASELESS,            PCRE2_CASELESS},
	{REGEX_DOLLAR_ENDONLY,      PCRE2_DOLLAR_ENDONLY},
	{REGEX_DOTALL,              PCRE2_DOTALL},
	{REGEX_DUPNAMES,            PCRE2_DUPNAMES},
	{REGEX_EXTENDED,            PCRE2_EXTENDED},
	{REGEX_FIRSTLINE,           PCRE2_FIRSTLINE},
	{REGEX_MATCH_UNSET_BACKREF, PCRE2_MATCH_UNSET_BACKREF},
	{REGEX_MULTILINE,           PCRE2_MULTILINE},
	{REGEX_NEVER_UCP,           PCRE2_NEVER_UCP},
	{REGEX_NEVER_UTF,           PCRE2_NEVER_UTF},
	{REGEX_NO_AUTO_CAPTURE,     PCRE2_NO_AUTO_CAPTURE},
	{REGEX_NO_AUTO_POSSESS,     PCRE2_NO_AUTO_POSSESS},
	{REGEX_NO_DOTSTAR_ANCHOR,   PCRE2_NO_DOTSTAR_ANCHOR},
	{REGEX_NO_START_OPTIMIZE,   PCRE2_NO_START_OPTIMIZE},
	{REGEX_UCP,                 PCRE2_UCP},
	{REGEX_UNGREEDY,            PCRE2_UNGREEDY},
	{REGEX_UTF,                 PCRE2_UTF | PCRE2_MATCH_INVALID_UTF},
	{REGEX_NEVER_BACKSLASH_C,   PCRE2_NEVER_BACKSLASH_C},
	{REGEX_ALT_CIRCUMFLEX,      PCRE2_ALT_CIRCUMFLEX},
	{REGEX_ALT_VERBNAMES,       PCRE2_ALT_VERBNAMES},
	{REGEX_USE_OFFSET_LIMIT,    PCRE2_USE_OFFSET_LIMIT},
};
/* clang-format on */

struct regex *
regex_new(const char *pattern, uint32_t options,
	  char error[static REGEX_ERROR_LEN])
{
	/* An offset limit may be asked for without the word. */
	uint32_t flags = PCRE2_USE_OFFSET_LIMIT;
	PCRE2_UCHAR text[120] = "";
	struct regex *r;
	pcre2_code *code;
	PCRE2_SIZE at;
	int number;

	for (size_t i = 0; i < ARRAY_LEN(option); i++)
		if ((options & option[i].ours) != 0)
			flags |= option[i].theirs;
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, flags,
			     &number, &at, NULL);
	if (code == NULL) {
		/* a text that was cut will do */
		(void)pcre2_get_error_message(number, text, sizeof(text));
		(void)snprintf(error, REGEX_ERROR_LEN, "at offset %zu: %s",
			       (size_t)at, (const char *)text);
		return NULL;
	}
	r = xcalloc(1, sizeof(*r));
	r->code = code;
	return r;
}

void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	pcre2_code_free(r->code);
	free(r);
}

static enum regex_result
run(const struct regex *r, const struct regex_subject *s,
    pcre2_match_context *context)
{
	pcre2_match_data *m = pcre2_match_data_create(1, NULL);
	int n;

	if (m == NULL)
		return REGEX_LIMIT;
	n = pcre2_match(r->code, (PCRE2_SPTR)s->data, s->len, s->min,
			s->is_part ? PCRE2_PARTIAL_HARD : 0, m, context);
	pcre2_match_data_free(m);
	if (n >= 0)
		return REGEX_FOUND;
	if (n == PCRE2_ERROR_NOMATCH || n == PCRE2_ERROR_PARTIAL)
		return REGEX_NOT_FOUND;
	return REGEX_LIMIT;
}

enum regex_result
regex_match(const struct regex *r, const struct regex_subject *s)
{
	pcre2_match_context *context;
	enum regex_result result;
	uint64_t memory =
		s->memory > REGEX_MEMORY_MAX ? s->memory : REGEX_MEMORY_MAX;

	if (s->min > s->len)
		return REGEX_NOT_FOUND;
	context = pcre2_match_context_create(NULL);
	if (context == NULL)
		return REGEX_LIMIT;
	(void)pcre2_set_match_limit(context, REGEX_STEPS_MAX);
	(void)pcre2_set_depth_limit(context, REGEX_DEPTH_MAX);
	(void)pcre2_set_heap_limit(context, (uint32_t)(memory / 1024));
	if (s->max != 0)
		(void)pcre2_set_offset_limit(context, s->max);
	result = run(r, s, context);
	pcre2_match_context_free(context);
	return result;
}
