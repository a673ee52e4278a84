/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Asks the kernel which gateway it would send by over an interface: one
 * look-up, however many routes there are.
 */
#ifndef DUUMVIR_VRRP_RTNL_GATEWAY_H
#define DUUMVIR_VRRP_RTNL_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct rtnl_gateway;

/* 0 or -errno. */
int rtnl_gateway_open(struct rtnl_gateway **out);
void rtnl_gateway_close(struct rtnl_gateway *g);
/* The gateway to the world (IPv4), false: there is none. */
bool rtnl_gateway_get(struct rtnl_gateway *g, uint32_t ifindex,
		      struct addr *out);

#endif
