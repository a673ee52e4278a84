/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Differences for the ipvs engine; see table.h. */
#include "check/table.h"

#include <string.h>

#include "check/drain.h"
#include "check/name.h"
#include "lib/log.h"
#include "lib/util.h"

enum { FEW = 16 };

/* ---- servers that are one to the kernel ---- */

struct seen {
	UT_hash_handle hh;
	struct addr addr;
};

/* Adds an address; whether it was there. */
static bool
see(struct seen **head, struct seen *e, const struct addr *a)
{
	struct seen *was;

	e->addr = *a;
	HASH_FIND(hh, *head, a, sizeof(*a), was);
	if (was == NULL)
		HASH_ADD(hh, *head, addr, sizeof(e->addr), e);
	return was != NULL;
}

/* The i-th server's, the sorry server's for n_servers. */
static const struct addr *
addr_of(const struct service *s, uint32_t i)
{
	return i < s->n_servers ? &s->server[i].conf->addr.addr
				: &s->conf->sorry_server.addr;
}

/* Each with each: without memory. */
static bool
has_shared_of_few(const struct service *s)
{
	for (uint32_t i = 1; i <= s->n_servers; i++)
		for (uint32_t j = 0; j < i; j++)
			if (addr_is_equal(addr_of(s, i), addr_of(s, j)))
				return true;
	return false;
}

static bool
has_shared_of_many(const struct service *s)
{
	struct seen *all = xcalloc(s->n_servers + 1, sizeof(*all));
	struct seen *head = NULL;
	bool is_shared = false;

	for (uint32_t i = 0; i <= s->n_servers; i++)
		if (see(&head, &all[i], addr_of(s, i)))
			is_shared = true;
	HASH_CLEAR(hh, head);
	free(all);
	return is_shared;
}

/* Does an address stand for more than one server, or for the sorry server? */
static bool
has_shared_address(const struct service *s)
{
	return s->n_servers <= FEW ? has_shared_of_few(s)
				   : has_shared_of_many(s);
}

/* The first server that is the same destination; i if there is none before. */
static uint32_t
first_of_dest(const struct service *s, uint32_t i)
{
	const struct real_server_conf *rs = s->server[i].conf;

	for (uint32_t j = 0; j < i; j++) {
		const struct real_server_conf *o = s->server[j].conf;

		if (desired_is_same_dest(s->conf, &rs->addr, &rs->lvs_method,
					 &o->addr, &o->lvs_method))
			return j;
	}
	return i;
}

void
table_find_twins(struct service *s, const struct service *old)
{
	const struct virtual_server_conf *vs = s->conf;
	char name[SERVER_NAME_LEN];

	s->has_twins = has_shared_address(s);
	if (!s->has_twins)
		return;
	for (uint32_t i = 0; i < s->n_servers; i++) {
		struct server *sv = &s->server[i];
		const struct real_server_conf *rs = sv->conf;

		sv->state.is_sorry = desired_is_same_dest(
			vs, &rs->addr, &rs->lvs_method, &vs->sorry_server,
			&vs->sorry_server_lvs_method);
		sv->state.first = first_of_dest(s, i);
		sv->state.is_twin = sv->state.first != i;
		if (sv->state.is_twin && old == NULL)
			log_warn("Service %s of VS %s is one destination with "
				 "a server before it: it has an entry while "
				 "that one does not serve",
				 server_name(&rs->addr, vs->protocol, name),
				 s->name);
	}
}

/* ---- what is wanted now ---- */

/* The servers' entries in order, then the sorry server's; to be freed. */
static struct dest_want *
want_all(const struct service *s)
{
	struct dest_want *want = xcalloc(s->n_servers + 1, sizeof(*want));
	struct server_state *state = xcalloc(s->n_servers + 1, sizeof(*state));

	for (uint32_t i = 0; i < s->n_servers; i++)
		state[i] = s->server[i].state;
	desired_table(s->conf, &s->pool, state, s->n_servers, want);
	free(state);
	return want;
}

static struct dest_want *
told_of(struct service *s, uint32_t i)
{
	return i < s->n_servers ? &s->server[i].told : &s->sorry_told;
}

/* Does any server want this destination? */
static bool
is_wanted(const struct service *s, const struct dest_want *want,
	  const struct msg_svc_key *key, const struct msg_dest_key *dest)
{
	struct msg_dest_key k;

	for (uint32_t i = 0; i <= s->n_servers; i++) {
		if (!want[i].is_present ||
		    !addr_is_equal(&want[i].addr.addr, &dest->addr))
			continue;
		k = desired_dest_key(key, &want[i]);
		if (memcmp(&k, dest, sizeof(k)) == 0)
			return true;
	}
	return false;
}

/* ---- differences ---- */

/*
 * What a service key hears, in this order: who begins to serve, all other
 * values, who leaves.  So there is somebody to serve at any time if there is
 * before and after.
 */
static bool
begins_to_serve(const struct msg_svc_key *key, const struct dest_want *told,
		const struct dest_want *want)
{
	if (!want->is_present || want->weight == 0)
		return false;
	return !told->is_present || told->weight == 0 ||
	       !desired_is_same_key(key, told, want);
}

static bool
leaves(const struct msg_svc_key *key, const struct dest_want *told,
       const struct dest_want *want)
{
	return told->is_present && !desired_is_same_key(key, told, want);
}

/* want: all that is wanted, of which one may be the same destination; NULL:
 * none is.  What drains stays, without weight. */
static void
tell_leave(struct service *s, const struct msg_svc_key *key,
	   const struct dest_want *told, const struct dest_want *want)
{
	struct msg_dest_key dest = desired_dest_key(key, told);
	const struct leaver *l;

	if (want != NULL && is_wanted(s, want, key, &dest))
		return;
	l = drain_find(s, key, &dest);
	if (l != NULL)
		publish_dest_set(s->env->publish, key, told, &l->want);
	else
		publish_dest_del(s->env->publish, &dest);
}

/* All that drains, to somebody who has none of it under this key. */
static void
tell_drains(struct service *s, const struct msg_svc_key *key,
	    const struct dest_want *want)
{
	static const struct dest_want none;
	const struct leaver *l;
	struct msg_dest_key dest;

	TAILQ_FOREACH (l, &s->leaving, link) {
		dest = desired_dest_key(key, &l->want);
		if (!is_wanted(s, want, key, &dest))
			publish_dest_set(s->env->publish, key, &none, &l->want);
	}
}

/* has_none: the kernel has nothing under this key yet. */
static void
tell_key(struct service *s, const struct msg_svc_key *key,
	 const struct dest_want *want, bool has_none)
{
	static const struct dest_want none;
	struct publish *p = s->env->publish;
	const struct dest_want *told;

	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i <= s->n_servers; i++) {
			told = has_none ? &none : told_of(s, i);
			if (begins_to_serve(key, told, &want[i]) == (pass == 0))
				publish_dest_set(p, key, told, &want[i]);
		}
	if (has_none) {
		tell_drains(s, key, want);
		return;
	}
	for (uint32_t i = 0; i <= s->n_servers; i++)
		if (leaves(key, told_of(s, i), &want[i]))
			tell_leave(s, key, told_of(s, i), want);
}

/* ---- who drains ---- */

/* Does somebody want this entry, whatever the key? */
static bool
is_wanted_everywhere(const struct service *s, const struct dest_want *want,
		     const struct dest_want *w)
{
	for (size_t k = 0; k < s->n_svc; k++) {
		struct msg_dest_key dest = desired_dest_key(&s->svc[k].key, w);

		if (!is_wanted(s, want, &s->svc[k].key, &dest))
			return false;
	}
	return true;
}

/* What was told and is not wanted any more begins to drain. */
static void
drain_if_left(struct service *s, const struct dest_want *told,
	      const struct dest_want *want)
{
	if (!is_wanted_everywhere(s, want, told))
		drain_begin(s, told, s->env->publish->now);
}

/* Before anybody is told: who comes back, who leaves. */
static void
settle_drains(struct service *s, const struct dest_want *want)
{
	struct leaver *l, *next;

	for (l = TAILQ_FIRST(&s->leaving); l != NULL; l = next) {
		next = TAILQ_NEXT(l, link);
		if (is_wanted_everywhere(s, want, &l->want))
			drain_end(l);
	}
	for (uint32_t i = 0; drain_is_on(s) && i <= s->n_servers; i++)
		if (told_of(s, i)->is_present &&
		    !dest_want_is_equal(told_of(s, i), &want[i]))
			drain_if_left(s, told_of(s, i), want);
}

void
table_update(struct service *s)
{
	struct dest_want *want = want_all(s);

	settle_drains(s, want);
	for (size_t k = 0; k < s->n_svc; k++)
		tell_key(s, &s->svc[k].key, want, false);
	for (uint32_t i = 0; i <= s->n_servers; i++)
		*told_of(s, i) = want[i];
	free(want);
}

/* Without twins no other entry is concerned. */
static void
drain_server(struct server *sv, const struct dest_want *want)
{
	struct service *s = sv->service;
	struct leaver *l;

	for (size_t k = 0; want->is_present && k < s->n_svc; k++) {
		struct msg_dest_key dest =
			desired_dest_key(&s->svc[k].key, want);

		l = drain_find(s, &s->svc[k].key, &dest);
		if (l != NULL)
			drain_end(l);
	}
	if (sv->told.is_present && !want->is_present)
		drain_begin(s, &sv->told, s->env->publish->now);
}

void
table_update_server(struct server *sv)
{
	struct service *s = sv->service;
	struct dest_want want;

	if (s->has_twins) {
		table_update(s);
		return;
	}
	want = desired_server(s->conf, sv->conf, &s->pool, &sv->state);
	if (drain_is_on(s))
		drain_server(sv, &want);
	for (size_t k = 0; k < s->n_svc; k++) {
		const struct msg_svc_key *key = &s->svc[k].key;

		publish_dest_set(s->env->publish, key, &sv->told, &want);
		if (leaves(key, &sv->told, &want))
			tell_leave(s, key, &sv->told, NULL);
	}
	sv->told = want;
}

/* ---- services as a whole ---- */

static const struct msg_svc *
svc_find(const struct service *s, const struct msg_svc_key *key, size_t likely)
{
	if (s == NULL)
		return NULL;
	for (size_t i = 0; i < s->n_svc; i++) {
		const struct msg_svc *m = &s->svc[(likely + i) % s->n_svc];

		if (memcmp(&m->key, key, sizeof(*key)) == 0)
			return m;
	}
	return NULL;
}

/* A key that another service has taken over must not be deleted behind its
 * back: then the whole table is told again. */
static void
drop_key(struct service *s, const struct msg_svc_key *key)
{
	if (keymap_refs(s->env->keys, key) > 1)
		s->env->publish->needs_sync = true;
	else
		publish_svc_del(s->env->publish, key);
}

/* Servers that the configuration no longer has leave this key. */
static void
drop_servers(struct service *s, const struct service *old,
	     const struct msg_svc_key *key, const struct dest_want *want)
{
	for (uint32_t i = 0; i < old->n_servers; i++) {
		const struct server *was = &old->server[i];

		if (was->told.is_present &&
		    service_find_server(s, &was->conf->addr, i) == NULL)
			tell_leave(s, key, &was->told, want);
	}
}

/* What drained by the old configuration and does not by this one. */
static void
drop_drains(struct service *s, const struct service *old,
	    const struct msg_svc_key *key, const struct dest_want *want)
{
	const struct leaver *l;
	struct msg_dest_key dest;

	TAILQ_FOREACH (l, &old->leaving, link) {
		dest = desired_dest_key(key, &l->want);
		if (drain_find(s, key, &dest) == NULL &&
		    !is_wanted(s, want, key, &dest))
			publish_dest_del(s->env->publish, &dest);
	}
}

/* Who drains after this reload: who did, and who leaves by it. */
static void
replace_drains(struct service *s, const struct service *old,
	       const struct dest_want *want)
{
	if (old != NULL)
		drain_inherit(s, old, s->env->publish->now);
	settle_drains(s, want);
	for (uint32_t i = 0; old != NULL && i < old->n_servers; i++)
		if (old->server[i].told.is_present && drain_is_on(s) &&
		    service_find_server(s, &old->server[i].conf->addr, i) ==
			    NULL)
			drain_if_left(s, &old->server[i].told, want);
}

void
table_replace(struct service *s, const struct service *old)
{
	struct dest_want *want = want_all(s);

	replace_drains(s, old, want);
	for (size_t k = 0; k < s->n_svc; k++) {
		const struct msg_svc *svc = &s->svc[k],
				     *was = svc_find(old, &svc->key, k);

		if (was == NULL || memcmp(was, svc, sizeof(*was)) != 0)
			publish_svc(s->env->publish, svc);
		tell_key(s, &svc->key, want, was == NULL);
		if (was != NULL) {
			drop_servers(s, old, &svc->key, want);
			drop_drains(s, old, &svc->key, want);
		}
	}
	for (uint32_t i = 0; i <= s->n_servers; i++)
		*told_of(s, i) = want[i];
	free(want);
	for (size_t k = 0; old != NULL && k < old->n_svc; k++)
		if (svc_find(s, &old->svc[k].key, k) == NULL)
			drop_key(s, &old->svc[k].key);
}

void
table_end_drain(struct leaver *l)
{
	struct service *s = l->service;
	struct dest_want *want = want_all(s);
	char name[SERVER_NAME_LEN];

	log_notice("Service %s of VS %s is drained, deleting it",
		   server_name(&l->want.addr, s->conf->protocol, name),
		   s->name);
	for (size_t k = 0; k < s->n_svc; k++) {
		const struct msg_svc_key *key = &s->svc[k].key;
		struct msg_dest_key dest = desired_dest_key(key, &l->want);

		if (!is_wanted(s, want, key, &dest))
			publish_dest_del(s->env->publish, &dest);
	}
	free(want);
	drain_end(l);
}

void
table_withdraw(struct service *s)
{
	for (size_t k = 0; k < s->n_svc; k++)
		drop_key(s, &s->svc[k].key);
}

void
table_sync(struct service *s)
{
	struct dest_want *want = want_all(s);

	for (size_t k = 0; k < s->n_svc; k++) {
		publish_svc(s->env->publish, &s->svc[k]);
		tell_key(s, &s->svc[k].key, want, true);
	}
	free(want);
}
