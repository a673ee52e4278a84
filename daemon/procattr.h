/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the configuration says about engine processes themselves: their names
 * and how the kernel schedules them.
 */
#ifndef DUUMVIR_DAEMON_PROCATTR_H
#define DUUMVIR_DAEMON_PROCATTR_H

#include <sys/types.h>

#include "lib/msg.h"

struct conf;
struct engine_row;

/* The name of the process (x_process_name, process_names, else the row's). */
const char *procattr_name(const struct engine_row *row, const struct conf *c);
/*
 * Sets niceness, real time priority, CPUs and limits of an engine; pid 0 is
 * the caller, for which x_no_swap counts too (nobody can lock the memory of
 * another process).  old is what was in force for it before, NULL if
 * nothing: what is no longer configured goes back to what is usual.
 * Failures are logged: the engine is of use without it.
 */
void procattr_apply(pid_t pid, const struct engine_row *row,
		    const struct conf *old, const struct conf *now);

/* A timer of the engine fired late: max_auto_priority may give it real time
 * priority, or one step more.  *priority is what it has been given so. */
void procattr_raise(pid_t pid, const struct engine_row *row,
		    const struct conf *c, int64_t late, int *priority);

#endif
