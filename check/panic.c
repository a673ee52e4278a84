/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* panic_threshold; see panic.h.  Pure. */
#include "check/panic.h"

#include <stdbool.h>

static bool
is_more(const struct panic_conf *c, size_t part, size_t whole)
{
	return (uint64_t)part * 100 > (uint64_t)c->percent * whole;
}

size_t
panic_first_kept(const struct panic_conf *c, const struct down *down, size_t n,
		 size_t known)
{
	size_t first = 0;

	/* If all together are not too many, no wave is. */
	if (c->percent == 0 || !is_more(c, n, known))
		return n;
	for (size_t i = 1; i <= n; i++) {
		if (i < n &&
		    monotime_sub(down[i].since, down[i - 1].since) <= c->window)
			continue;
		if (is_more(c, i - first, known - first))
			return first;
		first = i;
	}
	return n;
}
