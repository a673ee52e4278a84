/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Addresses of interfaces; see nics.h. */
#include "lib/nics.h"

#include <ifaddrs.h>
#include <stdbool.h>

#include "lib/util.h"

#define NICS_MAX 4096

static bool
take_nic(const struct ifaddrs *i, struct nic *out)
{
	struct addr_port a, mask;
	unsigned len = 0;

	if (i->ifa_addr == NULL || i->ifa_netmask == NULL ||
	    addr_port_from_sockaddr(i->ifa_addr, sizeof(struct sockaddr_in6),
				    &a) < 0 ||
	    addr_port_from_sockaddr(i->ifa_netmask, sizeof(struct sockaddr_in6),
				    &mask) < 0)
		return false;
	while (len < addr_len(&mask.addr) * 8 &&
	       (mask.addr.bytes[len / 8] >> (7 - len % 8) & 1) != 0)
		len++;
	str_fill(out->name, sizeof(out->name), i->ifa_name);
	out->addr = a.addr;
	out->prefix_len = (uint8_t)len;
	return true;
}

size_t
nics_list(struct nic **out)
{
	struct ifaddrs *list = NULL;
	size_t n = 0;

	*out = xcalloc(NICS_MAX, sizeof(**out));
	if (getifaddrs(&list) < 0)
		return 0;
	for (struct ifaddrs *i = list; i != NULL && n < NICS_MAX;
	     i = i->ifa_next)
		n += take_nic(i, &(*out)[n]);
	freeifaddrs(list);
	return n;
}
