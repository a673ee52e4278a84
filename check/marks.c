/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Handing out firewall marks; see marks.h.  Pure. */
#include "check/marks.h"

#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "check/conf.h"
#include "lib/util.h"
#include "parser/keyset.h"

/* A group and a protocol of its users. */
struct mark_owner {
	UT_hash_handle hh;
	uint32_t mark;
	char key[]; /* "GROUP/PROTOCOL" */
};

bool
marks_may_stand_for(const struct virtual_server_group_conf *g)
{
	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry)
		if (e->is_fwmark)
			return false;
	return true;
}

/* ---- owners ---- */

static struct mark_owner *
owner_new(const struct virtual_server_conf *vs)
{
	size_t size = strlen(vs->group) + sizeof("/65535");
	struct mark_owner *o = xcalloc(1, sizeof(*o) + size);

	(void)snprintf(o->key, size, "%s/%u", vs->group, vs->protocol);
	return o;
}

static struct mark_owner *
owner_find(struct mark_owner *head, const char *key)
{
	struct mark_owner *o;

	HASH_FIND_STR(head, key, o);
	return o;
}

static void
owners_free(struct mark_owner **head)
{
	struct mark_owner *o, *next;

	HASH_ITER (hh, *head, o, next) {
		HASH_DEL(*head, o);
		free(o);
	}
}

void
marks_fini(struct marks *m)
{
	owners_free(&m->head);
}

/* ---- marks that are taken ---- */

static void
take(struct keyset *taken, uint32_t mark)
{
	(void)keyset_put(taken, &mark, sizeof(mark), taken);
}

static bool
is_taken(const struct keyset *taken, uint32_t mark)
{
	return mark == 0 || keyset_find(taken, &mark, sizeof(mark)) != NULL;
}

/* What the user wrote himself. */
static struct keyset *
taken_by_user(const struct check_conf *c)
{
	struct keyset *taken = keyset_new();

	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &c->virtual_server) {
		if (vs->kind == VIRTUAL_SERVER_FWMARK)
			take(taken, vs->fwmark);
		if (!vs->is_mark_ours && vs->nftables_fwmark != 0)
			take(taken, vs->nftables_fwmark);
	}
	CONF_FOREACH (const struct virtual_server_group_conf, g,
		      &c->virtual_server_group)
		CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry)
			if (e->is_fwmark)
				take(taken, e->fwmark);
	return taken;
}

/* ---- handing out ---- */

static uint32_t
next_mark(struct marks *m, const struct keyset *taken)
{
	while (is_taken(taken, m->next))
		m->next++;
	return m->next++;
}

void
marks_assign(struct marks *m, struct check_conf *c)
{
	struct mark_owner *now = NULL, *o, *was;
	struct keyset *taken = taken_by_user(c);

	if (m->next == 0)
		m->next = c->global.nftables_ipvs_start_fwmark;
	/* What stays keeps its mark before anybody gets a new one. */
	for (o = m->head; o != NULL; o = o->hh.next)
		if (is_taken(taken, o->mark))
			o->mark = 0; /* the user's own now */
		else
			take(taken, o->mark);
	CONF_FOREACH (struct virtual_server_conf, vs, &c->virtual_server) {
		if (!vs->is_mark_ours)
			continue;
		o = owner_new(vs);
		was = owner_find(now, o->key);
		if (was != NULL) {
			vs->nftables_fwmark = was->mark;
			free(o);
			continue;
		}
		was = owner_find(m->head, o->key);
		o->mark = was != NULL && was->mark != 0 ? was->mark
							: next_mark(m, taken);
		vs->nftables_fwmark = o->mark;
		HASH_ADD_STR(now, key, o);
	}
	owners_free(&m->head);
	m->head = now;
	keyset_free(taken);
}
