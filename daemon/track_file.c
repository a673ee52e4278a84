/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Files that hold a number; see track_file.h. */
#include "daemon/track_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "check/conf.h"
#include "daemon/watch.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/common.h"

/* All files are looked at so often, whatever inotify says: what a link leads
 * to, or a network file system, changes without a word. */
#define LOOK SEC(2)
/* One track_file. */
struct file {
	char *name, *path, *dir;
	const char *base; /* within path */
	int wd;		  /* watch of its directory; -1: none */
	int64_t value;
	unsigned who; /* set of enum track_for: those who are told */
	bool is_stale;
	UT_hash_handle hh;
};

struct track_files {
	struct ev_loop *loop;
	struct track_out out;
	struct file *all;
	struct watch watch;
	struct ev_timer slow;
	bool was_started;
};

static void
say(const struct track_files *t, const struct file *f, unsigned who,
    bool is_hint)
{
	struct msg_track m = {.kind = MSG_TRACK_FILE,
			      .level = MSG_TRACK_UP,
			      .value = f->value,
			      .is_hint = is_hint};

	str_fill(m.name, sizeof(m.name), f->name);
	t->out.say(t->out.arg, &m, who);
}

/* ---- values ---- */

int64_t
track_file_parse(const char *text)
{
	long long v;
	char *end;

	v = strtoll(text, &end, 10); /* at its limits when out of range */
	if (v > INT32_MAX)
		return INT32_MAX;
	return v < INT32_MIN ? INT32_MIN : v;
}

static int64_t
read_value(const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char text[64];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return track_file_parse(text);
}

static void
look(struct track_files *t, struct file *f)
{
	int64_t v = read_value(f->path);

	if (v == f->value)
		return;
	f->value = v;
	say(t, f, f->who, false);
}

/* ---- watching ---- */

/* Files of one directory share its watch. */
static void
watch(struct track_files *t, struct file *f)
{
	if (f->wd < 0)
		f->wd = watch_add(&t->watch, f->dir);
}

static void
on_slow(void *arg, monotime_t now)
{
	struct track_files *t = arg;
	struct file *f, *next;

	HASH_ITER (hh, t->all, f, next) {
		watch(t, f);
		look(t, f);
	}
	ev_timer_at(&t->slow, monotime_add(now, LOOK));
}

static void
unwatch_unused(struct track_files *t, int wd)
{
	struct file *f, *next;

	HASH_ITER (hh, t->all, f, next) {
		if (f->wd == wd)
			return;
	}
	watch_del(&t->watch, wd);
}

static void
on_event(void *arg, const struct watch_event *e)
{
	struct track_files *t = arg;
	struct file *f, *next;

	HASH_ITER (hh, t->all, f, next) {
		if (!e->is_overflow && f->wd != e->wd)
			continue;
		if (e->is_dir_gone) {
			f->wd = -1;
			watch(t, f); /* another may be there by now */
			look(t, f);
		} else if (e->name[0] == '\0' ||
			   strcmp(e->name, f->base) == 0) {
			look(t, f);
		}
	}
	if (e->is_dir_moved)
		unwatch_unused(t, e->wd);
}

/* ---- configuration ---- */

/* init_file: a value to begin with. */
static void
write_value(const struct track_file_conf *c)
{
	int flags = O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC |
		    (c->overwrite ? O_TRUNC : O_EXCL);
	CLEANUP_FD int fd = -1;
	char text[32];
	struct stat st;
	int n = snprintf(text, sizeof(text), "%lld\n", (long long)c->init_file);

	if (!c->has_init_file)
		return;
	if (stat(c->file, &st) == 0 && !S_ISREG(st.st_mode)) {
		log_err("track file %s: %s is not a regular file, it is not "
			"written",
			c->obj.name, c->file);
		return;
	}
	fd = open(c->file, flags, 0644);
	if (fd < 0 && errno == EEXIST)
		return; /* it has a value */
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		log_err("track file %s: cannot write %s: %s", c->obj.name,
			c->file, strerror(errno));
}

static void
file_free(struct track_files *t, struct file *f)
{
	int wd = f->wd;

	HASH_DEL(t->all, f);
	if (wd >= 0)
		unwatch_unused(t, wd);
	free(f->name);
	free(f->path);
	free(f->dir);
	free(f);
}

static struct file *
file_new(struct track_files *t, const struct track_file_conf *c)
{
	struct file *f = xcalloc(1, sizeof(*f));
	char *slash;

	f->name = xstrdup(c->obj.name);
	f->path = xstrdup(c->file);
	f->dir = xstrdup(c->file);
	slash = strrchr(f->dir, '/');
	f->base = slash != NULL ? f->path + (slash - f->dir) + 1 : f->path;
	if (slash == NULL) {
		free(f->dir);
		f->dir = xstrdup(".");
	} else {
		slash[slash == f->dir] = '\0';
	}
	f->wd = -1;
	HASH_ADD_KEYPTR(hh, t->all, f->name, strlen(f->name), f);
	watch(t, f); /* before it is read: no change is missed */
	f->value = read_value(f->path);
	return f;
}

static void
take(struct track_files *t, const struct track_file_conf *c, unsigned who)
{
	struct file *f;

	if (!t->was_started)
		write_value(c);
	HASH_FIND_STR(t->all, c->obj.name, f);
	if (f != NULL && strcmp(f->path, c->file) != 0) {
		file_free(t, f);
		f = NULL;
	}
	if (f == NULL) {
		f = file_new(t, c);
		f->who = who & TRACK_FOR_VRRP;
		say(t, f, f->who, true);
	}
	f->who = who & TRACK_FOR_VRRP;
	f->is_stale = false;
}

/* Those that some FILE_CHECK names.  All are said again, as the check engine
 * forgets what no check of it asks for. */
static void
take_checked(struct track_files *t, const struct conf_list *checkers)
{
	CONF_FOREACH (const struct checker_conf, c, checkers) {
		const struct file_check_conf *fc = (const void *)c;
		struct file *f;

		if (c->type != CHECKER_FILE)
			continue;
		HASH_FIND_STR(t->all, fc->track_file, f);
		if (f == NULL || (f->who & TRACK_FOR_CHECK))
			continue;
		f->who |= TRACK_FOR_CHECK;
		say(t, f, TRACK_FOR_CHECK, true);
	}
}

static void
take_checks(struct track_files *t, const struct conf *c)
{
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &check_conf_get(c)->virtual_server)
		CONF_FOREACH (const struct real_server_conf, rs,
			      &vs->real_server)
			take_checked(t, &rs->checker);
}

static void
open_watch(struct track_files *t)
{
	int r = watch_open(&t->watch, t->loop, on_event, t);

	if (r < 0)
		log_err("track files cannot be watched: %s", strerror(-r));
}

void
track_files_set_conf(struct track_files *t, const struct conf *c, unsigned who)
{
	struct file *f, *next;

	HASH_ITER (hh, t->all, f, next) {
		f->is_stale = true;
	}
	if (c != NULL) {
		const struct conf_list *list = &common_conf_get(c)->track_file;

		if (t->watch.fd < 0 && !STAILQ_EMPTY(list))
			open_watch(t);
		CONF_FOREACH (const struct track_file_conf, fc, list)
			take(t, fc, who);
		if (who & TRACK_FOR_CHECK)
			take_checks(t, c);
	}
	HASH_ITER (hh, t->all, f, next) {
		if (f->is_stale)
			file_free(t, f);
	}
	if (t->all != NULL)
		ev_timer_at(&t->slow, monotime_add(monotime_now(), LOOK));
	else
		ev_timer_stop(&t->slow);
	t->was_started = true;
}

void
track_files_resend(const struct track_files *t, unsigned who)
{
	const struct file *f, *next;

	HASH_ITER (hh, t->all, f, next) {
		if (f->who & who)
			say(t, f, f->who & who, true);
	}
}

/* ---- life ---- */

struct track_files *
track_files_new(struct ev_loop *loop, const struct track_out *out)
{
	struct track_files *t = xcalloc(1, sizeof(*t));

	t->loop = loop;
	t->out = *out;
	t->watch = WATCH_INIT;
	ev_timer_init(&t->slow, loop, on_slow, t);
	return t;
}

void
track_files_free(struct track_files *t)
{
	struct file *f, *next;

	if (t == NULL)
		return;
	HASH_ITER (hh, t->all, f, next) {
		file_free(t, f);
	}
	watch_close(&t->watch);
	ev_timer_fini(&t->slow);
	free(t);
}
