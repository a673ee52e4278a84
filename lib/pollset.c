/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A nested epoll instance; see pollset.h. */
#include "lib/pollset.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/util.h"

#define BATCH 256

struct pollset {
	int fd;
	struct ev_io io;
	void (*after)(void *arg, monotime_t now);
	void *arg;
	struct poll_item *batch[BATCH]; /* NULL: forgotten meanwhile */
	int n, next;
};

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

static void
on_ready(void *arg, int what)
{
	struct pollset *ps = arg;
	struct epoll_event ev[BATCH];
	monotime_t now;

	(void)what;
	ps->n = epoll_wait(ps->fd, ev, BATCH, 0);
	if (ps->n < 0 && errno != EINTR)
		fatal("epoll_wait: %s", strerror(errno));
	for (int i = 0; i < ps->n; i++) {
		ps->batch[i] = ev[i].data.ptr;
		ps->batch[i]->is_pending = true;
	}
	now = monotime_now();
	for (ps->next = 0; ps->next < ps->n;) {
		int i = ps->next++;
		struct poll_item *it = ps->batch[i];

		if (it == NULL)
			continue;
		it->is_pending = false;
		it->fn(it, from_epoll(ev[i].events), now);
	}
	ps->n = 0;
	if (ps->after != NULL)
		ps->after(ps->arg, now);
}

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
	return ps;
}

void
pollset_free(struct pollset *ps)
{
	if (ps == NULL)
		return;
	ev_io_fini(&ps->io);
	(void)close(ps->fd); /* nothing is written through it */
	free(ps);
}

static int
control(struct pollset *ps, int op, int fd, int what, struct poll_item *it)
{
	struct epoll_event ev = {.events = to_epoll(what), .data.ptr = it};

	return epoll_ctl(ps->fd, op, fd, &ev) < 0 ? -errno : 0;
}

int
pollset_add(struct pollset *ps, int fd, int what, struct poll_item *it)
{
	it->is_pending = false;
	return control(ps, EPOLL_CTL_ADD, fd, what, it);
}

int
pollset_mod(struct pollset *ps, int fd, int what, struct poll_item *it)
{
	return control(ps, EPOLL_CTL_MOD, fd, what, it);
}

void
pollset_forget(struct pollset *ps, int fd, struct poll_item *it, bool is_shared)
{
	if (is_shared)
		(void)control(ps, EPOLL_CTL_DEL, fd, 0, it); /* or not there */
	if (!it->is_pending)
		return;
	it->is_pending = false;
	for (int i = ps->next; i < ps->n; i++)
		if (ps->batch[i] == it)
			ps->batch[i] = NULL;
}
