/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * lvs_timeouts: the kernel's timeouts of connections as the user wants them,
 * and given back as they stood before.
 *
 * It does not ask for the kernel's IPVS: the mirror says when it is there.
 */
#ifndef DUUMVIR_IPVS_TIMEOUTS_H
#define DUUMVIR_IPVS_TIMEOUTS_H

#include "ipvs/codec.h"

struct ipvs_genl;

/* Zero: nothing is wanted. */
struct timeouts {
	struct ipvs_timeouts want, before;
	bool is_wanted;
	bool is_set; /* before is what to give back */
};

/* NULL: none are wanted any more.  timeouts_apply() makes it so. */
void timeouts_want(struct timeouts *t, const struct ipvs_timeouts *want);
/* Sets what is wanted, or gives back what stood before.  Logs errors. */
void timeouts_apply(struct timeouts *t, struct ipvs_genl *g);
/* The kernel's module is another one, with its own. */
void timeouts_forget(struct timeouts *t);

#endif
