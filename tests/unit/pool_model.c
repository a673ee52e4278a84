/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The model check of pools; see pool_model.h. */
#include "tests/unit/pool_model.h"

#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "check/drain.h"
#include "lib/util.h"

#define NODES_MAX 20000
#define HOSTS_MAX (MODEL_SERVERS * 2)
#define EVENTS	  (2 * HOSTS_MAX + MODEL_PLANS + 4)
#define SIG_LEN	  64
#define UNTRIED	  UINT32_MAX

/* Everything that what follows can depend on. */
struct sig {
	uint8_t byte[SIG_LEN];
};

struct node {
	UT_hash_handle hh;
	struct sig sig;
	uint32_t next[EVENTS]; /* index of a node, or UNTRIED */
	uint32_t via, event;   /* of the search for a way */
	uint32_t search;
};

/* What serves under a key. */
struct serving {
	uint32_t n_real, n_sorry;
};

struct model {
	const struct model_plan *plan;
	size_t n_plans, now; /* the plan in force */
	bool has_engine_events;
	nsec_t tick;	   /* of passing time; 0: it does not matter */
	bool seen_up[256]; /* by host */
	bool has_panic;
	struct check_conf *conf[MODEL_PLANS];
	uint8_t host[HOSTS_MAX];
	size_t n_hosts;
	struct world *w;
	struct node *node, *by_sig;
	uint32_t n_nodes, n_search, here;
	/* The event under way. */
	bool is_busy, is_syncing, is_known; /* it was taken before */
	bool has_ceased[256]; /* by the last byte of the service */
	struct world_dest before[64], last[64];
	uint32_t n_before, n_last;
	struct model_table wanted; /* after the last event */
	struct model_drains drains;
	char wrong[160];
	struct model_stats *stats;
};

static struct model *current; /* of on_ipvs() */

static void
fail(struct model *m, const char *text)
{
	if (m->wrong[0] == '\0')
		(void)snprintf(m->wrong, sizeof(m->wrong), "%s", text);
}

/* ---- configurations ---- */

static void
add_group(struct world *w, struct check_conf *c, const struct model_plan *p,
	  struct virtual_server_conf *vs)
{
	struct virtual_server_group_conf *g = arena_alloc(w->arena, sizeof(*g));

	g->obj.name = "G";
	STAILQ_INIT(&g->entry);
	for (uint8_t i = 0; i < p->n_addrs; i++) {
		struct vsg_entry_conf *e = arena_alloc(w->arena, sizeof(*e));

		e->first = vs->addr.addr;
		e->first.bytes[3] = (uint8_t)(p->first_addr + i);
		e->port = 80;
		STAILQ_INSERT_TAIL(&g->entry, &e->obj, link);
	}
	STAILQ_INSERT_TAIL(&c->virtual_server_group, &g->obj, link);
	vs->kind = VIRTUAL_SERVER_GROUP;
	vs->group = "G";
}

/* The probe of a server: a host may be two servers, each with its own. */
static uint8_t
probe_host(const struct model_server *r)
{
	return (uint8_t)(r->host + (r->port == 80 ? 0 : 100));
}

static struct check_conf *
make_conf(struct world *w, const struct model_plan *p)
{
	struct check_conf *c = world_conf(w);
	struct virtual_server_conf *vs = world_vs(w, c, WORLD_VIP);

	vs->quorum = p->quorum;
	vs->hysteresis = p->hysteresis;
	vs->panic_threshold = p->panic;
	if (p->drain > 0)
		vs->on_down =
			(struct on_down_conf){ON_DOWN_DRAIN, SEC(p->drain)};
	vs->sorry_server_inhibit = p->is_sorry_inhibited;
	if (p->n_addrs > 0)
		add_group(w, c, p, vs);
	if (p->is_fwmark) {
		vs->kind = VIRTUAL_SERVER_FWMARK;
		vs->fwmark = 5;
		vs->family = AF_INET;
		vs->protocol = 0;
	}
	if (p->sorry != 0) {
		vs->sorry_server = (struct addr_port){
			.addr = {.family = AF_INET,
				 .bytes = {10, 0, 1, p->sorry}},
			.port = 80};
		vs->sorry_server_lvs_method.method = IP_VS_CONN_F_DROUTE;
	}
	for (size_t i = 0; i < MODEL_SERVERS && p->rs[i].host != 0; i++) {
		const struct model_server *r = &p->rs[i];
		struct real_server_conf *rs = world_rs(w, vs, r->host);
		struct checker_conf *k;

		rs->addr.port = r->port;
		rs->weight = r->weight;
		rs->uthreshold = r->uthreshold;
		rs->inhibit_on_failure = r->inhibits;
		rs->slow_start = SEC(p->slow_start);
		if (r->is_nat)
			rs->lvs_method.method = IP_VS_CONN_F_MASQ;
		k = world_checker(w, rs);
		k->alpha = r->alpha;
		k->connect_timeout = SEC(5 + r->timeout);
		k->connect.addr.bytes[3] = probe_host(r);
	}
	return c;
}

static void
collect_hosts(struct model *m)
{
	for (size_t v = 0; v < m->n_plans; v++)
		for (size_t i = 0; i < MODEL_SERVERS; i++) {
			const struct model_server *r = &m->plan[v].rs[i];
			uint8_t h = probe_host(r);
			size_t k = 0;

			if (r->host == 0)
				continue;
			while (k < m->n_hosts && m->host[k] != h)
				k++;
			if (k == m->n_hosts)
				m->host[m->n_hosts++] = h;
		}
}

/* ---- what is there ---- */

static struct service *
the_service(const struct model *m)
{
	return m->w->pools.by_id;
}

static bool
is_same_key(const struct msg_svc_key *a, const struct msg_svc_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Does this destination belong to the sorry server now? */
static bool
is_of_sorry(const struct model *m, const struct msg_dest *d)
{
	const struct service *s = the_service(m);

	return s != NULL && m->plan[m->now].sorry == d->key.addr.bytes[3] &&
	       !s->pool.has_quorum;
}

static struct serving
count(const struct model *m, const struct world_dest *d, uint32_t n,
      const struct msg_svc_key *key)
{
	struct serving s = {0};

	for (uint32_t i = 0; i < n; i++) {
		if (!d[i].is_there || d[i].m.weight == 0 ||
		    !is_same_key(&d[i].m.key.svc, key))
			continue;
		if (is_of_sorry(m, &d[i].m))
			s.n_sorry++;
		else
			s.n_real++;
	}
	return s;
}

static uint32_t
weight_of(const struct world_dest *d, uint32_t n, const struct msg_dest_key *k)
{
	for (uint32_t i = 0; i < n; i++)
		if (d[i].is_there && memcmp(&d[i].m.key, k, sizeof(*k)) == 0)
			return d[i].m.weight;
	return 0;
}

static void
remember(struct model *m)
{
	m->n_last = m->w->n_dests;
	memcpy(m->last, m->w->dest, m->n_last * sizeof(m->last[0]));
}

/* Law 2: nobody begins after somebody has ceased, key by key. */
static void
look_at_order(struct model *m)
{
	const struct world *w = m->w;

	for (uint32_t i = 0; i < w->n_dests; i++) {
		const struct world_dest *d = &w->dest[i];
		uint32_t is = d->is_there ? d->m.weight : 0;
		uint32_t was = weight_of(m->last, m->n_last, &d->m.key);

		bool *has_ceased = &m->has_ceased[d->m.key.svc.addr.bytes[3]];

		if (was > 0 && is == 0)
			*has_ceased = true;
		if (was == 0 && is > 0 && *has_ceased)
			fail(m, "one begins to serve after another ceased");
	}
}

/* Law 1, the way: not empty in between. */
static void
look_at_service(struct model *m, const struct msg_svc_key *key)
{
	const struct world *w = m->w;
	struct serving was = count(m, m->before, m->n_before, key);
	struct serving is = count(m, w->dest, w->n_dests, key);
	const struct service *s = the_service(m);
	bool will = false;

	for (uint32_t i = 0; i < s->n_servers; i++)
		if ((s->server[i].state.is_alive ||
		     s->server[i].state.is_kept) &&
		    s->server[i].conf->weight > 0)
			will = true;
	if (m->plan[m->now].sorry != 0 && !s->pool.has_quorum)
		will = true;
	if (was.n_real + was.n_sorry > 0 && will && is.n_real + is.n_sorry == 0)
		fail(m, "a service is empty that had a candidate");
}

static void
on_ipvs(struct world *w, enum msg_type type)
{
	struct model *m = current;

	m->stats->messages++;
	if (type == MSG_SYNC_BEGIN)
		m->is_syncing = true;
	if (type == MSG_SYNC_END)
		m->is_syncing = false;
	if (!m->is_busy || m->is_syncing || type == MSG_SYNC_END ||
	    the_service(m) == NULL)
		return;
	look_at_order(m);
	for (uint32_t i = 0; i < w->n_svcs; i++)
		if (w->svc[i].is_there)
			look_at_service(m, &w->svc[i].m.key);
	remember(m);
}

/* ---- when an event is over ---- */

static void
look_at_key(struct model *m, const struct msg_svc_key *key,
	    const struct model_table *t)
{
	const struct world *w = m->w;
	struct serving s = count(m, w->dest, w->n_dests, key);
	size_t n = 0;

	for (uint32_t i = 0; i < w->n_dests; i++) {
		const struct msg_dest *d = &w->dest[i].m;
		size_t k = 0;

		if (!w->dest[i].is_there || !is_same_key(&d->key.svc, key))
			continue;
		n++;
		while (k < t->n && (t->dest[k].host != d->key.addr.bytes[3] ||
				    t->dest[k].port != d->key.port))
			k++;
		if (k == t->n)
			fail(m, "a destination that nobody wants");
		else if (t->dest[k].weight != d->weight)
			fail(m, "a weight that is not what it shall be");
	}
	if (n != t->n)
		fail(m, "a destination is missing");
	if (s.n_real > 0 && s.n_sorry > 0)
		fail(m, "sorry and real servers serve together");
}

static void
look_at_quorum(struct model *m, const struct service *s, bool had_quorum)
{
	uint64_t weight = service_alive_weight(s);
	bool is_low = weight + s->conf->hysteresis < s->conf->quorum;
	bool is_high =
		weight >= (uint64_t)s->conf->quorum + s->conf->hysteresis;

	if ((is_low && s->pool.has_quorum) || (is_high && !s->pool.has_quorum))
		fail(m, "quorum is not what the weight says");
	if (!is_low && !is_high && s->pool.has_quorum != had_quorum)
		fail(m, "quorum changed within the hysteresis");
}

/* The weight of a server that serves, as the manual says it. */
static uint32_t
expect_weight(const struct model *m, const struct server *sv, uint32_t weight)
{
	uint32_t whole = m->plan[m->now].slow_start;
	uint32_t past =
		(uint32_t)(monotime_sub(m->w->now, sv->recovered) / SEC(1));

	if (!sv->is_ramping || past >= whole)
		return weight;
	return (weight * (past + 1) + whole) / (whole + 1);
}

static void
gather(struct model *m, struct model_fact fact[MODEL_SERVERS])
{
	const struct service *s = the_service(m);
	const struct model_plan *p = &m->plan[m->now];

	for (uint32_t i = 0; i < s->n_servers; i++) {
		const struct server *sv = &s->server[i];

		fact[i] = (struct model_fact){
			.is_alive = sv->state.is_alive,
			.was_up = sv->was_up,
			.since = sv->since,
			.weight = expect_weight(m, sv, p->rs[i].weight)};
		if (sv->was_up && !m->seen_up[probe_host(&p->rs[i])])
			fail(m, "a server was seen up by nobody");
	}
	model_keep(p, SEC(50), fact);
}

/* Law 6; adds those that drain to the table. */
static void
look_at_drains(struct model *m, struct model_table *t)
{
	const struct model_plan *p = &m->plan[m->now];
	struct model_drains *d = &m->drains;
	struct model_table wanted = *t;

	model_drain(p, &m->wanted, t, m->w->now, d);
	m->wanted = wanted;
	if (d->n != m->w->n_drains)
		fail(m, "the supervisor remembers others than drain");
	for (size_t i = 0; i < d->n; i++)
		t->dest[t->n++] = d->dest[i];
}

static void
look_at_rest(struct model *m, bool had_quorum)
{
	const struct service *s = the_service(m);
	const struct model_plan *p = &m->plan[m->now];
	struct model_fact fact[MODEL_SERVERS] = {0};
	struct model_table t;
	uint32_t n_svcs = 0;

	look_at_quorum(m, s, had_quorum);
	gather(m, fact);
	model_expect(p, fact, s->pool.has_quorum, &t);
	look_at_drains(m, &t);
	if (!m->w->pools.is_peer_open)
		return;
	for (uint32_t i = 0; i < m->w->n_svcs; i++) {
		if (!m->w->svc[i].is_there)
			continue;
		n_svcs++;
		look_at_key(m, &m->w->svc[i].m.key, &t);
	}
	if (n_svcs != (p->n_addrs > 0 ? p->n_addrs : 1))
		fail(m, "services of the kernel are missing or too many");
	m->is_busy = false;
	if (!m->is_known && !world_table_is_true(m->w))
		fail(m, "a full sync tells another table");
}

/* ---- events ---- */

static const char *
event_name(const struct model *m, uint32_t e, char buf[static 64])
{
	if (e < 2 * m->n_hosts)
		(void)snprintf(buf, 64, "host %u %s", m->host[e / 2],
			       e % 2 ? "up" : "down");
	else if (e < 2 * m->n_hosts + m->n_plans)
		(void)snprintf(buf, 64, "reload to plan %zu",
			       e - 2 * m->n_hosts);
	else
		(void)snprintf(
			buf, 64, "%s",
			(const char *[]){
				"time passes", "ipvs goes", "ipvs comes",
				"respawn"}[e - 2 * m->n_hosts - m->n_plans]);
	return buf;
}

static uint32_t
n_events(const struct model *m)
{
	return (uint32_t)(2 * m->n_hosts + m->n_plans + 1 +
			  (m->has_engine_events ? 3 : 0));
}

static void
do_event(struct model *m, uint32_t e)
{
	struct world *w = m->w;
	bool had_quorum = the_service(m)->pool.has_quorum;

	m->is_busy = true;
	memset(m->has_ceased, 0, sizeof(m->has_ceased));
	m->n_before = w->pools.is_peer_open ? w->n_dests : 0;
	memcpy(m->before, w->dest, m->n_before * sizeof(m->before[0]));
	remember(m);
	m->stats->steps++;
	if (e < 2 * m->n_hosts) {
		m->seen_up[m->host[e / 2]] |= e % 2 != 0;
		world_verdict(w, m->host[e / 2], e % 2 != 0);
	} else if ((e -= (uint32_t)(2 * m->n_hosts)) < m->n_plans) {
		/* The same again: services by address stay untouched. */
		CONF_FOREACH (struct virtual_server_conf, vs,
			      &m->conf[e]->virtual_server)
			vs->obj.is_taken = m->now == e;
		m->now = e;
		pools_apply(&w->pools, m->conf[e], w->now);
	} else if ((e -= (uint32_t)m->n_plans) == 0) {
		w->now = monotime_add(w->now, m->tick);
		pools_run(&w->pools, w->now);
	} else if (e < 3) {
		pools_on_ipvs(&w->pools, e == 2, w->now);
	} else {
		world_respawn(w, m->conf[m->now]);
	}
	look_at_rest(m, had_quorum);
	m->is_busy = false;
}

/* ---- the walk ---- */

/* How many went down before this one, which is down, and whether it did just
 * now: all that since says to panic_threshold. */
static unsigned
rank(const struct model *m, const struct server *sv)
{
	const struct service *s = the_service(m);
	unsigned n = sv->since.ns == m->w->now.ns ? 64 : 0;

	if (sv->state.is_alive || !m->has_panic)
		return 0;
	for (uint32_t i = 0; i < s->n_servers; i++)
		n += !s->server[i].state.is_alive &&
		     monotime_before(s->server[i].since, sv->since);
	return n;
}

/* Hosts 1..4 and the sorry server's, port 80 and others; since when. */
static void
sign_drains(const struct model *m, uint8_t byte[static SIG_LEN / 2])
{
	const struct leaver *l;
	size_t slot;

	TAILQ_FOREACH (l, &the_service(m)->leaving, link) {
		slot = l->want.addr.addr.bytes[3] % 8u +
		       (l->want.addr.port != 80 ? 8u : 0);
		byte[slot] = (uint8_t)(1 + monotime_sub(m->w->now, l->left) /
						   SEC(1));
	}
}

static struct sig
signature(const struct model *m)
{
	const struct service *s = the_service(m);
	struct sig g = {0};
	size_t n = 0;

	g.byte[n++] = (uint8_t)m->now;
	g.byte[n++] =
		(uint8_t)(m->w->pools.is_peer_open | s->pool.has_quorum << 1 |
			  s->is_reported << 2 | s->had_quorum << 3);
	for (uint32_t i = 0; i < s->n_servers; i++) {
		const struct server *sv = &s->server[i];
		const struct health *h = &sv->checker[0].user.probe->health;

		g.byte[n++] = (uint8_t)(sv->was_up | rank(m, sv) << 1);
		if (sv->is_ramping)
			g.byte[n] = (uint8_t)(1 + monotime_sub(m->w->now,
							       sv->recovered) /
							  SEC(1));
		n++;
		g.byte[n++] =
			(uint8_t)(sv->state.is_alive | sv->is_starting << 1 |
				  sv->checker[0].is_failed << 2 |
				  h->is_presumed_up << 3 |
				  h->is_presumed_down << 4 | h->state << 5);
	}
	sign_drains(m, &g.byte[SIG_LEN / 2]);
	return g;
}

static uint32_t
node_get(struct model *m)
{
	struct sig g = signature(m);
	struct node *n;

	HASH_FIND(hh, m->by_sig, &g, sizeof(g), n);
	if (n == NULL) {
		if (m->n_nodes == NODES_MAX) {
			fail(m, "too many states");
			return 0;
		}
		n = &m->node[m->n_nodes++];
		n->sig = g;
		memset(n->next, 0xff, sizeof(n->next));
		HASH_ADD(hh, m->by_sig, sig, sizeof(n->sig), n);
	}
	return (uint32_t)(n - m->node);
}

/* The first event on the shortest way to something untried; EVENTS: all is
 * tried that can be reached. */
static uint32_t
find_way(struct model *m, uint32_t *queue)
{
	uint32_t head = 0, tail = 0, search = ++m->n_search;

	queue[tail++] = m->here;
	m->node[m->here].search = search;
	while (head < tail) {
		uint32_t at = queue[head++];

		for (uint32_t e = 0; e < n_events(m); e++) {
			uint32_t to = m->node[at].next[e];

			if (to == UNTRIED) {
				for (; at != m->here; at = m->node[at].via)
					e = m->node[at].event;
				return e;
			}
			if (m->node[to].search == search)
				continue;
			m->node[to].search = search;
			m->node[to].via = at;
			m->node[to].event = e;
			queue[tail++] = to;
		}
	}
	return EVENTS;
}

static void
tell(const struct model *m, uint32_t event)
{
	char buf[64];
	const struct sig *g = &m->node[m->here].sig;

	(void)fprintf(stderr,
		      "%s\n  at: %s, plan %zu\n  state before:", m->wrong,
		      event_name(m, event, buf), m->now);
	for (size_t i = 0; i < 2 + 3 * MODEL_SERVERS; i++)
		(void)fprintf(stderr, " %02x", g->byte[i]);
	for (size_t v = 0; v < m->n_plans; v++) {
		const struct model_plan *p = &m->plan[v];

		(void)fprintf(stderr,
			      "\n  plan %zu: quorum %u, hysteresis %u, sorry "
			      "%u%s, addresses %u, mark %d, panic %u, slow %u, "
			      "drain %u:",
			      v, p->quorum, p->hysteresis, p->sorry,
			      p->is_sorry_inhibited ? " inhibited" : "",
			      p->n_addrs, p->is_fwmark, p->panic, p->slow_start,
			      p->drain);
		for (size_t i = 0; i < MODEL_SERVERS; i++)
			(void)fprintf(stderr, " %u:%u w%u%s%s%s", p->rs[i].host,
				      p->rs[i].port, p->rs[i].weight,
				      p->rs[i].inhibits ? " inhibits" : "",
				      p->rs[i].alpha ? " alpha" : "",
				      p->rs[i].is_nat ? " nat" : "");
	}
	(void)fprintf(stderr, "\n");
}

static void
walk(struct model *m)
{
	uint32_t *queue = xcalloc(NODES_MAX, sizeof(*queue));
	uint32_t e, known, to;

	m->here = node_get(m);
	while (m->wrong[0] == '\0' && (e = find_way(m, queue)) != EVENTS) {
		known = m->node[m->here].next[e];
		m->is_known = known != UNTRIED;
		do_event(m, e);
		to = node_get(m);
		if (known != UNTRIED && known != to)
			fail(m, "one event, one state, two outcomes");
		if (m->wrong[0] != '\0')
			tell(m, e);
		m->node[m->here].next[e] = to;
		m->here = to;
	}
	free(queue);
}

bool
model_check(const struct model_plan *plan, size_t n_plans,
	    bool has_engine_events, struct model_stats *stats)
{
	struct model *m = xcalloc(1, sizeof(*m));
	bool is_right;

	*m = (struct model){.plan = plan,
			    .n_plans = n_plans,
			    .has_engine_events = has_engine_events,
			    .stats = stats,
			    .w = world_new(),
			    .node = xcalloc(NODES_MAX, sizeof(*m->node))};
	current = m;
	for (size_t v = 0; v < n_plans; v++) {
		if (plan[v].panic > 0)
			m->has_panic = true;
		if (plan[v].slow_start > 0 || plan[v].drain > 0)
			m->tick = SEC(1);
	}
	if (m->has_panic)
		m->tick = SEC(100);
	for (size_t v = 0; v < n_plans; v++)
		m->conf[v] = make_conf(m->w, &plan[v]);
	collect_hosts(m);
	m->w->on_ipvs = on_ipvs;
	world_start(m->w, m->conf[0]);
	look_at_rest(m, the_service(m)->pool.has_quorum);
	walk(m);
	is_right = m->wrong[0] == '\0';
	stats->states += m->n_nodes;
	HASH_CLEAR(hh, m->by_sig);
	world_free(m->w);
	free(m->node);
	free(m);
	return is_right;
}
