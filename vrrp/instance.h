/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One virtual router at run time: its state machine, what it sends and
 * accepts as ready-made bytes, its addresses and counters.
 *
 * Internal to the router (router.c, instance.c, effect.c, flush.c, note.c, status.c).
 */
#ifndef DUUMVIR_VRRP_INSTANCE_H
#define DUUMVIR_VRRP_INSTANCE_H

#include "vrrp/auth.h"
#include "vrrp/hmac.h"
#include "vrrp/router.h"
#include "vrrp/tracking.h"

/* One address that is held while master. */
struct vrrp_vip {
	struct vip_slot slot;
	struct announce_item item;
	struct vrrp_instance *in;
	char dev[IFNAMSIZ];
	struct vmac *own; /* dev is an interface of our own, or NULL */
	bool is_excluded; /* not in adverts */
	bool no_track;
	bool was_held; /* put there since we became master */
	struct log_limit put_back;
};

/* Where adverts go: the group, or one unicast peer. */
struct vrrp_dest {
	struct addr addr;
	uint8_t min_hops, max_hops;
	size_t len;
	uint8_t *advert, *resign; /* datagrams of len bytes */
	bool is_old_sum;	  /* it speaks VRRP_SUM_OLD, so do we */
};

struct vrrp_stats {
	uint64_t received, sent, send_errors;
	uint64_t became_master, released_master;
	uint64_t zero_received, zero_sent;
	uint64_t lower_received;
	uint64_t claims; /* of our addresses by others, as master */
	uint64_t thaws;	 /* times of doubt after a sleep as master */
	uint64_t interval_differs, list_differs;
	uint64_t vip_repairs, vip_errors;
	uint64_t hold_repairs, hold_errors; /* routes and rules */
	uint64_t discarded[VRRP_DISCARD_COUNT];
};

/* Answers to claims get rarer while they go on. */
struct vrrp_claim_limit {
	monotime_t next;
	nsec_t gap;
};

/* May one be answered now? */
bool vrrp_claim_allow(struct vrrp_claim_limit *l, monotime_t now);

struct vrrp_instance_key {
	uint32_t ifindex;
	uint16_t family;
	uint16_t vrid;
};

struct vrrp_instance {
	const struct vrrp_instance_conf *conf;
	struct vrrp_router *router;
	char name[MSG_NAME_LEN];
	char base_ifname[IFNAMSIZ]; /* as configured; adverts are heard there */
	char ifname[IFNAMSIZ];	    /* our own on top of it, or the same */
	struct vmac *vmac;	    /* that one of our own, or NULL */
	uint32_t tx_ifindex;	    /* adverts leave from; 0: nowhere */
	struct vrrp_params params;
	struct vrrp_fsm fsm;
	struct vrrp_sync *sync; /* its sync group, or NULL */
	uint32_t member;	/* its place in it */
	monotime_t since;	/* of the present state */
	struct agenda_item due;
	bool was_reported, is_started;
	bool is_deleted;	/* by a reload */
	uint8_t noted_priority; /* the last one told; 0: none yet */
	/* receive */
	struct vrrp_instance_key key; /* ifindex 0: cannot hear */
	bool is_anywhere;	      /* unicast without "interface" */
	bool is_keyed, is_joined;
	uint32_t vmac_joined; /* ifindex of the VMAC that hears, 0: none */
	struct vrrp_want want;
	struct addr group;
	bool is_unicast, checks_peers;
	uint8_t hops; /* TTL or hop limit of what we send */
	/* send */
	struct vrrp_dest *dests;
	uint32_t n_dests;
	uint8_t *list; /* advertised addresses as bytes */
	uint32_t n_list;
	/* authentication that is made at the time of sending */
	struct vrrp_hmac *hmac; /* auth_hmac; NULL: off */
	struct auth_key ah_key; /* auth_type AH */
	uint32_t ah_last;	/* sequence, heard or sent; 0: none */
	/* addresses; in the order of the configuration */
	struct vrrp_vip *vips;
	uint32_t n_vips;
	/* routes and rules; in the order of the configuration */
	struct kobj_ref *held;
	uint32_t n_held;
	bool is_lost;	    /* one was taken away, and it is to go */
	bool is_dirty;	    /* addresses are to be reconciled */
	bool is_announcing; /* all addresses are to be announced */
	uint32_t announce_count;
	monotime_t announce_again, announce_refresh, announce_extra, vips_retry;
	monotime_t vips_refresh; /* lifetimes begin anew; NEVER: endless ones */
	struct announce_item radvert; /* router_advert */
	monotime_t radvert_next;
	uint32_t radverts; /* sent since we became master */
	monotime_t claim_again;
	struct vrrp_claim_limit claim_limit;
	nsec_t slept; /* how long we were last not let run */
	struct log_limit discard_limit, oddity_limit, claim_log;
	struct log_limit zero_limit, lower_limit;
	struct vrrp_stats stats;
	/* what it tracks, with its group's; see tracking.h */
	struct track_refs own_track, group_track;
	struct track_sum track_sum;
	bool counts_weights;
	bool is_kept_back; /* its start waits for the first result of a script */
	struct vrrp_event kept_start;
	monotime_t kept_at;
	TAILQ_ENTRY(vrrp_instance) link, dirty_link;
	UT_hash_handle hh;
};

static inline struct vrrp_instance *
vrrp_instance_of_due(struct agenda_item *it)
{
	return (struct vrrp_instance *)((char *)it -
					offsetof(struct vrrp_instance, due));
}

/* Its own unmet conditions; that of its sync group is the group's. */
static inline uint32_t
vrrp_instance_unmet(const struct vrrp_instance *in)
{
	return in->fsm.unmet & ~(uint32_t)VRRP_COND_GROUP;
}

/* instance.c */
/* Taken away at the next flush unless another wants it. */
void vrrp_router_orphan(struct vrrp_router *r, const struct vrrp_vip *v);
/* Something was put back: is it to be said?  What others delete in a loop must
 * not fill the log. */
bool vrrp_router_tells_repair(struct vrrp_router *r, monotime_t now);
struct vrrp_instance *vrrp_instance_new(struct vrrp_router *r,
					const struct vrrp_instance_conf *c);
void vrrp_instance_free(struct vrrp_instance *in);
/* New values; addresses that are no longer configured become orphans. */
void vrrp_instance_reconf(struct vrrp_instance *in,
			  const struct vrrp_instance_conf *c);
/* All its addresses become orphans: taken away unless another wants them. */
void vrrp_instance_bequeath(struct vrrp_instance *in);

/* encode.c: what is sent */
/* The advertised addresses as bytes. */
void vrrp_instance_list_fill(struct vrrp_instance *in,
			     const struct vrrp_instance_conf *c);
/* The group or the peers; the bytes are made by vrrp_instance_encode(). */
void vrrp_instance_dests_fill(struct vrrp_instance *in,
			      const struct vrrp_instance_conf *c);
void vrrp_instance_dests_free(struct vrrp_instance *in);
/* Makes the advert bytes anew when priority or source have changed. */
void vrrp_instance_encode(struct vrrp_instance *in);
/* Keys and what is remembered about senders, after a new configuration. */
void vrrp_instance_auth_fill(struct vrrp_instance *in,
			     const struct vrrp_instance_conf *c);
void vrrp_instance_auth_free(struct vrrp_instance *in);
/* Writes what depends on the moment of sending into the bytes that go now:
 * the auth_hmac trailer or the authentication header. */
void vrrp_instance_seal(struct vrrp_instance *in, bool is_resign);

/* condition.c */
/* Looks at the interface mirror again; returns the set of unmet
 * conditions. */
uint32_t vrrp_instance_refresh(struct vrrp_instance *in);
/* What status shows as unmet: with a start that is delayed. */
uint32_t vrrp_instance_unmet_shown(const struct vrrp_instance *in);
/* Leaves group and hash: nothing is heard any more. */
void vrrp_instance_deafen(struct vrrp_instance *in);
/* One word for a condition, as JSON has it; a sentence for each that is
 * unmet, separated by commas; returns buf. */
const char *vrrp_cond_word(enum vrrp_cond c);
const char *vrrp_instance_unmet_text(const struct vrrp_instance *in,
				     uint32_t unmet, char *buf, size_t size);

/* effect.c: one step of the state machine; its effects go to the outbox.  Of
 * a sync group the others follow. */
void vrrp_instance_step(struct vrrp_instance *in, const struct vrrp_event *ev,
			monotime_t now);
/* The same, whatever the others do. */
void vrrp_instance_step_alone(struct vrrp_instance *in,
			      const struct vrrp_event *ev, monotime_t now);
/* Puts the instance's earliest deadline on the agenda. */
void vrrp_instance_schedule(struct vrrp_instance *in);
/* The same if it has moved away since; whether it had. */
bool vrrp_instance_put_off(struct vrrp_instance *in);
/* The instance's own timers: state machine, announcements, addresses. */
void vrrp_instance_due(struct vrrp_instance *in, monotime_t now);
/* The next periodic announcement is due after the configured time at most. */
void vrrp_instance_rearm_refresh(struct vrrp_instance *in, monotime_t now);
/* The lifetimes of addresses begin anew, well before they end. */
void vrrp_instance_rearm_lifetime(struct vrrp_instance *in, monotime_t now);
/* Queues all addresses that are there for announcement. */
void vrrp_instance_announce(struct vrrp_instance *in, uint32_t times);

/* thaw.c: how long the start is to be put off; not after a reload, nor when
 * only our process died. */
nsec_t vrrp_router_startup_delay(const struct vrrp_router *r, monotime_t now);
void vrrp_router_tell_delay(const struct vrrp_router *r, monotime_t now);
/* A word of the state machine that changes no state. */
void vrrp_instance_word(struct vrrp_instance *in, enum vrrp_why why,
			const struct vrrp_fsm *before, monotime_t now);
/* Does a frame with this link address come from ourselves? */
bool vrrp_router_is_own_mac(const struct vrrp_router *r,
			    const uint8_t mac[VRRP_MAC_LEN]);
/* A claim that came too soon after the last is answered now. */
void vrrp_instance_claim_due(struct vrrp_instance *in, monotime_t now);

/* garp.c: which garp_group paces its addresses; garp_extra_if: arms it at
 * most garp_extra_if ahead, announces what it is for. */
void vrrp_instance_regroup(struct vrrp_instance *in);
void vrrp_instance_rearm_extra(struct vrrp_instance *in, monotime_t now);
void vrrp_instance_announce_extra(struct vrrp_instance *in, monotime_t now);

/* radvert.c */
/* Starts or ends the router advertisements, as state and configuration say. */
void vrrp_instance_radvert_rearm(struct vrrp_instance *in, monotime_t now);
void vrrp_instance_radvert_due(struct vrrp_instance *in, monotime_t now);

/* flush.c */
/* Marks the addresses for the next flush; again: takes the mark away. */
void vrrp_instance_touch(struct vrrp_instance *in);
void vrrp_instance_untouch(struct vrrp_instance *in);
/* What an address is to be; the rest of *want is zero. */
void vrrp_vip_want(struct vip_addr *want, const struct vip_conf *c,
		   nsec_t lifetime);
/* The mirror learns what was done; false: it failed. */
bool vrrp_router_address_done(struct vrrp_router *r, const struct vip_op *op);
/* Conditions of all instances are looked at again. */
void vrrp_router_recheck(struct vrrp_router *r, monotime_t now);
/* What a master held was taken away: notes it if it is not to stay. */
void vrrp_instance_lost(struct vrrp_instance *in);
/* Makes room in the outbox for what is configured. */
void vrrp_router_make_room(struct vrrp_router *r);
/* Sends what is in the outbox of adverts. */
void vrrp_router_send(struct vrrp_router *r);

#endif
