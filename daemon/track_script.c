/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Scripts on a timer; see track_script.h.  Starting one is exec.c's, what
 * results come to is vrrp/track.c's. */
#include "daemon/track_script.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <uthash.h>

#include "daemon/exec.h"
#include "lib/arena.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/common.h"
#include "vrrp/conf.h"
#include "vrrp/track.h"

/* Between two starts: a fork takes a good part of it. */
#define START_GAP MSEC(1)
/* Between SIGTERM and SIGKILL for a script whose time is up. */
#define GRACE SEC(1)

/* One vrrp_script. */
struct script {
	struct track_scripts *t;
	struct arena *arena; /* of what follows, up to init_fail */
	const char *name;
	struct exec_job job;
	nsec_t interval, timeout;
	uint32_t rise, fall;
	bool init_fail;
	struct track_fold fold;
	struct msg_track last; /* what was said last */
	bool has_result;
	monotime_t next; /* run */
	struct ev_timer run, limit;
	pid_t pid;	  /* 0: it does not run */
	bool is_overdue;  /* this run is counted already, it is being killed */
	bool is_waiting;  /* ... and the next one is due */
	bool is_reminded; /* that it still runs was said */
	char reason[EXEC_REASON_LEN]; /* why it cannot be started; "" */
	bool has_place;		      /* next is its own, whoever else is due */
	bool is_stale;
	UT_hash_handle hh, hh_pid;
};

struct track_scripts {
	struct ev_loop *loop;
	struct track_out out;
	struct script *all, *running;
	struct arena *rules_arena;
	struct exec_rules rules;
	monotime_t free_at; /* when the next one may start */
};

struct track_scripts *
track_scripts_new(struct ev_loop *loop, const struct track_out *out)
{
	struct track_scripts *t = xcalloc(1, sizeof(*t));

	t->loop = loop;
	t->out = *out;
	return t;
}

/* ---- results ---- */

static void
say(const struct script *s, bool is_hint)
{
	struct msg_track m = s->last;

	m.is_hint = is_hint;
	s->t->out.say(s->t->out.arg, &m, TRACK_FOR_VRRP);
}

static uint32_t
level_word(enum track_level level)
{
	return level == TRACK_UP     ? MSG_TRACK_UP
	       : level == TRACK_DOWN ? MSG_TRACK_DOWN
				     : MSG_TRACK_UNKNOWN;
}

static void
on_result(struct script *s, enum msg_track_end end, int detail)
{
	bool is_ok = end == MSG_TRACK_EXITED && detail == 0;
	bool is_news = track_fold_step(&s->fold, is_ok, s->rise, s->fall) ||
		       !s->has_result || s->last.end != end ||
		       s->last.detail != detail;

	s->has_result = true;
	s->last.level = level_word(s->fold.level);
	s->last.end = end;
	s->last.detail = detail;
	if (is_news)
		say(s, false);
}

/* ---- running ---- */

/* On its own grid; one that was missed by far is not made up for. */
static void
set_next(struct script *s, monotime_t now)
{
	s->next = monotime_add(s->next, s->interval);
	if (!monotime_before(now, s->next))
		s->next = monotime_add(now, s->interval);
	ev_timer_at(&s->run, s->next);
}

static void
cannot_start(struct script *s, int error, const char *reason)
{
	if (strcmp(s->reason, reason) != 0)
		log_err("track script %s: %s: %s", s->name, s->job.argv[0],
			reason);
	str_fill(s->reason, sizeof(s->reason), reason);
	/* That we have no room for a child says nothing about the service. */
	if (error != -EAGAIN && error != -ENOMEM)
		on_result(s, MSG_TRACK_FAILED, -error);
}

static void
start(struct script *s, monotime_t now)
{
	char reason[EXEC_REASON_LEN];
	pid_t pid = exec_start(&s->job, &s->t->rules, reason);

	if (pid < 0) {
		cannot_start(s, (int)pid, reason);
		return;
	}
	s->reason[0] = '\0';
	s->pid = pid;
	s->is_overdue = s->is_reminded = s->is_waiting = false;
	HASH_ADD(hh_pid, s->t->running, pid, sizeof(s->pid), s);
	ev_timer_at(&s->limit, monotime_add(now, s->timeout));
}

static void
on_limit(void *arg, monotime_t now)
{
	struct script *s = arg;

	if (s->pid == 0)
		return;
	if (s->is_overdue) {
		exec_kill(s->pid, SIGKILL);
		return;
	}
	s->is_overdue = true;
	exec_kill(s->pid, SIGTERM);
	ev_timer_at(&s->limit, monotime_add(now, GRACE));
	on_result(s, MSG_TRACK_TIMEOUT, 0);
}

static void
on_run(void *arg, monotime_t now)
{
	struct script *s = arg;
	struct track_scripts *t = s->t;

	/* One after the other; its place in time is then another for good. */
	if (!s->has_place && monotime_before(now, t->free_at)) {
		s->has_place = true;
		s->next = t->free_at;
		t->free_at = monotime_add(t->free_at, START_GAP);
		ev_timer_at(&s->run, s->next);
		return;
	}
	if (!s->has_place)
		t->free_at = monotime_add(now, START_GAP);
	s->has_place = false;
	if (s->pid != 0 && !monotime_before(now, s->limit.at))
		on_limit(s, now); /* both at the same instant */
	if (s->pid == 0) {
		start(s, now);
	} else if (s->is_overdue) {
		s->is_waiting = true;
	} else if (!s->is_reminded) {
		s->is_reminded = true;
		log_info("Track script %s is already running, expect idle - "
			 "skipping run",
			 s->name);
	}
	set_next(s, now);
}

bool
track_scripts_reap(struct track_scripts *t, pid_t pid, int status)
{
	struct script *s = NULL;

	HASH_FIND(hh_pid, t->running, &pid, sizeof(pid), s);
	if (s == NULL)
		return false;
	HASH_DELETE(hh_pid, t->running, s);
	s->pid = 0;
	ev_timer_stop(&s->limit);
	if (s->is_overdue) {
		exec_kill(pid, SIGKILL); /* also what it left behind */
		if (s->is_waiting)
			start(s, monotime_now());
	} else if (WIFSIGNALED(status)) {
		on_result(s, MSG_TRACK_KILLED, WTERMSIG(status));
	} else {
		on_result(s, MSG_TRACK_EXITED, WEXITSTATUS(status));
	}
	return true;
}

/* ---- configuration ---- */

static const char *
copy(struct arena *a, const char *s)
{
	return s != NULL ? arena_strdup(a, s) : NULL;
}

static void
take_rules(struct track_scripts *t, const struct conf *c)
{
	const struct common_conf *common = common_conf_get(c);
	struct arena *a = arena_new();

	t->rules = (struct exec_rules){
		.user = copy(a, common->script_user.user),
		.group = copy(a, common->script_user.group),
		.is_secure = common->enable_script_security,
		.is_supplementary = common->set_supplementary_groups,
		.is_by_symlink = common->use_symlink_paths,
	};
	arena_free(t->rules_arena);
	t->rules_arena = a;
}

static bool
is_text_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
is_same(const struct script *s, const struct exec_job *job,
	const struct vrrp_script_conf *c)
{
	const char *const *a = s->job.argv, *const *b = job->argv;

	while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return *a == NULL && *b == NULL &&
	       s->job.is_open_test == job->is_open_test &&
	       is_text_same(s->job.user, job->user) &&
	       is_text_same(s->job.group, job->group) &&
	       s->interval == c->interval && s->timeout == c->timeout;
}

/* "</path" is a test whether the file can be opened. */
static struct exec_job
job_of(const struct vrrp_script_conf *c, struct arena *a)
{
	const char **argv =
		arena_alloc(a, (c->script.argc + 1) * sizeof(*argv));
	struct exec_job job = {.argv = argv,
			       .user = copy(a, c->script.user),
			       .group = copy(a, c->script.group)};

	for (uint32_t i = 0; i < c->script.argc; i++)
		argv[i] = arena_strdup(a, c->script.argv[i]);
	if (argv[0] != NULL && argv[0][0] == '<') {
		job.is_open_test = true;
		argv[0] += 1 + strspn(argv[0] + 1, " \t");
	}
	return job;
}

static struct script *
script_new(struct track_scripts *t, const struct vrrp_script_conf *c)
{
	struct script *s = xcalloc(1, sizeof(*s));

	s->t = t;
	s->fold = track_fold_init(c->init_fail, c->rise);
	s->has_result = c->init_fail;
	s->last.kind = MSG_TRACK_SCRIPT;
	s->last.level = level_word(s->fold.level);
	str_fill(s->last.name, sizeof(s->last.name), c->obj.name);
	ev_timer_init(&s->run, t->loop, on_run, s);
	ev_timer_init(&s->limit, t->loop, on_limit, s);
	return s;
}

static void
script_free(struct script *s)
{
	HASH_DELETE(hh, s->t->all, s);
	if (s->pid != 0) {
		exec_kill(s->pid, SIGKILL);
		HASH_DELETE(hh_pid, s->t->running, s);
	}
	ev_timer_fini(&s->run);
	ev_timer_fini(&s->limit);
	arena_free(s->arena);
	free(s);
}

static void
take(struct track_scripts *t, const struct vrrp_script_conf *c, monotime_t now)
{
	struct arena *a = arena_new();
	struct exec_job job = job_of(c, a);
	struct script *s = NULL;
	bool is_known, is_changed;

	HASH_FIND(hh, t->all, c->obj.name, strlen(c->obj.name), s);
	is_known = s != NULL;
	is_changed = !is_known || !is_same(s, &job, c);
	if (is_known)
		HASH_DELETE(hh, t->all, s); /* its name moves */
	else
		s = script_new(t, c);
	arena_free(s->arena);
	s->arena = a;
	s->name = arena_strdup(a, c->obj.name);
	s->job = job;
	s->interval = c->interval;
	s->timeout = c->timeout;
	s->rise = c->rise;
	s->fall = c->fall;
	s->init_fail = c->init_fail;
	s->is_stale = false;
	HASH_ADD_KEYPTR(hh, t->all, s->name, strlen(s->name), s);
	if (!is_known && s->has_result)
		say(s, true);
	if (is_changed) {
		s->next = now;
		ev_timer_at(&s->run, now);
	}
}

void
track_scripts_set_conf(struct track_scripts *t, const struct conf *c)
{
	struct script *s, *next;
	monotime_t now = monotime_now();

	HASH_ITER (hh, t->all, s, next) {
		s->is_stale = true;
	}
	if (c != NULL) {
		take_rules(t, c);
		CONF_FOREACH (const struct vrrp_script_conf, sc,
			      &vrrp_conf_get(c)->vrrp_script)
			if (tracker_is_used(c, MSG_TRACK_SCRIPT, sc->obj.name))
				take(t, sc, now);
			else
				log_info("script %s is not tracked by anybody: "
					 "it does not run",
					 sc->obj.name);
	}
	HASH_ITER (hh, t->all, s, next) {
		if (s->is_stale)
			script_free(s);
	}
}

void
track_scripts_resend(const struct track_scripts *t)
{
	const struct script *s, *next;

	HASH_ITER (hh, t->all, s, next) {
		if (s->has_result)
			say(s, true);
	}
}

void
track_scripts_free(struct track_scripts *t)
{
	struct script *s, *next;

	if (t == NULL)
		return;
	HASH_ITER (hh, t->all, s, next) {
		script_free(s);
	}
	arena_free(t->rules_arena);
	free(t);
}
