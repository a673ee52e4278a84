/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Makes, raises and deletes devices that take tunnelled packets, and dummies.
 * Decides nothing.
 */
#ifndef DUUMVIR_VRRP_RTNL_TUNNEL_H
#define DUUMVIR_VRRP_RTNL_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct rtnl_tunnel;

struct tunnel_make {
	const char
		*kind; /* "ipip", "sit", "ip6tnl", "gre", "ip6gre", "dummy" */
	const char *name;
	const char *alias; /* whose it is */
	struct addr local; /* unset: no tunnel */
	bool has_csum;	   /* GRE: takes only packets with a checksum */
};

/* All: 0 or -errno.  The kernel loads the module of a kind by itself. */
int rtnl_tunnel_open(struct rtnl_tunnel **out);
void rtnl_tunnel_close(struct rtnl_tunnel *t);
/* Makes a device, down. */
int rtnl_tunnel_add(struct rtnl_tunnel *t, const struct tunnel_make *m);
int rtnl_tunnel_del(struct rtnl_tunnel *t, uint32_t ifindex);
int rtnl_tunnel_set_up(struct rtnl_tunnel *t, uint32_t ifindex, bool is_up);

#endif
