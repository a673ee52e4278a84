/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Multicast membership per interface and group, counted.  The kernel limits
 * the groups of one socket (igmp_max_memberships, 20), so it is held by as
 * many sockets as that takes; a receive socket hears every group that any
 * socket has joined (IP_MULTICAST_ALL).  These sockets never carry data.
 */
#ifndef DUUMVIR_VRRP_MEMBER_H
#define DUUMVIR_VRRP_MEMBER_H

#include <stdint.h>

#include "lib/addr.h"

struct member;
struct holder;

/* Zeroed: empty. */
struct members {
	struct member *by_key;
	struct holder *holders;
};

/* The last leave counts.  0 or -errno. */
int members_join(struct members *s, uint32_t ifindex, const struct addr *group);
void members_leave(struct members *s, uint32_t ifindex,
		   const struct addr *group);
void members_fini(struct members *s);

#endif
