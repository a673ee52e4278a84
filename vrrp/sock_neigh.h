/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Hearing the answers of neighbours: packet sockets that the kernel filters to
 * ARP replies and neighbour advertisements.  Open only while somebody asks.
 */
#ifndef DUUMVIR_VRRP_SOCK_NEIGH_H
#define DUUMVIR_VRRP_SOCK_NEIGH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/event.h"

struct sock_neigh;

struct sock_neigh *sock_neigh_new(struct ev_loop *loop,
				  void (*on_answer)(void *arg, uint32_t ifindex,
						    const struct addr *who),
				  void (*on_drained)(void *arg), void *arg);
void sock_neigh_free(struct sock_neigh *s);
/* Opens and closes what is needed.  0 or -errno. */
int sock_neigh_set(struct sock_neigh *s, bool wants_arp, bool wants_nd);

#endif
