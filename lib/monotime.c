/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Reads the clock; see monotime.h. */
#include "lib/monotime.h"

#include <time.h>

monotime_t
monotime_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC,
			    &ts); /* cannot fail: valid clock */
	return (monotime_t){SEC(ts.tv_sec) + ts.tv_nsec};
}

nsec_t
monotime_suspended(void)
{
	nsec_t best = 0, width = INT64_MAX;

	/* Not let run between two readings? Read them again. */
	for (int i = 0; i < 4 && width > USEC(50); i++) {
		struct timespec ts;
		monotime_t before = monotime_now(), after;

		(void)clock_gettime(CLOCK_BOOTTIME,
				    &ts); /* cannot fail: valid clock */
		after = monotime_now();
		if (monotime_sub(after, before) >= width)
			continue;
		width = monotime_sub(after, before);
		best = SEC(ts.tv_sec) + ts.tv_nsec - after.ns;
	}
	return best;
}
