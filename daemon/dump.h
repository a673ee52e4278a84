/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* State written to files on signals (SIGUSR1, SIGUSR2, JSON, ...). */
#ifndef DUUMVIR_DAEMON_DUMP_H
#define DUUMVIR_DAEMON_DUMP_H

#include "lib/msg.h"

struct dumps;
struct engine;
struct super;

/*
 * The path of a dump: what was given (NULL: nothing; a relative name goes to
 * the temporary directory, one that ends in '/' is a directory), else the
 * usual name, with part and suffix before the extension; malloc'ed.
 */
char *dump_name(const char *given, const char *usual, const char *part,
		const char *suffix);

struct dumps *dumps_new(void);
void dumps_free(struct dumps *d);
/* Asks the engines concerned to write; the supervisor writes its own.  Before
 * the first configuration it is noted only. */
void dumps_start(struct super *s, enum msg_dump_kind kind);
/* Starts what was noted. */
void dumps_start_early(struct super *s);
/* A PONG: what the engine was asked before that PING is written. */
void dumps_on_pong(struct engine *e);
/* The engine is gone: its unfinished files go too. */
void dumps_on_death(struct engine *e);

#endif
