/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * When a probe is due.  Pure.
 *
 * The first attempts of a new pool are spread over one second, so that every
 * server has a verdict soon and none sees a burst.  The second attempts are
 * spread over delay_loop; from then on each probe keeps to its own grid of
 * delay_loop, so that the load stays even without drift.  The place of a probe
 * in both spreads comes from its key: nothing is random.
 *
 * Where the user gave warmup, the first attempts are spread over that time, as
 * with keepalived, and nothing else is (0: all at once, on one grid).
 */
#ifndef DUUMVIR_CHECK_SCHED_H
#define DUUMVIR_CHECK_SCHED_H

#include "check/health.h"

/* Probes due within one tick are started together, when those of the last one
 * are looked at: one wake-up for many. */
#define SCHED_TICK MSEC(4)
/* All first attempts are made, and their answers looked at, in a second, ... */
#define SCHED_FIRST_WINDOW (SEC(1) - 5 * SCHED_TICK)
/* ... unless somebody said otherwise: not SCHED_NO_WARMUP. */
#define SCHED_NO_WARMUP (-1)
/* The least pause after a local failure. */
#define SCHED_LOCAL_PAUSE MSEC(100)

/* The first attempt; hash is of the probe's key. */
monotime_t sched_first(const struct health_conf *c, uint32_t hash,
		       monotime_t now);
/*
 * The next attempt of a probe whose predecessor was to make it at that time:
 * then, if that is still to come and not farther away than the probe ever
 * waits; what was missed is made up for within as long as was missed, a second
 * at most.
 */
monotime_t sched_resume(const struct health_conf *c, uint32_t hash,
			monotime_t due, monotime_t now);

struct sched_step {
	monotime_t due; /* when the attempt that just ended was due */
	monotime_t now;
	enum health_next next;
	uint32_t hash;
	bool is_first; /* it was the first one */
};
/*
 * The next attempt, never before now:
 *   INTERVAL  delay_loop after the last one was due
 *   PAUSE     down_interval, else delay_loop, after it ended
 *   RETRY     fast_interval, else delay_before_retry, after it ended
 *   RISE      fast_interval after it ended, else as INTERVAL
 *   LOCAL     delay_before_retry, at least 100 ms (but not longer than
 *             delay_loop), after it ended
 */
monotime_t sched_next(const struct health_conf *c, const struct sched_step *s);

/* The wake-up for this deadline: the end of its tick. */
monotime_t sched_wakeup(monotime_t at);

/* ---- a rate that is not exceeded ---- */

/* Begins that may come at once, as a span of time. */
#define SCHED_RATE_SLACK MSEC(10)

struct sched_rate {
	uint32_t per_second; /* 0: no limit */
	monotime_t even;     /* when the next one were due, evenly spaced */
};
/* When the next begin may be (maybe past). */
monotime_t sched_rate_next(const struct sched_rate *r);
/* One begins. */
void sched_rate_take(struct sched_rate *r, monotime_t now);

/* How late attempts were started: bucket i counts those below 2^i ms. */
#define SCHED_BUCKETS 16
struct sched_lateness {
	uint64_t bucket[SCHED_BUCKETS];
	uint64_t n;
	nsec_t max;
};
void sched_lateness_add(struct sched_lateness *l, nsec_t late);
/* An upper bound in ms that this share (of 1000) stayed below. */
uint32_t sched_lateness_ms(const struct sched_lateness *l, uint32_t permille);

#endif
