/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A VRRP router: all virtual routers (instances) of this node, what they are
 * due to do, and the mirror of the interfaces they live on.
 *
 * It is driven by facts (packets, links, addresses, time, configuration) and
 * acts through a struct vrrp_port, so the same code runs on real sockets and
 * in the replay harness.  It never reads a clock: now is an argument.
 *
 * Order of work within one wake-up, always: adverts of all that is due in
 * one go, then addresses in one batch, then a bounded slice of
 * announcements, then words: the log and reports.
 */
#ifndef DUUMVIR_VRRP_ROUTER_H
#define DUUMVIR_VRRP_ROUTER_H

#include "lib/buf.h"
#include "lib/log.h"
#include "vrrp/agenda.h"
#include "vrrp/announce.h"
#include "vrrp/claim.h"
#include "vrrp/conf.h"
#include "vrrp/fsm.h"
#include "vrrp/hold.h"
#include "vrrp/hold_static.h"
#include "vrrp/iface.h"
#include "vrrp/note.h"
#include "vrrp/packet.h"
#include "vrrp/port.h"
#include "vrrp/route_mirror.h"
#include "vrrp/track_table.h"
#include "vrrp/vmac.h"

struct vrrp_instance;
struct vrrp_hint;

/* Announcements sent in one slice before adverts are looked at again. */
#define VRRP_ANNOUNCE_SLICE 64

TAILQ_HEAD(vrrp_instances, vrrp_instance);
TAILQ_HEAD(vrrp_syncs, vrrp_sync);

struct vrrp_router {
	const struct vrrp_port *port;
	void *port_arg;
	struct vrrp_global_conf global; /* numbers and addresses only */
	struct vrrp_instances instances;
	struct vrrp_instances graveyard; /* removed, until flushed */
	struct vrrp_instances dirty;	 /* addresses to be reconciled */
	struct vrrp_instance *by_key;
	struct vrrp_hint *hints;
	struct vrrp_syncs syncs;	   /* sync groups */
	const struct vrrp_conf *sync_conf; /* see vrrp_sync_set_conf() */
	struct iface_table ifaces;
	struct vmac_set vmacs; /* interfaces of our own */
	struct track_table tracked;
	monotime_t ask_next;		    /* a tracked gateway */
	const struct vrrp_conf *track_conf; /* whose groups are in force */
	struct agenda agenda;
	struct announce announce;
	/* outbox; room is made when instances are added */
	struct vrrp_tx *tx;
	struct vip_op *ops;
	struct vmac_op *vmac_ops;
	struct vip_slot *orphans; /* addresses of removed configuration */
	struct vrrp_note *notes;
	size_t n_notes, room_notes;
	size_t n_tx, room_tx, n_ops, room_ops, n_orphans, room_orphans;
	size_t room_vmac_ops;
	size_t n_anywhere;  /* instances without "interface" */
	uint32_t *promoted; /* links whose promote_secondaries we set */
	size_t n_promoted;
	bool has_polls;
	size_t n_instances, n_vips, n_dests;
	uint64_t seen_generation, seen_losses;
	struct route_mirror routes; /* of watched prefixes */
	struct hold hold;	    /* routes and rules */
	struct hold_static statics;
	uint64_t seen_routes, seen_downs;
	monotime_t doubt_at; /* routes are asked for again; NEVER: no doubt */
	/* Late or early: how far behind its deadline the worst run was. */
	nsec_t worst_late;
	uint64_t unknown_vrids, bad_headers, announced;
	struct log_limit stray_limit, repair_limit;
	struct garp_member *garp_member; /* interfaces of garp_groups */
	size_t n_garp_members;
	monotime_t sync_since; /* the backup sync daemon runs; NEVER: not */
	nsec_t silent;	       /* how long our predecessor has been silent */
	/* How much longer than our clock counts the machine is up. */
	nsec_t uncounted;
	bool is_deaf_new;      /* an instance began and may be deaf */
	bool is_claimable_new; /* see vrrp_router_claimable() */
	bool is_global_new;
	bool has_lost;	/* an instance lost what it holds and is to leave */
	bool is_reload; /* a commit that is not the first is running */
	bool is_stopping, keeps_vips;
};

void vrrp_router_init(struct vrrp_router *r, const struct vrrp_port *port,
		      void *port_arg);
void vrrp_router_fini(struct vrrp_router *r);

/* The backup of the connection sync daemon runs since; NEVER: it does not. */
void vrrp_router_on_sync(struct vrrp_router *r, monotime_t since,
			 monotime_t now);

/* One difference between two configurations. */
enum vrrp_change_op {
	VRRP_CHANGE_SAME, /* equal: take the new object's pointer */
	VRRP_CHANGE_ADD,
	VRRP_CHANGE_DEL,
	VRRP_CHANGE_LIVE,    /* go on with the new values */
	VRRP_CHANGE_RESTART, /* stop and start anew */
};

struct vrrp_change {
	enum vrrp_change_op op;
	const struct vrrp_instance_conf *old, *now;
};

/* Carries a new configuration out, in this order: what goes, what changes,
 * what comes.  Unchanged instances notice nothing. */
void vrrp_router_apply(struct vrrp_router *r,
		       const struct vrrp_global_conf *global,
		       const struct vrrp_change *change, size_t n,
		       monotime_t now);
/* The garp_group blocks, before each apply. */
void vrrp_router_garp_groups(struct vrrp_router *r, const struct vrrp_conf *c);
/* State of an instance before our process died; before the first apply. */
void vrrp_router_hint(struct vrrp_router *r, const char *name,
		      enum vrrp_state_word state);

/* Was it master then?  Until the first apply is over. */
bool vrrp_router_was_master(const struct vrrp_router *r, const char *name);

/*
 * A datagram.  IPv4: whole, o->ifindex set; IPv6: the message, all of *o
 * set.  Call vrrp_router_flush() after the last one of a wake-up.
 */
void vrrp_router_packet(struct vrrp_router *r, int family, const void *data,
			size_t len, const struct vrrp_origin *o,
			monotime_t now);
/* The mirror of interfaces or that of routes was changed: conditions and
 * what is held are looked at again.  Flushes. */
void vrrp_router_ifaces_changed(struct vrrp_router *r, monotime_t now);
/*
 * At each wake-up, before anything else: were we let run in time?  asleep is
 * what the clock did not count meanwhile.  True: the caller reads all that was
 * received before it goes on.
 */
bool vrrp_router_thaw(struct vrrp_router *r, nsec_t asleep, monotime_t now);

/* A neighbour announces an address, perhaps one of ours.  Flush after the last one of a wake-up. */
void vrrp_router_claim(struct vrrp_router *r, const struct vrrp_claim *c,
		       monotime_t now);
/* The addresses of which claims are of interest: those of masters; returns
 * how many there are, at most max are filled in.  is_claimable_new says that
 * they may have changed. */
size_t vrrp_router_claimable(const struct vrrp_router *r, struct addr *out,
			     size_t max);

/* An interface on which an instance would take over for the first time, and
 * nothing was heard yet; from where to ask. */
struct vrrp_deaf {
	uint32_t ifindex;
	struct addr source; /* IPv4, or unset */
	uint8_t mac[VRRP_MAC_LEN];
};

/* How many there are, max at most.  is_deaf_new says that there may be new
 * ones. */
size_t vrrp_router_deaf(const struct vrrp_router *r, struct vrrp_deaf *out,
			size_t max, monotime_t now);
/* There is somebody on it who ought to answer. */
void vrrp_router_should_hear(struct vrrp_router *r, uint32_t ifindex,
			     monotime_t now);
/* A neighbour was heard, whatever it said.  Flush afterwards. */
void vrrp_router_heard(struct vrrp_router *r, const struct vrrp_claim *c,
		       monotime_t now);

/* Polling has found a link's carrier. */
void vrrp_router_beat(struct vrrp_router *r, const char *ifname, bool has_link,
		      monotime_t now);
/* All that is due.  Flushes. */
void vrrp_router_run(struct vrrp_router *r, monotime_t now);
/* Executes what steps have asked for. */
void vrrp_router_flush(struct vrrp_router *r, monotime_t now);
/* When vrrp_router_run() is needed next. */
monotime_t vrrp_router_next(const struct vrrp_router *r);
/* Priority 0 for all, then addresses off (unless kept). */
void vrrp_router_stop(struct vrrp_router *r, bool keep_vips, monotime_t now);

/* vrrp/status.c: text for SIGUSR1, SIGUSR2, JSON; clearing of counters. */
void vrrp_router_print(const struct vrrp_router *r, monotime_t now,
		       struct buf *out);
void vrrp_router_print_stats(const struct vrrp_router *r, struct buf *out);
/* json_version 1: an array of instances; 2: an object that has it, and what is
 * tracked beside it. */
void vrrp_router_print_json(const struct vrrp_router *r, monotime_t now,
			    struct buf *out);
void vrrp_router_print_json_2(const struct vrrp_router *r, monotime_t now,
			      struct buf *out);
void vrrp_router_clear_stats(struct vrrp_router *r);

#endif
