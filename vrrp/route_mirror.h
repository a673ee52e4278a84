/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the kernel's routing tables hold at the prefixes that somebody watches,
 * and at no other: a host may have a million routes.
 *
 * Pure: fed with facts by vrrp/rtnl_route.c, in whatever order they come.  A
 * route is kept as its legs: one (outgoing interface, gateway) pair each, so
 * that the ways in which the two families tell multipath routes end the same.
 */
#ifndef DUUMVIR_VRRP_ROUTE_MIRROR_H
#define DUUMVIR_VRRP_ROUTE_MIRROR_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "lib/addr.h"

/* One leg of a route as told by RTM_NEWROUTE or RTM_DELROUTE. */
struct route_fact {
	struct addr dst; /* family is always set */
	uint8_t dst_len, src_len, tos, type, protocol;
	struct addr src; /* IPv6: routes by source */
	uint32_t table, metric, ifindex;
	struct addr via;
	bool is_multi; /* one of several legs */
};

struct route_leg {
	struct route_fact fact;
	bool is_stale; /* not yet seen in the running resync */
	bool is_down;  /* its interface is down; comes back with it */
	TAILQ_ENTRY(route_leg) link;
};

TAILQ_HEAD(route_legs, route_leg);

struct route_watch_key {
	uint32_t table; /* 0: any */
	uint16_t family;
	uint16_t len;
	uint8_t bytes[16]; /* host bits are zero */
};

/* A watched prefix.  Owned by the mirror; lives while somebody watches. */
struct route_watch {
	struct route_watch_key key;
	uint32_t refs;
	/* Grows when a route of this prefix was deleted, replaced, or may have
	 * been lost without a word. */
	uint64_t losses;
	bool is_known;	 /* a dump has told all there is */
	bool is_dumping; /* the running dump began after it was watched */
	struct route_legs legs;
	UT_hash_handle hh;
};

struct route_mirror {
	struct route_watch *watches;
	uint64_t generation; /* grows with every change of a watched prefix */
	uint64_t set;	     /* grows when the set of watches changes */
	bool needs_dump;     /* watched since, or notifications were lost */
};

void route_mirror_init(struct route_mirror *m);
void route_mirror_fini(struct route_mirror *m);

/*
 * Watches a prefix in a table (RT_TABLE_MAIN is 254; 0: any table).  Watching
 * the same again returns the same; each needs its unwatch.  What is there is
 * known after the next dump (route_watch.is_known), which the engine starts by
 * itself and reads in slices.
 */
struct route_watch *route_mirror_watch(struct route_mirror *m,
				       const struct addr *prefix, uint8_t len,
				       uint32_t table);
/* The same for one whose presence is never asked: no dump is needed. */
struct route_watch *route_mirror_listen(struct route_mirror *m,
					const struct addr *prefix, uint8_t len);
void route_mirror_unwatch(struct route_mirror *m, struct route_watch *w);
/* Is there a route of exactly this prefix that packets can take?  Not one that
 * says unreachable, prohibit, blackhole or throw. */
bool route_mirror_has(const struct route_watch *w);

/* The kernel says; facts of prefixes that are not watched are dropped.
 * is_replace: all routes of the same table, tos and metric are gone. */
void route_mirror_add(struct route_mirror *m, const struct route_fact *legs,
		      uint32_t n, bool is_replace);
void route_mirror_del(struct route_mirror *m, const struct route_fact *legs,
		      uint32_t n);
/* An interface went down or away, or lost an address: IPv4 routes may go
 * without a word. */
void route_mirror_link_down(struct route_mirror *m, uint32_t ifindex);
void route_mirror_link_up(struct route_mirror *m, uint32_t ifindex);
/* Notifications were lost: everything may have changed. */
void route_mirror_lost(struct route_mirror *m);

/* Around a complete dump: what was not told in between is gone. */
void route_mirror_resync_begin(struct route_mirror *m);
void route_mirror_resync_end(struct route_mirror *m);

#endif
