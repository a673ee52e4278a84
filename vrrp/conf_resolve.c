/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What of VRRP is known only when the whole file was read: effective values
 * of instances and the rules of keepalived about them.  Afterwards every
 * member holds its effective value.
 */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "parser/common.h"
#include "parser/keyset.h"
#include "vrrp/conf_resolve.h"
#include "vrrp/conf_tables.h"

#define ADVERT_INT_STEP MSEC(10)
#define ADVERT_INT_MAX	MSEC(40950) /* of version 3 */

#define VIP_LIFETIME_MIN SEC(2)

/* ---- global_defs ---- */

/* With many addresses a take-over is known to all only after minutes. */
static void
note_slow(struct conf_ctx *ctx, const struct conf_obj *o, const char *keyword,
	  nsec_t gap)
{
	if (gap >= SEC(1))
		conf_report_at(ctx, &o->pos, DIAG_NOTE,
			       "%s of %.6g seconds is very large", keyword,
			       (double)gap / SEC(1));
}

static void
resolve_globals(struct conf_ctx *ctx, struct vrrp_conf *c)
{
	struct vrrp_global_conf *g = &c->global;
	const struct conf_obj *o = &c->global_defs;
	if (g->vrrp_min_garp) {
		/* Only what is still the default; see the keyword. */
		if (!conf_is_given(o, "vrrp_garp_master_delay"))
			g->vrrp_garp_master_delay = 0;
		if (!conf_is_given(o, "vrrp_garp_master_repeat"))
			g->vrrp_garp_master_repeat = 1;
		if (!conf_is_given(o, "vrrp_garp_master_refresh"))
			g->vrrp_garp_master_refresh = 0;
		if (!conf_is_given(o, "vrrp_garp_master_refresh_repeat"))
			g->vrrp_garp_master_refresh_repeat = 0;
	}
	if (!conf_is_given(o, "vrrp_garp_lower_prio_delay"))
		g->vrrp_garp_lower_prio_delay = g->vrrp_garp_master_delay;
	if (!conf_is_given(o, "vrrp_garp_lower_prio_repeat"))
		g->vrrp_garp_lower_prio_repeat = g->vrrp_garp_master_repeat;
	if (!conf_is_given(o, "vmac_addr_prefix"))
		g->vmac_addr_prefix = g->vmac_prefix;
	if (conf_is_given(o, "nftables") && g->nftables == NULL)
		g->nftables = "keepalived";
	note_slow(ctx, o, "vrrp_garp_interval", g->vrrp_garp_interval);
	note_slow(ctx, o, "vrrp_gna_interval", g->vrrp_gna_interval);
	CONF_FOREACH (const struct garp_group_conf, gg, &c->garp_group) {
		note_slow(ctx, &gg->obj, "garp_interval", gg->garp_interval);
		note_slow(ctx, &gg->obj, "gna_interval", gg->gna_interval);
	}
	if (!vrrp_conf_is_link_local_group(&g->vrrp_mcast_group6))
		conf_report_at(ctx, &o->pos, DIAG_NOTE,
			       "vrrp_mcast_group6 is not of link-local scope");
	/* A port of a spanning tree is blocked for 30 s. */
	g->proof_if_asked = !conf_is_given(o, "vrrp_proof_of_receive");
	if (g->proof_if_asked)
		g->vrrp_proof_of_receive = SEC(40);
	g->vrrp_sched.has_priority = conf_is_given(o, "vrrp_priority");
}

/* ---- one instance ---- */

/* What global_defs says where the instance does not. */
static void
inherit(struct vrrp_instance_conf *i, const struct vrrp_global_conf *g)
{
	if (!given(i, "on_address_loss"))
		i->on_address_loss = g->on_address_loss;
	if (!given(i, "vip_lifetime"))
		i->vip_lifetime = g->vip_lifetime;
	if (!given(i, "garp_master_delay"))
		i->garp_master_delay = g->vrrp_garp_master_delay;
	if (!given(i, "garp_master_repeat"))
		i->garp_master_repeat = g->vrrp_garp_master_repeat;
	if (!given(i, "garp_master_refresh"))
		i->garp_master_refresh = g->vrrp_garp_master_refresh;
	if (!given(i, "garp_master_refresh_repeat"))
		i->garp_master_refresh_repeat =
			g->vrrp_garp_master_refresh_repeat;
	if (!given(i, "garp_lower_prio_delay"))
		i->garp_lower_prio_delay = g->vrrp_garp_lower_prio_delay;
	if (!given(i, "garp_lower_prio_repeat"))
		i->garp_lower_prio_repeat = g->vrrp_garp_lower_prio_repeat;
	if (!given(i, "garp_extra_if") && !given(i, "vmac_garp_intvl")) {
		i->garp_extra_if = g->vrrp_garp_extra_if;
		i->garp_extra_if_all = g->vrrp_garp_extra_if_all;
	}
	if (!given(i, "down_timer_adverts"))
		i->down_timer_adverts = g->vrrp_down_timer_adverts;
	if (!given(i, "strict_mode"))
		i->strict_mode = g->vrrp_strict;
	if (!given(i, "skip_check_adv_addr"))
		i->skip_check_adv_addr = g->vrrp_skip_check_adv_addr;
	if (!given(i, "v3_checksum_as_v2"))
		i->v3_checksum_as_v2 = g->v3_checksum_as_v2;
	if (!given(i, "notify_priority_changes"))
		i->notify_priority_changes = g->vrrp_notify_priority_changes;
	i->check_unicast_src |= g->vrrp_check_unicast_src;
}

/* The same for words that strict mode has an opinion on. */
static void
inherit_strict(struct conf_ctx *ctx, struct vrrp_instance_conf *i,
	       const struct vrrp_global_conf *g)
{
	bool strict = i->strict_mode;
	if (!given(i, "lower_prio_no_advert"))
		i->lower_prio_no_advert =
			strict || g->vrrp_lower_prio_no_advert;
	else if (strict && !i->lower_prio_no_advert) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "Strict mode requires no lower priority advert. "
		       "resetting");
		i->lower_prio_no_advert = true;
	}
	if (!given(i, "higher_prio_send_advert"))
		i->higher_prio_send_advert =
			!strict && g->vrrp_higher_prio_send_advert;
	else if (strict && i->higher_prio_send_advert) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "Strict mode requires no higher priority advert. "
		       "resetting");
		i->higher_prio_send_advert = false;
	}
	if (!given(i, "proof_of_receive"))
		i->proof_of_receive = g->vrrp_proof_of_receive;
	i->proof_if_asked = g->proof_if_asked && !given(i, "proof_of_receive");
	if (!given(i, "owner_ignore_adverts"))
		i->owner_ignore_adverts =
			i->priority == 255 &&
			(strict || g->vrrp_owner_ignore_adverts);
	else if (i->owner_ignore_adverts && i->priority != 255) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "owner_ignore_adverts needs priority 255 - resetting");
		i->owner_ignore_adverts = false;
	}
	if (!given(i, "accept") && !given(i, "no_accept"))
		i->accept = !strict || i->priority == 255;
	else if (strict && i->accept && i->version == 2 && i->priority != 255) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "Strict mode has no accept mode with VRRP version 2 - "
		       "resetting");
		i->accept = false;
	}
}

/* state, priority and the words about preemption. */
static void
resolve_election(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	if (i->is_master_state && !given(i, "priority"))
		i->priority = 255;
	if (i->priority == 255 && !given(i, "state"))
		i->is_master_state = true;
	if (i->nopreempt && i->priority == 255) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "nopreempt is incompatible with priority 255. "
		       "resetting nopreempt");
		i->nopreempt = false;
	} else if (i->nopreempt && i->is_master_state) {
		REPORT(ctx, i, DIAG_WARNING,
		       "Warning - nopreempt will not work with initial state "
		       "MASTER - clearing");
		i->nopreempt = false;
	}
	const char *why = i->preempt_delay == 0 ? NULL
			  : i->strict_mode	? "strict mode"
			  : i->is_master_state	? "initial state MASTER"
			  : i->nopreempt	? "nopreempt mode"
						: NULL;
	if (why != NULL) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "preempt_delay is incompatible with %s - resetting",
		       why);
		i->preempt_delay = 0;
	}
	why = i->sync_hold == 0 ? NULL
	      : i->strict_mode	? "strict mode"
	      : i->nopreempt	? "nopreempt mode"
				: NULL;
	if (why != NULL) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "sync_hold is incompatible with %s - resetting", why);
		i->sync_hold = 0;
	}
	if (i->timer_expired_backup != 0 && !i->nopreempt) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "timer_expired_backup needs nopreempt - resetting");
		i->timer_expired_backup = 0;
	}
}

/* The kernel counts lifetimes in seconds, and must have time to be told. */
static void
resolve_lifetime(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	if (i->vip_lifetime == 0 || i->vip_lifetime >= VIP_LIFETIME_MIN)
		return;
	REPORT(ctx, i, DIAG_GENERAL,
	       "vip_lifetime is below 2 seconds, using 2 seconds");
	i->vip_lifetime = VIP_LIFETIME_MIN;
}

static void
resolve_advert_int(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	nsec_t step = i->version == 2 ? SEC(1) : ADVERT_INT_STEP;
	if (i->version == 3 && i->advert_int > ADVERT_INT_MAX) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "VRRPv3 advertisement interval %.2fs is out of range. "
		       "Must be less than 40.96s. Setting to 40.95s",
		       (double)i->advert_int / 1e9);
		i->advert_int = ADVERT_INT_MAX;
	}
	if (i->advert_int % step == 0)
		return;
	REPORT(ctx, i, DIAG_GENERAL,
	       "VRRPv%u advertisement interval %.6fs must be %s - rounding",
	       i->version, (double)i->advert_int / 1e9,
	       i->version == 2 ? "an integer" : "in units of 10ms");
	i->advert_int = (i->advert_int + step / 2) / step * step;
	if (i->advert_int == 0)
		i->advert_int = step;
}

static void
resolve_vips(struct conf_ctx *ctx, struct vrrp_instance_conf *i,
	     const struct vrrp_global_conf *g)
{
	const char *dev =
		i->interface != NULL ? i->interface : g->default_interface;
	const struct conf_list *list[] = {&i->virtual_ipaddress,
					  &i->virtual_ipaddress_excluded};
	for (size_t k = 0; k < ARRAY_LEN(list); k++)
		CONF_FOREACH (struct vip_conf, v, list[k]) {
			if (v->dev == NULL)
				v->dev = dev;
			if (!v->has_preferred_lft)
				v->preferred_lft =
					v->addr.family == AF_INET6 &&
							v->prefix_len == 128
						? 0
						: UINT32_MAX;
		}
	if (i->strict_mode && i->no_virtual_ipaddress) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "Strict mode does not support no_virtual_ipaddress. "
		       "resetting");
		i->no_virtual_ipaddress = false;
	}
	if (STAILQ_EMPTY(&i->virtual_ipaddress) && !i->no_virtual_ipaddress)
		REPORT(ctx, i, DIAG_GENERAL,
		       "No VIP specified; at least one is %s",
		       vrrp_conf_needs_vip(i) ? "required" : "sensible");
}

static void
resolve_vmac(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	bool on = i->use_vmac.on || i->use_ipvlan.on;
	if (i->vmac_xmit_base && !on) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "vmac_xmit_base is only valid with a vmac");
		i->vmac_xmit_base = false;
	}
	if (i->use_ipvlan.on && i->family == AF_INET &&
	    !addr_is_set(&i->use_ipvlan.addr.addr))
		REPORT(ctx, i, DIAG_GENERAL,
		       "IPv4 ipvlan requires a source ip address to be "
		       "configured. setting instance to fault state");
	if (i->promote_secondaries && on) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "promote_secondaries is automatically set for vmacs - "
		       "ignoring");
		i->promote_secondaries = false;
	}
}

/* Where its own MAC brings nothing that the instance's has not. */
static void
resolve_vip_vmacs(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	const struct conf_list *list[] = {&i->virtual_ipaddress,
					  &i->virtual_ipaddress_excluded};

	for (size_t k = 0; k < ARRAY_LEN(list); k++)
		CONF_FOREACH (struct vip_conf, v, list[k]) {
			bool is_home = i->interface != NULL &&
				       strcmp(v->dev, i->interface) == 0 &&
				       v->addr.family == i->family;

			if (!v->use_vmac ||
			    (is_home ? !i->use_vmac.on : !i->use_vmac_addr))
				continue;
			if (is_home)
				REPORT(ctx, i, DIAG_GENERAL,
				       "use_vmac specified for VIP/eVIP %s "
				       "and vrrp instance",
				       v->obj.name);
			else
				REPORT(ctx, i, DIAG_GENERAL,
				       "use_vmac_addr specified and use_vmac "
				       "specified for VIP/eVIP %s",
				       v->obj.name);
			v->use_vmac = false;
		}
}

/* Is there enough to run the instance?  False: it is dropped. */
static bool
has_essentials(struct conf_ctx *ctx, const struct vrrp_instance_conf *i)
{
	if (i->virtual_router_id == 0) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "the virtual router id must be set");
		return false;
	}
	if (i->interface != NULL)
		return true;
	if (STAILQ_EMPTY(&i->unicast_peer) || !addr_is_set(&i->mcast_src_ip)) {
		REPORT(ctx, i, DIAG_GENERAL, "%s",
		       given(i, "unicast_peer") ? "Unicast instances must have "
						  "unicast_src_ip or interface"
						: "Unknown interface!");
		return false;
	}
	return true;
}

/* RFC 4861 §6.2.1: a lifetime that ends before the next one is said is none. */
static void
resolve_router_advert(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	if (i->router_advert > 0 && i->family != AF_INET6) {
		REPORT(ctx, i, DIAG_WARNING,
		       "router_advert is for IPv6 virtual routers - ignoring");
		i->router_advert = 0;
		conf_set_given(&i->obj, "router_advert", false);
	}
	if (!given(i, "router_advert_lifetime"))
		i->router_advert_lifetime = 3 * i->router_advert;
	if (i->router_advert_lifetime > 0 &&
	    i->router_advert_lifetime < i->router_advert) {
		REPORT(ctx, i, DIAG_WARNING,
		       "router_advert_lifetime is shorter than router_advert - "
		       "using three times that");
		i->router_advert_lifetime = 3 * i->router_advert;
	}
}

static void
resolve_instance(struct conf_ctx *ctx, struct conf *conf,
		 struct vrrp_instance_conf *i)
{
	const struct vrrp_conf *c = vrrp_conf_get(conf);
	const struct common_conf *common = common_conf_get(conf);
	inherit(i, &c->global);
	vrrp_conf_resolve_family(ctx, i, &c->global);
	vrrp_conf_resolve_unicast(ctx, i);
	vrrp_conf_resolve_group(ctx, i, &c->global);
	resolve_election(ctx, i);
	vrrp_conf_resolve_strict(ctx, i);
	inherit_strict(ctx, i, &c->global);
	resolve_advert_int(ctx, i);
	resolve_lifetime(ctx, i);
	vrrp_conf_resolve_auth(ctx, i);
	resolve_vmac(ctx, i);
	resolve_vips(ctx, i, &c->global);
	resolve_router_advert(ctx, i);
	resolve_vip_vmacs(ctx, i);
	if (!given(i, "smtp_alert"))
		i->smtp_alert = common_smtp_alert(
			conf,
			common == NULL ? CONF_UNSET : common->smtp_alert_vrrp,
			false);
	if (i->auth_hmac.time_window == 0) {
		uint32_t s = (uint32_t)(3 * (i->advert_int / SEC(1)));
		i->auth_hmac.time_window = s < 5 ? 5 : s > 300 ? 300 : s;
	}
}

/* ---- across instances ---- */

/* What two instances must not have in common. */
static struct vrrp_instance_conf *
put_vrid(struct keyset *set, struct vrrp_instance_conf *i)
{
	struct {
		struct addr mcast_dst_ip;
		uint16_t family, vrid;
		char interface[IFNAMSIZ];
	} key;
	memset(&key, 0, sizeof(key)); /* padding is part of the key */
	key.mcast_dst_ip = i->mcast_dst_ip;
	key.family = i->family;
	key.vrid = i->virtual_router_id;
	if (i->interface != NULL)
		(void)snprintf(key.interface, sizeof(key.interface), "%s",
			       i->interface);
	return keyset_put(set, &key, sizeof(key), i);
}

/* For the keep functions. */
struct resolving {
	struct conf_ctx *ctx;
	struct conf *conf;
	struct keyset *vrids;
};

/* The second of two with the same VRID on one link is not run. */
static bool
keep_vrid(void *arg, struct conf_obj *obj)
{
	struct resolving *r = arg;
	struct vrrp_instance_conf *b = (struct vrrp_instance_conf *)obj;
	const struct vrrp_instance_conf *a =
		b->is_unicast ? NULL : put_vrid(r->vrids, b);
	if (a == NULL)
		return true;
	conf_report_at(r->ctx, &b->obj.pos, DIAG_GENERAL,
		       "%s and %s both use VRID %u with IPv%d on interface %s",
		       a->obj.name, b->obj.name, b->virtual_router_id,
		       b->family == AF_INET6 ? 6 : 4,
		       b->interface == NULL ? "(none)" : b->interface);
	return false;
}

static bool
keep_instance(void *arg, struct conf_obj *obj)
{
	struct resolving *r = arg;
	struct vrrp_instance_conf *i = (struct vrrp_instance_conf *)obj;
	if (!has_essentials(r->ctx, i))
		return false;
	resolve_instance(r->ctx, r->conf, i);
	return vrrp_conf_is_runnable(i);
}

/* A link that is down must be seen before a master's silence would be. */
static void
limit_down_delay(struct conf_ctx *ctx, struct vrrp_conf *c,
		 const struct vrrp_instance_conf *i)
{
	nsec_t most = (nsec_t)(i->down_timer_adverts - 1) * i->advert_int;

	CONF_FOREACH (struct up_down_delay_conf, d,
		      &c->interface_up_down_delays) {
		if (i->interface == NULL ||
		    strcmp(i->interface, d->obj.name) != 0 || d->down <= most)
			continue;
		conf_report_at(ctx, &d->obj.pos, DIAG_NOTE,
			       "down delay %.2fs of %s is longer than (%s) "
			       "allows - reducing to %.2fs",
			       (double)d->down / 1e9, d->obj.name, i->obj.name,
			       (double)most / 1e9);
		d->down = most;
	}
}

void
vrrp_conf_resolve(struct conf_ctx *ctx, struct conf *conf, void *root)
{
	struct vrrp_conf *c = root;
	struct resolving r = {.ctx = ctx, .conf = conf, .vrids = keyset_new()};
	resolve_globals(ctx, c);
	conf_filter(&c->vrrp_instance, keep_instance, &r);
	conf_filter(&c->vrrp_instance, keep_vrid, &r);
	CONF_FOREACH (const struct vrrp_instance_conf, i, &c->vrrp_instance)
		limit_down_delay(ctx, c, i);
	keyset_free(r.vrids);
	vrrp_conf_settle_groups(ctx, c);
	if (vrrp_conf_resolve_scripts(ctx, c))
		common_script_security(ctx, "");
	vrrp_conf_inherit_weights(ctx, c);
	vrrp_conf_advise(ctx, c);
}
