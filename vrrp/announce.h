/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The queue of gratuitous ARPs and unsolicited NAs: who is next, and when.
 *
 * One lane per interface and family, so that each can keep its gap between
 * two messages, alone or with the others of its garp_group; within a lane items take turns, so that every address is
 * heard once before any is heard twice.  Slices are bounded by the caller:
 * a long queue never delays an advert.  Pure but for the memory it owns;
 * sends nothing.
 */
#ifndef DUUMVIR_VRRP_ANNOUNCE_H
#define DUUMVIR_VRRP_ANNOUNCE_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <uthash.h>

#include "lib/monotime.h"
#include "vrrp/frame.h"

struct announce_lane;

#define ANNOUNCE_GROUPS_MAX 255

/* Embedded in what is announced; frame and ifindex are kept current by the
 * owner (announce_set_frame()). */
struct announce_item {
	TAILQ_ENTRY(announce_item) link;
	struct announce_lane *lane; /* NULL: not queued */
	uint32_t left;		    /* how often still */
	uint32_t ifindex;
	uint16_t family;
	uint16_t frame_len;
	uint8_t group; /* whose pace it keeps; 0: its interface's own */
	uint8_t frame[VRRP_FRAME_MAX];
};

struct announce_lane_key {
	uint32_t ifindex;
	uint16_t family, group;
};

/* When something may go next; the lanes of a group share one. */
struct announce_pace {
	nsec_t gap;
	monotime_t next; /* not before */
};

/* garp_group: one budget for all its interfaces, per family. */
struct announce_group {
	struct announce_pace arp, na;
};

TAILQ_HEAD(announce_items, announce_item);
TAILQ_HEAD(announce_lanes, announce_lane);

struct announce {
	struct announce_lane *lanes;  /* by key */
	struct announce_lanes active; /* those with items, in turn */
	nsec_t gap_arp, gap_na;
	struct announce_group *group; /* item.group 1 is group[0] */
	size_t n_groups;
};

void announce_init(struct announce *a);
void announce_fini(struct announce *a);
/* vrrp_garp_interval and vrrp_gna_interval; 0: no gap */
void announce_set_gaps(struct announce *a, nsec_t arp, nsec_t na);
/* Gaps of n groups, of which item.group speaks (from 1).  A copy is kept; who
 * waits already keeps waiting. */
void announce_set_groups(struct announce *a, const struct announce_group *g,
			 size_t n);

/* Sends it count times more (at least; an item that is queued keeps its
 * turn).  Items without a frame or interface are ignored. */
void announce_add(struct announce *a, struct announce_item *it, uint32_t count);
void announce_cancel(struct announce *a, struct announce_item *it);

/* The next item whose turn it is, or NULL if none may go at now.  Its count
 * is already reduced. */
struct announce_item *announce_take(struct announce *a, monotime_t now);
/* When announce_take() has something again; MONOTIME_NEVER: queue empty. */
monotime_t announce_next(const struct announce *a);

#endif
