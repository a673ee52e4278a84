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
	/* One fault where it is wanted: this many requests from now (0: none)
	 * one gets this error, done all the same or not. */
	unsigned fail_in;
	int fail_error;
	bool fail_is_done;
	/* Dumps while others write: so many more show an entry twice, or not
	 * at all. */
	unsigned twice, missed;
	bool is_replaced;    /* a new module, before the next request */
	const char *refused; /* scheduler that the kernel does not have */
	uint8_t lacks;	     /* IPVS_LACKS_*: it ignores these */
	unsigned dumps, dest_dumps, applies, flushes, n_timeouts;
	struct ipvs_timeouts timeouts;
};

/* The one opened first, of those that are open. */
extern struct ipvs_genl *door;

#endif
