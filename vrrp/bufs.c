/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sizes of receive buffers; see bufs.h. */
#include "vrrp/bufs.h"

#include <string.h>

#include "lib/log.h"
#include "vrrp/conf.h"
#include "vrrp/hmac.h"
#include "vrrp/iface.h"
#include "vrrp/rtnl_addr.h"
#include "vrrp/rtnl_link.h"
#include "vrrp/sock.h"

#define MTU_UNKNOWN 1500

/* The longest advert that such an instance expects. */
static size_t
advert_len(const struct vrrp_instance_conf *i)
{
	size_t n = i->family == AF_INET6 ? 8 : VRRP_IPV4_HEADER + 8;

	CONF_FOREACH (const struct conf_obj, o, &i->virtual_ipaddress)
		n += i->family == AF_INET6 ? 16 : 4;
	if (i->version == 2)
		n += VRRP_AUTH_DATA_LEN;
	if (i->auth_type == VRRP_AUTH_AH)
		n += VRRP_AH_LEN;
	return i->auth_hmac.on ? n + VRRP_TRAILER_LEN : n;
}

static size_t
mtu_of(const struct vrrp_instance_conf *i, const struct iface_table *t)
{
	const struct iface *f =
		i->interface != NULL ? iface_find(t, i->interface) : NULL;

	return f != NULL && f->fact.mtu > 0 ? f->fact.mtu : MTU_UNKNOWN;
}

/* 0: by nobody's word. */
static size_t
wanted_of(const struct vrrp_instance_conf *i, const struct vrrp_global_conf *g,
	  const struct iface_table *t)
{
	if (i->kernel_rx_buf_size > 0)
		return i->kernel_rx_buf_size;
	switch (g->vrrp_rx_bufs_policy) {
	case RX_BUFS_DEFAULT:
	case RX_BUFS_SIZE: /* for all of them, not for each */
		return 0;
	case RX_BUFS_MTU:
		return mtu_of(i, t) * g->vrrp_rx_bufs_multiplier;
	case RX_BUFS_ADVERT:
		return advert_len(i) * g->vrrp_rx_bufs_multiplier;
	}
	return 0;
}

size_t
vrrp_bufs_wanted(const struct vrrp_conf *c, const struct iface_table *t,
		 uint16_t family, size_t other)
{
	const struct vrrp_global_conf *g = &c->global;
	size_t sum = 0, silent = 0;

	CONF_FOREACH (const struct vrrp_instance_conf, i, &c->vrrp_instance) {
		size_t n = i->family == family ? wanted_of(i, g, t) : 0;

		sum += n;
		silent += i->family == family && n == 0;
	}
	if (silent > 0 && g->vrrp_rx_bufs_policy == RX_BUFS_SIZE)
		return sum + g->vrrp_rx_bufs_size;
	return sum > 0 && silent > 0 ? sum + other : sum;
}

static void
report(const char *what, size_t bytes, int r)
{
	if (r < 0)
		log_warn("cannot set the receive buffer of %s to %zu bytes: %s",
			 what, bytes, strerror(-r));
}

static void
set_rx(struct vrrp_sock *s, enum vrrp_rx kind, size_t bytes)
{
	if (bytes == 0)
		bytes = VRRP_SOCK_RX_BUFFER;
	report("adverts", bytes, vrrp_sock_set_rcvbuf(s, kind, bytes));
}

void
vrrp_bufs_apply(const struct vrrp_conf *c, const struct iface_table *t,
		struct vrrp_sock *s, struct rtnl_link *links,
		struct rtnl_addr *addrs)
{
	const struct vrrp_global_conf *g = &c->global;
	size_t v4 = vrrp_bufs_wanted(c, t, AF_INET, VRRP_SOCK_RX_BUFFER);
	size_t v6 = vrrp_bufs_wanted(c, t, AF_INET6, VRRP_SOCK_RX_BUFFER);

	set_rx(s, VRRP_RX_IPV4, v4);
	set_rx(s, VRRP_RX_AH, v4);
	set_rx(s, VRRP_RX_IPV6, v6);
	if (g->vrrp_netlink_monitor_rcv_bufs > 0)
		report("netlink notifications",
		       g->vrrp_netlink_monitor_rcv_bufs,
		       rtnl_link_set_rcvbuf(
			       links, g->vrrp_netlink_monitor_rcv_bufs,
			       g->vrrp_netlink_monitor_rcv_bufs_force));
	if (g->vrrp_netlink_cmd_rcv_bufs > 0)
		report("netlink commands", g->vrrp_netlink_cmd_rcv_bufs,
		       rtnl_addr_set_rcvbuf(
			       addrs, g->vrrp_netlink_cmd_rcv_bufs,
			       g->vrrp_netlink_cmd_rcv_bufs_force));
}
