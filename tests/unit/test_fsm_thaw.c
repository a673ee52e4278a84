/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The state machine after a sleep, against a rival that only announces, and
 * before it is known that anything is received: each profile, owner included.
 */
#include "vrrp/fsm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const monotime_t t0 = {SEC(1000)};
static const enum vrrp_profile profiles[] = {VRRP_V2, VRRP_V3_5798,
					     VRRP_V3_9568};
#define FOREACH_PROFILE(p) for (size_t p = 0; p < 3; p++)

struct rig {
	struct vrrp_fsm f;
	struct vrrp_params p;
	struct vrrp_effects fx;
	monotime_t now;
};

static struct addr
ip(const char *s)
{
	struct addr a = {0};

	assert_int_equal(addr_parse(s, &a), 0);
	return a;
}

static void
step(struct rig *r, struct vrrp_event ev)
{
	memset(&r->fx, 0, sizeof(r->fx));
	vrrp_fsm_step(&r->f, &r->p, &ev, r->now, &r->fx);
}

static void
event(struct rig *r, enum vrrp_event_kind kind)
{
	step(r, (struct vrrp_event){.kind = kind});
}

static void
timer(struct rig *r)
{
	if (monotime_before(r->now, r->f.deadline))
		r->now = r->f.deadline;
	event(r, VRRP_EV_TIMER);
}

/* An advert that was sent age ago. */
static void
advert(struct rig *r, uint8_t priority, const char *src, nsec_t age)
{
	monotime_t now = r->now;

	r->now = monotime_add(now, -age);
	step(r, (struct vrrp_event){.kind = VRRP_EV_ADVERT,
				    .priority = priority,
				    .interval = r->p.interval,
				    .src = ip(src)});
	r->now = now;
}

static bool
did(const struct rig *r, enum vrrp_effect_kind kind)
{
	for (uint32_t i = 0; i < r->fx.n; i++)
		if (r->fx.e[i].kind == kind)
			return true;
	return false;
}

static bool
said(const struct rig *r, enum vrrp_why why)
{
	for (uint32_t i = 0; i < r->fx.n; i++)
		if (r->fx.e[i].kind == VRRP_FX_WORD && r->fx.e[i].why == why)
			return true;
	return false;
}

static enum vrrp_why
why(const struct rig *r)
{
	for (uint32_t i = 0; i < r->fx.n; i++)
		if (r->fx.e[i].kind == VRRP_FX_STATE)
			return r->fx.e[i].why;
	fail_msg("no transition");
	return VRRP_WHY_START;
}

static struct rig
started(enum vrrp_profile profile, uint8_t priority)
{
	struct rig r = {.f = vrrp_fsm_init(), .now = t0};

	r.p = vrrp_params_init(profile);
	r.p.priority = priority;
	r.p.source = ip("10.0.0.5");
	event(&r, VRRP_EV_START);
	return r;
}

static struct rig
master(enum vrrp_profile profile, uint8_t priority)
{
	struct rig r = started(profile, priority);

	if (r.f.state != VRRP_MASTER)
		timer(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	return r;
}

/* Frozen: nothing ran for so long, then a wake-up. */
static void
thaw(struct rig *r, nsec_t frozen)
{
	r->now = monotime_add(r->now, frozen);
	event(r, VRRP_EV_THAW);
}

static nsec_t
listening(const struct rig *r)
{
	return r->p.interval + vrrp_skew(&r->p, r->p.interval);
}

/* ---- master ---- */

static void
a_short_sleep_is_nothing(void **state)
{
	(void)state;
	FOREACH_PROFILE(i)
	{
		struct rig r = master(profiles[i], 100);
		nsec_t keenest = vrrp_patience(&r.p, 254);

		thaw(&r, keenest); /* none can have taken over yet */
		assert_int_equal(r.fx.n, 0);
		assert_false(r.f.is_doubtful);
		timer(&r);
		assert_true(did(&r, VRRP_FX_ADVERT));
		assert_false(did(&r, VRRP_FX_ANNOUNCE));
	}
}

static void
a_long_sleep_makes_it_listen_then_announce(void **state)
{
	(void)state;
	FOREACH_PROFILE(i)
	{
		struct rig r = master(profiles[i], 100);

		thaw(&r, vrrp_patience(&r.p, 254) + 1);
		assert_true(said(&r, VRRP_WHY_THAW));
		assert_int_equal(r.fx.n, 1); /* not a byte on the wire */
		assert_true(r.f.is_doubtful);
		assert_int_equal(r.f.state, VRRP_MASTER);
		assert_int_equal(monotime_sub(r.f.deadline, r.now),
				 listening(&r));
		event(&r, VRRP_EV_TIMER);
		assert_int_equal(r.fx.n, 0);
		timer(&r);
		assert_int_equal(r.fx.e[0].kind, VRRP_FX_ADVERT);
		assert_true(said(&r, VRRP_WHY_BEST));
		assert_true(did(&r, VRRP_FX_ANNOUNCE));
		assert_false(r.f.is_doubtful);
		assert_int_equal(monotime_sub(r.f.deadline, r.now),
				 r.p.interval);
	}
}

static void
a_suspend_counts_as_a_sleep(void **state)
{
	struct rig r = master(VRRP_V3_9568, 100);

	(void)state;
	step(&r, (struct vrrp_event){.kind = VRRP_EV_THAW, .asleep = SEC(60)});
	assert_true(r.f.is_doubtful);
	r = master(VRRP_V3_9568, 100);
	step(&r, (struct vrrp_event){.kind = VRRP_EV_THAW, .asleep = SEC(2)});
	assert_false(r.f.is_doubtful);
}

static void
the_owner_need_not_listen(void **state)
{
	(void)state;
	FOREACH_PROFILE(i)
	{
		struct rig r = master(profiles[i], 255);

		thaw(&r, SEC(10));
		assert_false(did(&r, VRRP_FX_ADVERT)); /* sockets first */
		advert(&r, 200, "10.0.0.9", MSEC(100));
		assert_int_equal(r.f.state, VRRP_MASTER);
		event(&r, VRRP_EV_TIMER); /* at once */
		assert_true(did(&r, VRRP_FX_ADVERT));
		assert_true(did(&r, VRRP_FX_ANNOUNCE));
	}
}

static void
an_owner_that_does_not_ignore_yields_to_another(void **state)
{
	struct rig r = master(VRRP_V3_9568, 255);

	(void)state;
	r.p.owner_ignores = false;
	thaw(&r, SEC(10));
	advert(&r, 255, "10.0.0.9", 0);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(why(&r), VRRP_WHY_TIE);
}

static void
a_better_master_wins_at_once(void **state)
{
	(void)state;
	FOREACH_PROFILE(i)
	{
		struct rig r = master(profiles[i], 100);

		thaw(&r, SEC(10));
		advert(&r, 101, "10.0.0.9", MSEC(200));
		assert_int_equal(r.f.state, VRRP_BACKUP);
		assert_int_equal(why(&r), VRRP_WHY_HIGHER);
		/* makes the other announce again: we held its addresses */
		assert_int_equal(r.fx.e[0].kind, VRRP_FX_ADVERT);
		assert_true(did(&r, VRRP_FX_VIPS_DEL));
		r = master(profiles[i], 100);
		thaw(&r, SEC(10));
		advert(&r, 100, "10.0.0.9", 0); /* greater address */
		assert_int_equal(r.f.state, VRRP_BACKUP);
		assert_int_equal(why(&r), VRRP_WHY_TIE);
	}
}

static void
a_lesser_one_is_displaced_after_all_was_read(void **state)
{
	(void)state;
	FOREACH_PROFILE(i)
	{
		struct rig r = master(profiles[i], 100);

		thaw(&r, SEC(10));
		advert(&r, 50, "10.0.0.9", SEC(1));
		assert_int_equal(r.fx.n, 0);
		advert(&r, 50, "10.0.0.9", 0);
		assert_int_equal(r.fx.n, 0);
		event(&r, VRRP_EV_TIMER); /* no need to wait any longer */
		assert_true(did(&r, VRRP_FX_ADVERT));
		assert_true(did(&r, VRRP_FX_ANNOUNCE));
		assert_int_equal(r.f.state, VRRP_MASTER);
		assert_false(addr_is_set(&r.f.master));
		/* ... and is told again should it not have heard */
		advert(&r, 50, "10.0.0.9", 0);
		assert_true(did(&r, VRRP_FX_REANNOUNCE));
	}
}

static void
without_preemption_it_yields(void **state)
{
	(void)state;
	FOREACH_PROFILE(i)
	{
		struct rig r = master(profiles[i], 100);

		r.p.preempt = false;
		thaw(&r, SEC(10));
		advert(&r, 50, "10.0.0.9", MSEC(300));
		event(&r, VRRP_EV_TIMER);
		assert_int_equal(r.f.state, VRRP_BACKUP);
		assert_int_equal(why(&r), VRRP_WHY_SLEPT);
		assert_int_equal(r.fx.e[0].kind, VRRP_FX_LEAST);
		assert_true(did(&r, VRRP_FX_VIPS_DEL));
		/* it counts from when the other spoke */
		assert_int_equal(monotime_sub(r.f.deadline, r.now),
				 vrrp_down_interval(&r.p, r.p.interval) -
					 MSEC(300));
		/* alone, it goes on */
		r = master(profiles[i], 100);
		r.p.preempt = false;
		thaw(&r, SEC(10));
		timer(&r);
		assert_int_equal(r.f.state, VRRP_MASTER);
		assert_true(did(&r, VRRP_FX_ANNOUNCE));
	}
}

static void
old_adverts_and_farewells_are_no_rivals(void **state)
{
	struct rig r = master(VRRP_V3_9568, 100);
	nsec_t down = vrrp_down_interval(&r.p, r.p.interval);

	(void)state;
	r.p.preempt = false;
	thaw(&r, SEC(60));
	advert(&r, 200, "10.0.0.9", down + 1); /* perhaps dead by now */
	assert_int_equal(r.f.state, VRRP_MASTER);
	advert(&r, 50, "10.0.0.8", MSEC(500));
	advert(&r, 0, "10.0.0.8", MSEC(400));
	event(&r, VRRP_EV_TIMER);
	assert_int_equal(r.fx.n, 0); /* listens on */
	timer(&r);
	assert_true(said(&r, VRRP_WHY_BEST));
}

static void
timer_expired_backup_steps_back(void **state)
{
	(void)state;
	FOREACH_PROFILE(i)
	{
		struct rig r = master(profiles[i], 200);
		nsec_t patience;

		r.p.preempt = false;
		r.p.expired_priority = 100;
		patience = vrrp_patience(&r.p, 100);
		thaw(&r, patience); /* in doubt, but 100 still waits */
		assert_int_equal(r.f.state, VRRP_MASTER);
		assert_true(r.f.is_doubtful);
		r = master(profiles[i], 200);
		r.p.preempt = false;
		r.p.expired_priority = 100;
		thaw(&r, patience + 1);
		assert_int_equal(r.f.state, VRRP_BACKUP);
		assert_int_equal(why(&r), VRRP_WHY_SLEPT);
		assert_int_equal(r.fx.e[0].kind, VRRP_FX_RESIGN);
		assert_true(did(&r, VRRP_FX_VIPS_DEL));
	}
}

static void
late_again_while_listening_is_not_without_end(void **state)
{
	struct rig r = master(VRRP_V3_9568, 100);
	monotime_t end;

	(void)state;
	thaw(&r, SEC(10));
	end = r.f.deadline;
	r.now = monotime_add(end, MSEC(5));
	event(&r, VRRP_EV_THAW);
	assert_int_equal(monotime_sub(r.f.deadline, end), 0);
	r.now = monotime_add(end, SEC(10)); /* a second sleep */
	event(&r, VRRP_EV_THAW);
	assert_int_equal(monotime_sub(r.f.deadline, r.now), listening(&r));
}

static void
who_was_mute_resumes_in_doubt(void **state)
{
	(void)state;
	FOREACH_PROFILE(i)
	{
		struct vrrp_event ev = {.kind = VRRP_EV_RESUME,
					.asleep = SEC(60)};
		struct rig r = {.f = vrrp_fsm_init(), .now = t0};

		r.p = vrrp_params_init(profiles[i]);
		r.p.source = ip("10.0.0.5");
		step(&r, ev);
		assert_int_equal(r.f.state, VRRP_MASTER);
		assert_true(r.f.is_doubtful);
		assert_true(did(&r, VRRP_FX_VIPS_ADD));
		assert_false(did(&r, VRRP_FX_ADVERT));
		advert(&r, 50, "10.0.0.9", 0);
		event(&r, VRRP_EV_TIMER);
		assert_true(did(&r, VRRP_FX_ANNOUNCE));
	}
}

static void
an_unmet_condition_ends_the_doubt(void **state)
{
	struct rig r = master(VRRP_V3_9568, 100);

	(void)state;
	thaw(&r, SEC(10));
	step(&r, (struct vrrp_event){.kind = VRRP_EV_UNMET,
				     .unmet = VRRP_COND_LINK});
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_false(r.f.is_doubtful);
}

/* ---- backup ---- */

static void
a_backup_that_slept_listens_first(void **state)
{
	(void)state;
	FOREACH_PROFILE(i)
	{
		struct rig r = started(profiles[i], 100);
		nsec_t down;

		advert(&r, 200, "10.0.0.9", 0);
		down = vrrp_down_interval(&r.p, r.p.interval);
		/* late by less: the sockets have heard for us */
		thaw(&r, 2 * down);
		timer(&r);
		assert_int_equal(r.f.state, VRRP_MASTER);
		r = started(profiles[i], 100);
		advert(&r, 200, "10.0.0.9", 0);
		thaw(&r, 2 * down + 1);
		assert_int_equal(r.fx.n, 0);
		event(&r, VRRP_EV_TIMER);
		assert_int_equal(r.f.state, VRRP_BACKUP);
		/* an old advert from the buffer does not end the listening */
		advert(&r, 200, "10.0.0.9", down + 1);
		event(&r, VRRP_EV_TIMER);
		assert_int_equal(r.f.state, VRRP_BACKUP);
		assert_int_equal(monotime_sub(r.f.deadline, r.now),
				 listening(&r));
		timer(&r);
		assert_int_equal(r.f.state, VRRP_MASTER);
	}
}

static void
a_backup_that_hears_its_master_goes_on(void **state)
{
	struct rig r = started(VRRP_V3_9568, 100);

	(void)state;
	advert(&r, 200, "10.0.0.9", 0);
	thaw(&r, SEC(60));
	r.now = monotime_add(r.now, MSEC(10));
	advert(&r, 200, "10.0.0.9", 0);
	assert_int_equal(monotime_sub(r.f.deadline, r.now),
			 vrrp_down_interval(&r.p, r.p.interval));
	/* who resigns now is believed */
	advert(&r, 0, "10.0.0.9", 0);
	timer(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(why(&r), VRRP_WHY_RESIGNED);
}

/* ---- rivals that are not heard, or go ---- */

static void
a_claim_is_contradicted(void **state)
{
	struct rig r = master(VRRP_V3_9568, 100);

	(void)state;
	event(&r, VRRP_EV_CLAIM);
	assert_int_equal(r.fx.n, 2);
	assert_int_equal(r.fx.e[0].kind, VRRP_FX_ADVERT);
	assert_int_equal(r.fx.e[1].kind, VRRP_FX_REANNOUNCE);
	thaw(&r, SEC(10)); /* in doubt: who knows whose they are */
	event(&r, VRRP_EV_CLAIM);
	assert_int_equal(r.fx.n, 0);
	r = started(VRRP_V3_9568, 100);
	event(&r, VRRP_EV_CLAIM);
	assert_int_equal(r.fx.n, 0);
}

static void
a_second_master_that_resigns_leaves_wrong_neighbours(void **state)
{
	struct rig r = master(VRRP_V2, 100);

	(void)state;
	advert(&r, 0, "10.0.0.9", 0);
	assert_true(did(&r, VRRP_FX_ADVERT));
	assert_true(did(&r, VRRP_FX_REANNOUNCE));
}

/* ---- proof of receive ---- */

static struct rig
waiting(bool is_asked)
{
	struct rig r = {.f = vrrp_fsm_init(), .now = t0};

	r.p = vrrp_params_init(VRRP_V3_9568);
	r.p.source = ip("10.0.0.5");
	r.p.proof_wait = SEC(40);
	r.p.proof_if_asked = is_asked;
	event(&r, VRRP_EV_START);
	return r;
}

static void
nothing_heard_means_no_take_over_until_the_end(void **state)
{
	struct rig r = waiting(false);

	(void)state;
	timer(&r);
	assert_true(said(&r, VRRP_WHY_DEAF));
	assert_int_equal(r.fx.n, 1);
	assert_int_equal(monotime_sub(r.f.deadline, t0), SEC(40));
	timer(&r);
	assert_true(said(&r, VRRP_WHY_UNHEARD));
	assert_int_equal(r.f.state, VRRP_MASTER);
	/* only before the first take-over */
	assert_false(r.f.needs_proof);
}

static void
a_frame_ends_the_wait(void **state)
{
	struct rig r = waiting(false);
	nsec_t down = vrrp_down_interval(&r.p, r.p.interval);

	(void)state;
	/* early: no slower than without */
	r.now = monotime_add(t0, SEC(1));
	event(&r, VRRP_EV_HEARD);
	assert_true(said(&r, VRRP_WHY_HEARD));
	assert_int_equal(monotime_sub(r.f.deadline, t0), down);
	/* just before the end: a master has one interval to be heard */
	r = waiting(false);
	r.now = monotime_add(t0, down - 1);
	event(&r, VRRP_EV_HEARD);
	assert_int_equal(monotime_sub(r.f.deadline, r.now), listening(&r));
	/* after it: all the time there is */
	r = waiting(false);
	timer(&r);
	r.now = monotime_add(t0, SEC(30));
	event(&r, VRRP_EV_HEARD);
	assert_int_equal(monotime_sub(r.f.deadline, r.now), down);
	timer(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_false(said(&r, VRRP_WHY_UNHEARD));
}

static void
an_advert_is_a_proof(void **state)
{
	struct rig r = waiting(false);

	(void)state;
	advert(&r, 200, "10.0.0.9", 0);
	assert_false(r.f.needs_proof);
	timer(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
waits_only_if_there_is_reason(void **state)
{
	struct rig r = waiting(true);

	(void)state;
	timer(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	r = waiting(true);
	event(&r, VRRP_EV_DEAF); /* the gateway should answer, but */
	timer(&r);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(monotime_sub(r.f.deadline, t0), SEC(40));
	r = waiting(true);
	advert(&r, 200, "10.0.0.9", 0);
	event(&r, VRRP_EV_DEAF); /* who has heard a master is not deaf */
	assert_false(r.f.needs_proof);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_sleep_is_nothing),
		cmocka_unit_test(a_long_sleep_makes_it_listen_then_announce),
		cmocka_unit_test(a_suspend_counts_as_a_sleep),
		cmocka_unit_test(the_owner_need_not_listen),
		cmocka_unit_test(
			an_owner_that_does_not_ignore_yields_to_another),
		cmocka_unit_test(a_better_master_wins_at_once),
		cmocka_unit_test(a_lesser_one_is_displaced_after_all_was_read),
		cmocka_unit_test(without_preemption_it_yields),
		cmocka_unit_test(old_adverts_and_farewells_are_no_rivals),
		cmocka_unit_test(timer_expired_backup_steps_back),
		cmocka_unit_test(late_again_while_listening_is_not_without_end),
		cmocka_unit_test(who_was_mute_resumes_in_doubt),
		cmocka_unit_test(an_unmet_condition_ends_the_doubt),
		cmocka_unit_test(a_backup_that_slept_listens_first),
		cmocka_unit_test(a_backup_that_hears_its_master_goes_on),
		cmocka_unit_test(a_claim_is_contradicted),
		cmocka_unit_test(
			a_second_master_that_resigns_leaves_wrong_neighbours),
		cmocka_unit_test(
			nothing_heard_means_no_take_over_until_the_end),
		cmocka_unit_test(a_frame_ends_the_wait),
		cmocka_unit_test(an_advert_is_a_proof),
		cmocka_unit_test(waits_only_if_there_is_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
