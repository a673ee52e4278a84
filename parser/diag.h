/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What is wrong with a configuration, where, and what was expected.
 *
 * Diagnostics are collected, capped in number and size, and printed by
 * whoever asked for the reading; nothing here writes anywhere.
 */
#ifndef DUUMVIR_DIAG_H
#define DUUMVIR_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

/*
 * In keepalived's order: the highest class seen decides the exit code of a
 * configuration test.  NOTE is no complaint.
 */
enum diag_class {
	DIAG_NOTE,
	DIAG_FILE_NOT_FOUND,
	DIAG_BAD_IF,
	DIAG_FATAL,
	DIAG_MULTIPLE_FILES,
	DIAG_UNKNOWN_KEYWORD,
	DIAG_BRACES,
	DIAG_QUOTE,
	DIAG_MISSING_PARAMETER,
	DIAG_INVALID_NUMBER,
	DIAG_GENERAL,
	DIAG_WARNING,
	DIAG_DEPRECATED,
	DIAG_SECURITY,
	DIAG_CLASS_COUNT,
};

struct diag {
	enum diag_class cls;
	const char *file; /* NULL: no place, e.g. a rule across objects */
	uint32_t line;	  /* 1-based; 0 unknown */
	uint32_t col;	  /* 1-based; 0 unknown */
	const char *text;
	const char *expected; /* NULL or e.g. "a number from 1 to 255" */
	const char *near;     /* NULL or the nearest valid word */
};

struct diag_sink;

#define DIAG_MAX_COUNT 2000 /* kept; further ones are only counted */
#define DIAG_MAX_TEXT  400  /* bytes of each text */

struct diag_sink *diag_sink_new(void);
void diag_sink_free(struct diag_sink *s);
/* Copies d (text cut to DIAG_MAX_TEXT, unprintable bytes escaped). */
void diag_add(struct diag_sink *s, const struct diag *d);

/* What was collected, in order of appearance. */
size_t diag_count(const struct diag_sink *s);
const struct diag *diag_get(const struct diag_sink *s, size_t i);
/* Seen in all, kept or not. */
uint64_t diag_total(const struct diag_sink *s);
bool diag_has(const struct diag_sink *s, enum diag_class cls);
/* Highest class seen; DIAG_NOTE if there was no complaint. */
enum diag_class diag_worst(const struct diag_sink *s);

/* Exit code of a configuration test whose highest class is cls: 0, 4, 5, 6. */
int diag_exit_code(enum diag_class cls);
/* "unknown keyword", ... for tests and JSON. */
const char *diag_class_name(enum diag_class cls);
/* FILE:LINE:COL: text (expected ...; did you mean '...'?) */
void diag_print(const struct diag *d, struct buf *out);
/* All of them, one per line, with a last line for those not kept. */
void diag_print_all(const struct diag_sink *s, struct buf *out);

/*
 * The word of list nearest to word by edit distance, or NULL if none is near
 * (more than a third of its letters differ).
 */
const char *diag_nearest(const char *word, const char *const *list, size_t n);

#endif
