/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Tells which addresses this machine has, and what changes; nothing more. */
#ifndef DUUMVIR_VRRP_RTNL_LOCAL_H
#define DUUMVIR_VRRP_RTNL_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"

struct rtnl_local;

/* One address of one interface came or went; may be told again. */
typedef void rtnl_local_fn(void *arg, int ifindex, const struct addr *addr,
			   bool is_here);

/* 0 or -errno. */
int rtnl_local_open(struct rtnl_local **out);
void rtnl_local_close(struct rtnl_local *l);
int rtnl_local_fd(const struct rtnl_local *l);
/* See nlsock_set_rcvbuf(). */
int rtnl_local_set_rcvbuf(struct rtnl_local *l, size_t bytes, bool is_forced);
/* All that are here now.  0 or -errno. */
int rtnl_local_dump(struct rtnl_local *l, rtnl_local_fn *fn, void *arg);
/* What waits.  -ENOBUFS: something was lost, dump again. */
int rtnl_local_read(struct rtnl_local *l, rtnl_local_fn *fn, void *arg);

#endif
