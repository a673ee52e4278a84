/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The configuration transaction: PREPARE to all engines, COMMIT when all are
 * READY, ABORT when one is not.  Start, reload and respawn are this one path.
 */
#ifndef DUUMVIR_DAEMON_RELOAD_H
#define DUUMVIR_DAEMON_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

struct conf;
struct engine;
struct msg_done;
struct msg_nack;
struct super;

void reload_init(struct super *s);
void reload_fini(struct super *s);
/* Brings the first configuration into force; owns c. */
void reload_start(struct super *s, struct conf *c);
/* SIGHUP: reads the file and begins, or queues behind the one that runs. */
void reload_request(struct super *s);
/* Tells a respawned engine the configuration in force; first the one of its
 * predecessor, if that was another. */
void reload_resume(struct engine *e);
/* Is it dead, and has its configuration not been taken back in order? */
bool reload_has_left(const struct engine *e);
/* Nothing is left of it, or nothing can be done about that. */
void reload_forget(struct engine *e);

/* What engines answer, and their end. */
void reload_on_ready(struct engine *e, const struct msg_done *m);
void reload_on_nack(struct engine *e, const struct msg_nack *m);
void reload_on_done(struct engine *e, const struct msg_done *m);
void reload_on_death(struct engine *e);

#endif
