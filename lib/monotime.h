/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Monotonic time as a type of its own, so that an instant cannot be mixed up
 * with a duration and neither with a number of seconds.
 *
 * An instant is a monotime_t (nanoseconds of CLOCK_MONOTONIC in a struct), a
 * duration is an nsec_t.  Wall time never enters the program's logic.
 */
#ifndef DUUMVIR_MONOTIME_H
#define DUUMVIR_MONOTIME_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	int64_t ns;
} monotime_t;

/* A duration in nanoseconds. */
typedef int64_t nsec_t;

#define USEC(n) ((nsec_t)(n)*1000)
#define MSEC(n) ((nsec_t)(n)*1000000)
#define SEC(n)	((nsec_t)(n)*1000000000)

/* No instant: later than all others. */
#define MONOTIME_NEVER ((monotime_t){INT64_MAX})

/* CLOCK_MONOTONIC now. */
monotime_t monotime_now(void);
/* How long the machine has been suspended since it was started: what
 * CLOCK_BOOTTIME counts and CLOCK_MONOTONIC does not.  Exact to 50 µs. */
nsec_t monotime_suspended(void);

static inline monotime_t
monotime_add(monotime_t t, nsec_t d)
{
	return t.ns == INT64_MAX ? t : (monotime_t){t.ns + d};
}

/* a - b */
static inline nsec_t
monotime_sub(monotime_t a, monotime_t b)
{
	return a.ns - b.ns;
}

static inline bool
monotime_before(monotime_t a, monotime_t b)
{
	return a.ns < b.ns;
}

static inline bool
monotime_is_never(monotime_t t)
{
	return t.ns == INT64_MAX;
}

static inline monotime_t
monotime_min(monotime_t a, monotime_t b)
{
	return a.ns < b.ns ? a : b;
}

#endif
