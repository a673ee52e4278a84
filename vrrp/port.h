/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the VRRP router asks of the outside: a table of functions.  The engine
 * binds it to sockets and netlink, the replay harness to a record of what
 * would have been done.  None of these blocks for a peer.
 */
#ifndef DUUMVIR_VRRP_PORT_H
#define DUUMVIR_VRRP_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/monotime.h"
#include "lib/msg.h"
#include "vrrp/kobj.h"
#include "vrrp/reconcile.h"

/* One datagram.  IPv4: header included; IPv6: the message only. */
struct vrrp_tx {
	const uint8_t *data;
	size_t len;
	uint32_t ifindex;
	const struct addr *src, *dst;
	uint8_t hops;	  /* IPv6; IPv4 has it in its header */
	uint64_t *errors; /* counts a failure to send */
};

/* One change of an address.  error is set by addr_apply(). */
struct vip_op {
	enum vip_op_kind kind;
	const struct vip_addr *addr;
	void *owner; /* the caller's */
	int error;   /* 0 or -errno */
};

struct vmac_op;

/* One Ethernet frame. */
struct vrrp_frame_tx {
	const uint8_t *data;
	size_t len;
	uint32_t ifindex;
};

struct vrrp_port {
	void (*send_adverts)(void *arg, const struct vrrp_tx *tx, size_t n);
	/* All operations in one pipelined batch. */
	void (*addr_apply)(void *arg, struct vip_op *ops, size_t n);
	void (*kobj_apply)(void *arg, struct kobj_op *ops, size_t n);
	void (*send_frames)(void *arg, const struct vrrp_frame_tx *f, size_t n);
	/* Interfaces of our own and settings of their base, in order; the
	 * interface mirror has what the kernel then told. */
	void (*link_apply)(void *arg, struct vmac_op *ops, size_t n);
	/* Asks for a link's carrier by polling; vrrp_router_beat() answers. */
	void (*poll_link)(void *arg, const struct msg_link_poll *m);
	/* Join or leave a multicast group on an interface; counted by the
	 * callee.  0 or -errno. */
	int (*join)(void *arg, uint32_t ifindex, const struct addr *group);
	void (*leave)(void *arg, uint32_t ifindex, const struct addr *group);
	/* Only these virtual router ids are of interest (bit set). */
	void (*set_vrids)(void *arg, const uint32_t vrids[8]);
	/* Wall time in nanoseconds since 1970 (UTC), for auth_hmac only: it
	 * may be set at any time. */
	nsec_t (*wall)(void *arg);
	/* The same as set_vrids for adverts with an authentication header; no
	 * bit: none is listened to. */
	void (*set_ah_vrids)(void *arg, const uint32_t vrids[8]);
	void (*report)(void *arg, const struct msg_vrrp_state *m);
	/* An interface of our own is wanted, or not any more.  NULL: nobody
	 * is interested. */
	void (*tell_vmac)(void *arg, const struct msg_vrrp_vmac *m);
};

#endif
