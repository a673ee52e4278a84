/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Reloads, respawns and new ipvs engines: what is unchanged keeps its state
 * and nothing is said about it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/check_world.h"

static void
same_reload_says_nothing(void **state)
{
	struct world *w = world_new();
	uint32_t msgs, rs, dials;

	(void)state;
	world_start(w, world_pair(w));
	w->answer[2] = REASON_REFUSED;
	world_run(w, SEC(30));
	msgs = world_ipvs_msgs(w);
	rs = w->n_msg[MSG_RS_STATE];
	dials = w->dials[1];
	for (int i = 0; i < 50; i++) {
		pools_apply(&w->pools, world_pair(w), w->now);
		world_run(w, MSEC(200));
	}
	assert_int_equal(world_ipvs_msgs(w), msgs);
	assert_int_equal(w->n_msg[MSG_RS_STATE], rs);
	/* 10 s and 50 reloads later each probe has run once more, as due. */
	assert_int_equal(w->dials[1], dials + 1);
	assert_null(world_dest(w, WORLD_VIP, 2));
	world_free(w);
}

static void
weight_change_is_one_message(void **state)
{
	struct world *w = world_new();
	struct check_conf *c;
	struct real_server_conf *rs;
	const struct probe *p;
	monotime_t due;
	uint32_t msgs;

	(void)state;
	world_start(w, world_pair(w));
	world_run(w, SEC(30));
	p = w->pools.by_id->server[0].checker[0].user.probe;
	due = p->due;
	msgs = world_ipvs_msgs(w);
	c = world_pair(w);
	rs = (struct real_server_conf *)STAILQ_FIRST(
		&world_first_vs(c)->real_server);
	rs->weight = 7;
	pools_apply(&w->pools, c, w->now);
	assert_int_equal(world_ipvs_msgs(w), msgs + 1);
	assert_int_equal(world_dest(w, WORLD_VIP, 1)->weight, 7);
	/* It goes on asking when it would have asked. */
	assert_ptr_equal(w->pools.by_id->server[0].checker[0].user.probe, p);
	assert_int_equal(p->due.ns, due.ns);
	world_free(w);
}

static void
changed_check_keeps_the_server_down(void **state)
{
	struct world *w = world_new();
	struct check_conf *c;
	uint32_t msgs, dials;

	(void)state;
	world_start(w, world_pair(w));
	w->answer[2] = REASON_REFUSED;
	world_run(w, SEC(30));
	assert_null(world_dest(w, WORLD_VIP, 2));
	msgs = world_ipvs_msgs(w);
	dials = w->dials[1];
	c = world_pair(w);
	CONF_FOREACH (struct real_server_conf, rs,
		      &world_first_vs(c)->real_server)
		CONF_FOREACH (struct checker_conf, k, &rs->checker)
			if (rs->addr.addr.bytes[3] == 2)
				k->connect_timeout = SEC(2);
	pools_apply(&w->pools, c, w->now);
	world_run(w, SEC(1));
	assert_int_equal(world_ipvs_msgs(w), msgs);
	/* The other probe was not disturbed. */
	assert_in_range(w->dials[1], dials, dials + 1);
	world_run(w, SEC(60));
	assert_int_equal(world_ipvs_msgs(w), msgs);
	w->answer[2] = REASON_NONE;
	world_run(w, SEC(11));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	world_free(w);
}

/* What keepalived 2.2.7 does in the guest: who comes by a reload has its
 * retries; with alpha it waits outside, and that it is dead is no news. */
static void
newcomers_of_a_reload(void **state)
{
	struct world *w = world_new();
	struct check_conf *c;
	uint32_t said;

	(void)state;
	world_start(w, world_pair(w));
	world_run(w, SEC(5));
	c = world_pair(w);
	(void)world_checker(w, world_rs(w, world_first_vs(c), 3));
	world_checker(w, world_rs(w, world_first_vs(c), 4))->alpha = true;
	w->answer[3] = w->answer[4] = REASON_REFUSED;
	pools_apply(&w->pools, c, w->now);
	assert_non_null(world_dest(w, WORLD_VIP, 3));
	assert_null(world_dest(w, WORLD_VIP, 4));
	world_run(w, SEC(1));
	assert_int_equal(w->dials[3], 1);
	said = w->n_msg[MSG_RS_STATE];
	assert_int_equal(w->last_rs.initial, 1);
	world_run(w, SEC(1));
	assert_non_null(world_dest(w, WORLD_VIP, 3));
	world_run(w, SEC(2));
	assert_null(world_dest(w, WORLD_VIP, 3));
	assert_int_equal(w->dials[3], 4);
	assert_int_equal(w->n_msg[MSG_RS_STATE], said + 1);
	assert_int_equal(w->last_rs.addr.bytes[3], 3);
	assert_int_equal(w->last_rs.initial, 0);
	w->answer[4] = REASON_NONE;
	world_run(w, SEC(11));
	assert_non_null(world_dest(w, WORLD_VIP, 4));
	world_free(w);
}

static void
servers_come_and_go_by_reload(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_pair(w);

	(void)state;
	world_start(w, c);
	world_run(w, SEC(5));
	c = world_pair(w);
	STAILQ_REMOVE_HEAD(&world_first_vs(c)->real_server, link);
	(void)world_checker(w, world_rs(w, world_first_vs(c), 3));
	pools_apply(&w->pools, c, w->now);
	assert_null(world_dest(w, WORLD_VIP, 1));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	assert_non_null(world_dest(w, WORLD_VIP, 3));
	assert_int_equal(w->n_msg[MSG_RS_GONE], 1);
	assert_int_equal(w->emptied, 0);
	assert_int_equal(HASH_COUNT(w->probes.by_key), 2);
	/* All servers exchanged at once: never empty in between. */
	c = world_conf(w);
	(void)world_checker(w, world_rs(w, world_vs(w, c, WORLD_VIP), 9));
	pools_apply(&w->pools, c, w->now);
	assert_int_equal(w->emptied, 0);
	assert_non_null(world_dest(w, WORLD_VIP, 9));
	pools_apply(&w->pools, world_conf(w), w->now);
	assert_int_equal(w->n_msg[MSG_SVC_DEL], 1);
	assert_int_equal(HASH_COUNT(w->probes.by_key), 0);
	world_free(w);
}

/* A group's virtual server takes over the address of a plain one. */
static void
a_key_changes_hands(void **state)
{
	struct world *w = world_new();
	struct check_conf *c = world_pair(w);
	struct virtual_server_group_conf g = {.obj.name = "G"};
	struct vsg_entry_conf e = {0};
	uint32_t syncs;

	(void)state;
	world_start(w, c);
	world_run(w, SEC(5));
	syncs = w->n_msg[MSG_SYNC_BEGIN];
	e.first = world_first_vs(c)->addr.addr;
	e.port = 80;
	STAILQ_INIT(&g.entry);
	STAILQ_INSERT_TAIL(&g.entry, &e.obj, link);
	c = world_pair(w);
	STAILQ_INSERT_TAIL(&c->virtual_server_group, &g.obj, link);
	world_first_vs(c)->kind = VIRTUAL_SERVER_GROUP;
	world_first_vs(c)->group = "G";
	pools_apply(&w->pools, c, w->now);
	assert_int_equal(w->n_msg[MSG_SVC_DEL], 0);
	assert_int_equal(w->n_msg[MSG_SYNC_BEGIN], syncs + 1);
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	world_free(w);
}

static void
new_ipvs_gets_it_all(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_start(w, world_pair(w));
	w->answer[2] = REASON_REFUSED;
	world_run(w, SEC(30));
	pools_on_ipvs(&w->pools, false, w->now);
	w->answer[2] = REASON_NONE;
	w->answer[1] = REASON_REFUSED;
	world_run(w, SEC(30));
	/* Nobody listened; the newcomer hears how it is now. */
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	pools_on_ipvs(&w->pools, true, w->now);
	assert_null(world_dest(w, WORLD_VIP, 1));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	assert_int_equal(w->n_msg[MSG_SYNC_BEGIN], 2);
	assert_int_equal(w->n_msg[MSG_SYNC_END], 2);
	world_free(w);
}

/* What is deleted while nobody listens, or so shortly before the listener's
 * end that he may not have done it, is told to the next one. */
static void
new_ipvs_hears_of_the_deleted(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_start(w, world_pair(w));
	world_run(w, SEC(30));
	pools_on_ipvs(&w->pools, false, w->now);
	pools_apply(&w->pools, world_conf(w), w->now);
	assert_int_equal(w->n_msg[MSG_SVC_DEL], 0);
	world_run(w, SEC(100));
	pools_on_ipvs(&w->pools, true, w->now);
	assert_int_equal(w->n_left_dels, 1);
	/* He dies, too, before it can be known to be done. */
	world_run(w, SEC(9));
	pools_on_ipvs(&w->pools, false, w->now);
	world_run(w, SEC(300));
	pools_on_ipvs(&w->pools, true, w->now);
	assert_int_equal(w->n_left_dels, 2);
	/* After that it is over: the key may be somebody else's. */
	world_run(w, SEC(11));
	pools_on_ipvs(&w->pools, false, w->now);
	pools_on_ipvs(&w->pools, true, w->now);
	assert_int_equal(w->n_left_dels, 2);
	world_free(w);
}

/* Nor is a service deleted that has come back meanwhile. */
static void
new_ipvs_keeps_what_came_back(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_start(w, world_pair(w));
	world_run(w, SEC(30));
	pools_on_ipvs(&w->pools, false, w->now);
	pools_apply(&w->pools, world_conf(w), w->now);
	pools_apply(&w->pools, world_pair(w), w->now);
	pools_on_ipvs(&w->pools, true, w->now);
	assert_int_equal(w->n_left_dels, 0);
	assert_non_null(world_dest(w, WORLD_VIP, 1));
	/* And a deletion that was told is told once. */
	pools_apply(&w->pools, world_conf(w), w->now);
	assert_int_equal(w->n_msg[MSG_SVC_DEL], 1);
	world_free(w);
}

/* The check engine died while a server was down. */
static void
a_respawn_remembers(void **state)
{
	struct world *w = world_new(), *next = world_new();

	(void)state;
	world_start(w, world_pair(w));
	w->answer[2] = REASON_REFUSED;
	world_run(w, SEC(30));
	assert_int_equal(w->last_rs.is_alive, 0);
	/* As the supervisor does: the last report of each. */
	for (uint32_t i = 0; i < w->n_rs; i++)
		hints_add_server(&next->pools.hints, &w->rs[i]);
	hints_add_quorum(&next->pools.hints, &w->last_vs);
	next->answer[2] = REASON_REFUSED;
	world_start(next, world_pair(next));
	assert_null(world_dest(next, WORLD_VIP, 2));
	assert_int_equal(next->n_msg[MSG_RS_STATE], 0);
	assert_int_equal(next->n_msg[MSG_VS_STATE], 0);
	world_run(next, SEC(60));
	assert_null(world_dest(next, WORLD_VIP, 2));
	assert_int_equal(next->n_msg[MSG_DEST_SET], 1);
	next->answer[2] = REASON_NONE;
	world_run(next, SEC(11));
	assert_non_null(world_dest(next, WORLD_VIP, 2));
	assert_int_equal(next->last_rs.initial, 0);
	world_free(w);
	world_free(next);
}

/* A respawned engine does not trust one lost packet. */
static void
a_respawn_retries(void **state)
{
	struct world *w = world_new();
	struct msg_rs_state h = {.vs = "[10.0.0.110]:tcp:80", .is_alive = 1};

	(void)state;
	h.addr = (struct addr){AF_INET, {10, 0, 1, 2}};
	h.port = 80;
	hints_add_server(&w->pools.hints, &h);
	w->answer[2] = REASON_REFUSED;
	world_start(w, world_pair(w));
	world_run(w, SEC(2));
	assert_non_null(world_dest(w, WORLD_VIP, 2));
	world_run(w, SEC(3));
	assert_null(world_dest(w, WORLD_VIP, 2));
	assert_int_equal(w->dials[2], 4);
	world_free(w);
}

/* ---- random configurations ---- */

/* What the configuration is made from. */
struct plan {
	struct {
		bool is_there, is_group, has_sorry, is_sorry_inhibited, alpha;
		uint32_t quorum, hysteresis;
		struct {
			bool is_there, inhibits, nat;
			uint32_t weight, timeout;
		} rs[6];
	} vs[4];
};

static uint32_t
draw(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 10) % n;
}

static void
plan_change(struct plan *p, uint32_t *seed)
{
	uint32_t v = draw(seed, 4), r = draw(seed, 6);

	switch (draw(seed, 10)) {
	case 0:
		p->vs[v].is_there = !p->vs[v].is_there;
		break;
	case 1:
		p->vs[v].is_group = !p->vs[v].is_group;
		break;
	case 2:
		p->vs[v].has_sorry = !p->vs[v].has_sorry;
		break;
	case 3:
		p->vs[v].is_sorry_inhibited = !p->vs[v].is_sorry_inhibited;
		break;
	case 4:
		p->vs[v].quorum = 1 + draw(seed, 3);
		p->vs[v].hysteresis = draw(seed, 2);
		break;
	case 5:
		p->vs[v].rs[r].weight = draw(seed, 3);
		break;
	case 6:
		p->vs[v].rs[r].inhibits = !p->vs[v].rs[r].inhibits;
		break;
	case 7:
		p->vs[v].rs[r].timeout = draw(seed, 2);
		break;
	case 8:
		p->vs[v].rs[r].nat = !p->vs[v].rs[r].nat;
		break;
	case 9:
		p->vs[v].rs[r].is_there = !p->vs[v].rs[r].is_there;
		break;
	}
}

/* A group of the service's own address, so that keys change hands. */
static void
make_group(struct world *w, struct check_conf *c,
	   struct virtual_server_conf *vs)
{
	struct virtual_server_group_conf *g = arena_alloc(w->arena, sizeof(*g));
	struct vsg_entry_conf *e = arena_alloc(w->arena, sizeof(*e));

	g->obj.name = vs->obj.name;
	e->first = vs->addr.addr;
	e->port = vs->addr.port;
	STAILQ_INIT(&g->entry);
	STAILQ_INSERT_TAIL(&g->entry, &e->obj, link);
	STAILQ_INSERT_TAIL(&c->virtual_server_group, &g->obj, link);
	vs->kind = VIRTUAL_SERVER_GROUP;
	vs->group = g->obj.name;
}

static struct check_conf *
plan_conf(struct world *w, const struct plan *p)
{
	struct check_conf *c = world_conf(w);

	for (uint16_t v = 0; v < 4; v++) {
		struct virtual_server_conf *vs;

		if (!p->vs[v].is_there)
			continue;
		vs = world_vs(w, c, (uint16_t)(v + 1));
		vs->quorum = 1 + p->vs[v].quorum;
		vs->hysteresis = p->vs[v].hysteresis;
		vs->sorry_server_inhibit = p->vs[v].is_sorry_inhibited;
		if (p->vs[v].is_group)
			make_group(w, c, vs);
		for (uint8_t r = 0; r < 6; r++) {
			struct real_server_conf *rs;

			if (!p->vs[v].rs[r].is_there)
				continue;
			rs = world_rs(w, vs, (uint8_t)(r + 1));
			if (r == 5) { /* one host with the server before */
				rs->addr.addr.bytes[3] = 5;
				rs->addr.port = 81;
			}
			rs->weight = p->vs[v].rs[r].weight;
			rs->inhibit_on_failure = p->vs[v].rs[r].inhibits;
			if (p->vs[v].rs[r].nat)
				rs->lvs_method.method = 0;
			world_checker(w, rs)->connect_timeout =
				SEC(3 + p->vs[v].rs[r].timeout);
			/* Sometimes the sorry server is a server as well. */
			if (p->vs[v].has_sorry)
				vs->sorry_server = rs->addr;
		}
	}
	return c;
}

/*
 * Whatever is reloaded and whoever dies: the table that grew message by
 * message is the wanted one, a verdict outlives the reload, and reloading the
 * same says nothing.
 */
static void
random_walk(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 40; seed++) {
		struct world *w = world_new();
		struct plan p = {0};
		uint32_t s = seed, msgs;

		world_start(w, plan_conf(w, &p));
		for (int step = 0; step < 60; step++) {
			for (uint32_t i = 1 + draw(&s, 4); i > 0; i--)
				plan_change(&p, &s);
			w->answer[1 + draw(&s, 6)] =
				draw(&s, 2) ? REASON_NONE : REASON_REFUSED;
			pools_apply(&w->pools, plan_conf(w, &p), w->now);
			assert_true(world_table_is_true(w));
			msgs = world_ipvs_msgs(w);
			pools_apply(&w->pools, plan_conf(w, &p), w->now);
			assert_int_equal(world_ipvs_msgs(w), msgs);
			world_run(w, SEC(1 + draw(&s, 20)));
			assert_true(world_table_is_true(w));
		}
		world_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_reload_says_nothing),
		cmocka_unit_test(weight_change_is_one_message),
		cmocka_unit_test(changed_check_keeps_the_server_down),
		cmocka_unit_test(newcomers_of_a_reload),
		cmocka_unit_test(servers_come_and_go_by_reload),
		cmocka_unit_test(a_key_changes_hands),
		cmocka_unit_test(new_ipvs_gets_it_all),
		cmocka_unit_test(new_ipvs_hears_of_the_deleted),
		cmocka_unit_test(new_ipvs_keeps_what_came_back),
		cmocka_unit_test(a_respawn_remembers),
		cmocka_unit_test(a_respawn_retries),
		cmocka_unit_test(random_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
