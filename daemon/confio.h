/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The configuration as the daemon handles it: read once from the file, given
 * to each engine as canonical text in a sealed memfd, read there again.
 */
#ifndef DUUMVIR_DAEMON_CONFIO_H
#define DUUMVIR_DAEMON_CONFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/msg.h"

struct buf;
struct conf;
struct conf_opts;
struct engine_row;
struct options;

/* What reading the file came to. */
struct confio_file {
	struct conf *conf; /* NULL: unusable */
	uint32_t errors;   /* complaints that are more than a warning */
	bool is_missing;   /* there is no such file, or an include is missing
			    * that must not be */
	bool is_stopped;   /* reading ended early: exit code 2 */
	char reason[MSG_TEXT_LEN]; /* the first error */
};

/* How to read a file under these options. */
struct conf_opts confio_opts(const struct options *o);
/* Reads the file and logs each complaint. */
struct confio_file confio_read(const char *path, const struct options *o);
/* Logs, in one line, keywords in use that nothing acts on yet. */
void confio_log_pending(const struct conf *c, const struct options *o);
/* Logs the configuration as canonical text (-d). */
void confio_log(const struct conf *c);
/* The engine's part of the configuration in a sealed memfd: the descriptor,
 * or -errno.  Equal texts have equal digests. */
int confio_seal(const struct conf *c, const struct engine_row *row,
		uint64_t *digest);
/* For struct proc_env. */
struct conf *confio_parse_engine(enum proc_id id, const char *text, size_t len,
				 const struct conf *old, char *reason);
/* Is there no word in it at all? */
bool confio_is_empty(const struct conf *c);
/* Names of the rows, changed between two configurations, that cannot change
 * while the daemon runs; false if there are none. */
bool confio_fixed_changes(const struct conf *old, const struct conf *now,
			  struct buf *names);

#endif
