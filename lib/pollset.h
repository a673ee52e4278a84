/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Many short-lived descriptors at the least cost each.
 *
 * A health check lives for one connect, mostly for less than a millisecond.
 * So a new descriptor is young: all young ones are looked at together by one
 * poll(), at the next tick of POLLSET_TICK and a few more.  Most are done by
 * then, and nobody was woken for each of them.  What takes longer is handed to
 * an epoll instance of the set's own, itself one descriptor of the event loop,
 * which wakes us at once.  Long-lived descriptors belong into the event loop
 * (lib/event.h).
 */
#ifndef DUUMVIR_POLLSET_H
#define DUUMVIR_POLLSET_H

#include "lib/event.h"

/* Beside EVENT_READ and EVENT_WRITE, reported only: error or hang-up, ask the
 * socket for SO_ERROR. */
#define POLLSET_ERROR 4

/* Young ones are looked at on this grid of the clock, so that wake-ups of
 * others on the same grid coincide. */
#define POLLSET_TICK MSEC(4)

struct pollset;

/* Embedded in the owner of a descriptor; all zero but fn at first. */
struct poll_item {
	void (*fn)(struct poll_item *it, int what, monotime_t now);
	uint32_t slot;	 /* 1-based place among the young; 0: none */
	uint8_t looks;	 /* at it in vain */
	bool is_watched; /* by epoll */
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
/* Hands out all that is ready, without calling after: before somebody says
 * that a descriptor is overdue whose event nobody has looked at. */
void pollset_catch_up(struct pollset *ps, monotime_t now);

#endif
