/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Adds and deletes addresses in the kernel, many in one pipelined batch.
 * What to do is decided elsewhere (reconcile.c).
 */
#ifndef DUUMVIR_VRRP_RTNL_ADDR_H
#define DUUMVIR_VRRP_RTNL_ADDR_H

#include <stddef.h>

struct rtnl_addr;
struct vip_op;

/* 0 or -errno. */
int rtnl_addr_open(struct rtnl_addr **out);
void rtnl_addr_close(struct rtnl_addr *a);
/* Carries the operations out and sets the error of each. */
void rtnl_addr_apply(struct rtnl_addr *a, struct vip_op *ops, size_t n);

#endif
