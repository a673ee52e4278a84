/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What tracked objects make of a priority: sums, results in a row, and that
 * every order of changes ends in the same sum. */
#include "vrrp/track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"
#include "vrrp/conf.h"
#include "vrrp/track_table.h"

static const monotime_t t0 = {SEC(50)};
static const struct track_state up = {.level = TRACK_UP};
static const struct track_state down = {.level = TRACK_DOWN};
static const struct track_state unknown = {.level = TRACK_UNKNOWN};

static struct track_state
value(int64_t v)
{
	return (struct track_state){.has_value = true, .value = v};
}

static struct track_sum
one(struct track_state st, int32_t weight, bool reverse)
{
	struct track_sum s = {0};

	track_sum_add(&s, &st, weight, reverse);
	return s;
}

static void
weights_have_a_direction(void **state)
{
	static const struct {
		const struct track_state *st;
		int32_t weight;
		bool reverse;
		int64_t delta;
	} row[] = {
		{&up, 7, false, 7},	  {&down, 7, false, 0},
		{&up, -7, false, 0},	  {&down, -7, false, -7},
		{&up, 7, true, -7},	  {&down, 7, true, 0},
		{&up, -7, true, 0},	  {&down, -7, true, 7},
		{&unknown, 7, false, 0},  {&unknown, -7, false, 0},
		{&unknown, -7, true, 0},  {&up, 253, false, 253},
		{&down, -253, true, 253},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct track_sum s =
			one(*row[i].st, row[i].weight, row[i].reverse);

		assert_int_equal(s.delta, row[i].delta);
		assert_int_equal(s.down, 0);
		assert_int_equal(s.unknown, 0);
	}
}

static void
no_weight_means_fault(void **state)
{
	(void)state;
	assert_int_equal(one(up, 0, false).down, 0);
	assert_int_equal(one(down, 0, false).down, 1);
	assert_int_equal(one(up, 0, true).down, 1);
	assert_int_equal(one(down, 0, true).down, 0);
	assert_int_equal(one(unknown, 0, false).down, 0);
	assert_int_equal(one(unknown, 0, true).down, 0);
	assert_int_equal(one(unknown, 0, false).unknown, 1);
	assert_int_equal(one(down, 0, false).delta, 0);
}

static void
files_have_a_value(void **state)
{
	(void)state;
	assert_int_equal(one(value(5), 2, false).delta, 10);
	assert_int_equal(one(value(5), 2, true).delta, -10);
	assert_int_equal(one(value(-5), 2, false).delta, -10);
	assert_int_equal(one(value(0), 0, false).down, 0);
	assert_int_equal(one(value(3), 0, false).down, 1);
	assert_int_equal(one(value(-3), 0, false).down, 1);
	assert_int_equal(one(value(0), 0, true).down, 1);
	/* cut, not wrapped */
	assert_int_equal(one(value(INT64_MAX), 254, false).delta, 254);
	assert_int_equal(one(value(-200), 2, false).down, 1);
	assert_int_equal(one(value(-200), 2, false).delta, 0);
	assert_int_equal(one(value(INT64_MIN), 1, false).down, 1);
	assert_int_equal(one(value(-253), 1, false).delta, -253);
	assert_int_equal(one(value(-253), 1, false).down, 0);
}

static void
priority_stays_in_range(void **state)
{
	struct track_sum s = {.delta = 0};

	(void)state;
	assert_int_equal(track_priority(100, &s), 100);
	s.delta = -10;
	assert_int_equal(track_priority(100, &s), 90);
	s.delta = -400;
	assert_int_equal(track_priority(100, &s), 1);
	s.delta = 400;
	assert_int_equal(track_priority(100, &s), 254);
	assert_int_equal(track_priority(255, &s), 255);
	s.delta = -400;
	assert_int_equal(track_priority(255, &s), 255);
}

/* Cutting each step would not commute; only the end is cut. */
static void
sums_are_cut_at_the_end(void **state)
{
	struct track_sum s = {0};

	(void)state;
	track_sum_add(&s, &up, 253, false);
	track_sum_add(&s, &down, -253, false);
	track_sum_add(&s, &up, 10, false);
	assert_int_equal(track_priority(100, &s), 110);
}

static void
rise_and_fall(void **state)
{
	struct track_fold f = track_fold_init(false, 3);

	(void)state;
	assert_int_equal(f.level, TRACK_UNKNOWN);
	/* The first result decides alone. */
	assert_true(track_fold_step(&f, true, 3, 2));
	assert_int_equal(f.level, TRACK_UP);
	assert_false(track_fold_step(&f, false, 3, 2));
	assert_false(track_fold_step(&f, true, 3, 2)); /* counts anew */
	assert_false(track_fold_step(&f, false, 3, 2));
	assert_true(track_fold_step(&f, false, 3, 2));
	assert_int_equal(f.level, TRACK_DOWN);
	assert_false(track_fold_step(&f, false, 3, 2));
	assert_false(track_fold_step(&f, true, 3, 2));
	assert_false(track_fold_step(&f, true, 3, 2));
	assert_true(track_fold_step(&f, true, 3, 2));
	assert_int_equal(f.level, TRACK_UP);
	f = track_fold_init(false, 3);
	assert_true(track_fold_step(&f, false, 3, 9));
	assert_int_equal(f.level, TRACK_DOWN);
	/* init_fail: down, and one success is enough. */
	f = track_fold_init(true, 3);
	assert_int_equal(f.level, TRACK_DOWN);
	assert_true(track_fold_step(&f, true, 3, 2));
	/* ... but it must be the first result. */
	f = track_fold_init(true, 3);
	assert_false(track_fold_step(&f, false, 3, 2));
	assert_false(track_fold_step(&f, true, 3, 2));
}

static void
quorum(void **state)
{
	(void)state;
	assert_int_equal(track_quorum_level(0, 1, UINT32_MAX), TRACK_DOWN);
	assert_int_equal(track_quorum_level(1, 1, UINT32_MAX), TRACK_UP);
	assert_int_equal(track_quorum_level(3, 1, 2), TRACK_DOWN);
	assert_int_equal(track_quorum_level(0, 0, 0), TRACK_UP);
	assert_int_equal(track_quorum_level(1, 0, 0), TRACK_DOWN);
}

/* ---- the table ---- */

static uint64_t seed = 88172645463325252ULL;

static uint32_t
any(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % n;
}

#define REFS 12

struct fixture {
	struct track_table t;
	struct track_ref_conf conf[REFS];
	struct conf_list list[TRACK_KINDS];
	struct track_refs refs;
};

static void
fixture_init(struct fixture *f)
{
	static const char *const names[REFS] = {"a", "b", "c", "d", "e", "f",
						"g", "h", "i", "j", "k", "l"};

	memset(f, 0, sizeof(*f));
	track_table_init(&f->t);
	for (size_t k = 0; k < TRACK_KINDS; k++)
		STAILQ_INIT(&f->list[k]);
	for (size_t i = 0; i < REFS; i++) {
		f->conf[i].obj.name = names[i];
		/* what names a gateway */
		f->conf[i].addr.family = AF_INET;
		f->conf[i].addr.bytes[3] = (uint8_t)(i + 1);
		f->conf[i].weight = any(4) == 0 ? 0 : (int32_t)any(507) - 253;
		f->conf[i].reverse = any(2) == 0;
		STAILQ_INSERT_TAIL(&f->list[i % TRACK_KINDS], &f->conf[i].obj,
				   link);
	}
	for (size_t k = 0; k < TRACK_KINDS; k++)
		track_refs_add(&f->refs, &f->t, (enum track_kind)k, &f->list[k],
			       t0);
}

static void
fixture_fini(struct fixture *f)
{
	track_refs_clear(&f->refs);
	track_table_sweep(&f->t);
	assert_null(f->t.all);
	track_table_fini(&f->t);
}

static struct track_state
any_state(const struct track_obj *o)
{
	if (o->key.kind == TRACK_FILE)
		return value((int64_t)any(600) - 300);
	return (struct track_state){.level = (enum track_level)any(3)};
}

/* However it came about, a sum is that of the last states. */
static void
order_does_not_matter(void **state)
{
	(void)state;
	for (int round = 0; round < 500; round++) {
		struct fixture f;
		struct track_state last[REFS];
		struct track_sum a = {0}, b = {0};

		fixture_init(&f);
		for (int step = 0; step < 100; step++) {
			struct track_obj *o = f.refs.ref[any(REFS)].obj;
			struct track_state st = any_state(o);

			track_obj_set(o, &st, t0);
		}
		track_refs_fold(&f.refs, true, &a);
		for (uint32_t i = 0; i < REFS; i++)
			last[i] = f.refs.ref[i].obj->state;
		for (uint32_t i = 0; i < REFS; i++)
			track_obj_set(f.refs.ref[i].obj, &unknown, t0);
		for (uint32_t n = 0, at = any(REFS); n < REFS; n++) {
			at = (at + 5) % REFS; /* 5 and 12: each once */
			track_obj_set(f.refs.ref[at].obj, &last[at], t0);
		}
		track_refs_fold(&f.refs, true, &b);
		assert_memory_equal(&a, &b, sizeof(a));
		assert_int_equal(track_priority(100, &a),
				 track_priority(100, &b));
		fixture_fini(&f);
	}
}

static void
without_weights_only_fault_counts(void **state)
{
	struct fixture f;
	struct track_sum s = {0};
	uint32_t zero = 0;

	(void)state;
	fixture_init(&f);
	for (uint32_t i = 0; i < REFS; i++) {
		struct track_state st = {
			.level = f.refs.ref[i].reverse ? TRACK_UP : TRACK_DOWN};

		zero += f.refs.ref[i].weight == 0;
		track_obj_set(f.refs.ref[i].obj, &st, t0);
	}
	track_refs_fold(&f.refs, false, &s);
	assert_int_equal(s.delta, 0);
	assert_int_equal(s.down, zero);
	fixture_fini(&f);
}

/* A reload fills the references anew before it sweeps: states stay. */
static void
state_outlives_references(void **state)
{
	struct fixture f;
	struct track_refs anew = {.n = 0};
	struct track_obj *o;

	(void)state;
	fixture_init(&f);
	o = f.refs.ref[0].obj;
	assert_true(track_obj_set(o, &down, t0));
	assert_false(track_obj_set(o, &down, monotime_add(t0, SEC(1))));
	assert_int_equal(o->since.ns, t0.ns);
	track_refs_add(&anew, &f.t, TRACK_INTERFACE, &f.list[TRACK_INTERFACE],
		       monotime_add(t0, SEC(9)));
	track_refs_clear(&f.refs);
	track_table_sweep(&f.t);
	assert_ptr_equal(track_table_find(&f.t, TRACK_INTERFACE, "a"), o);
	assert_int_equal(o->state.level, TRACK_DOWN);
	assert_null(track_table_find(&f.t, TRACK_SCRIPT, "b"));
	f.refs = anew;
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_have_a_direction),
		cmocka_unit_test(no_weight_means_fault),
		cmocka_unit_test(files_have_a_value),
		cmocka_unit_test(priority_stays_in_range),
		cmocka_unit_test(sums_are_cut_at_the_end),
		cmocka_unit_test(rise_and_fall),
		cmocka_unit_test(quorum),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(without_weights_only_fault_counts),
		cmocka_unit_test(state_outlives_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
