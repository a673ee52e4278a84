/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The door to libevent; see event.h.
 *
 * Timers are our own: a heap by deadline over one timerfd with absolute times.
 * libevent's precise ones set a relative time-out in each round of the loop,
 * which costs a system call and a write to the clock device per wake-up, and
 * rounds.  The timerfd is only ever moved to an earlier instant: one that was
 * put off wakes the loop for nothing, once.
 */
#include "lib/event.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/util.h"

struct ev_loop {
	struct event_base *base;
	struct event *clock;
	int clock_fd;
	monotime_t armed; /* when clock_fd will fire */
	bool is_firing;	  /* inside on_clock(): it arms at its end */
	struct ev_timer **heap;
	nsec_t late_limit;
	void (*on_late)(void *arg, nsec_t late);
	void *late_arg;
	size_t n;	/* armed timers */
	size_t n_known; /* initialised timers: the heap has room for them */
};

/* ---- timers ---- */

static void
heap_put(struct ev_loop *loop, size_t i, struct ev_timer *t)
{
	loop->heap[i] = t;
	t->slot = i + 1;
}

static void
heap_up(struct ev_loop *loop, size_t i, struct ev_timer *t)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;

		if (!monotime_before(t->at, loop->heap[parent]->at))
			break;
		heap_put(loop, i, loop->heap[parent]);
		i = parent;
	}
	heap_put(loop, i, t);
}

static void
heap_down(struct ev_loop *loop, size_t i, struct ev_timer *t)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= loop->n)
			break;
		if (child + 1 < loop->n &&
		    monotime_before(loop->heap[child + 1]->at,
				    loop->heap[child]->at))
			child++;
		if (!monotime_before(loop->heap[child]->at, t->at))
			break;
		heap_put(loop, i, loop->heap[child]);
		i = child;
	}
	heap_put(loop, i, t);
}

static void
heap_del(struct ev_loop *loop, struct ev_timer *t)
{
	size_t i = t->slot - 1;
	struct ev_timer *last = loop->heap[--loop->n];

	t->slot = 0;
	if (last == t)
		return;
	if (i > 0 && monotime_before(last->at, loop->heap[(i - 1) / 2]->at))
		heap_up(loop, i, last);
	else
		heap_down(loop, i, last);
}

static void
clock_arm(struct ev_loop *loop)
{
	struct itimerspec its = {0};
	monotime_t first = MONOTIME_NEVER;

	if (loop->n > 0)
		first = loop->heap[0]->at;
	if (loop->is_firing || !monotime_before(first, loop->armed))
		return;
	loop->armed = first;
	if (first.ns < 1)
		first.ns = 1; /* zero would disarm */
	its.it_value.tv_sec = first.ns / SEC(1);
	its.it_value.tv_nsec = first.ns % SEC(1);
	if (timerfd_settime(loop->clock_fd, TFD_TIMER_ABSTIME, &its, NULL) < 0)
		fatal("cannot set the clock");
}

/* Edge-triggered: the expiry is never read, the next setting clears it. */
static void
on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct ev_loop *loop = arg;
	monotime_t now = monotime_now();
	nsec_t late = 0;

	(void)fd;
	(void)what;
	loop->armed = MONOTIME_NEVER;
	loop->is_firing = true;
	if (loop->n > 0)
		late = monotime_sub(now, loop->heap[0]->at);
	/* One that arms itself for a past instant has to wait for its turn. */
	for (size_t left = loop->n; left > 0 && loop->n > 0; left--) {
		struct ev_timer *t = loop->heap[0];

		if (monotime_before(now, t->at))
			break;
		heap_del(loop, t);
		t->at = MONOTIME_NEVER;
		t->fn(t->arg, now);
		now = monotime_now();
	}
	loop->is_firing = false;
	clock_arm(loop);
	if (loop->late_limit > 0 && late > loop->late_limit)
		loop->on_late(loop->late_arg, late);
}

void
ev_loop_on_late(struct ev_loop *loop, nsec_t limit,
		void (*fn)(void *arg, nsec_t late), void *arg)
{
	loop->late_limit = limit;
	loop->on_late = fn;
	loop->late_arg = arg;
}

static void
clock_open(struct ev_loop *loop)
{
	loop->armed = MONOTIME_NEVER;
	loop->clock_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->clock_fd < 0)
		fatal("cannot create a clock");
	loop->clock = event_new(loop->base, loop->clock_fd,
				EV_READ | EV_PERSIST | EV_ET, on_clock, loop);
	if (loop->clock == NULL || event_add(loop->clock, NULL) != 0)
		fatal("cannot watch the clock");
}

void
ev_timer_init(struct ev_timer *t, struct ev_loop *loop,
	      void (*fn)(void *arg, monotime_t now), void *arg)
{
	*t = (struct ev_timer){
		.loop = loop, .fn = fn, .arg = arg, .at = MONOTIME_NEVER};
	loop->heap = xrealloc(loop->heap,
			      ++loop->n_known * sizeof(struct ev_timer *));
}

void
ev_timer_at(struct ev_timer *t, monotime_t at)
{
	struct ev_loop *loop = t->loop;

	if (t->slot != 0)
		heap_del(loop, t);
	t->at = at;
	if (monotime_is_never(at))
		return;
	heap_up(loop, loop->n++, t);
	clock_arm(loop);
}

void
ev_timer_stop(struct ev_timer *t)
{
	ev_timer_at(t, MONOTIME_NEVER);
}

void
ev_timer_fini(struct ev_timer *t)
{
	if (t->loop == NULL)
		return;
	ev_timer_stop(t);
	t->loop->n_known--;
	t->loop = NULL;
}

/* ---- the loop ---- */

struct ev_loop *
ev_loop_new(void)
{
	struct ev_loop *loop = xcalloc(1, sizeof(*loop));
	struct event_config *cfg = event_config_new();

	if (cfg == NULL ||
	    event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK |
					       EVENT_BASE_FLAG_IGNORE_ENV) != 0)
		fatal("out of memory");
	loop->base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (loop->base == NULL)
		fatal("cannot create an event loop");
	clock_open(loop);
	return loop;
}

void
ev_loop_free(struct ev_loop *loop)
{
	if (loop == NULL)
		return;
	event_free(loop->clock);
	event_base_free(loop->base);
	util_close_p(&loop->clock_fd);
	free(loop->heap);
	free(loop);
}

void
ev_loop_run(struct ev_loop *loop)
{
	if (event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
		fatal("event loop failed");
}

void
ev_loop_stop(struct ev_loop *loop)
{
	(void)event_base_loopbreak(loop->base); /* fails only without a base */
}

static void
on_io(evutil_socket_t fd, short what, void *arg)
{
	struct ev_io *io = arg;
	int w = 0;

	(void)fd;
	if (what & EV_READ)
		w |= EVENT_READ;
	if (what & EV_WRITE)
		w |= EVENT_WRITE;
	io->fn(io->arg, w);
}

void
ev_io_init(struct ev_io *io, struct ev_loop *loop, int fd, int what,
	   void (*fn)(void *arg, int what), void *arg)
{
	*io = (struct ev_io){.loop = loop, .fn = fn, .arg = arg, .fd = fd};
	ev_io_set(io, what);
}

void
ev_io_set(struct ev_io *io, int what)
{
	short w = EV_PERSIST;

	if (what == io->what)
		return;
	if (what & EVENT_READ)
		w |= EV_READ;
	if (what & EVENT_WRITE)
		w |= EV_WRITE;
	if (io->ev == NULL)
		io->ev = event_new(io->loop->base, io->fd, w, on_io, io);
	else if (io->what != 0 && event_del(io->ev) != 0)
		fatal("cannot stop watching descriptor %d", io->fd);
	if (io->ev == NULL)
		fatal("out of memory");
	io->what = what;
	if (what == 0)
		return;
	if (event_assign(io->ev, io->loop->base, io->fd, w, on_io, io) != 0 ||
	    event_add(io->ev, NULL) != 0)
		fatal("cannot watch descriptor %d", io->fd);
}

void
ev_io_fini(struct ev_io *io)
{
	if (io->ev != NULL)
		event_free(io->ev);
	io->ev = NULL;
	io->what = 0;
}

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct ev_signal *s = arg;

	(void)what;
	s->fn(s->arg, signo);
}

void
ev_signal_init(struct ev_signal *s, struct ev_loop *loop, int signo,
	       void (*fn)(void *arg, int signo), void *arg)
{
	*s = (struct ev_signal){.fn = fn, .arg = arg};
	s->ev = event_new(loop->base, signo, EV_SIGNAL | EV_PERSIST, on_signal,
			  s);
	if (s->ev == NULL || event_add(s->ev, NULL) != 0)
		fatal("cannot watch signal %d", signo);
}

void
ev_signal_fini(struct ev_signal *s)
{
	if (s->ev != NULL)
		event_free(s->ev);
	s->ev = NULL;
}
