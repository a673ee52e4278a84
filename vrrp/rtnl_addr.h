/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Adds and deletes addresses in the kernel, many in one pipelined batch.
 * What to do is decided elsewhere (reconcile.c).
 */
#ifndef DUUMVIR_VRRP_RTNL_ADDR_H
#define DUUMVIR_VRRP_RTNL_ADDR_H

#include <stdbool.h>
#include <stddef.h>

struct rtnl_addr;
struct vip_op;

/* 0 or -errno. */
int rtnl_addr_open(struct rtnl_addr **out);
void rtnl_addr_close(struct rtnl_addr *a);
/* See nlsock_set_rcvbuf(). */
int rtnl_addr_set_rcvbuf(struct rtnl_addr *a, size_t bytes, bool is_forced);
/* Carries the operations out and sets the error of each. */
void rtnl_addr_apply(struct rtnl_addr *a, struct vip_op *ops, size_t n);

#endif
