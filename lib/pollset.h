/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Many short-lived descriptors at the least cost each: a second epoll
 * instance, itself one descriptor of the event loop.
 *
 * A health check lives for one connect.  As an event of the loop it would
 * cost an allocation and two epoll_ctl() calls; here it costs one, and closing
 * the descriptor is all the rest.  Long-lived descriptors belong into the
 * event loop (lib/event.h).
 */
#ifndef DUUMVIR_POLLSET_H
#define DUUMVIR_POLLSET_H

#include "lib/event.h"

/* Beside EVENT_READ and EVENT_WRITE, reported only: error or hang-up, ask the
 * socket for SO_ERROR. */
#define POLLSET_ERROR 4

struct pollset;

/* Embedded in the owner of a descriptor. */
struct poll_item {
	void (*fn)(struct poll_item *it, int what, monotime_t now);
	bool is_pending; /* in the batch that is being handed out */
};

/* after (may be NULL) is called after each batch of events. */
struct pollset *pollset_new(struct ev_loop *loop,
			    void (*after)(void *arg, monotime_t now),
			    void *arg);
void pollset_free(struct pollset *ps);

/* Watches fd, level triggered, until it is closed.  0 or -errno. */
int pollset_add(struct pollset *ps, int fd, int what, struct poll_item *it);
int pollset_mod(struct pollset *ps, int fd, int what, struct poll_item *it);
/*
 * Before the descriptor is closed or the item dies.  is_shared: another
 * process may hold the same socket, so that closing it here would not be
 * enough to end the watch.
 */
void pollset_forget(struct pollset *ps, int fd, struct poll_item *it,
		    bool is_shared);

#endif
