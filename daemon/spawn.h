/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Engine processes: fork, channels, death and respawn.  The door to fork()
 * for engines.
 */
#ifndef DUUMVIR_DAEMON_SPAWN_H
#define DUUMVIR_DAEMON_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/monotime.h"
#include "lib/msg.h"

struct engine;
struct super;

/* Sets the engines' rows up; none runs. */
void spawn_init(struct super *s);
void spawn_fini(struct super *s);
/* Starts the engine with fresh channels to the supervisor and its siblings.
 * 0 or -errno. */
int spawn_engine(struct engine *e);
/* A child of ours is gone: was it an engine?  If so, its siblings are told
 * and its respawn is arranged. */
bool spawn_reap(struct super *s, pid_t pid, int status);
/* Asks the engine to stop, and kills it if it does not in time. */
void spawn_stop(struct engine *e, uint32_t flags, nsec_t wait);
/* How long to wait before a respawn after so many quick deaths.  The vrrp
 * process is never awaited for long: what it held stays while it is away, and
 * another director takes the same addresses. */
nsec_t spawn_delay(enum proc_id id, uint32_t failures);
/* Asks for a sign of life; kills an engine that gave none for so long. */
void spawn_check_alive(struct engine *e, monotime_t now, nsec_t limit);
bool spawn_is_running(const struct engine *e);

/* Tells a running engine from when on it is late (min_auto_priority_delay). */
void spawn_tell_late(struct engine *e);

#endif
