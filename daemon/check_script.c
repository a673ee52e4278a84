/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Scripts of MISC_CHECKs; see check_script.h.  Starting one is exec.c's, what
 * results come to is check/misc.c's. */
#include "daemon/check_script.h"

#include <bsd/sys/queue.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <uthash.h>

#include "check/conf.h"
#include "check/misc_id.h"
#include "daemon/exec.h"
#include "lib/arena.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/common.h"

/* Between two starts: a fork takes a good part of it. */
#define START_GAP MSEC(1)
/* Between SIGTERM and SIGKILL for a script whose time is up. */
#define GRACE SEC(1)

/* A script that may be asked for. */
struct job {
	UT_hash_handle hh;
	uint64_t script; /* its name */
	struct exec_job exec;
	nsec_t timeout;
	uint32_t n_users;   /* checkers that name it */
	uint32_t n_asked;   /* runs that wait */
	uint32_t n_running; /* that are not dying for nobody */
	uint32_t n_overdue; /* of these: their time was up */
};

/* A run from its asking to its end. */
struct run {
	UT_hash_handle hh, hh_pid;
	TAILQ_ENTRY(run) link; /* while it waits */
	struct check_scripts *t;
	uint64_t id, script;
	pid_t pid;	   /* 0: it waits for its turn */
	bool is_wanted;	   /* somebody waits for its end */
	bool is_overdue;   /* its time was up: it is being killed */
	bool is_cancelled; /* nobody wants it: it is being killed */
	monotime_t started;
	struct ev_timer limit;
};
TAILQ_HEAD(run_list, run);

struct check_scripts {
	struct ev_loop *loop;
	void (*done)(void *arg, const struct msg_misc_done *m);
	void *arg;
	struct arena *arena; /* of jobs and rules */
	struct job *jobs;
	struct exec_rules rules;
	struct run *by_id; /* wanted ones */
	struct run *by_pid;
	struct run_list waiting;
	uint32_t n_waiting;
	struct ev_timer turn;
	monotime_t free_at; /* when the next one may start */
	struct log_limit refusals, failures;
};

static struct job *
job_find(const struct check_scripts *t, uint64_t script)
{
	struct job *j;

	HASH_FIND(hh, t->jobs, &script, sizeof(script), j);
	return j;
}

/* ---- the end of a run ---- */

/* Tells the end; from now on nobody waits for it. */
static void
tell(struct run *r, enum msg_track_end end, int detail)
{
	struct check_scripts *t = r->t;
	struct msg_misc_done m = {.id = r->id, .end = end, .detail = detail};

	if (!r->is_wanted)
		return;
	if (r->pid != 0)
		m.ms = (uint32_t)(monotime_sub(monotime_now(), r->started) /
				  MSEC(1));
	HASH_DELETE(hh, t->by_id, r);
	r->is_wanted = false;
	t->done(t->arg, &m);
}

/* It counts as one of its script's, or not any more. */
static void
count(const struct run *r, int by)
{
	struct job *j = job_find(r->t, r->script);
	uint32_t n = (uint32_t)by;

	if (j == NULL || r->is_cancelled)
		return;
	if (r->pid == 0)
		j->n_asked += n;
	else
		j->n_running += n;
	if (r->is_overdue)
		j->n_overdue += n;
}

static void
run_free(struct run *r)
{
	struct check_scripts *t = r->t;

	count(r, -1);
	if (r->is_wanted)
		HASH_DELETE(hh, t->by_id, r);
	if (r->pid != 0) {
		HASH_DELETE(hh_pid, t->by_pid, r);
	} else {
		TAILQ_REMOVE(&t->waiting, r, link);
		t->n_waiting--;
	}
	ev_timer_fini(&r->limit);
	free(r);
}

/* May a run of this script not start, for the others that there are? */
static bool
is_blocked(const struct job *j)
{
	return j->n_overdue > 0 || j->n_running >= j->n_users;
}

/* It never had its turn. */
static void
on_limit_waiting(struct run *r)
{
	const struct job *j = job_find(r->t, r->script);

	if (j != NULL && j->n_overdue > 0) /* the last one hangs for good */
		tell(r, MSG_TRACK_TIMEOUT, 0);
	else
		tell(r, MSG_TRACK_FAILED, EAGAIN);
	run_free(r);
}

static void
on_limit(void *arg, monotime_t now)
{
	struct run *r = arg;

	if (r->pid == 0) {
		on_limit_waiting(r);
	} else if (r->is_overdue || r->is_cancelled) {
		exec_kill(r->pid, SIGKILL);
	} else {
		count(r, -1);
		r->is_overdue = true;
		count(r, 1);
		exec_kill(r->pid, SIGTERM);
		ev_timer_at(&r->limit, monotime_add(now, GRACE));
		tell(r, MSG_TRACK_TIMEOUT, 0);
	}
}

bool
check_scripts_reap(struct check_scripts *t, pid_t pid, int status)
{
	struct run *r;

	HASH_FIND(hh_pid, t->by_pid, &pid, sizeof(pid), r);
	if (r == NULL)
		return false;
	if (r->is_overdue || r->is_cancelled)
		exec_kill(pid, SIGKILL); /* also what it left behind */
	if (WIFSIGNALED(status))
		tell(r, MSG_TRACK_KILLED, WTERMSIG(status));
	else
		tell(r, MSG_TRACK_EXITED, WEXITSTATUS(status));
	run_free(r);
	if (t->n_waiting > 0)
		ev_timer_at(&t->turn, t->free_at);
	return true;
}

/* ---- starting ---- */

static void
cannot_start(struct run *r, const struct job *j, int error, const char *reason)
{
	struct check_scripts *t = r->t;
	uint32_t missed;

	if (j != NULL && log_limit_ok(&t->failures, monotime_now(), &missed))
		log_err("check script %s: %s, %u more not logged",
			j->exec.argv[0], reason, missed);
	tell(r, MSG_TRACK_FAILED, error);
	run_free(r);
}

static void
start(struct run *r, const struct job *j, monotime_t now)
{
	struct check_scripts *t = r->t;
	char reason[EXEC_REASON_LEN] = "no longer configured";
	pid_t pid = -ENOENT;

	if (j != NULL)
		pid = exec_start(&j->exec, &t->rules, reason);
	if (pid < 0) {
		cannot_start(r, j, -(int)pid, reason);
		return;
	}
	count(r, -1);
	TAILQ_REMOVE(&t->waiting, r, link);
	t->n_waiting--;
	r->pid = pid;
	r->started = now;
	HASH_ADD(hh_pid, t->by_pid, pid, sizeof(r->pid), r);
	count(r, 1);
	ev_timer_at(&r->limit, monotime_add(now, j->timeout));
}

/* One at a time, with time between for everybody else. */
static void
on_turn(void *arg, monotime_t now)
{
	struct check_scripts *t = arg;
	const struct job *j = NULL;
	struct run *r;

	/* Who is full or blocked is called when a child is gone. */
	if (HASH_CNT(hh_pid, t->by_pid) >= CHECK_SCRIPTS_MAX)
		return;
	TAILQ_FOREACH (r, &t->waiting, link) {
		j = job_find(t, r->script);
		if (j == NULL || !is_blocked(j))
			break;
	}
	if (r == NULL)
		return;
	if (!monotime_before(now, t->free_at)) {
		start(r, j, now);
		t->free_at = monotime_add(monotime_now(), START_GAP);
	}
	if (t->n_waiting > 0)
		ev_timer_at(&t->turn, t->free_at);
}

/* ---- asking ---- */

/* What is still dying has had its time. */
static void
hurry(const struct check_scripts *t, uint64_t script)
{
	for (const struct run *r = t->by_pid; r != NULL; r = r->hh_pid.next)
		if (r->is_overdue && r->script == script)
			exec_kill(r->pid, SIGKILL);
}

static bool
is_too_much(struct check_scripts *t, const struct job *j, uint64_t id)
{
	const struct run *r;
	uint32_t missed;

	HASH_FIND(hh, t->by_id, &id, sizeof(id), r);
	if (r == NULL && j->n_asked < j->n_users &&
	    t->n_waiting < CHECK_SCRIPTS_WAITING)
		return false;
	if (log_limit_ok(&t->refusals, monotime_now(), &missed))
		log_warn("check script %s: asked for too often, %u more not "
			 "logged",
			 j->exec.argv[0], missed);
	return true;
}

void
check_scripts_run(struct check_scripts *t, const struct msg_misc_run *m)
{
	struct msg_misc_done no = {
		.id = m->id, .end = MSG_TRACK_FAILED, .detail = ENOENT};
	struct job *j = job_find(t, m->script);
	monotime_t now = monotime_now();
	struct run *r;

	if (j != NULL && is_too_much(t, j, m->id))
		no.detail = EAGAIN;
	if (j == NULL || no.detail == EAGAIN) {
		t->done(t->arg, &no);
		return;
	}
	r = xcalloc(1, sizeof(*r));
	r->t = t;
	r->id = m->id;
	r->script = m->script;
	r->is_wanted = true;
	ev_timer_init(&r->limit, t->loop, on_limit, r);
	ev_timer_at(&r->limit, monotime_add(now, j->timeout));
	HASH_ADD(hh, t->by_id, id, sizeof(r->id), r);
	TAILQ_INSERT_TAIL(&t->waiting, r, link);
	t->n_waiting++;
	count(r, 1);
	if (j->n_overdue > 0)
		hurry(t, m->script);
	ev_timer_at(&t->turn, t->free_at);
}

static void
cancel(struct run *r)
{
	if (r->pid == 0) {
		run_free(r);
		return;
	}
	if (r->is_wanted)
		HASH_DELETE(hh, r->t->by_id, r);
	r->is_wanted = false;
	count(r, -1);
	r->is_cancelled = true;
	exec_kill(r->pid, SIGTERM);
	ev_timer_at(&r->limit, monotime_add(monotime_now(), GRACE));
}

void
check_scripts_stop(struct check_scripts *t, const struct msg_misc_run *m)
{
	struct run *r;

	HASH_FIND(hh, t->by_id, &m->id, sizeof(m->id), r);
	if (r != NULL)
		cancel(r);
}

void
check_scripts_stop_all(struct check_scripts *t)
{
	struct run *r, *next;

	HASH_ITER (hh, t->by_id, r, next)
		cancel(r);
}

/* ---- configuration ---- */

static const char *
copy(struct arena *a, const char *s)
{
	return s != NULL ? arena_strdup(a, s) : NULL;
}

static bool
is_same(const struct job *j, const struct misc_check_conf *m)
{
	uint32_t i = 0;

	while (i < m->misc_path.argc && j->exec.argv[i] != NULL &&
	       strcmp(j->exec.argv[i], m->misc_path.argv[i]) == 0)
		i++;
	return i == m->misc_path.argc && j->exec.argv[i] == NULL;
}

static void
add_job(struct check_scripts *t, const struct misc_check_conf *m)
{
	const struct conf_script *s = &m->misc_path;
	uint64_t script = misc_id(m);
	struct job *j = job_find(t, script);
	const char **argv;

	if (j != NULL) {
		j->n_users++;
		if (!is_same(j, m))
			log_err("check script %s: its name stands for %s "
				"already, it does not run",
				s->argv[0], j->exec.argv[0]);
		return;
	}
	j = arena_alloc(t->arena, sizeof(*j));
	argv = arena_alloc(t->arena, (s->argc + 1) * sizeof(*argv));
	for (uint32_t i = 0; i < s->argc; i++)
		argv[i] = arena_strdup(t->arena, s->argv[i]);
	*j = (struct job){.script = script,
			  .exec = {.argv = argv,
				   .user = copy(t->arena, s->user),
				   .group = copy(t->arena, s->group)},
			  .timeout = m->misc_timeout,
			  .n_users = 1};
	HASH_ADD(hh, t->jobs, script, sizeof(j->script), j);
}

static void
take_rules(struct check_scripts *t, const struct common_conf *c)
{
	t->rules = (struct exec_rules){
		.user = copy(t->arena, c->script_user.user),
		.group = copy(t->arena, c->script_user.group),
		.is_secure = c->enable_script_security,
		.is_supplementary = c->set_supplementary_groups,
		.is_by_symlink = c->use_symlink_paths,
	};
}

static void
take_service(struct check_scripts *t, const struct virtual_server_conf *vs)
{
	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server)
		CONF_FOREACH (const struct checker_conf, c, &rs->checker)
			if (c->type == CHECKER_MISC)
				add_job(t, (const void *)c);
}

/* Those under way count for the new table. */
static void
recount(struct check_scripts *t)
{
	struct run *r;

	TAILQ_FOREACH (r, &t->waiting, link)
		count(r, 1);
	for (r = t->by_pid; r != NULL; r = r->hh_pid.next)
		count(r, 1);
}

void
check_scripts_set_conf(struct check_scripts *t, const struct conf *c)
{
	HASH_CLEAR(hh, t->jobs);
	arena_free(t->arena);
	t->arena = arena_new();
	t->rules = (struct exec_rules){0};
	if (c == NULL) {
		check_scripts_stop_all(t);
		return;
	}
	take_rules(t, common_conf_get(c));
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &check_conf_get(c)->virtual_server)
		take_service(t, vs);
	recount(t);
}

/* ---- life ---- */

struct check_scripts *
check_scripts_new(struct ev_loop *loop,
		  void (*done)(void *arg, const struct msg_misc_done *m),
		  void *arg)
{
	struct check_scripts *t = xcalloc(1, sizeof(*t));

	t->loop = loop;
	t->done = done;
	t->arg = arg;
	t->refusals = t->failures =
		(struct log_limit){.interval = SEC(10), .burst = 10};
	TAILQ_INIT(&t->waiting);
	ev_timer_init(&t->turn, loop, on_turn, t);
	return t;
}

void
check_scripts_free(struct check_scripts *t)
{
	struct run *r, *next;

	if (t == NULL)
		return;
	check_scripts_stop_all(t);
	HASH_ITER (hh_pid, t->by_pid, r, next) {
		exec_kill(r->pid, SIGKILL);
		run_free(r);
	}
	ev_timer_fini(&t->turn);
	HASH_CLEAR(hh, t->jobs);
	arena_free(t->arena);
	free(t);
}
