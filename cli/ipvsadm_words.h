/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Words of a command line, one option after the other: long, short, bundled
 * ("-Ln"), with their value behind them, attached or after "=".  PURE.
 */
#ifndef DUUMVIR_CLI_IPVSADM_WORDS_H
#define DUUMVIR_CLI_IPVSADM_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum words_value {
	WORDS_NONE,
	WORDS_ONE,   /* the next word, whatever it looks like */
	WORDS_MAYBE, /* the next word unless it begins with '-' */
};

struct words_row {
	const char *name; /* without "--"; NULL ends a table */
	char letter;	  /* 0: long only */
	enum words_value value;
	int id;
};

struct words {
	const char *const *word;
	size_t n, next;
	const char *bundle; /* letters left of a word like -Ln */
	const char *raw;    /* the word that the last option stood in */
	bool is_over;	    /* after "--": arguments only */
};

enum words_is {
	WORDS_END,
	WORDS_OPTION,	/* *row, *value (NULL: none) */
	WORDS_ARGUMENT, /* *value: a word that is no option */
	WORDS_UNKNOWN,	/* raw: no such option, or more than one */
	WORDS_MISSING,	/* raw: its value is missing */
	WORDS_EXCESS,	/* raw: it has no value */
};

/* What comes next.  A long name may be cut as long as it is one only. */
enum words_is words_next(struct words *w, const struct words_row *rows,
			 const struct words_row **row, const char **value);

#endif
