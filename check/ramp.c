/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* slow_start; see ramp.h.  Pure. */
#include "check/ramp.h"

#define STEPS_MAX 9
#define STEP_MIN  SEC(1)

struct ramp
ramp_at(nsec_t slow_start, nsec_t since_recovery)
{
	int64_t steps = slow_start / STEP_MIN, done;

	if (slow_start <= 0 || since_recovery >= slow_start)
		return (struct ramp){.permille = RAMP_FULL};
	if (since_recovery < 0)
		since_recovery = 0;
	steps = steps < 1 ? 1 : steps > STEPS_MAX ? STEPS_MAX : steps;
	/* Durations are at most days: no overflow. */
	done = since_recovery * steps / slow_start;
	return (struct ramp){
		.permille = (uint32_t)(RAMP_FULL * (done + 1) / (steps + 1)),
		.next = ((done + 1) * slow_start + steps - 1) / steps,
	};
}

uint32_t
ramp_weight(uint32_t weight, uint32_t permille)
{
	if (permille == 0 || permille >= RAMP_FULL)
		return weight;
	return (uint32_t)(((uint64_t)weight * permille + RAMP_FULL - 1) /
			  RAMP_FULL);
}
