/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the protocol demands of an instance, once the whole file was read:
 * family and version, where adverts go, authentication, strict mode.
 */
#include "vrrp/conf_resolve.h"

bool
vrrp_conf_needs_vip(const struct vrrp_instance_conf *i)
{
	return i->version == 3 || i->strict_mode;
}

bool
vrrp_conf_is_link_local_group(const struct addr *a)
{
	return (a->bytes[1] & 0xf) == 2; /* RFC 4291 §2.7 */
}

void
vrrp_conf_resolve_family(struct conf_ctx *ctx, struct vrrp_instance_conf *i,
			 const struct vrrp_global_conf *g)
{
	if (i->family == 0)
		i->family = AF_INET;
	if (i->family == AF_INET6 && i->version == 2) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "vrrp_version 2 conflicts with IPv6; using version 3");
		i->version = 0;
	}
	if (i->version == 0)
		i->version = i->family == AF_INET6 ? 3 : g->vrrp_version;
}

void
vrrp_conf_resolve_group(struct conf_ctx *ctx, struct vrrp_instance_conf *i,
			const struct vrrp_global_conf *g)
{
	struct addr *a = &i->mcast_dst_ip;
	const char *why =
		!addr_is_set(a) ? NULL
		: i->is_unicast ? "multicast destination specified with "
				  "unicast"
		: a->family != i->family ? "mcast_dst_ip is of another family"
		: a->family == AF_INET6 && !vrrp_conf_is_link_local_group(a)
			? "mcast_dst_ip must be of link-local scope"
			: NULL;
	if (why != NULL) {
		REPORT(ctx, i, DIAG_GENERAL, "%s - ignoring", why);
		*a = (struct addr){0};
		conf_set_given(&i->obj, "mcast_dst_ip", false);
	}
	if (!addr_is_set(a))
		*a = i->family == AF_INET6 ? g->vrrp_mcast_group6
					   : g->vrrp_mcast_group4;
}

void
vrrp_conf_resolve_unicast(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	bool has_peers = !STAILQ_EMPTY(&i->unicast_peer);
	bool has_word = given(i, "unicast_src_ip") ||
			given(i, "check_unicast_src") ||
			given(i, "old_unicast_checksum");
	/* An empty list is a list: it never falls back to multicast. */
	i->is_unicast = has_peers || given(i, "unicast_peer") ||
			i->unicast_fault_no_peer;
	if (!has_peers && i->is_unicast && !i->unicast_fault_no_peer)
		REPORT(ctx, i, DIAG_WARNING,
		       "unicast_peer is empty: there is nobody to send "
		       "adverts to");
	if (i->vrf != NULL && (i->interface != NULL || !i->is_unicast)) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "vrf is for unicast without interface - ignoring");
		i->vrf = NULL;
		conf_set_given(&i->obj, "vrf", false);
	}
	if (!i->is_unicast && has_word)
		REPORT(ctx, i, DIAG_WARNING,
		       "A unicast keyword has been specified without any "
		       "unicast peers. Defaulting to multicast. This usage is "
		       "deprecated - please update your configuration.");
}

void
vrrp_conf_resolve_auth(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	if (i->auth_type == VRRP_AUTH_NONE)
		return;
	const char *why = i->auth_hmac.on ? "auth_hmac excludes authentication"
			  : i->version == 3 ? "VRRP version 3 does not support "
					      "authentication"
			  : i->strict_mode  ? "Strict mode does not support "
					      "authentication"
			  : i->auth_pass[0] == 0
				  ? "Authentication specified but no "
				    "password given"
				  : NULL;
	if (why == NULL)
		return;
	REPORT(ctx, i, DIAG_GENERAL, "%s. Ignoring", why);
	i->auth_type = VRRP_AUTH_NONE;
}

/* RFC 9568 §5.2.9; whoever wrote it otherwise still gets a conforming order. */
static void
check_first_vip(struct conf_ctx *ctx, const struct vrrp_instance_conf *i)
{
	const struct vip_conf *v = (void *)STAILQ_FIRST(&i->virtual_ipaddress);
	if (v != NULL && !addr_is_linklocal(&v->addr))
		REPORT(ctx, i, DIAG_GENERAL,
		       "the first IPv6 VIP address must be a link local "
		       "address");
}

void
vrrp_conf_resolve_strict(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	if (!i->strict_mode)
		return;
	if (i->is_master_state != (i->priority == 255)) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "State MASTER must match being address owner");
		i->is_master_state = i->priority == 255;
	}
	if (given(i, "garp_lower_prio_delay") && i->garp_lower_prio_delay != 0)
		REPORT(ctx, i, DIAG_GENERAL,
		       "Strict mode requires no repeat garp delay. resetting");
	if (given(i, "garp_lower_prio_repeat") &&
	    i->garp_lower_prio_repeat != 0)
		REPORT(ctx, i, DIAG_GENERAL,
		       "Strict mode requires no repeat garp. resetting");
	i->garp_lower_prio_delay = 0;
	i->garp_lower_prio_repeat = 0;
	if (i->down_timer_adverts != 3) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "down_timer_adverts is incompatible with strict mode - "
		       "resetting");
		i->down_timer_adverts = 3;
	}
	if (i->auth_hmac.on && i->auth_hmac.mode != AUTH_HMAC_ENFORCE) {
		REPORT(ctx, i, DIAG_GENERAL,
		       "Strict mode requires auth_hmac mode enforce. "
		       "resetting");
		i->auth_hmac.mode = AUTH_HMAC_ENFORCE;
	}
	if (i->is_unicast)
		REPORT(ctx, i, DIAG_FATAL,
		       "Strict mode does not support unicast on a multicast "
		       "interface");
	if (i->family == AF_INET6)
		check_first_vip(ctx, i);
}

/* What strict mode and version 3 forbid for good: such an instance would send
 * adverts without address (RFC 9568 §5.2.5), or where it must not. */
bool
vrrp_conf_is_runnable(const struct vrrp_instance_conf *i)
{
	if (i->strict_mode && i->is_unicast)
		return false;
	return !vrrp_conf_needs_vip(i) || i->no_virtual_ipaddress ||
	       !STAILQ_EMPTY(&i->virtual_ipaddress);
}
