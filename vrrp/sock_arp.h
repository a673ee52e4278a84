/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The sockets that hear who else claims our addresses: ARP and neighbour
 * advertisements.  They are opened when there is something to claim, their
 * filters name our addresses (and nothing passes when there are none: closing
 * such a socket waits for the whole kernel), and a storm is read in small sips with
 * pauses, so that it never makes an advert wait.
 *
 * Knows nothing of the protocol.
 */
#ifndef DUUMVIR_VRRP_SOCK_ARP_H
#define DUUMVIR_VRRP_SOCK_ARP_H

#include "lib/event.h"
#include "vrrp/claim.h"

struct sock_arp;

/* fn: what was heard in one wake-up, a bounded number. */
struct sock_arp *sock_arp_new(struct ev_loop *loop,
			      void (*fn)(void *arg, const struct vrrp_claim *c,
					 size_t n),
			      void *arg);
void sock_arp_free(struct sock_arp *s);
/* These n addresses are ours from now on (n may be more than
 * VRRP_CLAIM_ADDRS: then a is not read); none: nothing is listened to.
 * 0 or -errno. */
int sock_arp_watch(struct sock_arp *s, const struct addr *a, size_t n);

#endif
