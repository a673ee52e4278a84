/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * How many connections the kernel counts for each server: read when somebody
 * asks for the status and at no other time, one service after the other, and
 * for half a second at most, so that no change waits longer than that.
 */
#ifndef DUUMVIR_IPVS_COUNTS_H
#define DUUMVIR_IPVS_COUNTS_H

#include "ipvs/table.h"

struct ipvs_genl;

/* inactive: known, but not established.  persistent: templates. */
struct ipvs_count {
	uint32_t active, inactive, persistent;
	bool is_known;
};

struct ipvs_count_sum {
	uint64_t active, inactive, persistent;
	size_t unknown; /* servers: not in the kernel, or no time was left */
};

/* Of each destination of a sorted table, in its order. */
void counts_read(struct ipvs_genl *g, const struct ipvs_table *t,
		 struct ipvs_count *out);
/* PURE */
struct ipvs_count_sum counts_sum(const struct ipvs_count *c, size_t n);

#endif
