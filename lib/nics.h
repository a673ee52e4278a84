/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The addresses of this machine's interfaces, in the network namespace of
 * the caller, as they are now.  It never watches them.
 */
#ifndef DUUMVIR_LIB_NICS_H
#define DUUMVIR_LIB_NICS_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* A network that an interface of this machine is in. */
struct nic {
	char name[IFNAMSIZ];
	struct addr addr;
	uint8_t prefix_len;
};

/* Returns how many, at most 4096, and 0 if they cannot be known; *out is
 * malloc'ed. */
size_t nics_list(struct nic **out);

#endif
