/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Announcements that keywords ask for beyond a new master's: the common pace
 * of a garp_group, and garp_extra_if, which keeps switches aware of
 * interfaces that no advert leaves from.
 */
#include <string.h>

#include "lib/util.h"
#include "parser/schema.h"
#include "vrrp/instance.h"

/* ---- garp_group ---- */

struct garp_member {
	char ifname[IFNAMSIZ];
	uint8_t group; /* from 1 */
};

static void
member_add(struct vrrp_router *r, const char *ifname, size_t group)
{
	struct garp_member *m;

	r->garp_member =
		xrealloc(r->garp_member, (r->n_garp_members + 1) * sizeof(*m));
	m = &r->garp_member[r->n_garp_members++];
	str_fill(m->ifname, sizeof(m->ifname), ifname);
	m->group = (uint8_t)group;
}

/* What a group does not say holds as everywhere. */
static struct announce_group
paces_of(const struct garp_group_conf *g, const struct vrrp_global_conf *global)
{
	return (struct announce_group){
		.arp.gap = conf_is_given(&g->obj, "garp_interval")
				   ? g->garp_interval
				   : global->vrrp_garp_interval,
		.na.gap = conf_is_given(&g->obj, "gna_interval")
				  ? g->gna_interval
				  : global->vrrp_gna_interval,
	};
}

void
vrrp_router_garp_groups(struct vrrp_router *r, const struct vrrp_conf *c)
{
	struct announce_group pace[ANNOUNCE_GROUPS_MAX];
	size_t n = 0;

	r->n_garp_members = 0;
	CONF_FOREACH (const struct garp_group_conf, g, &c->garp_group) {
		if (n == ANNOUNCE_GROUPS_MAX) {
			log_warn("only %u garp_groups are kept apart",
				 ANNOUNCE_GROUPS_MAX);
			break;
		}
		pace[n++] = paces_of(g, &c->global);
		if (g->interface != NULL)
			member_add(r, g->interface, n);
		for (uint32_t i = 0; i < g->interfaces.n; i++)
			member_add(r, g->interfaces.word[i], n);
	}
	announce_set_groups(&r->announce, pace, n);
}

void
vrrp_instance_regroup(struct vrrp_instance *in)
{
	const struct vrrp_router *r = in->router;

	for (uint32_t i = 0; i < in->n_vips; i++) {
		struct vrrp_vip *v = &in->vips[i];
		/* An interface of our own goes by that it stands on. */
		const char *dev = strcmp(v->dev, in->ifname) == 0
					  ? in->base_ifname
					  : v->dev;

		v->item.group = 0;
		for (size_t k = 0; k < r->n_garp_members; k++)
			if (strcmp(r->garp_member[k].ifname, dev) == 0)
				v->item.group = r->garp_member[k].group;
	}
}

/* ---- garp_extra_if ---- */

/* No advert leaves from there; without "all" an interface of our own only,
 * whose address no switch knows from elsewhere. */
static bool
is_extra(const struct vrrp_instance *in, const struct vrrp_vip *v)
{
	bool is_own = v->own != NULL ||
		      (strcmp(v->dev, in->ifname) == 0 && in->vmac != NULL);

	return v->slot.want.ifindex != in->tx_ifindex &&
	       (is_own || in->conf->garp_extra_if_all);
}

void
vrrp_instance_rearm_extra(struct vrrp_instance *in, monotime_t now)
{
	nsec_t every = in->conf->garp_extra_if;
	bool has_any = false;

	for (uint32_t i = 0; i < in->n_vips; i++)
		has_any |= is_extra(in, &in->vips[i]);
	if (in->fsm.state != VRRP_MASTER || every == 0 || !has_any)
		in->announce_extra = MONOTIME_NEVER;
	else
		in->announce_extra = monotime_min(in->announce_extra,
						  monotime_add(now, every));
}

void
vrrp_instance_announce_extra(struct vrrp_instance *in, monotime_t now)
{
	struct vrrp_router *r = in->router;

	in->announce_extra = MONOTIME_NEVER;
	vrrp_instance_rearm_extra(in, now);
	for (uint32_t i = 0; i < in->n_vips; i++) {
		struct vrrp_vip *v = &in->vips[i];

		if (is_extra(in, v) &&
		    iface_vip_actual(&r->ifaces, &v->slot.want).is_present)
			announce_add(&r->announce, &v->item, 1);
	}
}
