/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Whether a pool is fit for service: the weight of its live servers against
 * quorum, with hysteresis as a margin in both directions.  Pure.
 */
#ifndef DUUMVIR_CHECK_QUORUM_H
#define DUUMVIR_CHECK_QUORUM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The new state.  Held: until the weight is below quorum - hysteresis.  Not
 * held: until it is at least quorum + hysteresis.  A hysteresis of quorum or
 * more counts as quorum - 1, so that an empty pool never has quorum (unless
 * quorum is 0).
 */
bool quorum_step(uint32_t quorum, uint32_t hysteresis, bool has_quorum,
		 uint64_t alive_weight);

#endif
