/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * How long a packet has waited to be read.  The kernel stamps with the wall
 * clock, which may be set at any time: a stamp counts only if that clock ran
 * as evenly as ours since the socket was last empty, and no packet is older
 * than that.
 *
 * Pure.
 */
#ifndef DUUMVIR_VRRP_RX_AGE_H
#define DUUMVIR_VRRP_RX_AGE_H

#include "lib/monotime.h"

/* One socket. */
struct rx_age {
	monotime_t drained; /* when it was last empty */
	nsec_t ahead;	    /* of the wall clock before ours, then */
};

/* The socket is empty; wall: the wall clock in ns. */
void rx_age_drained(struct rx_age *a, nsec_t wall, monotime_t now);
/* The age of a packet with this stamp. */
nsec_t rx_age_of(const struct rx_age *a, nsec_t stamp, nsec_t wall,
		 monotime_t now);

#endif
