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

#include "ipvs/mirror.h"
#include "tests/unit/ipvs_door.h"

enum { OURS = 24, STRANGERS = 6, STEPS = 60 };

/* ---- a clock that moves when it is looked at ---- */

static struct {
	int64_t ns, step;
} test_clock;

monotime_t
monotime_now(void)
{
	test_clock.ns += test_clock.step;
	return (monotime_t){test_clock.ns};
}

/* ---- changes of the model, as the engine makes them ---- */

struct world {
	struct model *model;
	struct mirror *mirror;
	struct ipvs_table strangers;
	uint64_t seed;
	int64_t now;
};

static monotime_t
now(struct world *w)
{
	w->now += SEC(2);
	return (monotime_t){w->now};
}

static void
note(struct world *w, enum ipvs_op_kind kind, const struct msg_svc *s,
     const struct msg_dest *d)
{
	struct ipvs_op op = {.kind = kind};

	if (d != NULL)
		op.dest = *d;
	else
		op.svc = *s;
	mirror_note(w->mirror, &op);
}

static void
set_svc(struct world *w, const struct msg_svc *s)
{
	enum model_change c = model_svc_set(w->model, s);

	if (c != MODEL_SAME)
		note(w, c == MODEL_ADDED ? IPVS_OP_SVC_ADD : IPVS_OP_SVC_EDIT,
		     s, NULL);
}

static void
set_dest(struct world *w, const struct msg_dest *d)
{
	enum model_change c = model_dest_set(w->model, d);

	if (c == MODEL_ADDED || c == MODEL_CHANGED)
		note(w, c == MODEL_ADDED ? IPVS_OP_DEST_ADD : IPVS_OP_DEST_EDIT,
		     NULL, d);
}

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
world_init(struct world *w, uint64_t seed)
{
	*w = (struct world){.model = model_new(), .seed = seed};
	assert_int_equal(mirror_open(w->model, &w->mirror), 0);
	kernel_random_table(&w->strangers, &w->seed, OURS, OURS + STRANGERS,
			    70);
	kernel_copy_table(&door->kernel.t, &w->strangers);
}

static void
world_fini(struct world *w)
{
	mirror_close(w->mirror);
	model_free(w->model);
	ipvs_table_fini(&w->strangers);
}

/* The kernel holds what is wanted and the strangers, and that is all. */
static void
assert_true_table(struct world *w)
{
	struct ipvs_table want = IPVS_TABLE_INIT;

	kernel_copy_table(&want, model_table(w->model));
	kernel_copy_table(&want, &w->strangers);
	assert_true(kernel_is_same(&want, &door->kernel.t));
	ipvs_table_fini(&want);
	assert_int_equal(model_leaving(w->model)->svcs, 0);
}

static void
settle(struct world *w)
{
	/* Faults may break a pass off; they do not last. */
	door->seed = 0;
	door->is_absent = false;
	(void)mirror_pass(w->mirror, MIRROR_TICK, now(w));
	assert_int_equal(mirror_pass(w->mirror, MIRROR_TICK, now(w)), 0);
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
			(void)mirror_pass(w.mirror, MIRROR_ERROR, now(&w));
		if (kernel_rnd(&w.seed, 4) == 0)
			settle(&w);
		assert_int_equal(door->kernel.touched_right, 0);
	}
	settle(&w);
	/* In peace nothing is sent. */
	sent = mirror_stats_get(w.mirror).requests;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)), 0);
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
	assert_int_equal(mirror_pass(w->mirror, MIRROR_SYNC, now(w)), 0);
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
		assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)),
				 0);
	else if (!mirror_send(w.mirror))
		assert_int_equal(mirror_pass(w.mirror, MIRROR_ERROR, now(&w)),
				 0);
	assert_int_equal(door->fail_in, 0); /* it did hit */
	if (error == -ENOMEM)
		assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)),
				 0);
	assert_true_table(&w);
	/* Nobody else has changed anything, unless the error says so. */
	if (error != -ESRCH && error != -EEXIST)
		assert_int_equal(mirror_stats_get(w.mirror).repairs, 0);
	sent = door->requests;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)), 0);
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
		assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)),
				 0);
		assert_int_equal(door->requests, sent);
		door->missed = n;
		assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)),
				 0);
		assert_true_table(&w);
	}
	assert_int_equal(door->kernel.touched_right, 0);
	/* For ever: no harm, and it is said that it does not work. */
	door->twice = 1000;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)), -EAGAIN);
	assert_true_table(&w);
	door->twice = 0;
	/* The service to be deleted is the last of the dump, and missing. */
	world_fini(&w);
	world_init(&w, 9);
	ipvs_table_reset(&door->kernel.t);
	ipvs_table_reset(&w.strangers);
	(void)model_svc_set(w.model, &s);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)), 0);
	(void)model_svc_del(w.model, &s.key);
	door->missed = 1;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_ERROR, now(&w)), 0);
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
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)), 0);
	assert_true_table(&w);
	world_fini(&w);
}

/* ---- single promises ---- */

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
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)), 0);
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
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)), -ENOENT);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)), -ENOENT);
	assert_int_equal(mirror_flush(w.mirror), -ENOENT);
	assert_false(mirror_stats_get(w.mirror).is_available);
	assert_int_equal(door->requests, 0);
	door->is_absent = false;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)), 0);
	assert_true(mirror_stats_get(w.mirror).is_available);
	assert_true_table(&w);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 0);
	/* And gone again, with its table. */
	door->is_absent = true;
	ipvs_table_reset(&door->kernel.t);
	ipvs_table_reset(&w.strangers);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)), -ENOENT);
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
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)), 0);
	assert_null(kernel_find_svc(&door->kernel.t, &s.key));
	assert_int_equal(door->kernel.t.svcs, w.strangers.svcs + 3);
	sent = door->requests;
	for (int64_t begin = w.now; w.now < begin + SEC(26);)
		assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)),
				 0);
	assert_int_equal(door->requests, sent + 13);
	for (int64_t begin = w.now; w.now < begin + SEC(8);)
		(void)mirror_pass(w.mirror, MIRROR_TICK, now(&w));
	assert_int_equal(door->requests, sent + 17);
	other = kernel_make_svc(2, 3);
	set_svc(&w, &other);
	assert_false(mirror_send(w.mirror)); /* an edit of what is not there */
	assert_int_equal(mirror_pass(w.mirror, MIRROR_ERROR, now(&w)), 0);
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
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)), 0);
	assert_int_equal(door->kernel.t.svcs, w.strangers.svcs);
	sent = door->requests;
	for (int i = 0; i < 40; i++) /* more than a minute */
		assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)),
				 0);
	assert_int_equal(door->requests, sent + 40);
	door->refused = NULL;
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)), 0);
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
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)), 0);
	sent = door->requests;
	assert_int_equal(model_error(w.model, &s.key, &gre.key), 0);
	for (int i = 0; i < 40; i++)
		assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)),
				 0);
	assert_int_equal(door->requests, sent);
	assert_int_equal(model_error(w.model, &s.key, &gre.key), -EOPNOTSUPP);
	assert_int_equal(model_error(w.model, &s.key, &plain.key), 0);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 0);
	door->lacks = 0; /* the next kernel has all */
	(void)mirror_pass(w.mirror, MIRROR_SYNC, now(&w));
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
	(void)mirror_pass(w.mirror, MIRROR_SYNC, now(&w));
	door->refused = NULL;
	for (int64_t begin = w.now; w.now < begin + SEC(40);)
		(void)mirror_pass(w.mirror, MIRROR_TICK, now(&w));
	assert_true_table(&w);
	assert_int_equal(kernel_do(&door->kernel, &del), 0);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)), 0);
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
	(void)mirror_pass(w.mirror, MIRROR_SYNC, now(&w));
	assert_int_equal(kernel_do(&door->kernel, &del), 0);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)), 0);
	assert_int_equal(mirror_stats_get(w.mirror).repairs, 4);
	assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)), 0);
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
		rc = mirror_pass(w.mirror, MIRROR_SYNC, now(&w));
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
	assert_int_equal(mirror_pass(w.mirror, MIRROR_SYNC, now(&w)), 0);
	test_clock.step = MSEC(20); /* two looks at the clock are too long */
	for (int i = 0; i < FULL_ROUND; i++) {
		before = door->dest_dumps;
		assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)),
				 0);
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
			assert_int_equal(
				mirror_pass(w.mirror, MIRROR_TICK, now(&w)), 0);
			assert_in_range(++ticks, 1, FULL_ROUND);
		}
		s = kernel_make_svc((id + 5) % MANY, 1);
		op.dest = kernel_make_dest(&s, 1, 2);
		assert_int_equal(kernel_do(&door->kernel, &op), 0);
		op.kind = IPVS_OP_SVC_DEL;
		op.svc = kernel_make_svc(id, 1);
		assert_int_equal(kernel_do(&door->kernel, &op), 0);
		assert_int_equal(mirror_pass(w.mirror, MIRROR_TICK, now(&w)),
				 0);
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
	(void)mirror_pass(w.mirror, MIRROR_SYNC, now(&w));
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
	(void)mirror_pass(w.mirror, MIRROR_TICK, now(&w));
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
		cmocka_unit_test(test_under_fire),
		cmocka_unit_test(test_any_fault),
		cmocka_unit_test(test_torn_dumps),
		cmocka_unit_test(test_replaced),
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
