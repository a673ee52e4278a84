/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Sync groups at run time: which instances are together, now and over a
 * reload.  What they decide is group.h's; here its decisions are carried out
 * and told.
 */
#ifndef DUUMVIR_VRRP_SYNC_H
#define DUUMVIR_VRRP_SYNC_H

#include "vrrp/group.h"
#include "vrrp/instance.h"

struct buf;
struct vrrp_conf;

struct vrrp_sync {
	struct vrrp_router *router;
	char name[MSG_NAME_LEN];
	struct vrrp_group group;
	struct vrrp_instance **in; /* as group.member */
	enum vrrp_state state;	   /* as told */
	monotime_t since;
	uint32_t trigger; /* whose event is worked on */
	bool has_said;	  /* that the others follow */
	bool was_reported;
	TAILQ_ENTRY(vrrp_sync) link;
};

/* Before each vrrp_router_apply(): whose groups are in force then.  c is not
 * used after it. */
void vrrp_sync_set_conf(struct vrrp_router *r, const struct vrrp_conf *c);
/* In it, when all instances are there: groups are made, changed, ended. */
void vrrp_sync_regroup(struct vrrp_router *r, monotime_t now);
/* Says which members stand aside; after the flush of an apply. */
void vrrp_sync_tell_joining(const struct vrrp_router *r);
/* The instance goes; the others notice nothing. */
void vrrp_sync_leave(struct vrrp_instance *in);
void vrrp_sync_fini(struct vrrp_router *r);

/* One step of an instance that is in a group. */
void vrrp_sync_step(struct vrrp_instance *in, const struct vrrp_event *ev,
		    monotime_t now);

/*
 * What the members' own weighted lines add to the priority of each of them
 * (sync_group_tracking_weight): an object counts once, as its first member in
 * the group's order has it.
 */
int64_t vrrp_sync_weights(const struct vrrp_sync *s);
/* Does any member track it? */
bool vrrp_sync_tracks(const struct vrrp_sync *s, const struct track_obj *o);

/* Why VRRP_COND_GROUP is unmet, as snprintf(). */
int vrrp_sync_unmet_text(const struct vrrp_instance *in, char *buf,
			 size_t size);
/* Status. */
void vrrp_sync_print(const struct vrrp_router *r, monotime_t now,
		     struct buf *out);

#endif
