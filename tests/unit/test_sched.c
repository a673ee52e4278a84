/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Due times, their spread, and the heap of deadlines. */
#include "check/sched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check/heap.h"
#include "lib/util.h"

static const monotime_t t0 = {SEC(1000)};
static const struct health_conf conf = {.retry = 1,
					.delay_loop = SEC(60),
					.delay_before_retry = SEC(1),
					.warmup = SCHED_NO_WARMUP};

/* Hashes as a hash function would give them. */
static uint32_t
hash_of(uint32_t i)
{
	return i * 2654435761u + 12345;
}

static void
first_attempts_are_spread(void **state)
{
	uint32_t bucket[10] = {0};
	struct health_conf c = conf;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		nsec_t d = monotime_sub(sched_first(&conf, hash_of(i), t0), t0);

		assert_in_range(d, 0, SCHED_FIRST_WINDOW - 1);
		bucket[d * 10 / SCHED_FIRST_WINDOW]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(bucket[i], 900, 1100);
	c.delay_loop = MSEC(50);
	for (uint32_t i = 0; i < 100; i++) {
		monotime_t at = sched_first(&c, hash_of(i), t0);

		assert_in_range(monotime_sub(at, t0), 0, MSEC(50));
	}
}

/* What the user said of it counts, whole; 0 is no spread at all. */
static void
warmup_is_the_users(void **state)
{
	struct health_conf c = conf;
	struct sched_step s = {
		.due = t0, .now = t0, .hash = 42, .is_first = true};
	nsec_t most = 0;

	(void)state;
	c.warmup = SEC(30);
	for (uint32_t i = 0; i < 1000; i++) {
		nsec_t d = monotime_sub(sched_first(&c, hash_of(i), t0), t0);

		assert_in_range(d, 0, SEC(30));
		if (d > most)
			most = d;
	}
	assert_true(most > SEC(29));
	assert_int_equal(sched_next(&c, &s).ns, t0.ns + SEC(60));
	c.warmup = 0;
	assert_int_equal(sched_first(&c, 7, t0).ns, t0.ns);
	assert_int_equal(sched_next(&c, &s).ns, t0.ns + SEC(60));
}

/* A successor does what was planned, makes up for what was missed without a
 * burst, and believes no nonsense. */
static void
a_plan_is_resumed(void **state)
{
	struct health_conf c = conf;
	nsec_t most = 0;

	(void)state;
	assert_int_equal(sched_resume(&c, 1, monotime_add(t0, SEC(7)), t0).ns,
			 t0.ns + SEC(7));
	assert_int_equal(sched_resume(&c, 1, t0, t0).ns, t0.ns);
	for (uint32_t i = 0; i < 1000; i++) {
		monotime_t late = monotime_add(t0, -MSEC(200));
		monotime_t far = {i % 2 == 0 ? INT64_MAX : t0.ns + SEC(61)};
		monotime_t before = {i % 2 == 0 ? INT64_MIN : 5};
		nsec_t d = monotime_sub(sched_resume(&c, hash_of(i), late, t0),
					t0);

		assert_in_range(d, 0, MSEC(200));
		if (d > most)
			most = d;
		d = monotime_sub(sched_resume(&c, hash_of(i), far, t0), t0);
		assert_in_range(d, 0, SEC(1));
		d = monotime_sub(sched_resume(&c, hash_of(i), before, t0), t0);
		assert_in_range(d, 0, SEC(1));
	}
	assert_true(most > MSEC(190));
	c.down_interval = SEC(300);
	assert_int_equal(sched_resume(&c, 1, monotime_add(t0, SEC(300)), t0).ns,
			 t0.ns + SEC(300));
}

static void
a_rate_is_kept(void **state)
{
	struct sched_rate r = {.per_second = 1000};
	uint32_t n = 0, first = 0;

	(void)state;
	for (monotime_t t = t0; t.ns < t0.ns + SEC(2); t.ns += USEC(100))
		while (!monotime_before(t, sched_rate_next(&r))) {
			sched_rate_take(&r, t);
			n++;
			first += t.ns == t0.ns;
		}
	assert_in_range(first, 10, 11);
	assert_in_range(n, 2000, 2011);
	/* Silence is not saved up. */
	for (n = 0;
	     !monotime_before(monotime_add(t0, SEC(60)), sched_rate_next(&r));
	     n++)
		sched_rate_take(&r, monotime_add(t0, SEC(60)));
	assert_in_range(n, 10, 11);
	r.per_second = 0;
	sched_rate_take(&r, t0);
	assert_int_equal(sched_rate_next(&r).ns, 0);
}

static struct sched_step
step_of(enum health_next next, nsec_t took)
{
	return (struct sched_step){.due = t0,
				   .now = monotime_add(t0, took),
				   .next = next,
				   .hash = 42};
}

static void
successes_keep_to_the_grid(void **state)
{
	struct sched_step s = step_of(HEALTH_NEXT_INTERVAL, MSEC(700));

	(void)state;
	assert_int_equal(sched_next(&conf, &s).ns, t0.ns + SEC(60));
	/* More than an interval late: at once, no burst to catch up. */
	s.now = monotime_add(t0, SEC(200));
	assert_int_equal(sched_next(&conf, &s).ns, s.now.ns);
}

static void
second_attempts_fill_the_interval(void **state)
{
	uint32_t bucket[6] = {0};

	(void)state;
	for (uint32_t i = 0; i < 6000; i++) {
		struct sched_step s = step_of(HEALTH_NEXT_INTERVAL, 0);
		nsec_t d;

		s.is_first = true;
		s.hash = hash_of(i);
		d = monotime_sub(sched_next(&conf, &s), t0);
		assert_in_range(d, SCHED_FIRST_WINDOW, SEC(60));
		bucket[d / SEC(10) < 5 ? d / SEC(10) : 5]++;
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(bucket[i], 800, 1200);
}

static void
failures_wait_from_their_end(void **state)
{
	struct sched_step s = step_of(HEALTH_NEXT_PAUSE, SEC(5));

	(void)state;
	assert_int_equal(sched_next(&conf, &s).ns, t0.ns + SEC(65));
	s.next = HEALTH_NEXT_RETRY;
	assert_int_equal(sched_next(&conf, &s).ns, t0.ns + SEC(6));
}

static void
local_failures_never_spin(void **state)
{
	struct health_conf c = conf;
	struct sched_step s = step_of(HEALTH_NEXT_RETRY, 0);

	(void)state;
	c.delay_before_retry = 0;
	assert_int_equal(sched_next(&c, &s).ns, t0.ns);
	s.next = HEALTH_NEXT_LOCAL;
	assert_int_equal(sched_next(&c, &s).ns, t0.ns + MSEC(100));
	c.delay_loop = MSEC(20);
	assert_int_equal(sched_next(&c, &s).ns, t0.ns + MSEC(20));
	/* It is no matter of the server: its fast interval is not meant. */
	c.fast_interval = MSEC(5);
	c.delay_before_retry = SEC(2);
	assert_int_equal(sched_next(&c, &s).ns, t0.ns + SEC(2));
}

/* Due 0 s, ended 0.7 s: when is the next one, in ms, by words given? */
static void
intervals_by_situation(void **state)
{
	static const struct {
		nsec_t fast, down;
		enum health_next next;
		nsec_t due;
	} rows[] = {
		{0, 0, HEALTH_NEXT_INTERVAL, SEC(60)},
		{0, 0, HEALTH_NEXT_RISE, SEC(60)},
		{0, 0, HEALTH_NEXT_RETRY, MSEC(1700)},
		{0, 0, HEALTH_NEXT_PAUSE, MSEC(60700)},
		{0, 0, HEALTH_NEXT_LOCAL, MSEC(1700)},
		{MSEC(200), 0, HEALTH_NEXT_INTERVAL, SEC(60)},
		{MSEC(200), 0, HEALTH_NEXT_RISE, MSEC(900)},
		{MSEC(200), 0, HEALTH_NEXT_RETRY, MSEC(900)},
		{MSEC(200), 0, HEALTH_NEXT_PAUSE, MSEC(60700)},
		{MSEC(200), 0, HEALTH_NEXT_LOCAL, MSEC(1700)},
		{0, SEC(300), HEALTH_NEXT_INTERVAL, SEC(60)},
		{0, SEC(300), HEALTH_NEXT_RISE, SEC(60)},
		{0, SEC(300), HEALTH_NEXT_RETRY, MSEC(1700)},
		{0, SEC(300), HEALTH_NEXT_PAUSE, MSEC(300700)},
		{0, SEC(300), HEALTH_NEXT_LOCAL, MSEC(1700)},
		{SEC(2), SEC(5), HEALTH_NEXT_PAUSE, MSEC(5700)},
		{SEC(2), SEC(5), HEALTH_NEXT_RISE, MSEC(2700)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sched_step s = step_of(rows[i].next, MSEC(700));
		struct health_conf c = conf;

		c.fast_interval = rows[i].fast;
		c.down_interval = rows[i].down;
		assert_int_equal(monotime_sub(sched_next(&c, &s), t0),
				 rows[i].due);
	}
}

static void
wakeups_are_ticks(void **state)
{
	(void)state;
	assert_int_equal(sched_wakeup((monotime_t){MSEC(8)}).ns, MSEC(8));
	assert_int_equal(sched_wakeup((monotime_t){MSEC(8) + 1}).ns, MSEC(12));
	assert_true(monotime_is_never(sched_wakeup(MONOTIME_NEVER)));
}

static void
lateness_is_counted(void **state)
{
	struct sched_lateness l = {0};

	(void)state;
	for (int i = 0; i < 98; i++)
		sched_lateness_add(&l, USEC(500));
	sched_lateness_add(&l, MSEC(3));
	sched_lateness_add(&l, SEC(1000));
	assert_int_equal(sched_lateness_ms(&l, 500), 1);
	assert_int_equal(sched_lateness_ms(&l, 990), 4);
	assert_int_equal(sched_lateness_ms(&l, 1000), 1u << 15);
	assert_int_equal(l.max, SEC(1000));
}

#define N_NODES 500

static void
heap_gives_the_earliest(void **state)
{
	static struct heap_node node[N_NODES];
	struct heap h = HEAP_INIT;
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct heap_node *n;
		monotime_t least = MONOTIME_NEVER;

		seed = seed * 1664525u + 1013904223u;
		n = &node[(seed >> 8) % N_NODES];
		if ((seed >> 30) == 0)
			heap_remove(&h, n);
		else
			heap_set(&h, n, (monotime_t){(seed >> 4) % 100000});
		if (i % 16 != 0)
			continue;
		for (int j = 0; j < N_NODES; j++)
			if (node[j].pos != 0)
				least = monotime_min(least, node[j].at);
		if (h.n == 0)
			assert_null(heap_first(&h));
		else
			assert_int_equal(heap_first(&h)->at.ns, least.ns);
	}
	heap_fini(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_attempts_are_spread),
		cmocka_unit_test(warmup_is_the_users),
		cmocka_unit_test(a_plan_is_resumed),
		cmocka_unit_test(a_rate_is_kept),
		cmocka_unit_test(successes_keep_to_the_grid),
		cmocka_unit_test(second_attempts_fill_the_interval),
		cmocka_unit_test(failures_wait_from_their_end),
		cmocka_unit_test(local_failures_never_spin),
		cmocka_unit_test(intervals_by_situation),
		cmocka_unit_test(wakeups_are_ticks),
		cmocka_unit_test(lateness_is_counted),
		cmocka_unit_test(heap_gives_the_earliest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
