/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Instances and the interfaces of our own that they live on (vrrp/vmac.h):
 * which are wanted, and carrying out what is to be done about them.
 *
 * Never on the way of an advert: they exist before an instance starts, and
 * go after its farewell is sent.
 */
#ifndef DUUMVIR_VRRP_OWN_H
#define DUUMVIR_VRRP_OWN_H

#include "lib/monotime.h"

struct vip_conf;
struct vmac;
struct vrrp_instance;
struct vrrp_instance_conf;
struct vrrp_router;

/* The instance's own interface as configured, or NULL: in->vmac, in->ifname
 * and in->base_ifname are set. */
void own_take(struct vrrp_instance *in, const struct vrrp_instance_conf *c);
/* Where an address lives: the name, and *own if the interface is ours. */
const char *own_home(struct vrrp_instance *in, const struct vip_conf *c,
		     struct vmac **own);
/* Says which interfaces the instance and its addresses live on: the firewall
 * goes by it. */
void own_tell(struct vrrp_instance *in);
/* Makes and mends what is wanted; the mirror knows afterwards. */
void own_settle(struct vrrp_router *r, monotime_t now);
/* The same, and deletes what has lost its base: after the farewell. */
void own_abandon(struct vrrp_router *r, monotime_t now);
/* Deletes what nobody wants any more. */
void own_sweep(struct vrrp_router *r);

#endif
