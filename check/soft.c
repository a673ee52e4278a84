/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* slow_start and panic_threshold at work; see soft.h. */
#include "check/soft.h"

#include <stddef.h>
#include <string.h>

#include "check/panic.h"
#include "check/ramp.h"
#include "check/report.h"
#include "lib/util.h"

/* ---- slow_start ---- */

static void
ramp_set(struct server *sv, monotime_t now)
{
	struct heap *ramps = sv->service->env->ramps;
	struct ramp r =
		ramp_at(sv->conf->slow_start, monotime_sub(now, sv->recovered));

	if (sv->is_ramping && r.permille < RAMP_FULL) {
		sv->state.ramp = r.permille;
		heap_set(ramps, &sv->ramp_timer,
			 monotime_add(sv->recovered, r.next));
		return;
	}
	sv->is_ramping = false;
	sv->state.ramp = 0;
	heap_remove(ramps, &sv->ramp_timer);
}

monotime_t
soft_next(const struct heap *ramps)
{
	const struct heap_node *n = heap_first(ramps);

	return n == NULL ? MONOTIME_NEVER : sched_wakeup(n->at);
}

void
soft_run(struct heap *ramps, void (*on_step)(struct server *sv), monotime_t now)
{
	struct heap_node *n;

	while ((n = heap_first(ramps)) != NULL &&
	       !monotime_before(now, n->at)) {
		struct server *sv =
			(struct server *)((char *)n -
					  offsetof(struct server, ramp_timer));

		ramp_set(sv, now);
		on_step(sv);
	}
}

/* ---- panic_threshold ---- */

/* How long after another one the same event may be seen: what a check of this
 * service takes at most to find a server dead. */
static nsec_t
detection_time(const struct service *s)
{
	nsec_t most = 0, one;

	for (uint32_t i = 0; i < s->n_servers; i++)
		CONF_FOREACH (const struct checker_conf, c,
			      &s->server[i].conf->checker) {
			nsec_t pause = c->delay_before_retry > c->fast_interval
					       ? c->delay_before_retry
					       : c->fast_interval;

			one = c->delay_loop + c->connect_timeout +
			      (nsec_t)c->retry * (pause + c->connect_timeout);
			most = one > most ? one : most;
		}
	return most;
}

static int
compare_down(const void *a, const void *b)
{
	const struct down *da = a, *db = b;

	if (da->since.ns != db->since.ns)
		return monotime_before(da->since, db->since) ? -1 : 1;
	return da->server < db->server ? -1 : da->server > db->server;
}

static void
down_add(struct service *s, uint32_t i, monotime_t since)
{
	s->down[s->n_down++] = (struct down){since, i};
}

static void
down_del(struct service *s, uint32_t server)
{
	for (uint32_t i = 0; i < s->n_down; i++) {
		if (s->down[i].server != server)
			continue;
		s->n_down--;
		memmove(&s->down[i], &s->down[i + 1],
			(s->n_down - i) * sizeof(s->down[0]));
		return;
	}
}

/* Who stays.  True if that is another set than before. */
static bool
panic_settle(struct service *s)
{
	const struct panic_conf c = {s->conf->panic_threshold, s->window};
	size_t first = panic_first_kept(&c, s->down, s->n_down, s->n_known);
	bool is_changed = false;

	for (uint32_t i = 0; i < s->n_down; i++) {
		bool *is_kept = &s->server[s->down[i].server].state.is_kept;

		is_changed |= *is_kept != (i >= first);
		*is_kept = i >= first;
	}
	s->pool.is_panic = first < s->n_down;
	return is_changed;
}

static void
panic_start(struct service *s)
{
	if (s->conf->panic_threshold == 0) {
		s->pool.is_panic = false;
		return;
	}
	s->window = detection_time(s);
	s->down = xcalloc(s->n_servers, sizeof(*s->down));
	for (uint32_t i = 0; i < s->n_servers; i++) {
		const struct server *sv = &s->server[i];

		s->n_known += sv->was_up;
		if (sv->was_up && !sv->state.is_alive)
			down_add(s, i, sv->since);
	}
	qsort(s->down, s->n_down, sizeof(*s->down), compare_down);
	(void)panic_settle(s); /* the whole table is told next */
}

/* ---- both ---- */

static bool
has_been_seen_up(const struct server *sv)
{
	bool is_seen = false;

	for (uint32_t i = 0; i < sv->n_checkers; i++) {
		const struct probe *p = sv->checker[i].user.probe;

		if (p == NULL)
			continue;
		if (p->health.state != HEALTH_UP && !p->health.is_presumed_up)
			return false;
		is_seen = true;
	}
	return is_seen && sv->state.is_alive;
}

bool
soft_note_up(struct server *sv)
{
	if (sv->was_up || !has_been_seen_up(sv))
		return false;
	sv->was_up = true;
	sv->service->n_known++;
	return true;
}

bool
soft_follow(struct server *sv, bool is_recovery, monotime_t now)
{
	struct service *s = sv->service;
	bool was_serving = sv->told.is_present && sv->told.weight > 0;

	if (is_recovery && !was_serving && sv->conf->slow_start > 0) {
		sv->is_ramping = true;
		sv->recovered = now;
	} else if (!sv->state.is_alive) {
		sv->is_ramping = false;
	}
	ramp_set(sv, now);
	if (s->down == NULL)
		return false;
	down_del(s, (uint32_t)(sv - s->server));
	sv->state.is_kept = false;
	if (!sv->state.is_alive && sv->was_up)
		down_add(s, (uint32_t)(sv - s->server), sv->since);
	return panic_settle(s);
}

void
soft_start(struct service *s, monotime_t now)
{
	for (uint32_t i = 0; i < s->n_servers; i++)
		if (s->server[i].is_ramping)
			ramp_set(&s->server[i], now);
	panic_start(s);
}

void
soft_stop(struct service *s)
{
	for (uint32_t i = 0; i < s->n_servers; i++)
		heap_remove(s->env->ramps, &s->server[i].ramp_timer);
	free(s->down);
}
