/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The FIFOs of a configuration: notify_fifo, vrrp_notify_fifo and
 * lvs_notify_fifo, each with its script.
 */
#ifndef DUUMVIR_DAEMON_FIFOS_H
#define DUUMVIR_DAEMON_FIFOS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conf;
struct ev_loop;
struct fifos;
struct runner;

enum fifos_part {
	FIFOS_VRRP, /* to notify_fifo and vrrp_notify_fifo */
	FIFOS_LVS,  /* to notify_fifo and lvs_notify_fifo */
};

struct fifos *fifos_new(struct ev_loop *loop, const struct runner *runner);
void fifos_free(struct fifos *f);
/* Opens, closes and starts what is to change; the rest goes on. */
void fifos_set_conf(struct fifos *f, const struct conf *c);
/* A line, with its newline. */
void fifos_write(struct fifos *f, enum fifos_part part, const char *line,
		 size_t len);
/* Is anybody to be told of this part at all? */
bool fifos_has(const struct fifos *f, enum fifos_part part);
/* The end: closes all; the scripts may read the rest and go. */
void fifos_end(struct fifos *f);
void fifos_kill(struct fifos *f);
/* A child is gone: was it a FIFO's script? */
bool fifos_reap(struct fifos *f, pid_t pid, int status);
/* Does no script run any more? */
bool fifos_is_idle(const struct fifos *f);

#endif
