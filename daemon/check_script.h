/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Scripts of MISC_CHECKs, run for the check engine.
 *
 * The engine asks by a name that stands for a script of the configuration in
 * force here, never with a command.  It is the process that meets hostile
 * bytes, so what it asks for has limits: a script runs at most once for each
 * checker that names it, all together CHECK_SCRIPTS_MAX at a time, one start
 * per millisecond, and no more than CHECK_SCRIPTS_WAITING wait.
 */
#ifndef DUUMVIR_DAEMON_CHECK_SCRIPT_H
#define DUUMVIR_DAEMON_CHECK_SCRIPT_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/event.h"
#include "lib/msg.h"

#define CHECK_SCRIPTS_MAX     128
#define CHECK_SCRIPTS_WAITING 65536

struct check_scripts;
struct conf;

/* done is called for each run that was asked for and not stopped. */
struct check_scripts *
check_scripts_new(struct ev_loop *loop,
		  void (*done)(void *arg, const struct msg_misc_done *m),
		  void *arg);
void check_scripts_free(struct check_scripts *t);
/* The scripts that may be asked for; NULL: none. */
void check_scripts_set_conf(struct check_scripts *t, const struct conf *c);
void check_scripts_run(struct check_scripts *t, const struct msg_misc_run *m);
/* Nobody wants to know any more. */
void check_scripts_stop(struct check_scripts *t, const struct msg_misc_run *m);
/* Who asked is gone: everything ends, nothing is said. */
void check_scripts_stop_all(struct check_scripts *t);
/* A child is gone: was it one of these? */
bool check_scripts_reap(struct check_scripts *t, pid_t pid, int status);

#endif
