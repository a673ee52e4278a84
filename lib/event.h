/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The event loop: the door to libevent.  Descriptors, absolute timers and
 * signals; nothing else of libevent is used elsewhere.
 *
 * All callbacks run on the loop's thread.  A watch may be stopped or finished
 * from inside its own callback.
 */
#ifndef DUUMVIR_EVENT_H
#define DUUMVIR_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/monotime.h"

struct event;
struct ev_loop;

enum {
	EVENT_READ = 1,
	EVENT_WRITE = 2,
};

struct ev_io {
	struct event *ev;
	struct ev_loop *loop;
	void (*fn)(void *arg, int what);
	void *arg;
	int fd;
	int what;
};

struct ev_timer {
	size_t slot; /* place in the loop's heap, from 1; 0: not armed */
	struct ev_loop *loop;
	void (*fn)(void *arg, monotime_t now);
	void *arg;
	monotime_t at;
};

struct ev_signal {
	struct event *ev;
	void (*fn)(void *arg, int signo);
	void *arg;
};

struct ev_loop *ev_loop_new(void);
void ev_loop_free(struct ev_loop *loop);
/* Runs until ev_loop_stop(). */
void ev_loop_run(struct ev_loop *loop);
void ev_loop_stop(struct ev_loop *loop);

/* Calls fn when a timer fires later than the limit; 0: never. */
void ev_loop_on_late(struct ev_loop *loop, nsec_t limit,
		     void (*fn)(void *arg, nsec_t late), void *arg);

/* Watches fd for EVENT_READ and/or EVENT_WRITE; 0 adds it idle. */
void ev_io_init(struct ev_io *io, struct ev_loop *loop, int fd, int what,
		void (*fn)(void *arg, int what), void *arg);
void ev_io_set(struct ev_io *io, int what);
/* Stops watching; the descriptor stays open. */
void ev_io_fini(struct ev_io *io);

/*
 * A one-shot timer at an absolute instant, to the nanosecond as far as the
 * kernel goes.  MONOTIME_NEVER disarms.  Arming allocates nothing, and costs
 * a system call only if it becomes the earliest of the loop.
 */
void ev_timer_init(struct ev_timer *t, struct ev_loop *loop,
		   void (*fn)(void *arg, monotime_t now), void *arg);
void ev_timer_at(struct ev_timer *t, monotime_t at);
void ev_timer_stop(struct ev_timer *t);
void ev_timer_fini(struct ev_timer *t);

void ev_signal_init(struct ev_signal *s, struct ev_loop *loop, int signo,
		    void (*fn)(void *arg, int signo), void *arg);
void ev_signal_fini(struct ev_signal *s);

#endif
