/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the mirror promises, one thing at a time: how many requests there are,
 * what is tried again and when, what counts as somebody else's doing. */
#include <errno.h>
#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/ipvs_door.h"
#include "tests/unit/mirror_world.h"

static void
fill(struct world *w)
{
	for (uint32_t id = 1; id < 5; id++) {
		struct msg_svc s = kernel_make_svc(id, id);

		set_svc(w, &s);
		for (uint32_t k = 0; k < 3; k++) {
			struct msg_dest d = kernel_make_dest(&s, k, 1);

			set_dest(w, &d);
		}
	}
}

static void
test_single_changes(void **state)
{
	struct world w;
	struct msg_svc s = kernel_make_svc(1, 1);
	struct msg_dest d = kernel_make_dest(&s, 0, 2);

	(void)state;
	world_init(&w, 1);
	fill(&w);
	assert_false(mirror_send(w.mirror)); /* never seen the kernel yet */
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)), 0);
	assert_int_equal(door->requests, 16);
	assert_false(mirror_has_notes(w.mirror));
	set_dest(&w, &d);
	set_dest(&w, &d);
	assert_true(mirror_has_notes(w.mirror));
	assert_true(mirror_send(w.mirror));
	assert_int_equal(door->requests, 17);
	assert_true(mirror_send(w.mirror)); /* nothing noted, nothing sent */
	assert_int_equal(door->requests, 17);
	assert_true_table(&w);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 0);
	world_fini(&w);
}

static void
test_absent(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	door->is_absent = true;
	fill(&w);
	assert_false(mirror_send(w.mirror));
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)),
			 -ENOENT);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)),
			 -ENOENT);
	assert_int_equal(mirror_flush(w.mirror), -ENOENT);
	assert_false(mirror_stats_get(w.mirror).is_available);
	assert_int_equal(door->requests, 0);
	door->is_absent = false;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)), 0);
	assert_true(mirror_stats_get(w.mirror).is_available);
	assert_true_table(&w);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 0);
	/* And gone again, with its table. */
	door->is_absent = true;
	ipvs_table_reset(&door->kernel.t);
	ipvs_table_reset(&w.strangers);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)),
			 -ENOENT);
	assert_false(mirror_stats_get(w.mirror).is_available);
	assert_int_equal(mirror_leave(w.mirror), -ENOENT);
	world_fini(&w);
}

/* A service that lacks a part is tried each time, its servers not at all, all
 * else as ever; a change of it is tried at once. */
static void
test_refused(void **state)
{
	struct world w;
	struct msg_svc s = kernel_make_svc(2, 2), other;
	uint64_t sent;

	(void)state;
	world_init(&w, 3);
	door->refused = s.sched;
	fill(&w);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)), 0);
	assert_null(kernel_find_svc(&door->kernel.t, &s.key));
	assert_int_equal(door->kernel.t.svcs, w.strangers.svcs + 3);
	sent = door->requests;
	for (int64_t begin = w.now; w.now < begin + SEC(26);)
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_int_equal(door->requests, sent + 13);
	for (int64_t begin = w.now; w.now < begin + SEC(8);)
		(void)mirror_pass(w.mirror, MIRROR_TICK, world_now(&w));
	assert_int_equal(door->requests, sent + 17);
	other = kernel_make_svc(2, 3);
	set_svc(&w, &other);
	assert_false(mirror_send(w.mirror)); /* an edit of what is not there */
	assert_int_equal(mirror_pass(w.mirror, MIRROR_ERROR, world_now(&w)), 0);
	assert_true_table(&w);
	world_fini(&w);
}

/* Of many services that lack the same part one is tried; when it is there all
 * of them follow in the same comparison, and nobody is blamed. */
static void
test_part_comes(void **state)
{
	struct world w;
	struct msg_svc s;
	uint64_t sent;

	(void)state;
	world_init(&w, 7);
	for (uint32_t id = 0; id < OURS; id++) {
		s = kernel_make_svc(id, 2);
		set_svc(&w, &s);
		for (uint32_t k = 0; k < 3; k++) {
			struct msg_dest d = kernel_make_dest(&s, k, 1);

			set_dest(&w, &d);
		}
	}
	door->refused = s.sched;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)), 0);
	assert_int_equal(door->kernel.t.svcs, w.strangers.svcs);
	sent = door->requests;
	for (int i = 0; i < 40; i++) /* more than a minute */
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_int_equal(door->requests, sent + 40);
	door->refused = NULL;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_true_table(&w);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 0);
	world_fini(&w);
}

/* A kernel that knows no kinds of tunnels makes each a plain one and says that
 * all is well: seen with the next comparison, refused, not repaired for ever.
 */
static void
test_old_kernel(void **state)
{
	struct world w;
	struct msg_svc s = kernel_make_svc(1, 1);
	struct msg_dest plain = kernel_make_dest(&s, 1, 1);
	struct msg_dest gre = kernel_make_dest(&s, 2, 1);
	uint64_t sent;

	(void)state;
	world_init(&w, 8);
	door->lacks = IPVS_LACKS_TYPES | IPVS_LACKS_CSUM;
	gre.tun_type = IP_VS_CONN_F_TUNNEL_TYPE_GRE;
	set_svc(&w, &s);
	set_dest(&w, &plain);
	set_dest(&w, &gre);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)), 0);
	sent = door->requests;
	assert_int_equal(model_error(w.model, &s.key, &gre.key), 0);
	for (int i = 0; i < 40; i++)
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_int_equal(door->requests, sent);
	assert_int_equal(model_error(w.model, &s.key, &gre.key), -EOPNOTSUPP);
	assert_int_equal(model_error(w.model, &s.key, &plain.key), 0);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 0);
	door->lacks = 0; /* the next kernel has all */
	(void)mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w));
	assert_int_equal(model_error(w.model, &s.key, &gre.key), 0);
	assert_true_table(&w);
	world_fini(&w);
}

/* What was refused and got right without us is forgotten: its drift is put
 * back like any other's. */
static void
test_refusal_forgotten(void **state)
{
	struct world w;
	struct msg_svc s = kernel_make_svc(2, 2);
	struct ipvs_op del = {.kind = IPVS_OP_SVC_DEL, .svc = s};

	(void)state;
	world_init(&w, 4);
	door->refused = s.sched;
	fill(&w);
	(void)mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w));
	door->refused = NULL;
	for (int64_t begin = w.now; w.now < begin + SEC(40);)
		(void)mirror_pass(w.mirror, MIRROR_TICK, world_now(&w));
	assert_true_table(&w);
	assert_int_equal(kernel_do(&door->kernel, &del), 0);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_true_table(&w);
	world_fini(&w);
}

static void
test_repairs_counted(void **state)
{
	struct world w;
	struct msg_svc s = kernel_make_svc(1, 1);
	struct ipvs_op del = {.kind = IPVS_OP_SVC_DEL, .svc = s};

	(void)state;
	world_init(&w, 5);
	fill(&w);
	(void)mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w));
	assert_int_equal(kernel_do(&door->kernel, &del), 0);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 4);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 4);
	mirror_set_rcvbuf(w.mirror, 4096, false); /* refused: only told */
	assert_int_equal(mirror_flush(w.mirror), 0);
	assert_int_equal(door->kernel.t.svcs, 0);
	world_fini(&w);
	mirror_close(NULL);
}

/* Many changes on a slow kernel come in turns, each of them whole. */
static void
in_turns(int64_t step)
{
	struct world w;
	int turns = 0, rc;

	world_init(&w, 6);
	for (uint32_t id = 0; id < 3000; id++) {
		struct msg_svc s = kernel_make_svc(id, 1);

		for (uint32_t k = 0; k < 3; k++) {
			struct msg_dest d = kernel_make_dest(&s, k, 1);

			(void)model_svc_set(w.model, &s);
			(void)model_dest_set(w.model, &d);
		}
	}
	/* Those of the strangers are among them here: ours now. */
	ipvs_table_reset(&w.strangers);
	ipvs_table_reset(&door->kernel.t);
	test_clock.step = step;
	do {
		rc = mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w));
		assert_in_range(rc, 0, 1);
		turns++;
	} while (rc > 0 && turns < 100);
	test_clock.step = 0;
	assert_in_range(turns, 2, 4); /* 12,000 requests, slices of 4,096 */
	assert_int_equal(door->requests, 12000);
	assert_true_table(&w);
	world_fini(&w);
}

static void
test_turns(void **state)
{
	(void)state;
	in_turns(MSEC(400));
	in_turns(SEC(3)); /* reading alone takes longer than a turn */
}

enum { MANY = 200, FULL_ROUND = 6 };

/* Large tables: each comparison reads all services and some of the servers,
 * in turn; what is found leads to a look at all. */
static void
test_rounds(void **state)
{
	struct world w;
	struct msg_svc s;
	struct ipvs_op op = {.kind = IPVS_OP_DEST_EDIT};
	unsigned before, most = 0;

	(void)state;
	world_init(&w, 8);
	ipvs_table_reset(&w.strangers);
	ipvs_table_reset(&door->kernel.t);
	for (uint32_t id = 0; id < MANY; id++) {
		s = kernel_make_svc(id, 1);
		op.dest = kernel_make_dest(&s, 1, 1);
		(void)model_svc_set(w.model, &s);
		(void)model_dest_set(w.model, &op.dest);
	}
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)), 0);
	test_clock.step = MSEC(20); /* two looks at the clock are too long */
	for (int i = 0; i < FULL_ROUND; i++) {
		before = door->dest_dumps;
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
		if (door->dest_dumps - before > most)
			most = door->dest_dumps - before;
	}
	assert_in_range(most, MANY / 4, MANY / 4 + 4);
	/* A server of any service is put right within a round, together with
	 * all that is wrong elsewhere; a service at once. */
	for (uint32_t id = 0; id < MANY; id += 17) {
		int ticks = 0;

		s = kernel_make_svc(id, 1);
		op.kind = IPVS_OP_DEST_EDIT;
		op.dest = kernel_make_dest(&s, 1, 2);
		assert_int_equal(kernel_do(&door->kernel, &op), 0);
		while (kernel_find_dest(&door->kernel.t, &op.dest.key)
			       ->weight != 1) {
			assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK,
						     world_now(&w)),
					 0);
			assert_in_range(++ticks, 1, FULL_ROUND);
		}
		s = kernel_make_svc((id + 5) % MANY, 1);
		op.dest = kernel_make_dest(&s, 1, 2);
		assert_int_equal(kernel_do(&door->kernel, &op), 0);
		op.kind = IPVS_OP_SVC_DEL;
		op.svc = kernel_make_svc(id, 1);
		assert_int_equal(kernel_do(&door->kernel, &op), 0);
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
		assert_true_table(&w);
	}
	test_clock.step = 0;
	world_fini(&w);
}

static void
test_timeouts(void **state)
{
	struct ipvs_timeouts t = {.tcp = 900, .tcpfin = -1, .udp = 30};
	struct world w;

	(void)state;
	world_init(&w, 7);
	door->timeouts = (struct ipvs_timeouts){500, 60, 70};
	mirror_set_timeouts(w.mirror, &t);
	assert_int_equal(door->n_timeouts, 0); /* nobody asked for IPVS yet */
	fill(&w);
	(void)mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w));
	assert_int_equal(door->n_timeouts, 1);
	assert_int_equal(door->timeouts.tcp, 900);
	assert_int_equal(door->timeouts.tcpfin, 60);
	/* Another wish; what it does not name is as before the first one. */
	t = (struct ipvs_timeouts){.tcp = -1, .tcpfin = 5, .udp = -1};
	mirror_set_timeouts(w.mirror, &t);
	assert_int_equal(door->timeouts.tcp, 500);
	assert_int_equal(door->timeouts.tcpfin, 5);
	assert_int_equal(door->timeouts.udp, 70);
	/* The module came anew: so do they. */
	door->is_unknown = true;
	door->timeouts = (struct ipvs_timeouts){900, 120, 300};
	(void)mirror_pass(w.mirror, MIRROR_TICK, world_now(&w));
	assert_int_equal(door->n_timeouts, 3);
	assert_int_equal(door->timeouts.tcpfin, 5);
	mirror_set_timeouts(w.mirror, NULL);
	assert_int_equal(door->n_timeouts, 4);
	assert_int_equal(door->timeouts.tcp, 900);
	assert_int_equal(door->timeouts.tcpfin, 120);
	mirror_set_timeouts(w.mirror, NULL);
	assert_int_equal(door->n_timeouts, 4); /* no wish, no request */
	world_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single_changes),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_part_comes),
		cmocka_unit_test(test_old_kernel),
		cmocka_unit_test(test_refusal_forgotten),
		cmocka_unit_test(test_repairs_counted),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_timeouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
