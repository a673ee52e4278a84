/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* inotify; see watch.h. */
#include "daemon/watch.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS                                                                 \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |            \
	 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

static void
tell(const struct watch *w, const struct inotify_event *e)
{
	struct watch_event out = {
		.wd = e->wd,
		.name = e->len > 0 ? e->name : "",
		.is_dir_gone =
			e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED),
		.is_dir_moved = e->mask & IN_MOVE_SELF,
		.is_overflow = e->mask & IN_Q_OVERFLOW,
	};

	w->fn(w->arg, &out);
}

static void
on_readable(void *arg, int what)
{
	struct watch *w = arg;
	union {
		char bytes[4096];
		struct inotify_event align;
	} buf;
	ssize_t n = read(w->fd, buf.bytes, sizeof(buf.bytes));

	(void)what;
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
		const struct inotify_event *e = (const void *)(buf.bytes + at);

		tell(w, e);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
}

int
watch_open(struct watch *w, struct ev_loop *loop, watch_fn *fn, void *arg)
{
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0)
		return -errno;
	w->fn = fn;
	w->arg = arg;
	ev_io_init(&w->io, loop, w->fd, EVENT_READ, on_readable, w);
	return 0;
}

void
watch_close(struct watch *w)
{
	if (w->fd < 0)
		return;
	ev_io_fini(&w->io);
	(void)close(w->fd); /* nothing was written */
	w->fd = -1;
}

int
watch_add(struct watch *w, const char *dir)
{
	int wd = w->fd < 0 ? -1 : inotify_add_watch(w->fd, dir, EVENTS);

	return w->fd < 0 ? -EBADF : wd < 0 ? -errno : wd;
}

void
watch_del(struct watch *w, int wd)
{
	if (w->fd >= 0)
		(void)inotify_rm_watch(w->fd, wd); /* it may be gone */
}
