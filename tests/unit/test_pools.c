/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The check engine without its shell, on a virtual clock and a dialler that
 * answers as told: verdicts, sharing, reloads, respawns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/status.h"
#include "lib/buf.h"
#include "tests/unit/check_world.h"

static void
serves_from_the_start(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_start(w, world_pair(w));
	assert_int_equal(w->n_msg[MSG_SYNC_BEGIN], 1);
	assert_int_equal(w->n_msg[MSG_SVC_SET], 1);
	assert_int_equal(w->n_msg[MSG_DEST_SET], 2);
	assert_int_equal(w->n_msg[MSG_SYNC_END], 1);
	assert_int_equal(w->n_msg[MSG_RS_STATE], 2);
	assert_int_equal(w->last_rs.initial, 1);
	assert_int_equal(w->n_msg[MSG_VS_STATE], 1);
	assert_int_equal(w->last_vs.has_quorum, 1);
	assert_int_equal(w->last_vs.initial, 0);
	world_run(w, SEC(100));
	/* All is as assumed: nothing more to say. */
	assert_int_equal(w->n_msg[MSG_RS_STATE], 2);
	assert_int_equal(w->n_msg[MSG_DEST_SET], 2);
	assert_in_range(w->dials[1], 10, 12);
	world_free(w);
}

/* A check that speaks of weight changes the table, and the quorum. */
static void
weight_follows_the_check(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_pair(w);

	(void)state;
	world_first_vs(c)->quorum = 2;
	world_start(w, c);
	w->weight[2] = 7;
	world_run(w, SEC(11));
	assert_int_equal(world_dest(w, WORLD_VIP, 2)->weight, 7);
	assert_int_equal(world_dest(w, WORLD_VIP, 1)->weight, 1);
	assert_int_equal(w->last_rs.weight, 7);
	assert_int_equal(w->last_rs.initial, 1); /* it did not come or go */
	assert_int_equal(w->last_vs.has_quorum, 1);
	w->weight[2] = 0;
	world_run(w, SEC(11));
	assert_int_equal(world_dest(w, WORLD_VIP, 2)->weight, 0);
	assert_int_equal(w->last_vs.has_quorum, 0);
	w->weight[2] = 3;
	world_run(w, SEC(11));
	assert_int_equal(w->last_vs.has_quorum, 1);
	assert_true(world_table_is_true(w));
	world_free(w);
}

/* Whoever starts again does not begin with the configured weight. */
static void
weight_survives_a_respawn(void **state)
{
	struct world *w = world_new();
	struct msg_rs_state h;

	(void)state;
	w->answer_time = SEC(2);
	w->weight[2] = 9;
	memset(&h, 0, sizeof(h));
	(void)memcpy(h.vs, "[10.0.0.110]:tcp:80", 20);
	h.addr = (struct addr){.family = AF_INET, .bytes = {10, 0, 1, 2}};
	h.port = 80;
	h.is_alive = 1;
	h.weight = 5;
	hints_add_server(&w->pools.hints, &h);
	world_start(w, world_pair(w));
	assert_int_equal(world_dest(w, WORLD_VIP, 2)->weight, 5);
	/* A reload in between changes nothing. */
	pools_apply(&w->pools, world_pair(w), w->now);
	assert_int_equal(world_dest(w, WORLD_VIP, 2)->weight, 5);
	world_run(w, SEC(13));
	assert_int_equal(world_dest(w, WORLD_VIP, 2)->weight, 9);
	pools_apply(&w->pools, world_pair(w), w->now);
	assert_int_equal(world_dest(w, WORLD_VIP, 2)->weight, 9);
	world_free(w);
}

static void
first_verdicts_within_a_second(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_conf(w);
	struct virtual_server_conf *vs = world_vs(w, c, WORLD_VIP);

	(void)state;
	for (unsigned i = 1; i <= 200; i++)
		(void)world_checker(w, world_rs(w, vs, (uint8_t)i));
	world_start(w, c);
	world_run(w, SEC(1));
	for (unsigned i = 1; i <= 200; i++)
		assert_int_equal(w->dials[i], 1);
	world_free(w);
}

static void
goes_and_comes_back(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_start(w, world_pair(w));
	world_run(w, SEC(30));
	w->answer[2] = REASON_REFUSED;
	/* Within an interval and three retries. */
	world_run(w, SEC(13) + MSEC(2));
	assert_null(world_dest(w, WORLD_VIP, 2));
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	assert_int_equal(w->last_rs.is_alive, 0);
	assert_int_equal(w->last_rs.initial, 0);
	assert_int_equal(w->last_rs.failed, 1);
	assert_int_equal(w->n_msg[MSG_VS_STATE], 1);
	w->answer[1] = REASON_RESET;
	world_run(w, SEC(13) + MSEC(2));
	assert_null(world_dest(w, WORLD_VIP, 1));
	assert_int_equal(w->last_vs.has_quorum, 0);
	w->answer[1] = w->answer[2] = REASON_NONE;
	world_run(w, SEC(10) + MSEC(2));
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	assert_int_equal(w->last_vs.has_quorum, 1);
	world_free(w);
}

static void
three_failures_are_not_four(void **state)
{
	struct world *w = world_new();
	uint32_t before, msgs;

	(void)state;
	world_start(w, world_pair(w));
	world_run(w, SEC(30));
	msgs = world_ipvs_msgs(w);
	w->answer[2] = REASON_TIMEOUT;
	for (before = w->dials[2]; w->dials[2] < before + 3;)
		world_run(w, MSEC(10));
	w->answer[2] = REASON_NONE;
	world_run(w, SEC(60));
	assert_int_equal(world_ipvs_msgs(w), msgs);
	assert_int_equal(w->n_msg[MSG_RS_STATE], 2);
	world_free(w);
}

/* rise 3, fall 4: who answers now and then stays what he is. */
static void
flapping_is_damped(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_pair(w);
	uint32_t dials;

	(void)state;
	CONF_FOREACH (struct real_server_conf, rs,
		      &world_first_vs(c)->real_server)
		CONF_FOREACH (struct checker_conf, k, &rs->checker) {
			k->rise = 3;
			k->fast_interval = MSEC(500);
			k->down_interval = SEC(20);
		}
	world_start(w, c);
	world_run(w, SEC(30));
	w->answer[2] = REASON_REFUSED;
	/* An interval, then four attempts half a second apart. */
	world_run(w, SEC(10) + MSEC(1500) + MSEC(4));
	assert_null(world_dest(w, WORLD_VIP, 2));
	dials = w->dials[2];
	world_run(w, SEC(200));
	assert_int_equal(w->dials[2], dials + 10);
	for (int i = 0; i < 20; i++) {
		w->answer[2] = REASON_NONE;
		for (dials = w->dials[2]; w->dials[2] < dials + 2;)
			world_run(w, MSEC(10));
		w->answer[2] = REASON_REFUSED;
		world_run(w, SEC(1));
	}
	assert_int_equal(w->last_rs.is_alive, 0);
	assert_null(world_dest(w, WORLD_VIP, 2));
	w->answer[2] = REASON_NONE;
	world_run(w, SEC(20) + SEC(1) + MSEC(4));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	assert_int_equal(w->n_msg[MSG_RS_STATE], 4);
	world_free(w);
}

static void
silence_is_a_timeout(void **state)
{
	struct world *w = world_new();
	monotime_t silent_from;

	(void)state;
	w->answer_time = MSEC(5);
	world_start(w, world_pair(w));
	world_run(w, SEC(30));
	w->answer[2] = REASON_COUNT;
	silent_from = w->now;
	while (world_dest(w, WORLD_VIP, 2) != NULL)
		world_run(w, MSEC(10));
	/* At most an interval, four attempts of 5 s, three pauses of 1 s. */
	assert_in_range(monotime_sub(w->now, silent_from), SEC(23), SEC(34));
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	world_free(w);
}

static void
unknown_keeps_the_state(void **state)
{
	struct world *w = world_new();
	uint32_t msgs;

	(void)state;
	world_start(w, world_pair(w));
	world_run(w, SEC(30));
	msgs = world_ipvs_msgs(w);
	w->answer[1] = w->answer[2] = REASON_LOCAL_FDS;
	world_run(w, SEC(300));
	assert_int_equal(world_ipvs_msgs(w), msgs);
	assert_true(w->probes.stats.n_unknown > 10);
	world_free(w);
}

static void
alpha_waits_for_success(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_pair(w);

	(void)state;
	CONF_FOREACH (struct real_server_conf, rs,
		      &world_first_vs(c)->real_server)
		CONF_FOREACH (struct checker_conf, k, &rs->checker)
			k->alpha = true;
	w->answer[2] = REASON_REFUSED;
	world_start(w, c);
	assert_int_equal(w->n_msg[MSG_SVC_SET], 1);
	assert_int_equal(w->n_msg[MSG_DEST_SET], 0);
	assert_int_equal(w->last_vs.has_quorum, 0);
	assert_int_equal(w->last_vs.initial, 1);
	world_run(w, SEC(1));
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	assert_int_equal(w->last_vs.has_quorum, 1);
	/* Two assumptions, then one success and one failure for the scripts,
	 * as with keepalived. */
	assert_int_equal(w->n_msg[MSG_RS_STATE], 4);
	assert_int_equal(w->last_rs.initial, 0);
	world_run(w, SEC(60));
	assert_null(world_dest(w, WORLD_VIP, 2));
	assert_int_equal(w->n_msg[MSG_RS_STATE], 4);
	w->answer[2] = REASON_NONE;
	world_run(w, SEC(11));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	assert_int_equal(w->last_rs.initial, 0);
	world_free(w);
}

static void
rs_init_notifies_tells_the_scripts(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_pair(w);

	(void)state;
	c->global.rs_init_notifies = true;
	world_start(w, c);
	assert_int_equal(w->n_msg[MSG_RS_STATE], 2);
	assert_int_equal(w->last_rs.initial, 0);
	world_free(w);
}

/* A server that is dead from the start leaves with its first check. */
static void
dead_at_start_leaves_at_once(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->answer[2] = REASON_REFUSED;
	world_start(w, world_pair(w));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	world_run(w, SEC(1));
	assert_null(world_dest(w, WORLD_VIP, 2));
	assert_int_equal(w->dials[2], 1);
	world_free(w);
}

static void
inhibited_gets_weight_zero(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_pair(w);
	struct real_server_conf *rs = (struct real_server_conf *)STAILQ_FIRST(
		&world_first_vs(c)->real_server);

	(void)state;
	rs->inhibit_on_failure = true;
	world_start(w, c);
	w->answer[1] = REASON_REFUSED;
	world_run(w, SEC(30));
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	assert_int_equal(world_dest(w, WORLD_VIP, 1)->weight, 0);
	assert_int_equal(w->n_msg[MSG_DEST_DEL], 0);
	world_free(w);
}

static void
sorry_server_takes_over(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_pair(w);
	struct virtual_server_conf *vs = world_first_vs(c);

	(void)state;
	vs->sorry_server = (struct addr_port){
		.addr = {.family = AF_INET, .bytes = {10, 0, 2, 200}},
		.port = 80};
	vs->quorum = 2;
	world_start(w, c);
	assert_null(world_dest(w, WORLD_VIP, 200));
	w->answer[1] = REASON_REFUSED;
	world_run(w, SEC(30));
	assert_non_null(world_dest(w, WORLD_VIP, 200));
	assert_null(world_dest(w, WORLD_VIP, 1));
	assert_null(world_dest(w, WORLD_VIP, 2));
	w->answer[1] = REASON_NONE;
	world_run(w, SEC(30));
	assert_null(world_dest(w, WORLD_VIP, 200));
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	assert_int_equal(w->emptied, 0);
	world_free(w);
}

#define SHARED_SERVICES 1000
#define SHARED_SERVERS	50

static void
services_share_probes(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_conf(w);
	uint32_t dials = 0;

	(void)state;
	for (uint16_t v = 0; v < SHARED_SERVICES; v++) {
		struct virtual_server_conf *vs = world_vs(w, c, v);

		for (uint8_t i = 1; i <= SHARED_SERVERS; i++)
			(void)world_checker(w, world_rs(w, vs, i));
	}
	pools_apply(&w->pools, c, w->now);
	assert_int_equal(HASH_COUNT(w->probes.by_key), SHARED_SERVERS);
	world_run(w, SEC(1));
	for (int i = 0; i < 256; i++)
		dials += w->dials[i];
	assert_int_equal(dials, SHARED_SERVERS);
	/* One dead server leaves all of them, after one set of attempts. */
	w->answer[7] = REASON_REFUSED;
	w->n_msg[MSG_RS_STATE] = 0;
	world_run(w, SEC(30));
	assert_int_equal(w->n_msg[MSG_RS_STATE], SHARED_SERVICES);
	world_free(w);
}

static void
the_cap_queues_and_catches_up(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_conf(w);
	struct virtual_server_conf *vs = world_vs(w, c, WORLD_VIP);

	(void)state;
	w->answer_time = MSEC(20);
	w->probes.limit = 4;
	for (unsigned i = 1; i <= 100; i++) {
		struct checker_conf *k =
			world_checker(w, world_rs(w, vs, (uint8_t)i));

		k->is_warmup_ours = false;
		k->warmup = 0;
	}
	world_start(w, c);
	world_run(w, SEC(1));
	for (unsigned i = 1; i <= 100; i++)
		assert_int_equal(w->dials[i], 1);
	assert_int_equal(w->probes.stats.running_max, 4);
	assert_true(w->probes.stats.n_queued > 0);
	assert_int_equal(w->probes.running, 0);
	world_free(w);
}

static void
sockets_from_the_supervisor(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_conf(w);
	struct checker_conf *k =
		world_checker(w, world_rs(w, world_vs(w, c, WORLD_VIP), 1));
	uint64_t first;

	(void)state;
	k->fwmark = 5;
	k->retry = 0;
	world_start(w, c);
	world_run(w, SEC(1));
	assert_int_equal(w->n_msg[MSG_SOCK_WANT], 1);
	first = w->probes.last_sock_id;
	/* No answer at all: that is our trouble, not the server's. */
	world_run(w, SEC(6));
	assert_int_equal(w->probes.stats.n_unknown, 1);
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	assert_int_equal(w->n_msg[MSG_SOCK_WANT], 2);
	/* The late answer is for an attempt that is over. */
	probes_on_sock(&w->probes, first, dup(0), 0, w->now);
	assert_int_equal(w->probes.stats.n_unknown, 1);
	probes_on_sock(&w->probes, w->probes.last_sock_id, -1, 1, w->now);
	assert_int_equal(w->probes.stats.n_unknown, 2);
	world_run(w, SEC(2));
	w->answer[1] = REASON_REFUSED;
	probes_on_sock(&w->probes, w->probes.last_sock_id, dup(0), 0, w->now);
	assert_null(world_dest(w, WORLD_VIP, 1));
	world_free(w);
}

static void
omega_goes_down_at_the_end(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_pair(w);

	(void)state;
	world_first_vs(c)->omega = true;
	world_start(w, c);
	w->n_msg[MSG_RS_STATE] = 0;
	pools_stop(&w->pools);
	assert_int_equal(w->n_msg[MSG_RS_STATE], 2);
	assert_int_equal(w->last_vs.has_quorum, 0);
	assert_int_equal(w->n_msg[MSG_DEST_DEL], 0);
	world_free(w);
}

static void
status_tells_why(void **state)
{
	struct world *w = world_new();
	struct buf text = BUF_INIT;

	(void)state;
	world_start(w, world_pair(w));
	w->answer[2] = REASON_HOST_UNREACHABLE;
	world_run(w, SEC(30));
	status_print(&w->pools, w->now, &text);
	assert_non_null(strstr(text.data, "[10.0.1.2]:tcp:80: DOWN"));
	assert_non_null(strstr(text.data, "[10.0.1.1]:tcp:80: UP"));
	assert_non_null(strstr(text.data, "last failure: host unreachable"));
	buf_fini(&text);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serves_from_the_start),
		cmocka_unit_test(weight_follows_the_check),
		cmocka_unit_test(weight_survives_a_respawn),
		cmocka_unit_test(first_verdicts_within_a_second),
		cmocka_unit_test(goes_and_comes_back),
		cmocka_unit_test(three_failures_are_not_four),
		cmocka_unit_test(flapping_is_damped),
		cmocka_unit_test(silence_is_a_timeout),
		cmocka_unit_test(unknown_keeps_the_state),
		cmocka_unit_test(alpha_waits_for_success),
		cmocka_unit_test(rs_init_notifies_tells_the_scripts),
		cmocka_unit_test(dead_at_start_leaves_at_once),
		cmocka_unit_test(inhibited_gets_weight_zero),
		cmocka_unit_test(sorry_server_takes_over),
		cmocka_unit_test(services_share_probes),
		cmocka_unit_test(the_cap_queues_and_catches_up),
		cmocka_unit_test(sockets_from_the_supervisor),
		cmocka_unit_test(omega_goes_down_at_the_end),
		cmocka_unit_test(status_tells_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
