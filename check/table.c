/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Differences for the ipvs engine; see table.h. */
#include "check/table.h"

#include <string.h>

#include "check/name.h"
#include "lib/log.h"
#include "lib/util.h"

static struct dest_want
server_want(const struct server *sv)
{
	const struct service *s = sv->service;

	return desired_server(s->conf, sv->conf, &s->pool, &sv->state);
}

static struct dest_want
sorry_want(const struct service *s)
{
	bool is_shadowed = false;

	for (uint32_t i = 0; i < s->n_servers; i++)
		if (s->server[i].state.is_sorry &&
		    server_want(&s->server[i]).is_present)
			is_shadowed = true;
	return desired_sorry(s->conf, &s->pool, is_shadowed);
}

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

/* Does an address stand for more than one server, or for the sorry server? */
static bool
has_shared_address(const struct service *s)
{
	struct seen *all = xcalloc(s->n_servers + 1, sizeof(*all));
	struct seen *head = NULL;
	bool is_shared = see(&head, &all[0], &s->conf->sorry_server.addr);

	for (uint32_t i = 0; i < s->n_servers; i++)
		if (see(&head, &all[i + 1], &s->server[i].conf->addr.addr))
			is_shared = true;
	HASH_CLEAR(hh, head);
	free(all);
	return is_shared;
}

static bool
is_twin_of_earlier(const struct service *s, uint32_t i)
{
	const struct real_server_conf *rs = s->server[i].conf;

	for (uint32_t j = 0; j < i; j++) {
		const struct real_server_conf *o = s->server[j].conf;

		if (desired_is_same_dest(s->conf, &rs->addr, &rs->lvs_method,
					 &o->addr, &o->lvs_method))
			return true;
	}
	return false;
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
		sv->state.is_twin = is_twin_of_earlier(s, i);
		if (sv->state.is_twin && old == NULL)
			log_warn("Service %s of VS %s is one destination with "
				 "a server before it: it gets no entry of its "
				 "own",
				 server_name(&rs->addr, vs->protocol, name),
				 s->name);
	}
}

/* Does any server want this destination? */
static bool
is_wanted(const struct service *s, const struct msg_svc_key *key,
	  const struct msg_dest_key *dest)
{
	struct dest_want w;
	struct msg_dest_key k;

	for (uint32_t i = 0; i <= s->n_servers; i++) {
		bool is_sorry = i == s->n_servers;
		const struct addr_port *ap = is_sorry
						     ? &s->conf->sorry_server
						     : &s->server[i].conf->addr;

		if (!addr_is_equal(&ap->addr, &dest->addr))
			continue;
		w = is_sorry ? sorry_want(s) : server_want(&s->server[i]);
		if (!w.is_present)
			continue;
		k = desired_dest_key(key, &w);
		if (memcmp(&k, dest, sizeof(k)) == 0)
			return true;
	}
	return false;
}

/* ---- differences ---- */

static void
tell_set(struct service *s, const struct dest_want *told,
	 const struct dest_want *want)
{
	for (size_t k = 0; k < s->n_svc; k++)
		publish_dest_set(s->env->publish, &s->svc[k].key, told, want);
}

/* What was told and is not wanted here any more. */
static void
tell_del(struct service *s, const struct msg_svc_key *key,
	 const struct dest_want *told, bool may_be_shared)
{
	struct msg_dest_key dest;

	if (!told->is_present)
		return;
	dest = desired_dest_key(key, told);
	if (!may_be_shared || !is_wanted(s, key, &dest))
		publish_dest_del(s->env->publish, &dest);
}

static void
settle(struct service *s, struct dest_want *told, const struct dest_want *want,
       bool may_be_shared)
{
	for (size_t k = 0; k < s->n_svc; k++) {
		const struct msg_svc_key *key = &s->svc[k].key;

		if (!want->is_present || !desired_is_same_key(key, told, want))
			tell_del(s, key, told, may_be_shared);
	}
	*told = *want;
}

/* Additions of the whole pool, then removals. */
static void
update(struct service *s, bool may_be_shared)
{
	struct dest_want want, sorry = sorry_want(s);

	tell_set(s, &s->sorry_told, &sorry);
	for (uint32_t i = 0; i < s->n_servers; i++) {
		want = server_want(&s->server[i]);
		tell_set(s, &s->server[i].told, &want);
	}
	settle(s, &s->sorry_told, &sorry, may_be_shared);
	for (uint32_t i = 0; i < s->n_servers; i++) {
		want = server_want(&s->server[i]);
		settle(s, &s->server[i].told, &want, may_be_shared);
	}
}

void
table_update(struct service *s)
{
	update(s, s->has_twins);
}

void
table_update_server(struct server *sv)
{
	struct dest_want want = server_want(sv);

	tell_set(sv->service, &sv->told, &want);
	settle(sv->service, &sv->told, &want, sv->service->has_twins);
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

/* A service key that the kernel does not have yet gets the whole pool. */
static void
fill_key(struct service *s, const struct msg_svc_key *key)
{
	static const struct dest_want none;
	struct dest_want want = sorry_want(s);

	publish_dest_set(s->env->publish, key, &none, &want);
	for (uint32_t i = 0; i < s->n_servers; i++) {
		want = server_want(&s->server[i]);
		publish_dest_set(s->env->publish, key, &none, &want);
	}
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

static void
drop_servers(struct service *s, const struct service *old)
{
	for (uint32_t i = 0; i < old->n_servers; i++) {
		const struct server *was = &old->server[i];

		if (service_find_server(s, &was->conf->addr, i) != NULL)
			continue;
		for (size_t k = 0; k < old->n_svc; k++)
			if (svc_find(s, &old->svc[k].key, k) != NULL)
				tell_del(s, &old->svc[k].key, &was->told, true);
	}
	for (size_t k = 0; k < old->n_svc; k++)
		if (svc_find(s, &old->svc[k].key, k) == NULL)
			drop_key(s, &old->svc[k].key);
}

void
table_replace(struct service *s, const struct service *old)
{
	for (size_t k = 0; k < s->n_svc; k++) {
		const struct msg_svc *was = svc_find(old, &s->svc[k].key, k);

		if (was == NULL || memcmp(was, &s->svc[k], sizeof(*was)) != 0)
			publish_svc(s->env->publish, &s->svc[k]);
		if (was == NULL && old != NULL)
			fill_key(s, &s->svc[k].key);
	}
	update(s, old != NULL);
	if (old != NULL)
		drop_servers(s, old);
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
	for (size_t k = 0; k < s->n_svc; k++) {
		publish_svc(s->env->publish, &s->svc[k]);
		fill_key(s, &s->svc[k].key);
	}
}
