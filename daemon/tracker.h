/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the supervisor watches for the vrrp engine, which runs nothing and
 * reads no files: scripts (track_script.c), files (track_file.c) and
 * processes (track_process.c).  It says states; what they mean for a priority
 * is the engine's.
 */
#ifndef DUUMVIR_DAEMON_TRACKER_H
#define DUUMVIR_DAEMON_TRACKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/event.h"
#include "lib/msg.h"

struct conf;
struct conf_list;
struct tracker;

/* Where states are said. */
struct track_out {
	void (*say)(void *arg, const struct msg_track *m);
	void *arg;
};

struct tracker *tracker_new(struct ev_loop *loop, const struct track_out *out);
void tracker_free(struct tracker *t);
/* A configuration has come into force; NULL: nothing is to be watched. */
void tracker_set_conf(struct tracker *t, const struct conf *c);
/* Says all states, as hints: to a new engine, before its configuration. */
void tracker_resend(const struct tracker *t);
/* A child is gone: was it a tracked script? */
bool tracker_reap(struct tracker *t, pid_t pid, int status);

/* For the parts: does some instance or group track this name?  kind says in
 * which of its lists. */
bool tracker_is_used(const struct conf *c, enum msg_track_kind kind,
		     const char *name);

#endif
