/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One virtual router's life: from its configuration to values and ready-made
 * bytes; see instance.h.  It takes no decision of the protocol (fsm.c) and
 * executes nothing (effect.c).
 */
#include "vrrp/instance.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>

#include "lib/util.h"
#include "parser/schema.h"
#include "vrrp/own.h"

#define IPV6_VIP_FULL	  128
#define LINK_LOCAL_PREFIX 64

static struct vrrp_params
params_of(const struct vrrp_instance_conf *c, const struct addr *source)
{
	struct vrrp_params p =
		vrrp_params_init(c->version == 2 ? VRRP_V2 : VRRP_V3_9568);

	p.priority = c->priority;
	p.interval = c->advert_int;
	p.down_adverts = c->down_timer_adverts;
	p.preempt = !c->nopreempt;
	p.preempt_delay = c->preempt_delay;
	p.sync_hold = c->sync_hold;
	p.answer_lower = !c->lower_prio_no_advert;
	p.send_higher = c->higher_prio_send_advert;
	p.owner_ignores = c->owner_ignore_adverts;
	p.expired_priority = c->timer_expired_backup;
	p.proof_wait = c->proof_of_receive;
	p.proof_if_asked = c->proof_if_asked;
	p.source = *source;
	return p;
}

static uint8_t
auth_type_of(const struct vrrp_instance_conf *c)
{
	return c->version == 2 ? (uint8_t)c->auth_type : 0;
}

/* Forms of the version 3 checksum over IPv4 that are taken. */
static enum vrrp_sum
sums_of(const struct vrrp_instance *in, const struct vrrp_instance_conf *c)
{
	bool takes_old = in->is_unicast &&
			 c->old_unicast_checksum != OLD_UNICAST_CHECKSUM_NEVER;

	return takes_old ? VRRP_SUM_ANY | VRRP_SUM_OLD : VRRP_SUM_ANY;
}

static struct vrrp_want
want_of(const struct vrrp_instance *in, const struct vrrp_instance_conf *c)
{
	struct vrrp_want w = {
		.family = c->family,
		.version = c->version,
		.vrid = c->virtual_router_id,
		.min_hops = in->is_unicast ? 0 : VRRP_HOPS,
		.max_hops = VRRP_HOPS,
		.auth_type = auth_type_of(c),
		.sums = sums_of(in, c),
		.group = in->group,
		.may_trail = c->auth_hmac.on,
		.interval = c->advert_int,
		.check_list = true,
		.n_addrs = (uint8_t)in->n_list,
		.addrs = in->list,
	};

	if (w.auth_type == VRRP_AUTH_PASS)
		memcpy(w.auth, c->auth_pass, sizeof(w.auth));
	return w;
}

static uint32_t
count(const struct conf_list *list)
{
	uint32_t n = 0;

	CONF_FOREACH (const struct conf_obj, o, list)
		n++;
	return n;
}

/* An empty list is a list: it never falls back to multicast. */
static bool
is_unicast(const struct vrrp_instance_conf *c)
{
	return c->is_unicast || count(&c->unicast_peer) > 0 ||
	       (c->obj.block != NULL && conf_is_given(&c->obj, "unicast_peer"));
}

/* ---- addresses ---- */

static uint32_t
ifa_flags(const struct vip_conf *c)
{
	uint32_t f = 0;

	if (c->addr.family == AF_INET6) {
		f |= c->nodad_off ? 0 : IFA_F_NODAD;
		f |= c->home ? IFA_F_HOMEADDRESS : 0;
		f |= c->mngtmpaddr ? IFA_F_MANAGETEMPADDR : 0;
	}
	f |= c->noprefixroute ? IFA_F_NOPREFIXROUTE : 0;
	f |= c->autojoin ? IFA_F_MCAUTOJOIN : 0;
	return f;
}

static uint32_t
preferred_lft(const struct vip_conf *c)
{
	if (c->has_preferred_lft)
		return c->preferred_lft;
	return c->addr.family == AF_INET6 && c->prefix_len == IPV6_VIP_FULL
		       ? 0
		       : VIP_LFT_FOREVER;
}

void
vrrp_vip_want(struct vip_addr *want, const struct vip_conf *c, nsec_t lifetime)
{
	*want = (struct vip_addr){
		.addr = c->addr,
		.prefix_len = c->prefix_len,
		.scope = c->scope,
		.flags = ifa_flags(c),
		.preferred_lft = preferred_lft(c),
		.valid_lft = (uint32_t)(lifetime / SEC(1)),
		.peer = c->peer,
	};
	if (c->has_broadcast)
		want->broadcast = c->broadcast;
	if (c->label != NULL)
		str_fill(want->label, VIP_LABEL_LEN, c->label);
}

static void
vip_fill(struct vrrp_vip *v, struct vrrp_instance *in, const struct vip_conf *c,
	 bool is_excluded)
{
	*v = (struct vrrp_vip){
		.is_excluded = is_excluded,
		.no_track = c->no_track,
		.put_back = {.interval = SEC(1), .burst = PUT_BACK_BURST}};
	v->in = in;
	vrrp_vip_want(&v->slot.want, c, in->conf->vip_lifetime);
	str_fill(v->dev, IFNAMSIZ, own_home(in, c, &v->own));
	/* Its neighbours are reached through the prefix's route only. */
	if (v->own != NULL && addr_is_linklocal(&c->addr) &&
	    c->prefix_len == IPV6_VIP_FULL)
		v->slot.want.prefix_len = LINK_LOCAL_PREFIX;
}

static bool
is_same_vip(const struct vrrp_vip *a, const struct vrrp_vip *b)
{
	return addr_is_equal(&a->slot.want.addr, &b->slot.want.addr) &&
	       a->slot.want.prefix_len == b->slot.want.prefix_len &&
	       strcmp(a->dev, b->dev) == 0;
}

void
vrrp_router_orphan(struct vrrp_router *r, const struct vrrp_vip *v)
{
	if (v->slot.want.ifindex == 0)
		return;
	if (r->n_orphans == r->room_orphans) {
		r->room_orphans = r->room_orphans * 2 + 16;
		r->orphans = xrealloc(r->orphans,
				      r->room_orphans * sizeof(*r->orphans));
	}
	r->orphans[r->n_orphans] = v->slot;
	r->orphans[r->n_orphans++].is_wanted = false;
}

/* What was held and is configured still is held; the rest is an orphan. */
static void
vip_inherit(struct vrrp_instance *in, struct vrrp_vip *old)
{
	announce_cancel(&in->router->announce, &old->item);
	for (uint32_t i = 0; i < in->n_vips; i++) {
		struct vrrp_vip *v = &in->vips[i];

		if (!is_same_vip(v, old))
			continue;
		v->slot.want.ifindex = old->slot.want.ifindex;
		v->slot.is_wanted = old->slot.is_wanted;
		v->was_held = old->was_held;
		vip_slot_inherit(&v->slot, &old->slot);
		return;
	}
	vrrp_router_orphan(in->router, old);
}

static void
vips_fill(struct vrrp_instance *in, const struct vrrp_instance_conf *c)
{
	uint32_t n = count(&c->virtual_ipaddress) +
		     count(&c->virtual_ipaddress_excluded);
	struct vrrp_vip *old = in->vips;
	uint32_t n_old = in->n_vips;
	struct vrrp_vip *v;

	in->vips = v = xcalloc(n + 1, sizeof(*v));
	CONF_FOREACH (const struct vip_conf, vc, &c->virtual_ipaddress)
		vip_fill(v++, in, vc, false);
	CONF_FOREACH (const struct vip_conf, vc, &c->virtual_ipaddress_excluded)
		vip_fill(v++, in, vc, true);
	in->n_vips = n;
	for (uint32_t i = 0; i < n_old; i++) {
		vip_inherit(in, &old[i]);
		vmac_drop(&in->router->vmacs, old[i].own);
	}
	free(old);
	for (uint32_t i = 0; i < n; i++)
		in->vips[i].slot.is_wanted = in->fsm.state == VRRP_MASTER;
	in->router->n_vips += n;
	in->router->n_vips -= n_old;
}

void
vrrp_instance_bequeath(struct vrrp_instance *in)
{
	for (uint32_t i = 0; i < in->n_vips; i++)
		vrrp_router_orphan(in->router, &in->vips[i]);
	vrrp_hold_fill(in, NULL);
}

/* ---- life ---- */

static void
conf_take(struct vrrp_instance *in, const struct vrrp_instance_conf *c)
{
	bool is_grouped;
	const struct vrrp_global_conf *g = &in->router->global;

	in->conf = c;
	own_take(in, c);
	in->is_unicast = is_unicast(c);
	in->hops = c->has_unicast_ttl ? c->unicast_ttl : VRRP_HOPS;
	in->checks_peers = c->check_unicast_src || g->vrrp_check_unicast_src;
	in->group = addr_is_set(&c->mcast_dst_ip) ? c->mcast_dst_ip
		    : c->family == AF_INET6	  ? g->vrrp_mcast_group6
						  : g->vrrp_mcast_group4;
	is_grouped = in->params.is_grouped;
	in->params = params_of(c, &in->params.source);
	in->params.priority = vrrp_tracking_priority(in);
	in->params.is_grouped = is_grouped;
	vrrp_instance_list_fill(in, c);
	in->want = want_of(in, c);
	vrrp_instance_auth_fill(in, c);
	vrrp_instance_dests_fill(in, c);
	vips_fill(in, c);
	own_tell(in);
	vrrp_hold_fill(in, c);
	vrrp_instance_encode(in);
}

struct vrrp_instance *
vrrp_instance_new(struct vrrp_router *r, const struct vrrp_instance_conf *c)
{
	struct vrrp_instance *in = xcalloc(1, sizeof(*in));

	in->router = r;
	str_fill(in->name, sizeof(in->name), c->obj.name);
	in->fsm = vrrp_fsm_init();
	in->fsm.sync_since = r->sync_since;
	in->announce_again = in->announce_refresh = in->announce_extra =
		in->vips_retry = in->vips_refresh = in->claim_again =
			in->radvert_next = MONOTIME_NEVER;
	in->zero_limit = in->lower_limit =
		(struct log_limit){.interval = SEC(1), .burst = 10};
	in->oddity_limit = (struct log_limit){.interval = SEC(60), .burst = 1};
	in->claim_log = (struct log_limit){.interval = SEC(60), .burst = 3};
	in->discard_limit = (struct log_limit){.interval = SEC(10), .burst = 3};
	agenda_register(&r->agenda, &in->due);
	r->n_instances++;
	conf_take(in, c);
	TAILQ_INSERT_TAIL(&r->instances, in, link);
	return in;
}

void
vrrp_instance_reconf(struct vrrp_instance *in,
		     const struct vrrp_instance_conf *c)
{
	vrrp_router_send(in->router); /* it may hold our old bytes */
	vrrp_instance_deafen(in);     /* group or key may be another now */
	conf_take(in, c);
	in->router->is_claimable_new = true;
	vrrp_instance_touch(in);
}

void
vrrp_instance_free(struct vrrp_instance *in)
{
	struct vrrp_router *r = in->router;

	vrrp_instance_deafen(in);
	vrrp_tracking_drop(in);
	vrrp_instance_untouch(in);
	for (uint32_t i = 0; i < in->n_vips; i++) {
		announce_cancel(&r->announce, &in->vips[i].item);
		vmac_drop(&r->vmacs, in->vips[i].own);
	}
	vmac_drop(&r->vmacs, in->vmac);
	announce_cancel(&r->announce, &in->radvert);
	r->n_anywhere -= in->is_anywhere;
	agenda_unregister(&r->agenda, &in->due);
	vrrp_instance_dests_free(in);
	vrrp_instance_auth_free(in);
	vrrp_hold_fill(in, NULL);
	r->n_instances--;
	r->n_vips -= in->n_vips;
	free(in->vips);
	free(in->list);
	free(in);
}
