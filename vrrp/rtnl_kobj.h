/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Adds and deletes routes and rules in the kernel, many in one pipelined
 * batch.  What to do is decided elsewhere (kobj.c).
 */
#ifndef DUUMVIR_VRRP_RTNL_KOBJ_H
#define DUUMVIR_VRRP_RTNL_KOBJ_H

#include <stddef.h>

struct kobj_op;
struct rtnl_kobj;

/* 0 or -errno. */
int rtnl_kobj_open(struct rtnl_kobj **out);
void rtnl_kobj_close(struct rtnl_kobj *r);
/* Carries the operations out, in their order, and sets the error of each. */
void rtnl_kobj_apply(struct rtnl_kobj *r, struct kobj_op *ops, size_t n);

#endif
