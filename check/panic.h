/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * panic_threshold: which failed servers stay in the table, because more than
 * a share of the pool failed at once and that is more likely our fault.
 *
 * Failures that came each within a window of the one before are one wave.
 * From the first wave on that takes more than the share of those which were
 * up before it, whoever has failed stays.  Only servers count that a check
 * has seen up.  A function of since when servers are down, so that no order
 * of events, reload or respawn makes a difference.  Pure.
 */
#ifndef DUUMVIR_CHECK_PANIC_H
#define DUUMVIR_CHECK_PANIC_H

#include <stddef.h>
#include <stdint.h>

#include "lib/monotime.h"

/* A server that is down. */
struct down {
	monotime_t since;
	uint32_t server; /* which one: the caller's */
};

struct panic_conf {
	uint32_t percent; /* 0: never */
	nsec_t window;
};

/*
 * down: the n servers that are down and have been up, by since, ascending;
 * known: servers, these among them, that have been up.  Returns the first one
 * that stays, as all behind it do; n: none.
 */
size_t panic_first_kept(const struct panic_conf *c, const struct down *down,
			size_t n, size_t known);

#endif
