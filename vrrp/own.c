/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Instances and interfaces of our own; see own.h. */
#include "vrrp/own.h"

#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/instance.h"

/* Delete, create, set up, and once more for luck. */
#define ROUNDS 4

/* ---- what is wanted ---- */

static void
vmac_mac(const struct vrrp_instance_conf *c, uint16_t family,
	 struct vmac_spec *w)
{
	const struct use_vmac_conf *u = &c->use_vmac;

	vmac_mac_rfc(family, c->virtual_router_id, w->mac);
	/* The user's address is the instance's; one of the other family on
	 * the same base needs another. */
	if (u->mac_len == 0 ||
	    (family != c->family && strcmp(w->base, c->interface) == 0))
		return;
	memcpy(w->mac, u->mac, u->mac_len);
	if (u->mac_len < VRRP_MAC_LEN)
		w->mac[VRRP_MAC_LEN - 1] = c->virtual_router_id;
}

static struct vmac *
want_vmac(struct vrrp_router *r, const struct vrrp_instance_conf *c)
{
	const struct use_vmac_conf *u = &c->use_vmac;
	struct vmac_spec w = {.kind = IFACE_MACVLAN,
			      .has_group = u->has_group,
			      .group = u->group,
			      .notify_base = u->netlink_notify_msg};
	struct vmac_naming n = {r->global.vmac_prefix, c->virtual_router_id,
				c->family};

	str_fill(w.base, sizeof(w.base), c->interface);
	if (u->name != NULL)
		str_fill(w.name, sizeof(w.name), u->name);
	vmac_mac(c, c->family, &w);
	return vmac_want(&r->vmacs, &r->ifaces, &w, &n);
}

static struct vmac *
want_ipvlan(struct vrrp_router *r, const struct vrrp_instance_conf *c)
{
	static const uint32_t flags[] = {
		[IPVLAN_CONF_BRIDGE] = 0,
		[IPVLAN_CONF_PRIVATE] = IPVLAN_F_PRIVATE,
		[IPVLAN_CONF_VEPA] = IPVLAN_F_VEPA,
	};
	const struct use_ipvlan_conf *u = &c->use_ipvlan;
	struct vmac_spec w = {.kind = IFACE_IPVLAN,
			      .flags = flags[u->mode],
			      .has_group = u->has_group,
			      .group = u->group,
			      .addr = u->addr.addr,
			      .prefix_len = u->addr.len};
	struct vmac_naming n = {r->global.vmac_prefix, c->virtual_router_id,
				c->family};

	str_fill(w.base, sizeof(w.base), c->interface);
	if (u->name != NULL)
		str_fill(w.name, sizeof(w.name), u->name);
	return vmac_want(&r->vmacs, &r->ifaces, &w, &n);
}

void
own_take(struct vrrp_instance *in, const struct vrrp_instance_conf *c)
{
	struct vrrp_router *r = in->router;
	struct vmac *old = in->vmac;

	str_fill(in->base_ifname, sizeof(in->base_ifname),
		 c->interface != NULL ? c->interface : "");
	in->router->n_anywhere -= in->is_anywhere;
	in->is_anywhere = c->interface == NULL;
	in->router->n_anywhere += in->is_anywhere;
	in->vmac = NULL;
	if (c->interface != NULL && c->use_vmac.on)
		in->vmac = want_vmac(r, c);
	else if (c->interface != NULL && c->use_ipvlan.on)
		in->vmac = want_ipvlan(r, c);
	memcpy(in->ifname,
	       in->vmac != NULL ? in->vmac->spec.name : in->base_ifname,
	       sizeof(in->ifname));
	vmac_drop(&r->vmacs, old);
}

/* Is this address of the kind that the instance's own interface is for? */
static bool
is_at_home(const struct vrrp_instance *in, const struct vrrp_instance_conf *c,
	   const struct vip_conf *v, const char *dev)
{
	return in->vmac != NULL && strcmp(dev, in->base_ifname) == 0 &&
	       (c->use_ipvlan.on || v->addr.family == c->family);
}

const char *
own_home(struct vrrp_instance *in, const struct vip_conf *c, struct vmac **own)
{
	const struct vrrp_instance_conf *ic = in->conf;
	struct vrrp_router *r = in->router;
	const char *dev = c->dev != NULL ? c->dev : in->base_ifname;
	bool is_foreign = strcmp(dev, in->base_ifname) != 0 ||
			  c->addr.family != ic->family;
	struct vmac_spec w = {.kind = IFACE_MACVLAN};
	struct vmac_naming n = {r->global.vmac_addr_prefix,
				ic->virtual_router_id, c->addr.family};

	*own = NULL;
	if (is_at_home(in, ic, c, dev)) {
		*own = in->vmac;
		(*own)->users++;
		return in->ifname;
	}
	if (!c->use_vmac && !(ic->use_vmac_addr && is_foreign))
		return dev;
	str_fill(w.base, sizeof(w.base), dev);
	vmac_mac(ic, c->addr.family, &w);
	*own = vmac_want(&r->vmacs, &r->ifaces, &w, &n);
	return (*own)->spec.name;
}

/* ---- telling ---- */

static void
tell(struct vrrp_router *r, const char *instance, const struct vmac *v,
     uint16_t family)
{
	struct msg_vrrp_vmac m = {
		.family = family,
		.has_mac = v->spec.kind == IFACE_MACVLAN,
		.is_gone = instance == NULL,
	};

	if (r->port->tell_vmac == NULL)
		return;
	if (instance != NULL)
		str_fill(m.instance, sizeof(m.instance), instance);
	str_fill(m.ifname, sizeof(m.ifname), v->spec.name);
	str_fill(m.base, sizeof(m.base), v->spec.base);
	r->port->tell_vmac(r->port_arg, &m);
}

void
own_tell(struct vrrp_instance *in)
{
	const struct vmac *last = in->vmac;

	if (in->vmac != NULL)
		tell(in->router, in->name, in->vmac,
		     in->vmac->spec.kind == IFACE_MACVLAN ? in->want.family
							  : AF_UNSPEC);
	for (uint32_t i = 0; i < in->n_vips; i++) {
		const struct vrrp_vip *v = &in->vips[i];

		if (v->own != NULL && v->own != in->vmac && v->own != last)
			tell(in->router, in->name, v->own,
			     v->slot.want.addr.family);
		last = v->own;
	}
}

/* ---- carrying out ---- */

static void
failed(struct vmac *v, const struct vmac_op *op, monotime_t now)
{
	if (op->error == -ENODEV)
		return; /* gone meanwhile: the mirror knows by now */
	v->retry = monotime_add(now, VMAC_RETRY);
	if (v->error == op->error)
		return;
	v->error = op->error;
	switch (op->kind) {
	case VMAC_OP_NONE:
		return;
	case VMAC_OP_CREATE:
		log_err("cannot make interface %s on %s: %s", v->spec.name,
			v->spec.base, strerror(-op->error));
		return;
	case VMAC_OP_SETUP:
		log_err("cannot set up interface %s: %s", v->spec.name,
			strerror(-op->error));
		return;
	case VMAC_OP_DELETE:
		log_err("cannot delete interface %u in place of %s: %s",
			op->ifindex, v->spec.name, strerror(-op->error));
		return;
	case VMAC_OP_BASE:
		log_warn("cannot set ARP of %s for %s: %s", v->spec.base,
			 v->spec.name, strerror(-op->error));
		return;
	}
}

static void
done(struct vrrp_router *r, const struct vmac_op *op, monotime_t now)
{
	struct vmac *v = op->owner;

	if (op->error != 0) {
		failed(v, op, now);
		return;
	}
	v->error = 0;
	switch (op->kind) {
	case VMAC_OP_NONE:
		return;
	case VMAC_OP_CREATE:
		v->is_fresh = true;
		log_info("made interface %s on %s", v->spec.name, v->spec.base);
		return;
	case VMAC_OP_SETUP:
		v->set_up = op->ifindex;
		return;
	case VMAC_OP_DELETE:
		v->set_up = 0;
		return;
	case VMAC_OP_BASE:
		iface_devconf_set(&r->ifaces, op->ifindex, &op->conf);
		return;
	}
}

static struct vmac_op *
ops_room(struct vrrp_router *r)
{
	size_t room = 2 * r->vmacs.n + 2;

	if (room > r->room_vmac_ops) {
		r->vmac_ops =
			xrealloc(r->vmac_ops, room * sizeof(*r->vmac_ops));
		r->room_vmac_ops = room;
	}
	return r->vmac_ops;
}

static bool
may_try(struct vmac *v, monotime_t now)
{
	uint32_t missed;

	if (!monotime_is_never(v->retry) && monotime_before(now, v->retry))
		return false;
	v->retry = MONOTIME_NEVER;
	if (log_limit_ok(&v->tries, now, &missed))
		return true;
	v->retry = monotime_add(now, VMAC_RETRY);
	return false;
}

/* Its base is gone or called otherwise now. */
static bool
is_abandoned(const struct vrrp_router *r, const struct vmac *v)
{
	return iface_find(&r->ifaces, v->spec.base) == NULL;
}

/* One round over all; how much there was to do. */
static size_t
round_once(struct vrrp_router *r, bool do_abandon, monotime_t now)
{
	struct vmac_op *ops = ops_room(r);
	struct vmac *v;
	size_t n = 0;

	r->vmacs.retry = MONOTIME_NEVER;
	TAILQ_FOREACH (v, &r->vmacs.list, link) {
		size_t before = n;

		if (v->users == 0)
			continue;
		n += vmac_base_step(v, &r->vmacs, &r->ifaces, &ops[n]) !=
		     VMAC_OP_NONE;
		if (vmac_step(v, &r->vmacs, &r->ifaces, &ops[n]) !=
		    VMAC_OP_NONE)
			n += do_abandon || !is_abandoned(r, v);
		else if (n == before) /* what failed is not wanted any more */
			v->retry = MONOTIME_NEVER;
		if (n > before && !may_try(v, now))
			n = before;
		r->vmacs.retry = monotime_min(r->vmacs.retry, v->retry);
	}
	if (n == 0)
		return 0;
	r->port->link_apply(r->port_arg, ops, n);
	for (size_t i = 0; i < n; i++) {
		done(r, &ops[i], now);
		r->vmacs.retry =
			monotime_min(r->vmacs.retry, ops[i].owner->retry);
	}
	return n;
}

static void
settle(struct vrrp_router *r, bool do_abandon, monotime_t now)
{
	r->vmacs.has_new = false;
	if (r->vmacs.n == 0 || r->is_stopping)
		return;
	for (int i = 0; i < ROUNDS && round_once(r, do_abandon, now) > 0; i++)
		;
}

void
own_settle(struct vrrp_router *r, monotime_t now)
{
	settle(r, false, now);
}

void
own_abandon(struct vrrp_router *r, monotime_t now)
{
	settle(r, true, now);
}

/* The last of all: what instances point to is about to go. */
static void
let_go(struct vrrp_router *r)
{
	struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->instances, link) {
		in->vmac = NULL;
		for (uint32_t i = 0; i < in->n_vips; i++)
			in->vips[i].own = NULL;
	}
}

void
own_sweep(struct vrrp_router *r)
{
	struct vmac_op *ops;
	struct vmac *v, *next;
	size_t n = 0;

	if (!r->vmacs.has_unused && !r->is_stopping)
		return;
	r->vmacs.has_unused = false;
	if (r->is_stopping)
		TAILQ_FOREACH (v, &r->vmacs.list, link)
			v->users = 0;
	if (r->vmacs.n == 0 || (r->is_stopping && r->keeps_vips))
		return;
	if (r->is_stopping)
		let_go(r);
	ops = ops_room(r);
	TAILQ_FOREACH (v, &r->vmacs.list, link) {
		if (v->users > 0)
			continue;
		n += vmac_end_step(v, &r->vmacs, &r->ifaces, &ops[n]) !=
		     VMAC_OP_NONE;
		n += vmac_base_end_step(v, &r->vmacs, &r->ifaces, &ops[n]) !=
		     VMAC_OP_NONE;
	}
	if (n > 0)
		r->port->link_apply(r->port_arg, ops, n);
	for (size_t i = 0; i < n; i++)
		if (ops[i].error == 0 && ops[i].kind == VMAC_OP_BASE)
			iface_devconf_set(&r->ifaces, ops[i].ifindex,
					  &ops[i].conf);
	TAILQ_FOREACH_SAFE (v, &r->vmacs.list, link, next)
		if (v->users == 0) {
			tell(r, NULL, v, AF_UNSPEC);
			vmac_free(&r->vmacs, v);
		}
}
