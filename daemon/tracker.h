/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the supervisor watches for engines, which run nothing and read no
 * files: scripts (track_script.c) and processes (track_process.c) for the vrrp
 * engine, files (track_file.c) for that and, where a FILE_CHECK names them, for
 * the check engine.  It says states; what they mean is the engine's.
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

/* A set of those who are told. */
enum track_for {
	TRACK_FOR_VRRP = 1,
	TRACK_FOR_CHECK = 2,
};

/* Where states are said. */
struct track_out {
	void (*say)(void *arg, const struct msg_track *m, unsigned who);
	void *arg;
};

struct tracker *tracker_new(struct ev_loop *loop, const struct track_out *out);
void tracker_free(struct tracker *t);
/* A configuration has come into force; NULL: nothing is to be watched. */
void tracker_set_conf(struct tracker *t, const struct conf *c, unsigned who);
/* Says all states, as hints: to a new engine, before its configuration. */
void tracker_resend(const struct tracker *t, unsigned who);
/* A child is gone: was it a tracked script? */
bool tracker_reap(struct tracker *t, pid_t pid, int status);

/* For the parts: does some instance or group track this name?  kind says in
 * which of its lists. */
bool tracker_is_used(const struct conf *c, enum msg_track_kind kind,
		     const char *name);

#endif
