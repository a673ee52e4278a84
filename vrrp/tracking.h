/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Tracked objects at work: their states come in (interfaces from the mirror,
 * scripts, files and processes from the supervisor, routes and gateways from
 * tracknet.h), priorities and the condition VRRP_COND_TRACK of instances come
 * out.
 */
#ifndef DUUMVIR_VRRP_TRACKING_H
#define DUUMVIR_VRRP_TRACKING_H

#include "vrrp/track_table.h"

struct msg_track;
struct vrrp_conf;
struct vrrp_event;
struct vrrp_instance;
struct vrrp_router;

/*
 * Before each vrrp_router_apply(): whose sync groups and tracked objects are
 * in force.  c lives until the next one.
 */
void vrrp_tracking_set_conf(struct vrrp_router *r, const struct vrrp_conf *c);
/* In it: all references anew, from the instances and their groups. */
void vrrp_tracking_refill(struct vrrp_router *r, monotime_t now);
/* An instance ends. */
void vrrp_tracking_drop(struct vrrp_instance *in);

/* What the supervisor says.  Flushes. */
void vrrp_tracking_told(struct vrrp_router *r, const struct msg_track *m,
			monotime_t now);
/* The mirror of interfaces has changed; before instances are refreshed. */
void vrrp_tracking_ifaces(struct vrrp_router *r, monotime_t now);
/* A route or gateway is there or not.  Does not flush. */
void vrrp_tracking_set(struct vrrp_router *r, struct track_obj *o,
		       enum track_level level, monotime_t now);

/* VRRP_COND_TRACK if an object without weight is down, else 0. */
uint32_t vrrp_tracking_unmet(const struct vrrp_instance *in);
/* The priority that adverts carry. */
uint8_t vrrp_tracking_priority(const struct vrrp_instance *in);
/* An instance that is to start: must it wait for the first result of a script
 * without weight?  Then the event is kept and comes with that result. */
bool vrrp_tracking_hold(struct vrrp_instance *in, const struct vrrp_event *ev,
			monotime_t now);

/* Status. */
void vrrp_tracking_print(const struct vrrp_instance *in, monotime_t now,
			 struct buf *out);
void vrrp_tracking_print_json(const struct vrrp_instance *in, monotime_t now,
			      struct buf *out);
/* What asks for FAULT, in words; returns buf. */
const char *vrrp_tracking_text(const struct vrrp_instance *in, char *buf,
			       size_t size);

#endif
