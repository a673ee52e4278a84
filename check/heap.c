/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A heap of deadlines; see heap.h. */
#include "check/heap.h"

#include <assert.h>

#include "lib/util.h"

#define CHILDREN 4

void
heap_fini(struct heap *h)
{
	free(h->slot);
	*h = HEAP_INIT;
}

static void
place(struct heap *h, uint32_t i, struct heap_slot s)
{
	h->slot[i] = s;
	s.node->pos = i + 1;
}

static uint32_t
sift_up(struct heap *h, uint32_t i, struct heap_slot s)
{
	while (i > 0) {
		uint32_t up = (i - 1) / CHILDREN;

		if (!monotime_before(s.at, h->slot[up].at))
			break;
		place(h, i, h->slot[up]);
		i = up;
	}
	return i;
}

static uint32_t
sift_down(struct heap *h, uint32_t i, struct heap_slot s)
{
	for (;;) {
		uint32_t least = i * CHILDREN + 1;
		uint32_t end =
			least + CHILDREN < h->n ? least + CHILDREN : h->n;

		if (least >= h->n)
			return i;
		for (uint32_t c = least + 1; c < end; c++)
			if (monotime_before(h->slot[c].at, h->slot[least].at))
				least = c;
		if (!monotime_before(h->slot[least].at, s.at))
			return i;
		place(h, i, h->slot[least]);
		i = least;
	}
}

/* Finds the place for what is put at this one. */
static void
settle(struct heap *h, uint32_t i, struct heap_slot s)
{
	place(h, sift_down(h, sift_up(h, i, s), s), s);
}

void
heap_set(struct heap *h, struct heap_node *node, monotime_t at)
{
	node->at = at;
	if (node->pos == 0) {
		if (h->n == h->room) {
			h->room = h->room == 0 ? 64 : h->room * 2;
			h->slot = xrealloc(h->slot, h->room * sizeof(*h->slot));
		}
		node->pos = ++h->n;
	}
	settle(h, node->pos - 1, (struct heap_slot){at, node});
}

void
heap_remove(struct heap *h, struct heap_node *node)
{
	struct heap_slot last;
	uint32_t pos = node->pos;

	if (pos == 0)
		return;
	assert(h->slot[pos - 1].node == node);
	last = h->slot[--h->n];
	node->pos = 0;
	if (last.node != node)
		settle(h, pos - 1, last);
}

struct heap_node *
heap_first(const struct heap *h)
{
	return h->n > 0 ? h->slot[0].node : NULL;
}
