/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The door to libevent; see event.h. */
#include "lib/event.h"

#include <event2/event.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/util.h"

struct ev_loop {
	struct event_base *base;
};

struct ev_loop *
ev_loop_new(void)
{
	struct ev_loop *loop = xcalloc(1, sizeof(*loop));
	struct event_config *cfg = event_config_new();

	if (cfg == NULL ||
	    event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER |
					       EVENT_BASE_FLAG_NOLOCK |
					       EVENT_BASE_FLAG_IGNORE_ENV) != 0)
		fatal("out of memory");
	loop->base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (loop->base == NULL)
		fatal("cannot create an event loop");
	return loop;
}

void
ev_loop_free(struct ev_loop *loop)
{
	if (loop == NULL)
		return;
	event_base_free(loop->base);
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
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct ev_timer *t = arg;
	monotime_t now = monotime_now();

	(void)fd;
	(void)what;
	if (monotime_before(now, t->at)) {
		ev_timer_at(t, t->at); /* woke early: wait for the rest */
		return;
	}
	t->at = MONOTIME_NEVER;
	t->fn(t->arg, now);
}

void
ev_timer_init(struct ev_timer *t, struct ev_loop *loop,
	      void (*fn)(void *arg, monotime_t now), void *arg)
{
	*t = (struct ev_timer){
		.loop = loop, .fn = fn, .arg = arg, .at = MONOTIME_NEVER};
	t->ev = event_new(loop->base, -1, 0, on_timer, t);
	if (t->ev == NULL)
		fatal("out of memory");
}

void
ev_timer_at(struct ev_timer *t, monotime_t at)
{
	nsec_t wait;
	struct timeval tv;

	t->at = at;
	if (monotime_is_never(at)) {
		(void)event_del(t->ev); /* not pending is fine */
		return;
	}
	wait = monotime_sub(at, monotime_now());
	if (wait < 0)
		wait = 0;
	/* Round up: a timer that fires early must be armed twice. */
	wait += USEC(1) - 1;
	tv.tv_sec = wait / SEC(1);
	tv.tv_usec = wait % SEC(1) / USEC(1);
	if (event_add(t->ev, &tv) != 0)
		fatal("cannot arm a timer");
}

void
ev_timer_stop(struct ev_timer *t)
{
	ev_timer_at(t, MONOTIME_NEVER);
}

void
ev_timer_fini(struct ev_timer *t)
{
	if (t->ev != NULL)
		event_free(t->ev);
	t->ev = NULL;
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
