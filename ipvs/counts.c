/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Connections of each server; see counts.h. */
#include "ipvs/counts.h"

#include <errno.h>
#include <linux/ip_vs.h>

#include "ipvs/codec_view.h"
#include "ipvs/genl.h"
#include "lib/monotime.h"

#define TIME_MAX MSEC(500)

/* The destinations of one service and what is counted for them. */
struct part {
	const struct msg_svc_key *svc;
	const struct msg_dest *dest;
	struct ipvs_count *count;
	size_t n;
};

static struct ipvs_count *
find(const struct part *p, const struct msg_dest_key *k)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = ipvs_dest_key_compare(k, &p->dest[mid].key);

		if (order == 0)
			return &p->count[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL; /* somebody else's, until the next comparison */
}

static int
on_dest(void *arg, const struct nlmsghdr *nlh)
{
	struct part *p = arg;
	struct ipvs_dest_view v;
	struct ipvs_count *c;
	int err = ipvs_decode_dest_view(nlh, p->svc, &v);

	if (err < 0)
		return err == -EAFNOSUPPORT ? 0 : err;
	c = find(p, &v.dest.key);
	if (c != NULL)
		*c = (struct ipvs_count){.active = v.active,
					 .inactive = v.inactive,
					 .persistent = v.persistent,
					 .is_known = true};
	return 0;
}

void
counts_read(struct ipvs_genl *g, const struct ipvs_table *t,
	    struct ipvs_count *out)
{
	monotime_t end = monotime_add(monotime_now(), TIME_MAX);
	size_t d = 0;

	for (size_t i = 0; i < t->dests; i++)
		out[i] = (struct ipvs_count){0};
	for (size_t i = 0; i < t->svcs; i++) {
		struct part p = {.svc = &t->svc[i].key,
				 .dest = t->dest + d,
				 .count = out + d};

		while (d < t->dests &&
		       ipvs_svc_key_compare(&t->dest[d].key.svc, p.svc) == 0)
			d++;
		p.n = (size_t)(t->dest + d - p.dest);
		if (!monotime_before(monotime_now(), end))
			return;
		/* A service that is not there, or changed meanwhile: what was
		 * read counts, the rest is unknown. */
		if (p.n > 0)
			(void)ipvs_genl_dump(g, IPVS_CMD_GET_DEST, p.svc,
					     on_dest, &p);
	}
}

struct ipvs_count_sum
counts_sum(const struct ipvs_count *c, size_t n)
{
	struct ipvs_count_sum s = {0};

	for (size_t i = 0; i < n; i++) {
		s.active += c[i].active;
		s.inactive += c[i].inactive;
		s.persistent += c[i].persistent;
		s.unknown += !c[i].is_known;
	}
	return s;
}
