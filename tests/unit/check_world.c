/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The check engine's test world; see check_world.h. */
#include "tests/unit/check_world.h"

#include <assert.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"

/* ---- the dialler ---- */

static struct world *
world_of(const struct probe *p)
{
	return (struct world *)((char *)p->probes -
				offsetof(struct world, probes));
}

static void
answer(struct probe *p, monotime_t now)
{
	struct world *w = world_of(p);
	uint8_t host = p->key.connect.addr.bytes[3];
	struct check_result r = {.reason = w->answer[host],
				 .has_value = w->weight[host] >= 0,
				 .value = w->weight[host]};

	if (r.reason != REASON_COUNT)
		probe_result(p, &r, now);
}

static void
dial_start(struct probe *p, monotime_t now)
{
	struct world *w = world_of(p);

	w->dials[p->key.connect.addr.bytes[3]]++;
	if (p->key.terms->params.fwmark != 0)
		probe_want_sock(p, SOCK_STREAM, 0);
	else if (w->answer_time == 0)
		answer(p, now);
}

static void
dial_io(struct probe *p, int what, monotime_t now)
{
	(void)what;
	answer(p, now);
}

static void
dial_sock(struct probe *p, int fd, monotime_t now)
{
	p->fd = fd;
	answer(p, now);
}

static void
dial_stop(struct probe *p)
{
	util_close_p(&p->fd);
	p->fd = -1;
}

static const struct checker_ops dial_ops = {
	.type = CHECKER_TCP,
	.name = "TCP_CHECK",
	.label = "TCP connection to",
	.protocol = IPPROTO_TCP,
	.weighs = WEIGHT_ABSOLUTE,
	.start = dial_start,
	.io = dial_io,
	.on_sock = dial_sock,
	.stop = dial_stop,
};

static const struct checker_ops *
find_ops(enum checker_type type)
{
	return type == CHECKER_TCP ? &dial_ops : NULL;
}

/* ---- the recorder ---- */

static struct world_dest *
dest_find(struct world *w, const struct msg_dest_key *k)
{
	for (uint32_t i = 0; i < w->n_dests; i++)
		if (memcmp(&w->dest[i].m.key, k, sizeof(*k)) == 0)
			return &w->dest[i];
	return NULL;
}

static uint64_t
svc_weight(const struct world *w, const struct msg_svc_key *k)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < w->n_dests; i++)
		if (w->dest[i].is_there &&
		    memcmp(&w->dest[i].m.key.svc, k, sizeof(*k)) == 0)
			sum += w->dest[i].m.weight;
	return sum;
}

static void
on_dest_set(struct world *w, const struct msg_dest *m)
{
	struct world_dest *d = dest_find(w, &m->key);

	if (d == NULL) {
		assert(w->n_dests < WORLD_DESTS_MAX);
		d = &w->dest[w->n_dests++];
	}
	d->m = *m;
	d->is_there = true;
}

static void
on_dest_del(struct world *w, const struct msg_dest_key *k)
{
	struct world_dest *d = dest_find(w, k);
	uint64_t before = svc_weight(w, &k->svc);

	assert(d != NULL && d->is_there);
	d->is_there = false;
	if (before > 0 && svc_weight(w, &k->svc) == 0)
		w->emptied++;
}

static struct world_svc *
svc_find(struct world *w, const struct msg_svc_key *k)
{
	for (uint32_t i = 0; i < w->n_svcs; i++)
		if (memcmp(&w->svc[i].m.key, k, sizeof(*k)) == 0)
			return &w->svc[i];
	return NULL;
}

static void
on_svc_set(struct world *w, const struct msg_svc *m)
{
	struct world_svc *s = svc_find(w, &m->key);

	if (s == NULL) {
		assert(w->n_svcs < WORLD_SVCS_MAX);
		s = &w->svc[w->n_svcs++];
	}
	s->m = *m;
	s->is_there = true;
}

static void
on_svc_del(struct world *w, const struct msg_svc_key *k)
{
	struct world_svc *s = svc_find(w, k);

	/* Within a full description: of what a predecessor left. */
	w->n_left_dels += w->is_syncing;
	assert(w->is_syncing ? s == NULL : s != NULL && s->is_there);
	if (s == NULL)
		return;
	s->is_there = false;
	for (uint32_t i = 0; i < w->n_dests; i++)
		if (memcmp(&w->dest[i].m.key.svc, k, sizeof(*k)) == 0)
			w->dest[i].is_there = false;
}

static void
on_rs(struct world *w, const struct msg_rs_state *m)
{
	w->last_rs = *m;
	if (w->n_rs < ARRAY_LEN(w->rs))
		w->rs[w->n_rs++] = *m;
}

static bool
is_same_drain(const struct msg_rs_drain *a, const struct msg_rs_drain *b)
{
	return memcmp(a->vs, b->vs, sizeof(a->vs)) == 0 &&
	       memcmp(&a->addr, &b->addr, sizeof(a->addr)) == 0 &&
	       a->port == b->port && a->protocol == b->protocol &&
	       a->fwd_method == b->fwd_method;
}

static void
on_drain(struct world *w, const struct msg_rs_drain *m)
{
	uint32_t i = 0;

	while (i < w->n_drains && !is_same_drain(&w->drain[i], m))
		i++;
	if (m->is_over) {
		assert(i < w->n_drains);
		w->drain[i] = w->drain[--w->n_drains];
		return;
	}
	assert(i < ARRAY_LEN(w->drain));
	w->n_drains += i == w->n_drains;
	w->drain[i] = *m;
}

static void
on_send(void *arg, enum proc_id to, enum msg_type type, const void *data)
{
	struct world *w = arg;

	assert(msg_is_permitted(msg_row_find(type), PROC_CHECK, to));
	w->n_msg[type]++;
	if (type == MSG_SYNC_BEGIN || type == MSG_SYNC_END)
		w->is_syncing = type == MSG_SYNC_BEGIN;
	if (type == MSG_SYNC_BEGIN)
		w->n_dests = w->n_svcs = 0;
	else if (type == MSG_SVC_SET)
		on_svc_set(w, data);
	else if (type == MSG_DEST_SET)
		on_dest_set(w, data);
	else if (type == MSG_DEST_DEL)
		on_dest_del(w, data);
	else if (type == MSG_SVC_DEL)
		on_svc_del(w, data);
	else if (type == MSG_RS_STATE)
		on_rs(w, data);
	else if (type == MSG_RS_DRAIN)
		on_drain(w, data);
	else if (type == MSG_VS_STATE)
		w->last_vs = *(const struct msg_vs_state *)data;
	if (to == PROC_IPVS && w->on_ipvs != NULL)
		w->on_ipvs(w, type);
}

/* Is everything that is there in a there in b, too, with the same values? */
static bool
is_within(const struct world *a, struct world *b)
{
	for (uint32_t i = 0; i < a->n_svcs; i++) {
		const struct world_svc *s;

		if (!a->svc[i].is_there)
			continue;
		s = svc_find(b, &a->svc[i].m.key);
		if (s == NULL || !s->is_there ||
		    memcmp(&s->m, &a->svc[i].m, sizeof(s->m)) != 0)
			return false;
	}
	for (uint32_t i = 0; i < a->n_dests; i++) {
		const struct world_dest *d;

		if (!a->dest[i].is_there)
			continue;
		d = dest_find(b, &a->dest[i].m.key);
		if (d == NULL || !d->is_there ||
		    memcmp(&d->m, &a->dest[i].m, sizeof(d->m)) != 0)
			return false;
	}
	return true;
}

bool
world_table_is_true(struct world *w)
{
	struct world *grown = xcalloc(1, sizeof(*grown));
	bool is_true;

	memcpy(grown->svc, w->svc, w->n_svcs * sizeof(w->svc[0]));
	grown->n_svcs = w->n_svcs;
	memcpy(grown->dest, w->dest, w->n_dests * sizeof(w->dest[0]));
	grown->n_dests = w->n_dests;
	pools_on_ipvs(&w->pools, false, w->now);
	pools_on_ipvs(&w->pools, true, w->now);
	is_true = is_within(grown, w) && is_within(w, grown);
	free(grown);
	return is_true;
}

uint32_t
world_ipvs_msgs(const struct world *w)
{
	return w->n_msg[MSG_SYNC_BEGIN] + w->n_msg[MSG_SVC_SET] +
	       w->n_msg[MSG_SVC_DEL] + w->n_msg[MSG_DEST_SET] +
	       w->n_msg[MSG_DEST_DEL] + w->n_msg[MSG_SYNC_END];
}

const struct msg_dest *
world_dest(const struct world *w, uint8_t svc, uint8_t rs)
{
	for (uint32_t i = 0; i < w->n_dests; i++) {
		const struct world_dest *d = &w->dest[i];

		if (d->is_there && d->m.key.svc.addr.bytes[3] == svc &&
		    d->m.key.addr.bytes[3] == rs)
			return &d->m;
	}
	return NULL;
}

/* ---- life ---- */

static void
on_verdict(void *arg, struct probe_user *u, monotime_t now)
{
	(void)arg;
	pools_on_verdict(u, now);
}

static const struct probes_ops callbacks = {.on_verdict = on_verdict};

static void
engine_new(struct world *w)
{
	probes_init(&w->probes, NULL, 1000, &w->out, &callbacks, w);
	pools_init(&w->pools, &w->probes, &w->out);
	w->pools.env.find_ops = find_ops;
}

struct world *
world_new(void)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->now = (monotime_t){SEC(1000)};
	w->out = (struct check_out){on_send, w};
	memset(w->weight, -1, sizeof(w->weight));
	w->arena = arena_new();
	engine_new(w);
	return w;
}

void
world_verdict(struct world *w, uint8_t host, bool is_up)
{
	enum health_state state = is_up ? HEALTH_UP : HEALTH_DOWN;
	struct probe *p, *next;
	struct probe_user *u;

	HASH_ITER (hh, w->probes.by_key, p, next) {
		if (p->key.connect.addr.bytes[3] != host ||
		    p->health.state == state)
			continue;
		p->health.state = state;
		p->health.is_presumed_up = false;
		p->health.is_presumed_down = false;
		p->health.since = w->now;
		TAILQ_FOREACH (u, &p->users, link)
			pools_on_verdict(u, w->now);
	}
}

/* As the supervisor: the last reports as hints. */
static void
hint(struct hints *h, const struct service *s)
{
	struct msg_vs_state vs = {.has_quorum = s->had_quorum};

	memcpy(vs.vs, s->name, sizeof(vs.vs));
	hints_add_quorum(h, &vs);
	for (uint32_t i = 0; i < s->n_servers; i++) {
		const struct server *sv = &s->server[i];
		struct msg_rs_state m = {.addr = sv->conf->addr.addr,
					 .port = sv->conf->addr.port,
					 .is_alive = sv->reported.is_alive,
					 .weight = sv->reported.weight,
					 .failed = sv->reported.failed,
					 .was_up = sv->was_up,
					 .since = sv->since.ns};

		memcpy(m.vs, s->name, sizeof(m.vs));
		hints_add_server(h, &m);
	}
}

void
world_respawn(struct world *w, const struct check_conf *c)
{
	bool is_open = w->pools.is_peer_open;
	struct hints hints = {0};
	const struct service *s;

	for (s = w->pools.by_id; s != NULL; s = s->hh.next)
		hint(&hints, s);
	for (uint32_t i = 0; i < w->n_drains; i++)
		hints_add_drain(&hints, &w->drain[i]);
	pools_fini(&w->pools);
	probes_fini(&w->probes);
	engine_new(w);
	w->pools.hints = hints;
	pools_on_ipvs(&w->pools, is_open, w->now);
	pools_apply(&w->pools, c, w->now);
}

void
world_free(struct world *w)
{
	pools_fini(&w->pools);
	probes_fini(&w->probes);
	arena_free(w->arena);
	free(w);
}

/* Attempts whose answer is due. */
static void
deliver(struct world *w)
{
	struct probe *p, *next;

	if (w->answer_time == 0)
		return;
	HASH_ITER (hh, w->probes.by_key, p, next)
		if (p->phase == PROBE_RUNNING && !p->is_sock_wanted &&
		    monotime_sub(w->now, p->started) >= w->answer_time)
			p->ops->io(p, EVENT_WRITE, w->now);
}

void
world_run(struct world *w, nsec_t d)
{
	monotime_t end = monotime_add(w->now, d), at;

	for (;;) {
		probes_run(&w->probes, w->now);
		deliver(w);
		at = probes_next(&w->probes);
		if (w->answer_time != 0 && w->probes.running > 0)
			at = monotime_min(at, monotime_add(w->now, MSEC(1)));
		if (!monotime_before(at, end))
			break;
		if (monotime_before(w->now, at))
			w->now = at;
	}
	w->now = end;
}

/* ---- configurations ---- */

struct check_conf *
world_conf(struct world *w)
{
	struct check_conf *c = arena_alloc(w->arena, sizeof(*c));

	STAILQ_INIT(&c->virtual_server);
	STAILQ_INIT(&c->virtual_server_group);
	return c;
}

static struct addr_port
address(uint8_t net, uint8_t host)
{
	return (struct addr_port){
		.addr = {.family = AF_INET, .bytes = {10, 0, net, host}},
		.port = 80};
}

struct virtual_server_conf *
world_vs(struct world *w, struct check_conf *c, uint16_t vs)
{
	struct virtual_server_conf *v = arena_alloc(w->arena, sizeof(*v));

	v->obj.name = arena_printf(w->arena, "VS %u", vs);
	v->addr = address(0, (uint8_t)vs);
	v->addr.addr.bytes[1] = (uint8_t)(vs >> 8);
	v->protocol = IPPROTO_TCP;
	v->lvs_sched = "rr";
	v->quorum = 1;
	STAILQ_INIT(&v->real_server);
	STAILQ_INSERT_TAIL(&c->virtual_server, &v->obj, link);
	return v;
}

struct real_server_conf *
world_rs(struct world *w, struct virtual_server_conf *vs, uint8_t rs)
{
	struct real_server_conf *r = arena_alloc(w->arena, sizeof(*r));

	r->obj.name = arena_printf(w->arena, "RS %u", rs);
	r->addr = address(1, rs);
	r->weight = 1;
	r->lvs_method.method = IP_VS_CONN_F_DROUTE;
	STAILQ_INIT(&r->checker);
	STAILQ_INSERT_TAIL(&vs->real_server, &r->obj, link);
	return r;
}

struct checker_conf *
world_checker(struct world *w, struct real_server_conf *rs)
{
	struct checker_conf *c = arena_alloc(w->arena, sizeof(*c));

	c->obj.name = "TCP_CHECK";
	c->type = CHECKER_TCP;
	c->connect = rs->addr;
	c->connect_timeout = SEC(5);
	c->retry = 3;
	c->delay_before_retry = SEC(1);
	c->delay_loop = SEC(10);
	c->warmup = SEC(10);
	c->is_warmup_ours = true;
	STAILQ_INSERT_TAIL(&rs->checker, &c->obj, link);
	return c;
}

struct check_conf *
world_pair(struct world *w)
{
	struct check_conf *c = world_conf(w);
	struct virtual_server_conf *vs = world_vs(w, c, WORLD_VIP);

	(void)world_checker(w, world_rs(w, vs, 1));
	(void)world_checker(w, world_rs(w, vs, 2));
	return c;
}

struct virtual_server_conf *
world_first_vs(struct check_conf *c)
{
	return (struct virtual_server_conf *)STAILQ_FIRST(&c->virtual_server);
}

void
world_start(struct world *w, const struct check_conf *c)
{
	pools_on_ipvs(&w->pools, true, w->now);
	pools_apply(&w->pools, c, w->now);
}
