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
