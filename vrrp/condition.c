/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * From the interface mirror to what an instance lives on: where it listens,
 * where it sends, where its addresses are, and which of its conditions are
 * unmet.  Level-triggered: looked at anew at each change, so the order of
 * changes does not matter.  It takes no decision of the protocol (fsm.c).
 */
#include <stdio.h>
#include <string.h>

#include "vrrp/instance.h"
#include "vrrp/linkwatch.h"
#include "vrrp/sync.h"

void
vrrp_instance_deafen(struct vrrp_instance *in)
{
	struct vrrp_router *r = in->router;

	if (in->is_joined)
		r->port->leave(r->port_arg, in->key.ifindex, &in->group);
	if (in->vmac_joined != 0)
		r->port->leave(r->port_arg, in->vmac_joined, &in->group);
	in->vmac_joined = 0;
	if (in->is_keyed)
		HASH_DELETE(hh, r->by_key, in);
	in->is_joined = in->is_keyed = false;
}

static void
listen_on(struct vrrp_instance *in, uint32_t ifindex)
{
	struct vrrp_router *r = in->router;
	struct vrrp_instance *other;
	int err = 0;

	if (in->key.ifindex != ifindex)
		vrrp_instance_deafen(in);
	if (ifindex == 0)
		return;
	in->key = (struct vrrp_instance_key){ifindex, in->want.family,
					     in->want.vrid};
	if (!in->is_joined && !in->is_unicast)
		err = r->port->join(r->port_arg, ifindex, &in->group);
	if (err != 0)
		log_warn("(%s) cannot join the multicast group on %s: %s",
			 in->name, in->base_ifname, strerror(-err));
	else
		in->is_joined = !in->is_unicast;
	if (in->is_keyed)
		return;
	HASH_FIND(hh, r->by_key, &in->key, sizeof(in->key), other);
	if (other != NULL) {
		log_err("(%s) has the virtual router id of (%s) on %s",
			in->name, other->name, in->base_ifname);
		return;
	}
	HASH_ADD(hh, r->by_key, key, sizeof(in->key), in);
	in->is_keyed = true;
}

/*
 * A frame from the virtual MAC, so each advert of a master with a VMAC, is
 * given by the kernel to the private macvlan that has this MAC, and to nobody
 * else; all other multicast reaches it as well as the base.  So that is where
 * a VMAC's instance hears; it is a member on the base too, for switches.
 */
static void
listen_on_vmac(struct vrrp_instance *in, uint32_t ifindex)
{
	struct vrrp_router *r = in->router;
	int err;

	if (in->is_unicast || in->vmac->spec.kind != IFACE_MACVLAN ||
	    in->vmac_joined == ifindex)
		return;
	if (in->vmac_joined != 0)
		r->port->leave(r->port_arg, in->vmac_joined, &in->group);
	in->vmac_joined = 0;
	err = r->port->join(r->port_arg, ifindex, &in->group);
	if (err == 0)
		in->vmac_joined = ifindex;
	else
		log_warn("(%s) cannot join the multicast group on %s: %s",
			 in->name, in->ifname, strerror(-err));
}

static bool
is_own_vip(const void *arg, const struct addr *a)
{
	const struct vrrp_instance *in = arg;

	if (in->params.priority == VRRP_PRIO_OWNER)
		return false; /* the owner's address is the virtual one */
	for (uint32_t i = 0; i < in->n_vips; i++)
		if (addr_is_equal(&in->vips[i].slot.want.addr, a))
			return true;
	return false;
}

/* False: there is nothing to send from; the last one stays for a farewell. */
static bool
find_source(struct vrrp_instance *in, const struct iface *i, struct addr *src)
{
	const struct vrrp_instance_conf *c = in->conf;

	if (addr_is_set(&c->mcast_src_ip)) {
		*src = c->mcast_src_ip;
		return !c->track_src_ip || iface_has_addr(i, src);
	}
	if (in->vmac != NULL && addr_is_set(&in->vmac->spec.addr)) {
		*src = in->vmac->spec.addr;
		return true; /* it is there when the ipvlan is */
	}
	return iface_source_pick(i, in->want.family, &in->params.source,
				 is_own_vip, in, src);
}

/* Follows the interface's name to the index that has it now. */
static void
vip_refresh(struct vrrp_instance *in, struct vrrp_vip *v,
	    const struct iface *base)
{
	const struct iface_table *t = &in->router->ifaces;
	const struct iface *i = v->own != NULL ? vmac_ready(v->own, t)
				: strcmp(v->dev, in->base_ifname) == 0
					? base
					: iface_find(t, v->dev);
	uint32_t ifindex = i != NULL ? i->fact.ifindex : 0;

	if (v->item.ifindex != ifindex) {
		announce_cancel(&in->router->announce, &v->item);
		vrrp_router_orphan(in->router,
				   v); /* renamed away: it stays there */
	}
	v->slot.want.ifindex = ifindex;
	v->item.ifindex = ifindex;
	v->item.family = v->slot.want.addr.family;
	v->item.frame_len = 0;
	if (i != NULL && i->fact.has_mac)
		v->item.frame_len = (uint16_t)vrrp_frame_announce(
			&v->slot.want.addr, i->fact.mac, true, v->item.frame);
}

/* Where a tracked address lives elsewhere, the instance follows that interface
 * as well. */
static const char *
vip_unusable_dev(const struct vrrp_instance *in)
{
	for (uint32_t k = 0; k < in->n_vips; k++) {
		const struct vrrp_vip *v = &in->vips[k];
		const struct iface *i;

		if (v->no_track || v->own != NULL ||
		    strcmp(v->dev, in->ifname) == 0 ||
		    strcmp(v->dev, in->base_ifname) == 0)
			continue;
		i = v->own != NULL ? vmac_ready(v->own, &in->router->ifaces)
				   : iface_find(&in->router->ifaces, v->dev);
		if (i == NULL || !iface_is_running(&in->router->ifaces, i))
			return v->dev;
	}
	return NULL;
}

/* Adverts leave from our own interface; false: it is not ready (the last one
 * stays for a farewell). */
static bool
take_own(struct vrrp_instance *in)
{
	const struct iface *i = vmac_ready(in->vmac, &in->router->ifaces);

	if (i == NULL)
		return false;
	listen_on_vmac(in, i->fact.ifindex);
	if (!in->conf->vmac_xmit_base)
		in->tx_ifindex = i->fact.ifindex;
	return true;
}

/* Without "interface": whichever has the source address, in the VRF if one is
 * named. */
static const struct iface *
base_iface(const struct vrrp_instance *in)
{
	const struct vrrp_instance_conf *c = in->conf;
	const struct iface_table *t = &in->router->ifaces;
	const struct iface *vrf = NULL;

	if (c->interface != NULL)
		return iface_find(t, in->base_ifname);
	if (c->vrf != NULL) {
		vrf = iface_find(t, c->vrf);
		if (vrf == NULL)
			return NULL;
	}
	return iface_find_with(t, &c->mcast_src_ip,
			       vrf != NULL ? vrf->fact.ifindex : 0);
}

/* The same list may stand on all nodes: we are no peer of ourselves. */
static bool
has_peer(const struct vrrp_instance *in, const struct addr *self)
{
	for (uint32_t i = 0; i < in->n_dests; i++)
		if (!addr_is_equal(&in->dests[i].addr, self))
			return true;
	return false;
}

static uint32_t
link_unmet(const struct vrrp_instance *in, const struct iface *i)
{
	if (in->conf->dont_track_primary ||
	    iface_is_running(&in->router->ifaces, i))
		return 0;
	return iface_has_carrier(i) && linkwatch_is_waiting(&in->router->ifaces,
							    i->fact.name)
		       ? VRRP_COND_DELAY
		       : VRRP_COND_LINK;
}

/* What hangs on the interface. */
static uint32_t
base_unmet(struct vrrp_instance *in, const struct iface *i, struct addr *src)
{
	uint32_t unmet = 0;

	if (i == NULL)
		return VRRP_COND_IFACE;
	if (in->vmac != NULL && !take_own(in))
		unmet |= VRRP_COND_VMAC;
	unmet |= link_unmet(in, i);
	if (!find_source(in, i, src))
		unmet |= VRRP_COND_SOURCE;
	return unmet;
}

uint32_t
vrrp_instance_refresh(struct vrrp_instance *in)
{
	const struct iface *i = base_iface(in);
	struct addr src = in->params.source;
	uint32_t unmet;

	listen_on(in, i != NULL ? i->fact.ifindex : 0);
	if (in->is_anywhere) /* the kernel chooses the way, in the VRF */
		in->tx_ifindex =
			in->conf->vrf != NULL && i != NULL ? i->fact.master : 0;
	else if (in->vmac == NULL || in->conf->vmac_xmit_base)
		in->tx_ifindex = in->key.ifindex;
	unmet = base_unmet(in, i, &src);
	for (uint32_t k = 0; k < in->n_vips; k++)
		vip_refresh(in, &in->vips[k], i);
	vrrp_instance_regroup(in);
	if (in->conf->unicast_fault_no_peer && !has_peer(in, &src))
		unmet |= VRRP_COND_PEER;
	unmet |= vrrp_tracking_unmet(in);
	if (vip_unusable_dev(in) != NULL || !vrrp_hold_is_met(in) ||
	    !vrrp_static_is_met(in))
		unmet |= VRRP_COND_VIP;
	if (!addr_is_equal(&src, &in->params.source)) {
		in->params.source = src;
		vrrp_instance_encode(in);
	}
	return unmet;
}

/* ---- in words ---- */

const char *
vrrp_cond_word(enum vrrp_cond c)
{
	switch (c) {
	case VRRP_COND_IFACE:
		return "interface";
	case VRRP_COND_LINK:
		return "link";
	case VRRP_COND_SOURCE:
		return "source address";
	case VRRP_COND_PEER:
		return "unicast peer";
	case VRRP_COND_GROUP:
		return "sync group";
	case VRRP_COND_VIP:
		return "held address or route";
	case VRRP_COND_VMAC:
		return "own interface";
	case VRRP_COND_TRACK:
		return "tracked object";
	case VRRP_COND_DELAY:
		return "delay";
	}
	return "unknown";
}

static int
cond_text(const struct vrrp_instance *in, enum vrrp_cond c, char *buf,
	  size_t size)
{
	const char *dev = in->base_ifname;

	switch (c) {
	case VRRP_COND_IFACE:
		if (dev[0] == '\0')
			return snprintf(buf, size,
					"no interface has the source address");
		return snprintf(buf, size, "interface %s does not exist", dev);
	case VRRP_COND_LINK:
		return snprintf(buf, size, "interface %s is down", dev);
	case VRRP_COND_SOURCE:
		return snprintf(buf, size, "no usable %s address on %s",
				in->want.family == AF_INET6 ? "IPv6 link-local"
							    : "IPv4",
				dev);
	case VRRP_COND_PEER:
		return snprintf(buf, size, "no unicast peer");
	case VRRP_COND_GROUP:
		return vrrp_sync_unmet_text(in, buf, size);
	case VRRP_COND_VIP:
		dev = vip_unusable_dev(in);
		if (dev != NULL)
			return snprintf(buf, size,
					"interface %s of an address is not "
					"usable",
					dev);
		return vrrp_hold_is_met(in)
			       ? vrrp_static_unmet_text(in, buf, size)
			       : vrrp_hold_unmet_text(in, buf, size);
	case VRRP_COND_VMAC:
		if (in->vmac == NULL) /* the end: see own_sweep() */
			return snprintf(buf, size, "its interface is gone");
		return vmac_reason(in->vmac, &in->router->ifaces, buf, size);
	case VRRP_COND_DELAY:
		if (in->fsm.unmet & VRRP_COND_DELAY)
			return snprintf(buf, size,
					"interface %s is up, but not for as "
					"long as its up delay",
					dev);
		return snprintf(buf, size, "the start is delayed");
	case VRRP_COND_TRACK:
		return (int)strlen(vrrp_tracking_text(in, buf, size));
	}
	return 0;
}

uint32_t
vrrp_instance_unmet_shown(const struct vrrp_instance *in)
{
	bool is_delayed = in->fsm.state == VRRP_INIT &&
			  !monotime_is_never(in->fsm.deadline);

	return in->fsm.unmet | (is_delayed ? VRRP_COND_DELAY : 0);
}

const char *
vrrp_instance_unmet_text(const struct vrrp_instance *in, uint32_t unmet,
			 char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (uint32_t left = unmet; left != 0 && at < size; left &= left - 1) {
		if (at > 0)
			at += (size_t)snprintf(buf + at, size - at, ", ");
		if (at < size)
			at += (size_t)cond_text(in,
						(enum vrrp_cond)(left & -left),
						buf + at, size - at);
	}
	return buf;
}
