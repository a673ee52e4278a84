/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The sockets of the VRRP engine: one raw socket per family to receive
 * adverts on (and one for those behind an authentication header), filtered in the kernel by virtual router id, one per family to
 * send, one for Ethernet frames, and as many as the kernel's limit of groups
 * per socket needs for multicast membership.
 *
 * Knows nothing of the protocol but where the virtual router id stands.
 */
#ifndef DUUMVIR_VRRP_SOCK_H
#define DUUMVIR_VRRP_SOCK_H

#include <stddef.h>
#include <stdint.h>

#include "vrrp/filter.h"
#include "vrrp/packet.h"
#include "vrrp/port.h"

struct vrrp_sock;

/* Of each receive socket, unless set otherwise. */
#define VRRP_SOCK_RX_BUFFER (2 << 20)

/* Opens all of them (CAP_NET_RAW).  Without IPv6 in the kernel there is just
 * no IPv6.  0 or -errno. */
int vrrp_sock_open(struct vrrp_sock **out);
void vrrp_sock_close(struct vrrp_sock *s);
/* A receive socket, or -1. */
int vrrp_sock_fd(const struct vrrp_sock *s, enum vrrp_rx kind);

/* Lets only these virtual router ids through.  0 or -errno. */
int vrrp_sock_set_vrids(struct vrrp_sock *s, const uint32_t vrids[8]);
/* The same behind an authentication header: opens that socket, or closes it
 * when there are none. */
int vrrp_sock_set_ah_vrids(struct vrrp_sock *s, const uint32_t vrids[8]);
/* The size of a receive buffer.  0 or -errno. */
int vrrp_sock_set_rcvbuf(struct vrrp_sock *s, enum vrrp_rx kind, size_t bytes);
/* Membership is counted: the last leave counts.  0 or -errno. */
int vrrp_sock_join(struct vrrp_sock *s, uint32_t ifindex,
		   const struct addr *group);
void vrrp_sock_leave(struct vrrp_sock *s, uint32_t ifindex,
		     const struct addr *group);

/* Sends all in as few system calls as possible; what cannot be sent is
 * counted in tx->errors and skipped. */
void vrrp_sock_send(struct vrrp_sock *s, const struct vrrp_tx *tx, size_t n);
void vrrp_sock_send_frames(struct vrrp_sock *s, const struct vrrp_frame_tx *f,
			   size_t n);

/* Hands on what waits at now, a bounded number; true: there may be more.  IPv4: whole datagram and ifindex;
 * IPv6: the message and its whole origin. */
bool vrrp_sock_read(struct vrrp_sock *s, enum vrrp_rx kind, monotime_t now,
		    void (*fn)(void *arg, int family, const uint8_t *data,
			       size_t len, const struct vrrp_origin *o),
		    void *arg);

#endif
