/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The attributes of a routing netlink message; see rtnl_attr.h. */
#include "vrrp/rtnl_attr.h"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <string.h>

#include "lib/addr.h"

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

void
rtnl_get_string(const struct nlattr *a, char *out, size_t size)
{
	size_t len = mnl_attr_get_payload_len(a);

	memset(out, 0, size);
	memcpy(out, mnl_attr_get_payload(a), len < size ? len : size - 1);
}

bool
rtnl_get_own_addr(uint8_t family, const struct nlattr **tb, struct addr *out)
{
	const struct nlattr *a =
		tb[IFA_LOCAL] != NULL ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];

	return a != NULL &&
	       addr_from_bytes(family, mnl_attr_get_payload(a),
			       mnl_attr_get_payload_len(a), out) == 0;
}
