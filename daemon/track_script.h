/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Scripts that are run again and again for their exit status (vrrp_script).
 *
 * Each has its own place in time, a millisecond or more from every other, so
 * that hundreds of them start without a stall.  One that hangs is killed with
 * all that it started when its time is up; it costs nobody else anything.
 */
#ifndef DUUMVIR_DAEMON_TRACK_SCRIPT_H
#define DUUMVIR_DAEMON_TRACK_SCRIPT_H

#include <sys/types.h>

#include "daemon/tracker.h"

struct track_scripts;

struct track_scripts *track_scripts_new(struct ev_loop *loop,
					const struct track_out *out);
void track_scripts_free(struct track_scripts *t);
/* Scripts that somebody tracks; NULL: none.  One that is as it was keeps its
 * state and its next run; one that changed keeps its state. */
void track_scripts_set_conf(struct track_scripts *t, const struct conf *c);
/* Says all results that there are, as hints. */
void track_scripts_resend(const struct track_scripts *t);
/* A child is gone: was it one of these? */
bool track_scripts_reap(struct track_scripts *t, pid_t pid, int status);

#endif
