/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The mirror of watched prefixes; see route_mirror.h. */
#include "vrrp/route_mirror.h"

#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* Route types that carry packets on: up to multicast (RTN_MULTICAST). */
#define TYPE_CARRIES_MAX 5

void
route_mirror_init(struct route_mirror *m)
{
	*m = (struct route_mirror){0};
}

static struct route_watch_key
key_of(const struct addr *prefix, uint8_t len, uint32_t table)
{
	struct route_watch_key k = {
		.table = table, .family = prefix->family, .len = len};
	size_t whole = len / 8;

	memcpy(k.bytes, prefix->bytes, whole);
	if (len % 8 != 0)
		k.bytes[whole] = (uint8_t)(prefix->bytes[whole] &
					   (0xff << (8 - len % 8)));
	return k;
}

static struct route_watch *
find(const struct route_mirror *m, const struct route_watch_key *k)
{
	struct route_watch *w;

	HASH_FIND(hh, m->watches, k, sizeof(*k), w);
	return w;
}

static void
leg_free(struct route_watch *w, struct route_leg *l)
{
	TAILQ_REMOVE(&w->legs, l, link);
	free(l);
}

static void
watch_free(struct route_mirror *m, struct route_watch *w)
{
	struct route_leg *l;

	while ((l = TAILQ_FIRST(&w->legs)) != NULL)
		leg_free(w, l);
	HASH_DELETE(hh, m->watches, w);
	free(w);
}

void
route_mirror_fini(struct route_mirror *m)
{
	struct route_watch *w, *next;

	HASH_ITER (hh, m->watches, w, next)
		watch_free(m, w);
	route_mirror_init(m);
}

static struct route_watch *
watch(struct route_mirror *m, const struct addr *prefix, uint8_t len,
      uint32_t table)
{
	struct route_watch_key k = key_of(prefix, len, table);
	struct route_watch *w = find(m, &k);

	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		w->key = k;
		TAILQ_INIT(&w->legs);
		HASH_ADD(hh, m->watches, key, sizeof(w->key), w);
		m->set++;
	}
	w->refs++;
	return w;
}

struct route_watch *
route_mirror_watch(struct route_mirror *m, const struct addr *prefix,
		   uint8_t len, uint32_t table)
{
	struct route_watch *w = watch(m, prefix, len, table);

	if (!w->is_known)
		m->needs_dump = true;
	return w;
}

struct route_watch *
route_mirror_listen(struct route_mirror *m, const struct addr *prefix,
		    uint8_t len)
{
	return watch(m, prefix, len, 0);
}

void
route_mirror_unwatch(struct route_mirror *m, struct route_watch *w)
{
	if (w == NULL || --w->refs > 0)
		return;
	watch_free(m, w);
	m->set++;
}

bool
route_mirror_has(const struct route_watch *w)
{
	const struct route_leg *l;

	TAILQ_FOREACH (l, &w->legs, link)
		if (!l->is_down && l->fact.type <= TYPE_CARRIES_MAX)
			return true;
	return false;
}

/* ---- facts ---- */

/* One route for the kernel: what a replacement takes the place of. */
static bool
is_same_route(const struct route_fact *a, const struct route_fact *b)
{
	return a->table == b->table && a->tos == b->tos &&
	       a->metric == b->metric && a->src_len == b->src_len &&
	       addr_is_equal(&a->src, &b->src);
}

static bool
is_same_leg(const struct route_fact *a, const struct route_fact *b)
{
	return is_same_route(a, b) && a->type == b->type &&
	       a->protocol == b->protocol && a->ifindex == b->ifindex &&
	       addr_is_equal(&a->via, &b->via);
}

static struct route_leg *
leg_find(const struct route_watch *w, const struct route_fact *f)
{
	struct route_leg *l;

	TAILQ_FOREACH (l, &w->legs, link)
		if (is_same_leg(&l->fact, f))
			return l;
	return NULL;
}

static void
watch_replace(struct route_watch *w, const struct route_fact *f)
{
	struct route_leg *l, *next;

	w->losses++;
	TAILQ_FOREACH_SAFE (l, &w->legs, link, next)
		if (is_same_route(&l->fact, f))
			leg_free(w, l);
}

static void
watch_add(struct route_watch *w, const struct route_fact *legs, uint32_t n,
	  bool is_replace)
{
	if (is_replace && n > 0)
		watch_replace(w, &legs[0]);
	for (uint32_t i = 0; i < n; i++) {
		struct route_leg *l = leg_find(w, &legs[i]);

		if (l == NULL) {
			l = xcalloc(1, sizeof(*l));
			TAILQ_INSERT_TAIL(&w->legs, l, link);
		}
		*l = (struct route_leg){.fact = legs[i], .link = l->link};
	}
}

static void
watch_del(struct route_watch *w, const struct route_fact *legs, uint32_t n)
{
	w->losses++;
	for (uint32_t i = 0; i < n; i++) {
		struct route_leg *l = leg_find(w, &legs[i]);

		if (l != NULL)
			leg_free(w, l);
	}
}

/* A route is told to who watches its table and to who watches any. */
static uint32_t
watches_of(const struct route_mirror *m, const struct route_fact *f,
	   struct route_watch *out[2])
{
	struct route_watch_key k = key_of(&f->dst, f->dst_len, f->table);
	uint32_t n = 0;

	out[n] = find(m, &k);
	n += out[n] != NULL;
	k.table = 0;
	out[n] = find(m, &k);
	return n + (out[n] != NULL);
}

void
route_mirror_add(struct route_mirror *m, const struct route_fact *legs,
		 uint32_t n, bool is_replace)
{
	struct route_watch *w[2];
	uint32_t n_w = n > 0 ? watches_of(m, &legs[0], w) : 0;

	for (uint32_t i = 0; i < n_w; i++)
		watch_add(w[i], legs, n, is_replace);
	m->generation += n_w > 0;
}

void
route_mirror_del(struct route_mirror *m, const struct route_fact *legs,
		 uint32_t n)
{
	struct route_watch *w[2];
	uint32_t n_w = n > 0 ? watches_of(m, &legs[0], w) : 0;

	for (uint32_t i = 0; i < n_w; i++)
		watch_del(w[i], legs, n);
	m->generation += n_w > 0;
}

/* ---- what IPv4 does not tell ---- */

/* A route goes when its last leg is down. */
static bool
has_living_leg(const struct route_watch *w, const struct route_fact *f)
{
	const struct route_leg *l;

	TAILQ_FOREACH (l, &w->legs, link)
		if (!l->is_down && l->fact.is_multi &&
		    is_same_route(&l->fact, f))
			return true;
	return false;
}

static void
watch_link_down(struct route_mirror *m, struct route_watch *w, uint32_t ifindex)
{
	struct route_leg *l, *next;
	bool is_hit = false;

	TAILQ_FOREACH (l, &w->legs, link)
		if (l->fact.ifindex == ifindex) {
			l->is_down = true;
			is_hit = true;
		}
	if (!is_hit && TAILQ_FIRST(&w->legs) != NULL)
		return;
	TAILQ_FOREACH_SAFE (l, &w->legs, link, next)
		if (l->is_down && !has_living_leg(w, &l->fact))
			leg_free(w, l);
	w->losses++;
	m->generation++;
}

void
route_mirror_link_down(struct route_mirror *m, uint32_t ifindex)
{
	struct route_watch *w, *next;

	HASH_ITER (hh, m->watches, w, next)
		if (w->key.family == AF_INET)
			watch_link_down(m, w, ifindex);
}

void
route_mirror_link_up(struct route_mirror *m, uint32_t ifindex)
{
	struct route_watch *w, *next;
	struct route_leg *l;

	HASH_ITER (hh, m->watches, w, next) {
		if (w->key.family != AF_INET)
			continue;
		TAILQ_FOREACH (l, &w->legs, link)
			if (l->is_down && l->fact.ifindex == ifindex) {
				l->is_down = false;
				m->generation++;
			}
	}
}

void
route_mirror_lost(struct route_mirror *m)
{
	struct route_watch *w, *next;

	HASH_ITER (hh, m->watches, w, next) {
		w->losses++;
		if (w->is_known)
			m->needs_dump = true;
	}
	m->generation++;
}

/* ---- dumps ---- */

void
route_mirror_resync_begin(struct route_mirror *m)
{
	struct route_watch *w, *next;
	struct route_leg *l;

	m->needs_dump = false;
	HASH_ITER (hh, m->watches, w, next) {
		w->is_dumping = true;
		TAILQ_FOREACH (l, &w->legs, link)
			l->is_stale = true;
	}
}

void
route_mirror_resync_end(struct route_mirror *m)
{
	struct route_watch *w, *next;
	struct route_leg *l, *lnext;

	HASH_ITER (hh, m->watches, w, next) {
		if (!w->is_dumping)
			continue;
		TAILQ_FOREACH_SAFE (l, &w->legs, link, lnext)
			if (l->is_stale) {
				w->losses++;
				leg_free(w, l);
			}
		w->is_known = true;
		w->is_dumping = false;
	}
	m->generation++;
}
