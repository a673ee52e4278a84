/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a configuration says about links as such: delays, polling, and
 * promote_secondaries.
 * It is carried out through the router's port.
 */
#ifndef DUUMVIR_VRRP_LINKCONF_H
#define DUUMVIR_VRRP_LINKCONF_H

#include "lib/monotime.h"

struct vrrp_conf;
struct vrrp_router;

/* Before vrrp_router_apply() of the same configuration. */
void vrrp_router_links(struct vrrp_router *r, const struct vrrp_conf *c,
		       monotime_t now);
/* Sets promote_secondaries where an instance asks for it and it is off; sets
 * it back where none does any more, or the router is stopping. */
void promote_settle(struct vrrp_router *r);

#endif
