/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Ranges of addresses as configurations write them.  Pure. */
#ifndef DUUMVIR_ADDR_RANGE_H
#define DUUMVIR_ADDR_RANGE_H

#include "lib/addr.h"

/*
 * "A", "A-B", "A-LAST" (last octet in decimal, or last 16 bits in hex) or
 * "A/LEN".  last stays unset for one address.  0; -EINVAL: none of these;
 * -ERANGE: host bits before "/LEN"; -EDOM: the end is not above the start.
 */
int addr_range_parse(const char *s, struct addr *first, struct addr *last);
/* How many addresses, at most max + 1; an unset last: 1. */
size_t addr_range_count(const struct addr *first, const struct addr *last,
			size_t max);
/* The address that follows; after the highest of all comes the lowest. */
struct addr addr_next(struct addr a);

#endif
