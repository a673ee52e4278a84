/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Makes, sets up and deletes interfaces of our own, and sets what their base
 * needs: rtnetlink, and /proc/sys/net (lib/sysctl.h) for what IPv6 has no
 * netlink for.  Decides nothing (vrrp/vmac.c).
 */
#ifndef DUUMVIR_VRRP_RTNL_VMAC_H
#define DUUMVIR_VRRP_RTNL_VMAC_H

#include <stddef.h>

struct rtnl_vmac;
struct vmac_op;

/* 0 or -errno. */
int rtnl_vmac_open(struct rtnl_vmac **out);
void rtnl_vmac_close(struct rtnl_vmac *v);
/* Executes all, in order; sets each one's error. */
void rtnl_vmac_apply(struct rtnl_vmac *v, struct vmac_op *ops, size_t n);

#endif
