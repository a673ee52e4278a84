/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Ranges of addresses without overlaps; see mark_map.h.  Pure.
 *
 * All ends of the ranges of one family, protocol and port cut the line of
 * addresses into pieces; each range, in its order, paints the pieces that
 * nobody has painted.
 */
#include "check/mark_map.h"

#include <string.h>

#include "check/conf.h"
#include "lib/util.h"
#include "parser/keyset.h"

static void
add(struct mark_map *m, const struct mark_range *r)
{
	if (m->n == m->room) {
		m->room = m->room * 2 + 16;
		m->range = xrealloc(m->range, m->room * sizeof(*m->range));
	}
	m->range[m->n++] = *r;
}

void
mark_map_fini(struct mark_map *m)
{
	free(m->range);
	*m = (struct mark_map){.range = NULL};
}

/* ---- painting ---- */

/* A range and its place in the order. */
struct brush {
	const struct mark_range *range;
	size_t order;
};

/* Told the place of one that found a piece of another mark. */
typedef void lost_fn(void *arg, size_t order);

/* One family, protocol and port. */
struct canvas {
	struct addr *start; /* of each piece, sorted; it ends at the next */
	size_t *owner;	    /* by place in the list of brushes; NOBODY */
	size_t *skip;	    /* the next piece that may be unpainted */
	size_t n;	    /* the last piece is beyond all ranges */
};

#define NOBODY SIZE_MAX

static int
compare_class(const struct mark_range *a, const struct mark_range *b)
{
	if (a->first.family != b->first.family)
		return a->first.family < b->first.family ? -1 : 1;
	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	return a->port == b->port ? 0 : a->port < b->port ? -1 : 1;
}

static int
compare_brush(const void *x, const void *y)
{
	const struct brush *a = x, *b = y;
	int c = compare_class(a->range, b->range);

	return c != 0 ? c : a->order < b->order ? -1 : a->order > b->order;
}

static int
compare_addr(const void *a, const void *b)
{
	return addr_compare(a, b);
}

/* One further; after the very last the family becomes greater than any, so
 * that it sorts behind all. */
static struct addr
addr_after(const struct addr *a)
{
	struct addr next = *a;

	for (size_t i = addr_len(a); i-- > 0;)
		if (++next.bytes[i] != 0)
			return next;
	next.family = UINT16_MAX;
	return next;
}

static struct addr
addr_before(const struct addr *a, uint16_t family)
{
	struct addr last = *a;

	last.family = family;
	for (size_t i = addr_len(&last); i-- > 0;)
		if (last.bytes[i]-- != 0)
			break;
	return last;
}

static size_t
piece_at(const struct canvas *c, const struct addr *start)
{
	const struct addr *at =
		bsearch(start, c->start, c->n, sizeof(*start), compare_addr);

	return (size_t)(at - c->start);
}

static void
canvas_init(struct canvas *c, const struct brush *b, size_t n)
{
	size_t kept = 0;

	c->start = xcalloc(2 * n, sizeof(*c->start));
	for (size_t i = 0; i < n; i++) {
		c->start[2 * i] = b[i].range->first;
		c->start[2 * i + 1] = addr_after(&b[i].range->last);
	}
	qsort(c->start, 2 * n, sizeof(*c->start), compare_addr);
	for (size_t i = 0; i < 2 * n; i++)
		if (i == 0 || !addr_is_equal(&c->start[i], &c->start[kept - 1]))
			c->start[kept++] = c->start[i];
	c->n = kept;
	c->owner = xcalloc(kept, sizeof(*c->owner));
	c->skip = xcalloc(kept, sizeof(*c->skip));
	for (size_t i = 0; i < kept; i++) {
		c->owner[i] = NOBODY;
		c->skip[i] = i;
	}
}

static void
canvas_fini(struct canvas *c)
{
	free(c->start);
	free(c->owner);
	free(c->skip);
}

/* The first unpainted piece from i on, with shorter ways for the next time. */
static size_t
unpainted(struct canvas *c, size_t i)
{
	while (c->skip[i] != i) {
		c->skip[i] = c->skip[c->skip[i]];
		i = c->skip[i];
	}
	return i;
}

/* Paints what is free; whether a piece of another mark was not. */
static bool
paint(struct canvas *c, const struct brush *b, size_t i)
{
	struct addr after = addr_after(&b[i].range->last);
	size_t from = piece_at(c, &b[i].range->first);
	size_t to = piece_at(c, &after), n = 0;

	for (size_t k = unpainted(c, from); k < to; k = unpainted(c, k)) {
		c->owner[k] = i;
		c->skip[k] = k + 1; /* the last piece is never painted */
		n++;
	}
	for (size_t k = from; n < to - from && k < to; k++)
		if (b[c->owner[k]].range->mark != b[i].range->mark)
			return true;
	return false;
}

static void
emit(const struct canvas *c, const struct brush *b, struct mark_map *out)
{
	for (size_t k = 0, to; k < c->n; k = to) {
		struct mark_range r;

		for (to = k + 1; to < c->n && c->owner[to] == c->owner[k];)
			to++;
		if (c->owner[k] == NOBODY)
			continue;
		r = *b[c->owner[k]].range;
		r.first = c->start[k];
		r.last = addr_before(&c->start[to], r.first.family);
		add(out, &r);
	}
}

static void
paint_class(const struct brush *b, size_t n, struct mark_map *out,
	    lost_fn *lost, void *arg)
{
	struct canvas c;

	canvas_init(&c, b, n);
	for (size_t i = 0; i < n; i++)
		if (paint(&c, b, i) && lost != NULL)
			lost(arg, b[i].order);
	emit(&c, b, out);
	canvas_fini(&c);
}

static void
paint_all(const struct mark_map *in, struct mark_map *out, lost_fn *lost,
	  void *arg)
{
	struct brush *b = xcalloc(in->n + 1, sizeof(*b));
	size_t to;

	*out = (struct mark_map){.range = NULL};
	for (size_t i = 0; i < in->n; i++)
		b[i] = (struct brush){&in->range[i], i};
	qsort(b, in->n, sizeof(*b), compare_brush);
	for (size_t from = 0; from < in->n; from = to) {
		for (to = from + 1;
		     to < in->n &&
		     compare_class(b[from].range, b[to].range) == 0;)
			to++;
		paint_class(&b[from], to - from, out, lost, arg);
	}
	free(b);
}

/* ---- from the configuration ---- */

/* What a range was made from. */
struct source {
	const struct virtual_server_conf *vs;
	const struct vsg_entry_conf *entry;
};

struct gathering {
	struct mark_map all;
	struct source *source; /* of each range */
	size_t room;
	mark_map_lost *tell;
	void *arg;
};

static void
on_lost(void *arg, size_t order)
{
	const struct gathering *g = arg;

	if (g->tell != NULL)
		g->tell(g->arg, g->source[order].vs, g->source[order].entry);
}

static void
gather_group(struct gathering *g, const struct virtual_server_conf *vs,
	     const struct virtual_server_group_conf *group)
{
	CONF_FOREACH (const struct vsg_entry_conf, e, &group->entry) {
		struct mark_range r = {
			.first = e->first,
			.last = addr_is_set(&e->last) ? e->last : e->first,
			.protocol = vs->protocol,
			.port = e->port,
			.mark = vs->nftables_fwmark,
		};

		if (g->all.n == g->room) {
			g->room = g->room * 2 + 16;
			g->source = xrealloc(g->source,
					     g->room * sizeof(*g->source));
		}
		g->source[g->all.n] = (struct source){vs, e};
		add(&g->all, &r);
	}
}

/* Groups by name: there may be as many as users. */
static struct keyset *
index_groups(const struct check_conf *c)
{
	struct keyset *s = keyset_new();

	CONF_FOREACH (struct virtual_server_group_conf, g,
		      &c->virtual_server_group)
		(void)keyset_put(s, g->obj.name, strlen(g->obj.name), g);
	return s;
}

static void
gather(struct gathering *g, const struct check_conf *c)
{
	struct keyset *groups = index_groups(c);

	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &c->virtual_server) {
		const struct virtual_server_group_conf *group = NULL;

		if (vs->nftables_fwmark != 0)
			group = keyset_find(groups, vs->group,
					    strlen(vs->group));
		if (group != NULL)
			gather_group(g, vs, group);
	}
	keyset_free(groups);
}

void
mark_map_make(const struct check_conf *c, struct mark_map *out,
	      mark_map_lost *lost, void *arg)
{
	struct gathering g = {.tell = lost, .arg = arg};

	gather(&g, c);
	paint_all(&g.all, out, on_lost, &g);
	mark_map_fini(&g.all);
	free(g.source);
}

void
mark_map_join(const struct mark_map *old, const struct mark_map *next,
	      struct mark_map *out)
{
	struct mark_map all = {.range = NULL};

	for (size_t i = 0; i < old->n; i++)
		add(&all, &old->range[i]);
	for (size_t i = 0; i < next->n; i++)
		add(&all, &next->range[i]);
	paint_all(&all, out, NULL, NULL);
	mark_map_fini(&all);
}

bool
mark_map_is_equal(const struct mark_map *a, const struct mark_map *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (compare_class(&a->range[i], &b->range[i]) != 0 ||
		    !addr_is_equal(&a->range[i].first, &b->range[i].first) ||
		    !addr_is_equal(&a->range[i].last, &b->range[i].last) ||
		    a->range[i].mark != b->range[i].mark)
			return false;
	return a->n == b->n;
}
