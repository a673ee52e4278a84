/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * slow_start: how much of its weight a server that has recovered is given in
 * the table.  A function of the time since its recovery, in at most ten levels
 * which are at least a second apart.  Pure.
 */
#ifndef DUUMVIR_CHECK_RAMP_H
#define DUUMVIR_CHECK_RAMP_H

#include <stdint.h>

#include "lib/monotime.h"

#define RAMP_FULL 1000

struct ramp {
	uint32_t permille; /* RAMP_FULL: it is over */
	nsec_t next;	   /* the next level begins so long after recovery */
};

/* slow_start 0: full at once. */
struct ramp ramp_at(nsec_t slow_start, nsec_t since_recovery);
/* Rounded up: who has weight keeps some.  permille 0 means RAMP_FULL. */
uint32_t ramp_weight(uint32_t weight, uint32_t permille);

#endif
