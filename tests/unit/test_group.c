/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sync groups: real state machines, their group's decisions, no router. */
#include "vrrp/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define N    3
#define T(s) ((monotime_t){SEC(1000) + (nsec_t)((s)*SEC(1))})

struct rig {
	struct vrrp_group g;
	struct vrrp_member member[N];
	struct vrrp_fsm fsm[N];
	struct vrrp_params params[N];
	uint32_t resigned, announced; /* sets of members */
	uint32_t steps;
};

static void
act(void *arg, uint32_t i, const struct vrrp_event *ev, monotime_t now)
{
	struct rig *r = arg;
	struct vrrp_effects fx = {0};

	r->params[i].is_grouped = !vrrp_group_is_owner(&r->g);
	vrrp_fsm_step(&r->fsm[i], &r->params[i], ev, now, &fx);
	for (uint32_t k = 0; k < fx.n; k++) {
		if (fx.e[k].kind == VRRP_FX_RESIGN)
			r->resigned |= 1u << i;
		if (fx.e[k].kind == VRRP_FX_ANNOUNCE)
			r->announced |= 1u << i;
	}
	r->steps++;
}

static struct addr
ip(uint32_t host)
{
	struct addr a = {.family = 2, .bytes = {10, 0, 0}};

	a.bytes[3] = (uint8_t)host;
	return a;
}

static void
init(struct rig *r)
{
	*r = (struct rig){.g = {.n = N, .member = r->member}};
	for (uint32_t i = 0; i < N; i++) {
		r->fsm[i] = vrrp_fsm_init();
		r->params[i] = vrrp_params_init(VRRP_V2);
		r->params[i].source = ip(10);
		r->member[i] = (struct vrrp_member){
			.fsm = &r->fsm[i],
			.params = &r->params[i],
			.tie_at = {INT64_MIN / 2},
		};
	}
}

static void
step(struct rig *r, uint32_t i, const struct vrrp_event *ev, monotime_t now)
{
	vrrp_group_step(&r->g, i, ev, now, act, r);
}

static void
give(struct rig *r, uint32_t i, enum vrrp_event_kind kind, monotime_t now)
{
	step(r, i, &(struct vrrp_event){.kind = kind}, now);
}

static void
unmet(struct rig *r, uint32_t i, uint32_t set, monotime_t now)
{
	step(r, i, &(struct vrrp_event){.kind = VRRP_EV_UNMET, .unmet = set},
	     now);
}

static void
hear(struct rig *r, uint32_t i, uint8_t priority, uint32_t host, monotime_t now)
{
	struct vrrp_event ev = {.kind = VRRP_EV_ADVERT,
				.priority = priority,
				.interval = SEC(1),
				.src = ip(host)};

	step(r, i, &ev, now);
}

static void
start(struct rig *r)
{
	for (uint32_t i = 0; i < N; i++)
		give(r, i, VRRP_EV_START, T(0));
}

static void
make_masters(struct rig *r)
{
	start(r);
	give(r, 0, VRRP_EV_TIMER, T(10));
}

static void
assert_all(const struct rig *r, enum vrrp_state s)
{
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(r->fsm[i].state, s);
	assert_int_equal(vrrp_group_state(&r->g), s);
}

/* ---- take-over ---- */

static void
test_together(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	start(&r);
	assert_all(&r, VRRP_BACKUP);
	give(&r, 1, VRRP_EV_TIMER, T(3.5)); /* down at 3.609 */
	assert_all(&r, VRRP_BACKUP);
	give(&r, 1, VRRP_EV_TIMER, T(3.7));
	assert_all(&r, VRRP_MASTER);
	assert_int_equal(r.announced, 7);
}

static void
test_bad_link(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	start(&r);
	for (int s = 0; s < 8; s++) {
		hear(&r, 0, 150, 20, T(0.5 + s));
		hear(&r, 2, 150, 20, T(0.5 + s));
		give(&r, 1, VRRP_EV_TIMER, T(0.9 + s));
	}
	assert_all(&r, VRRP_BACKUP); /* member 1 has heard nobody */
	/* the master dies; the others' timers end 3.609 s after 7.5 */
	give(&r, 1, VRRP_EV_TIMER, T(11));
	assert_all(&r, VRRP_BACKUP);
	give(&r, 1, VRRP_EV_TIMER, T(11.11));
	assert_all(&r, VRRP_MASTER);
}

static void
test_farewell_on_one(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	start(&r);
	for (uint32_t i = 0; i < N; i++)
		hear(&r, i, 150, 20, T(1));
	hear(&r, 0, 0, 20, T(1.5)); /* skew: 0.609 s */
	give(&r, 0, VRRP_EV_TIMER, T(2.2));
	assert_all(&r, VRRP_BACKUP); /* others may yet hear it */
	hear(&r, 1, 150, 20, T(2.3));
	give(&r, 0, VRRP_EV_TIMER, T(3));
	assert_all(&r, VRRP_BACKUP); /* and one does */
	give(&r, 0, VRRP_EV_TIMER, T(4));
	assert_all(&r, VRRP_MASTER); /* overdue everywhere */
}

static void
test_farewell_on_all(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	start(&r);
	for (uint32_t i = 0; i < N; i++)
		hear(&r, i, 150, 20, T(1));
	for (uint32_t i = 0; i < N; i++)
		hear(&r, i, 0, 20, T(1.5));
	give(&r, 2, VRRP_EV_TIMER, T(2.2));
	assert_all(&r, VRRP_MASTER);
}

/* ---- giving way ---- */

static void
test_beaten_once(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	make_masters(&r);
	hear(&r, 1, 150, 20, T(11));
	assert_all(&r, VRRP_BACKUP);
	assert_int_equal(r.resigned, 5); /* who was not beaten says farewell */
}

static void
test_fault(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	make_masters(&r);
	unmet(&r, 2, VRRP_COND_LINK, T(11));
	assert_all(&r, VRRP_FAULT);
	assert_int_equal(r.fsm[0].unmet, VRRP_COND_GROUP);
	assert_int_equal(r.fsm[2].unmet, VRRP_COND_LINK);
	unmet(&r, 0, VRRP_COND_LINK, T(12));
	assert_int_equal(r.fsm[2].unmet, VRRP_COND_LINK | VRRP_COND_GROUP);
	unmet(&r, 2, 0, T(13));
	assert_all(&r, VRRP_FAULT);
	unmet(&r, 0, 0, T(14));
	assert_all(&r, VRRP_BACKUP);
}

static void
test_fault_at_start(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	unmet(&r, 1, VRRP_COND_IFACE, T(0));
	start(&r);
	assert_all(&r, VRRP_FAULT);
}

/* ---- ties ---- */

static void
test_tie_first_decides(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	r.params[0].source = ip(30); /* greater on the first link only */
	make_masters(&r);
	hear(&r, 1, 100, 20, T(11)); /* lost here: asks the first */
	assert_all(&r, VRRP_MASTER);
	hear(&r, 0, 100, 20, T(11.1));
	hear(&r, 1, 100, 20, T(12));
	hear(&r, 2, 100, 20, T(12));
	assert_all(&r, VRRP_MASTER);
}

static void
test_tie_first_is_deaf(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	make_masters(&r);
	hear(&r, 1, 100, 20, T(11));
	hear(&r, 1, 100, 20, T(11.01)); /* a copy is no second word */
	assert_all(&r, VRRP_MASTER);
	hear(&r, 1, 100, 20, T(12));
	assert_all(&r, VRRP_BACKUP);
}

static void
test_tie_lost_by_first(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	make_masters(&r);
	hear(&r, 0, 100, 20, T(11));
	assert_all(&r, VRRP_BACKUP);
}

/* ---- owners, hints ---- */

static void
test_owners(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	r.params[1].priority = VRRP_PRIO_OWNER;
	start(&r);
	assert_all(&r, VRRP_BACKUP); /* others of the group may be held */
	init(&r);
	for (uint32_t i = 0; i < N; i++)
		r.params[i].priority = VRRP_PRIO_OWNER;
	start(&r);
	assert_all(&r, VRRP_MASTER);
}

static void
test_resume(void **state)
{
	struct rig r;

	(void)state;
	for (uint32_t who = 0; who < N; who++) {
		init(&r);
		for (uint32_t i = 0; i < N; i++)
			give(&r, i, i == who ? VRRP_EV_RESUME : VRRP_EV_START,
			     T(0));
		assert_all(&r, VRRP_MASTER);
		assert_int_equal(r.resigned, 0);
	}
}

/* ---- joining ---- */

static void
test_join_masters(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	r.g.n = 2;
	start(&r);
	r.fsm[2] = vrrp_fsm_init();
	give(&r, 0, VRRP_EV_TIMER, T(10));
	r.g.n = 3;
	r.member[2].is_joining = true;
	r.steps = 0;
	vrrp_group_settle(&r.g, T(11), act, &r);
	unmet(&r, 2, VRRP_COND_LINK, T(11));
	give(&r, 2, VRRP_EV_START, T(11));
	assert_int_equal(r.fsm[2].state, VRRP_FAULT);
	assert_int_equal(vrrp_group_state(&r.g), VRRP_MASTER);
	unmet(&r, 2, 0, T(12));
	assert_int_equal(r.fsm[2].state, VRRP_BACKUP);
	assert_true(r.member[2].is_joining); /* there may be a master */
	assert_int_equal(r.steps, 3);	     /* its own */
	give(&r, 2, VRRP_EV_TIMER, T(16));
	assert_false(r.member[2].is_joining);
	assert_all(&r, VRRP_MASTER);
}

static void
test_join_backups(void **state)
{
	struct rig r;

	(void)state;
	init(&r);
	start(&r);
	r.fsm[2] = vrrp_fsm_init();
	r.member[2].is_joining = true;
	give(&r, 2, VRRP_EV_START, T(2));
	assert_false(r.member[2].is_joining);
	assert_all(&r, VRRP_BACKUP);
	/* a master comes into a group of backups */
	r.fsm[2].state = VRRP_MASTER;
	r.member[2].is_joining = true;
	vrrp_group_settle(&r.g, T(3), act, &r);
	assert_all(&r, VRRP_BACKUP);
	assert_int_equal(r.resigned, 4);
}

/* ---- anything ---- */

static void
random_event(struct rig *r, unsigned int *seed, monotime_t now)
{
	static const uint8_t prio[] = {0, 50, 100, 100, 150};
	uint32_t i = (uint32_t)rand_r(seed) % N;

	switch (rand_r(seed) % 8) {
	case 0:
		unmet(r, i, rand_r(seed) % 3 == 0 ? VRRP_COND_LINK : 0, now);
		return;
	case 1:
	case 2:
		hear(r, i, prio[rand_r(seed) % 5],
		     5 + (uint32_t)rand_r(seed) % 10, now);
		return;
	case 3:
		r->params[i].priority = prio[1 + rand_r(seed) % 4];
		give(r, i, VRRP_EV_RECONF, now);
		return;
	case 4:
		give(r, i, VRRP_EV_THAW, now);
		return;
	case 5:
		give(r, i, VRRP_EV_LOST, now);
		return;
	default:
		give(r, i, VRRP_EV_TIMER, now);
		return;
	}
}

static void
test_anything(void **state)
{
	struct rig r;
	monotime_t now = T(0);

	(void)state;
	for (unsigned int seed = 1; seed < 200; seed++) {
		unsigned int s = seed;

		init(&r);
		for (uint32_t i = 0; i < N; i++)
			r.params[i].preempt = rand_r(&s) % 3 != 0;
		start(&r);
		for (int k = 0; k < 500; k++) {
			enum vrrp_state is;

			now = monotime_add(now, MSEC(rand_r(&s) % 2000));
			random_event(&r, &s, now);
			is = vrrp_group_state(&r.g);
			assert_int_not_equal(is, VRRP_INIT);
			assert_all(&r, is);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_bad_link),
		cmocka_unit_test(test_farewell_on_one),
		cmocka_unit_test(test_farewell_on_all),
		cmocka_unit_test(test_beaten_once),
		cmocka_unit_test(test_fault),
		cmocka_unit_test(test_fault_at_start),
		cmocka_unit_test(test_tie_first_decides),
		cmocka_unit_test(test_tie_first_is_deaf),
		cmocka_unit_test(test_tie_lost_by_first),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_join_masters),
		cmocka_unit_test(test_join_backups),
		cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
