/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Router advertisements of an IPv6 virtual router (RFC 9568 §6.4.3), where
 * router_advert asks for them: from the virtual link-local address, with the
 * MAC that answers for it, without prefixes.  Only a master sends them; who
 * comes after it goes on, so nobody says farewell to the hosts.
 *
 * They wait in the queue of announcements, so that none delays an advert.
 */
#include "vrrp/instance.h"

/* RFC 4861 §6.2.4: the first few follow each other closely. */
#define INITIAL_COUNT	 3
#define INITIAL_INTERVAL SEC(16)

/* The first virtual link-local address that is there. */
static const struct vrrp_vip *
find_linklocal(const struct vrrp_instance *in)
{
	for (uint32_t i = 0; i < in->n_vips; i++) {
		const struct vrrp_vip *v = &in->vips[i];

		if (addr_is_linklocal(&v->slot.want.addr) &&
		    iface_vip_actual(&in->router->ifaces, &v->slot.want)
			    .is_present)
			return v;
	}
	return NULL;
}

static bool
is_sending(const struct vrrp_instance *in)
{
	return in->fsm.state == VRRP_MASTER && in->conf->router_advert > 0 &&
	       in->want.family == AF_INET6;
}

void
vrrp_instance_radvert_rearm(struct vrrp_instance *in, monotime_t now)
{
	if (!is_sending(in)) {
		announce_cancel(&in->router->announce, &in->radvert);
		in->radvert_next = MONOTIME_NEVER;
		in->radverts = 0;
	} else if (monotime_is_never(in->radvert_next)) {
		in->radvert_next = now;
	} else {
		in->radvert_next = monotime_min(
			in->radvert_next,
			monotime_add(now, in->conf->router_advert));
	}
}

void
vrrp_instance_radvert_due(struct vrrp_instance *in, monotime_t now)
{
	struct vrrp_router *r = in->router;
	nsec_t every = in->conf->router_advert;
	const struct vrrp_vip *v = find_linklocal(in);
	const struct iface *i = NULL;

	announce_cancel(&r->announce, &in->radvert);
	if (v != NULL)
		i = iface_find_index(&r->ifaces, v->slot.want.ifindex);
	if (i == NULL || !i->fact.has_mac) {
		/* The address is still on its way. */
		in->radvert_next = monotime_add(now, SEC(1));
		return;
	}
	in->radvert.ifindex = i->fact.ifindex;
	in->radvert.family = AF_INET6;
	in->radvert.frame_len = (uint16_t)vrrp_frame_router_advert(
		&v->slot.want.addr, i->fact.mac,
		(uint16_t)(in->conf->router_advert_lifetime / SEC(1)),
		in->radvert.frame);
	announce_add(&r->announce, &in->radvert, 1);
	if (++in->radverts < INITIAL_COUNT && every > INITIAL_INTERVAL)
		every = INITIAL_INTERVAL;
	in->radvert_next = monotime_add(now, every);
}
