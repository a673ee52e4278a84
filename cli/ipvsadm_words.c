/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Options of a command line; see ipvsadm_words.h. */
#include "cli/ipvsadm_words.h"

#include <string.h>

static const struct words_row *
find_letter(const struct words_row *rows, char c)
{
	for (const struct words_row *r = rows; r->name != NULL; r++)
		if (r->letter == c)
			return r;
	return NULL;
}

/* The whole name, or the only one that begins so. */
static const struct words_row *
find_name(const struct words_row *rows, const char *name, size_t len)
{
	const struct words_row *found = NULL;
	size_t n = 0;

	for (const struct words_row *r = rows; r->name != NULL; r++) {
		if (strncmp(r->name, name, len) != 0)
			continue;
		if (r->name[len] == '\0')
			return r;
		if (found == NULL || strcmp(found->name, r->name) != 0)
			n++;
		found = r;
	}
	return n == 1 && len > 0 ? found : NULL;
}

static enum words_is
take_value(struct words *w, const struct words_row *row, const char *attached,
	   const char **value)
{
	*value = attached;
	switch (row->value) {
	case WORDS_NONE:
		return attached == NULL ? WORDS_OPTION : WORDS_EXCESS;
	case WORDS_MAYBE:
		if (attached == NULL && w->next < w->n &&
		    w->word[w->next][0] != '-')
			*value = w->word[w->next++];
		return WORDS_OPTION;
	case WORDS_ONE:
		if (attached == NULL && w->next == w->n)
			return WORDS_MISSING;
		if (attached == NULL)
			*value = w->word[w->next++];
		return WORDS_OPTION;
	}
	return WORDS_UNKNOWN;
}

static enum words_is
next_letter(struct words *w, const struct words_row *rows,
	    const struct words_row **row, const char **value)
{
	const char *rest;

	*row = find_letter(rows, *w->bundle++);
	rest = w->bundle;
	if (*rest == '\0')
		w->bundle = NULL;
	if (*row == NULL)
		return WORDS_UNKNOWN;
	if ((*row)->value == WORDS_NONE && *rest != '=') {
		*value = NULL;
		return WORDS_OPTION;
	}
	w->bundle = NULL;
	if (*rest == '\0')
		return take_value(w, *row, NULL, value);
	return take_value(w, *row, *rest == '=' ? rest + 1 : rest, value);
}

static enum words_is
next_name(struct words *w, const struct words_row *rows,
	  const struct words_row **row, const char **value)
{
	const char *name = w->raw + 2, *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);

	*row = find_name(rows, name, len);
	if (*row == NULL)
		return WORDS_UNKNOWN;
	return take_value(w, *row, equals != NULL ? equals + 1 : NULL, value);
}

enum words_is
words_next(struct words *w, const struct words_row *rows,
	   const struct words_row **row, const char **value)
{
	if (w->bundle != NULL)
		return next_letter(w, rows, row, value);
	if (w->next == w->n)
		return WORDS_END;
	w->raw = w->word[w->next++];
	if (w->is_over || w->raw[0] != '-' || w->raw[1] == '\0') {
		*value = w->raw;
		return WORDS_ARGUMENT;
	}
	if (w->raw[1] != '-') {
		w->bundle = w->raw + 1;
		return next_letter(w, rows, row, value);
	}
	if (w->raw[2] != '\0')
		return next_name(w, rows, row, value);
	w->is_over = true;
	return words_next(w, rows, row, value);
}
