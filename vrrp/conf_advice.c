/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What is allowed and yet hardly meant: said in plain words when a file is
 * read, as notes, so that no valid file becomes a bad one.  Pure; changes
 * nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "parser/common.h"
#include "parser/parse.h"
#include "vrrp/conf_resolve.h"
#include "vrrp/conf_tables.h"

#define PRIO_MIN     1
#define PRIO_MAX     254
#define PRIO_OWNER   255
#define PRIO_DEFAULT 100

#define NOTE(ctx, i, fmt, ...)                                                 \
	conf_report_at(ctx, &(i)->obj.pos, DIAG_NOTE, "(%s) " fmt,             \
		       (i)->obj.name, ##__VA_ARGS__)

/* ---- weights ---- */

/* What the tracked objects of one instance can do to its priority. */
struct reach {
	uint32_t weighted, unweighted;
	int64_t best, worst; /* all is well, nothing is */
	bool has_file;	     /* its number may be anything */
};

static void
add_list(struct reach *r, const struct conf_list *list)
{
	CONF_FOREACH (const struct track_ref_conf, t, list) {
		int64_t w = t->reverse ? -(int64_t)t->weight : t->weight;

		if (t->weight == 0) {
			r->unweighted++;
			continue;
		}
		r->weighted++;
		/* Positive is added while up, negative while down. */
		if (t->weight > 0)
			r->best += w;
		else
			r->worst += w;
	}
}

static struct reach
reach_of(const struct vrrp_instance_conf *i)
{
	struct reach r = {.has_file = !STAILQ_EMPTY(&i->track_file)};

	add_list(&r, &i->track_interface);
	add_list(&r, &i->track_script);
	add_list(&r, &i->track_process);
	add_list(&r, &i->track_route);
	add_list(&r, &i->track_gateway);
	return r;
}

static uint32_t
clamp(int64_t v)
{
	return (uint32_t)(v < PRIO_MIN	 ? PRIO_MIN
			  : v > PRIO_MAX ? PRIO_MAX
					 : v);
}

/* One object that fails alone: does the other director win then? */
static void
advise_list(struct conf_ctx *ctx, const struct vrrp_instance_conf *i,
	    const struct conf_list *list, int64_t best)
{
	CONF_FOREACH (const struct track_ref_conf, t, list) {
		uint32_t left = clamp(best - labs((long)t->weight));

		if (t->weight != 0 && !t->reverse && left > i->peer_priority)
			NOTE(ctx, i,
			     "%s failing alone cannot move the master: weight "
			     "%d leaves priority %u, and peer_priority is %u",
			     t->obj.name, t->weight, left, i->peer_priority);
	}
}

static void
advise_peer(struct conf_ctx *ctx, const struct vrrp_instance_conf *i,
	    const struct reach *r)
{
	uint32_t best = clamp(i->priority + r->best);
	uint32_t worst = clamp(i->priority + r->worst);

	if (i->peer_priority == 0 || i->priority == PRIO_OWNER ||
	    r->weighted == 0 || r->has_file)
		return;
	if (best < i->peer_priority) {
		NOTE(ctx, i,
		     "even with all that is tracked up, priority %u is below "
		     "peer_priority %u: the weights never make it master",
		     best, i->peer_priority);
		return;
	}
	if (worst > i->peer_priority) {
		NOTE(ctx, i,
		     "even with all that is tracked down, priority %u is above "
		     "peer_priority %u: the weights never move the master",
		     worst, i->peer_priority);
		return;
	}
	advise_list(ctx, i, &i->track_interface, i->priority + r->best);
	advise_list(ctx, i, &i->track_script, i->priority + r->best);
	advise_list(ctx, i, &i->track_process, i->priority + r->best);
	advise_list(ctx, i, &i->track_route, i->priority + r->best);
	advise_list(ctx, i, &i->track_gateway, i->priority + r->best);
}

static void
advise_weights(struct conf_ctx *ctx, const struct vrrp_instance_conf *i)
{
	struct reach r = reach_of(i);

	if (i->priority == PRIO_OWNER && r.weighted > 0)
		NOTE(ctx, i,
		     "weights mean nothing to the address owner: priority 255 "
		     "is fixed. Weight 0 makes a failure a FAULT");
	else if (i->nopreempt && r.weighted > 0 && r.unweighted == 0)
		NOTE(ctx, i,
		     "with nopreempt on both directors a lower priority never "
		     "moves the master: only a FAULT does. Give weight 0 to "
		     "what must fail over");
	advise_peer(ctx, i, &r);
}

/* ---- state and strict mode ---- */

static void
advise_state(struct conf_ctx *ctx, const struct vrrp_instance_conf *i)
{
	bool is_said = conf_is_given(&i->obj, "state") && i->is_master_state;

	if (!is_said || i->priority == PRIO_OWNER)
		return;
	if (i->peer_priority > i->priority)
		NOTE(ctx, i,
		     "state MASTER wins no election: priority %u is below "
		     "peer_priority %u, so the other director becomes master",
		     i->priority, i->peer_priority);
	else if (i->priority < PRIO_DEFAULT)
		NOTE(ctx, i,
		     "state MASTER wins no election: priority does, and %u is "
		     "below the default %u",
		     i->priority, PRIO_DEFAULT);
}

static void
advise_strict(struct conf_ctx *ctx, const struct vrrp_instance_conf *i)
{
	if (i->strict_mode && !i->accept && i->priority != PRIO_OWNER &&
	    !STAILQ_EMPTY(&i->virtual_ipaddress))
		NOTE(ctx, i,
		     "strict mode: the virtual addresses of this instance "
		     "answer nobody, not even ping, as it is not their owner. "
		     "%s if they are to be reached",
		     i->version == 3 ? "Say accept" : "Do without strict mode");
}

/* ---- sync groups ---- */

static const struct vrrp_instance_conf *
member(const struct vrrp_conf *c, const char *name)
{
	CONF_FOREACH (const struct vrrp_instance_conf, i, &c->vrrp_instance)
		if (strcmp(i->obj.name, name) == 0)
			return i;
	return NULL;
}

static void
advise_pair(struct conf_ctx *ctx, const struct vrrp_sync_group_conf *g,
	    const struct vrrp_instance_conf *a,
	    const struct vrrp_instance_conf *b)
{
	if (a->priority != b->priority)
		NOTE(ctx, g,
		     "members of a sync group go together: %s has priority "
		     "%u, %s %u. With the same priority for all it is plain "
		     "who wins",
		     a->obj.name, a->priority, b->obj.name, b->priority);
	if (a->is_master_state != b->is_master_state)
		NOTE(ctx, g,
		     "members of a sync group go together: %s says state %s, "
		     "%s %s",
		     a->obj.name, a->is_master_state ? "MASTER" : "BACKUP",
		     b->obj.name, b->is_master_state ? "MASTER" : "BACKUP");
	if (a->nopreempt != b->nopreempt)
		NOTE(ctx, g,
		     "members of a sync group go together: nopreempt stands in "
		     "%s and not in %s",
		     a->nopreempt ? a->obj.name : b->obj.name,
		     a->nopreempt ? b->obj.name : a->obj.name);
}

static void
advise_group(struct conf_ctx *ctx, const struct vrrp_conf *c,
	     const struct vrrp_sync_group_conf *g)
{
	const struct vrrp_instance_conf *first = NULL;
	bool is_said = false;

	for (uint32_t k = 0; k < g->group.n; k++) {
		const struct vrrp_instance_conf *i =
			member(c, g->group.word[k]);

		if (i == NULL)
			continue;
		if (!g->sync_group_tracking_weight &&
		    i->priority != PRIO_OWNER && reach_of(i).weighted > 0)
			NOTE(ctx, i,
			     "weights of a member of sync group %s are not "
			     "counted: track in the group, or say "
			     "sync_group_tracking_weight there",
			     g->obj.name);
		if (first == NULL)
			first = i;
		else if (!is_said &&
			 (i->priority != first->priority ||
			  i->is_master_state != first->is_master_state ||
			  i->nopreempt != first->nopreempt)) {
			is_said = true;
			advise_pair(ctx, g, first, i);
		}
	}
}

void
vrrp_conf_advise(struct conf_ctx *ctx, const struct vrrp_conf *c)
{
	if (conf_ctx_opts(ctx)->is_engine)
		return;
	CONF_FOREACH (const struct vrrp_instance_conf, i, &c->vrrp_instance) {
		advise_state(ctx, i);
		advise_strict(ctx, i);
		advise_weights(ctx, i);
	}
	CONF_FOREACH (const struct vrrp_sync_group_conf, g, &c->vrrp_sync_group)
		advise_group(ctx, c, g);
}
