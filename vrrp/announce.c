/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The paced queue of announcements; see announce.h. */
#include "vrrp/announce.h"

#include "lib/util.h"

struct announce_lane {
	struct announce_lane_key key;
	struct announce_items items;
	struct announce_pace own; /* of a lane without group */
	TAILQ_ENTRY(announce_lane) link;
	UT_hash_handle hh;
};

void
announce_init(struct announce *a)
{
	*a = (struct announce){0};
	TAILQ_INIT(&a->active);
}

void
announce_fini(struct announce *a)
{
	struct announce_lane *l, *next;

	HASH_ITER (hh, a->lanes, l, next) {
		HASH_DELETE(hh, a->lanes, l);
		free(l);
	}
	free(a->group);
	announce_init(a);
}

void
announce_set_gaps(struct announce *a, nsec_t arp, nsec_t na)
{
	a->gap_arp = arp;
	a->gap_na = na;
}

void
announce_set_groups(struct announce *a, const struct announce_group *g,
		    size_t n)
{
	struct announce_group *group = xcalloc(n + 1, sizeof(*group));

	for (size_t i = 0; i < n; i++) {
		group[i] = g[i];
		if (i >= a->n_groups)
			continue;
		group[i].arp.next = a->group[i].arp.next;
		group[i].na.next = a->group[i].na.next;
	}
	free(a->group);
	a->group = group;
	a->n_groups = n;
}

static struct announce_pace *
pace_of(struct announce *a, struct announce_lane *l)
{
	bool is_na = l->key.family == AF_INET6;

	if (l->key.group > 0 && l->key.group <= a->n_groups) {
		struct announce_group *g = &a->group[l->key.group - 1];

		return is_na ? &g->na : &g->arp;
	}
	l->own.gap = is_na ? a->gap_na : a->gap_arp;
	return &l->own;
}

static monotime_t
next_of(const struct announce *a, const struct announce_lane *l)
{
	if (l->key.group == 0 || l->key.group > a->n_groups)
		return l->own.next;
	return l->key.family == AF_INET6 ? a->group[l->key.group - 1].na.next
					 : a->group[l->key.group - 1].arp.next;
}

static struct announce_lane *
lane_get(struct announce *a, const struct announce_item *it)
{
	struct announce_lane_key key = {it->ifindex, it->family, it->group};
	struct announce_lane *l;

	HASH_FIND(hh, a->lanes, &key, sizeof(key), l);
	if (l != NULL)
		return l;
	l = xcalloc(1, sizeof(*l));
	l->key = key;
	TAILQ_INIT(&l->items);
	HASH_ADD(hh, a->lanes, key, sizeof(l->key), l);
	return l;
}

void
announce_add(struct announce *a, struct announce_item *it, uint32_t count)
{
	struct announce_lane *l;

	if (count == 0 || it->frame_len == 0 || it->ifindex == 0)
		return;
	if (it->left < count)
		it->left = count;
	if (it->lane != NULL)
		return;
	l = lane_get(a, it);
	if (TAILQ_EMPTY(&l->items))
		TAILQ_INSERT_TAIL(&a->active, l, link);
	TAILQ_INSERT_TAIL(&l->items, it, link);
	it->lane = l;
}

void
announce_cancel(struct announce *a, struct announce_item *it)
{
	struct announce_lane *l = it->lane;

	it->left = 0;
	if (l == NULL)
		return;
	it->lane = NULL;
	TAILQ_REMOVE(&l->items, it, link);
	if (TAILQ_EMPTY(&l->items))
		TAILQ_REMOVE(&a->active, l, link);
}

struct announce_item *
announce_take(struct announce *a, monotime_t now)
{
	struct announce_lane *l;
	struct announce_item *it;
	struct announce_pace *pace;

	TAILQ_FOREACH (l, &a->active, link)
		if (!monotime_before(now, next_of(a, l)))
			break;
	if (l == NULL)
		return NULL;
	it = TAILQ_FIRST(&l->items);
	TAILQ_REMOVE(&l->items, it, link);
	if (--it->left > 0)
		TAILQ_INSERT_TAIL(&l->items, it, link);
	else
		it->lane = NULL;
	pace = pace_of(a, l);
	pace->next = monotime_add(now, pace->gap);
	TAILQ_REMOVE(&a->active, l, link); /* to the end: lanes take turns */
	if (!TAILQ_EMPTY(&l->items))
		TAILQ_INSERT_TAIL(&a->active, l, link);
	return it;
}

monotime_t
announce_next(const struct announce *a)
{
	const struct announce_lane *l;
	monotime_t next = MONOTIME_NEVER;

	TAILQ_FOREACH (l, &a->active, link)
		next = monotime_min(next, next_of(a, l));
	return next;
}
