/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Counting processes; see track_process.h. */
#include "daemon/track_process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "daemon/procconn.h"
#include "daemon/procmatch.h"
#include "lib/arena.h"
#include "lib/log.h"
#include "lib/util.h"
#include "vrrp/conf.h"
#include "vrrp/track.h"

/* All of /proc is read so often, without and with events. */
#define POLL	  SEC(1)
#define POLL_SLOW SEC(30)
/* Processes of one slice of a scan, and the pause between slices. */
#define SLICE	  128
#define SLICE_GAP MSEC(2)

/* One vrrp_track_process. */
struct watched {
	struct track_processes *t;
	struct vrrp_track_process_conf c; /* words are in the arena */
	uint32_t count;
	enum track_level level;
	struct ev_timer timer; /* a delay runs; the level is about to change */
	bool is_pending;
};

/* A process that is one or more of them. */
struct process {
	pid_t pid;
	uint32_t scan; /* it was seen in */
	UT_hash_handle hh;
	bool is_it[]; /* by index of what is watched */
};

struct track_processes {
	struct ev_loop *loop;
	struct track_out out;
	struct arena *arena;
	struct watched *w;
	uint32_t n;
	bool needs_cmdline;
	struct process *found;
	struct procconn *conn;
	uint32_t rcvbuf;
	bool rcvbuf_force, has_events;
	DIR *proc; /* a scan is running */
	uint32_t scan;
	struct ev_timer timer; /* next slice or scan */
};

/* ---- words ---- */

static void
say(const struct watched *w, bool is_hint)
{
	struct msg_track m = {
		.kind = MSG_TRACK_PROCESS,
		.level = w->level == TRACK_UP ? MSG_TRACK_UP : MSG_TRACK_DOWN,
		.value = w->count,
		.is_hint = is_hint,
	};

	str_fill(m.name, sizeof(m.name), w->c.obj.name);
	w->t->out.say(w->t->out.arg, &m, TRACK_FOR_VRRP);
}

/* ---- levels ---- */

static enum track_level
level_now(const struct watched *w)
{
	return track_quorum_level(w->count, w->c.quorum, w->c.quorum_max);
}

static void
on_delay(void *arg, monotime_t now)
{
	struct watched *w = arg;

	(void)now;
	w->is_pending = false;
	if (level_now(w) == w->level)
		return;
	w->level = level_now(w);
	say(w, false);
}

static void
evaluate(struct track_processes *t)
{
	monotime_t now = monotime_now();

	for (uint32_t i = 0; i < t->n; i++) {
		struct watched *w = &t->w[i];
		enum track_level level = level_now(w);
		nsec_t delay = level == TRACK_UP ? w->c.fork_delay
						 : w->c.terminate_delay;

		if (level == w->level) {
			ev_timer_stop(&w->timer);
			w->is_pending = false;
		} else if (delay == 0) {
			on_delay(w, now);
		} else if (!w->is_pending) {
			w->is_pending = true;
			ev_timer_at(&w->timer, monotime_add(now, delay));
		}
	}
}

/* ---- one process ---- */

static void
forget(struct track_processes *t, pid_t pid)
{
	struct process *p;

	HASH_FIND(hh, t->found, &pid, sizeof(pid), p);
	if (p == NULL)
		return;
	for (uint32_t i = 0; i < t->n; i++)
		t->w[i].count -= p->is_it[i];
	HASH_DEL(t->found, p);
	free(p);
}

static void
remember(struct track_processes *t, pid_t pid, const bool *is_it)
{
	struct process *p;
	uint32_t hits = 0;

	for (uint32_t i = 0; i < t->n; i++)
		hits += is_it[i];
	forget(t, pid);
	if (hits == 0)
		return;
	p = xcalloc(1, sizeof(*p) + t->n * sizeof(p->is_it[0]));
	p->pid = pid;
	p->scan = t->scan;
	memcpy(p->is_it, is_it, t->n * sizeof(is_it[0]));
	for (uint32_t i = 0; i < t->n; i++)
		t->w[i].count += is_it[i];
	HASH_ADD(hh, t->found, pid, sizeof(p->pid), p);
}

static size_t
read_proc(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	CLEANUP_FD int fd = -1;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	return (size_t)n + (name[0] == 'c' && buf[n - 1] != '\0');
}

/* Looks a process up anew. */
static void
look_at(struct track_processes *t, pid_t pid)
{
	struct procmatch_info info = {.len = 0};
	char line[512], words[4096];
	bool *is_it;

	if (read_proc(pid, "stat", line, sizeof(line)) == 0 ||
	    !procmatch_stat(line, info.comm)) {
		forget(t, pid);
		return;
	}
	if (t->needs_cmdline) {
		info.len = read_proc(pid, "cmdline", words, sizeof(words));
		info.cmdline = words;
	}
	is_it = xcalloc(t->n + 1, sizeof(*is_it));
	for (uint32_t i = 0; i < t->n; i++)
		is_it[i] = procmatch_is_it(&t->w[i].c, &info);
	remember(t, pid, is_it);
	free(is_it);
}

/* A child is what its parent is, until it says otherwise. */
static void
inherit(struct track_processes *t, pid_t parent, pid_t child)
{
	const struct process *p;

	HASH_FIND(hh, t->found, &parent, sizeof(parent), p);
	if (p != NULL)
		remember(t, child, p->is_it);
}

/* ---- all processes ---- */

static void
scan_begin(struct track_processes *t)
{
	t->scan++;
	if (t->proc == NULL)
		t->proc = opendir("/proc");
	else
		rewinddir(t->proc);
	if (t->proc == NULL)
		log_err("processes cannot be tracked: /proc: %s",
			strerror(errno));
}

/* What was not seen is gone. */
static void
scan_end(struct track_processes *t)
{
	struct process *p, *next;

	(void)closedir(t->proc); /* was only read */
	t->proc = NULL;
	HASH_ITER (hh, t->found, p, next) {
		if (p->scan != t->scan)
			forget(t, p->pid);
	}
	evaluate(t);
	ev_timer_at(&t->timer, monotime_add(monotime_now(),
					    t->has_events ? POLL_SLOW : POLL));
}

/* At most so many; true if there are more. */
static bool
scan_slice(struct track_processes *t, uint32_t max)
{
	const struct dirent *d;

	while (max > 0 && (d = readdir(t->proc)) != NULL) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		look_at(t, (pid_t)strtol(d->d_name, NULL, 10));
		max--;
	}
	return max == 0;
}

static void
on_timer(void *arg, monotime_t now)
{
	struct track_processes *t = arg;

	if (t->proc == NULL)
		scan_begin(t);
	if (t->proc == NULL)
		ev_timer_at(&t->timer, monotime_add(now, POLL));
	else if (scan_slice(t, SLICE))
		ev_timer_at(&t->timer, monotime_add(now, SLICE_GAP));
	else
		scan_end(t);
}

static void
on_event(void *arg, enum procconn_event ev, pid_t pid, pid_t parent)
{
	struct track_processes *t = arg;

	switch (ev) {
	case PROCCONN_READY:
		t->has_events = pid == 0;
		if (!t->has_events)
			log_info("no process events (%s): /proc is read every "
				 "second",
				 strerror(pid));
		return;
	case PROCCONN_FORK:
		inherit(t, parent, pid);
		return;
	case PROCCONN_NAME:
		look_at(t, pid);
		return;
	case PROCCONN_EXIT:
		forget(t, pid);
		return;
	case PROCCONN_LOST: /* whatever it was, it is found out soon */
		if (t->proc == NULL)
			ev_timer_at(&t->timer,
				    monotime_min(t->timer.at,
						 monotime_add(monotime_now(),
							      POLL)));
		return;
	case PROCCONN_DRAINED:
		evaluate(t);
		return;
	}
}

/* ---- configuration ---- */

static void
stop(struct track_processes *t)
{
	struct process *p, *next;

	HASH_ITER (hh, t->found, p, next) {
		HASH_DEL(t->found, p);
		free(p);
	}
	for (uint32_t i = 0; i < t->n; i++)
		ev_timer_fini(&t->w[i].timer);
	free(t->w);
	t->w = NULL;
	t->n = 0;
	if (t->proc != NULL)
		(void)closedir(t->proc); /* was only read */
	t->proc = NULL;
	ev_timer_stop(&t->timer);
	arena_free(TAKE_PTR(t->arena));
}

static void
take(struct watched *w, const struct vrrp_track_process_conf *c,
     struct arena *a)
{
	const char **word = arena_alloc(a, c->process.n * sizeof(*word));

	for (uint32_t i = 0; i < c->process.n; i++)
		word[i] = arena_strdup(a, c->process.word[i]);
	w->c = *c;
	w->c.obj.name = arena_strdup(a, c->obj.name);
	w->c.process.word = word;
}

/* An object that goes on keeps its level: a reload moves nothing. */
static const struct watched *
find_old(const struct watched *old, uint32_t n_old, const char *name)
{
	for (uint32_t i = 0; i < n_old; i++)
		if (strcmp(old[i].c.obj.name, name) == 0)
			return &old[i];
	return NULL;
}

static uint32_t
count(const struct conf *c)
{
	uint32_t n = 0;

	CONF_FOREACH (const struct vrrp_track_process_conf, p,
		      &vrrp_conf_get(c)->vrrp_track_process)
		n += tracker_is_used(c, MSG_TRACK_PROCESS, p->obj.name);
	return n;
}

static void
take_all(struct track_processes *t, const struct conf *c, struct watched *w,
	 struct arena *a)
{
	uint32_t n = 0;

	t->needs_cmdline = false;
	CONF_FOREACH (const struct vrrp_track_process_conf, p,
		      &vrrp_conf_get(c)->vrrp_track_process) {
		const struct watched *old = find_old(t->w, t->n, p->obj.name);

		if (!tracker_is_used(c, MSG_TRACK_PROCESS, p->obj.name))
			continue;
		take(&w[n], p, a);
		w[n].t = t;
		w[n].level = old != NULL ? old->level : TRACK_UNKNOWN;
		ev_timer_init(&w[n].timer, t->loop, on_delay, &w[n]);
		t->needs_cmdline |= procmatch_needs_cmdline(p);
		n++;
	}
}

static void
listen_to_events(struct track_processes *t, const struct vrrp_global_conf *g)
{
	int r;

	if (t->conn != NULL &&
	    (t->rcvbuf != g->process_monitor_rcv_bufs ||
	     t->rcvbuf_force != g->process_monitor_rcv_bufs_force))
		procconn_close(TAKE_PTR(t->conn));
	if (t->conn != NULL)
		return;
	t->rcvbuf = g->process_monitor_rcv_bufs;
	t->rcvbuf_force = g->process_monitor_rcv_bufs_force;
	t->has_events = false;
	r = procconn_open(t->loop, t->rcvbuf, t->rcvbuf_force, on_event, t,
			  &t->conn);
	if (r < 0)
		log_info("no process events (%s): /proc is read every second",
			 strerror(-r));
}

/* The first look is a whole one, at once: whoever starts knows all. */
static void
look_at_all(struct track_processes *t)
{
	scan_begin(t);
	while (t->proc != NULL && scan_slice(t, SLICE))
		;
	for (uint32_t i = 0; i < t->n; i++)
		if (t->w[i].level == TRACK_UNKNOWN) {
			t->w[i].level = level_now(&t->w[i]);
			say(&t->w[i], true);
		}
	if (t->proc != NULL)
		scan_end(t);
}

void
track_processes_set_conf(struct track_processes *t, const struct conf *c)
{
	uint32_t n = c != NULL ? count(c) : 0;
	struct arena *a = arena_new();
	struct watched *w = xcalloc(n + 1, sizeof(*w));

	if (n > 0)
		take_all(t, c, w, a);
	stop(t);
	t->arena = a;
	t->w = w;
	t->n = n;
	if (n == 0) {
		procconn_close(TAKE_PTR(t->conn));
		return;
	}
	listen_to_events(t, &vrrp_conf_get(c)->global);
	look_at_all(t);
}

void
track_processes_resend(const struct track_processes *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		say(&t->w[i], true);
}

struct track_processes *
track_processes_new(struct ev_loop *loop, const struct track_out *out)
{
	struct track_processes *t = xcalloc(1, sizeof(*t));

	t->loop = loop;
	t->out = *out;
	ev_timer_init(&t->timer, loop, on_timer, t);
	return t;
}

void
track_processes_free(struct track_processes *t)
{
	if (t == NULL)
		return;
	stop(t);
	procconn_close(t->conn);
	ev_timer_fini(&t->timer);
	free(t);
}
