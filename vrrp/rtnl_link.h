/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Links and addresses as the kernel tells them: dumps and notifications of
 * rtnetlink, decoded into the interface mirror.  Changes nothing in the
 * kernel (rtnl_addr.c does).
 */
#ifndef DUUMVIR_VRRP_RTNL_LINK_H
#define DUUMVIR_VRRP_RTNL_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct iface_table;
struct nlmsghdr;
struct rtnl_link;

/* Opens the notification socket and one for dumps.  0 or -errno. */
int rtnl_link_open(struct rtnl_link **out);
void rtnl_link_close(struct rtnl_link *l);
int rtnl_link_fd(const struct rtnl_link *l);
/* Of the notification socket; see nlsock_set_rcvbuf(). */
int rtnl_link_set_rcvbuf(struct rtnl_link *l, size_t bytes, bool is_forced);
/* The mirror is made what the kernel has.  0 or -errno. */
int rtnl_link_resync(struct rtnl_link *l, struct iface_table *t);
/* Takes waiting notifications in; when some were lost, resynchronises.
 * 0 or -errno. */
int rtnl_link_read(struct rtnl_link *l, struct iface_table *t);

#endif
