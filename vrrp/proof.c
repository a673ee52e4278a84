/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Proof of receive: who has heard nothing yet and would take over for the
 * first time, and what tells it that it can hear.  The decisions are the
 * state machine's (doubt.c).
 */
#include <string.h>

#include "vrrp/instance.h"

/* Would a proof matter to it? */
static bool
is_deaf(const struct vrrp_instance *in, monotime_t now)
{
	return in->fsm.state == VRRP_BACKUP && in->params.proof_wait > 0 &&
	       !in->fsm.is_proven && in->key.ifindex != 0 &&
	       monotime_before(now, in->fsm.proof_end);
}

static bool
is_listed(const struct vrrp_deaf *out, size_t n, uint32_t ifindex)
{
	for (size_t i = 0; i < n; i++)
		if (out[i].ifindex == ifindex)
			return true;
	return false;
}

size_t
vrrp_router_deaf(const struct vrrp_router *r, struct vrrp_deaf *out, size_t max,
		 monotime_t now)
{
	const struct vrrp_instance *in;
	size_t n = 0;

	TAILQ_FOREACH (in, &r->instances, link) {
		const struct iface *i =
			iface_find_index(&r->ifaces, in->key.ifindex);

		if (n == max || !is_deaf(in, now) || i == NULL ||
		    !i->fact.has_mac || is_listed(out, n, in->key.ifindex))
			continue;
		out[n] = (struct vrrp_deaf){.ifindex = in->key.ifindex};
		memcpy(out[n].mac, i->fact.mac, sizeof(out[n].mac));
		/* Without an address: a probe (RFC 5227 §1.1). */
		if (in->params.source.family == AF_INET)
			out[n].source = in->params.source;
		n++;
	}
	return n;
}

static void
tell(struct vrrp_router *r, uint32_t ifindex, enum vrrp_event_kind kind,
     monotime_t now)
{
	struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->instances, link)
		if (in->key.ifindex == ifindex && is_deaf(in, now))
			vrrp_instance_step(
				in, &(struct vrrp_event){.kind = kind}, now);
}

void
vrrp_router_should_hear(struct vrrp_router *r, uint32_t ifindex, monotime_t now)
{
	tell(r, ifindex, VRRP_EV_DEAF, now);
}

void
vrrp_router_heard(struct vrrp_router *r, const struct vrrp_claim *c,
		  monotime_t now)
{
	if (!vrrp_router_is_own_mac(r, c->mac))
		tell(r, c->ifindex, VRRP_EV_HEARD, now);
}
