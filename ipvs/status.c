/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* State as text; see status.h.  It never looks at the kernel. */
#include "ipvs/status.h"

#include <string.h>

#include "ipvs/mirror.h"
#include "lib/buf.h"

static void
put_stats(const struct mirror_stats *s, const struct model *m, struct buf *b)
{
	buf_printf(b,
		   "------< IPVS >------\n"
		   " Kernel table = %s\n"
		   " Virtual services = %zu\n"
		   " Real servers = %zu\n"
		   " Changes sent = %llu\n"
		   " Changes refused = %llu\n"
		   " Comparisons = %llu\n"
		   " Last comparison took = %.3f ms (services %.3f ms)\n"
		   " Changes of others put back = %u\n",
		   s->is_available ? "in use" : "not available", model_svcs(m),
		   model_dests(m), (unsigned long long)s->requests,
		   (unsigned long long)s->refused,
		   (unsigned long long)s->passes, (double)s->last_read / 1e6,
		   (double)s->last_svcs / 1e6, s->repairs);
}

/* What the kernel said when it refused an entry; else only the line's end. */
static void
put_error(int error, struct buf *b)
{
	if (error != 0)
		buf_printf(b, ", refused: %s", strerror(-error));
	buf_addc(b, '\n');
}

static void
put_dest(const struct model *m, const struct msg_dest *d, struct buf *b)
{
	char name[IPVS_NAME_LEN];

	buf_printf(b, "   -> %s %s weight %u", ipvs_dest_name(&d->key, name),
		   ipvs_fwd_name(d->fwd_method), d->weight);
	put_error(model_error(m, &d->key.svc, &d->key), b);
}

static void
put_table(struct model *m, struct buf *b)
{
	const struct ipvs_table *t = model_table(m);
	char name[IPVS_NAME_LEN];
	size_t d = 0;

	for (size_t i = 0; i < t->svcs; i++) {
		const struct msg_svc_key *k = &t->svc[i].key;

		buf_printf(b, " %s %s", ipvs_svc_name(k, name),
			   t->svc[i].sched);
		put_error(model_error(m, k, NULL), b);
		for (; d < t->dests &&
		       ipvs_svc_key_compare(&t->dest[d].key.svc, k) == 0;
		     d++)
			put_dest(m, &t->dest[d], b);
	}
}

void
ipvs_status_print(const struct mirror_stats *s, struct model *m, bool has_table,
		  struct buf *out)
{
	put_stats(s, m, out);
	if (has_table)
		put_table(m, out);
}
