/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Inside of parser/: a text cut where canonical printing begins a top level
 * block or line, by its letters alone; see parser/again.c.
 */
#ifndef DUUMVIR_PIECES_H
#define DUUMVIR_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util.h"

struct kw;

struct piece {
	const char *s;
	size_t len;
	uint32_t line;
	struct hash128 digest;
	bool is_listed; /* of the list that parts are in */
	bool is_part;
};

struct pieces {
	struct piece *piece;
	size_t n, size;
};

/* Fills ps, which is zero; row is that of blocks that may stand alone (NULL:
 * none is).  The pieces point into the text. */
void pieces_cut(struct pieces *ps, const struct kw *row, const char *text,
		size_t len);
/* Of all pieces that are no parts, in order. */
struct hash128 pieces_base_digest(const struct pieces *ps);
void pieces_fini(struct pieces *ps);

#endif
