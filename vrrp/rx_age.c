/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The age of received packets; see rx_age.h. */
#include "vrrp/rx_age.h"

/* The two clocks are not read at once, and one of them may be slewed. */
#define UNEVEN	   MSEC(10)
#define SLEW_PARTS 1000

void
rx_age_drained(struct rx_age *a, nsec_t wall, monotime_t now)
{
	*a = (struct rx_age){.drained = now, .ahead = wall - now.ns};
}

nsec_t
rx_age_of(const struct rx_age *a, nsec_t stamp, nsec_t wall, monotime_t now)
{
	nsec_t oldest = monotime_sub(now, a->drained);
	nsec_t step = wall - now.ns - a->ahead;
	nsec_t uneven = UNEVEN + oldest / SLEW_PARTS;
	nsec_t age = wall - stamp;

	if (step > uneven || step < -uneven || age < 0)
		return 0; /* the clock was set: nothing is known */
	return age < oldest ? age : oldest;
}
