/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Scheduled reloads; see reload_timer.h.  Log lines are keepalived's. */
#include "daemon/reload_timer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/conf_global.h"
#include "daemon/watch.h"
#include "lib/event.h"
#include "lib/log.h"
#include "lib/moment.h"
#include "lib/util.h"
#include "lib/walltime.h"

/* Where there is no directory to watch, it is looked for so often. */
#define LOOK SEC(5)

enum {
	LINE_LEN = 64,
	STAMP_LEN = 32,
};

struct reload_timer {
	struct ev_loop *loop;
	void (*fire)(void *arg);
	void *arg;
	char *path, *dir; /* NULL: none */
	const char *base; /* within path */
	bool does_repeat;
	struct watch watch;
	int wd;		     /* below 0: none */
	char line[LINE_LEN]; /* as last read; "": there is no file */
	struct moment when;
	bool is_set;
	int64_t due;
	struct ev_timer timer;
};

static nsec_t
wall_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts); /* it exists */
	return SEC(ts.tv_sec) + ts.tv_nsec;
}

/* ---- the plan ---- */

static void
sleep_on(struct reload_timer *t, nsec_t wait)
{
	ev_timer_at(&t->timer, monotime_add(monotime_now(), wait));
}

static void
cancel(struct reload_timer *t)
{
	char was[STAMP_LEN];

	if (!t->is_set)
		return;
	log_info("Cancelling reload scheduled for %s",
		 walltime_stamp_at(t->due, was, sizeof(was)));
	t->is_set = false;
}

static void
schedule(struct reload_timer *t)
{
	nsec_t now = wall_now();
	char was[STAMP_LEN], is[STAMP_LEN];
	int64_t due;
	int r = moment_next(&t->when, now / SEC(1), &due);

	if (r < 0) {
		log_warn("Reload time %s %s - ignoring", t->line,
			 r == -ERANGE ? "is in the past" : "is in no calendar");
		cancel(t);
		return;
	}
	if (!t->is_set)
		log_info("Scheduling reload for %s",
			 walltime_stamp_at(due, is, sizeof(is)));
	else if (due != t->due)
		log_info("Reload time updated from %s to %s",
			 walltime_stamp_at(t->due, was, sizeof(was)),
			 walltime_stamp_at(due, is, sizeof(is)));
	t->due = due;
	t->is_set = true;
	sleep_on(t, moment_wait(due, now));
}

/* ---- the file ---- */

/* Its first line; "" if there is none to be read. */
static void
read_line(const char *path, char line[static LINE_LEN])
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	line[0] = '\0';
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	n = read(fd, line, LINE_LEN - 1);
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

static void
look(struct reload_timer *t)
{
	char line[LINE_LEN];

	read_line(t->path, line);
	if (strcmp(line, t->line) == 0)
		return;
	memcpy(t->line, line, sizeof(line));
	if (line[0] == '\0') {
		cancel(t);
	} else if (moment_parse(line, &t->when) < 0) {
		log_warn("Reload time %s format is incorrect - ignoring", line);
		cancel(t);
	} else {
		schedule(t);
	}
}

static void
watch(struct reload_timer *t)
{
	if (t->path == NULL || t->wd >= 0)
		return;
	t->wd = watch_add(&t->watch, t->dir);
	if (t->wd < 0 && !t->is_set)
		sleep_on(t, LOOK);
}

static void
on_event(void *arg, const struct watch_event *e)
{
	struct reload_timer *t = arg;

	if (t->path == NULL || (!e->is_overflow && e->wd != t->wd))
		return;
	if (e->is_dir_moved)
		watch_del(&t->watch, t->wd);
	if (e->is_dir_gone) {
		t->wd = -1;
		watch(t); /* another may be there by now */
	} else if (e->name[0] != '\0' && strcmp(e->name, t->base) != 0) {
		return;
	}
	look(t);
}

/* ---- the time ---- */

static void
go(struct reload_timer *t)
{
	t->is_set = false;
	if (!t->does_repeat) {
		if (unlink(t->path) < 0 && errno != ENOENT)
			log_warn("reload_time_file %s: %s", t->path,
				 strerror(errno));
		t->line[0] = '\0';
	} else if (!t->when.has_date) {
		schedule(t);
	}
	t->fire(t->arg);
}

static void
on_timer(void *arg, monotime_t now)
{
	struct reload_timer *t = arg;
	nsec_t wait;

	(void)now; /* the clock on the wall counts */
	if (t->path == NULL)
		return;
	if (t->wd < 0) {
		watch(t);
		look(t);
	}
	if (!t->is_set)
		return;
	wait = moment_wait(t->due, wall_now());
	if (wait > 0)
		sleep_on(t, wait);
	else
		go(t);
}

/* ---- configuration ---- */

static void
forget(struct reload_timer *t)
{
	if (t->path == NULL)
		return;
	cancel(t);
	ev_timer_stop(&t->timer);
	if (t->wd >= 0)
		watch_del(&t->watch, t->wd);
	t->wd = -1;
	free(TAKE_PTR(t->path));
	free(TAKE_PTR(t->dir));
	t->line[0] = '\0';
}

static void
take_path(struct reload_timer *t, const char *path)
{
	char *slash;
	int r = t->watch.fd >= 0 ? 0
				 : watch_open(&t->watch, t->loop, on_event, t);

	if (r < 0)
		log_err("reload_time_file cannot be watched: %s", strerror(-r));
	t->path = xstrdup(path);
	t->dir = xstrdup(path);
	slash = strrchr(t->dir, '/');
	t->base = slash != NULL ? t->path + (slash - t->dir) + 1 : t->path;
	if (slash == NULL) {
		free(t->dir);
		t->dir = xstrdup(".");
	} else {
		slash[slash == t->dir] = '\0';
	}
	watch(t); /* before it is read: no change is missed */
	look(t);
}

void
reload_timer_set_conf(struct reload_timer *t, const struct daemon_conf *c)
{
	const char *path = c != NULL ? c->reload_time_file : NULL;

	if (t == NULL)
		return;
	t->does_repeat = c != NULL && c->reload_repeat;
	if (t->path != NULL && (path == NULL || strcmp(path, t->path) != 0))
		forget(t);
	if (path != NULL && t->path == NULL)
		take_path(t, path);
}

/* ---- life ---- */

struct reload_timer *
reload_timer_new(struct ev_loop *loop, void (*fire)(void *arg), void *arg)
{
	struct reload_timer *t = xcalloc(1, sizeof(*t));

	t->loop = loop;
	t->fire = fire;
	t->arg = arg;
	t->wd = -1;
	t->watch = WATCH_INIT;
	ev_timer_init(&t->timer, loop, on_timer, t);
	return t;
}

void
reload_timer_free(struct reload_timer *t)
{
	if (t == NULL)
		return;
	t->is_set = false; /* the end is no news about it */
	forget(t);
	watch_close(&t->watch);
	ev_timer_fini(&t->timer);
	free(t);
}
