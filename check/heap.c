/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A binary heap of deadlines; see heap.h. */
#include "check/heap.h"

#include <assert.h>

#include "lib/util.h"

void
heap_fini(struct heap *h)
{
	free(h->node);
	*h = HEAP_INIT;
}

static void
place(struct heap *h, struct heap_node *node, uint32_t pos)
{
	h->node[pos - 1] = node;
	node->pos = pos;
}

static void
sift_up(struct heap *h, struct heap_node *node)
{
	uint32_t pos = node->pos;

	while (pos > 1) {
		struct heap_node *up = h->node[pos / 2 - 1];

		if (!monotime_before(node->at, up->at))
			break;
		place(h, up, pos);
		pos /= 2;
	}
	place(h, node, pos);
}

static void
sift_down(struct heap *h, struct heap_node *node)
{
	uint32_t pos = node->pos;

	while (pos <= h->n / 2) {
		uint32_t child = pos * 2;

		if (child < h->n &&
		    monotime_before(h->node[child]->at, h->node[child - 1]->at))
			child++;
		if (!monotime_before(h->node[child - 1]->at, node->at))
			break;
		place(h, h->node[child - 1], pos);
		pos = child;
	}
	place(h, node, pos);
}

void
heap_set(struct heap *h, struct heap_node *node, monotime_t at)
{
	node->at = at;
	if (node->pos == 0) {
		if (h->n == h->room) {
			h->room = h->room == 0 ? 64 : h->room * 2;
			h->node = xrealloc(h->node, h->room * sizeof(*h->node));
		}
		place(h, node, ++h->n);
	}
	sift_up(h, node);
	sift_down(h, node);
}

void
heap_remove(struct heap *h, struct heap_node *node)
{
	struct heap_node *last;
	uint32_t pos = node->pos;

	if (pos == 0)
		return;
	assert(h->node[pos - 1] == node);
	last = h->node[h->n - 1];
	h->n--;
	node->pos = 0;
	if (last == node)
		return;
	place(h, last, pos);
	sift_up(h, last);
	sift_down(h, last);
}

struct heap_node *
heap_first(const struct heap *h)
{
	return h->n > 0 ? h->node[0] : NULL;
}
