/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the kernel tells of processes that come and go: the door to the process
 * event connector.  Threads are filtered out by the kernel.
 */
#ifndef DUUMVIR_DAEMON_PROCCONN_H
#define DUUMVIR_DAEMON_PROCCONN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/event.h"

enum procconn_event {
	PROCCONN_READY, /* events come from now on; pid: 0, or errno if not */
	PROCCONN_FORK,	/* pid is a child of parent */
	PROCCONN_NAME,	/* pid has another program or name */
	PROCCONN_EXIT,
	PROCCONN_LOST,	  /* events were lost */
	PROCCONN_DRAINED, /* no more for now */
};

struct procconn;

/* Asks for events; rcvbuf 0: the kernel's default.  0 or -errno.  The first
 * event is READY, if anything comes at all. */
int procconn_open(struct ev_loop *loop, uint32_t rcvbuf, bool is_forced,
		  void (*on_event)(void *arg, enum procconn_event ev, pid_t pid,
				   pid_t parent),
		  void *arg, struct procconn **out);
/* NULL is allowed. */
void procconn_close(struct procconn *c);

#endif
