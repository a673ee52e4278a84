/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* All services and the change of configurations; see pools.h. */
#include "check/pools.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "check/drain.h"
#include "check/name.h"
#include "check/report.h"
#include "check/soft.h"
#include "check/table.h"
#include "lib/log.h"

void
pools_init(struct pools *p, struct probes *probes, const struct check_out *out)
{
	*p = (struct pools){.publish.out = out};
	p->env = (struct service_env){.probes = probes,
				      .publish = &p->publish,
				      .keys = &p->keys,
				      .ramps = &p->ramps,
				      .drains = &p->drains,
				      .locals = &p->locals,
				      .out = out,
				      .find_ops = checker_ops_find};
}

static void
free_all(struct service **head)
{
	struct service *s, *next;

	HASH_ITER (hh, *head, s, next) {
		HASH_DEL(*head, s);
		service_free(s);
	}
}

void
pools_fini(struct pools *p)
{
	free_all(&p->by_id);
	hints_fini(&p->hints);
	publish_fini(&p->publish);
	heap_fini(&p->ramps);
	heap_fini(&p->drains);
	locals_fini(&p->locals);
	assert(p->keys.head == NULL);
}

static struct service *
find(struct service *head, const char *id)
{
	struct service *s;

	HASH_FIND_STR(head, id, s);
	return s;
}

/*
 * Nothing that concerns it has changed, not a letter: it stays as it is, if
 * no service before it has come to claim what it has of the kernel.
 */
static bool
stays(struct pools *p, struct service *s, const struct virtual_server_conf *vs)
{
	if (s == NULL || !vs->obj.is_taken || vs->kind != VIRTUAL_SERVER_ADDR ||
	    s->n_svc != 1 || keymap_refs(p->env.claimed, &s->svc[0].key) > 0)
		return false;
	keymap_ref(p->env.claimed, &s->svc[0].key);
	s->conf = vs;
	return true;
}

static struct service *
make_all(struct pools *p, struct service **old, monotime_t now)
{
	struct service *head = NULL, *s, *was;
	struct keymap claimed = {0};
	char id[SERVICE_ID_LEN];

	p->env.claimed = &claimed;
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &p->env.conf->virtual_server) {
		if (find(head, service_id(vs, id)) != NULL) {
			log_warn("VS %s is configured twice, only the first "
				 "one counts",
				 vs->obj.name);
			continue;
		}
		was = find(*old, id);
		if (stays(p, was, vs)) {
			HASH_DEL(*old, was);
			HASH_ADD_STR(head, id, was);
			continue;
		}
		s = service_new(&p->env, vs, was, now);
		if (was == NULL)
			hints_apply(&p->hints, s, now);
		HASH_ADD_STR(head, id, s);
	}
	keymap_fini(&claimed);
	p->env.claimed = NULL;
	return head;
}

static void
sync_all(struct pools *p, monotime_t now)
{
	struct service *s, *next;

	publish_sync_begin(&p->publish, now);
	HASH_ITER (hh, p->by_id, s, next)
		table_sync(s);
	publish_sync_end(&p->publish);
}

static bool
has_suspenders(const struct pools *p)
{
	const struct service *s;

	for (s = p->by_id; s != NULL; s = s->hh.next)
		if (s->conf->ha_suspend)
			return true;
	return false;
}

void
pools_apply(struct pools *p, const struct check_conf *conf, monotime_t now)
{
	struct service *old = p->by_id, *s, *next;
	bool is_first = p->env.conf == NULL;
	/* The first of all is a description as it is. */
	bool is_described = is_first && p->is_peer_open;

	p->env.is_start = is_first;
	p->env.conf = conf;
	p->publish.now = now;
	p->by_id = make_all(p, &old, now);
	if (is_described)
		publish_sync_begin(&p->publish, now);
	HASH_ITER (hh, p->by_id, s, next)
		if (!s->is_settled) {
			service_start(s, find(old, s->id), now);
			s->is_settled = true;
		}
	HASH_ITER (hh, old, s, next)
		if (find(p->by_id, s->id) == NULL)
			service_stop(s);
	free_all(&old);
	hints_fini(&p->hints);
	if (!has_suspenders(p)) /* the supervisor has forgotten them, too */
		locals_fini(&p->locals);
	if (is_described)
		publish_sync_end(&p->publish);
	else if (p->is_peer_open && p->publish.needs_sync)
		sync_all(p, now);
}

void
pools_on_ipvs(struct pools *p, bool is_open, monotime_t now)
{
	p->is_peer_open = is_open;
	publish_close(&p->publish, now); /* also the one before this one */
	if (is_open && p->env.conf != NULL)
		sync_all(p, now);
}

void
pools_on_verdict(struct probe_user *u, monotime_t now)
{
	struct checker *c = (struct checker *)u;

	c->server->service->env->publish->now = now;
	service_on_verdict(c, now);
}

void
pools_name_user(const struct probe_user *u, char *buf, size_t size)
{
	const struct server *s = ((const struct checker *)u)->server;
	char name[SERVER_NAME_LEN];

	(void)snprintf(
		buf, size, "%s VS %s",
		server_name(&s->conf->addr, s->service->conf->protocol, name),
		s->service->name);
}

void
pools_on_local(struct pools *p, const struct addr *a, bool is_here,
	       monotime_t now)
{
	struct service *s, *next;

	if (!locals_set(&p->locals, a, is_here))
		return;
	HASH_ITER (hh, p->by_id, s, next)
		if (s->conf->ha_suspend)
			service_on_local(s, now);
}

void
pools_run(struct pools *p, monotime_t now)
{
	p->publish.now = now;
	soft_run(&p->ramps, service_on_ramp, now);
	drain_run(&p->drains, table_end_drain, now);
}

monotime_t
pools_next(const struct pools *p)
{
	return monotime_min(soft_next(&p->ramps), drain_next(&p->drains));
}

void
pools_stop(struct pools *p)
{
	struct service *s, *next;

	HASH_ITER (hh, p->by_id, s, next)
		if (s->conf->omega)
			report_omega(s);
}
