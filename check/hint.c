/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Reports of a predecessor; see hint.h. */
#include "check/hint.h"

#include <string.h>

#include "check/drain.h"
#include "lib/util.h"

#define DRAINS_MAX 65536

/* A service (address unset) or one of its servers. */
struct hint_key {
	char vs[MSG_VS_NAME_LEN];
	struct addr_port addr;
};

struct hint {
	UT_hash_handle hh;
	struct hint_key key;
	struct msg_rs_state server;
	struct msg_vs_state quorum;
};

struct hint_drain {
	struct hint_drain *next;
	struct msg_rs_drain m;
};

/* Hashed as bytes: what stands behind the name's NUL must not matter. */
static struct hint_key
make_key(const char *vs, const struct addr_port *addr)
{
	struct hint_key k;

	memset(&k, 0, sizeof(k));
	str_fill(k.vs, sizeof(k.vs), vs);
	k.addr.addr.family = addr->addr.family;
	memcpy(k.addr.addr.bytes, addr->addr.bytes, sizeof(addr->addr.bytes));
	k.addr.port = addr->port;
	return k;
}

static struct hint *
find(const struct hints *h, const struct hint_key *k)
{
	struct hint *e;

	HASH_FIND(hh, h->head, k, sizeof(*k), e);
	return e;
}

static struct hint *
find_or_add(struct hints *h, const struct hint_key *k)
{
	struct hint *e = find(h, k);

	if (e != NULL)
		return e;
	e = xcalloc(1, sizeof(*e));
	e->key = *k;
	HASH_ADD(hh, h->head, key, sizeof(e->key), e);
	return e;
}

void
hints_add_server(struct hints *h, const struct msg_rs_state *m)
{
	struct addr_port ap = {m->addr, m->port};
	struct hint_key k = make_key(m->vs, &ap);

	find_or_add(h, &k)->server = *m;
}

void
hints_add_quorum(struct hints *h, const struct msg_vs_state *m)
{
	struct addr_port none = {0};
	struct hint_key k = make_key(m->vs, &none);

	find_or_add(h, &k)->quorum = *m;
}

void
hints_add_drain(struct hints *h, const struct msg_rs_drain *m)
{
	struct hint_drain *d;

	if (h->n_drains >= DRAINS_MAX)
		return;
	d = xcalloc(1, sizeof(*d));
	d->m = *m;
	d->next = h->drain;
	h->drain = d;
	h->n_drains++;
}

static void
apply_drains(const struct hints *h, struct service *s, monotime_t now)
{
	if (!drain_is_on(s))
		return;
	for (const struct hint_drain *d = h->drain; d != NULL; d = d->next)
		if (d->m.protocol == s->conf->protocol &&
		    memcmp(d->m.vs, s->name, sizeof(d->m.vs)) == 0)
			drain_hint(s, &d->m, now);
}

void
hints_apply(const struct hints *h, struct service *s, monotime_t now)
{
	struct addr_port none = {0};
	struct hint_key k = make_key(s->name, &none);
	const struct hint *e = find(h, &k);

	if (e != NULL)
		service_hint_quorum(s, &e->quorum);
	apply_drains(h, s, now);
	for (uint32_t i = 0; i < s->n_servers; i++) {
		k = make_key(s->name, &s->server[i].conf->addr);
		e = find(h, &k);
		if (e != NULL)
			service_hint_server(s, &e->server);
	}
}

void
hints_fini(struct hints *h)
{
	struct hint *e, *next;

	HASH_ITER (hh, h->head, e, next) {
		HASH_DEL(h->head, e);
		free(e);
	}
	while (h->drain != NULL) {
		struct hint_drain *d = h->drain;

		h->drain = d->next;
		free(d);
	}
	h->n_drains = 0;
}
