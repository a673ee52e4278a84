/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Never two masters for longer than it takes to see it: what the state
 * machine does when the process or the machine was not let run, when another
 * claims our addresses, and when it is not known whether we hear anything.
 * Part of fsm.c (see fsm_step.h), and as pure.
 *
 * RFC 9568 has no word for a sleep: its timers fire in time.  A master whose
 * timer comes later than the others' Master_Down_Interval is no longer what
 * the RFC calls Active; what it may do is what a router that starts may do:
 * listen, then speak.
 */
#include "vrrp/fsm_step.h"

nsec_t
vrrp_patience(const struct vrrp_params *p, uint8_t priority)
{
	struct vrrp_params other = *p;

	other.priority = priority;
	return vrrp_down_interval(&other, p->interval);
}

/*
 * Gives way to who became master while we slept.  It must learn that there
 * was another who answered for its addresses, or neighbours stay wrong: all
 * that are known announce again when they hear a lower priority, so they get
 * to hear the least there is.  If there is nobody, priority 0 calls one.
 */
static void
yield(struct vrrp_fsm *f, const struct vrrp_params *p, monotime_t now,
      struct vrrp_effects *fx)
{
	nsec_t interval =
		addr_is_set(&f->master) ? f->master_interval : p->interval;

	fsm_emit(fx, f->master_priority > VRRP_PRIO_LEAST ? VRRP_FX_LEAST
							  : VRRP_FX_RESIGN);
	fsm_enter(f, VRRP_BACKUP, VRRP_WHY_SLEPT, fx);
	fsm_emit(fx, VRRP_FX_VIPS_DEL);
	fsm_arm_down(f, p, interval, now);
}

/* A master in doubt has listened: is it still the best? */
void
fsm_end_doubt(struct vrrp_fsm *f, const struct vrrp_params *p, monotime_t now,
	      struct vrrp_effects *fx)
{
	if (addr_is_set(&f->master) && !p->preempt &&
	    p->priority != VRRP_PRIO_OWNER) {
		yield(f, p, f->heard, fx);
		return;
	}
	f->is_doubtful = false;
	f->master = (struct addr){0};
	f->master_priority = 0;
	fsm_emit(fx, VRRP_FX_ADVERT);
	fsm_say(fx, VRRP_WHY_BEST);
	fsm_emit(fx, VRRP_FX_ANNOUNCE);
	f->deadline = monotime_add(now, p->interval);
}

/* In doubt: a better one wins at once, a lesser one is a rival until the
 * timer, which is due when all that was received has been read. */
void
fsm_doubt_advert(struct vrrp_fsm *f, const struct vrrp_params *p,
		 const struct vrrp_event *ev, monotime_t now,
		 struct vrrp_effects *fx)
{
	nsec_t interval = p->profile == VRRP_V2 ? p->interval : ev->interval;

	/* Said so long ago that its sender may be dead by now? */
	if (monotime_sub(f->thawed, now) > vrrp_down_interval(p, interval))
		return;
	if (ev->priority == VRRP_PRIO_STOP) {
		f->master = (struct addr){0};
		f->deadline = f->quiet_until;
	} else if (fsm_is_beaten_by(p, ev)) {
		fsm_lose(f, p, ev, now, fx);
	} else {
		f->master = ev->src;
		f->master_priority = ev->priority;
		f->master_interval = interval;
		f->heard = now;
		f->deadline = f->thawed;
	}
}

/* Listens before it speaks, for an interval and the skew. */
static void
doubt(struct vrrp_fsm *f, const struct vrrp_params *p, monotime_t now,
      struct vrrp_effects *fx)
{
	nsec_t listen = p->interval + vrrp_skew(p, p->interval);

	if (!f->is_doubtful)
		fsm_say(fx, VRRP_WHY_THAW);
	f->is_doubtful = true;
	f->thawed = now;
	/* None is better than the owner of the addresses. */
	f->quiet_until =
		monotime_add(now, p->priority == VRRP_PRIO_OWNER ? 0 : listen);
	f->deadline = f->quiet_until;
}

void
fsm_resume_in_doubt(struct vrrp_fsm *f, const struct vrrp_params *p,
		    monotime_t now, struct vrrp_effects *fx)
{
	fsm_enter(f, VRRP_MASTER, VRRP_WHY_RESUME, fx);
	fsm_emit(fx, VRRP_FX_VIPS_ADD);
	doubt(f, p, now, fx);
}

/* Silent for longer than the keenest of the others waits? */
static void
master_thaw(struct vrrp_fsm *f, const struct vrrp_params *p, nsec_t late,
	    monotime_t now, struct vrrp_effects *fx)
{
	nsec_t silent = late + p->interval;
	bool is_owner = p->priority == VRRP_PRIO_OWNER;

	if (silent <= vrrp_patience(p, VRRP_PRIO_OWNER - 1))
		return;
	if (p->expired_priority != 0 && !is_owner &&
	    silent > vrrp_patience(p, p->expired_priority)) {
		yield(f, p, now, fx);
		return;
	}
	doubt(f, p, now, fx);
}

/* Not let run, or suspended. */
void
fsm_on_thaw(struct vrrp_fsm *f, const struct vrrp_params *p, nsec_t asleep,
	    monotime_t now, struct vrrp_effects *fx)
{
	nsec_t late = asleep + monotime_sub(now, f->deadline);

	switch (f->state) {
	case VRRP_MASTER:
		master_thaw(f, p, late, now, fx);
		return;
	case VRRP_BACKUP:
		/* So late that what came meanwhile may not be all there. */
		if (late <= vrrp_down_interval(p, f->master_interval))
			return;
		f->thawed = now;
		f->quiet_until = monotime_add(
			now,
			f->master_interval + vrrp_skew(p, f->master_interval));
		if (monotime_before(f->deadline, f->quiet_until))
			f->deadline = f->quiet_until;
		return;
	case VRRP_INIT:
	case VRRP_FAULT:
		return;
	}
}

/* A second master that does not advertise, or whom we do not hear. */
void
fsm_on_claim(const struct vrrp_fsm *f, struct vrrp_effects *fx)
{
	if (f->state != VRRP_MASTER || f->is_doubtful)
		return; /* in doubt: announced when it ends */
	fsm_emit(fx, VRRP_FX_ADVERT);
	fsm_emit(fx, VRRP_FX_REANNOUNCE);
}

/* Receiving works.  A master has the time of one advert to be heard since;
 * if the wait was long, all the time there is. */
void
fsm_on_heard(struct vrrp_fsm *f, const struct vrrp_params *p, monotime_t now,
	     struct vrrp_effects *fx)
{
	monotime_t soon =
		monotime_add(now, p->interval + vrrp_skew(p, p->interval));

	if (f->state != VRRP_BACKUP)
		return;
	f->is_proven = true;
	if (!f->needs_proof)
		return;
	fsm_say(fx, VRRP_WHY_HEARD);
	if (f->is_overdue)
		fsm_arm_down(f, p, p->interval, now);
	else if (monotime_before(f->deadline, soon))
		f->deadline = soon;
	f->needs_proof = f->is_overdue = false;
}
