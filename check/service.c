/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Making services and following verdicts; see service.h. */
#include "check/service.h"

#include <stdio.h>
#include <string.h>

#include "check/drain.h"
#include "check/local.h"
#include "check/name.h"
#include "check/quorum.h"
#include "check/report.h"
#include "check/soft.h"
#include "check/table.h"
#include "lib/put.h"
#include "lib/util.h"

const char *
service_id(const struct virtual_server_conf *vs,
	   char buf[static SERVICE_ID_LEN])
{
	char name[MSG_VS_NAME_LEN], *p = put_str(buf, service_name(vs, name));

	p = put_str(p, "/");
	p = put_u64(p, vs->protocol);
	p = put_str(p, "/");
	/* A mark is another service in each family. */
	(void)put_u64(p, vs->kind == VIRTUAL_SERVER_FWMARK ? vs->family : 0);
	return buf;
}

uint64_t
service_alive_weight(const struct service *s)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->n_servers; i++)
		if (s->server[i].state.is_alive || s->server[i].state.is_kept)
			sum += s->server[i].state.weight;
	return sum;
}

uint32_t
service_alive_count(const struct service *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_servers; i++)
		n += s->server[i].state.is_alive;
	return n;
}

/* ---- making ---- */

static uint32_t
count(const struct conf_list *l)
{
	uint32_t n = 0;

	CONF_FOREACH (const struct conf_obj, o, l)
		n++;
	return n;
}

static bool
has_failed_checker(const struct server *s)
{
	for (uint32_t i = 0; i < s->n_checkers; i++)
		if (s->checker[i].is_failed)
			return true;
	return false;
}

const struct server *
service_find_server(const struct service *s, const struct addr_port *ap,
		    uint32_t likely)
{
	if (s == NULL)
		return NULL;
	for (uint32_t i = 0; i < s->n_servers; i++) {
		/* From the same place on: usually the first try. */
		const struct server *sv =
			&s->server[(likely + i) % s->n_servers];

		if (sv->conf->addr.port == ap->port &&
		    addr_is_equal(&sv->conf->addr.addr, &ap->addr))
			return sv;
	}
	return NULL;
}

/* The checker of the old server that this one continues: with the same probe,
 * else the one of the same type in the same place. */
static const struct checker *
checker_find(const struct server *old, const struct checker *c, uint32_t i)
{
	if (old == NULL)
		return NULL;
	for (uint32_t j = 0; j < old->n_checkers; j++)
		if (c->user.probe != NULL &&
		    old->checker[j].user.probe == c->user.probe)
			return &old->checker[j];
	if (i < old->n_checkers && old->checker[i].conf->type == c->conf->type)
		return &old->checker[i];
	return NULL;
}

/* Not only assumed to be up. */
static bool
was_seen_up(const struct checker *c)
{
	return c->user.probe != NULL &&
	       (c->user.probe->health.state == HEALTH_UP ||
		c->user.probe->health.is_presumed_up);
}

static bool
was_seen_down(const struct checker *c)
{
	return c->user.probe != NULL &&
	       (c->user.probe->health.state == HEALTH_DOWN ||
		c->user.probe->health.is_presumed_down);
}

/* A probe with other parameters goes on with what the old one said. */
static void
value_take(struct probe *p, const struct probe *old)
{
	if (old == NULL || old->ops != p->ops || !old->has_value ||
	    p->has_value)
		return;
	p->has_value = true;
	p->value = old->value;
}

static void
checker_init(struct checker *c, struct server *s,
	     const struct checker_conf *conf, const struct server *old,
	     monotime_t now)
{
	struct service_env *env = s->service->env;
	const struct checker_ops *ops = env->find_ops(conf->type);
	const struct checker *was;

	c->server = s;
	c->conf = conf;
	if (ops == NULL)
		return; /* pending: counts as passed, said once at start */
	probes_join(env->probes, &c->user, ops, conf, now);
	if (env->conf->global.checker_log_all_failures)
		c->user.logs_all = true;
	switch (c->user.probe->health.state) {
	case HEALTH_UP:
		c->is_failed = false;
		return;
	case HEALTH_DOWN:
		c->is_failed = true;
		return;
	case HEALTH_UNCHECKED:
		was = checker_find(old, c, (uint32_t)(c - s->checker));
		c->is_failed = was != NULL ? was->is_failed : conf->alpha;
		if (was != NULL && was_seen_up(was))
			c->user.probe->health.is_presumed_up = true;
		else if (was != NULL && was_seen_down(was))
			c->user.probe->health.is_presumed_down = true;
		/* As with keepalived: at start the first failure is enough;
		 * who comes by a reload has its retries. */
		if (was == NULL && !conf->alpha && !env->is_start)
			c->user.probe->health.is_presumed_up = true;
		if (was != NULL)
			value_take(c->user.probe, was->user.probe);
		return;
	}
}

/* ---- weights ---- */

/* The weight by what the checkers have said; as long as one that may speak of
 * it has not, the predecessor's counts. */
static uint32_t
server_weight(const struct server *s)
{
	struct weight w = weight_init(s->conf->weight);

	for (uint32_t i = 0; i < s->n_checkers; i++) {
		const struct probe *p = s->checker[i].user.probe;

		if (p == NULL || p->ops->weighs == WEIGHT_NONE)
			continue;
		if (p->has_value)
			weight_add(&w, p->ops->weighs, p->value);
		else if (s->has_hinted_weight &&
			 p->health.state == HEALTH_UNCHECKED)
			return s->hinted_weight;
	}
	return weight_result(&w);
}

/* True if it is another one now, which is logged. */
static bool
server_weigh(struct server *s)
{
	uint32_t old = s->state.weight;

	s->state.weight = server_weight(s);
	if (s->state.weight == old)
		return false;
	report_weight_line(s, old);
	return true;
}

static void
server_init(struct server *s, const struct real_server_conf *rs,
	    const struct server *old, monotime_t now)
{
	uint32_t i = 0;

	s->conf = rs;
	s->since = now;
	CHECKERS_FOREACH (c, rs)
		s->n_checkers++;
	if (s->n_checkers > 0)
		s->checker = xcalloc(s->n_checkers, sizeof(*s->checker));
	CHECKERS_FOREACH (c, rs)
		checker_init(&s->checker[i++], s, c, old, now);
	if (old != NULL && old->conf->weight == rs->weight) {
		s->hinted_weight = old->hinted_weight;
		s->has_hinted_weight = old->has_hinted_weight;
	}
	s->state.weight = server_weight(s);
	s->state.is_alive = !has_failed_checker(s);
	/* By a reload it comes in silence, as with keepalived. */
	s->is_starting = !s->state.is_alive && s->service->env->is_start;
	if (old == NULL)
		return;
	s->told = old->told;
	s->reported = old->reported;
	if (old->state.weight != s->state.weight)
		report_weight_line(s, old->state.weight);
	s->is_starting = old->is_starting && !s->state.is_alive;
	s->was_up = old->was_up;
	s->is_ramping = old->is_ramping && s->state.is_alive;
	s->recovered = old->recovered;
	if (s->state.is_alive == old->state.is_alive)
		s->since = old->since;
}

/* ---- ha_suspend ---- */

static void
set_suspended(struct service *s, bool is_suspended, monotime_t now)
{
	s->is_suspended = is_suspended;
	for (uint32_t i = 0; i < s->n_servers; i++)
		for (uint32_t j = 0; j < s->server[i].n_checkers; j++)
			if (is_suspended)
				probes_sleep(&s->server[i].checker[j].user);
			else
				probes_wake(&s->server[i].checker[j].user, now);
}

static bool
shall_sleep(const struct service *s)
{
	return s->conf->ha_suspend && !locals_has_service(s->env->locals, s);
}

/* A new service: its checkers have just joined, awake. */
static void
suspend(struct service *s, const struct service *old, monotime_t now)
{
	bool was_suspended = old != NULL && old->is_suspended;

	if (shall_sleep(s))
		set_suspended(s, true, now);
	if (s->is_suspended != was_suspended)
		report_suspended_lines(s, true);
}

void
service_on_local(struct service *s, monotime_t now)
{
	if (shall_sleep(s) == s->is_suspended)
		return;
	set_suspended(s, !s->is_suspended, now);
	report_suspended_lines(s, false);
}

/* ---- whole services ---- */

/* Its services in the kernel: of two virtual servers that resolve to the same
 * one, the first of the file has it (conf_twins.c has said so). */
static void
claim_keys(struct service *s)
{
	struct service_env *env = s->env;
	size_t n = desired_keys(env->conf, s->conf, NULL, 0);
	struct msg_svc_key *keys = xcalloc(n, sizeof(*keys));

	s->svc = xcalloc(n, sizeof(*s->svc));
	(void)desired_keys(env->conf, s->conf, keys, n);
	for (size_t k = 0; k < n; k++) {
		if (keymap_refs(env->claimed, &keys[k]) > 0)
			continue;
		s->svc[s->n_svc++] = desired_svc(s->conf, &keys[k]);
		keymap_ref(env->claimed, &keys[k]);
		keymap_ref(env->keys, &keys[k]);
	}
	free(keys);
}

struct service *
service_new(struct service_env *env, const struct virtual_server_conf *vs,
	    const struct service *old, monotime_t now)
{
	struct service *s = xcalloc(1, sizeof(*s));
	uint32_t i = 0;

	s->env = env;
	s->conf = vs;
	TAILQ_INIT(&s->leaving);
	(void)service_id(vs, s->id);
	(void)service_name(vs, s->name);
	claim_keys(s);
	s->quorum_since = now;
	s->n_servers = count(&vs->real_server);
	s->server = xcalloc(s->n_servers, sizeof(*s->server));
	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server) {
		s->server[i].service = s;
		server_init(&s->server[i], rs,
			    service_find_server(old, &rs->addr, i), now);
		i++;
	}
	table_find_twins(s, old);
	suspend(s, old, now);
	if (old == NULL)
		return s;
	s->pool = old->pool;
	s->sorry_told = old->sorry_told;
	s->is_reported = old->is_reported;
	s->had_quorum = old->had_quorum;
	s->quorum_since = old->quorum_since;
	return s;
}

void
service_free(struct service *s)
{
	if (s == NULL)
		return;
	soft_stop(s);
	drain_end_all(s, false);
	for (uint32_t i = 0; i < s->n_servers; i++) {
		for (uint32_t j = 0; j < s->server[i].n_checkers; j++)
			probes_leave(&s->server[i].checker[j].user);
		free(s->server[i].checker);
	}
	for (size_t k = 0; k < s->n_svc; k++)
		keymap_unref(s->env->keys, &s->svc[k].key);
	free(s->server);
	free(s->svc);
	free(s);
}

/* ---- hints ---- */

void
service_hint_server(struct service *s, const struct msg_rs_state *h)
{
	struct addr_port ap = {h->addr, h->port};
	struct server *sv = (struct server *)service_find_server(s, &ap, 0);

	if (sv == NULL)
		return;
	for (uint32_t i = 0; i < sv->n_checkers && i < 64; i++) {
		struct checker *c = &sv->checker[i];

		if (c->user.probe == NULL ||
		    c->user.probe->health.state != HEALTH_UNCHECKED)
			continue;
		c->is_failed = (h->failed >> i) & 1;
		if (!c->is_failed)
			c->user.probe->health.is_presumed_up = true;
		else
			c->user.probe->health.is_presumed_down = true;
	}
	sv->state.is_alive = !has_failed_checker(sv);
	sv->is_starting = false;
	sv->was_up = h->was_up != 0;
	if (h->since > 0 && h->since < sv->since.ns)
		sv->since.ns = h->since;
	sv->has_hinted_weight = h->is_alive != 0;
	sv->hinted_weight = h->weight;
	sv->state.weight = server_weight(sv);
	sv->reported = (struct server_report){.failed = h->failed,
					      .weight = h->weight,
					      .is_alive = h->is_alive != 0,
					      .was_up = h->was_up != 0,
					      .is_made = true};
}

void
service_hint_quorum(struct service *s, const struct msg_vs_state *h)
{
	s->pool.has_quorum = h->has_quorum != 0;
	s->is_reported = true;
	s->had_quorum = s->pool.has_quorum;
}

/* ---- following ---- */

/* True if quorum changed. */
static bool
settle_quorum(struct service *s, monotime_t now)
{
	const struct virtual_server_conf *c = s->conf;
	uint64_t weight = service_alive_weight(s);
	bool had = s->pool.has_quorum;

	s->pool.has_quorum = quorum_step(c->quorum, c->hysteresis, had, weight);
	if (s->pool.has_quorum == had)
		return false;
	s->quorum_since = now;
	report_quorum_line(s, weight);
	return true;
}

/* Takes the verdict of a checker; false if it says what was assumed. */
static bool
take_verdict(struct checker *c)
{
	const struct health *h = &c->user.probe->health;
	bool is_failed = h->state == HEALTH_UNCHECKED ? c->is_failed
						      : h->state == HEALTH_DOWN;

	if (c->is_failed == is_failed && !c->server->is_starting)
		return false;
	c->is_failed = is_failed;
	c->server->state.is_alive = !has_failed_checker(c->server);
	return true;
}

void
service_on_verdict(struct checker *c, monotime_t now)
{
	struct server *sv = c->server;
	struct service *s = sv->service;
	bool was_alive = sv->state.is_alive, was_panic = s->pool.is_panic;
	bool was_starting = sv->is_starting;
	bool is_judged, is_reweighed, is_known, is_changed, is_wide = false;
	bool is_news;

	is_reweighed = server_weigh(sv);
	is_judged = take_verdict(c);
	is_known = soft_note_up(sv);
	if (!is_judged && !is_reweighed && !is_known)
		return;
	is_changed = sv->state.is_alive != was_alive;
	/* That a server of alpha mode is down indeed is news as well. */
	is_news = is_changed || (sv->is_starting && c->is_failed);
	sv->is_starting = sv->is_starting && !is_news;
	if (is_changed)
		sv->since = now;
	if (is_changed || is_known)
		is_wide = soft_follow(
			sv, is_changed && !was_alive && !was_starting, now);
	if (is_changed)
		report_server_line(sv, c);
	if (s->pool.is_panic != was_panic)
		report_panic_line(s);
	if (is_changed || is_reweighed || is_wide) {
		if (settle_quorum(s, now) || s->has_twins || is_wide)
			table_update(s);
		else
			table_update_server(sv);
	}
	report_server(sv, is_news);
	report_quorum(s);
}

void
service_on_ramp(struct server *sv)
{
	table_update_server(sv);
}

/* ---- start, stop, sync ---- */

static void
report_dropped(const struct service *s, const struct service *old)
{
	for (uint32_t i = 0; i < old->n_servers; i++)
		if (service_find_server(s, &old->server[i].conf->addr, i) ==
		    NULL)
			report_server_gone(&old->server[i]);
}

/* A verdict of the predecessor's that it had no time to tell. */
static bool
is_unheard(const struct server *s)
{
	return s->reported.is_made && s->reported.is_alive != s->state.is_alive;
}

void
service_start(struct service *s, const struct service *old, monotime_t now)
{
	bool was_panic = s->pool.is_panic;

	soft_start(s, now);
	if (s->pool.is_panic != was_panic)
		report_panic_line(s);
	if (!settle_quorum(s, now) && !s->is_reported && !s->pool.has_quorum)
		report_quorum_line(s, service_alive_weight(s));
	table_replace(s, old);
	if (old != NULL)
		report_dropped(s, old);
	for (uint32_t i = 0; i < s->n_servers; i++)
		report_server(&s->server[i],
			      old == NULL && is_unheard(&s->server[i]));
	report_quorum(s);
}

void
service_stop(struct service *s)
{
	table_withdraw(s);
	drain_end_all(s, true);
	for (uint32_t i = 0; i < s->n_servers; i++)
		report_server_gone(&s->server[i]);
}
