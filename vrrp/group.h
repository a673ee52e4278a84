/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A sync group: several virtual routers that are one in an election.  All of
 * its members are MASTER, all BACKUP or all FAULT.
 *
 * Pure, as the state machines that it joins (fsm.h): it is given an event for
 * one member, decides what becomes of it, and says through act() what this
 * member and then the others have to do.  No clock, no I/O, no allocation.
 *
 * - The first member that hears no master takes all along, unless another
 *   member has heard the master since: then one link is bad, not the master,
 *   and it waits for the others.  An orderly end needs no waiting.
 * - A member that is beaten, or yields, takes all to BACKUP.
 * - A condition that one member lacks is lacking for all (VRRP_COND_GROUP).
 * - Of two masters of equal priority the earlier members' comparison of
 *   addresses counts for all, so that two links never decide differently.
 * - A member that a reload has added joins when that changes nothing for the
 *   others: with an unmet condition, or as BACKUP beside masters, it stands
 *   aside until then.
 */
#ifndef DUUMVIR_VRRP_GROUP_H
#define DUUMVIR_VRRP_GROUP_H

#include "vrrp/fsm.h"

struct vrrp_member {
	struct vrrp_fsm *fsm;
	const struct vrrp_params *params;
	bool is_joining;   /* the others do not count it yet */
	bool is_asked;	   /* a tie was lost here, earlier members are asked */
	monotime_t tie_at; /* when a tie was won, or lost and asked about */
};

struct vrrp_group {
	/* Where members are to be if no condition is unmet. */
	enum vrrp_state target;
	uint32_t n;
	struct vrrp_member *member; /* in the order of the configuration */
};

/* Steps member i with this event and carries out what follows. */
typedef void vrrp_group_act(void *arg, uint32_t i, const struct vrrp_event *ev,
			    monotime_t now);

/* An event for member i.  An UNMET event's set is the member's own. */
void vrrp_group_step(struct vrrp_group *g, uint32_t i,
		     const struct vrrp_event *ev, monotime_t now,
		     vrrp_group_act *act, void *arg);
/* After members have come or gone: all find together again. */
void vrrp_group_settle(struct vrrp_group *g, monotime_t now,
		       vrrp_group_act *act, void *arg);
/* The state of all that have joined; INIT: not all have started. */
enum vrrp_state vrrp_group_state(const struct vrrp_group *g);
/* What a member's own conditions are, the group's set aside. */
uint32_t vrrp_member_unmet(const struct vrrp_member *m);
/* Members of priority 255 begin as MASTER only if all are owners. */
bool vrrp_group_is_owner(const struct vrrp_group *g);

#endif
