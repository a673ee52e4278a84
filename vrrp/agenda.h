/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Who is due next: absolute deadlines of many items, the earliest first (a
 * binary heap with embedded positions).  Room is made when an item is
 * registered; setting a deadline never allocates.
 *
 * Pure but for the memory it owns.
 */
#ifndef DUUMVIR_VRRP_AGENDA_H
#define DUUMVIR_VRRP_AGENDA_H

#include <stddef.h>

#include "lib/monotime.h"

struct agenda_item {
	monotime_t at;
	size_t pos; /* 1-based place in the heap; 0: not in it */
};

struct agenda {
	struct agenda_item **heap; /* [0 .. n-1] */
	size_t n;
	size_t registered, room;
};

void agenda_fini(struct agenda *a);
/* An item comes to life, or goes (it is taken out). */
void agenda_register(struct agenda *a, struct agenda_item *it);
void agenda_unregister(struct agenda *a, struct agenda_item *it);
/* Sets, moves or, with MONOTIME_NEVER, clears a deadline. */
void agenda_set(struct agenda *a, struct agenda_item *it, monotime_t at);
/* The item that comes first, NULL if there is none. */
struct agenda_item *agenda_first(const struct agenda *a);
/* The earliest, MONOTIME_NEVER if there is none. */
monotime_t agenda_next(const struct agenda *a);
/* Takes the earliest out if it is due at now, else NULL. */
struct agenda_item *agenda_pop(struct agenda *a, monotime_t now);

#endif
