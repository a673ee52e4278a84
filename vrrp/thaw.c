/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the router does when it was not let run, when another claims one of
 * its addresses, and when a frame shows that it can hear; the decisions are
 * the state machine's (doubt.c).  Executes nothing but what is queued here:
 * announcements of a master in doubt are taken back.
 */
#include <string.h>

#include "vrrp/instance.h"

/* A wake-up this late means that we were not let run. */
#define LATE MSEC(2)
/* Between two answers to claims of our addresses: doubled while they go on. */
#define CLAIM_GAP_MIN MSEC(250)
#define CLAIM_GAP_MAX SEC(64)

/* A start that is put off for so long is remarked on. */
#define DELAY_IS_LONG SEC(60)

/* ---- start ---- */

nsec_t
vrrp_router_startup_delay(const struct vrrp_router *r, monotime_t now)
{
	nsec_t up = now.ns + r->uncounted;
	nsec_t delay = r->global.vrrp_delay_after_boot - up;

	if (r->is_reload || r->hints != NULL)
		return 0;
	if (delay < r->global.vrrp_startup_delay)
		delay = r->global.vrrp_startup_delay;
	return delay > 0 ? delay : 0;
}

void
vrrp_router_tell_delay(const struct vrrp_router *r, monotime_t now)
{
	nsec_t delay = vrrp_router_startup_delay(r, now);

	if (delay > 0)
		log_info("VRRP starts in %.3f s%s", (double)delay / SEC(1),
			 delay >= DELAY_IS_LONG
				 ? ", which is long: is that meant?"
				 : "");
}

/* ---- sleep ---- */

bool
vrrp_router_thaw(struct vrrp_router *r, nsec_t asleep, monotime_t now)
{
	struct vrrp_instance *in;
	nsec_t late = monotime_sub(now, vrrp_router_next(r));

	if (late <= LATE && asleep == 0)
		return false;
	TAILQ_FOREACH (in, &r->instances, link) {
		struct vrrp_event ev = {
			.kind = VRRP_EV_THAW,
			.asleep = asleep,
		};

		/* Not yet due by a clock that did not stand still? */
		if (asleep == 0 && monotime_before(now, in->fsm.deadline))
			continue;
		in->slept = asleep + monotime_sub(now, in->fsm.deadline);
		vrrp_instance_step(in, &ev, now);
	}
	return true;
}

/* Nobody is told our address while it may be another's. */
static void
hush(struct vrrp_instance *in)
{
	in->announce_again = in->announce_refresh = MONOTIME_NEVER;
	in->is_announcing = false;
	for (uint32_t i = 0; i < in->n_vips; i++)
		announce_cancel(&in->router->announce, &in->vips[i].item);
}

void
vrrp_instance_word(struct vrrp_instance *in, enum vrrp_why why,
		   const struct vrrp_fsm *before, monotime_t now)
{
	struct vrrp_note n = {
		.kind = VRRP_NOTE_WORD,
		.why = why,
		.peer = before->master,
		.peer_priority = before->master_priority,
		.waited = in->slept,
	};

	if (why == VRRP_WHY_THAW) {
		in->stats.thaws++;
		hush(in);
	} else if (why == VRRP_WHY_BEST) {
		vrrp_instance_rearm_refresh(in, now);
	} else if (why == VRRP_WHY_DEAF || why == VRRP_WHY_UNHEARD) {
		n.waited = in->params.proof_wait;
	} else if (why == VRRP_WHY_SYNC) {
		n.waited = in->params.sync_hold;
	}
	vrrp_instance_note(in, &n, now);
}

/* ---- claims ---- */

bool
vrrp_claim_allow(struct vrrp_claim_limit *l, monotime_t now)
{
	if (monotime_before(now, l->next))
		return false;
	/* Quiet for as long as we held back: a new affair. */
	if (l->gap == 0 || monotime_sub(now, l->next) > l->gap)
		l->gap = CLAIM_GAP_MIN;
	else if (l->gap < CLAIM_GAP_MAX)
		l->gap *= 2;
	l->next = monotime_add(now, l->gap);
	return true;
}

static bool
has_vip(const struct vrrp_instance *in, const struct vrrp_claim *c)
{
	for (uint32_t i = 0; i < in->n_vips; i++)
		if (in->vips[i].slot.want.ifindex == c->ifindex &&
		    addr_is_equal(&in->vips[i].slot.want.addr, &c->addr))
			return true;
	return false;
}

/* What one of our own interfaces says, wherever it came back. */
bool
vrrp_router_is_own_mac(const struct vrrp_router *r,
		       const uint8_t mac[VRRP_MAC_LEN])
{
	const struct iface *i, *next;

	HASH_ITER (hh_index, r->ifaces.by_index, i, next)
		if (i->fact.has_mac &&
		    memcmp(i->fact.mac, mac, VRRP_MAC_LEN) == 0)
			return true;
	return false;
}

static void
contradict(struct vrrp_instance *in, const struct vrrp_claim *c, monotime_t now)
{
	struct vrrp_note n = {.kind = VRRP_NOTE_CLAIM, .peer = c->addr};

	in->stats.claims++;
	/* The last one is answered, too, when the gap is over. */
	if (!vrrp_claim_allow(&in->claim_limit, now)) {
		in->claim_again = in->claim_limit.next;
		vrrp_instance_schedule(in);
		return;
	}
	in->claim_again = MONOTIME_NEVER;
	memcpy(n.mac, c->mac, sizeof(n.mac));
	vrrp_instance_note(in, &n, now);
	vrrp_instance_step(in, &(struct vrrp_event){.kind = VRRP_EV_CLAIM},
			   now);
}

void
vrrp_router_claim(struct vrrp_router *r, const struct vrrp_claim *c,
		  monotime_t now)
{
	struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->instances, link)
		if (in->fsm.state == VRRP_MASTER && has_vip(in, c) &&
		    !vrrp_router_is_own_mac(r, c->mac))
			contradict(in, c, now);
}

void
vrrp_instance_claim_due(struct vrrp_instance *in, monotime_t now)
{
	in->claim_again = MONOTIME_NEVER;
	if (vrrp_claim_allow(&in->claim_limit, now))
		vrrp_instance_step(
			in, &(struct vrrp_event){.kind = VRRP_EV_CLAIM}, now);
}

size_t
vrrp_router_claimable(const struct vrrp_router *r, struct addr *out, size_t max)
{
	const struct vrrp_instance *in;
	size_t n = 0;

	TAILQ_FOREACH (in, &r->instances, link) {
		if (in->fsm.state != VRRP_MASTER)
			continue;
		for (uint32_t i = 0; i < in->n_vips; i++, n++)
			if (n < max)
				out[n] = in->vips[i].slot.want.addr;
	}
	return n;
}
