/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* State as text; see status.h.  It never looks at the kernel. */
#include "ipvs/status.h"

#include <string.h>

#include "ipvs/model.h"
#include "lib/buf.h"

/* Walks the services of a table: the next one's destinations are at
 * t->dest[*d], how many is returned. */
static size_t
dests_of(const struct ipvs_table *t, size_t svc, size_t d)
{
	size_t n = 0;

	while (d + n < t->dests && ipvs_svc_key_compare(&t->dest[d + n].key.svc,
							&t->svc[svc].key) == 0)
		n++;
	return n;
}

static double
seconds_since(const struct ipvs_status *s, monotime_t since)
{
	return (double)monotime_sub(s->now, since) / 1e9;
}

/* ---- text ---- */

/* "3 active, 5 inactive" and what else there is. */
static void
put_sum(struct ipvs_count_sum sum, struct buf *b)
{
	buf_printf(b, "%llu active, %llu inactive",
		   (unsigned long long)sum.active,
		   (unsigned long long)sum.inactive);
	if (sum.persistent > 0)
		buf_printf(b, ", %llu persistent",
			   (unsigned long long)sum.persistent);
	if (sum.unknown > 0)
		buf_printf(b, ", %zu servers not counted", sum.unknown);
}

static void
put_sync_role(const struct ipvs_status *s, const struct syncd_role *r,
	      struct buf *b)
{
	buf_printf(b, " Sync daemon = %s on %s, id %u", r->name, r->d.ifname,
		   r->d.id);
	if (r->is_ours)
		buf_printf(b, ", for %.3f s\n", seconds_since(s, r->since));
	else
		buf_adds(b, ", not ours\n");
}

static void
put_sync(const struct ipvs_status *s, struct buf *b)
{
	const struct syncd_status *y = &s->sync;

	for (size_t i = 0; i < y->n; i++)
		put_sync_role(s, &y->role[i], b);
	if (y->missing != 0)
		buf_printf(
			b,
			" Sync daemon = %s%son %s, id %u, does not run%s%s\n",
			y->missing & MSG_SYNC_MASTER ? "master " : "",
			y->missing & MSG_SYNC_BACKUP ? "backup " : "",
			y->want.ifname, y->want.id, y->error != 0 ? ": " : "",
			y->error != 0 ? strerror(-y->error) : "");
	if (y->started > 0)
		buf_printf(b, " Sync daemon started = %u times\n", y->started);
}

static void
put_stats(const struct ipvs_status *x, struct buf *b)
{
	const struct mirror_stats *s = &x->stats;

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
		   s->is_available ? "in use" : "not available",
		   model_svcs(x->model), model_dests(x->model),
		   (unsigned long long)s->requests,
		   (unsigned long long)s->refused,
		   (unsigned long long)s->passes, (double)s->last_read / 1e6,
		   (double)s->last_svcs / 1e6, s->repairs);
	if (x->count != NULL) {
		buf_adds(b, " Connections = ");
		put_sum(counts_sum(x->count, model_table(x->model)->dests), b);
		buf_addc(b, '\n');
	}
	put_sync(x, b);
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
put_counts(const struct ipvs_count *c, size_t n, struct buf *b)
{
	struct ipvs_count_sum sum;

	if (c == NULL || n == 0)
		return;
	sum = counts_sum(c, n);
	if (sum.unknown == n)
		return;
	buf_adds(b, ", connections ");
	put_sum(sum, b);
}

static void
put_dest(const struct ipvs_status *s, const struct msg_dest *d,
	 const struct ipvs_count *c, struct buf *b)
{
	char name[IPVS_NAME_LEN];

	buf_printf(b, "   -> %s %s weight %u", ipvs_dest_name(&d->key, name),
		   ipvs_fwd_name(d->fwd_method), d->weight);
	put_counts(c, 1, b);
	put_error(model_error(s->model, &d->key.svc, &d->key), b);
}

static void
put_table(const struct ipvs_status *s, struct buf *b)
{
	const struct ipvs_table *t = model_table(s->model);
	char name[IPVS_NAME_LEN];
	size_t d = 0;

	for (size_t i = 0; i < t->svcs; i++) {
		const struct msg_svc_key *k = &t->svc[i].key;
		size_t end = d + dests_of(t, i, d);

		buf_printf(b, " %s %s", ipvs_svc_name(k, name),
			   t->svc[i].sched);
		put_counts(s->count != NULL ? s->count + d : NULL, end - d, b);
		put_error(model_error(s->model, k, NULL), b);
		for (; d < end; d++)
			put_dest(s, &t->dest[d],
				 s->count != NULL ? s->count + d : NULL, b);
	}
}

void
ipvs_status_print(const struct ipvs_status *s, bool has_table, struct buf *out)
{
	put_stats(s, out);
	if (has_table)
		put_table(s, out);
}

/* ---- JSON ---- */

static void
json_sum(const struct ipvs_status *s, size_t from, size_t n, struct buf *b)
{
	struct ipvs_count_sum sum;

	if (s->count == NULL)
		return;
	sum = counts_sum(s->count + from, n);
	buf_printf(b,
		   ",\"active\":%llu,\"inactive\":%llu,\"persistent\":%llu,"
		   "\"uncounted\":%zu",
		   (unsigned long long)sum.active,
		   (unsigned long long)sum.inactive,
		   (unsigned long long)sum.persistent, sum.unknown);
}

static void
json_error(int error, struct buf *b)
{
	if (error == 0)
		return;
	buf_adds(b, ",\"refused\":");
	buf_add_json(b, strerror(-error));
}

static void
json_dests(const struct ipvs_status *s, size_t from, size_t n, struct buf *b)
{
	const struct ipvs_table *t = model_table(s->model);
	char name[IPVS_NAME_LEN];

	for (size_t i = from; i < from + n; i++) {
		const struct msg_dest *d = &t->dest[i];

		buf_printf(b,
			   "%s{\"name\":\"%s\",\"forward\":\"%s\","
			   "\"weight\":%u",
			   i > from ? "," : "", ipvs_dest_name(&d->key, name),
			   ipvs_fwd_name(d->fwd_method), d->weight);
		json_sum(s, i, 1, b);
		json_error(model_error(s->model, &d->key.svc, &d->key), b);
		buf_addc(b, '}');
	}
}

static void
json_table(const struct ipvs_status *s, struct buf *b)
{
	const struct ipvs_table *t = model_table(s->model);
	char name[IPVS_NAME_LEN];
	size_t d = 0;

	for (size_t i = 0; i < t->svcs; i++) {
		const struct msg_svc_key *k = &t->svc[i].key;
		size_t n = dests_of(t, i, d);

		buf_printf(b, "%s{\"name\":\"%s\",\"scheduler\":",
			   i > 0 ? "," : "", ipvs_svc_name(k, name));
		buf_add_json(b, t->svc[i].sched);
		json_sum(s, d, n, b);
		json_error(model_error(s->model, k, NULL), b);
		buf_adds(b, ",\"servers\":[");
		json_dests(s, d, n, b);
		buf_adds(b, "]}");
		d += n;
	}
}

static void
json_role(const char *name, const struct msg_sync_daemon *d, struct buf *b)
{
	buf_printf(b, "{\"role\":\"%s\",\"interface\":", name);
	buf_add_json(b, d->ifname);
	buf_printf(b, ",\"id\":%u", d->id);
}

static void
json_sync(const struct ipvs_status *s, struct buf *b)
{
	static const struct {
		uint32_t role;
		const char *name;
	} roles[] = {{MSG_SYNC_MASTER, "master"}, {MSG_SYNC_BACKUP, "backup"}};
	const struct syncd_status *y = &s->sync;
	const char *sep = "";

	buf_adds(b, ",\"sync_daemon\":[");
	for (size_t i = 0; i < y->n; i++, sep = ",") {
		const struct syncd_role *r = &y->role[i];

		buf_adds(b, sep);
		json_role(r->name, &r->d, b);
		buf_printf(b, ",\"runs\":true,\"ours\":%s",
			   r->is_ours ? "true" : "false");
		if (r->is_ours)
			buf_printf(b, ",\"seconds\":%.3f",
				   seconds_since(s, r->since));
		buf_addc(b, '}');
	}
	for (size_t i = 0; i < 2; i++) {
		if (!(y->missing & roles[i].role))
			continue;
		buf_adds(b, sep);
		json_role(roles[i].name, &y->want, b);
		buf_adds(b, ",\"runs\":false}");
		sep = ",";
	}
	buf_addc(b, ']');
}

void
ipvs_status_print_json(const struct ipvs_status *s, struct buf *out)
{
	const struct ipvs_table *t = model_table(s->model);

	buf_printf(out,
		   "{\"ipvs\":{\"available\":%s,\"virtual_services\":%zu,"
		   "\"real_servers\":%zu,\"changes_sent\":%llu,"
		   "\"changes_refused\":%llu,\"comparisons\":%llu,"
		   "\"put_back\":%u",
		   s->stats.is_available ? "true" : "false", t->svcs, t->dests,
		   (unsigned long long)s->stats.requests,
		   (unsigned long long)s->stats.refused,
		   (unsigned long long)s->stats.passes, s->stats.repairs);
	json_sum(s, 0, t->dests, out);
	json_sync(s, out);
	buf_adds(out, ",\"services\":[");
	json_table(s, out);
	buf_adds(out, "]}}\n");
}
