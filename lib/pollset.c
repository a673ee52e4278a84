/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Young descriptors by poll(), others by a nested epoll instance; see
 * pollset.h. */
#include "lib/pollset.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/util.h"

#define BATCH 256
/* Looks in vain until epoll watches it. */
#define LOOKS_MAX 4
/* Of one poll(): never more than the limit on descriptors. */
#define LOOK_BATCH 64
/* Batches of a catching up: more than there can be descriptors. */
#define CATCH_UP_MAX 512

/* Descriptors and their owners, side by side; a hole has fd -1 and NULL. */
struct young {
	struct pollfd *fd;
	struct poll_item **item;
	uint32_t n, room;
	uint32_t n_live; /* not holes */
};

struct pollset {
	int fd;
	struct ev_io io;
	struct ev_timer look;
	void (*after)(void *arg, monotime_t now);
	void *arg;
	struct poll_item *batch[BATCH]; /* NULL: forgotten meanwhile */
	int n, next;
	/* One that is filled and, during a look, one that is gone through. */
	struct young young[2];
	unsigned int filled;
	monotime_t look_at; /* when one is young */
};

/* ---- the young ---- */

static short
to_poll(int what)
{
	int e = 0;

	if (what & EVENT_READ)
		e |= POLLIN;
	if (what & EVENT_WRITE)
		e |= POLLOUT;
	return (short)e;
}

static int
from_poll(int e)
{
	int what = 0;

	if (e & POLLIN)
		what |= EVENT_READ;
	if (e & POLLOUT)
		what |= EVENT_WRITE;
	if (e & (POLLERR | POLLHUP | POLLNVAL))
		what |= POLLSET_ERROR;
	return what;
}

static void
young_grow(struct young *y)
{
	if (y->n < y->room)
		return;
	y->room = y->room == 0 ? 64 : y->room * 2;
	y->fd = xrealloc(y->fd, y->room * sizeof(*y->fd));
	y->item = xrealloc(y->item, y->room * sizeof(struct poll_item *));
}

/* The end of the tick after this instant. */
static monotime_t
next_tick(monotime_t now)
{
	return (monotime_t){(now.ns / POLLSET_TICK + 1) * POLLSET_TICK};
}

static void
young_add(struct pollset *ps, int fd, short events, struct poll_item *it)
{
	struct young *y = &ps->young[ps->filled];

	young_grow(y);
	y->fd[y->n] = (struct pollfd){.fd = fd, .events = events};
	y->item[y->n] = it;
	it->slot = ++y->n;
	if (y->n_live++ == 0) {
		ps->look_at = next_tick(monotime_now());
		ev_timer_at(&ps->look, ps->look_at);
	}
}

/* The one of the two that holds it. */
static struct young *
young_of(struct pollset *ps, const struct poll_item *it)
{
	struct young *y = &ps->young[ps->filled];

	if (it->slot <= y->n && y->item[it->slot - 1] == it)
		return y;
	return &ps->young[!ps->filled];
}

static void
young_del(struct pollset *ps, struct poll_item *it)
{
	struct young *y = young_of(ps, it);
	uint32_t i = it->slot - 1;

	it->slot = 0;
	y->fd[i].fd = -1;
	y->item[i] = NULL;
	y->n_live--;
	while (y->n > 0 && y->item[y->n - 1] == NULL)
		y->n--;
}

/* ---- epoll ---- */

static uint32_t
to_epoll(int what)
{
	uint32_t e = 0;

	if (what & EVENT_READ)
		e |= EPOLLIN;
	if (what & EVENT_WRITE)
		e |= EPOLLOUT;
	return e;
}

static int
from_epoll(uint32_t e)
{
	int what = 0;

	if (e & EPOLLIN)
		what |= EVENT_READ;
	if (e & EPOLLOUT)
		what |= EVENT_WRITE;
	if (e & (EPOLLERR | EPOLLHUP))
		what |= POLLSET_ERROR;
	return what;
}

static int
control(struct pollset *ps, int op, int fd, int what, struct poll_item *it)
{
	struct epoll_event ev = {.events = to_epoll(what), .data.ptr = it};

	return epoll_ctl(ps->fd, op, fd, &ev) < 0 ? -errno : 0;
}

/* Hands out one batch; how many there were. */
static int
hand_out(struct pollset *ps, monotime_t *now)
{
	struct epoll_event ev[BATCH];
	int n = ps->n = epoll_wait(ps->fd, ev, BATCH, 0);

	if (n < 0 && errno != EINTR)
		fatal("epoll_wait: %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		ps->batch[i] = ev[i].data.ptr;
		ps->batch[i]->is_pending = true;
	}
	*now = monotime_now();
	for (ps->next = 0; ps->next < n;) {
		int i = ps->next++;
		struct poll_item *it = ps->batch[i];

		if (it == NULL)
			continue;
		it->is_pending = false;
		it->fn(it, from_epoll(ev[i].events), *now);
	}
	ps->n = 0;
	return n;
}

static void
on_ready(void *arg, int what)
{
	struct pollset *ps = arg;
	monotime_t now;

	(void)what;
	(void)hand_out(ps, &now); /* the rest comes in the next round */
	if (ps->after != NULL)
		ps->after(ps->arg, now);
}

/* ---- looking ---- */

/* Nothing yet: another look, or epoll, unless that is full. */
static void
look_again(struct pollset *ps, const struct pollfd *fd, struct poll_item *it)
{
	if (++it->looks >= LOOKS_MAX) {
		it->looks = 0;
		if (control(ps, EPOLL_CTL_ADD, fd->fd, from_poll(fd->events),
			    it) == 0) {
			it->is_watched = true;
			return;
		}
	}
	young_add(ps, fd->fd, fd->events, it);
}

static void
take_out(struct pollset *ps, uint32_t i, monotime_t now)
{
	struct young *y = &ps->young[!ps->filled];
	struct poll_item *it = y->item[i];
	const struct pollfd fd = y->fd[i];

	if (it == NULL)
		return;
	young_del(ps, it);
	if (fd.revents == 0) {
		look_again(ps, &fd, it);
		return;
	}
	/* It is watched until it is forgotten, which mostly comes at once. */
	it->looks = 0;
	young_add(ps, fd.fd, fd.events, it);
	it->fn(it, from_poll(fd.revents), now);
}

static void
look(struct pollset *ps, monotime_t now)
{
	struct young *y = &ps->young[ps->filled];
	const uint32_t n = y->n;

	ps->filled = !ps->filled;
	for (uint32_t i = 0; i < n; i += LOOK_BATCH) {
		uint32_t end = n - i > LOOK_BATCH ? i + LOOK_BATCH : n;

		if (poll(y->fd + i, end - i, 0) < 0)
			for (uint32_t j = i; j < end; j++)
				y->fd[j].revents = 0; /* no memory: later */
		for (uint32_t j = i; j < end; j++)
			take_out(ps, j, now);
	}
}

static void
on_look(void *arg, monotime_t now)
{
	struct pollset *ps = arg;

	if (!monotime_before(now, ps->look_at))
		look(ps, now);
	if (ps->after != NULL)
		ps->after(ps->arg, now);
}

void
pollset_catch_up(struct pollset *ps, monotime_t now)
{
	look(ps, now);
	for (int i = 0; i < CATCH_UP_MAX && hand_out(ps, &now) == BATCH; i++)
		;
}

/* ---- life ---- */

struct pollset *
pollset_new(struct ev_loop *loop, void (*after)(void *arg, monotime_t now),
	    void *arg)
{
	struct pollset *ps = xcalloc(1, sizeof(*ps));

	ps->fd = epoll_create1(EPOLL_CLOEXEC);
	if (ps->fd < 0)
		fatal("epoll_create1: %s", strerror(errno));
	ps->after = after;
	ps->arg = arg;
	ev_io_init(&ps->io, loop, ps->fd, EVENT_READ, on_ready, ps);
	ev_timer_init(&ps->look, loop, on_look, ps);
	return ps;
}

void
pollset_free(struct pollset *ps)
{
	if (ps == NULL)
		return;
	ev_timer_fini(&ps->look);
	ev_io_fini(&ps->io);
	(void)close(ps->fd); /* nothing is written through it */
	for (int i = 0; i < 2; i++) {
		free(ps->young[i].fd);
		free(ps->young[i].item);
	}
	free(ps);
}

int
pollset_add(struct pollset *ps, int fd, int what, struct poll_item *it)
{
	it->is_pending = false;
	it->is_watched = false;
	it->looks = 0;
	young_add(ps, fd, to_poll(what), it);
	return 0;
}

int
pollset_mod(struct pollset *ps, int fd, int what, struct poll_item *it)
{
	struct pollfd *young;

	if (it->slot == 0)
		return control(ps, EPOLL_CTL_MOD, fd, what, it);
	young = &young_of(ps, it)->fd[it->slot - 1];
	young->events = to_poll(what);
	young->revents = 0; /* what was seen was asked before */
	it->looks = 0;
	return 0;
}

void
pollset_forget(struct pollset *ps, int fd, struct poll_item *it, bool is_shared)
{
	if (it->slot != 0)
		young_del(ps, it);
	if (it->is_watched && is_shared)
		(void)control(ps, EPOLL_CTL_DEL, fd, 0, it); /* or not there */
	it->is_watched = false;
	if (!it->is_pending)
		return;
	it->is_pending = false;
	for (int i = ps->next; i < ps->n; i++)
		if (ps->batch[i] == it)
			ps->batch[i] = NULL;
}
