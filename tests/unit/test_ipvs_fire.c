/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The mirror under fire: its door (ipvs/genl.h) is a model kernel here that
 * other writers edit, that loses answers, interrupts dumps, refuses entries
 * and comes and goes.  Whatever happens, some passes later it holds what is
 * wanted, strangers' services are as they were, and nothing right was edited.
 */
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

enum { STEPS = 60 };

static void
random_change(struct world *w)
{
	struct msg_svc s = kernel_make_svc(kernel_rnd(&w->seed, OURS),
					   kernel_rnd(&w->seed, 3));
	struct msg_dest d = kernel_make_dest(&s, kernel_rnd(&w->seed, 6),
					     kernel_rnd(&w->seed, 4));

	switch (kernel_rnd(&w->seed, 8)) {
	case 0:
		(void)model_svc_del(w->model, &s.key);
		note(w, IPVS_OP_SVC_DEL, &s, NULL);
		break;
	case 1:
		if (model_dest_del(w->model, &d.key) == MODEL_DELETED)
			note(w, IPVS_OP_DEST_DEL, NULL, &d);
		break;
	case 2:
	case 3:
		set_svc(w, &s);
		break;
	default:
		set_dest(w, &d);
	}
}

/* Another writer, at one of our services (never at a stranger's). */
static void
random_damage(struct world *w)
{
	struct msg_svc s = kernel_make_svc(kernel_rnd(&w->seed, OURS),
					   kernel_rnd(&w->seed, 3));
	struct msg_dest d = kernel_make_dest(&s, kernel_rnd(&w->seed, 8),
					     kernel_rnd(&w->seed, 4));
	enum ipvs_op_kind kind =
		(enum ipvs_op_kind)kernel_rnd(&w->seed, IPVS_OP_DEST_DEL + 1);
	struct ipvs_op op = {.kind = kind};

	/* What is nobody's would be a new stranger's. */
	if (!model_owns(w->model, &s.key))
		return;
	if (ipvs_op_is_dest(kind))
		op.dest = d;
	else
		op.svc = s;
	(void)kernel_do(&door->kernel, &op); /* refused is fine */
}

static void
settle(struct world *w)
{
	/* Faults may break a pass off; they do not last. */
	door->seed = 0;
	door->is_absent = false;
	(void)mirror_pass(w->mirror, MIRROR_TICK, world_now(w));
	assert_int_equal(mirror_pass(w->mirror, MIRROR_TICK, world_now(w)), 0);
	assert_true_table(w);
}

static void
one_life(uint64_t seed)
{
	struct world w;
	uint64_t sent;
	bool is_sent;

	world_init(&w, seed);
	for (int step = 0; step < STEPS; step++) {
		door->seed = seed * 1000 + (uint64_t)step + 1;
		for (uint32_t i = kernel_rnd(&w.seed, 12); i-- > 0;)
			random_change(&w);
		if (kernel_rnd(&w.seed, 3) == 0)
			random_damage(&w);
		if (kernel_rnd(&w.seed, 20) == 0)
			door->is_unknown = true; /* module reloaded */
		is_sent = mirror_send(w.mirror);
		/* A single change is sent unseen; a pass knows better. */
		door->kernel.touched_right = 0;
		if (!is_sent)
			(void)mirror_pass(w.mirror, MIRROR_ERROR,
					  world_now(&w));
		if (kernel_rnd(&w.seed, 4) == 0)
			settle(&w);
		assert_int_equal(door->kernel.touched_right, 0);
	}
	settle(&w);
	/* In peace nothing is sent. */
	sent = mirror_stats_get(w.mirror).requests;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_int_equal(mirror_stats_get(w.mirror).requests, sent);
	/* And at the end ours go, the strangers' stay. */
	assert_int_equal(mirror_leave(w.mirror), 0);
	assert_true(kernel_is_same(&door->kernel.t, &w.strangers));
	world_fini(&w);
}

static void
test_under_fire(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++)
		one_life(seed);
}

/* ---- one fault, anywhere ---- */

/* Errors that the kernel or the transport can give to each kind of request
 * without meaning that it will never do it. */
static const struct {
	int error;
	bool of_add, of_edit, of_del;
} faults[] = {
	{-ENOBUFS, true, true, true},	{-EINTR, true, true, true},
	{-EAGAIN, true, true, true},	{-ENOMEM, true, true, true},
	{-ESRCH, true, true, false},	{-EEXIST, true, false, false},
	{-ETIMEDOUT, true, true, true},
};

static void
begin_faults(struct world *w, bool is_full)
{
	world_init(w, 9);
	for (uint32_t id = 1; is_full && id < 5; id++) {
		struct msg_svc s = kernel_make_svc(id, id);

		(void)model_svc_set(w->model, &s);
		for (uint32_t k = 0; k < 3; k++) {
			struct msg_dest d = kernel_make_dest(&s, k, 1);

			(void)model_dest_set(w->model, &d);
		}
	}
	assert_int_equal(mirror_pass(w->mirror, MIRROR_SYNC, world_now(w)), 0);
}

/* Sixteen requests of one kind: 4 services, 12 servers. */
static void
change_all(struct world *w, enum ipvs_op_kind what)
{
	for (uint32_t id = 1; id < 5; id++) {
		struct msg_svc s = kernel_make_svc(
			id, what == IPVS_OP_SVC_EDIT ? id + 1 : id);

		if (what == IPVS_OP_SVC_DEL) {
			(void)model_svc_del(w->model, &s.key);
			note(w, IPVS_OP_SVC_DEL, &s, NULL);
			continue;
		}
		set_svc(w, &s);
		for (uint32_t k = 0; k < 3; k++) {
			struct msg_dest d = kernel_make_dest(
				&s, k, what == IPVS_OP_SVC_EDIT ? 2 : 1);

			set_dest(w, &d);
		}
	}
}

/* The table is true at once, and after the next comparison at the latest
 * where there was no memory. */
static void
one_fault(enum ipvs_op_kind what, unsigned place, int error, bool is_done,
	  bool is_sync)
{
	struct world w;
	uint64_t sent;

	begin_faults(&w, what != IPVS_OP_SVC_ADD);
	change_all(&w, what);
	door->fail_in = place;
	door->fail_error = error;
	door->fail_is_done = is_done;
	if (is_sync)
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)), 0);
	else if (!mirror_send(w.mirror))
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_ERROR, world_now(&w)), 0);
	assert_int_equal(door->fail_in, 0); /* it did hit */
	if (error == -ENOMEM)
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_true_table(&w);
	/* Nobody else has changed anything, unless the error says so. */
	if (error != -ESRCH && error != -EEXIST)
		assert_int_equal(mirror_stats_get(w.mirror).repairs, 0);
	sent = door->requests;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
	assert_int_equal(door->requests, sent);
	world_fini(&w);
}

static void
test_any_fault(void **state)
{
	(void)state;
	for (size_t f = 0; f < sizeof(faults) / sizeof(faults[0]); f++)
		for (unsigned i = 0; i < 16 * 4; i++) {
			unsigned place = i / 4 + 1;
			bool is_done = i & 1, is_sync = i & 2;

			if (faults[f].of_add)
				one_fault(IPVS_OP_SVC_ADD, place,
					  faults[f].error, is_done, is_sync);
			if (faults[f].of_edit)
				one_fault(IPVS_OP_SVC_EDIT, place,
					  faults[f].error, is_done, is_sync);
			if (faults[f].of_del && place <= 4)
				one_fault(IPVS_OP_SVC_DEL, place,
					  faults[f].error, is_done, is_sync);
		}
}

/* A dump that others wrote into shows an entry twice, or misses one: what is
 * right is not touched, and what shall leave is not forgotten. */
static void
test_torn_dumps(void **state)
{
	struct world w;
	struct msg_svc s = kernel_make_svc(2, 2);

	(void)state;
	begin_faults(&w, true);
	door->kernel.touched_right = 0;
	for (unsigned n = 1; n <= 3; n++) {
		uint64_t sent = door->requests;

		door->twice = n;
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
		assert_int_equal(door->requests, sent);
		door->missed = n;
		assert_int_equal(
			mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)), 0);
		assert_true_table(&w);
	}
	assert_int_equal(door->kernel.touched_right, 0);
	/* For ever: no harm, and it is said that it does not work. */
	door->twice = 1000;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, world_now(&w)),
			 -EAGAIN);
	assert_true_table(&w);
	door->twice = 0;
	/* The service to be deleted is the last of the dump, and missing. */
	world_fini(&w);
	world_init(&w, 9);
	ipvs_table_reset(&door->kernel.t);
	ipvs_table_reset(&w.strangers);
	(void)model_svc_set(w.model, &s);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)), 0);
	(void)model_svc_del(w.model, &s.key);
	door->missed = 1;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_ERROR, world_now(&w)), 0);
	assert_int_equal(door->kernel.t.svcs, 0);
	assert_int_equal(model_leaving(w.model)->svcs, 0);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 0);
	world_fini(&w);
}

/* The module is replaced between a dump and the first request. */
static void
test_replaced(void **state)
{
	struct world w;

	(void)state;
	begin_faults(&w, false);
	change_all(&w, IPVS_OP_SVC_ADD);
	door->is_replaced = true;
	ipvs_table_reset(&w.strangers);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, world_now(&w)), 0);
	assert_true_table(&w);
	world_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_under_fire),
		cmocka_unit_test(test_any_fault),
		cmocka_unit_test(test_torn_dumps),
		cmocka_unit_test(test_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
