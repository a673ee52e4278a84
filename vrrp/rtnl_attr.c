/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The attributes of a routing netlink message; see rtnl_attr.h. */
#include "vrrp/rtnl_attr.h"

#include <libmnl/libmnl.h>

int
rtnl_on_attr(const struct nlattr *a, void *arg)
{
	struct rtnl_attrs *at = arg;

	if (mnl_attr_get_type(a) <= at->max)
		at->tb[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

uint32_t
rtnl_get_u32(const struct nlattr *a, uint32_t fallback)
{
	return a != NULL && mnl_attr_get_payload_len(a) >= sizeof(uint32_t)
		       ? mnl_attr_get_u32(a)
		       : fallback;
}
