/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Quorum; see quorum.h.  Pure. */
#include "check/quorum.h"

bool
quorum_step(uint32_t quorum, uint32_t hysteresis, bool has_quorum,
	    uint64_t alive_weight)
{
	if (hysteresis >= quorum)
		hysteresis = quorum > 0 ? quorum - 1 : 0;
	if (has_quorum)
		return alive_weight >= quorum - hysteresis;
	return alive_weight >= (uint64_t)quorum + hysteresis;
}
