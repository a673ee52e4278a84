/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the process takes from its surroundings once, at start: log, first
 * configuration, namespace, umask, pid file, users, limits.
 */
#ifndef DUUMVIR_DAEMON_SETUP_H
#define DUUMVIR_DAEMON_SETUP_H

#include <stdbool.h>
#include <sys/types.h>

#define SETUP_DEFAULT_CONF "/etc/keepalived/keepalived.conf"

struct conf;
struct daemon_conf;
struct engine;
struct options;
struct super;

/* Things to give back at the end. */
struct setup {
	char *core_pattern; /* the kernel's, before -M */
	const char *suffix; /* instance or namespace: part of log tags and
			     * pid file names; NULL: none */
	bool use_pid_dir;
	char own_suffix[64];
	char ident[96];
};

/* Opens the log. */
void setup_begin(struct super *s);
/* Reads the configuration; NULL with s->exit_status set if it cannot run. */
struct conf *setup_read(struct super *s);
/* Enters the namespace, takes the pid file, ...; false with s->exit_status
 * set if the daemon must not run. */
bool setup_environment(struct super *s, const struct conf *c);
void setup_fini(struct setup *u);
/* Opens and writes the pid file of a new engine. */
void setup_engine_pidfile(struct engine *e);

#endif
