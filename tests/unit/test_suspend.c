/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * ha_suspend: who has none of its addresses asks nobody and forgets nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/status.h"
#include "lib/buf.h"
#include "tests/unit/check_world.h"

static const struct addr vip = {AF_INET, {10, 0, 0, WORLD_VIP}};

static struct check_conf *
suspender(struct world *w, bool ha_suspend)
{
	struct check_conf *c = world_pair(w);

	world_first_vs(c)->ha_suspend = ha_suspend;
	return c;
}

static void
rests_until_the_address_comes(void **state)
{
	struct world *w = world_new();
	struct buf text = BUF_INIT;

	(void)state;
	w->answer[2] = REASON_REFUSED;
	world_start(w, suspender(w, true));
	world_run(w, SEC(100));
	assert_int_equal(w->dials[1] + w->dials[2], 0);
	assert_true(monotime_is_never(probes_next(&w->probes)));
	/* As assumed: both serve. */
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	status_print(&w->pools, w->now, &text);
	assert_non_null(strstr(text.data, "Suspended"));
	buf_fini(&text);
	pools_on_local(&w->pools, &vip, true, w->now);
	world_run(w, SEC(1));
	assert_int_equal(w->dials[1], 1);
	assert_null(world_dest(w, WORLD_VIP, 2));
	world_free(w);
}

static void
keeps_what_it_knows(void **state)
{
	struct world *w = world_new();
	const struct probe *p;
	uint64_t n_ok;
	uint32_t msgs, dials;

	(void)state;
	w->answer_time = MSEC(20);
	pools_on_local(&w->pools, &vip, true, w->now);
	world_start(w, suspender(w, true));
	w->answer[2] = REASON_REFUSED;
	world_run(w, SEC(60));
	assert_null(world_dest(w, WORLD_VIP, 2));
	p = w->pools.by_id->server[0].checker[0].user.probe;
	n_ok = p->health.n_ok;
	msgs = world_ipvs_msgs(w);
	dials = w->dials[1];
	pools_on_local(&w->pools, &vip, false, w->now);
	w->answer[2] = REASON_NONE;
	w->answer[1] = REASON_REFUSED;
	world_run(w, SEC(600));
	/* Also over a reload. */
	pools_apply(&w->pools, suspender(w, true), w->now);
	world_run(w, SEC(60));
	assert_int_equal(world_ipvs_msgs(w), msgs);
	assert_in_range(w->dials[1], dials, dials + 1);
	assert_int_equal(w->probes.running, 0);
	pools_on_local(&w->pools, &vip, true, w->now);
	assert_true(p->health.n_ok >= n_ok);
	world_run(w, SEC(1) + MSEC(30));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	/* Who was up has its retries. */
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	world_run(w, SEC(5));
	assert_null(world_dest(w, WORLD_VIP, 1));
	world_free(w);
}

/* The same servers behind a service that is active. */
static void
others_go_on(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = suspender(w, true);
	struct virtual_server_conf *vs = world_vs(w, c, 5);

	(void)state;
	(void)world_checker(w, world_rs(w, vs, 1));
	world_start(w, c);
	world_run(w, SEC(100));
	assert_in_range(w->dials[1], 9, 12);
	assert_int_equal(w->dials[2], 0);
	/* What they learn is known here, too. */
	w->answer[1] = REASON_REFUSED;
	world_run(w, SEC(20));
	assert_null(world_dest(w, 5, 1));
	assert_null(world_dest(w, WORLD_VIP, 1));
	/* The active one leaves: nobody asks any more. */
	pools_apply(&w->pools, suspender(w, true), w->now);
	w->dials[1] = 0;
	world_run(w, SEC(100));
	assert_int_equal(w->dials[1], 0);
	world_free(w);
}

static void
a_reload_begins_and_ends_it(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_start(w, suspender(w, false));
	world_run(w, SEC(10));
	pools_apply(&w->pools, suspender(w, true), w->now);
	w->dials[1] = 0;
	world_run(w, SEC(100));
	assert_int_equal(w->dials[1], 0);
	pools_apply(&w->pools, suspender(w, false), w->now);
	world_run(w, SEC(1));
	assert_int_equal(w->dials[1], 1);
	/* Nobody asks: what was here is not remembered. */
	pools_on_local(&w->pools, &vip, true, w->now);
	pools_apply(&w->pools, suspender(w, false), w->now);
	pools_apply(&w->pools, suspender(w, true), w->now);
	assert_true(w->pools.by_id->is_suspended);
	world_free(w);
}

/* An attempt under way ends with the address. */
static void
attempts_end(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->answer[1] = w->answer[2] = REASON_COUNT;
	w->answer_time = SEC(1);
	pools_on_local(&w->pools, &vip, true, w->now);
	world_start(w, suspender(w, true));
	world_run(w, SEC(1));
	assert_int_equal(w->probes.running, 2);
	pools_on_local(&w->pools, &vip, false, w->now);
	assert_int_equal(w->probes.running, 0);
	world_run(w, SEC(100));
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rests_until_the_address_comes),
		cmocka_unit_test(keeps_what_it_knows),
		cmocka_unit_test(others_go_on),
		cmocka_unit_test(a_reload_begins_and_ends_it),
		cmocka_unit_test(attempts_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
