/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * How evenly tens of thousands of probes are begun, on a virtual clock: first
 * verdicts within a second, no burst, caps kept, nobody overtaken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/probe.h"
#include "lib/util.h"

#define N_PROBES 20000u
#define MAX_MS	 70000u

/* A registry whose attempts take as long as the test says. */
struct rig {
	struct probes probes;
	struct check_out out;
	struct probe_user user[N_PROBES];
	monotime_t now, begin;
	nsec_t takes; /* an attempt */
	struct probe *running[N_PROBES];
	uint32_t n_running;
	uint32_t began[MAX_MS];	   /* attempts begun in this ms */
	monotime_t last_due;	   /* of the last one begun */
	monotime_t last[N_PROBES]; /* when each of them began last */
	nsec_t most_off;	   /* the largest distance from delay_loop */
	uint32_t overtaken;
	uint32_t n_verdicts;
};

static struct rig *
rig_of(const struct probe *p)
{
	return (struct rig *)((char *)p->probes - offsetof(struct rig, probes));
}

/* How far from delay_loop the two last attempts of a server were apart. */
static void
note_gap(struct rig *r, const struct probe *p, monotime_t now)
{
	const uint8_t *a = p->key.connect.addr.bytes;
	monotime_t *last = &r->last[a[2] << 8 | a[3]];
	nsec_t off = monotime_sub(now, *last) - probe_timing(p).delay_loop;

	if (off < 0)
		off = -off;
	if (last->ns != 0 && off > r->most_off)
		r->most_off = off;
	*last = now;
}

static void
fake_start(struct probe *p, monotime_t now)
{
	struct rig *r = rig_of(p);
	size_t ms = (size_t)(monotime_sub(now, r->begin) / MSEC(1));

	assert_true(ms < MAX_MS);
	r->began[ms]++;
	r->overtaken += monotime_before(p->due, r->last_due);
	r->last_due = p->due;
	note_gap(r, p, now);
	r->running[r->n_running++] = p;
}

static void
fake_stop(struct probe *p)
{
	struct rig *r = rig_of(p);

	for (uint32_t i = 0; i < r->n_running; i++)
		if (r->running[i] == p) {
			memmove(&r->running[i], &r->running[i + 1],
				(r->n_running - i - 1) * sizeof(p));
			r->n_running--;
			return;
		}
}

static const struct checker_ops fake_ops = {
	.type = CHECKER_TCP,
	.name = "TCP_CHECK",
	.label = "TCP connection to",
	.start = fake_start,
	.stop = fake_stop,
};

static void
no_message(void *arg, enum proc_id to, enum msg_type type, const void *data)
{
	(void)arg;
	(void)to;
	(void)type;
	(void)data;
}

static void
on_verdict(void *arg, struct probe_user *u, monotime_t now)
{
	struct rig *r = arg;

	(void)u;
	(void)now;
	r->n_verdicts++;
}

static const struct probes_ops callbacks = {.on_verdict = on_verdict};

static struct checker_conf
rig_conf(uint32_t i)
{
	return (struct checker_conf){
		.type = CHECKER_TCP,
		.connect = {.addr = {.family = AF_INET,
				     .bytes = {10, 1, (uint8_t)(i >> 8),
					       (uint8_t)i}},
			    .port = 80},
		.connect_timeout = SEC(5),
		.delay_loop = SEC(10),
		.warmup = SEC(10),
		.is_warmup_ours = true,
		.delay_before_retry = SEC(1)};
}

static struct rig *
rig_new(uint32_t limit, uint32_t rate, nsec_t takes)
{
	struct rig *r = xcalloc(1, sizeof(*r));

	r->now = r->begin = (monotime_t){SEC(1000)};
	r->takes = takes;
	r->out.send = no_message;
	probes_init(&r->probes, NULL, limit, &r->out, &callbacks, r);
	probes_set_caps(&r->probes, limit, rate);
	for (uint32_t i = 0; i < N_PROBES; i++) {
		struct checker_conf c = rig_conf(i);

		probes_join(&r->probes, &r->user[i], &fake_ops, &c, r->now);
	}
	return r;
}

static void
rig_free(struct rig *r)
{
	for (uint32_t i = 0; i < N_PROBES; i++)
		probes_leave(&r->user[i]);
	probes_fini(&r->probes);
	free(r);
}

/* Answers come in the order of the starts. */
static void
rig_answer(struct rig *r)
{
	while (r->n_running > 0 &&
	       monotime_sub(r->now, r->running[0]->started) >= r->takes)
		probe_done(r->running[0], REASON_NONE, r->now);
}

static void
rig_run(struct rig *r, nsec_t d)
{
	for (monotime_t end = monotime_add(r->now, d);
	     monotime_before(r->now, end); r->now.ns += USEC(500)) {
		rig_answer(r);
		for (int i = 0;
		     i < 64 &&
		     !monotime_before(r->now, probes_next(&r->probes));
		     i++)
			probes_run(&r->probes, r->now);
	}
}

static uint32_t
most_began(const struct rig *r, uint32_t from_ms, uint32_t to_ms)
{
	uint32_t most = 0;

	for (uint32_t i = from_ms; i < to_ms; i++)
		if (r->began[i] > most)
			most = r->began[i];
	return most;
}

/* Ticks of 4 ms: 80 in each would be even; a place out of a hash is not far
 * from it. */
static void
first_verdicts_within_a_second(void **state)
{
	struct rig *r = rig_new(65536, 0, MSEC(20));

	(void)state;
	rig_run(r, SEC(1) + MSEC(21));
	assert_int_equal(r->n_verdicts, N_PROBES);
	/* The first of the second attempts may be under way. */
	assert_in_range(r->probes.stats.n_started, N_PROBES, N_PROBES + 100);
	assert_in_range(most_began(r, 0, 1021), 80, 140);
	assert_in_range(r->probes.stats.running_max, 300, 600);
	/* From then on 2,000 a second: 8 in each tick. */
	rig_run(r, SEC(50));
	assert_in_range(most_began(r, 11000, 50000), 8, 32);
	assert_int_equal(r->probes.stats.n_queued, 0);
	assert_in_range(sched_lateness_ms(&r->probes.stats.late, 1000), 1, 8);
	rig_free(r);
}

/* A cap above what evenness needs costs nothing. */
static void
a_wide_cap_delays_nobody(void **state)
{
	struct rig *r = rig_new(600, 0, MSEC(20));

	(void)state;
	rig_run(r, SEC(1) + MSEC(21));
	assert_int_equal(r->n_verdicts, N_PROBES);
	assert_int_equal(r->probes.stats.n_queued, 0);
	rig_free(r);
}

/* 100 at once, 20 ms each, are 5,000 a second: four seconds, in order. */
static void
a_narrow_cap_is_fair(void **state)
{
	struct rig *r = rig_new(100, 0, MSEC(20));

	(void)state;
	rig_run(r, SEC(3));
	assert_in_range(r->n_verdicts, 14000, 15100);
	assert_int_equal(r->overtaken, 0);
	assert_int_equal(r->probes.stats.running_max, 100);
	rig_run(r, MSEC(1200));
	assert_int_equal(r->n_verdicts, N_PROBES);
	assert_int_equal(r->overtaken, 0);
	/* Late they were, and it is counted. */
	assert_in_range(sched_lateness_ms(&r->probes.stats.late, 990), 2048,
			4096);
	assert_true(r->probes.stats.queued_max > 10000);
	/* 2,000 a second is less than it can: it catches up. */
	rig_run(r, SEC(20));
	assert_int_equal(r->probes.queued, 0);
	rig_free(r);
}

/* Attempts that hang give their place to those who wait, in order. */
static void
deadlines_make_room(void **state)
{
	struct rig *r = rig_new(2000, 0, SEC(3600));

	(void)state;
	rig_run(r, SEC(30));
	assert_int_equal(r->probes.stats.running_max, 2000);
	assert_int_equal(r->overtaken, 0);
	/* 2,000 in each 5 s. */
	assert_in_range(r->probes.stats.n_started, 11900, 12100);
	rig_free(r);
}

static void
a_rate_holds(void **state)
{
	struct rig *r = rig_new(65536, 4000, MSEC(20));

	(void)state;
	rig_run(r, SEC(2));
	assert_in_range(r->probes.stats.n_started, 7950, 8050);
	assert_int_equal(r->overtaken, 0);
	assert_in_range(most_began(r, 0, 2000), 4, 45);
	rig_run(r, MSEC(3100));
	assert_int_equal(r->n_verdicts, N_PROBES);
	rig_free(r);
}

/* A reload: the new configuration joins before the old one leaves. */
static void
rig_reload(struct rig *r, bool logs_all)
{
	for (uint32_t i = 0; i < N_PROBES; i++) {
		struct checker_conf c = rig_conf(i);
		struct probe_user u = {.probe = NULL};

		c.log_all_failures = logs_all;
		probes_join(&r->probes, &u, &fake_ops, &c, r->now);
		probes_leave(&r->user[i]);
		probes_join(&r->probes, &r->user[i], &fake_ops, &c, r->now);
		probes_leave(&u);
	}
}

/* Who goes on keeps its grid: in the midst of the first attempts, of the
 * second ones, and later, with attempts under way and without. */
static void
a_reload_keeps_the_grid(void **state)
{
	struct rig *r = rig_new(65536, 0, MSEC(20));

	(void)state;
	rig_run(r, MSEC(500));
	rig_reload(r, false);
	rig_run(r, SEC(5));
	rig_reload(r, true);
	rig_run(r, MSEC(5500)); /* each has begun for the second time */
	assert_in_range(r->probes.stats.n_started, 2 * N_PROBES, 3 * N_PROBES);
	r->most_off = 0;
	for (int i = 0; i < 4; i++) {
		rig_run(r, MSEC(4321));
		rig_reload(r, i % 2 == 0);
	}
	rig_run(r, SEC(20));
	assert_in_range(r->most_off, 0, 2 * SCHED_TICK);
	assert_int_equal(r->n_verdicts, N_PROBES);
	rig_free(r);
}

/* A reload stops everything for a while: what fell due meanwhile is late by no
 * more than that, and the grid after it is the one of before. */
static void
a_pause_is_no_new_grid(void **state)
{
	struct rig *r = rig_new(65536, 0, MSEC(20));

	(void)state;
	rig_run(r, SEC(13));
	r->most_off = 0;
	r->now.ns += MSEC(300);
	rig_run(r, SEC(11));
	assert_in_range(r->most_off, MSEC(250), MSEC(320));
	r->most_off = 0;
	rig_run(r, SEC(11)); /* back: one short interval, then even ones */
	assert_in_range(r->most_off, 0, MSEC(320));
	r->most_off = 0;
	rig_run(r, SEC(20));
	assert_in_range(r->most_off, 0, 2 * SCHED_TICK);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_verdicts_within_a_second),
		cmocka_unit_test(a_wide_cap_delays_nobody),
		cmocka_unit_test(a_narrow_cap_is_fair),
		cmocka_unit_test(deadlines_make_room),
		cmocka_unit_test(a_rate_holds),
		cmocka_unit_test(a_reload_keeps_the_grid),
		cmocka_unit_test(a_pause_is_no_new_grid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
