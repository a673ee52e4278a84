/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The executor: what the state machine asks for goes into the router's
 * outbox, words about it among the notes; a flush (flush.c) carries it out.
 * It decides nothing.
 */
#include <string.h>

#include "vrrp/sync.h"

/* Refreshed so many times in a lifetime. */
#define VIP_LIFETIME_PARTS 3

/* ---- effects of one step ---- */

static void
on_state(struct vrrp_instance *in, const struct vrrp_effect *e,
	 const struct vrrp_fsm *before, const struct vrrp_event *ev,
	 monotime_t now)
{
	struct vrrp_note n = {
		.kind = VRRP_NOTE_STATE,
		.to = e->to,
		.why = e->why,
		.peer = before->master,
		.peer_priority = before->master_priority,
		.unmet = e->why == VRRP_WHY_CLEARED ? before->unmet
						    : in->fsm.unmet,
		.waited = monotime_sub(now, before->heard),
	};

	if (e->why == VRRP_WHY_HIGHER || e->why == VRRP_WHY_TIE) {
		n.peer = ev->src;
		n.peer_priority = ev->priority;
	}
	if (e->why == VRRP_WHY_SLEPT)
		n.waited = in->slept;
	if (e->to == VRRP_BACKUP && e->from != VRRP_MASTER)
		in->router->is_deaf_new |= in->params.proof_wait > 0;
	if ((e->from == VRRP_MASTER) != (e->to == VRRP_MASTER))
		in->router->is_claimable_new = true;
	in->since = now;
	in->noted_priority = in->params.priority;
	if (e->from == VRRP_MASTER) {
		in->stats.released_master++;
		in->announce_again = in->announce_refresh = MONOTIME_NEVER;
		in->announce_extra = MONOTIME_NEVER;
		in->claim_again = MONOTIME_NEVER;
		vrrp_instance_radvert_rearm(in, now);
		in->is_announcing = false;
		for (uint32_t i = 0; i < in->n_vips; i++)
			announce_cancel(&in->router->announce,
					&in->vips[i].item);
	}
	if (e->to == VRRP_MASTER)
		in->stats.became_master++;
	vrrp_instance_note(in, &n, now);
}

/* Not where the interface is gone or has no carrier: nobody would hear. */
static bool
can_say_farewell(const struct vrrp_instance *in)
{
	const struct iface *i =
		iface_find_index(&in->router->ifaces, in->key.ifindex);

	if (i == NULL || !iface_has_carrier(i))
		return false;
	if (in->is_anywhere)
		return true;
	i = iface_find_index(&in->router->ifaces, in->tx_ifindex);
	return i != NULL && (i->fact.flags & IFF_UP);
}

static void
queue_adverts(struct vrrp_instance *in, bool is_resign, monotime_t now)
{
	struct vrrp_router *r = in->router;

	if (is_resign && !can_say_farewell(in))
		return;
	vrrp_instance_seal(in, is_resign);
	for (uint32_t i = 0; i < in->n_dests; i++) {
		struct vrrp_dest *d = &in->dests[i];

		/* The same list of peers may stand on all nodes: not to us. */
		if (d->len == 0 || (in->tx_ifindex == 0 && !in->is_anywhere) ||
		    addr_is_equal(&d->addr, &in->params.source))
			continue;
		if (r->n_tx == r->room_tx)
			vrrp_router_send(r);
		r->tx[r->n_tx++] = (struct vrrp_tx){
			.data = is_resign ? d->resign : d->advert,
			.len = d->len,
			.ifindex = in->tx_ifindex,
			.src = &in->params.source,
			.dst = &d->addr,
			.hops = in->hops,
			.errors = &in->stats.send_errors,
		};
	}
	in->stats.sent++;
	if (!is_resign)
		return;
	in->stats.zero_sent++;
	vrrp_instance_note(in, &(struct vrrp_note){.kind = VRRP_NOTE_RESIGNED},
			   now);
}

/* An advert of another priority than ours; rare, so that no bytes are kept
 * ready for it. */
static void
queue_least(struct vrrp_instance *in, monotime_t now)
{
	uint8_t own = in->params.priority;

	vrrp_router_send(in->router); /* it may hold our bytes */
	in->params.priority = VRRP_PRIO_LEAST;
	vrrp_instance_encode(in);
	queue_adverts(in, false, now);
	vrrp_router_send(in->router);
	in->params.priority = own;
	vrrp_instance_encode(in);
}

void
vrrp_instance_rearm_refresh(struct vrrp_instance *in, monotime_t now)
{
	nsec_t every = in->conf->garp_master_refresh;

	if (in->fsm.state != VRRP_MASTER || every == 0)
		in->announce_refresh = MONOTIME_NEVER;
	else
		in->announce_refresh = monotime_min(in->announce_refresh,
						    monotime_add(now, every));
}

void
vrrp_instance_rearm_lifetime(struct vrrp_instance *in, monotime_t now)
{
	nsec_t every = in->conf->vip_lifetime / VIP_LIFETIME_PARTS;

	if (in->fsm.state != VRRP_MASTER || every == 0)
		in->vips_refresh = MONOTIME_NEVER;
	else
		in->vips_refresh = monotime_min(in->vips_refresh,
						monotime_add(now, every));
}

static void
set_wanted(struct vrrp_instance *in, bool is_wanted, monotime_t now)
{
	for (uint32_t i = 0; i < in->n_vips; i++) {
		in->vips[i].slot.is_wanted = is_wanted;
		/* One that is left over from before is made to last. */
		in->vips[i].slot.is_stale = in->conf->vip_lifetime > 0;
		in->vips[i].was_held = false;
	}
	vrrp_hold_want(in->router, in->held, in->n_held, is_wanted);
	vrrp_instance_touch(in);
	in->vips_retry = MONOTIME_NEVER;
	vrrp_instance_rearm_lifetime(in, now);
}

static void
announce_begin(struct vrrp_instance *in, uint32_t repeat, nsec_t again,
	       monotime_t now)
{
	in->is_announcing = true;
	in->announce_count = repeat;
	vrrp_instance_touch(in);
	in->announce_again =
		again > 0 ? monotime_add(now, again) : MONOTIME_NEVER;
}

static void
execute(struct vrrp_instance *in, const struct vrrp_effect *e,
	const struct vrrp_fsm *before, const struct vrrp_event *ev,
	monotime_t now)
{
	const struct vrrp_instance_conf *c = in->conf;

	switch (e->kind) {
	case VRRP_FX_ADVERT:
		queue_adverts(in, false, now);
		return;
	case VRRP_FX_RESIGN:
		queue_adverts(in, true, now);
		return;
	case VRRP_FX_LEAST:
		queue_least(in, now);
		return;
	case VRRP_FX_STATE:
		on_state(in, e, before, ev, now);
		return;
	case VRRP_FX_VIPS_ADD:
		set_wanted(in, true, now);
		vrrp_instance_rearm_refresh(in, now);
		vrrp_instance_rearm_extra(in, now);
		vrrp_instance_radvert_rearm(in, now);
		return;
	case VRRP_FX_VIPS_DEL:
		set_wanted(in, false, now);
		return;
	case VRRP_FX_ANNOUNCE:
		announce_begin(in, c->garp_master_repeat, c->garp_master_delay,
			       now);
		return;
	case VRRP_FX_REANNOUNCE:
		announce_begin(in, c->garp_lower_prio_repeat,
			       c->garp_lower_prio_delay, now);
		return;
	case VRRP_FX_LOWER:
		in->stats.lower_received++;
		vrrp_instance_note(
			in,
			&(struct vrrp_note){.kind = VRRP_NOTE_LOWER,
					    .peer = ev->src,
					    .peer_priority = ev->priority},
			now);
		return;
	case VRRP_FX_WORD:
		vrrp_instance_word(in, e->why, before, now);
		return;
	}
}

static monotime_t
next_due(const struct vrrp_instance *in)
{
	monotime_t next = monotime_min(in->fsm.deadline, in->announce_again);

	next = monotime_min(next, in->announce_refresh);
	next = monotime_min(next, in->announce_extra);
	next = monotime_min(next, in->vips_refresh);
	next = monotime_min(next, in->claim_again);
	next = monotime_min(next, in->radvert_next);
	return monotime_min(next, in->vips_retry);
}

bool
vrrp_instance_put_off(struct vrrp_instance *in)
{
	monotime_t next = next_due(in);

	if (!monotime_before(in->due.at, next))
		return false;
	agenda_set(&in->router->agenda, &in->due, next);
	return true;
}

void
vrrp_instance_schedule(struct vrrp_instance *in)
{
	monotime_t next = next_due(in);

	/* A deadline that moved away (each advert heard does that) is found
	 * out when an old one comes; the agenda need not be touched. */
	if (in->due.pos != 0 && !monotime_before(next, in->due.at))
		return;
	agenda_set(&in->router->agenda, &in->due, next);
}

/* Told when it changes between two states; a state tells its own. */
static void
note_priority(struct vrrp_instance *in, monotime_t now)
{
	struct vrrp_note n = {
		.kind = VRRP_NOTE_PRIORITY,
		.to = in->fsm.state,
		.peer_priority = in->noted_priority,
	};

	if (in->noted_priority == in->params.priority)
		return;
	in->noted_priority = in->params.priority;
	if (n.peer_priority != 0 && in->fsm.state != VRRP_INIT)
		vrrp_instance_note(in, &n, now);
}

void
vrrp_instance_step(struct vrrp_instance *in, const struct vrrp_event *ev,
		   monotime_t now)
{
	if (in->sync != NULL)
		vrrp_sync_step(in, ev, now);
	else
		vrrp_instance_step_alone(in, ev, now);
}

void
vrrp_instance_step_alone(struct vrrp_instance *in, const struct vrrp_event *ev,
			 monotime_t now)
{
	struct vrrp_fsm before = in->fsm;
	struct vrrp_effects fx = {0};

	if (ev->kind == VRRP_EV_RECONF)
		note_priority(in, now);
	vrrp_fsm_step(&in->fsm, &in->params, ev, now, &fx);
	for (uint32_t i = 0; i < fx.n; i++)
		execute(in, &fx.e[i], &before, ev, now);
	vrrp_instance_schedule(in);
}

void
vrrp_instance_announce(struct vrrp_instance *in, uint32_t times)
{
	for (uint32_t i = 0; i < in->n_vips; i++) {
		struct vrrp_vip *v = &in->vips[i];

		if (iface_vip_actual(&in->router->ifaces, &v->slot.want)
			    .is_present)
			announce_add(&in->router->announce, &v->item, times);
	}
}

void
vrrp_instance_due(struct vrrp_instance *in, monotime_t now)
{
	const struct vrrp_instance_conf *c = in->conf;

	if (!monotime_before(now, in->fsm.deadline))
		vrrp_instance_step(
			in, &(struct vrrp_event){.kind = VRRP_EV_TIMER}, now);
	if (!monotime_before(now, in->announce_again)) {
		in->announce_again = MONOTIME_NEVER;
		vrrp_instance_announce(in, in->announce_count);
	}
	if (!monotime_before(now, in->announce_refresh)) {
		in->announce_refresh = MONOTIME_NEVER;
		vrrp_instance_rearm_refresh(in, now);
		vrrp_instance_announce(in, c->garp_master_refresh_repeat);
	}
	if (!monotime_before(now, in->claim_again))
		vrrp_instance_claim_due(in, now);
	if (!monotime_before(now, in->announce_extra))
		vrrp_instance_announce_extra(in, now);
	if (!monotime_before(now, in->vips_refresh)) {
		for (uint32_t i = 0; i < in->n_vips; i++)
			in->vips[i].slot.is_stale = true;
		in->vips_refresh = MONOTIME_NEVER;
		vrrp_instance_rearm_lifetime(in, now);
		vrrp_instance_touch(in);
	}
	if (!monotime_before(now, in->radvert_next))
		vrrp_instance_radvert_due(in, now);
	if (!monotime_before(now, in->vips_retry)) {
		in->vips_retry = MONOTIME_NEVER;
		vrrp_instance_touch(in);
	}
	vrrp_instance_schedule(in);
}
