/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Processes that must run, and not too many of them (vrrp_track_process).
 *
 * The kernel tells who comes and goes; where it does not (containers), or
 * could not keep up, /proc is read, in slices and at most once a second.
 */
#ifndef DUUMVIR_DAEMON_TRACK_PROCESS_H
#define DUUMVIR_DAEMON_TRACK_PROCESS_H

#include "daemon/tracker.h"

struct track_processes;

struct track_processes *track_processes_new(struct ev_loop *loop,
					    const struct track_out *out);
void track_processes_free(struct track_processes *t);
/* Processes that somebody tracks; NULL: none.  Reads all of /proc if their
 * list is another. */
void track_processes_set_conf(struct track_processes *t, const struct conf *c);
void track_processes_resend(const struct track_processes *t);

#endif
