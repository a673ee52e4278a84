/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The mirror of the kernel's links and addresses, fed with facts in whatever
 * order they come: all orders of the same facts end in the same mirror.
 *
 * A name belongs to whichever link carries it now; an index without a known
 * link keeps its addresses until the link is told.  Nothing is asked of the
 * kernel here (vrrp/rtnl_link.c does that); no decision is taken.
 */
#ifndef DUUMVIR_VRRP_IFACE_H
#define DUUMVIR_VRRP_IFACE_H

#include <bsd/sys/queue.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "lib/addr.h"
#include "lib/monotime.h"
#include "vrrp/frame.h"
#include "vrrp/reconcile.h"

/* One address as told by RTM_NEWADDR. */
struct iface_addr_fact {
	uint32_t ifindex;
	struct addr addr;
	uint8_t prefix_len, scope;
	uint8_t proto;	/* IFA_PROTO, 0: not said */
	uint32_t flags; /* IFA_F_* */
	bool is_finite; /* its lifetime ends */
	char label[VIP_LABEL_LEN];
};

/* Kinds of links that matter to us (IFLA_INFO_KIND). */
enum iface_kind {
	IFACE_OTHER,
	IFACE_MACVLAN,
	IFACE_IPVLAN,
	IFACE_VRF,
};

#define IFACE_ALIAS_LEN 64

/* Per-interface settings of IPv4, as the kernel tells them with a link; later
 * changes by others need not be told. */
struct iface_devconf {
	bool is_known;
	uint32_t arp_ignore, arp_announce, promote_secondaries;
};

/* One link as told by RTM_NEWLINK. */
struct iface_link_fact {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	uint32_t flags; /* IFF_* */
	uint32_t mtu;
	uint32_t vrf_table; /* of a VRF; 0: it is none */
	bool has_mac;	    /* an Ethernet address */
	uint8_t mac[VRRP_MAC_LEN];
	enum iface_kind kind;
	uint32_t mode;	 /* of a macvlan or ipvlan */
	uint32_t parent; /* ifindex of the link it lives on, 0: none here */
	uint32_t master; /* ifindex of its bridge, bond or VRF, 0: none */
	uint32_t group;
	char alias[IFACE_ALIAS_LEN];
	struct iface_devconf conf;
};

struct iface_addr_key {
	uint32_t ifindex;
	uint16_t family;
	uint16_t prefix_len; /* 0 for IPv6: not part of its identity */
	uint8_t bytes[16];
};

struct iface_addr {
	struct iface_addr_key key;
	struct iface_addr_fact fact;
	bool is_stale; /* not yet seen in the running resync */
	TAILQ_ENTRY(iface_addr) link;
	UT_hash_handle hh;
};

TAILQ_HEAD(iface_addr_list, iface_addr);

struct iface {
	struct iface_link_fact fact;
	bool is_known; /* the link was told, not only its addresses */
	bool is_stale;
	struct iface_addr_list addrs; /* in the order of being told */
	UT_hash_handle hh_index, hh_name;
};

struct iface_table {
	struct iface *by_index, *by_name;
	struct iface_addr *addrs;
	struct linkwatch *watches;
	monotime_t watch_due; /* of the first; NEVER: of none */
	/* The kernel says who added an address (since 5.18). */
	bool has_proto;
	/* Grows with each change of a link or of an address that is not
	 * ours: conditions may have changed. */
	uint64_t generation;
	/* Grows when an address was taken away by another. */
	uint64_t losses;
	/* Grows when a link went down: IPv4 routes go with it, unsaid. */
	uint64_t downs;
};

void iface_table_init(struct iface_table *t);
void iface_table_fini(struct iface_table *t);

void iface_link_set(struct iface_table *t, const struct iface_link_fact *f);
void iface_link_del(struct iface_table *t, uint32_t ifindex);
void iface_addr_set(struct iface_table *t, const struct iface_addr_fact *f);
/* By another; for what we took away ourselves see iface_addr_forget(). */
void iface_addr_del(struct iface_table *t, const struct iface_addr_fact *f);
void iface_addr_forget(struct iface_table *t, const struct iface_addr_fact *f);

/* Around a complete dump: what was not told in between is gone. */
void iface_resync_begin(struct iface_table *t);
void iface_resync_end(struct iface_table *t);

/* A link that exists now, or NULL. */
const struct iface *iface_find(const struct iface_table *t, const char *name);
const struct iface *iface_find_index(const struct iface_table *t,
				     uint32_t ifindex);
/* The one that has a usable address, running ones first; master: only those
 * that belong to it (a VRF), 0: any. */
const struct iface *iface_find_with(const struct iface_table *t,
				    const struct addr *a, uint32_t master);
/* As the kernel says now. */
bool iface_has_carrier(const struct iface *i);
/* As VRRP is to see it: after polling and delays (vrrp/linkwatch.h). */
bool iface_is_running(const struct iface_table *t, const struct iface *i);
/* What we have set ourselves, before (or without) the kernel telling it. */
void iface_devconf_set(struct iface_table *t, uint32_t ifindex,
		       const struct iface_devconf *c);

/* What the kernel has of this address. */
struct vip_actual iface_vip_actual(const struct iface_table *t,
				   const struct vip_addr *v);
const struct iface_addr *iface_addr_find(const struct iface_table *t,
					 uint32_t ifindex, const struct addr *a,
					 uint8_t prefix_len);

/*
 * An address to send adverts from: primary, usable, not ours, none for which
 * is_excluded says so; keep if it still qualifies.  IPv6: link-local.
 * False: there is none.
 */
bool
iface_source_pick(const struct iface *i, int family, const struct addr *keep,
		  bool (*is_excluded)(const void *arg, const struct addr *a),
		  const void *arg, struct addr *out);
/* Is this address anywhere on the interface, usable? */
bool iface_has_addr(const struct iface *i, const struct addr *a);

#endif
