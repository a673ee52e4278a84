/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * FULLNAT, which pairs and which addresses; see fullnat_want.h.
 */
#include "check/fullnat_want.h"

#include <stdlib.h>
#include <string.h>

#include "check/conf.h"
#include "check/desired.h"
#include "lib/arena.h"
#include "lib/util.h"

struct maker {
	const struct check_conf *c;
	struct arena *arena;
	bool is_old;
	struct fullnat_want *out;
	size_t room_pairs, room_groups;
	/* Of the service that is looked at. */
	const struct virtual_server_conf *vs;
	struct msg_svc_key *keys;
	size_t n_keys;
};

/* ---- groups ---- */

static bool
addr_next(struct addr *a)
{
	for (size_t i = addr_len(a); i-- > 0;)
		if (++a->bytes[i] != 0)
			return true;
	return false;
}

/* At most LADDR_MAX of them, as the configuration was checked. */
static size_t
list_addresses(const struct local_address_group_conf *g, uint16_t family,
	       struct addr *out)
{
	size_t n = 0;

	CONF_FOREACH (const struct laddr_entry_conf, e, &g->entry) {
		const struct addr *last =
			addr_is_set(&e->last) ? &e->last : &e->first;
		struct addr a = e->first;

		if (a.family != family)
			continue;
		while (n < LADDR_MAX && addr_compare(&a, last) <= 0) {
			out[n++] = a;
			if (!addr_next(&a))
				break;
		}
	}
	return n;
}

static int
compare_addr(const void *a, const void *b)
{
	return addr_compare(a, b);
}

/* Which address a connection gets must not depend on the order of the lines,
 * which may differ on the other director. */
static size_t
sort_addresses(struct addr *a, size_t n)
{
	size_t kept = 0;

	qsort(a, n, sizeof(*a), compare_addr);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !addr_is_equal(&a[kept - 1], &a[i]))
			a[kept++] = a[i];
	return kept;
}

static const struct local_address_group_conf *
find_group(const struct check_conf *c, const char *name)
{
	CONF_FOREACH (const struct local_address_group_conf, g,
		      &c->local_address_group)
		if (strcmp(g->obj.name, name) == 0)
			return g;
	return NULL;
}

/* One with the same addresses is the same, of whichever configuration. */
static uint32_t
put_group(struct maker *m, const struct fullnat_group *one)
{
	struct fullnat_want *w = m->out;
	struct addr *kept;

	for (size_t i = 0; i < w->n_groups; i++) {
		const struct fullnat_group *g = &w->group[i];

		if (g->n == one->n && g->family == one->family &&
		    strcmp(g->name, one->name) == 0 &&
		    memcmp(g->addr, one->addr, one->n * sizeof(*g->addr)) == 0)
			return (uint32_t)i;
	}
	if (w->n_groups == m->room_groups) {
		m->room_groups = m->room_groups * 2 + 8;
		w->group =
			xrealloc(w->group, m->room_groups * sizeof(*w->group));
	}
	kept = arena_alloc(m->arena, one->n * sizeof(*kept));
	memcpy(kept, one->addr, one->n * sizeof(*kept));
	w->group[w->n_groups] = *one;
	w->group[w->n_groups].addr = kept;
	return (uint32_t)w->n_groups++;
}

static uint32_t
get_group(struct maker *m, uint16_t family)
{
	struct fullnat_group one = {.name = m->vs->laddr_group_name,
				    .family = family};
	const struct local_address_group_conf *g;
	CLEANUP_FREE struct addr *all = NULL;

	g = one.name != NULL ? find_group(m->c, one.name) : NULL;
	if (g == NULL)
		return FULLNAT_OUTGOING;
	all = xcalloc(LADDR_MAX, sizeof(*all));
	one.n = sort_addresses(all, list_addresses(g, family, all));
	one.addr = all;
	return one.n > 0 ? put_group(m, &one) : FULLNAT_OUTGOING;
}

/* ---- pairs ---- */

static void
add_pair(struct maker *m, const struct msg_svc_key *k,
	 const struct addr *server, uint32_t group)
{
	struct fullnat_want *w = m->out;

	if (w->n_pairs == m->room_pairs) {
		m->room_pairs = m->room_pairs * 2 + 64;
		w->pair = xrealloc(w->pair, m->room_pairs * sizeof(*w->pair));
	}
	w->pair[w->n_pairs++] = (struct fullnat_pair){.service = *k,
						      .server = *server,
						      .group = group,
						      .is_old = m->is_old};
}

static void
add_server(struct maker *m, const struct addr *server,
	   const struct lvs_method_conf *method)
{
	uint32_t group;

	if (!method->is_full || !addr_is_set(server))
		return;
	group = get_group(m, server->family);
	for (size_t i = 0; i < m->n_keys; i++)
		if (m->keys[i].addr.family == server->family)
			add_pair(m, &m->keys[i], server, group);
}

static void
add_service(struct maker *m, const struct virtual_server_conf *vs)
{
	m->vs = vs;
	m->n_keys = desired_keys(m->c, vs, NULL, 0);
	m->keys = xcalloc(m->n_keys + 1, sizeof(*m->keys));
	(void)desired_keys(m->c, vs, m->keys, m->n_keys); /* as counted */
	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server)
		add_server(m, &rs->addr.addr, &rs->lvs_method);
	add_server(m, &vs->sorry_server.addr, &vs->sorry_server_lvs_method);
	free(m->keys);
}

static int
compare_pair(const void *a, const void *b)
{
	const struct fullnat_pair *x = a, *y = b;
	int r = memcmp(&x->service, &y->service, sizeof(x->service));

	return r != 0 ? r : addr_compare(&x->server, &y->server);
}

/* What is coming before what goes. */
static int
compare_all(const void *a, const void *b)
{
	const struct fullnat_pair *x = a, *y = b;
	int r = compare_pair(a, b);

	return r != 0 ? r : (int)x->is_old - (int)y->is_old;
}

/* One server under several ports is one pair; of services that claim the same
 * any will do: IPVS has only one of them. */
static void
sort_pairs(struct fullnat_want *w)
{
	size_t kept = 0;

	if (w->n_pairs > 0)
		qsort(w->pair, w->n_pairs, sizeof(*w->pair), compare_all);
	for (size_t i = 0; i < w->n_pairs; i++)
		if (kept == 0 ||
		    compare_pair(&w->pair[kept - 1], &w->pair[i]) != 0)
			w->pair[kept++] = w->pair[i];
	w->n_pairs = kept;
}

/* From the heap into the arena, at the end. */
static void *
settle(struct arena *arena, void *from, size_t size)
{
	void *to = arena_alloc(arena, size + 1);

	if (size > 0)
		memcpy(to, from, size);
	free(from);
	return to;
}

static void
add_conf(struct maker *m, const struct check_conf *c, bool is_old)
{
	m->c = c;
	m->is_old = is_old;
	CONF_FOREACH (const struct virtual_server_conf, vs, &c->virtual_server)
		add_service(m, vs);
}

void
fullnat_want_make(const struct check_conf *c, const struct check_conf *old,
		  struct arena *arena, struct fullnat_want *out)
{
	struct maker m = {.arena = arena, .out = out};

	*out = (struct fullnat_want){0};
	add_conf(&m, c, false);
	if (old != NULL)
		add_conf(&m, old, true);
	sort_pairs(out);
	out->pair = settle(arena, out->pair, out->n_pairs * sizeof(*out->pair));
	out->group =
		settle(arena, out->group, out->n_groups * sizeof(*out->group));
}

bool
fullnat_want_has_family(const struct fullnat_want *w, uint16_t family)
{
	for (size_t i = 0; i < w->n_pairs; i++)
		if (w->pair[i].server.family == family)
			return true;
	return false;
}
