/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Which operations are left out of a comparison because the kernel has
 * refused them, or would take them for something else.
 *
 * It sends nothing and keeps no time.
 */
#ifndef DUUMVIR_IPVS_RETRY_H
#define DUUMVIR_IPVS_RETRY_H

#include "ipvs/answer.h"

/* Which of the things that were refused are tried again. */
enum retry {
	TRY_PROBES,  /* what may come any time with a module, a few */
	TRY_REFUSED, /* what else there is, too */
	TRY_ALL,
};

/* Services that wait for a part of the kernel and are tried for all of them
 * that lack the same. */
enum { PROBES = 4 };
struct probes {
	struct msg_svc svc[PROBES];
	size_t n;
};

/* Leaves the others out, and the servers of a service that is left out or
 * only probed.  Returns what remains. */
size_t retry_choose(const struct model *m, enum retry how, struct ipvs_op *ops,
		    size_t n, struct probes *probes);
/* What this kernel is too old for (table.h) is refused in its place: it would
 * say that all is well and make it a plain tunnel.  Returns what remains. */
size_t retry_leave_out_lacked(struct run *r, uint8_t lacks, struct ipvs_op *ops,
			      size_t n);

#endif
