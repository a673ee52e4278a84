/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What must hold.  Always: nobody takes over while it hears who must be
 * respected, nobody gives way without being beaten.  In a quiet stretch, once
 * the protocol's bound is over: one master in each connected part, the right
 * one, adverts on time, addresses where their master is, and no change.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "tests/sim/sim.h"
#include "vrrp/sync.h"

#define LONG_AGO (INT64_MIN / 2)

void
sim_fail(struct sim_world *w, uint32_t node, const char *what, const char *fmt,
	 ...)
{
	va_list ap;

	if (w->failure[0] != '\0')
		return;
	str_fill(w->what, sizeof(w->what), what);
	va_start(ap, fmt);
	(void)vsnprintf(w->failure, sizeof(w->failure), fmt, ap);
	va_end(ap);
	w->failed_at = w->now;
	w->failed_node = node;
}

static nsec_t
local_now(const struct sim_node *n)
{
	return sim_local(n, n->world->now);
}

static nsec_t
interval_of(const struct sim_node *n, uint32_t vr)
{
	return MSEC(n->world->script->vr[vr].advert_ms);
}

/* ---- at each advert and each transition ---- */

void
sim_check_heard(struct sim_node *n, uint32_t vr, uint8_t priority,
		const struct addr *src, nsec_t age)
{
	const struct vrrp_instance *in = sim_node_instance(n, vr);
	struct sim_watch *o = &n->watch[vr];
	nsec_t at = local_now(n) - age;

	if (in == NULL)
		return;
	if (priority == VRRP_PRIO_STOP) {
		if (at >= o->heard_at)
			o->zero = at;
		o->heard_at = at;
		return;
	}
	o->heard_at = at;
	if (priority >= in->params.priority || !in->params.preempt) {
		o->heard = at;
		o->zero = LONG_AGO;
	}
	if (priority > in->params.priority ||
	    (priority == in->params.priority &&
	     addr_compare(src, &in->params.source) > 0))
		o->beaten = local_now(n);
}

/* Skew_Time and Master_Down_Interval once more, from the RFCs. */
static nsec_t
skew_of(const struct sim_node *n, uint32_t vr)
{
	const struct vrrp_instance *in = sim_node_instance(n, vr);
	nsec_t unit = n->world->script->vr[vr].version == 2
			      ? SEC(1)
			      : interval_of(n, vr);

	return in != NULL ? unit * (256 - in->params.priority) / 256 : 0;
}

/* How long it has waited, and how long it must. */
static nsec_t
patience(const struct sim_node *n, uint32_t vr, nsec_t *wait)
{
	const struct sim_watch *o = &n->watch[vr];
	nsec_t now = local_now(n), skew = skew_of(n, vr);

	if (o->zero > LONG_AGO) {
		*wait = skew;
		return now - o->zero;
	}
	*wait = 3 * interval_of(n, vr) + skew;
	return now - (o->heard > o->began ? o->heard : o->began);
}

/* A member of its group has waited long enough, or is master already. */
static bool
is_pulled(const struct sim_node *n, uint32_t vr)
{
	const struct vrrp_instance *in = sim_node_instance(n, vr);
	const struct vrrp_sync *s = in != NULL ? in->sync : NULL;

	for (uint32_t i = 0; s != NULL && i < s->group.n; i++) {
		nsec_t wait;

		if (s->group.member[i].fsm->state == VRRP_MASTER &&
		    patience(n, (uint32_t)sim_vr_of(s->in[i]->name), &wait) >=
			    wait)
			return true;
	}
	return false;
}

/* Not before the time, and not much after it. */
static void
check_take_over(struct sim_node *n, uint32_t vr)
{
	nsec_t wait, waited = patience(n, vr, &wait);
	const struct sim_world *w = n->world;

	if (waited < wait && !is_pulled(n, vr))
		sim_fail(n->world, n->index, "usurper",
			 "node %u takes VI_%u over after %.6f s, not %.6f",
			 n->index, vr, (double)waited / SEC(1),
			 (double)wait / SEC(1));
	if (waited > wait + w->script->lateness + MSEC(1) &&
	    n->part[vr].preempt_delay == 0 && w->script->n_groups == 0 &&
	    w->now - n->disturbed > 2 * wait + SEC(4))
		sim_fail(n->world, n->index, "sleeper",
			 "node %u takes VI_%u over after %.6f s, not %.6f",
			 n->index, vr, (double)waited / SEC(1),
			 (double)wait / SEC(1));
}

/* Who slept may give way to whoever is master meanwhile (vrrp/doubt.c). */
static bool
is_beaten(const struct sim_node *n, uint32_t vr)
{
	const struct vrrp_instance *in = sim_node_instance(n, vr);
	const struct vrrp_sync *s = in != NULL ? in->sync : NULL;

	for (uint32_t i = 0; s != NULL && i < s->group.n; i++)
		if (n->watch[sim_vr_of(s->in[i]->name)].beaten == local_now(n))
			return true;
	return n->watch[vr].beaten == local_now(n);
}

static void
check_step_down(struct sim_node *n, uint32_t vr)
{
	bool has_moved =
		n->disturbed == n->world->now && n->world->script->n_groups > 0;

	if (!is_beaten(n, vr) && !has_moved &&
	    n->world->now - n->slept > 4 * interval_of(n, vr) + SEC(1))
		sim_fail(n->world, n->index, "coward",
			 "node %u gives VI_%u up, beaten by nobody", n->index,
			 vr);
}

void
sim_check_state(struct sim_node *n, uint32_t vr, enum vrrp_state_word to)
{
	struct sim_world *w = n->world;
	struct sim_watch *o = &n->watch[vr];
	enum vrrp_state_word from = o->state;

	if (to == VRRP_WORD_MASTER_RX_LOWER_PRI ||
	    to == VRRP_WORD_MASTER_PRIORITY || to == VRRP_WORD_BACKUP_PRIORITY)
		return;
	if (w->is_loud)
		(void)printf("%9.6f node %u VI_%u %d -> %d\n",
			     (double)w->now / SEC(1), n->index, vr, (int)from,
			     (int)to);
	w->transitions++;
	if (w->is_quiet && !n->is_respawn)
		sim_fail(w, n->index, "flap",
			 "node %u changes VI_%u in a quiet stretch", n->index,
			 vr);
	if (from == VRRP_WORD_BACKUP && to == VRRP_WORD_MASTER)
		check_take_over(n, vr);
	if (from == VRRP_WORD_MASTER && to == VRRP_WORD_BACKUP &&
	    !n->is_respawn)
		check_step_down(n, vr);
	if (to == VRRP_WORD_BACKUP && from != VRRP_WORD_MASTER) {
		o->began = local_now(n);
		o->heard = o->zero = LONG_AGO;
	}
	o->state = to;
	o->changed = w->now;
}

void
sim_check_reload(struct sim_node *n, uint32_t vr)
{
	uint32_t masters = 0;

	for (uint32_t v = 0; v < n->world->script->n_vrs; v++) {
		const struct vrrp_instance *in = sim_node_instance(n, v);

		if (v != vr && in != NULL && in->fsm.state == VRRP_MASTER)
			masters |= 1u << v;
	}
	sim_node_apply(n);
	for (uint32_t v = 0; v < n->world->script->n_vrs; v++) {
		const struct vrrp_instance *in = sim_node_instance(n, v);

		if ((masters >> v & 1) != 0 &&
		    (in == NULL || in->fsm.state != VRRP_MASTER))
			sim_fail(n->world, n->index, "disturbed",
				 "node %u: a reload about VI_%u takes VI_%u "
				 "from MASTER",
				 n->index, vr, v);
	}
}

/* All that have joined are in one state. */
static void
check_groups(struct sim_node *n)
{
	const struct vrrp_sync *s;

	TAILQ_FOREACH (s, &n->router.syncs, link)
		for (uint32_t i = 0; i < s->group.n; i++)
			if (!s->group.member[i].is_joining &&
			    s->in[i]->fsm.state != vrrp_group_state(&s->group))
				sim_fail(n->world, n->index, "quarrel",
					 "node %u: %s is %s in %s, which is %s",
					 n->index, s->in[i]->name,
					 vrrp_state_name(s->in[i]->fsm.state),
					 s->name,
					 vrrp_state_name(
						 vrrp_group_state(&s->group)));
}

void
sim_check_node(struct sim_node *n)
{
	if (n->is_up && n->frozen_until == 0)
		check_groups(n);
	if (!n->is_up || n->frozen_until > 0)
		return;
	n->is_respawn = false; /* hints are about the first moment */
	if (!TAILQ_EMPTY(&n->router.dirty) || n->router.n_tx > 0 ||
	    n->router.n_notes > 0)
		sim_fail(n->world, n->index, "unfinished",
			 "node %u left work undone", n->index);
}

/* ---- in a quiet stretch ---- */

static const struct vrrp_instance *
live(const struct sim_world *w, uint32_t node, uint32_t vr)
{
	const struct sim_node *n = &w->node[node];

	const struct vrrp_instance *in = sim_node_instance(n, vr);

	if (in == NULL || !n->carrier[w->script->vr[vr].lan])
		return NULL;
	/* Of a group all links are needed. */
	for (uint32_t i = 0; in->sync != NULL && i < in->sync->group.n; i++) {
		int k = sim_vr_of(in->sync->in[i]->name);

		if (!n->carrier[w->script->vr[k].lan] &&
		    !in->sync->group.member[i].is_joining)
			return NULL;
	}
	return in;
}

/* Does a member stand aside, unfit since it was added? */
static bool
has_unfit(const struct sim_node *n)
{
	const struct vrrp_sync *s;

	TAILQ_FOREACH (s, &n->router.syncs, link)
		for (uint32_t i = 0; i < s->group.n; i++)
			if (s->group.member[i].is_joining)
				return true;
	return false;
}

/* Are the groups the same everywhere, and nothing is apart? */
static bool
is_uniform(const struct sim_world *w)
{
	const struct sim_node *first = NULL;

	if (w->script->n_groups == 0)
		return true;
	for (uint32_t l = 0; l < w->script->n_lans; l++)
		if (w->apart[l] != 0)
			return false;
	for (uint32_t n = 0; n < w->script->n_nodes; n++) {
		const struct sim_node *node = &w->node[n];

		if (!node->is_up)
			continue;
		if (has_unfit(node))
			return false;
		if (first == NULL)
			first = node;
		for (uint32_t v = 0; v < w->script->n_vrs; v++)
			if (node->part[v].group != first->part[v].group ||
			    node->part[v].is_there != first->part[v].is_there)
				return false;
	}
	return true;
}

static bool
holds(const struct sim_node *n, uint32_t vr)
{
	const struct sim_vr *v = &n->world->script->vr[vr];

	for (size_t i = 0; i < n->n_vips; i++) {
		const struct vip_addr *a = &n->vip[i];

		if (a->ifindex == v->lan + 1u &&
		    a->addr.family == (v->is_v6 ? AF_INET6 : AF_INET) &&
		    a->addr.bytes[v->is_v6 ? 15 : 3] == v->vrid)
			return true;
	}
	return false;
}

/* One side of a partition: exactly one master, and no better candidate. */
static void
check_side(struct sim_world *w, uint32_t vr, uint32_t side)
{
	uint32_t masters = 0, master = 0;
	bool is_wanted = false;

	for (uint32_t n = 0; n < w->script->n_nodes; n++) {
		const struct vrrp_instance *in = live(w, n, vr);

		if (in == NULL ||
		    (w->apart[w->script->vr[vr].lan] >> n & 1) != side)
			continue;
		is_wanted = true;
		if (in->fsm.state == VRRP_MASTER) {
			masters++;
			master = n;
		} else if (in->fsm.state != VRRP_BACKUP) {
			sim_fail(w, n, "idle",
				 "node %u is in no election "
				 "of VI_%u",
				 n, vr);
		}
	}
	if (is_wanted && (masters > 1 || (masters == 0 && is_uniform(w))))
		sim_fail(w, master, masters == 0 ? "orphan" : "two masters",
			 "VI_%u has %u masters", vr, masters);
	if (w->script->has_mixed || !is_uniform(w))
		return;
	for (uint32_t n = 0; n < w->script->n_nodes && masters == 1; n++) {
		const struct vrrp_instance *in = live(w, n, vr),
					   *top = live(w, master, vr);

		if (in != NULL && top != NULL && in->params.preempt &&
		    (w->apart[w->script->vr[vr].lan] >> n & 1) == side &&
		    in->params.priority > top->params.priority)
			sim_fail(w, n, "wrong master",
				 "VI_%u: node %u with %u yields to %u with %u",
				 vr, n, in->params.priority, master,
				 top->params.priority);
	}
}

/* Without its link nobody is in an election. */
static void
check_links(struct sim_world *w, uint32_t vr)
{
	for (uint32_t n = 0; n < w->script->n_nodes; n++) {
		const struct vrrp_instance *in =
			sim_node_instance(&w->node[n], vr);

		if (in != NULL && live(w, n, vr) == NULL &&
		    in->fsm.state != VRRP_FAULT)
			sim_fail(w, n, "ghost",
				 "node %u is %s of VI_%u without a link", n,
				 vrrp_state_name(in->fsm.state), vr);
	}
}

static void
check_addresses(struct sim_world *w)
{
	for (uint32_t n = 0; n < w->script->n_nodes; n++)
		for (uint32_t v = 0; v < w->script->n_vrs; v++) {
			const struct sim_node *node = &w->node[n];
			const struct vrrp_instance *in =
				sim_node_instance(node, v);
			bool wants = in != NULL && in->fsm.state == VRRP_MASTER;

			if (node->is_up && wants != holds(node, v))
				sim_fail(w, n, "address",
					 "node %u %s the address of VI_%u", n,
					 wants ? "lacks" : "has", v);
		}
}

void
sim_check_quiet_begins(struct sim_world *w)
{
	w->is_quiet = true;
	w->quiet_since = w->now;
	for (uint32_t v = 0; v < w->script->n_vrs; v++) {
		check_side(w, v, 0);
		check_side(w, v, 1);
		check_links(w, v);
		for (uint32_t n = 0; n < w->script->n_nodes; n++) {
			const struct vrrp_instance *in =
				sim_node_instance(&w->node[n], v);

			w->node[n].watch[v].sent =
				in != NULL ? (uint32_t)in->stats.sent : 0;
		}
	}
	check_addresses(w);
}

/* As many adverts as there were intervals: none missing, no burst. */
static void
check_rhythm(struct sim_world *w, uint32_t node, uint32_t vr)
{
	const struct vrrp_instance *in = live(w, node, vr);
	nsec_t interval = MSEC(w->script->vr[vr].advert_ms);
	int64_t sent, due = (w->now - w->quiet_since) / interval;

	if (in == NULL)
		return;
	sent = (int64_t)in->stats.sent - w->node[node].watch[vr].sent;
	if (in->fsm.state != VRRP_MASTER)
		due = 0;
	/* a clock of 500 ppm, the edges of the stretch */
	if (sent < due - due / 1000 - 1 || sent > due + due / 1000 + 2)
		sim_fail(w, node, "rhythm",
			 "node %u sent %lld adverts of VI_%u, %lld were due",
			 node, (long long)sent, vr, (long long)due);
}

void
sim_check_quiet_ends(struct sim_world *w)
{
	w->is_quiet = false;
	for (uint32_t v = 0; v < w->script->n_vrs; v++)
		for (uint32_t n = 0; n < w->script->n_nodes; n++)
			check_rhythm(w, n, v);
}
