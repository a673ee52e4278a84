/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The life of an attempt, from its due time to its result, and the queue of
 * those that are due; see probe.h.  Who is asked, and for whom, is probe.c's.
 */
#include "check/attempt.h"

#include <assert.h>
#include <string.h>

#include "check/probe.h"
#include "check/probe_log.h"
#include "check/shared.h"
#include "lib/util.h"

/* Starts in one go, so that answers are read in between. */
#define STARTS_PER_RUN 512

/* ---- begin and end ---- */

static void
leave_lists(struct probe *p)
{
	if (p->phase == PROBE_QUEUED) {
		TAILQ_REMOVE(&p->probes->queue, p, wait_link);
		p->probes->queued--;
	}
	if (p->is_sock_wanted)
		TAILQ_REMOVE(&p->probes->wanting, p, wait_link);
	p->is_sock_wanted = false;
}

void
probe_stop(struct probe *p)
{
	leave_lists(p);
	if (p->phase == PROBE_RUNNING) {
		p->ops->stop(p);
		p->probes->running--;
	}
	p->phase = PROBE_IDLE;
}

static void
on_poll(struct poll_item *it, int what, monotime_t now)
{
	struct probe *p =
		(struct probe *)((char *)it - offsetof(struct probe, poll));

	p->ops->io(p, what, now);
}

static nsec_t
time_limit(const struct probe *p)
{
	return p->ops->time_limit != NULL
		       ? p->ops->time_limit(p)
		       : p->key.terms->params.connect_timeout;
}

static void
attempt_start(struct probe *p, monotime_t now)
{
	struct probes *ps = p->probes;

	p->phase = PROBE_RUNNING;
	p->started = now;
	p->poll.fn = on_poll;
	ps->running++;
	if (ps->running > ps->stats.running_max)
		ps->stats.running_max = ps->running;
	ps->stats.n_started++;
	if (!p->ops->is_pushed) /* which costs nothing */
		sched_rate_take(&ps->rate, now);
	p->late = monotime_sub(now, p->due);
	sched_lateness_add(&ps->stats.late, p->late);
	heap_set(&ps->heap, &p->timer, monotime_add(now, time_limit(p)));
	p->ops->start(p, now);
}

void
probe_step(struct probe *p, nsec_t within, monotime_t now)
{
	monotime_t end = monotime_add(p->started, time_limit(p));
	monotime_t at = monotime_add(now, within);

	heap_set(&p->probes->heap, &p->timer,
		 monotime_before(at, end) ? at : end);
}

void
probe_run_now(struct probe *p, monotime_t now)
{
	if (p->phase == PROBE_RUNNING || p->is_resting)
		return;
	leave_lists(p);
	p->due = now;
	attempt_start(p, now);
}

/* True if the value is another one now. */
static bool
take_value(struct probe *p, const struct check_result *r)
{
	if (!r->has_value || (p->has_value && p->value == r->value))
		return false;
	p->has_value = true;
	p->value = r->value;
	return true;
}

static void
take_detail(struct probe *p, const struct check_result *r)
{
	if (check_reason_class(r->reason) == CHECK_OK)
		return; /* why it failed last stays readable */
	free(p->detail);
	p->detail = r->detail[0] != '\0' ? xstrdup(r->detail) : NULL;
}

static void
tell_users(struct probe *p, monotime_t now)
{
	struct probes *ps = p->probes;
	struct probe_user *u;

	TAILQ_FOREACH (u, &p->users, link)
		ps->ops->on_verdict(ps->arg, u, now);
}

void
probe_result(struct probe *p, const struct check_result *as_told,
	     monotime_t now)
{
	struct check_result refined = *as_told;
	const struct check_result *r = &refined;
	const struct health_conf c = probe_timing(p);
	const struct health was = p->health;
	struct sched_step step = {.due = p->due, .now = now};
	struct health_effect e;
	bool is_new_value;

	assert(p->phase == PROBE_RUNNING);
	if (p->ops->refine != NULL)
		p->ops->refine(p, &refined);
	probe_stop(p);
	e = health_step(&c, &p->health, r->reason, now);
	step.next = e.next;
	step.hash = probe_spread(p);
	step.is_first = !p->had_attempt;
	p->due = sched_next(&c, &step);
	p->had_attempt = true;
	heap_set(&p->probes->heap, &p->timer, p->due);
	is_new_value = take_value(p, r);
	take_detail(p, r);
	probe_log_result(p, e.is_changed, &was, now);
	/* Before it is told: what a successor finds here and the supervisor
	 * has not heard, it tells anew. */
	probe_journal(p);
	if ((e.is_changed || is_new_value) && !p->is_joining)
		tell_users(p, now);
}

void
probe_done(struct probe *p, enum check_reason reason, monotime_t now)
{
	probe_result(p, &(struct check_result){.reason = reason}, now);
}

void
probe_continue(struct probe *p, nsec_t after, monotime_t now)
{
	assert(p->phase == PROBE_RUNNING);
	probe_stop(p);
	p->due = monotime_add(now, after);
	heap_set(&p->probes->heap, &p->timer, p->due);
}

static void
on_deadline(struct probe *p, monotime_t now)
{
	if (p->is_sock_wanted)
		probe_done(p, REASON_LOCAL_HELPER, now);
	else if (p->ops->timeout != NULL)
		p->ops->timeout(p, now);
	else
		probe_done(p, REASON_TIMEOUT, now);
}

static void
enqueue(struct probe *p)
{
	struct probes *ps = p->probes;

	p->phase = PROBE_QUEUED;
	ps->stats.n_queued++;
	if (++ps->queued > ps->stats.queued_max)
		ps->stats.queued_max = ps->queued;
	heap_remove(&ps->heap, &p->timer);
	TAILQ_INSERT_TAIL(&ps->queue, p, wait_link);
}

static bool
has_room(const struct probes *ps, monotime_t now)
{
	return ps->running < ps->limit &&
	       !monotime_before(now, sched_rate_next(&ps->rate));
}

static void
run_queue(struct probes *ps, uint32_t *starts, monotime_t now)
{
	struct probe *p;

	while (*starts > 0 && has_room(ps, now) &&
	       (p = TAILQ_FIRST(&ps->queue)) != NULL) {
		TAILQ_REMOVE(&ps->queue, p, wait_link);
		ps->queued--;
		attempt_start(p, now);
		(*starts)--;
	}
}

/* The heap gives what is due in its order, and what is queued was due before
 * that: nobody overtakes. */
static void
on_due(struct probe *p, monotime_t now)
{
	if (p->phase == PROBE_RUNNING)
		on_deadline(p, now);
	else if (TAILQ_EMPTY(&p->probes->queue) && has_room(p->probes, now))
		attempt_start(p, now);
	else
		enqueue(p);
}

void
probes_run(struct probes *ps, monotime_t now)
{
	uint32_t starts = STARTS_PER_RUN;
	bool is_caught_up = ps->poll == NULL;
	struct heap_node *n;

	run_queue(ps, &starts, now);
	while (starts > 0 && (n = heap_first(&ps->heap)) != NULL &&
	       !monotime_before(now, n->at)) {
		struct probe *p =
			(struct probe *)((char *)n -
					 offsetof(struct probe, timer));

		if (p->phase == PROBE_RUNNING && !is_caught_up) {
			/* Its answer may be here: we may be the late one. */
			is_caught_up = true;
			pollset_catch_up(ps->poll, now);
			continue;
		}
		starts--;
		on_due(p, now);
	}
	run_queue(ps, &starts, now);
}

monotime_t
probes_next(const struct probes *ps)
{
	const struct heap_node *n = heap_first(&ps->heap);
	monotime_t at = n == NULL ? MONOTIME_NEVER : sched_wakeup(n->at);

	if (!TAILQ_EMPTY(&ps->queue) && ps->running < ps->limit)
		at = monotime_min(at, sched_rate_next(&ps->rate));
	return at;
}

/* ---- sockets from the supervisor ---- */

void
probe_want_sock(struct probe *p, int type, int protocol)
{
	struct probes *ps = p->probes;
	struct msg_sock_want m;

	memset(&m, 0, sizeof(m));
	m.id = p->sock_id = ++ps->last_sock_id;
	m.type = (uint32_t)type;
	m.protocol = (uint32_t)protocol;
	m.mark = p->key.terms->params.fwmark;
	m.bind = p->key.terms->params.bind;
	m.bind.addr.family = p->key.connect.addr.family;
	memcpy(m.ifname, p->key.terms->params.bind_if, sizeof(m.ifname));
	p->is_sock_wanted = true;
	TAILQ_INSERT_TAIL(&ps->wanting, p, wait_link);
	check_out_send(ps->out, PROC_SUPER, MSG_SOCK_WANT, &m);
}

void
probes_on_sock(struct probes *ps, uint64_t id, int fd, int error,
	       monotime_t now)
{
	CLEANUP_FD int sock = fd;
	struct probe *p;

	/* Answers come in the order of the questions: the first one is it,
	 * unless an attempt was given up meanwhile. */
	TAILQ_FOREACH (p, &ps->wanting, wait_link)
		if (p->sock_id == id)
			break;
	if (p == NULL) {
		shared_on_sock(ps, id, TAKE_FD(sock), error, now);
		return;
	}
	TAILQ_REMOVE(&ps->wanting, p, wait_link);
	p->is_sock_wanted = false;
	if (sock < 0)
		probe_done(p, check_reason_local(error, true), now);
	else
		p->ops->on_sock(p, TAKE_FD(sock), now);
}
