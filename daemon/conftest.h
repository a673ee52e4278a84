/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What can be done with a configuration without running it: test it (-t),
 * print it, compare it with another (--plan), and say what the tables know
 * (--pending, keyword list, manual).
 */
#ifndef DUUMVIR_DAEMON_CONFTEST_H
#define DUUMVIR_DAEMON_CONFTEST_H

#include <stdio.h>

#include "parser/parse.h"

struct conftest {
	const char *path; /* -f: a file or glob */
	/* modules, mask and -i, -e; is_test is set by conftest_run() */
	struct conf_opts opts;
	const char *out; /* -t=FILE: appended to; NULL: stderr */
};

/*
 * Reads the file and prints each complaint and note.  Returns the exit code
 * of keepalived -t: 0, 2 (a keyword lacks its value), 4, 5, 6, or 1 if the
 * file to write to cannot be opened.
 */
int conftest_run(const struct conftest *t);
/* Prints the canonical text of what was read; exit code as above. */
int conftest_print(const struct conftest *t, FILE *out);
/*
 * Prints what a reload of path_new would do while path is running.  0; 5 if
 * the reload would be refused (a fixed keyword changed; why is printed), or
 * the exit code of the file that cannot be read.
 */
int conftest_plan(const struct conftest *t, const char *path_new, FILE *out);

enum conftest_list {
	CONFTEST_PENDING,  /* paths that nothing acts on yet */
	CONFTEST_KEYWORDS, /* all paths with args, default, process, meaning */
	CONFTEST_MANUAL,   /* roff of the keyword sections */
	CONFTEST_DICT,	   /* for fuzzers */
};

void conftest_print_list(const struct conf_module *const *modules,
			 enum conftest_list list, FILE *out);

#endif
