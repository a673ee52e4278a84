/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What has happened, kept until the work is done: log lines and reports to
 * the supervisor cost system calls and wake other processes, so adverts,
 * addresses and announcements of a wake-up go first.
 */
#ifndef DUUMVIR_VRRP_NOTE_H
#define DUUMVIR_VRRP_NOTE_H

#include "vrrp/fsm.h"

struct vrrp_instance;
struct vrrp_router;
struct vrrp_sync;

enum vrrp_note_kind {
	VRRP_NOTE_STATE,    /* entered to, because of why */
	VRRP_NOTE_RESIGNED, /* sent priority 0 */
	VRRP_NOTE_ZERO,	    /* heard priority 0 as backup */
	VRRP_NOTE_LOWER,    /* heard a lower priority as master */
	VRRP_NOTE_DELETED,  /* is no longer configured */
	VRRP_NOTE_WORD,	    /* nothing but why */
	VRRP_NOTE_SYNC,	    /* the others of the group follow to to */
	VRRP_NOTE_GROUP,    /* the group is in to */
	VRRP_NOTE_CLAIM,    /* peer, our address, is announced by mac */
	VRRP_NOTE_PRIORITY, /* has another effective priority, as before: to */
};

/* Everything that the words need, as it was when it happened. */
struct vrrp_note {
	struct vrrp_instance *in;
	struct vrrp_sync *sync; /* SYNC and GROUP */
	enum vrrp_note_kind kind;
	enum vrrp_state to;
	enum vrrp_why why;
	struct addr peer;		 /* the other router, unset: none */
	uint8_t peer_priority, priority; /* VRRP_NOTE_PRIORITY: old, new */
	uint32_t unmet;			 /* CLEARED: what was unmet before */
	nsec_t waited;
	uint8_t mac[6];
	monotime_t at;
};

/* Keeps a copy; in, at and priority are filled in. */
void vrrp_instance_note(struct vrrp_instance *in, const struct vrrp_note *n,
			monotime_t now);
/* Logs and reports what was noted, in order. */
void vrrp_router_tell(struct vrrp_router *r);

#endif
