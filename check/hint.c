/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Reports of a predecessor; see hint.h. */
#include "check/hint.h"

#include <string.h>

#include "lib/util.h"

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
hints_apply(const struct hints *h, struct service *s)
{
	struct addr_port none = {0};
	struct hint_key k = make_key(s->name, &none);
	const struct hint *e = find(h, &k);

	if (e != NULL)
		service_hint_quorum(s, &e->quorum);
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
}
