/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The engines and modules that this program is composed of: one row per
 * engine.
 */
#ifndef DUUMVIR_DAEMON_ENGINES_H
#define DUUMVIR_DAEMON_ENGINES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/proc.h"

struct conf;
struct conf_module;
struct options;

struct engine_row {
	enum proc_id id;
	const struct engine_ops *ops;
	const char *ident;   /* tag of its log lines and name of the process */
	const char *label;   /* in the supervisor's log lines */
	const char *pidfile; /* name of its pid file; NULL: none */
	unsigned int pid_option; /* enum options_pid */
	uint32_t modules; /* CONF_MASK bits of the configuration it gets */
	/* privileges once it runs */
	uint64_t caps;
	bool has_files;
	enum priv_calls calls;
	bool is_check_user; /* duumvir-check instead of duumvir */
	/* Does this configuration give it something to do? */
	bool (*is_configured)(const struct conf *c);
};

/* All modules of the configuration, NULL terminated, in the order of enum
 * conf_module_id. */
extern const struct conf_module *const engines_modules[];

/* The engine's row, or NULL if there is none. */
const struct engine_row *engines_find(enum proc_id id);
/* Is the engine to run with this configuration and command line? */
bool engines_is_wanted(const struct engine_row *row, const struct options *o,
		       const struct conf *c);

#endif
