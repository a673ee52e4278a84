/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * track_route and track_gateway at work: routes come from the mirror of watched
 * prefixes, gateways are asked by ARP or neighbour solicitation, one after the
 * other and behind all adverts.
 */
#ifndef DUUMVIR_VRRP_TRACKNET_H
#define DUUMVIR_VRRP_TRACKNET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/monotime.h"

struct addr;
struct vrrp_router;

/* Answers that may be missed before a gateway counts as gone. */
#define TRACKNET_MISSES 3

/* References are new: watches what is referred to and forgets the rest. */
void vrrp_tracknet_follow(struct vrrp_router *r, monotime_t now);
/* Takes the levels of routes from the mirror.  Does not flush. */
void vrrp_tracknet_routes(struct vrrp_router *r, monotime_t now);
/* Which answers are to be heard? */
void vrrp_tracknet_wants(const struct vrrp_router *r, bool *arp, bool *nd);
/* A neighbour has answered.  Does not flush. */
void vrrp_tracknet_answer(struct vrrp_router *r, uint32_t ifindex,
			  const struct addr *who, monotime_t now);
/* Asks whoever is due, a bounded number; r->ask_next is when to come again.
 * Does not flush. */
void vrrp_tracknet_run(struct vrrp_router *r, monotime_t now);

#endif
