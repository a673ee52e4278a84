/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The names that filtering by iptables uses in the kernel.  Pure reading. */
#include <errno.h>
#include <string.h>

#include "lib/arena.h"
#include "vrrp/conf_tables.h"

#define CHAIN_MAX 27
#define SET_MAX	  30

/* Up to room names, no longer than max, all different. */
static int
names_parse(struct kw_in *in, struct conf_words *w, uint32_t room, uint32_t max)
{
	uint32_t n = in->n - 1;

	if (n > room)
		n = room;
	for (uint32_t i = 1; i <= n; i++) {
		if (in->word[i].len > max) {
			conf_report(in->ctx, DIAG_GENERAL,
				    "%s: name '%s' too long (at most %u) - "
				    "ignoring",
				    in->word[0].s, in->word[i].s, max);
			return -EINVAL;
		}
		for (uint32_t k = 1; k < i; k++)
			if (strcmp(in->word[i].s, in->word[k].s) == 0) {
				conf_report(in->ctx, DIAG_GENERAL,
					    "%s: name '%s' used twice - "
					    "ignoring",
					    in->word[0].s, in->word[i].s);
				return -EINVAL;
			}
	}
	w->word = arena_alloc(conf_ctx_arena(in->ctx),
			      (n + 1) * sizeof(*w->word));
	w->n = n;
	for (uint32_t i = 0; i < n; i++)
		w->word[i] = in->word[i + 1].s;
	return (int)n;
}

static int
chains_parse(struct kw_in *in, void *member)
{
	return names_parse(in, member, 2, CHAIN_MAX);
}

static int
sets_parse(struct kw_in *in, void *member)
{
	return names_parse(in, member, IPSETS_MAX, SET_MAX);
}

const struct kw_ops fw_chains_ops = {.parse = chains_parse};
const struct kw_ops fw_sets_ops = {.parse = sets_parse};
