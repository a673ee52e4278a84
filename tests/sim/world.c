/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The world in motion: one queue of packets, each node's next deadline on its
 * own clock, and the script's events, in the order of global time.
 */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "tests/sim/sim.h"

#define STEPS_MAX 600000 /* more is an endless loop */
#define INBOX_MAX 2000	 /* what a socket holds for a frozen process */
#define BASE_NS	  SEC(1000)

/* ---- clocks ---- */

nsec_t
sim_local(const struct sim_node *n, nsec_t global)
{
	int64_t ppm = n->world->script->ppm[n->index];

	return BASE_NS * (n->index + 1) + global + global / 1000000 * ppm +
	       global % 1000000 * ppm / 1000000;
}

/* The first global instant at which the node's clock shows it. */
static nsec_t
global_of(const struct sim_node *n, nsec_t local)
{
	int64_t ppm = n->world->script->ppm[n->index];
	nsec_t d = local - BASE_NS * (n->index + 1);
	nsec_t g = d - d / 1000000 * ppm - MSEC(1);

	if (sim_local(n, g) >= local) /* an old deadline: at once */
		return g;
	for (nsec_t step = MSEC(2); step > 0; step /= 2)
		while (sim_local(n, g + step) < local)
			g += step;
	return g + 1;
}

void
sim_node_schedule(struct sim_node *n)
{
	struct sim_world *w = n->world;
	monotime_t next = vrrp_router_next(&n->router);

	n->wake = INT64_MAX;
	if (!n->is_up || monotime_is_never(next))
		return;
	n->wake = global_of(n, next.ns);
	if (n->wake < w->now)
		n->wake = w->now;
	if (w->script->lateness > 0)
		n->wake += sim_below(&w->rng, (uint32_t)w->script->lateness);
}

/* ---- packets ---- */

static bool
is_sooner(const struct sim_packet *a, const struct sim_packet *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

static void
heap_push(struct sim_world *w, struct sim_packet *p)
{
	size_t i = w->n_heap++;

	if (w->n_heap > w->room_heap) {
		w->room_heap = w->room_heap * 2 + 64;
		w->heap = xrealloc(w->heap, w->room_heap * sizeof(*w->heap));
	}
	for (; i > 0 && is_sooner(p, w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = p;
}

static struct sim_packet *
heap_pop(struct sim_world *w)
{
	struct sim_packet *top = w->heap[0], *last = w->heap[--w->n_heap];
	size_t i = 0;

	for (size_t c; (c = 2 * i + 1) < w->n_heap; i = c) {
		if (c + 1 < w->n_heap && is_sooner(w->heap[c + 1], w->heap[c]))
			c++;
		if (!is_sooner(w->heap[c], last))
			break;
		w->heap[i] = w->heap[c];
	}
	w->heap[i] = last;
	return top;
}

static void
post(struct sim_world *w, const struct sim_packet *p)
{
	struct sim_packet *own = xcalloc(1, sizeof(*own));

	*own = *p;
	own->seq = w->seq++;
	own->at = w->now + w->script->delay +
		  sim_below(&w->rng, (uint32_t)w->script->jitter + 1);
	heap_push(w, own);
}

static bool
are_joined(const struct sim_world *w, uint32_t lan, uint32_t a, uint32_t b)
{
	return (w->apart[lan] >> a & 1) == (w->apart[lan] >> b & 1) &&
	       w->node[a].carrier[lan] && w->node[b].carrier[lan];
}

void
sim_world_transmit(struct sim_world *w, const struct sim_node *from,
		   const struct vrrp_tx *tx)
{
	struct sim_packet p = {
		.lan = (uint8_t)(tx->ifindex - 1),
		.family = tx->dst->family,
		.src = *tx->src,
		.dst = *tx->dst,
		.len = tx->len,
	};

	w->adverts++;
	if (tx->len > sizeof(p.data)) {
		sim_fail(w, from->index, "size", "a datagram of %zu bytes",
			 tx->len);
		return;
	}
	memcpy(p.data, tx->data, tx->len);
	for (uint32_t n = 0; n < w->script->n_nodes; n++) {
		p.to = (uint8_t)n;
		if (n == from->index || !are_joined(w, p.lan, from->index, n))
			continue;
		if (sim_chance(&w->rng, w->loss[p.lan]) ||
		    sim_chance(&w->rng, w->node[n].deaf[p.lan]))
			continue;
		post(w, &p);
		if (sim_chance(&w->rng, w->script->dup))
			post(w, &p);
	}
}

static void
keep(struct sim_node *n, const struct sim_packet *p)
{
	if (n->n_inbox == INBOX_MAX)
		return;
	if (n->n_inbox == n->room_inbox) {
		n->room_inbox = n->room_inbox * 2 + 16;
		n->inbox =
			xrealloc(n->inbox, n->room_inbox * sizeof(*n->inbox));
	}
	n->inbox[n->n_inbox++] = *p;
}

static void
arrive(struct sim_world *w)
{
	struct sim_packet *p = heap_pop(w);
	struct sim_node *n = &w->node[p->to];

	if (n->is_up && n->carrier[p->lan]) {
		sim_node_trace_packet(n, p);
		if (n->frozen_until > w->now)
			keep(n, p);
		else
			sim_node_receive(n, p, 0);
		sim_check_node(n);
	}
	free(p);
}

/* ---- the script's events ---- */

/* The process runs again: what waited in its sockets comes first. */
static void
thaw(struct sim_node *n)
{
	struct sim_world *w = n->world;

	n->frozen_until = 0;
	n->disturbed = n->slept = w->now;
	for (size_t i = 0; i < n->n_inbox; i++)
		sim_node_receive(n, &n->inbox[i],
				 sim_local(n, w->now) -
					 sim_local(n, n->inbox[i].at));
	n->n_inbox = 0;
	sim_node_run(n);
	for (uint32_t l = 0; l < w->script->n_lans; l++)
		sim_node_carrier(n, l, n->carrier[l]);
	sim_node_apply(n); /* a reload that was asked for meanwhile */
}

/* What is said of one member is said of all of its group. */
static void
change_part(struct sim_node *n, const struct sim_event *e)
{
	const struct sim_script *s = n->world->script;

	n->part[e->vr] = e->part;
	for (uint32_t i = 0; i < s->n_vrs; i++) {
		struct sim_part *p = &n->part[i];

		if (e->part.group == 0 || p->group != e->part.group ||
		    i == e->vr || s->has_mixed)
			continue;
		p->priority = e->part.priority;
		p->nopreempt = e->part.nopreempt;
		p->preempt_delay = e->part.preempt_delay;
	}
}

static bool
is_frozen(const struct sim_node *n)
{
	return n->is_up && n->frozen_until > 0;
}

static void
process_event(struct sim_world *w, struct sim_node *n,
	      const struct sim_event *e)
{
	switch (e->kind) {
	case SIM_FREEZE:
		if (!n->is_up || is_frozen(n))
			return;
		n->frozen_until = w->now + MSEC(e->value);
		sim_trace_freeze(n);
		return;
	case SIM_CRASH:
	case SIM_REBOOT:
		if (!n->is_up)
			return;
		sim_node_crash(n);
		n->starts = w->now + MSEC(e->value);
		if (e->kind == SIM_REBOOT) {
			n->is_respawn = false;
			n->n_vips = 0;
		}
		return;
	case SIM_STOP:
		if (n->is_up && !is_frozen(n))
			sim_node_stop(n);
		return;
	case SIM_START:
		if (!n->is_up && n->starts == INT64_MAX)
			n->starts = w->now;
		return;
	case SIM_PART:
		change_part(n, e);
		if (n->is_up && !is_frozen(n))
			sim_check_reload(n, e->vr);
		return;
	default:
		return;
	}
}

/* Dead ones are started, all hear. */
static void
calm(struct sim_world *w)
{
	for (uint32_t i = 0; i < w->script->n_nodes; i++) {
		struct sim_node *n = &w->node[i];

		memset(n->deaf, 0, sizeof(n->deaf));
		if (!n->is_up && n->starts != INT64_MAX)
			sim_node_start(n);
		sim_check_node(n);
	}
}

static void
happen(struct sim_world *w, const struct sim_event *e)
{
	struct sim_node *n = &w->node[e->node];

	if (w->is_quiet) /* the first event of the next round */
		sim_check_quiet_ends(w);
	if (w->is_loud)
		(void)printf("%9.6f %s node %u link %u value %u router %u\n",
			     (double)w->now / SEC(1), sim_event_name(e->kind),
			     e->node, e->lan, e->value, e->vr);
	switch (e->kind) {
	case SIM_LINK:
		if (is_frozen(n) || !n->is_up)
			n->carrier[e->lan] = e->value != 0;
		else
			sim_node_carrier(n, e->lan, e->value != 0);
		break;
	case SIM_PARTITION:
		w->apart[e->lan] = e->value;
		break;
	case SIM_LOSS:
		w->loss[e->lan] = e->value;
		break;
	case SIM_DEAF:
		n->deaf[e->lan] = e->value;
		break;
	case SIM_CHECK:
		calm(w);
		return;
	case SIM_QUIET:
		sim_check_quiet_begins(w);
		return;
	case SIM_FREEZE:
	case SIM_CRASH:
	case SIM_REBOOT:
	case SIM_STOP:
	case SIM_START:
	case SIM_PART:
		process_event(w, n, e);
		break;
	case SIM_END:
		break;
	}
	sim_check_node(n);
}

/* ---- the loop ---- */

void
sim_world_init(struct sim_world *w, const struct sim_script *s)
{
	bool is_traced = w->is_traced, is_loud = w->is_loud;

	*w = (struct sim_world){.script = s, .rng = {~s->seed}};
	w->is_traced = is_traced;
	w->is_loud = is_loud;
	for (uint32_t i = 0; i < s->n_nodes; i++)
		sim_node_init(w, i);
}

/* What a node is due to do next, and when. */
static nsec_t
node_next(const struct sim_node *n)
{
	if (!n->is_up)
		return n->starts;
	return n->frozen_until > 0 ? n->frozen_until : n->wake;
}

static void
node_act(struct sim_node *n)
{
	if (!n->is_up)
		sim_node_start(n);
	else if (n->frozen_until > 0)
		thaw(n);
	else
		sim_node_run(n);
	sim_check_node(n);
}

bool
sim_world_run(struct sim_world *w)
{
	const struct sim_script *s = w->script;
	size_t at = 0;

	while (at < s->n_events && w->failure[0] == '\0') {
		const struct sim_event *e = &s->event[at];
		struct sim_node *first = &w->node[0];

		for (uint32_t i = 1; i < s->n_nodes; i++)
			if (node_next(&w->node[i]) < node_next(first))
				first = &w->node[i];
		if (++w->steps > STEPS_MAX) {
			sim_fail(w, first->index, "endless",
				 "there is always something due");
		} else if (w->n_heap > 0 && w->heap[0]->at <= e->at &&
			   w->heap[0]->at <= node_next(first)) {
			w->now = w->heap[0]->at;
			arrive(w);
		} else if (node_next(first) <= e->at) {
			w->now = node_next(first);
			node_act(first);
		} else {
			w->now = e->at;
			if (!e->is_off)
				happen(w, e);
			at++;
		}
	}
	if (w->failure[0] == '\0' && w->is_quiet)
		sim_check_quiet_ends(w);
	return w->failure[0] == '\0';
}

void
sim_world_fini(struct sim_world *w)
{
	for (uint32_t i = 0; i < w->script->n_nodes; i++)
		sim_node_fini(&w->node[i]);
	while (w->n_heap > 0)
		free(w->heap[--w->n_heap]);
	free(w->heap);
}
