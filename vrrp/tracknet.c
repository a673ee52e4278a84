/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Tracked routes and gateways; see tracknet.h. */
#include "vrrp/tracknet.h"

#include <string.h>

#include "vrrp/instance.h"
#include "vrrp/neighbour.h"
#include "vrrp/tracking.h"

/* Questions of one wake-up, and the pause before the next ones. */
#define SLICE	  16
#define SLICE_GAP MSEC(2)
/* Until it is known where a gateway stands it is asked at least so often. */
#define FIRST_INTERVAL SEC(1)

/* ---- routes ---- */

static void
follow_route(struct vrrp_router *r, struct track_obj *o)
{
	if (o->refs > 0 && o->net.watch == NULL)
		o->net.watch =
			route_mirror_watch(&r->routes, &o->net.addr,
					   o->net.prefix_len, o->net.table);
	if (o->refs == 0 && o->net.watch != NULL) {
		route_mirror_unwatch(&r->routes, o->net.watch);
		o->net.watch = NULL;
	}
}

void
vrrp_tracknet_routes(struct vrrp_router *r, monotime_t now)
{
	struct track_obj *o, *next;

	HASH_ITER (hh, r->tracked.all, o, next) {
		if (o->key.kind != TRACK_ROUTE || o->net.watch == NULL ||
		    !o->net.watch->is_known)
			continue;
		vrrp_tracking_set(r, o,
				  route_mirror_has(o->net.watch) ? TRACK_UP
								 : TRACK_DOWN,
				  now);
	}
}

void
vrrp_tracknet_follow(struct vrrp_router *r, monotime_t now)
{
	struct track_obj *o, *next;
	nsec_t place = 0;

	HASH_ITER (hh, r->tracked.all, o, next) {
		if (o->key.kind == TRACK_ROUTE)
			follow_route(r, o);
		if (o->key.kind != TRACK_GATEWAY || o->net.is_followed)
			continue;
		/* Each in its own place in time from the beginning. */
		o->net.is_followed = true;
		o->net.next = monotime_add(now, place);
		place += SLICE_GAP;
		r->ask_next = monotime_min(r->ask_next, o->net.next);
	}
}

/* ---- gateways ---- */

void
vrrp_tracknet_wants(const struct vrrp_router *r, bool *arp, bool *nd)
{
	const struct track_obj *o, *next;

	*arp = *nd = false;
	HASH_ITER (hh, r->tracked.all, o, next) {
		if (o->key.kind != TRACK_GATEWAY)
			continue;
		*(o->net.addr.family == AF_INET6 ? nd : arp) = true;
	}
}

void
vrrp_tracknet_answer(struct vrrp_router *r, uint32_t ifindex,
		     const struct addr *who, monotime_t now)
{
	const struct iface *i = iface_find_index(&r->ifaces, ifindex);
	struct track_obj *o, *next;

	if (i == NULL)
		return;
	HASH_ITER (hh, r->tracked.all, o, next) {
		if (o->key.kind != TRACK_GATEWAY ||
		    !addr_is_equal(&o->net.addr, who) ||
		    strcmp(o->net.dev, i->fact.name) != 0)
			continue;
		o->net.is_asked = false;
		o->net.missed = 0;
		vrrp_tracking_set(r, o, TRACK_UP, now);
	}
}

static bool
is_none_excluded(const void *arg, const struct addr *a)
{
	(void)arg;
	(void)a;
	return false;
}

static void
send_question(struct vrrp_router *r, const struct track_obj *o)
{
	const struct iface *i = iface_find(&r->ifaces, o->net.dev);
	struct addr src = {0}, none = {0};
	uint8_t frame[VRRP_FRAME_MAX];
	struct vrrp_frame_tx tx = {.data = frame};

	if (i == NULL || !iface_is_running(&r->ifaces, i) || !i->fact.has_mac)
		return; /* that it is not answered tells it */
	(void)iface_source_pick(i, o->net.addr.family, &none, is_none_excluded,
				NULL, &src);
	tx.ifindex = i->fact.ifindex;
	tx.len = neighbour_ask(&o->net.addr, &src, i->fact.mac, frame);
	if (tx.len > 0)
		r->port->send_frames(r->port_arg, &tx, 1);
}

static void
ask(struct vrrp_router *r, struct track_obj *o, monotime_t now)
{
	nsec_t interval = o->net.interval;

	if (o->net.is_asked && o->net.missed < TRACKNET_MISSES)
		o->net.missed++;
	if (o->net.missed == TRACKNET_MISSES)
		vrrp_tracking_set(r, o, TRACK_DOWN, now);
	if (o->state.level == TRACK_UNKNOWN && interval > FIRST_INTERVAL)
		interval = FIRST_INTERVAL;
	o->net.is_asked = true;
	o->net.next = monotime_add(o->net.next, interval);
	if (!monotime_before(now, o->net.next))
		o->net.next = monotime_add(now, interval);
	send_question(r, o);
}

void
vrrp_tracknet_run(struct vrrp_router *r, monotime_t now)
{
	struct track_obj *o, *next;
	monotime_t first = MONOTIME_NEVER;
	int left = SLICE;

	if (monotime_before(now, r->ask_next))
		return;
	HASH_ITER (hh, r->tracked.all, o, next) {
		if (o->key.kind != TRACK_GATEWAY || o->refs == 0)
			continue;
		if (!monotime_before(now, o->net.next) && left > 0) {
			ask(r, o, now);
			left--;
		}
		first = monotime_min(first, o->net.next);
	}
	if (!monotime_before(now, first))
		first = monotime_add(now, SLICE_GAP);
	r->ask_next = first;
}
