/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The attributes of one routing netlink message, by type.  For the rtnl_*
 * doors; it looks at bytes only and asks the kernel nothing.
 */
#ifndef DUUMVIR_VRRP_RTNL_ATTR_H
#define DUUMVIR_VRRP_RTNL_ATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr;
struct nlattr;

/* tb has max + 1 places, all NULL at first. */
struct rtnl_attrs {
	const struct nlattr **tb;
	uint16_t max;
};

/* For mnl_attr_parse(), with a struct rtnl_attrs: of two of one type the last
 * is kept; types above max are passed over. */
int rtnl_on_attr(const struct nlattr *a, void *arg);

/* The fallback for an attribute that is NULL or too short. */
uint32_t rtnl_get_u32(const struct nlattr *a, uint32_t fallback);
/* A string, cut to what out holds; the rest of out is zero. */
void rtnl_get_string(const struct nlattr *a, char *out, size_t size);
/* The address of an ifaddrmsg: the local one where a peer is told, too.  tb
 * goes up to IFA_LOCAL at least; false: there is none. */
bool rtnl_get_own_addr(uint8_t family, const struct nlattr **tb,
		       struct addr *out);

#endif
