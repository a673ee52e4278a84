/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * slow_start and panic_threshold: the pure parts, and what they cost with a
 * thousand servers.  All orders of small pools: test_pool_model.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/panic.h"
#include "check/ramp.h"
#include "check/status.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "tests/unit/check_world.h"

/* Ten levels at most, none shorter than a second, never back, full at the
 * end. */
static void
levels(void **state)
{
	static const nsec_t whole[] = {MSEC(200), SEC(1),  SEC(3),
				       SEC(9),	  SEC(60), SEC(86400)};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
		uint32_t last = 0, n = 0;
		nsec_t at = 0;

		for (;;) {
			struct ramp r = ramp_at(whole[i], at);

			assert_true(r.permille > last);
			last = r.permille;
			n++;
			if (r.permille == RAMP_FULL)
				break;
			assert_true(r.next > at);
			assert_int_equal(ramp_at(whole[i], r.next - 1).permille,
					 r.permille);
			if (whole[i] >= SEC(1))
				assert_true(r.next - at >= SEC(1));
			at = r.next;
		}
		assert_true(at == whole[i]);
		assert_in_range(n, 2, 10);
	}
	assert_int_equal(ramp_at(SEC(60), 0).permille, 100);
	assert_int_equal(ramp_at(0, 0).permille, RAMP_FULL);
	assert_int_equal(ramp_at(SEC(5), -1).permille, 166);
}

static void
weights(void **state)
{
	(void)state;
	assert_int_equal(ramp_weight(100, 100), 10);
	assert_int_equal(ramp_weight(1, 100), 1);
	assert_int_equal(ramp_weight(0, 100), 0);
	assert_int_equal(ramp_weight(15, 100), 2);
	assert_int_equal(ramp_weight(7, 0), 7);
	assert_int_equal(ramp_weight(INT32_MAX, 500), 1u << 30);
}

static void
waves(void **state)
{
	const struct panic_conf half = {50, SEC(10)}, off = {0, SEC(10)};
	struct down d[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(d); i++)
		d[i] = (struct down){{SEC(100) + SEC(i)}, (uint32_t)i};
	assert_int_equal(panic_first_kept(&half, d, 5, 10), 5); /* not more */
	assert_int_equal(panic_first_kept(&half, d, 6, 10), 0);
	assert_int_equal(panic_first_kept(&off, d, 8, 8), 8);
	assert_int_equal(panic_first_kept(&half, d, 0, 0), 0);
	/* One by one over days is no panic, however many. */
	for (size_t i = 0; i < ARRAY_LEN(d); i++)
		d[i].since.ns = SEC(1000) * (int64_t)(i + 1);
	assert_int_equal(panic_first_kept(&half, d, 6, 10), 6);
	/* The dead of old do not come back with a panic of the others. */
	d[5].since = monotime_add(d[4].since, SEC(1));
	d[6].since = monotime_add(d[4].since, SEC(9));
	d[7].since = monotime_add(d[4].since, SEC(19));
	assert_int_equal(panic_first_kept(&half, d, 8, 10), 4);
	/* What fails after a panic began stays, too. */
	d[7].since = monotime_add(d[4].since, SEC(1000));
	assert_int_equal(panic_first_kept(&half, d, 8, 9), 4);
}

#define MANY 200

static struct check_conf *
many(struct world *w, uint32_t weight, nsec_t slow_start, uint32_t panic)
{
	struct check_conf *c = world_conf(w);
	struct virtual_server_conf *vs = world_vs(w, c, WORLD_VIP);

	vs->panic_threshold = panic;
	for (unsigned i = 1; i <= MANY; i++) {
		struct real_server_conf *rs = world_rs(w, vs, (uint8_t)i);

		rs->weight = weight;
		rs->slow_start = slow_start;
		(void)world_checker(w, rs);
	}
	return c;
}

static void
run_to(struct world *w, nsec_t d)
{
	monotime_t end = monotime_add(w->now, d), at;

	while (at = pools_next(&w->pools), !monotime_before(end, at)) {
		w->now = at;
		pools_run(&w->pools, at);
	}
	w->now = end;
}

static void
all_verdicts(struct world *w, bool is_up)
{
	for (unsigned i = 1; i <= MANY; i++)
		world_verdict(w, (uint8_t)i, is_up);
}

/* Each recovery costs its levels and nothing more, wherever the others are. */
static void
many_recover(void **state)
{
	struct world *w = world_new();
	uint32_t before;

	(void)state;
	world_start(w, many(w, 100, SEC(60), 0));
	all_verdicts(w, true);
	all_verdicts(w, false);
	before = world_ipvs_msgs(w);
	all_verdicts(w, true);
	assert_int_equal(world_ipvs_msgs(w), before + MANY);
	assert_int_equal(world_dest(w, WORLD_VIP, 7)->weight, 10);
	/* Quorum counts the whole weight. */
	assert_int_equal(service_alive_weight(w->pools.by_id), 100 * MANY);
	run_to(w, SEC(30));
	assert_int_equal(world_dest(w, WORLD_VIP, 7)->weight, 50);
	run_to(w, SEC(31));
	assert_int_equal(world_dest(w, WORLD_VIP, 7)->weight, 100);
	assert_int_equal(world_ipvs_msgs(w), before + 10 * MANY);
	assert_true(monotime_is_never(pools_next(&w->pools)));
	world_free(w);
}

static void
weight_one_has_no_levels(void **state)
{
	struct world *w = world_new();
	uint32_t before;

	(void)state;
	world_start(w, many(w, 1, SEC(60), 0));
	all_verdicts(w, false);
	before = world_ipvs_msgs(w);
	all_verdicts(w, true);
	run_to(w, SEC(100));
	assert_int_equal(world_ipvs_msgs(w), before + MANY);
	world_free(w);
}

static void
a_panic_is_told(void **state)
{
	struct world *w = world_new();
	struct buf text = BUF_INIT;

	(void)state;
	world_start(w, many(w, 1, 0, 50));
	all_verdicts(w, true);
	for (unsigned i = 1; i <= MANY / 2 + 1; i++)
		world_verdict(w, (uint8_t)i, false);
	for (unsigned i = 1; i <= MANY; i++)
		assert_non_null(world_dest(w, WORLD_VIP, (uint8_t)i));
	/* The scripts hear what the checks say. */
	assert_int_equal(w->last_rs.is_alive, 0);
	assert_int_equal(w->last_vs.has_quorum, 1);
	status_print(&w->pools, w->now, &text);
	assert_non_null(strstr(text.data, "Panic: more than 50 % failed"));
	assert_non_null(strstr(text.data, "kept by panic_threshold"));
	buf_fini(&text);
	world_verdict(w, 1, true);
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	for (unsigned i = 2; i <= MANY / 2 + 1; i++)
		assert_null(world_dest(w, WORLD_VIP, (uint8_t)i));
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels),
		cmocka_unit_test(weights),
		cmocka_unit_test(waves),
		cmocka_unit_test(many_recover),
		cmocka_unit_test(weight_one_has_no_levels),
		cmocka_unit_test(a_panic_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
