/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The weight of a server; see weight.h.  Pure. */
#include "check/weight.h"

struct weight
weight_init(uint32_t configured)
{
	return (struct weight){
		.configured = configured, .sum = configured, .percent = 100};
}

void
weight_add(struct weight *w, enum weight_kind kind, int32_t value)
{
	switch (kind) {
	case WEIGHT_NONE:
		return;
	case WEIGHT_ABSOLUTE:
		if (value >= 0)
			w->sum += value - w->configured;
		return;
	case WEIGHT_ADD:
		w->sum += value;
		return;
	case WEIGHT_PERCENT:
		if (value < 0)
			w->percent = 0;
		else if ((uint32_t)value < w->percent)
			w->percent = (uint32_t)value;
		return;
	}
}

uint32_t
weight_result(const struct weight *w)
{
	uint64_t sum = w->sum < 0	    ? 0
		       : w->sum > INT32_MAX ? INT32_MAX
					    : (uint64_t)w->sum;

	return (uint32_t)((sum * w->percent + 99) / 100);
}
