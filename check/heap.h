/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Thousands of deadlines under one timer: a heap whose nodes are embedded in
 * their owners.  Four children each, deadlines side by side: one step down is
 * one cache line, not a visit to four owners.
 */
#ifndef DUUMVIR_CHECK_HEAP_H
#define DUUMVIR_CHECK_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/monotime.h"

struct heap_node {
	monotime_t at;
	uint32_t pos; /* 1-based place in the heap; 0: not in it */
};

struct heap_slot {
	monotime_t at;
	struct heap_node *node;
};

struct heap {
	struct heap_slot *slot;
	uint32_t n, room;
};

#define HEAP_INIT ((struct heap){NULL, 0, 0})

void heap_fini(struct heap *h);
/* Puts the node in at this instant, or moves it there. */
void heap_set(struct heap *h, struct heap_node *node, monotime_t at);
void heap_remove(struct heap *h, struct heap_node *node);
/* The earliest node, or NULL. */
struct heap_node *heap_first(const struct heap *h);

#endif
