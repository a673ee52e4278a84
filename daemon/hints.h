/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The last state that each engine reported of its objects: what a respawned
 * engine is told before its configuration.
 */
#ifndef DUUMVIR_DAEMON_HINTS_H
#define DUUMVIR_DAEMON_HINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/msg.h"

struct hints;
struct imsg;

struct hints *hints_new(void);
void hints_free(struct hints *h);
/*
 * Keeps (or, for RS_GONE, a drain that is over and a deleted instance, forgets) what a message
 * says; other types are ignored.  Is the state another than the last one
 * known of this object?
 */
bool hints_note(struct hints *h, enum msg_type type, const void *data);
/* Sends what is known to this engine, whose predecessor gave its last sign of
 * life so many ms ago. */
void hints_send(const struct hints *h, enum proc_id id, uint32_t silent_ms,
		struct imsg *im);
/* The checkers of a real server that had failed when it was last reported;
 * false: nothing is known of it.  m names the server. */
bool hints_find_failed(const struct hints *h, const struct msg_rs_state *m,
		       uint64_t *failed);
/* The last state of an instance or group, or NULL. */
const struct msg_vrrp_state *hints_find_vrrp(const struct hints *h,
					     enum msg_vrrp_kind kind,
					     const char *name);
size_t hints_count(const struct hints *h);

#endif
