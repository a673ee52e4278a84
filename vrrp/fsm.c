/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The state machine of one virtual router; see fsm.h. */
#include "vrrp/fsm_step.h"

#include <assert.h>

struct vrrp_params
vrrp_params_init(enum vrrp_profile profile)
{
	return (struct vrrp_params){
		.profile = profile,
		.priority = 100,
		.interval = SEC(1),
		.down_adverts = 3,
		.preempt = true,
		.answer_lower = profile == VRRP_V3_9568,
		.owner_ignores = true,
	};
}

struct vrrp_fsm
vrrp_fsm_init(void)
{
	return (struct vrrp_fsm){
		.state = VRRP_INIT,
		.deadline = MONOTIME_NEVER,
		.preempt_at = MONOTIME_NEVER,
		.lower_at = MONOTIME_NEVER,
		.sync_since = MONOTIME_NEVER,
	};
}

const char *
vrrp_state_name(enum vrrp_state s)
{
	static const char *const name[] = {
		[VRRP_INIT] = "INIT",
		[VRRP_BACKUP] = "BACKUP",
		[VRRP_MASTER] = "MASTER",
		[VRRP_FAULT] = "FAULT",
	};

	return name[s];
}

nsec_t
vrrp_skew(const struct vrrp_params *p, nsec_t interval)
{
	nsec_t unit = p->profile == VRRP_V2 ? SEC(1) : interval;

	return unit * (256 - p->priority) / 256;
}

nsec_t
vrrp_down_interval(const struct vrrp_params *p, nsec_t interval)
{
	return interval * p->down_adverts + vrrp_skew(p, interval);
}

struct vrrp_effect *
fsm_emit(struct vrrp_effects *fx, enum vrrp_effect_kind kind)
{
	assert(fx->n < VRRP_EFFECTS_MAX);
	fx->e[fx->n] = (struct vrrp_effect){.kind = kind};
	return &fx->e[fx->n++];
}

void
fsm_say(struct vrrp_effects *fx, enum vrrp_why why)
{
	fsm_emit(fx, VRRP_FX_WORD)->why = why;
}

void
fsm_enter(struct vrrp_fsm *f, enum vrrp_state to, enum vrrp_why why,
	  struct vrrp_effects *fx)
{
	struct vrrp_effect *e = fsm_emit(fx, VRRP_FX_STATE);

	e->from = f->state;
	e->to = to;
	e->why = why;
	f->state = to;
	f->preempt_at = f->lower_at = MONOTIME_NEVER;
	f->is_skew_only = f->is_doubtful = false;
	if (to != VRRP_BACKUP) {
		f->needs_proof = f->is_overdue = false;
		f->master = (struct addr){0};
		f->master_priority = 0;
	}
	if (to == VRRP_INIT || to == VRRP_FAULT)
		f->deadline = MONOTIME_NEVER;
}

/* Restarts the down timer for a master of this interval. */
void
fsm_arm_down(struct vrrp_fsm *f, const struct vrrp_params *p, nsec_t interval,
	     monotime_t now)
{
	f->master_interval = p->profile == VRRP_V2 ? p->interval : interval;
	f->heard = now;
	f->is_skew_only = false;
	f->deadline =
		monotime_add(now, vrrp_down_interval(p, f->master_interval));
}

static void
become_master(struct vrrp_fsm *f, const struct vrrp_params *p,
	      enum vrrp_why why, monotime_t now, struct vrrp_effects *fx)
{
	fsm_emit(fx, VRRP_FX_ADVERT);
	fsm_enter(f, VRRP_MASTER, why, fx);
	fsm_emit(fx, VRRP_FX_VIPS_ADD);
	if (why != VRRP_WHY_RESUME)
		fsm_emit(fx, VRRP_FX_ANNOUNCE);
	f->deadline = monotime_add(now, p->interval);
}

static void
become_backup(struct vrrp_fsm *f, const struct vrrp_params *p,
	      enum vrrp_why why, monotime_t now, struct vrrp_effects *fx)
{
	fsm_enter(f, VRRP_BACKUP, why, fx);
	fsm_arm_down(f, p, p->interval, now);
}

/* RFC 9568 §6.4.1: Initialize with a Startup event. */
static void
begin(struct vrrp_fsm *f, const struct vrrp_params *p, enum vrrp_why why,
      monotime_t now, struct vrrp_effects *fx)
{
	if (f->unmet != 0)
		fsm_enter(f, VRRP_FAULT, VRRP_WHY_UNMET, fx);
	else if (why == VRRP_WHY_RESUME)
		become_master(f, p, why, now, fx);
	else if (p->priority == VRRP_PRIO_OWNER && !p->is_grouped)
		become_master(f, p, VRRP_WHY_OWNER, now, fx);
	else {
		become_backup(f, p, why, now, fx);
		f->is_proven = false;
		f->needs_proof = p->proof_wait > 0 && !p->proof_if_asked;
		f->proof_end = monotime_add(now, p->proof_wait);
	}
}

/* Leaves any state for INIT or FAULT. */
static void
leave(struct vrrp_fsm *f, enum vrrp_state to, enum vrrp_why why,
      struct vrrp_effects *fx)
{
	bool was_master = f->state == VRRP_MASTER;

	if (was_master)
		fsm_emit(fx, VRRP_FX_RESIGN);
	fsm_enter(f, to, why, fx);
	if (was_master)
		fsm_emit(fx, VRRP_FX_VIPS_DEL);
}

static void
on_unmet(struct vrrp_fsm *f, const struct vrrp_params *p, uint32_t unmet,
	 monotime_t now, struct vrrp_effects *fx)
{
	f->unmet = unmet;
	if (f->state == VRRP_INIT)
		return;
	if (f->state == VRRP_FAULT) {
		if (unmet == 0)
			begin(f, p, VRRP_WHY_CLEARED, now, fx);
		return;
	}
	if (unmet != 0)
		leave(f, VRRP_FAULT, VRRP_WHY_UNMET, fx);
}

/* The next advert is due one interval after this one was, not after now:
 * the clock does not drift.  Late by more: skip, never burst. */
static void
advance(struct vrrp_fsm *f, const struct vrrp_params *p, monotime_t now)
{
	nsec_t late = monotime_sub(now, f->deadline);

	f->deadline = monotime_add(f->deadline,
				   p->interval * (1 + late / p->interval));
}

static enum vrrp_why
why_timeout(const struct vrrp_fsm *f, const struct vrrp_params *p)
{
	if (f->is_skew_only)
		return VRRP_WHY_RESIGNED;
	if (p->priority == VRRP_PRIO_OWNER)
		return VRRP_WHY_OWNER;
	return addr_is_set(&f->master) && f->master_priority < p->priority
		       ? VRRP_WHY_PREEMPT
		       : VRRP_WHY_TIMEOUT;
}

static void
on_down(struct vrrp_fsm *f, const struct vrrp_params *p, monotime_t now,
	struct vrrp_effects *fx)
{
	if (monotime_before(now, f->quiet_until)) {
		f->deadline = f->quiet_until;
		return;
	}
	if (f->needs_proof && monotime_before(now, f->proof_end)) {
		f->is_overdue = true;
		f->deadline = f->proof_end;
		fsm_say(fx, VRRP_WHY_DEAF);
		return;
	}
	if (f->needs_proof)
		fsm_say(fx, VRRP_WHY_UNHEARD);
	become_master(f, p, why_timeout(f, p), now, fx);
}

static void
on_timer(struct vrrp_fsm *f, const struct vrrp_params *p, monotime_t now,
	 struct vrrp_effects *fx)
{
	if (monotime_before(now, f->deadline))
		return;
	switch (f->state) {
	case VRRP_INIT:
		begin(f, p, VRRP_WHY_START, now, fx);
		return;
	case VRRP_BACKUP:
		on_down(f, p, now, fx);
		return;
	case VRRP_MASTER:
		if (f->is_doubtful) {
			fsm_end_doubt(f, p, now, fx);
			return;
		}
		fsm_emit(fx, VRRP_FX_ADVERT);
		advance(f, p, now);
		return;
	case VRRP_FAULT:
		return;
	}
}

monotime_t
vrrp_sync_hold_end(const struct vrrp_fsm *f, const struct vrrp_params *p)
{
	if (p->sync_hold == 0 || monotime_is_never(f->lower_at))
		return (monotime_t){0};
	if (monotime_is_never(f->sync_since))
		return monotime_add(f->lower_at,
				    p->sync_hold + VRRP_SYNC_GRACE);
	return monotime_add(monotime_before(f->lower_at, f->sync_since)
				    ? f->sync_since
				    : f->lower_at,
			    p->sync_hold);
}

/* Not in the RFC: is a lower master respected for a while? */
static bool
is_respected(struct vrrp_fsm *f, const struct vrrp_params *p, monotime_t now,
	     struct vrrp_effects *fx)
{
	if (monotime_is_never(f->lower_at)) {
		f->lower_at = now;
		if (p->sync_hold > 0)
			fsm_say(fx, VRRP_WHY_SYNC);
	}
	if (p->preempt_delay > 0 && monotime_is_never(f->preempt_at))
		f->preempt_at = monotime_add(now, p->preempt_delay);
	return (p->preempt_delay > 0 && monotime_before(now, f->preempt_at)) ||
	       monotime_before(now, vrrp_sync_hold_end(f, p));
}

/* RFC 9568 §6.4.2 */
static void
backup_advert(struct vrrp_fsm *f, const struct vrrp_params *p,
	      const struct vrrp_event *ev, monotime_t now,
	      struct vrrp_effects *fx)
{
	f->master = ev->src;
	f->master_priority = ev->priority;
	f->needs_proof = f->is_overdue = false;
	f->is_proven = true;
	if (!monotime_before(now, f->thawed))
		f->quiet_until = f->thawed; /* ears and others are awake */
	if (ev->priority == VRRP_PRIO_STOP) {
		f->heard = now;
		f->is_skew_only = true;
		f->deadline =
			monotime_add(now, vrrp_skew(p, f->master_interval));
		return;
	}
	if (!p->preempt || ev->priority >= p->priority) {
		f->preempt_at = f->lower_at = MONOTIME_NEVER;
		fsm_arm_down(f, p, ev->interval, now);
		return;
	}
	if (is_respected(f, p, now, fx))
		fsm_arm_down(f, p, ev->interval, now);
}

/* Does the sender win over us?  RFC 9568 §6.4.3 */
bool
fsm_is_beaten_by(const struct vrrp_params *p, const struct vrrp_event *ev)
{
	if (ev->is_won)
		return false;
	if (ev->priority != p->priority)
		return ev->priority > p->priority;
	return addr_compare(&ev->src, &p->source) > 0;
}

void
fsm_lose(struct vrrp_fsm *f, const struct vrrp_params *p,
	 const struct vrrp_event *ev, monotime_t now, struct vrrp_effects *fx)
{
	/* Who slept held the addresses beside the other, who does not know
	 * and must announce them again: this makes it. */
	if (p->send_higher || f->is_doubtful)
		fsm_emit(fx, VRRP_FX_ADVERT);
	fsm_enter(f, VRRP_BACKUP,
		  ev->priority > p->priority ? VRRP_WHY_HIGHER : VRRP_WHY_TIE,
		  fx);
	fsm_emit(fx, VRRP_FX_VIPS_DEL);
	f->master = ev->src;
	f->master_priority = ev->priority;
	fsm_arm_down(f, p, ev->interval, now);
}

static void
master_advert(struct vrrp_fsm *f, const struct vrrp_params *p,
	      const struct vrrp_event *ev, monotime_t now,
	      struct vrrp_effects *fx)
{
	if (p->priority == VRRP_PRIO_OWNER && p->owner_ignores)
		return;
	if (addr_is_equal(&ev->src, &p->source))
		return; /* our own words, looped back */
	if (f->is_doubtful) {
		fsm_doubt_advert(f, p, ev, now, fx);
		return;
	}
	if (ev->priority == VRRP_PRIO_STOP) {
		/* Who resigns was a second master: announce again. */
		fsm_emit(fx, VRRP_FX_ADVERT);
		fsm_emit(fx, VRRP_FX_REANNOUNCE);
		f->deadline = monotime_add(now, p->interval);
		return;
	}
	if (fsm_is_beaten_by(p, ev)) {
		fsm_lose(f, p, ev, now, fx);
		return;
	}
	if (p->answer_lower)
		fsm_emit(fx, VRRP_FX_ADVERT);
	fsm_emit(fx, VRRP_FX_LOWER);
	fsm_emit(fx, VRRP_FX_REANNOUNCE);
}

static void
on_advert(struct vrrp_fsm *f, const struct vrrp_params *p,
	  const struct vrrp_event *ev, monotime_t now, struct vrrp_effects *fx)
{
	switch (f->state) {
	case VRRP_BACKUP:
		if (f->is_overdue)
			fsm_say(fx, VRRP_WHY_HEARD);
		backup_advert(f, p, ev, now, fx);
		return;
	case VRRP_MASTER:
		master_advert(f, p, ev, now, fx);
		return;
	case VRRP_INIT:
	case VRRP_FAULT:
		return;
	}
}

/* New params while running: the timers go on from where they began. */
static void
on_reconf(struct vrrp_fsm *f, const struct vrrp_params *p, monotime_t now)
{
	switch (f->state) {
	case VRRP_MASTER:
		f->deadline = monotime_min(f->deadline,
					   monotime_add(now, p->interval));
		return;
	case VRRP_BACKUP:
		if (p->profile == VRRP_V2 || !addr_is_set(&f->master))
			f->master_interval = p->interval;
		f->deadline = monotime_add(
			f->heard,
			f->is_skew_only
				? vrrp_skew(p, f->master_interval)
				: vrrp_down_interval(p, f->master_interval));
		if (p->priority == VRRP_PRIO_OWNER)
			f->deadline = now;
		return;
	case VRRP_INIT:
	case VRRP_FAULT:
		return;
	}
}

/* What its sync group has decided. */
static void
on_group(struct vrrp_fsm *f, const struct vrrp_params *p,
	 const struct vrrp_event *ev, monotime_t now, struct vrrp_effects *fx)
{
	if (ev->kind == VRRP_EV_SYNC_MASTER && f->state == VRRP_BACKUP) {
		become_master(f, p, VRRP_WHY_GROUP, now, fx);
	} else if (ev->kind == VRRP_EV_SYNC_BACKUP && f->state == VRRP_MASTER) {
		/* Nobody has beaten us here: others need not time out. */
		fsm_emit(fx, VRRP_FX_RESIGN);
		become_backup(f, p, VRRP_WHY_GROUP, now, fx);
		fsm_emit(fx, VRRP_FX_VIPS_DEL);
	} else if (ev->kind == VRRP_EV_WAIT && f->state == VRRP_BACKUP) {
		f->deadline = ev->until;
	}
}

void
vrrp_fsm_step(struct vrrp_fsm *f, const struct vrrp_params *p,
	      const struct vrrp_event *ev, monotime_t now,
	      struct vrrp_effects *fx)
{
	switch (ev->kind) {
	case VRRP_EV_START:
		if (f->state != VRRP_INIT)
			return;
		if (ev->delay > 0)
			f->deadline = monotime_add(now, ev->delay);
		else
			begin(f, p, VRRP_WHY_START, now, fx);
		return;
	case VRRP_EV_RESUME:
		if (f->state != VRRP_INIT)
			return;
		if (ev->asleep > 0 && f->unmet == 0)
			fsm_resume_in_doubt(f, p, now, fx);
		else
			begin(f, p, VRRP_WHY_RESUME, now, fx);
		return;
	case VRRP_EV_STOP:
		if (f->state != VRRP_INIT)
			leave(f, VRRP_INIT, VRRP_WHY_STOP, fx);
		f->deadline = MONOTIME_NEVER;
		return;
	case VRRP_EV_TIMER:
		on_timer(f, p, now, fx);
		return;
	case VRRP_EV_ADVERT:
		on_advert(f, p, ev, now, fx);
		return;
	case VRRP_EV_UNMET:
		on_unmet(f, p, ev->unmet, now, fx);
		return;
	case VRRP_EV_RECONF:
		on_reconf(f, p, now);
		return;
	case VRRP_EV_THAW:
		fsm_on_thaw(f, p, ev->asleep, now, fx);
		return;
	case VRRP_EV_CLAIM:
		fsm_on_claim(f, fx);
		return;
	case VRRP_EV_DEAF:
		if (f->state == VRRP_BACKUP && !f->is_proven)
			f->needs_proof = p->proof_wait > 0;
		return;
	case VRRP_EV_SYNC:
		f->sync_since = ev->until;
		return;
	case VRRP_EV_SYNC_MASTER:
	case VRRP_EV_SYNC_BACKUP:
	case VRRP_EV_WAIT:
		on_group(f, p, ev, now, fx);
		return;
	case VRRP_EV_HEARD:
		fsm_on_heard(f, p, now, fx);
		return;
	case VRRP_EV_LOST:
		if (f->state != VRRP_MASTER)
			return;
		leave(f, VRRP_BACKUP, VRRP_WHY_LOST, fx);
		fsm_arm_down(f, p, p->interval, now);
		return;
	}
}
