/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Due times; see sched.h.  Pure. */
#include "check/sched.h"

#include "lib/util.h"

/* A part of the span, by a hash that is mixed well. */
static nsec_t
share(nsec_t span, uint32_t hash)
{
	uint64_t mixed = (uint64_t)hash * 0x9e3779b97f4a7c15u;

	return (nsec_t)((double)span * (double)(mixed >> 40) / (1 << 24));
}

static nsec_t
least(nsec_t a, nsec_t b)
{
	return a < b ? a : b;
}

monotime_t
sched_first(const struct health_conf *c, uint32_t hash, monotime_t now)
{
	nsec_t window = c->warmup != SCHED_NO_WARMUP
				? c->warmup
				: least(c->delay_loop, SCHED_FIRST_WINDOW);

	return monotime_add(now, share(window, hash));
}

static nsec_t
longest_wait(const struct health_conf *c)
{
	nsec_t waits[] = {c->delay_before_retry, c->fast_interval,
			  c->down_interval, c->warmup, SCHED_LOCAL_PAUSE};
	nsec_t most = c->delay_loop;

	for (size_t i = 0; i < ARRAY_LEN(waits); i++)
		if (waits[i] > most)
			most = waits[i];
	return most;
}

monotime_t
sched_resume(const struct health_conf *c, uint32_t hash, monotime_t due,
	     monotime_t now)
{
	nsec_t missed = SCHED_FIRST_WINDOW;

	if (!monotime_before(due, now)) {
		if (monotime_sub(due, now) <= longest_wait(c))
			return due;
	} else if (due.ns >= 0) {
		missed = least(missed, monotime_sub(now, due));
	}
	return monotime_add(now, share(missed, hash));
}

static monotime_t
not_before(monotime_t t, monotime_t now)
{
	return monotime_before(t, now) ? now : t;
}

static nsec_t
local_pause(const struct health_conf *c)
{
	if (c->delay_before_retry >= SCHED_LOCAL_PAUSE)
		return c->delay_before_retry;
	return c->delay_loop < SCHED_LOCAL_PAUSE ? c->delay_loop
						 : SCHED_LOCAL_PAUSE;
}

/* On the grid of delay_loop. */
static monotime_t
next_interval(const struct health_conf *c, const struct sched_step *s)
{
	nsec_t wait = c->delay_loop;

	/* A pool that was bunched into the first window spreads over the
	 * whole interval; below it there is nothing to gain. */
	if (s->is_first && c->warmup == SCHED_NO_WARMUP &&
	    wait > SCHED_FIRST_WINDOW)
		wait = SCHED_FIRST_WINDOW +
		       share(wait - SCHED_FIRST_WINDOW, s->hash * 31 + 7);
	return not_before(monotime_add(s->due, wait), s->now);
}

static nsec_t
first_given(nsec_t own, nsec_t other)
{
	return own != 0 ? own : other;
}

monotime_t
sched_next(const struct health_conf *c, const struct sched_step *s)
{
	nsec_t wait = 0;

	switch (s->next) {
	case HEALTH_NEXT_INTERVAL:
		return next_interval(c, s);
	case HEALTH_NEXT_RISE:
		if (c->fast_interval == 0)
			return next_interval(c, s);
		wait = c->fast_interval;
		break;
	case HEALTH_NEXT_RETRY:
		wait = first_given(c->fast_interval, c->delay_before_retry);
		break;
	case HEALTH_NEXT_PAUSE:
		wait = first_given(c->down_interval, c->delay_loop);
		break;
	case HEALTH_NEXT_LOCAL:
		wait = local_pause(c);
		break;
	}
	return monotime_add(s->now, wait);
}

/* ---- rate ---- */

monotime_t
sched_rate_next(const struct sched_rate *r)
{
	if (r->per_second == 0)
		return (monotime_t){0};
	return (monotime_t){r->even.ns - SCHED_RATE_SLACK};
}

void
sched_rate_take(struct sched_rate *r, monotime_t now)
{
	if (r->per_second != 0)
		r->even = monotime_add(not_before(r->even, now),
				       SEC(1) / r->per_second);
}

/* ---- wake-ups ---- */

monotime_t
sched_wakeup(monotime_t at)
{
	if (monotime_is_never(at))
		return at;
	return (monotime_t){(at.ns + SCHED_TICK - 1) / SCHED_TICK * SCHED_TICK};
}

void
sched_lateness_add(struct sched_lateness *l, nsec_t late)
{
	int i = 0;

	if (late < 0)
		late = 0;
	while (i < SCHED_BUCKETS - 1 && late >= MSEC(1) << i)
		i++;
	l->bucket[i]++;
	l->n++;
	if (late > l->max)
		l->max = late;
}

uint32_t
sched_lateness_ms(const struct sched_lateness *l, uint32_t permille)
{
	uint64_t sum = 0;

	for (int i = 0; i < SCHED_BUCKETS; i++) {
		sum += l->bucket[i];
		if (sum * 1000 >= l->n * permille)
			return 1u << i;
	}
	return 1u << (SCHED_BUCKETS - 1);
}
