/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sync groups as one election; see group.h. */
#include "vrrp/group.h"

uint32_t
vrrp_member_unmet(const struct vrrp_member *m)
{
	return m->fsm->unmet & ~(uint32_t)VRRP_COND_GROUP;
}

bool
vrrp_group_is_owner(const struct vrrp_group *g)
{
	for (uint32_t i = 0; i < g->n; i++)
		if (g->member[i].params->priority != VRRP_PRIO_OWNER)
			return false;
	return true;
}

/* How many that have joined lack a condition of their own. */
static uint32_t
faulty(const struct vrrp_group *g)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->n; i++)
		n += !g->member[i].is_joining &&
		     vrrp_member_unmet(&g->member[i]) != 0;
	return n;
}

static uint32_t
count(const struct vrrp_group *g, enum vrrp_state s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->n; i++)
		n += !g->member[i].is_joining && g->member[i].fsm->state == s;
	return n;
}

enum vrrp_state
vrrp_group_state(const struct vrrp_group *g)
{
	if (count(g, VRRP_FAULT) > 0)
		return VRRP_FAULT;
	if (count(g, VRRP_MASTER) > 0)
		return VRRP_MASTER;
	return count(g, VRRP_BACKUP) > 0 ? VRRP_BACKUP : VRRP_INIT;
}

/* ---- the others' word on a take-over ---- */

/* When its down timer runs out, as it was armed. */
static monotime_t
down_at(const struct vrrp_member *m)
{
	const struct vrrp_fsm *f = m->fsm;

	return monotime_add(
		f->heard,
		f->is_skew_only
			? vrrp_skew(m->params, f->master_interval)
			: vrrp_down_interval(m->params, f->master_interval));
}

/*
 * Until when member j's knowledge speaks against member i's "no master is
 * there".  Where i has heard a farewell: as long as j's master is not overdue.
 * Else: if j heard an advert when i should have had one more, too.
 */
static monotime_t
objection(const struct vrrp_member *i, const struct vrrp_member *j,
	  monotime_t now)
{
	const struct vrrp_fsm *f = j->fsm;
	monotime_t none = {0}, end = down_at(j), last;

	if (j->is_joining || f->state != VRRP_BACKUP)
		return none;
	if (monotime_before(now, f->quiet_until))
		return f->quiet_until;
	if (!addr_is_set(&f->master) || f->is_skew_only ||
	    !monotime_before(now, end))
		return none;
	if (i->fsm->is_skew_only) {
		last = monotime_add(
			f->heard,
			f->master_interval +
				vrrp_skew(j->params, f->master_interval));
		return monotime_before(now, last) ? last : none;
	}
	last = monotime_add(i->fsm->heard, i->fsm->master_interval +
						   i->fsm->master_interval / 2);
	return monotime_before(last, f->heard) ? end : none;
}

/* The latest objection to i's take-over; not after now: there is none. */
static monotime_t
wait_until(const struct vrrp_group *g, uint32_t i, monotime_t now)
{
	monotime_t until = now;

	for (uint32_t k = 0; k < g->n; k++) {
		monotime_t end = now;

		if (k != i)
			end = objection(&g->member[i], &g->member[k], now);
		if (monotime_before(until, end))
			until = end;
	}
	return until;
}

/* ---- ties ---- */

static bool
is_fresh(const struct vrrp_member *m, monotime_t now)
{
	return monotime_sub(now, m->tie_at) <=
	       vrrp_down_interval(m->params, m->params->interval);
}

/* Has an earlier member won against the rival, as far as it is heard there? */
static bool
is_won_before(const struct vrrp_group *g, uint32_t i, monotime_t now)
{
	for (uint32_t k = 0; k < i; k++)
		if (!g->member[k].is_joining && !g->member[k].is_asked &&
		    g->member[k].fsm->state == VRRP_MASTER &&
		    is_fresh(&g->member[k], now))
			return true;
	return false;
}

/*
 * An advert of our own priority at a master.  False: it is passed over, since
 * an earlier member is about to hear one, too, and decides.
 */
static bool
judge_tie(struct vrrp_group *g, uint32_t i, struct vrrp_event *ev,
	  monotime_t now)
{
	struct vrrp_member *m = &g->member[i];
	bool was_asked = m->is_asked && is_fresh(m, now);

	if (addr_compare(&ev->src, &m->params->source) <= 0) {
		m->is_asked = false;
		m->tie_at = now;
		return true;
	}
	if (is_won_before(g, i, now)) {
		ev->is_won = true;
		return true;
	}
	if (i == 0 || (was_asked &&
		       monotime_sub(now, m->tie_at) > m->params->interval / 2))
		return true;
	if (!was_asked)
		m->tie_at = now;
	m->is_asked = true;
	return false;
}

/* ---- steps ---- */

static void
join(struct vrrp_group *g, struct vrrp_member *m)
{
	enum vrrp_state s = m->fsm->state;
	bool is_alone = true;

	for (uint32_t i = 0; i < g->n; i++)
		is_alone &= g->member[i].is_joining;
	if (!is_alone &&
	    (s == VRRP_INIT || vrrp_member_unmet(m) != 0 ||
	     g->target == VRRP_INIT || /* the others begin in a moment */
	     (s != VRRP_MASTER && g->target == VRRP_MASTER && faulty(g) == 0)))
		return;
	m->is_joining = false;
}

/* What member i must do to be where the group is; false: nothing. */
static bool
next_of(const struct vrrp_group *g, uint32_t i, uint32_t n_faulty,
	struct vrrp_event *ev)
{
	const struct vrrp_member *m = &g->member[i];
	uint32_t own = vrrp_member_unmet(m), unmet = own;

	*ev = (struct vrrp_event){.kind = VRRP_EV_UNMET};
	if (!m->is_joining && n_faulty > (own != 0))
		unmet |= VRRP_COND_GROUP;
	ev->unmet = unmet;
	if (unmet != m->fsm->unmet)
		return true;
	if (m->is_joining)
		return false;
	ev->kind = g->target == VRRP_MASTER ? VRRP_EV_SYNC_MASTER
					    : VRRP_EV_SYNC_BACKUP;
	return (g->target == VRRP_MASTER && m->fsm->state == VRRP_BACKUP) ||
	       (g->target == VRRP_BACKUP && m->fsm->state == VRRP_MASTER);
}

void
vrrp_group_settle(struct vrrp_group *g, monotime_t now, vrrp_group_act *act,
		  void *arg)
{
	struct vrrp_event ev;
	uint32_t n_faulty;

	for (uint32_t i = 0; i < g->n; i++)
		if (g->member[i].is_joining)
			join(g, &g->member[i]);
	n_faulty = faulty(g);
	if (n_faulty > 0)
		g->target = VRRP_BACKUP; /* when that is over */
	else if (g->target == VRRP_INIT)
		g->target = count(g, VRRP_BACKUP) > 0	? VRRP_BACKUP
			    : count(g, VRRP_MASTER) > 0 ? VRRP_MASTER
							: VRRP_INIT;
	for (uint32_t i = 0; i < g->n; i++)
		/* a condition first, then the state that follows from it */
		for (int k = 0; k < 2 && next_of(g, i, n_faulty, &ev); k++)
			act(arg, i, &ev, now);
	if (count(g, VRRP_INIT) == g->n)
		g->target = VRRP_INIT;
}

/* What becomes of an event before the member has it; false: nothing. */
static bool
admit(struct vrrp_group *g, uint32_t i, struct vrrp_event *ev, monotime_t now)
{
	struct vrrp_member *m = &g->member[i];
	enum vrrp_state s = m->fsm->state;

	if (ev->kind == VRRP_EV_UNMET) {
		uint32_t others =
			faulty(g) - (!m->is_joining && vrrp_member_unmet(m));

		ev->unmet &= ~(uint32_t)VRRP_COND_GROUP;
		if (others > 0 && !m->is_joining)
			ev->unmet |= VRRP_COND_GROUP;
	} else if (ev->kind == VRRP_EV_TIMER && s == VRRP_BACKUP &&
		   !m->is_joining && !monotime_before(now, m->fsm->deadline)) {
		monotime_t until = wait_until(g, i, now);

		if (monotime_before(now, until)) {
			ev->kind = VRRP_EV_WAIT;
			ev->until = until;
		}
	} else if (ev->kind == VRRP_EV_ADVERT && s == VRRP_MASTER &&
		   !m->is_joining && !m->fsm->is_doubtful &&
		   ev->priority == m->params->priority &&
		   !addr_is_equal(&ev->src, &m->params->source)) {
		return judge_tie(g, i, ev, now);
	}
	return true;
}

void
vrrp_group_step(struct vrrp_group *g, uint32_t i, const struct vrrp_event *ev,
		monotime_t now, vrrp_group_act *act, void *arg)
{
	struct vrrp_event own = *ev;
	struct vrrp_member *m = &g->member[i];
	enum vrrp_state before = m->fsm->state;
	uint32_t unmet = m->fsm->unmet;

	if (!admit(g, i, &own, now))
		return;
	act(arg, i, &own, now);
	if (own.kind == VRRP_EV_STOP)
		return; /* all are stopped one by one, or it leaves */
	if (m->fsm->state == before && m->fsm->unmet == unmet)
		return;
	if (!m->is_joining && m->fsm->state == VRRP_MASTER)
		g->target = VRRP_MASTER;
	else if (!m->is_joining && before == VRRP_MASTER)
		g->target = VRRP_BACKUP;
	vrrp_group_settle(g, now, act, arg);
}
