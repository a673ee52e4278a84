/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Moments as clocks on the wall name them, for what the user plans by them
 * (reload_time_file), and when that is.  Pure but for the time zone, which is
 * the environment's; `now` and results are seconds since 1970.
 */
#ifndef DUUMVIR_MOMENT_H
#define DUUMVIR_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/monotime.h"

struct moment {
	bool has_date, is_utc;
	int year, month, day; /* 2026, 1.., 1.. */
	int hour, minute, second;
};

/* HH:MM:SS, YY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS, each perhaps with a Z
 * behind, and nothing else.  0, or -EINVAL. */
int moment_parse(const char *s, struct moment *out);

/*
 * The first moment after now that has this name: without a date today's or
 * tomorrow's; -ERANGE if a date has passed, -EINVAL if there is no such day.
 * Of two moments of one name (clocks are put back) it is the first; a name
 * that is left out (they are put forward) is as much later as they are put
 * forward.
 */
int moment_next(const struct moment *t, int64_t now, int64_t *due);

/* How long to sleep before looking at the clock again, which may be set
 * meanwhile; 0: it is time.  now in nanoseconds. */
nsec_t moment_wait(int64_t due, nsec_t now);

#endif
