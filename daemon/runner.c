/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Queues of scripts; see runner.h.  How a script is started is exec.c's; a
 * script that hangs costs its own object its turn and nobody else anything.
 */
#include "daemon/runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <uthash.h>

#include "daemon/exec.h"
#include "lib/arena.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/common.h"

struct batch {
	struct arena *arena;
	struct exec_job *job;
	size_t n, next; /* job[next] is to be started next */
};

/* Everything about one object that has scripts running or waiting. */
struct queue {
	struct runner *r;
	char *name;
	struct batch *now, *waiting;
	struct batch *remark; /* waits, for after the state that waits */
	pid_t pid;	      /* of the script that runs; 0 none */
	struct ev_timer limit;
	monotime_t deadline;
	bool is_terminated; /* SIGTERM was sent */
	uint32_t skipped;   /* states that were over before their turn */
	UT_hash_handle hh;
};

struct runner {
	struct ev_loop *loop;
	void (*on_idle)(void *arg);
	void *arg;
	struct queue *queues;
	size_t running;
	nsec_t limit, limit_waiting;
	struct arena *rules_arena;
	struct exec_rules rules;
};

void
runner_set_limits(struct runner *r, nsec_t limit, nsec_t waiting)
{
	r->limit = limit;
	r->limit_waiting = waiting;
}

struct runner *
runner_new(struct ev_loop *loop, void (*on_idle)(void *arg), void *arg)
{
	struct runner *r = xcalloc(1, sizeof(*r));

	r->loop = loop;
	r->on_idle = on_idle;
	runner_set_limits(r, RUNNER_LIMIT, RUNNER_LIMIT_WAITING);
	r->arg = arg;
	return r;
}

static void
batch_free(struct batch *b)
{
	if (b != NULL)
		arena_free(b->arena);
}

static void
queue_free(struct queue *q)
{
	HASH_DEL(q->r->queues, q);
	ev_timer_fini(&q->limit);
	batch_free(q->now);
	batch_free(q->waiting);
	batch_free(q->remark);
	free(q->name);
	free(q);
}

void
runner_free(struct runner *r)
{
	struct queue *q, *next;

	if (r == NULL)
		return;
	HASH_ITER (hh, r->queues, q, next) {
		queue_free(q);
	}
	arena_free(r->rules_arena);
	free(r);
}

static const char *
copy(struct arena *a, const char *s)
{
	return s != NULL ? arena_strdup(a, s) : NULL;
}

void
runner_set_conf(struct runner *r, const struct conf *c)
{
	const struct common_conf *common = common_conf_get(c);
	struct arena *a = arena_new();

	r->rules = (struct exec_rules){
		.user = copy(a, common->script_user.user),
		.group = copy(a, common->script_user.group),
		.is_secure = common->enable_script_security,
		.is_supplementary = common->set_supplementary_groups,
		.is_by_symlink = common->use_symlink_paths,
	};
	arena_free(r->rules_arena);
	r->rules_arena = a;
}

const struct exec_rules *
runner_rules(const struct runner *r)
{
	return &r->rules;
}

/* ---- batches ---- */

static void
make_job(struct arena *a, const struct runner_cmd *cmd, struct exec_job *job)
{
	const struct conf_script *s = cmd->script;
	const char **argv =
		arena_alloc(a, (s->argc + cmd->n_extra + 1) * sizeof(argv[0]));
	size_t n = 0;

	for (uint32_t i = 0; i < s->argc; i++)
		argv[n++] = arena_strdup(a, s->argv[i]);
	for (size_t i = 0; i < cmd->n_extra; i++)
		argv[n++] = arena_strdup(a, cmd->extra[i]);
	job->argv = argv;
	job->user = copy(a, s->user);
	job->group = copy(a, s->group);
}

static struct batch *
make_batch(const struct runner_cmd *cmd, size_t n)
{
	struct arena *a = arena_new();
	struct batch *b = arena_alloc(a, sizeof(*b));

	b->arena = a;
	b->job = arena_alloc(a, n * sizeof(b->job[0]));
	for (size_t i = 0; i < n; i++)
		if (cmd[i].script->argv != NULL)
			make_job(a, &cmd[i], &b->job[b->n++]);
	return b;
}

/* ---- running ---- */

static void
set_deadline(struct queue *q, nsec_t limit)
{
	monotime_t at = monotime_add(monotime_now(), limit);

	q->deadline = monotime_min(q->deadline, at);
	ev_timer_at(&q->limit, q->deadline);
}

static void
on_limit(void *arg, monotime_t now)
{
	struct queue *q = arg;

	if (q->pid == 0)
		return;
	if (q->is_terminated) {
		exec_kill(q->pid, SIGKILL);
		return;
	}
	log_warn("script %s of %s takes too long, killing it",
		 q->now->job[q->now->next - 1].argv[0], q->name);
	q->is_terminated = true;
	exec_kill(q->pid, SIGTERM);
	ev_timer_at(&q->limit, monotime_add(now, RUNNER_GRACE));
}

/* Starts the next script of the object; false if it has none left. */
static bool
start_next(struct queue *q)
{
	char reason[EXEC_REASON_LEN];

	for (;;) {
		const struct exec_job *job;
		pid_t pid;

		if (q->now == NULL || q->now->next == q->now->n) {
			batch_free(q->now);
			q->now = TAKE_PTR(q->waiting);
			if (q->now == NULL)
				q->now = TAKE_PTR(q->remark);
			if (q->now == NULL)
				return false;
			continue;
		}
		if (q->skipped > 0)
			log_info("scripts of %s: %u states came and went "
				 "before their turn",
				 q->name, q->skipped);
		q->skipped = 0;
		job = &q->now->job[q->now->next++];
		pid = exec_start(job, &q->r->rules, reason);
		if (pid < 0) {
			log_err("script %s of %s: %s", job->argv[0], q->name,
				reason);
			continue;
		}
		q->pid = pid;
		q->r->running++;
		q->is_terminated = false;
		q->deadline = MONOTIME_NEVER;
		set_deadline(q, q->r->limit);
		return true;
	}
}

/* Starts what may start; forgets objects that have nothing left. */
static void
schedule(struct runner *r)
{
	struct queue *q, *next;

	HASH_ITER (hh, r->queues, q, next) {
		if (r->running >= RUNNER_MAX)
			return;
		if (q->pid == 0 && !start_next(q))
			queue_free(q);
	}
}

static struct queue *
get_queue(struct runner *r, const char *object)
{
	struct queue *q = NULL;

	HASH_FIND_STR(r->queues, object, q);
	if (q != NULL)
		return q;
	q = xcalloc(1, sizeof(*q));
	q->r = r;
	q->name = xstrdup(object);
	ev_timer_init(&q->limit, r->loop, on_limit, q);
	HASH_ADD_KEYPTR(hh, r->queues, q->name, strlen(q->name), q);
	return q;
}

/* A remark of a state that is over is of no use. */
static void
wait_in_line(struct queue *q, struct batch *b, enum runner_kind kind)
{
	if (kind == RUNNER_REMARK) {
		batch_free(q->remark);
		q->remark = b;
		return;
	}
	if (q->waiting != NULL)
		q->skipped++;
	batch_free(q->waiting);
	batch_free(TAKE_PTR(q->remark));
	q->waiting = b;
}

void
runner_submit(struct runner *r, const char *object, enum runner_kind kind,
	      const struct runner_cmd *cmd, size_t n)
{
	struct batch *b = make_batch(cmd, n);
	struct queue *q = NULL;

	if (b->n == 0 && kind == RUNNER_STATE) {
		/* What waits tells of a state that is over. */
		HASH_FIND_STR(r->queues, object, q);
		if (q != NULL) {
			batch_free(TAKE_PTR(q->waiting));
			batch_free(TAKE_PTR(q->remark));
		}
	}
	if (b->n == 0) {
		batch_free(b);
		return;
	}
	q = get_queue(r, object);
	wait_in_line(q, b, kind);
	if (q->pid != 0 && !q->is_terminated)
		set_deadline(q, r->limit_waiting);
	schedule(r);
}

static void
log_end(const struct queue *q, int status)
{
	const char *what = q->now->job[q->now->next - 1].argv[0];

	if (WIFSIGNALED(status))
		log_warn("script %s of %s ended by signal %d", what, q->name,
			 WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_info("script %s of %s ended with status %d", what, q->name,
			 WEXITSTATUS(status));
}

bool
runner_reap(struct runner *r, pid_t pid, int status)
{
	struct queue *q, *next, *found = NULL;

	HASH_ITER (hh, r->queues, q, next) {
		if (q->pid == pid)
			found = q;
	}
	if (found == NULL)
		return false;
	if (found->is_terminated) /* also what it left behind */
		exec_kill(pid, SIGKILL);
	log_end(found, status);
	ev_timer_stop(&found->limit);
	found->pid = 0;
	r->running--;
	schedule(r);
	if (runner_is_idle(r))
		r->on_idle(r->arg);
	return true;
}

bool
runner_is_idle(const struct runner *r)
{
	return r->queues == NULL;
}

void
runner_kill_all(struct runner *r)
{
	struct queue *q, *next;

	HASH_ITER (hh, r->queues, q, next) {
		batch_free(TAKE_PTR(q->waiting));
		batch_free(TAKE_PTR(q->remark));
		if (q->now != NULL)
			q->now->next = q->now->n == 0 ? 0 : q->now->n;
		if (q->pid != 0)
			exec_kill(q->pid, SIGKILL);
		else
			queue_free(q);
	}
}

/* ---- scripts of start and stop ---- */

/* Waits for a child until the deadline; true if it has ended. */
static bool
await(int pidfd, pid_t pid, monotime_t deadline, int *status)
{
	for (;;) {
		struct pollfd p = {.fd = pidfd, .events = POLLIN};
		nsec_t left = monotime_sub(deadline, monotime_now());

		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		if (left <= 0)
			return false;
		/* An interruption only comes round again. */
		(void)poll(&p, 1, (int)(left / MSEC(1)) + 1);
	}
}

int
runner_ask_now(struct runner *r, const struct conf_script *script, nsec_t limit)
{
	char reason[EXEC_REASON_LEN];
	struct exec_job job = {
		.argv = (const char *const *)script->argv,
		.user = script->user,
		.group = script->group,
	};
	CLEANUP_FD int pidfd = -1;
	int status = 0;
	pid_t pid;

	pid = exec_start(&job, &r->rules, reason);
	if (pid < 0) {
		log_err("script %s: %s", script->argv[0], reason);
		return (int)pid;
	}
	pidfd = pidfd_open(pid, 0);
	if (!await(pidfd, pid, monotime_add(monotime_now(), limit), &status)) {
		log_warn("script %s takes too long, killing it",
			 script->argv[0]);
		exec_kill(pid, SIGTERM);
		if (!await(pidfd, pid,
			   monotime_add(monotime_now(), RUNNER_GRACE),
			   &status)) {
			exec_kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
		}
		exec_kill(pid, SIGKILL); /* what it left behind */
		return -ETIMEDOUT;
	}
	return status;
}

int
runner_run_now(struct runner *r, const struct conf_script *script, nsec_t limit)
{
	int status = 0;

	if (script->argv != NULL)
		status = runner_ask_now(r, script, limit);
	if (status < 0)
		return status;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		log_warn("script %s failed (status 0x%x)", script->argv[0],
			 (unsigned int)status);
		return -EIO;
	}
	return 0;
}
