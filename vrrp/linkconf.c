/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a configuration says about links as such; see linkconf.h. */
#include "vrrp/linkconf.h"

#include <string.h>

#include "lib/util.h"
#include "vrrp/instance.h"
#include "vrrp/linkwatch.h"

/* ---- delays and polling ---- */

static void
watch_all(struct vrrp_router *r, const struct vrrp_conf *c)
{
	CONF_FOREACH (const struct up_down_delay_conf, d,
		      &c->interface_up_down_delays)
		linkwatch_delay(&r->ifaces, d->obj.name, d->down, d->up);
	CONF_FOREACH (const struct linkbeat_conf, l, &c->linkbeat_interfaces)
		linkwatch_poll(&r->ifaces, l->obj.name, l->method);
	CONF_FOREACH (const struct vrrp_instance_conf, i, &c->vrrp_instance)
		if (i->interface != NULL &&
		    (c->linkbeat_use_polling || i->linkbeat_use_polling))
			linkwatch_poll(&r->ifaces, i->interface, 0);
}

/* The whole list, each time that there is or was one. */
static void
tell_poller(struct vrrp_router *r)
{
	struct msg_link_poll m = {.is_first = 1};
	const struct linkwatch *w, *next;
	bool had_polls = r->has_polls;

	r->has_polls = false;
	HASH_ITER (hh, r->ifaces.watches, w, next)
		r->has_polls |= w->is_polled;
	if (!r->has_polls && !had_polls)
		return;
	r->port->poll_link(r->port_arg, &m); /* without a name: forget all */
	m.is_first = 0;
	HASH_ITER (hh, r->ifaces.watches, w, next) {
		if (!w->is_polled)
			continue;
		m.method = w->method;
		str_fill(m.ifname, sizeof(m.ifname), w->name);
		r->port->poll_link(r->port_arg, &m);
	}
}

void
vrrp_router_links(struct vrrp_router *r, const struct vrrp_conf *c,
		  monotime_t now)
{
	linkwatch_begin(&r->ifaces);
	watch_all(r, c);
	linkwatch_end(&r->ifaces, now);
	tell_poller(r);
}

/* ---- promote_secondaries ---- */

static bool
is_wanted(const struct vrrp_router *r, const struct iface *i)
{
	const struct vrrp_instance *in;

	if (r->is_stopping)
		return false;
	TAILQ_FOREACH (in, &r->instances, link)
		if (in->conf->promote_secondaries && in->vmac == NULL &&
		    strcmp(in->base_ifname, i->fact.name) == 0)
			return true;
	return false;
}

static bool
is_ours(const struct vrrp_router *r, uint32_t ifindex)
{
	for (size_t k = 0; k < r->n_promoted; k++)
		if (r->promoted[k] == ifindex)
			return true;
	return false;
}

static bool
promote(struct vrrp_router *r, const struct iface *i, bool on)
{
	struct vmac_op op = {.kind = VMAC_OP_BASE,
			     .ifindex = i->fact.ifindex,
			     .conf = i->fact.conf};

	op.conf.promote_secondaries = on;
	r->port->link_apply(r->port_arg, &op, 1);
	if (op.error == 0) {
		iface_devconf_set(&r->ifaces, op.ifindex, &op.conf);
		return true;
	}
	log_warn("cannot set promote_secondaries of %s: %s", i->fact.name,
		 strerror(-op.error));
	return false;
}

static void
demote(struct vrrp_router *r)
{
	size_t n = 0;

	for (size_t k = 0; k < r->n_promoted; k++) {
		const struct iface *i =
			iface_find_index(&r->ifaces, r->promoted[k]);

		if (i == NULL)
			continue;
		if (is_wanted(r, i))
			r->promoted[n++] = r->promoted[k];
		else
			(void)promote(r, i, false);
	}
	r->n_promoted = n;
}

void
promote_settle(struct vrrp_router *r)
{
	const struct vrrp_instance *in;
	const struct iface *i;

	demote(r);
	if (r->is_stopping)
		return;
	TAILQ_FOREACH (in, &r->instances, link) {
		if (!in->conf->promote_secondaries || in->vmac != NULL)
			continue;
		i = iface_find(&r->ifaces, in->base_ifname);
		if (i == NULL || !i->fact.conf.is_known ||
		    i->fact.conf.promote_secondaries != 0 ||
		    is_ours(r, i->fact.ifindex) || !promote(r, i, true))
			continue;
		r->promoted = xrealloc(r->promoted,
				       (r->n_promoted + 1) * sizeof(uint32_t));
		r->promoted[r->n_promoted++] = i->fact.ifindex;
	}
}
