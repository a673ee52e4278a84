/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The wanted virtual server table; see model.h.  Hashes for single changes,
 * sorted copies for the reconciler, made again only after a change.
 */
#include "ipvs/model.h"

#include <string.h>
#include <uthash.h>

#include "ipvs/owned.h"
#include "lib/util.h"

struct m_dest {
	UT_hash_handle hh;
	struct msg_dest d; /* hashed by d.key */
	uint32_t generation;
	int error; /* last one told */
};

struct m_svc {
	UT_hash_handle hh;
	struct msg_svc s; /* hashed by s.key */
	struct m_dest *dests;
	bool is_wanted;	   /* false: to be deleted */
	bool is_inherited; /* but not before it is known what is wanted */
	uint32_t slot;	   /* where it is written down */
	uint32_t generation;
	int error;
};

struct model {
	struct m_svc *svcs;
	size_t n_wanted, n_dests, n_inherited;
	struct owned *owned; /* NULL: nothing is written down */
	uint32_t generation;
	bool is_syncing;
	bool has_errors; /* maybe: else none need be looked up */
	bool is_stale;	 /* the copies below are */
	struct ipvs_table table, leaving;
};

struct model *
model_new(void)
{
	return xcalloc(1, sizeof(struct model));
}

static void
dests_free(struct model *m, struct m_svc *s)
{
	struct m_dest *d, *next;

	HASH_ITER (hh, s->dests, d, next) {
		HASH_DEL(s->dests, d);
		free(d);
		m->n_dests--;
	}
}

static void
set_inherited(struct model *m, struct m_svc *s, bool is_inherited)
{
	m->n_inherited += is_inherited;
	m->n_inherited -= s->is_inherited;
	s->is_inherited = is_inherited;
}

static void
svc_free(struct model *m, struct m_svc *s)
{
	set_inherited(m, s, false);
	dests_free(m, s);
	if (s->is_wanted)
		m->n_wanted--;
	HASH_DEL(m->svcs, s);
	free(s);
}

void
model_free(struct model *m)
{
	struct m_svc *s, *next;

	if (m == NULL)
		return;
	HASH_ITER (hh, m->svcs, s, next)
		svc_free(m, s);
	owned_close(m->owned);
	ipvs_table_fini(&m->table);
	ipvs_table_fini(&m->leaving);
	free(m);
}

static struct m_svc *
svc_find(const struct model *m, const struct msg_svc_key *k)
{
	struct m_svc *s;

	HASH_FIND(hh, m->svcs, k, sizeof(*k), s);
	return s;
}

/* Within a service only these differ as a rule. */
static unsigned
dest_hash(const struct msg_dest_key *k)
{
	uint64_t h = hash64_long(&k->addr, sizeof(k->addr)) + k->port;

	return (unsigned)(h ^ h >> 32);
}

static struct m_dest *
dest_find(const struct m_svc *s, const struct msg_dest_key *k)
{
	struct m_dest *d;

	HASH_FIND_BYHASHVALUE(hh, s->dests, k, sizeof(*k), dest_hash(k), d);
	return d;
}

/* The service of that key, made if it is not there. */
static struct m_svc *
svc_get(struct model *m, const struct msg_svc_key *k)
{
	struct m_svc *s = svc_find(m, k);

	if (s != NULL)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->s.key = *k;
	s->slot = owned_add(m->owned, k);
	HASH_ADD(hh, m->svcs, s.key, sizeof(s->s.key), s);
	return s;
}

enum model_change
model_svc_set(struct model *m, const struct msg_svc *in)
{
	struct m_svc *s = svc_get(m, &in->key);
	enum model_change change = MODEL_CHANGED;

	s->generation = m->generation;
	set_inherited(m, s, false);
	if (s->is_wanted && memcmp(&s->s, in, sizeof(*in)) == 0)
		return MODEL_SAME;
	if (!s->is_wanted) {
		s->is_wanted = true;
		m->n_wanted++;
		change = MODEL_ADDED;
	}
	s->s = *in;
	s->error = 0;
	m->is_stale = true;
	return change;
}

static void
svc_unwant(struct model *m, struct m_svc *s)
{
	set_inherited(m, s, false);
	dests_free(m, s);
	if (s->is_wanted)
		m->n_wanted--;
	s->is_wanted = false;
	s->error = 0;
	m->is_stale = true;
}

enum model_change
model_svc_del(struct model *m, const struct msg_svc_key *k)
{
	svc_unwant(m, svc_get(m, k));
	return MODEL_DELETED;
}

enum model_change
model_dest_set(struct model *m, const struct msg_dest *in)
{
	struct m_svc *s = svc_find(m, &in->key.svc);
	struct m_dest *d;
	enum model_change change = MODEL_CHANGED;

	if (s == NULL || !s->is_wanted)
		return MODEL_UNKNOWN;
	d = dest_find(s, &in->key);
	if (d == NULL) {
		d = xcalloc(1, sizeof(*d));
		d->d.key = in->key;
		HASH_ADD_BYHASHVALUE(hh, s->dests, d.key, sizeof(d->d.key),
				     dest_hash(&d->d.key), d);
		m->n_dests++;
		change = MODEL_ADDED;
	}
	d->generation = m->generation;
	if (change == MODEL_CHANGED && memcmp(&d->d, in, sizeof(*in)) == 0)
		return MODEL_SAME;
	d->d = *in;
	d->error = 0;
	m->is_stale = true;
	return change;
}

static void
dest_free(struct model *m, struct m_svc *s, struct m_dest *d)
{
	HASH_DEL(s->dests, d);
	free(d);
	m->n_dests--;
	m->is_stale = true;
}

enum model_change
model_dest_del(struct model *m, const struct msg_dest_key *k)
{
	struct m_svc *s = svc_find(m, &k->svc);
	struct m_dest *d = s != NULL ? dest_find(s, k) : NULL;

	if (s == NULL || !s->is_wanted)
		return MODEL_UNKNOWN;
	if (d == NULL)
		return MODEL_SAME;
	dest_free(m, s, d);
	return MODEL_DELETED;
}

/* ---- full descriptions ---- */

void
model_sync_begin(struct model *m)
{
	m->generation++;
	m->is_syncing = true;
}

void
model_sync_end(struct model *m)
{
	struct m_svc *s, *next_s;
	struct m_dest *d, *next_d;

	if (!m->is_syncing)
		return;
	m->is_syncing = false;
	HASH_ITER (hh, m->svcs, s, next_s) {
		if (s->is_wanted && s->generation != m->generation) {
			svc_unwant(m, s);
			continue;
		}
		HASH_ITER (hh, s->dests, d, next_d) {
			if (d->generation != m->generation)
				dest_free(m, s, d);
		}
	}
	model_settle(m);
}

void
model_sync_abort(struct model *m)
{
	m->is_syncing = false;
}

bool
model_is_syncing(const struct model *m)
{
	return m->is_syncing;
}

/* ---- ownership ---- */

void
model_remember(struct model *m, struct owned *o)
{
	struct m_svc *s;
	struct msg_svc_key k;

	owned_close(m->owned);
	m->owned = NULL;
	for (uint32_t i = 0; i < owned_top(o); i++) {
		if (!owned_read(o, i, &k))
			continue;
		s = svc_find(m, &k);
		if (s != NULL) { /* named before, or written down twice */
			owned_drop(o, i);
			continue;
		}
		s = svc_get(m, &k);
		s->slot = i;
		set_inherited(m, s, true);
	}
	m->owned = o;
	for (s = m->svcs; s != NULL; s = s->hh.next)
		if (!s->is_inherited)
			s->slot = owned_add(o, &s->s.key);
}

void
model_settle(struct model *m)
{
	if (m->n_inherited == 0)
		return;
	for (struct m_svc *s = m->svcs; s != NULL; s = s->hh.next)
		set_inherited(m, s, false);
	m->is_stale = true;
}

size_t
model_inherited(const struct model *m)
{
	return m->n_inherited;
}

bool
model_owns(const struct model *m, const struct msg_svc_key *k)
{
	const struct m_svc *s = svc_find(m, k);

	return s != NULL && !s->is_inherited;
}

bool
model_wants(const struct model *m, const struct msg_svc_key *k)
{
	const struct m_svc *s = svc_find(m, k);

	return s != NULL && s->is_wanted;
}

void
model_disown(struct model *m, const struct msg_svc_key *k)
{
	struct m_svc *s = svc_find(m, k);

	if (s == NULL || s->is_wanted)
		return;
	owned_drop(m->owned, s->slot);
	svc_free(m, s);
	m->is_stale = true;
}

static void
strike(struct model *m, struct m_svc *s)
{
	owned_drop(m->owned, s->slot);
	s->slot = OWNED_NO_SLOT;
}

void
model_strike(struct model *m, const struct msg_svc_key *k)
{
	struct m_svc *s = svc_find(m, k);

	if (s != NULL)
		strike(m, s);
}

void
model_strike_all(struct model *m)
{
	for (struct m_svc *s = m->svcs; s != NULL; s = s->hh.next)
		strike(m, s);
}

/* ---- sorted copies ---- */

static void
refresh(struct model *m)
{
	const struct m_svc *s;
	const struct m_dest *d;

	if (!m->is_stale)
		return;
	ipvs_table_reset(&m->table);
	ipvs_table_reset(&m->leaving);
	for (s = m->svcs; s != NULL; s = s->hh.next) {
		if (s->is_inherited)
			continue;
		ipvs_table_add_svc(s->is_wanted ? &m->table : &m->leaving,
				   &s->s);
		for (d = s->dests; d != NULL; d = d->hh.next)
			ipvs_table_add_dest(&m->table, &d->d);
	}
	ipvs_table_sort(&m->table);
	ipvs_table_sort(&m->leaving);
	m->is_stale = false;
}

const struct ipvs_table *
model_table(struct model *m)
{
	refresh(m);
	return &m->table;
}

const struct ipvs_table *
model_leaving(struct model *m)
{
	refresh(m);
	return &m->leaving;
}

size_t
model_svcs(const struct model *m)
{
	return m->n_wanted;
}

size_t
model_dests(const struct model *m)
{
	return m->n_dests;
}

bool
model_note_error(struct model *m, const struct msg_svc_key *svc,
		 const struct msg_dest_key *dest, int error)
{
	struct m_svc *s;
	struct m_dest *d;
	int *last;

	if (error == 0 && !m->has_errors)
		return false;
	m->has_errors = true;
	s = svc_find(m, svc);
	d = s != NULL && dest != NULL ? dest_find(s, dest) : NULL;
	if (s == NULL || (dest != NULL && d == NULL))
		return error != 0;
	last = dest != NULL ? &d->error : &s->error;
	if (*last == error)
		return false;
	*last = error;
	return error != 0;
}

int
model_error(const struct model *m, const struct msg_svc_key *svc,
	    const struct msg_dest_key *dest)
{
	const struct m_svc *s = m->has_errors ? svc_find(m, svc) : NULL;
	const struct m_dest *d;

	if (s == NULL || dest == NULL)
		return s != NULL ? s->error : 0;
	d = dest_find(s, dest);
	return d != NULL ? d->error : 0;
}

void
model_forget_errors(struct model *m)
{
	struct m_svc *s;
	struct m_dest *d;

	m->has_errors = false;
	for (s = m->svcs; s != NULL; s = s->hh.next) {
		s->error = 0;
		for (d = s->dests; d != NULL; d = d->hh.next)
			d->error = 0;
	}
}
