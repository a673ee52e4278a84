/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The state machine: the transition table of each profile, timer arithmetic,
 * and properties over long random event sequences.
 */
#include "vrrp/fsm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"

static const monotime_t t0 = {SEC(1000)};

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

static struct rig
rig_init(enum vrrp_profile profile, uint8_t priority)
{
	struct rig r = {.f = vrrp_fsm_init(), .now = t0};

	r.p = vrrp_params_init(profile);
	r.p.priority = priority;
	r.p.source = ip("10.0.0.5");
	return r;
}

static void
step(struct rig *r, struct vrrp_event ev)
{
	memset(&r->fx, 0, sizeof(r->fx));
	vrrp_fsm_step(&r->f, &r->p, &ev, r->now, &r->fx);
}

static void
start(struct rig *r)
{
	step(r, (struct vrrp_event){.kind = VRRP_EV_START});
}

static void
timer(struct rig *r)
{
	r->now = r->f.deadline;
	step(r, (struct vrrp_event){.kind = VRRP_EV_TIMER});
}

static void
advert_every(struct rig *r, uint8_t priority, const char *src, nsec_t interval)
{
	step(r, (struct vrrp_event){.kind = VRRP_EV_ADVERT,
				    .priority = priority,
				    .interval = interval,
				    .src = ip(src)});
}

static void
advert(struct rig *r, uint8_t priority, const char *src)
{
	advert_every(r, priority, src, r->p.interval);
}

static void
unmet(struct rig *r, uint32_t set)
{
	step(r, (struct vrrp_event){.kind = VRRP_EV_UNMET, .unmet = set});
}

static bool
did(const struct rig *r, enum vrrp_effect_kind kind)
{
	for (uint32_t i = 0; i < r->fx.n; i++)
		if (r->fx.e[i].kind == kind)
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
	return 0;
}

static void
become(struct rig *r, enum vrrp_state s)
{
	start(r);
	if (s == VRRP_MASTER && r->f.state != VRRP_MASTER)
		timer(r);
	assert_int_equal(r->f.state, s);
}

static void
timers_are_exact(void **state)
{
	struct vrrp_params v2 = vrrp_params_init(VRRP_V2);
	struct vrrp_params v3 = vrrp_params_init(VRRP_V3_9568);

	(void)state;
	/* RFC 3768 §6.1: (256 - priority) / 256 seconds, whatever the
	 * interval; RFC 9568 §6.1: of the master's interval. */
	for (unsigned int prio = 1; prio <= 255; prio++) {
		v2.priority = v3.priority = (uint8_t)prio;
		assert_int_equal(vrrp_skew(&v2, SEC(7)),
				 SEC(1) * (256 - prio) / 256);
		assert_int_equal(vrrp_skew(&v3, MSEC(10)),
				 MSEC(10) * (256 - prio) / 256);
		assert_int_equal(vrrp_down_interval(&v2, SEC(7)),
				 SEC(21) + SEC(1) * (256 - prio) / 256);
		assert_int_equal(vrrp_down_interval(&v3, MSEC(40950)),
				 MSEC(122850) +
					 MSEC(40950) * (256 - prio) / 256);
	}
	v3.priority = 100;
	assert_int_equal(vrrp_down_interval(&v3, MSEC(10)), 36093750);
	v3.down_adverts = 5;
	assert_int_equal(vrrp_down_interval(&v3, MSEC(10)), 56093750);
}

static void
starts_as_the_rfc_says(void **state)
{
	(void)state;
	for (int pr = VRRP_V2; pr <= VRRP_V3_9568; pr++) {
		struct rig r = rig_init((enum vrrp_profile)pr, 100);
		struct rig own = rig_init((enum vrrp_profile)pr, 255);

		start(&r);
		assert_int_equal(r.f.state, VRRP_BACKUP);
		assert_int_equal(r.fx.n, 1);
		assert_int_equal(monotime_sub(r.f.deadline, r.now),
				 vrrp_down_interval(&r.p, SEC(1)));
		start(&own);
		assert_int_equal(own.f.state, VRRP_MASTER);
		/* the advert comes first, then the address, then the word */
		assert_int_equal(own.fx.n, 4);
		assert_int_equal(own.fx.e[0].kind, VRRP_FX_ADVERT);
		assert_int_equal(own.fx.e[1].kind, VRRP_FX_STATE);
		assert_int_equal(own.fx.e[2].kind, VRRP_FX_VIPS_ADD);
		assert_int_equal(own.fx.e[3].kind, VRRP_FX_ANNOUNCE);
		assert_int_equal(monotime_sub(own.f.deadline, own.now), SEC(1));
	}
}

static void
start_can_be_delayed(void **state)
{
	struct rig r = rig_init(VRRP_V2, 255);

	(void)state;
	step(&r, (struct vrrp_event){.kind = VRRP_EV_START, .delay = SEC(4)});
	assert_int_equal(r.f.state, VRRP_INIT);
	advert(&r, 0, "10.0.0.9");
	assert_int_equal(r.fx.n, 0);
	timer(&r);
	assert_int_equal(monotime_sub(r.now, t0), SEC(4));
	assert_int_equal(r.f.state, VRRP_MASTER);
}

static void
backup_takes_over_when_silence_lasts(void **state)
{
	(void)state;
	for (int pr = VRRP_V2; pr <= VRRP_V3_9568; pr++) {
		struct rig r = rig_init((enum vrrp_profile)pr, 100);

		start(&r);
		r.now = monotime_add(r.now, MSEC(700));
		advert(&r, 200, "10.0.0.9");
		assert_int_equal(r.fx.n, 0);
		assert_int_equal(monotime_sub(r.f.deadline, r.now),
				 vrrp_down_interval(&r.p, SEC(1)));
		/* a timer that comes early changes nothing */
		r.now = monotime_add(r.f.deadline, -1);
		step(&r, (struct vrrp_event){.kind = VRRP_EV_TIMER});
		assert_int_equal(r.f.state, VRRP_BACKUP);
		timer(&r);
		assert_int_equal(r.f.state, VRRP_MASTER);
		assert_int_equal(why(&r), VRRP_WHY_TIMEOUT);
		assert_int_equal(r.fx.e[0].kind, VRRP_FX_ADVERT);
	}
}

static void
version_3_learns_the_interval(void **state)
{
	struct rig v2 = rig_init(VRRP_V2, 100);
	struct rig v3 = rig_init(VRRP_V3_9568, 100);

	(void)state;
	start(&v2);
	start(&v3);
	advert_every(&v3, 200, "10.0.0.9", MSEC(250));
	assert_int_equal(monotime_sub(v3.f.deadline, v3.now),
			 vrrp_down_interval(&v3.p, MSEC(250)));
	advert_every(&v2, 200, "10.0.0.9", MSEC(250));
	assert_int_equal(monotime_sub(v2.f.deadline, v2.now),
			 vrrp_down_interval(&v2.p, SEC(1)));
	/* priority 0: the skew of the learned interval */
	advert_every(&v3, 0, "10.0.0.9", MSEC(250));
	assert_int_equal(monotime_sub(v3.f.deadline, v3.now),
			 MSEC(250) * 156 / 256);
	timer(&v3);
	assert_int_equal(why(&v3), VRRP_WHY_RESIGNED);
	/* and as master its own interval counts */
	assert_int_equal(monotime_sub(v3.f.deadline, v3.now), SEC(1));
}

static void
backup_honours_who_is_not_lower(void **state)
{
	(void)state;
	for (int pr = VRRP_V2; pr <= VRRP_V3_9568; pr++) {
		struct rig r = rig_init((enum vrrp_profile)pr, 100);
		monotime_t first;

		start(&r);
		first = r.f.deadline;
		r.now = monotime_add(r.now, SEC(1));
		advert(&r, 99, "10.0.0.9"); /* lower: the timer keeps running */
		assert_int_equal(r.f.deadline.ns, first.ns);
		/* equal priority, whatever the address: the timer restarts */
		advert(&r, 100, "10.0.0.1");
		assert_int_equal(monotime_sub(r.f.deadline, first), SEC(1));
		r.now = monotime_add(r.now, SEC(1));
		advert(&r, 100, "10.0.0.9");
		assert_int_equal(monotime_sub(r.f.deadline, first), SEC(2));
		/* without preemption even a lower one restarts it */
		r.p.preempt = false;
		r.now = monotime_add(r.now, SEC(1));
		advert(&r, 1, "10.0.0.9");
		assert_int_equal(monotime_sub(r.f.deadline, first), SEC(3));
	}
}

static void
preempts_a_lower_master(void **state)
{
	struct rig r = rig_init(VRRP_V2, 150);

	(void)state;
	start(&r);
	r.now = monotime_add(r.now, SEC(1));
	advert(&r, 100, "10.0.0.9");
	timer(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(why(&r), VRRP_WHY_PREEMPT);
	assert_int_equal(monotime_sub(r.now, t0),
			 vrrp_down_interval(&r.p, SEC(1)));
}

/* As keepalived 2.2.7 was seen to do: for the delay, counted from the first
 * lower advert, the lower master is respected, then ignored. */
static void
preemption_can_be_delayed(void **state)
{
	struct rig r = rig_init(VRRP_V2, 150);

	(void)state;
	r.p.preempt_delay = SEC(5);
	start(&r);
	for (int i = 0; i < 6; i++) {
		r.now = monotime_add(t0, MSEC(600) + SEC(i));
		advert(&r, 100, "10.0.0.9");
		assert_int_equal(r.f.state, VRRP_BACKUP);
	}
	/* the one at 4.6 s was the last to count: 4.6 + 3 + 106/256 */
	assert_int_equal(monotime_sub(r.f.deadline, t0),
			 MSEC(4600) + SEC(3) + SEC(1) * 106 / 256);
	timer(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(why(&r), VRRP_WHY_PREEMPT);
}

static void
a_higher_master_ends_the_delay(void **state)
{
	struct rig r = rig_init(VRRP_V2, 150);

	(void)state;
	r.p.preempt_delay = SEC(5);
	start(&r);
	advert(&r, 100, "10.0.0.9");
	assert_false(monotime_is_never(r.f.preempt_at));
	advert(&r, 200, "10.0.0.7");
	assert_true(monotime_is_never(r.f.preempt_at));
}

static void
master_advertises_without_drift(void **state)
{
	struct rig r = rig_init(VRRP_V3_9568, 100);
	monotime_t first;

	(void)state;
	r.p.interval = MSEC(10);
	become(&r, VRRP_MASTER);
	first = r.f.deadline;
	for (int i = 1; i <= 10000; i++) {
		/* woken late by up to 0.9 ms: the grid stays */
		r.now = monotime_add(r.f.deadline, USEC(i % 10 * 90));
		step(&r, (struct vrrp_event){.kind = VRRP_EV_TIMER});
		assert_int_equal(r.fx.n, 1);
		assert_int_equal(monotime_sub(r.f.deadline, first),
				 MSEC(10) * i);
	}
}

static void
lateness_never_bursts(void **state)
{
	struct rig r = rig_init(VRRP_V3_9568, 100);
	monotime_t due;

	(void)state;
	become(&r, VRRP_MASTER);
	due = r.f.deadline;
	r.now = monotime_add(due, MSEC(3500));
	step(&r, (struct vrrp_event){.kind = VRRP_EV_TIMER});
	assert_int_equal(r.fx.n, 1);
	assert_int_equal(monotime_sub(r.f.deadline, due), SEC(4));
	r.now = monotime_add(r.f.deadline, SEC(1)); /* exactly one late */
	due = r.f.deadline;
	step(&r, (struct vrrp_event){.kind = VRRP_EV_TIMER});
	assert_int_equal(r.fx.n, 1);
	assert_int_equal(monotime_sub(r.f.deadline, due), SEC(2));
}

static void
master_meets_others(void **state)
{
	(void)state;
	for (int pr = VRRP_V2; pr <= VRRP_V3_9568; pr++) {
		struct rig r = rig_init((enum vrrp_profile)pr, 100);
		monotime_t due;

		become(&r, VRRP_MASTER);
		r.now = monotime_add(r.now, MSEC(300));
		due = r.f.deadline;
		/* lower: 9568 answers at once, the others discard (§6.4.3) */
		advert(&r, 99, "10.0.0.9");
		assert_int_equal(r.f.state, VRRP_MASTER);
		assert_int_equal(did(&r, VRRP_FX_ADVERT), pr == VRRP_V3_9568);
		assert_true(did(&r, VRRP_FX_LOWER));
		assert_true(did(&r, VRRP_FX_REANNOUNCE));
		assert_int_equal(r.f.deadline.ns, due.ns);
		/* equal, lesser address: the same */
		advert(&r, 100, "10.0.0.4");
		assert_int_equal(r.f.state, VRRP_MASTER);
		assert_int_equal(r.f.deadline.ns, due.ns);
		/* our own, looped back: nothing at all */
		advert(&r, 100, "10.0.0.5");
		assert_int_equal(r.fx.n, 0);
		advert(&r, 0, "10.0.0.5");
		assert_int_equal(r.fx.n, 0);
		/* someone resigns: assert ourselves, timer anew */
		advert(&r, 0, "10.0.0.9");
		assert_int_equal(r.fx.n, 2);
		assert_true(did(&r, VRRP_FX_ADVERT));
		assert_true(did(&r, VRRP_FX_REANNOUNCE));
		assert_int_equal(monotime_sub(r.f.deadline, r.now), SEC(1));
		/* equal, greater address: gives way */
		advert(&r, 100, "10.0.0.6");
		assert_int_equal(r.f.state, VRRP_BACKUP);
		assert_int_equal(why(&r), VRRP_WHY_TIE);
		assert_true(did(&r, VRRP_FX_VIPS_DEL));
		assert_false(did(&r, VRRP_FX_RESIGN));
	}
}

static void
addresses_compare_unsigned(void **state)
{
	struct rig r = rig_init(VRRP_V2, 100);

	(void)state;
	r.p.source = ip("127.0.0.1");
	become(&r, VRRP_MASTER);
	advert(&r, 100, "200.0.0.1"); /* greater, though negative if signed */
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
master_gives_way_to_a_higher(void **state)
{
	struct rig r = rig_init(VRRP_V3_5798, 100);

	(void)state;
	become(&r, VRRP_MASTER);
	advert_every(&r, 101, "10.0.0.1", MSEC(500));
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(why(&r), VRRP_WHY_HIGHER);
	assert_int_equal(r.fx.n, 2);
	assert_int_equal(monotime_sub(r.f.deadline, r.now),
			 vrrp_down_interval(&r.p, MSEC(500)));
	r = rig_init(VRRP_V3_5798, 100);
	r.p.send_higher = true;
	become(&r, VRRP_MASTER);
	advert(&r, 101, "10.0.0.1");
	assert_int_equal(r.fx.e[0].kind, VRRP_FX_ADVERT);
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
owner_follows_the_policy(void **state)
{
	struct rig r = rig_init(VRRP_V3_9568, 255);

	(void)state;
	become(&r, VRRP_MASTER);
	advert(&r, 255, "10.0.0.9");
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(r.fx.n, 0);
	r.p.owner_ignores = false; /* erratum 8298 */
	advert(&r, 255, "10.0.0.9");
	assert_int_equal(r.f.state, VRRP_BACKUP);
}

static void
stop_resigns_only_as_master(void **state)
{
	struct rig r = rig_init(VRRP_V2, 100);

	(void)state;
	become(&r, VRRP_BACKUP);
	step(&r, (struct vrrp_event){.kind = VRRP_EV_STOP});
	assert_int_equal(r.f.state, VRRP_INIT);
	assert_false(did(&r, VRRP_FX_RESIGN));
	assert_true(monotime_is_never(r.f.deadline));
	become(&r, VRRP_MASTER);
	step(&r, (struct vrrp_event){.kind = VRRP_EV_STOP});
	assert_int_equal(r.f.state, VRRP_INIT);
	assert_int_equal(r.fx.e[0].kind, VRRP_FX_RESIGN);
	assert_true(did(&r, VRRP_FX_VIPS_DEL));
	step(&r, (struct vrrp_event){.kind = VRRP_EV_STOP});
	assert_int_equal(r.fx.n, 0);
}

static void
conditions_fault_and_clear(void **state)
{
	struct rig r = rig_init(VRRP_V2, 100);

	(void)state;
	unmet(&r, VRRP_COND_IFACE); /* before the start: only remembered */
	assert_int_equal(r.fx.n, 0);
	start(&r);
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_int_equal(r.fx.n, 1);
	advert(&r, 0, "10.0.0.9");
	assert_int_equal(r.f.state, VRRP_FAULT);
	unmet(&r, VRRP_COND_SOURCE); /* another one: no second transition */
	assert_int_equal(r.fx.n, 0);
	unmet(&r, 0);
	assert_int_equal(r.f.state, VRRP_BACKUP);
	assert_int_equal(why(&r), VRRP_WHY_CLEARED);
	timer(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	unmet(&r, VRRP_COND_LINK);
	assert_int_equal(r.f.state, VRRP_FAULT);
	assert_int_equal(r.fx.e[0].kind, VRRP_FX_RESIGN);
	assert_true(did(&r, VRRP_FX_VIPS_DEL));
	r.p.priority = 255;
	unmet(&r, 0);
	assert_int_equal(r.f.state, VRRP_MASTER); /* the owner at once */
}

static void
resumes_without_announcing(void **state)
{
	struct rig r = rig_init(VRRP_V2, 100);

	(void)state;
	step(&r, (struct vrrp_event){.kind = VRRP_EV_RESUME});
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(why(&r), VRRP_WHY_RESUME);
	assert_true(did(&r, VRRP_FX_ADVERT));
	assert_false(did(&r, VRRP_FX_ANNOUNCE));
	r = rig_init(VRRP_V2, 100);
	unmet(&r, VRRP_COND_LINK);
	step(&r, (struct vrrp_event){.kind = VRRP_EV_RESUME});
	assert_int_equal(r.f.state, VRRP_FAULT);
}

static void
new_values_go_on_from_where_timers_began(void **state)
{
	struct vrrp_event ev = {.kind = VRRP_EV_RECONF};
	struct rig r = rig_init(VRRP_V2, 100);

	(void)state;
	start(&r);
	advert(&r, 200, "10.0.0.9");
	r.now = monotime_add(r.now, SEC(1));
	r.p.priority = 200;
	step(&r, ev);
	assert_int_equal(r.fx.n, 0);
	assert_int_equal(monotime_sub(r.f.deadline, t0),
			 vrrp_down_interval(&r.p, SEC(1)));
	r.p.priority = 255; /* became the owner: takes over now */
	step(&r, ev);
	timer(&r);
	assert_int_equal(r.f.state, VRRP_MASTER);
	assert_int_equal(why(&r), VRRP_WHY_OWNER);
	r.p.interval = MSEC(100); /* shorter: at most one interval from now */
	step(&r, ev);
	assert_int_equal(monotime_sub(r.f.deadline, r.now), MSEC(100));
	r.p.interval = SEC(30); /* longer: the one that is due stays due */
	step(&r, ev);
	assert_int_equal(monotime_sub(r.f.deadline, r.now), MSEC(100));
}

/* ---- properties ---- */

/* What an executor would see: does it hold the addresses? */
struct world {
	enum vrrp_state state;
	bool has_vips;
};

static void
observe(struct world *w, const struct rig *r)
{
	for (uint32_t i = 0; i < r->fx.n; i++) {
		const struct vrrp_effect *e = &r->fx.e[i];

		switch (e->kind) {
		case VRRP_FX_STATE:
			/* the chain of transitions has no gap, none twice */
			assert_int_equal(e->from, w->state);
			assert_true(e->to != w->state);
			w->state = e->to;
			break;
		case VRRP_FX_VIPS_ADD:
			assert_false(w->has_vips);
			w->has_vips = true;
			break;
		case VRRP_FX_VIPS_DEL:
			assert_true(w->has_vips);
			w->has_vips = false;
			break;
		case VRRP_FX_RESIGN:
		case VRRP_FX_LEAST:
			assert_int_equal(w->state, VRRP_MASTER);
			break;
		case VRRP_FX_ADVERT:
		case VRRP_FX_ANNOUNCE:
		case VRRP_FX_REANNOUNCE:
		case VRRP_FX_LOWER:
		case VRRP_FX_WORD:
			break;
		}
	}
}

static void
invariants(const struct world *w, const struct rig *r)
{
	bool runs = r->f.state == VRRP_BACKUP || r->f.state == VRRP_MASTER;

	assert_int_equal(w->state, r->f.state);
	assert_int_equal(w->has_vips, r->f.state == VRRP_MASTER);
	assert_true(!r->f.is_doubtful || r->f.state == VRRP_MASTER);
	assert_true(!r->f.needs_proof || r->f.state == VRRP_BACKUP);
	assert_true(!runs || r->f.unmet == 0);
	assert_true(!runs || !monotime_is_never(r->f.deadline));
	assert_true(r->f.state != VRRP_FAULT ||
		    monotime_is_never(r->f.deadline));
}

static void
random_step(struct rig *r, unsigned int *seed)
{
	static const char *const who[] = {"10.0.0.1", "10.0.0.5", "10.0.0.9"};
	static const uint8_t prio[] = {0, 1, 99, 100, 101, 254, 255};
	const char *src = who[(size_t)rand_r(seed) % ARRAY_LEN(who)];
	uint8_t p = prio[(size_t)rand_r(seed) % ARRAY_LEN(prio)];

	r->now = monotime_add(r->now, rand_r(seed) % SEC(2));
	switch (rand_r(seed) % 14) {
	case 0:
		start(r);
		break;
	case 1:
		step(r, (struct vrrp_event){.kind = VRRP_EV_STOP});
		break;
	case 2:
		unmet(r, (uint32_t)rand_r(seed) % 3);
		break;
	case 3:
		r->p.priority = p == 0 ? 100 : p;
		r->p.preempt = rand_r(seed) % 2;
		r->p.preempt_delay = rand_r(seed) % 3 * SEC(1);
		r->p.owner_ignores = rand_r(seed) % 2;
		step(r, (struct vrrp_event){.kind = VRRP_EV_RECONF});
		break;
	case 4:
		step(r, (struct vrrp_event){.kind = VRRP_EV_RESUME});
		break;
	case 10:
		r->p.expired_priority = rand_r(seed) % 4 ? 0 : 200;
		step(r, (struct vrrp_event){.kind = VRRP_EV_THAW,
					    .asleep = rand_r(seed) % SEC(9)});
		break;
	case 11:
		step(r, (struct vrrp_event){.kind = VRRP_EV_CLAIM});
		break;
	case 12:
		r->p.proof_wait = rand_r(seed) % 3 * SEC(5);
		step(r, (struct vrrp_event){.kind = VRRP_EV_DEAF});
		break;
	case 13:
		step(r, (struct vrrp_event){.kind = VRRP_EV_HEARD});
		break;
	case 5:
	case 6:
		step(r, (struct vrrp_event){.kind = VRRP_EV_TIMER});
		break;
	default:
		advert_every(r, p, src, MSEC(10) * (1 + rand_r(seed) % 400));
		break;
	}
}

static void
no_sequence_breaks_the_chain(void **state)
{
	(void)state;
	for (unsigned int run = 0; run < 600; run++) {
		unsigned int seed = run;
		struct rig r = rig_init((enum vrrp_profile)(run % 3), 100);
		struct world w = {.state = VRRP_INIT};

		for (int i = 0; i < 400; i++) {
			random_step(&r, &seed);
			observe(&w, &r);
			invariants(&w, &r);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_are_exact),
		cmocka_unit_test(starts_as_the_rfc_says),
		cmocka_unit_test(start_can_be_delayed),
		cmocka_unit_test(backup_takes_over_when_silence_lasts),
		cmocka_unit_test(version_3_learns_the_interval),
		cmocka_unit_test(backup_honours_who_is_not_lower),
		cmocka_unit_test(preempts_a_lower_master),
		cmocka_unit_test(preemption_can_be_delayed),
		cmocka_unit_test(a_higher_master_ends_the_delay),
		cmocka_unit_test(master_advertises_without_drift),
		cmocka_unit_test(lateness_never_bursts),
		cmocka_unit_test(master_meets_others),
		cmocka_unit_test(addresses_compare_unsigned),
		cmocka_unit_test(master_gives_way_to_a_higher),
		cmocka_unit_test(owner_follows_the_policy),
		cmocka_unit_test(stop_resigns_only_as_master),
		cmocka_unit_test(conditions_fault_and_clear),
		cmocka_unit_test(resumes_without_announcing),
		cmocka_unit_test(new_values_go_on_from_where_timers_began),
		cmocka_unit_test(no_sequence_breaks_the_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
