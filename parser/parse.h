/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Reading a configuration: text × tables → tree and diagnostics.
 *
 * Each file is read once, in one pass.  Whatever the input is, reading ends
 * quickly with a tree or a diagnostic: depth, includes, expansion and output
 * are limited (CONF_MAX_*).
 */
#ifndef DUUMVIR_PARSE_H
#define DUUMVIR_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/tree.h"

struct conf_module;
struct diag_sink;

#define CONF_MAX_LINE	1023	     /* bytes of a line, as keepalived */
#define CONF_MAX_FILE	(64u << 20)  /* bytes of one file */
#define CONF_MAX_INPUT	(128u << 20) /* bytes of all files */
#define CONF_MAX_DEPTH	64	     /* nested blocks */
#define CONF_MAX_NEST	32	     /* nested includes */
#define CONF_MAX_FILES	4096	     /* files read */
#define CONF_MAX_EXPAND 64	     /* nested variables */
#define CONF_MAX_MADE	(1u << 20)   /* lines made by loops and definitions */
#define CONF_MAX_TEXT	(16u << 20)  /* bytes made by variables and loops */

struct conf_opts {
	/* Tables, NULL terminated, in the order of enum conf_module_id. */
	const struct conf_module *const *modules;
	uint32_t mask;	       /* which of them to fill (CONF_MASK()) */
	const char *config_id; /* -i; NULL: node name up to the first dot */
	bool is_test;	 /* -t: numbers with trailing garbage are refused */
	bool all_config; /* -e: as include_check, from the main file on */
	/* An engine reading its canonical text: unknown words (of modules not
	 * in mask) are passed over, no host, user, file or interface look-ups
	 * (rules ask for it), no diagnostics about them. */
	bool is_engine;
	/* Lines that loops and definitions may make; text and replacements in
	 * proportion.  0: CONF_MAX_MADE.  For fuzzers, who want many short
	 * readings. */
	uint32_t max_made;
	uint64_t random_seed; /* for ${_RANDOM}; 0: from the kernel */
};

/* What a reading came to. */
struct conf_result {
	struct conf *conf; /* owned by the caller (conf_free()); incomplete if
			    * is_stopped is set */
	/* A missing argument or similar ended the reading: exit code 2. */
	bool is_stopped;
	/* The main file did not exist or was no readable regular file. */
	bool is_missing;
	/* A strict include failed: exit code 6. */
	bool include_failed;
	uint32_t n_files, n_lines;
};

/* Reads path (may be a glob, as keepalived's -f).  Complaints go to sink. */
struct conf_result conf_read_file(const char *path,
				  const struct conf_opts *opts,
				  struct diag_sink *sink);
/* Reads text from memory; name stands for the file in messages. */
struct conf_result conf_read_text(const char *name, const char *text,
				  size_t len, const struct conf_opts *opts,
				  struct diag_sink *sink);
/*
 * The same for an engine and a text that is nearly that of old, which is in
 * force and was read by this function (NULL: there is none).  Blocks that
 * stand alone (see struct kw_block) and are the same to the letter are not
 * read again if all that they may depend on is the same, too: both trees have
 * them, and they end with the last of these.  The tree is the one that
 * conf_read_text() makes, except for the lines that objects stand on.
 */
struct conf_result conf_read_again(const char *name, const char *text,
				   size_t len, const struct conf_opts *opts,
				   struct diag_sink *sink,
				   const struct conf *old);
/* Exit code of `-t`: 2 if stopped, 6 after a strict include that failed, else
 * by the highest class. */
int conf_exit_code(const struct conf_result *r, const struct diag_sink *sink);

/* Name of a file that conf_pos.file refers to. */
const char *conf_file_name(const struct conf *c, uint16_t file);

/* Keywords used in this configuration that nothing acts on yet: full paths
 * ("vrrp_instance/debug"), each once; returns their number, at most max. */
size_t conf_pending(const struct conf *c,
		    const struct conf_module *const *modules, const char **path,
		    size_t max);

#endif
