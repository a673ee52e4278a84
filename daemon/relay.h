/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Log lines of an engine on their way to the supervisor's log: an engine may
 * write nowhere else.
 */
#ifndef DUUMVIR_DAEMON_RELAY_H
#define DUUMVIR_DAEMON_RELAY_H

struct engine;

/* The socket on which it says its lines, from now on e's. */
void relay_open(struct engine *e, int fd);
/* What is still in it comes first. */
void relay_close(struct engine *e);

#endif
