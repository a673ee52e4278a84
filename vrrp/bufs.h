/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * How large the receive buffers of the engine's sockets are: the keywords
 * kernel_rx_buf_size, vrrp_rx_bufs_* and vrrp_netlink_*_rcv_bufs.
 *
 * keepalived has a socket per interface, we have one per family: what is said
 * for each instance adds up.
 */
#ifndef DUUMVIR_VRRP_BUFS_H
#define DUUMVIR_VRRP_BUFS_H

#include <stddef.h>
#include <stdint.h>

struct iface_table;
struct rtnl_addr;
struct rtnl_link;
struct vrrp_conf;
struct vrrp_sock;

/* Bytes for all instances of a family; 0: nobody has said anything.  Who says
 * nothing while others do gets other bytes, once for all.  Pure. */
size_t vrrp_bufs_wanted(const struct vrrp_conf *c, const struct iface_table *t,
			uint16_t family, size_t other);
/* Sets them all; what the kernel refuses is logged. */
void vrrp_bufs_apply(const struct vrrp_conf *c, const struct iface_table *t,
		     struct vrrp_sock *s, struct rtnl_link *links,
		     struct rtnl_addr *addrs);

#endif
