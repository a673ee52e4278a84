/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Canonical text cut into top level blocks; see pieces.h.  Pure. */
#include "parser/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "parser/schema.h"

/* Behind the line that begins at s. */
static const char *
line_end(const char *s, const char *end)
{
	const char *nl = memchr(s, '\n', (size_t)(end - s));

	return nl != NULL ? nl + 1 : end;
}

/* Where the piece that begins at s ends: a line, or a block to its '}' at the
 * begin of a line.  *lines: how many it has. */
static const char *
piece_end(const char *s, const char *end, uint32_t *lines)
{
	const char *next = line_end(s, end);
	bool is_block = next - s >= 2 && next[-2] == '{';

	*lines = 1;
	while (is_block && next < end) {
		is_block = *next != '}';
		next = line_end(next, end);
		++*lines;
	}
	return next;
}

static void
classify(const struct kw *row, struct piece *p)
{
	size_t n = row != NULL ? strlen(row->name) : 0;
	char head[64];
	size_t len;

	if (n == 0 || p->len <= n + 1 || memcmp(p->s, row->name, n) != 0 ||
	    p->s[n] != ' ')
		return;
	len = p->len - n - 1 < sizeof(head) ? p->len - n - 1 : sizeof(head) - 1;
	memcpy(head, p->s + n + 1, len);
	head[len] = '\0';
	p->is_listed = true;
	p->is_part = row->sub->stands_alone(head);
}

void
pieces_cut(struct pieces *ps, const struct kw *row, const char *text,
	   size_t len)
{
	const char *end = text + len, *s = text, *next;
	uint32_t line = 1;

	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3; /* byte order mark */
	for (; s < end; s = next) {
		struct piece *p;
		uint32_t lines;

		next = piece_end(s, end, &lines);
		if (ps->n == ps->size) {
			ps->size = ps->size == 0 ? 64 : ps->size * 2;
			ps->piece = xrealloc(ps->piece,
					     ps->size * sizeof(*ps->piece));
		}
		p = &ps->piece[ps->n++];
		*p = (struct piece){
			.s = s, .len = (size_t)(next - s), .line = line};
		p->digest = hash128_long(p->s, p->len);
		classify(row, p);
		line += lines;
	}
}

struct hash128
pieces_base_digest(const struct pieces *ps)
{
	struct buf b = BUF_INIT;
	struct hash128 h;

	for (size_t i = 0; i < ps->n; i++)
		if (!ps->piece[i].is_part)
			buf_add(&b, &ps->piece[i].digest,
				sizeof(ps->piece[i].digest));
	h = hash128_long(buf_str(&b), b.len);
	buf_fini(&b);
	return h;
}

void
pieces_fini(struct pieces *ps)
{
	free(ps->piece);
	*ps = (struct pieces){0};
}
