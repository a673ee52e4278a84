/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Patterns for the bodies of pages.  The one place that knows PCRE2.
 *
 * Both sides may be hostile in effect: a pattern that explodes, a page that
 * makes it.  So one match has limits of steps, depth and memory, and no code
 * is made at run time (no JIT): the check process maps nothing executable.
 */
#ifndef DUUMVIR_CHECK_REGEX_H
#define DUUMVIR_CHECK_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGEX_STEPS_MAX	 1000000U
#define REGEX_DEPTH_MAX	 100000U
#define REGEX_MEMORY_MAX ((uint64_t)8 * 1024 * 1024)

struct regex;

#define REGEX_ERROR_LEN 160

/* NULL: it cannot be compiled; error says why ("at offset 3: ...").  options:
 * bits of enum regex_option. */
struct regex *regex_new(const char *pattern, uint32_t options,
			char error[static REGEX_ERROR_LEN]);
void regex_free(struct regex *r);

struct regex_subject {
	const char *data;
	size_t len;
	size_t min, max; /* where a match may begin; max 0: anywhere */
	/* Memory for backtracking, when more than REGEX_MEMORY_MAX. */
	uint64_t memory;
	bool is_part; /* more would follow: what reaches the end, is none */
};

enum regex_result {
	REGEX_FOUND,
	REGEX_NOT_FOUND,
	REGEX_LIMIT, /* of steps, depth or memory */
};

enum regex_result regex_match(const struct regex *r,
			      const struct regex_subject *s);

#endif
