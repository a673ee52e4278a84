/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Collecting and printing complaints; see diag.h.  Bytes that a terminal
 * could act on are printed escaped.
 */
#include "parser/diag.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/util.h"

struct diag_sink {
	struct arena *arena;
	struct diag *diag;
	size_t n, size;
	uint64_t total;
	uint64_t seen[DIAG_CLASS_COUNT];
};

struct diag_sink *
diag_sink_new(void)
{
	struct diag_sink *s = xcalloc(1, sizeof(*s));

	s->arena = arena_new();
	return s;
}

void
diag_sink_free(struct diag_sink *s)
{
	if (s == NULL)
		return;
	arena_free(s->arena);
	free(s->diag);
	free(s);
}

/* Continuation bytes of the UTF-8 character at s, or -1 if it is none. */
static int
utf8_tail(const unsigned char *s)
{
	int n = s[0] >= 0xf0 && s[0] < 0xf5   ? 3
		: s[0] >= 0xe0 && s[0] < 0xf0 ? 2
		: s[0] >= 0xc2 && s[0] < 0xe0 ? 1
					      : -1;

	for (int i = 1; i <= n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return -1;
	/* C1 controls and what follows them are not for terminals */
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return -1;
	return n;
}

static const char *
clean_copy(struct arena *a, const char *text)
{
	struct buf b = BUF_INIT;
	const unsigned char *s = (const unsigned char *)text;
	char *copy;

	while (*s != '\0' && b.len < DIAG_MAX_TEXT) {
		int tail = *s < 0x80 ? 0 : utf8_tail(s);

		if (tail < 0 || *s < ' ' || *s == 0x7f) {
			buf_printf(&b, "\\x%02x", *s++);
			continue;
		}
		buf_add(&b, s, (size_t)tail + 1);
		s += tail + 1;
	}
	if (*s != '\0')
		buf_adds(&b, "...");
	copy = arena_strdup(a, buf_str(&b));
	buf_fini(&b);
	return copy;
}

void
diag_add(struct diag_sink *s, const struct diag *d)
{
	struct diag *k;

	s->total++;
	s->seen[d->cls]++;
	if (s->n == DIAG_MAX_COUNT)
		return;
	if (s->n == s->size) {
		s->size = s->size == 0 ? 16 : s->size * 2;
		s->diag = xrealloc(s->diag, s->size * sizeof(*s->diag));
	}
	k = &s->diag[s->n++];
	*k = *d;
	k->text = clean_copy(s->arena, d->text);
	if (d->file != NULL)
		k->file = clean_copy(s->arena, d->file);
	if (d->expected != NULL)
		k->expected = clean_copy(s->arena, d->expected);
	if (d->near != NULL)
		k->near = clean_copy(s->arena, d->near);
}

size_t
diag_count(const struct diag_sink *s)
{
	return s->n;
}

const struct diag *
diag_get(const struct diag_sink *s, size_t i)
{
	return &s->diag[i];
}

uint64_t
diag_total(const struct diag_sink *s)
{
	return s->total;
}

bool
diag_has(const struct diag_sink *s, enum diag_class cls)
{
	return s->seen[cls] > 0;
}

enum diag_class
diag_worst(const struct diag_sink *s)
{
	for (int c = DIAG_CLASS_COUNT - 1; c > DIAG_NOTE; c--)
		if (s->seen[c] > 0)
			return (enum diag_class)c;
	return DIAG_NOTE;
}

int
diag_exit_code(enum diag_class cls)
{
	if (cls == DIAG_NOTE)
		return 0;
	if (cls <= DIAG_FATAL)
		return 4;
	return cls == DIAG_SECURITY ? 6 : 5;
}

const char *
diag_class_name(enum diag_class cls)
{
	switch (cls) {
	case DIAG_NOTE:
		return "note";
	case DIAG_FILE_NOT_FOUND:
		return "file not found";
	case DIAG_BAD_IF:
		return "bad interface";
	case DIAG_FATAL:
		return "fatal";
	case DIAG_MULTIPLE_FILES:
		return "multiple files";
	case DIAG_UNKNOWN_KEYWORD:
		return "unknown keyword";
	case DIAG_BRACES:
		return "braces";
	case DIAG_QUOTE:
		return "quote";
	case DIAG_MISSING_PARAMETER:
		return "missing parameter";
	case DIAG_INVALID_NUMBER:
		return "invalid number";
	case DIAG_GENERAL:
		return "error";
	case DIAG_WARNING:
		return "warning";
	case DIAG_DEPRECATED:
		return "deprecated";
	case DIAG_SECURITY:
		return "security";
	case DIAG_CLASS_COUNT:
		break;
	}
	return "?";
}

void
diag_print(const struct diag *d, struct buf *out)
{
	if (d->file != NULL) {
		buf_adds(out, d->file);
		if (d->line > 0)
			buf_printf(out, ":%u", d->line);
		if (d->line > 0 && d->col > 0)
			buf_printf(out, ":%u", d->col);
		buf_adds(out, ": ");
	}
	if (d->cls == DIAG_NOTE)
		buf_adds(out, "note: ");
	buf_adds(out, d->text);
	if (d->expected == NULL && d->near == NULL)
		return;
	buf_adds(out, " (");
	if (d->expected != NULL)
		buf_printf(out, "expected %s", d->expected);
	if (d->near != NULL)
		buf_printf(out, "%sdid you mean '%s'?",
			   d->expected != NULL ? "; " : "", d->near);
	buf_addc(out, ')');
}

void
diag_print_all(const struct diag_sink *s, struct buf *out)
{
	for (size_t i = 0; i < s->n; i++) {
		diag_print(&s->diag[i], out);
		buf_addc(out, '\n');
	}
	if (s->total > s->n)
		buf_printf(out, "and %llu more\n",
			   (unsigned long long)(s->total - s->n));
}

#define NEAREST_MAX 64

/* Edits (insert, delete, change, swap of neighbours) between a and b, or
 * limit + 1 if there are more. */
static size_t
edit_distance(const char *a, size_t la, const char *b, size_t lb, size_t limit)
{
	uint8_t row[3][NEAREST_MAX + 1];
	uint8_t *before = row[0], *last = row[1], *now = row[2];

	if ((la > lb ? la - lb : lb - la) > limit)
		return limit + 1;
	for (size_t j = 0; j <= lb; j++)
		last[j] = (uint8_t)j;
	for (size_t i = 1; i <= la; i++) {
		uint8_t *t = before;

		now[0] = (uint8_t)i;
		for (size_t j = 1; j <= lb; j++) {
			uint8_t d =
				(uint8_t)(last[j - 1] + (a[i - 1] != b[j - 1]));

			if (last[j] + 1 < d)
				d = (uint8_t)(last[j] + 1);
			if (now[j - 1] + 1 < d)
				d = (uint8_t)(now[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < d)
				d = (uint8_t)(before[j - 2] + 1);
			now[j] = d;
		}
		before = last;
		last = now;
		now = t;
	}
	return last[lb];
}

const char *
diag_nearest(const char *word, const char *const *list, size_t n)
{
	size_t len = strlen(word);
	size_t limit = len / 3;
	const char *best = NULL;

	if (len > NEAREST_MAX || len < 2)
		return NULL;
	if (limit == 0)
		limit = 1;
	for (size_t i = 0; i < n; i++) {
		size_t l = strlen(list[i]), d;

		if (l > NEAREST_MAX)
			continue;
		d = edit_distance(word, len, list[i], l, limit);
		if (d > limit)
			continue;
		best = list[i];
		if (d == 0)
			return best;
		limit = d - 1;
	}
	return best;
}
