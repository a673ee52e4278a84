/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Deadlines, the earliest first; see agenda.h. */
#include "vrrp/agenda.h"

#include <assert.h>

#include "lib/util.h"

void
agenda_fini(struct agenda *a)
{
	free(a->heap);
	*a = (struct agenda){0};
}

static void
place(struct agenda *a, size_t i, struct agenda_item *it)
{
	a->heap[i] = it;
	it->pos = i + 1;
}

static void
sift_up(struct agenda *a, size_t i, struct agenda_item *it)
{
	while (i > 0) {
		size_t up = (i - 1) / 2;

		if (!monotime_before(it->at, a->heap[up]->at))
			break;
		place(a, i, a->heap[up]);
		i = up;
	}
	place(a, i, it);
}

static void
sift_down(struct agenda *a, size_t i, struct agenda_item *it)
{
	for (size_t child; (child = 2 * i + 1) < a->n; i = child) {
		if (child + 1 < a->n &&
		    monotime_before(a->heap[child + 1]->at, a->heap[child]->at))
			child++;
		if (!monotime_before(a->heap[child]->at, it->at))
			break;
		place(a, i, a->heap[child]);
	}
	place(a, i, it);
}

static void
take_out(struct agenda *a, struct agenda_item *it)
{
	size_t i = it->pos - 1;
	struct agenda_item *last = a->heap[--a->n];

	it->pos = 0;
	if (last == it)
		return;
	if (i > 0 && monotime_before(last->at, a->heap[(i - 1) / 2]->at))
		sift_up(a, i, last);
	else
		sift_down(a, i, last);
}

void
agenda_register(struct agenda *a, struct agenda_item *it)
{
	*it = (struct agenda_item){.at = MONOTIME_NEVER};
	if (++a->registered <= a->room)
		return;
	a->room = a->room == 0 ? 64 : a->room * 2;
	a->heap = xrealloc(a->heap, a->room * sizeof(*a->heap));
}

void
agenda_unregister(struct agenda *a, struct agenda_item *it)
{
	if (it->pos != 0)
		take_out(a, it);
	assert(a->registered > 0);
	a->registered--;
}

void
agenda_set(struct agenda *a, struct agenda_item *it, monotime_t at)
{
	bool is_later = monotime_before(it->at, at);

	it->at = at;
	if (monotime_is_never(at)) {
		if (it->pos != 0)
			take_out(a, it);
	} else if (it->pos == 0) {
		sift_up(a, a->n++, it);
	} else if (is_later) {
		sift_down(a, it->pos - 1, it);
	} else {
		sift_up(a, it->pos - 1, it);
	}
}

struct agenda_item *
agenda_first(const struct agenda *a)
{
	return a->n == 0 ? NULL : a->heap[0];
}

monotime_t
agenda_next(const struct agenda *a)
{
	return a->n == 0 ? MONOTIME_NEVER : a->heap[0]->at;
}

struct agenda_item *
agenda_pop(struct agenda *a, monotime_t now)
{
	struct agenda_item *it;

	if (a->n == 0 || monotime_before(now, a->heap[0]->at))
		return NULL;
	it = a->heap[0];
	take_out(a, it);
	it->at = MONOTIME_NEVER;
	return it;
}
