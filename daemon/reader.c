/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A FIFO's reading program; see reader.h.  The FIFO stays open while it is
 * started again, so no line is lost with it.
 */
#include "daemon/reader.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/exec.h"
#include "daemon/runner.h"
#include "lib/arena.h"
#include "lib/event.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/tree.h"

/* Deaths further apart than this are not quick succession. */
#define QUIET SEC(60)
/* From the end of the FIFO to SIGTERM, and from there to SIGKILL. */
#define TIME_TO_READ MSEC(500)
#define TIME_TO_END  SEC(1)

struct reader {
	const struct runner *runner; /* whose rules hold */
	struct ev_timer timer;	     /* start again, or kill */
	struct arena *arena;
	struct exec_job job; /* argv with the FIFO at its end */
	pid_t pid;	     /* 0: not running */
	monotime_t started;
	uint32_t deaths; /* in quick succession */
	bool is_ending, is_terminated;
};

static void
start(struct reader *r)
{
	char reason[EXEC_REASON_LEN];
	pid_t pid = exec_start(&r->job, runner_rules(r->runner), reason);

	r->started = monotime_now();
	if (pid > 0) {
		r->pid = pid;
		return;
	}
	log_err("FIFO script %s: %s", r->job.argv[0], reason);
	ev_timer_at(&r->timer, monotime_add(r->started, QUIET));
}

static void
on_timer(void *arg, monotime_t now)
{
	struct reader *r = arg;

	if (!r->is_ending) {
		if (r->pid == 0)
			start(r);
		return;
	}
	if (r->pid == 0)
		return;
	exec_kill(r->pid, r->is_terminated ? SIGKILL : SIGTERM);
	r->is_terminated = true;
	ev_timer_at(&r->timer, monotime_add(now, TIME_TO_END));
}

static const char *
copy(struct arena *a, const char *s)
{
	return s != NULL ? arena_strdup(a, s) : NULL;
}

struct reader *
reader_new(struct ev_loop *loop, const struct runner *runner,
	   const struct conf_script *s, const char *fifo)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	const char **argv;

	r->runner = runner;
	r->arena = arena_new();
	r->job.argv = argv =
		arena_alloc(r->arena, (s->argc + 2) * sizeof(argv[0]));
	for (uint32_t i = 0; i < s->argc; i++)
		argv[i] = arena_strdup(r->arena, s->argv[i]);
	argv[s->argc] = arena_strdup(r->arena, fifo);
	r->job.user = copy(r->arena, s->user);
	r->job.group = copy(r->arena, s->group);
	ev_timer_init(&r->timer, loop, on_timer, r);
	start(r);
	return r;
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	ev_timer_fini(&r->timer);
	arena_free(r->arena);
	free(r);
}

static bool
is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
reader_is(const struct reader *r, const struct conf_script *s, const char *fifo)
{
	uint32_t i = 0;

	for (; i < s->argc && r->job.argv[i] != NULL; i++)
		if (strcmp(r->job.argv[i], s->argv[i]) != 0)
			return false;
	return i == s->argc && is_same_text(r->job.argv[i], fifo) &&
	       r->job.argv[i + 1] == NULL &&
	       is_same_text(r->job.user, s->user) &&
	       is_same_text(r->job.group, s->group);
}

void
reader_end(struct reader *r)
{
	ev_timer_stop(&r->timer);
	r->is_ending = true;
	if (r->pid != 0)
		ev_timer_at(&r->timer,
			    monotime_add(monotime_now(), TIME_TO_READ));
}

void
reader_kill(struct reader *r)
{
	r->is_ending = r->is_terminated = true;
	if (r->pid != 0)
		exec_kill(r->pid, SIGKILL);
}

bool
reader_reap(struct reader *r, pid_t pid, int status)
{
	monotime_t now = monotime_now();
	uint32_t n;

	if (r->pid == 0 || r->pid != pid)
		return false;
	r->pid = 0;
	ev_timer_stop(&r->timer);
	if (r->is_terminated) /* also what it left behind */
		exec_kill(pid, SIGKILL);
	if (r->is_ending)
		return true;
	if (monotime_sub(now, r->started) > QUIET)
		r->deaths = 0;
	n = r->deaths < 6 ? r->deaths++ : 6;
	log_warn("FIFO script %s ended (%s %d), starting it again in %d s",
		 r->job.argv[0], WIFSIGNALED(status) ? "signal" : "status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		 1 << n);
	ev_timer_at(&r->timer, monotime_add(now, SEC(1) << n));
	return true;
}

bool
reader_has_ended(const struct reader *r)
{
	return r->is_ending && r->pid == 0;
}
