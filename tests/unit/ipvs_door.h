/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A door (ipvs/genl.h) with the model kernel behind it and faults on demand;
 * linked instead of ipvs/genl.c.
 */
#ifndef DUUMVIR_TESTS_IPVS_DOOR_H
#define DUUMVIR_TESTS_IPVS_DOOR_H

#include "ipvs/genl.h"
#include "tests/unit/ipvs_kernel.h"

struct ipvs_genl {
	struct kernel kernel;
	struct ipvs_daemon daemon[IPVS_DAEMONS];
	size_t daemons;
	bool is_absent;	 /* no IPVS at all */
	bool is_unknown; /* the family's number is old */
	uint64_t seed;	 /* of the faults, 0: none */
	uint64_t requests;
	const char *refused; /* scheduler that the kernel does not have */
	unsigned dumps, applies, flushes, n_timeouts;
	struct ipvs_timeouts timeouts;
};

/* The one opened first, of those that are open. */
extern struct ipvs_genl *door;

#endif
