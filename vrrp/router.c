/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* All virtual routers of this node; see router.h. */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/instance.h"
#include "vrrp/linkconf.h"
#include "vrrp/linkwatch.h"
#include "vrrp/own.h"
#include "vrrp/sync.h"
#include "vrrp/tracknet.h"

#define ROUTES_DOUBT_DELAY MSEC(20)

/* What an instance was before our process died. */
struct vrrp_hint {
	char name[MSG_NAME_LEN];
	enum vrrp_state_word state;
	UT_hash_handle hh;
};

void
vrrp_router_init(struct vrrp_router *r, const struct vrrp_port *port,
		 void *port_arg)
{
	*r = (struct vrrp_router){.port = port, .port_arg = port_arg};
	TAILQ_INIT(&r->instances);
	TAILQ_INIT(&r->graveyard);
	TAILQ_INIT(&r->dirty);
	TAILQ_INIT(&r->syncs);
	iface_table_init(&r->ifaces);
	route_mirror_init(&r->routes);
	vrrp_hold_init(r);
	vrrp_static_init(r);
	r->doubt_at = r->sync_since = MONOTIME_NEVER;
	vmac_set_init(&r->vmacs);
	track_table_init(&r->tracked);
	r->ask_next = MONOTIME_NEVER;
	announce_init(&r->announce);
	r->stray_limit = (struct log_limit){.interval = SEC(10), .burst = 3};
	r->repair_limit = (struct log_limit){.interval = SEC(1), .burst = 5};
}

static void
hints_drop(struct vrrp_router *r)
{
	struct vrrp_hint *h, *next;

	HASH_ITER (hh, r->hints, h, next) {
		HASH_DELETE(hh, r->hints, h);
		free(h);
	}
}

void
vrrp_router_fini(struct vrrp_router *r)
{
	struct vrrp_instance *in;

	while ((in = TAILQ_FIRST(&r->instances)) != NULL) {
		TAILQ_REMOVE(&r->instances, in, link);
		vrrp_instance_free(in);
	}
	vrrp_sync_fini(r);
	hints_drop(r);
	announce_fini(&r->announce);
	agenda_fini(&r->agenda);
	iface_table_fini(&r->ifaces);
	vrrp_static_fini(r);
	vrrp_hold_fini(r);
	route_mirror_fini(&r->routes);
	vmac_set_fini(&r->vmacs);
	free(r->promoted);
	free(r->vmac_ops);
	track_table_fini(&r->tracked);
	free(r->tx);
	free(r->notes);
	free(r->ops);
	free(r->orphans);
	free(r->garp_member);
}

void
vrrp_router_hint(struct vrrp_router *r, const char *name,
		 enum vrrp_state_word state)
{
	struct vrrp_hint *h;
	size_t len = strnlen(name, MSG_NAME_LEN - 1);

	HASH_FIND(hh, r->hints, name, len, h);
	if (h == NULL) {
		h = xcalloc(1, sizeof(*h));
		memcpy(h->name, name, len);
		HASH_ADD_KEYPTR(hh, r->hints, h->name, len, h);
	}
	h->state = state;
}

/* ---- configuration ---- */

bool
vrrp_router_was_master(const struct vrrp_router *r, const char *name)
{
	const struct vrrp_hint *h;

	HASH_FIND_STR(r->hints, name, h);
	return h != NULL && (h->state == VRRP_WORD_MASTER ||
			     h->state == VRRP_WORD_MASTER_RX_LOWER_PRI);
}

/* Was it master, and does the kernel still hold what a master holds? */
static bool
can_resume(const struct vrrp_router *r, const struct vrrp_instance *in)
{
	if (!vrrp_router_was_master(r, in->name))
		return false;
	for (uint32_t i = 0; i < in->n_vips; i++) {
		const struct vrrp_vip *v = &in->vips[i];

		if (!v->no_track &&
		    !iface_vip_actual(&r->ifaces, &v->slot.want).is_present)
			return false;
	}
	return true;
}

/* The conditions of a new one; of a group, all are known before one starts. */
static void
look_at(struct vrrp_instance *in, monotime_t now)
{
	struct vrrp_event ev = {
		.kind = VRRP_EV_UNMET,
		.unmet = vrrp_instance_refresh(in),
	};

	vrrp_instance_step(in, &ev, now);
}

static void
start(struct vrrp_router *r, struct vrrp_instance *in, monotime_t now)
{
	struct vrrp_event ev = {.kind = VRRP_EV_START};

	if (can_resume(r, in)) {
		ev.kind = VRRP_EV_RESUME;
		/* Its last advert may have been an interval before that: has
		 * somebody had the time to take over? */
		if (r->silent >= 2 * in->params.interval)
			ev.asleep = r->silent;
	} else {
		ev.delay = vrrp_router_startup_delay(r, now);
	}
	/* Also clears away what a crash has left behind. */
	vrrp_instance_touch(in);
	if (!vrrp_tracking_hold(in, &ev, now))
		vrrp_instance_step(in, &ev, now);
}

/* The search begins behind the last one found: changes come in the order of
 * the configuration, as instances do. */
static struct vrrp_instance *
instance_of(const struct vrrp_router *r, const struct vrrp_instance_conf *c,
	    struct vrrp_instance *last)
{
	struct vrrp_instance *in = last;

	for (size_t i = 0; i <= r->n_instances; i++) {
		in = in == NULL ? TAILQ_FIRST(&r->instances)
				: TAILQ_NEXT(in, link);
		if (in != NULL && in->conf == c)
			return in;
	}
	return NULL;
}

/* Says farewell and lets it go after the next flush. */
static void
bury(struct vrrp_router *r, struct vrrp_instance *in, bool is_deleted,
     monotime_t now)
{
	in->is_deleted = is_deleted;
	vrrp_sync_leave(in);
	vrrp_instance_step(in, &(struct vrrp_event){.kind = VRRP_EV_STOP}, now);
	vrrp_instance_bequeath(in);
	if (is_deleted)
		vrrp_instance_note(
			in, &(struct vrrp_note){.kind = VRRP_NOTE_DELETED},
			now);
	vrrp_instance_untouch(in);
	vrrp_instance_deafen(in);
	TAILQ_REMOVE(&r->instances, in, link);
	TAILQ_INSERT_TAIL(&r->graveyard, in, link);
}

static void
reconf(struct vrrp_instance *in, const struct vrrp_instance_conf *c,
       monotime_t now)
{
	struct vrrp_event ev = {.kind = VRRP_EV_UNMET};

	in->was_reported = false;
	vrrp_instance_reconf(in, c);
	if (in->router->vmacs.has_new)
		own_settle(in->router, now);
	ev.unmet = vrrp_instance_refresh(in);
	vrrp_instance_step(in, &ev, now);
	vrrp_instance_rearm_refresh(in, now);
	vrrp_instance_rearm_extra(in, now);
	vrrp_instance_rearm_lifetime(in, now);
	vrrp_instance_radvert_rearm(in, now);
	vrrp_instance_step(in, &(struct vrrp_event){.kind = VRRP_EV_RECONF},
			   now);
}

/* Changes one that exists; returns where to search on. */
static struct vrrp_instance *
change_old(struct vrrp_router *r, const struct vrrp_change *ch,
	   struct vrrp_instance *last, monotime_t now)
{
	struct vrrp_instance *in = instance_of(r, ch->old, last);

	if (in == NULL)
		return last;
	switch (ch->op) {
	case VRRP_CHANGE_ADD:
		return last;
	case VRRP_CHANGE_SAME:
		in->conf = ch->now;
		if (r->is_global_new)
			reconf(in, ch->now, now);
		return in;
	case VRRP_CHANGE_LIVE:
		reconf(in, ch->now, now);
		return in;
	case VRRP_CHANGE_DEL:
	case VRRP_CHANGE_RESTART:
		last = TAILQ_PREV(in, vrrp_instances, link);
		bury(r, in, ch->op == VRRP_CHANGE_DEL, now);
		return last;
	}
	return last;
}

static void
set_vrids(struct vrrp_router *r)
{
	uint32_t bits[8] = {0}, ah[8] = {0};
	const struct vrrp_instance *in;

	if (r->global.log_unknown_vrids)
		memset(bits, 0xff, sizeof(bits));
	TAILQ_FOREACH (in, &r->instances, link) {
		uint32_t bit = 1u << in->want.vrid % 32;

		bits[in->want.vrid / 32] |= bit;
		if (in->want.auth_type == VRRP_AUTH_AH)
			ah[in->want.vrid / 32] |= bit;
	}
	r->port->set_vrids(r->port_arg, bits);
	r->port->set_ah_vrids(r->port_arg, ah);
}

/* Global values that instances have taken over. */
static bool
is_global_alike(const struct vrrp_global_conf *a,
		const struct vrrp_global_conf *b)
{
	return addr_is_equal(&a->vrrp_mcast_group4, &b->vrrp_mcast_group4) &&
	       addr_is_equal(&a->vrrp_mcast_group6, &b->vrrp_mcast_group6) &&
	       a->vrrp_check_unicast_src == b->vrrp_check_unicast_src;
}

void
vrrp_router_apply(struct vrrp_router *r, const struct vrrp_global_conf *global,
		  const struct vrrp_change *change, size_t n, monotime_t now)
{
	struct vrrp_instance *last = NULL, *in;

	r->is_global_new = !is_global_alike(&r->global, global);
	r->global = *global;
	announce_set_gaps(&r->announce, global->vrrp_garp_interval,
			  global->vrrp_gna_interval);
	vrrp_router_make_room(r);
	for (size_t i = 0; i < n; i++)
		if (change[i].op != VRRP_CHANGE_ADD)
			last = change_old(r, &change[i], last, now);
	for (size_t i = 0; i < n; i++)
		if (change[i].op == VRRP_CHANGE_ADD ||
		    change[i].op == VRRP_CHANGE_RESTART)
			(void)vrrp_instance_new(r, change[i].now);
	vrrp_router_make_room(r);
	set_vrids(r);
	vrrp_router_send(r); /* farewells, while there is where from */
	own_settle(r, now);
	vrrp_sync_regroup(r, now);
	promote_settle(r);
	vrrp_tracking_refill(r, now);
	vrrp_router_tell_delay(r, now);
	TAILQ_FOREACH (in, &r->instances, link)
		if (!in->is_started)
			look_at(in, now);
	TAILQ_FOREACH (in, &r->instances, link)
		if (!in->is_started) {
			in->is_started = true;
			start(r, in, now);
		}
	TAILQ_FOREACH (in, &r->instances, link)
		vrrp_instance_regroup(in);
	vrrp_router_flush(r, now);
	vrrp_sync_tell_joining(r);
	hints_drop(r);
	r->silent = 0;
	r->is_reload = true;
}

void
vrrp_router_stop(struct vrrp_router *r, bool keep_vips, monotime_t now)
{
	struct vrrp_instance *in;

	vrrp_static_apply(r, NULL);
	r->is_stopping = true;
	r->keeps_vips = keep_vips;
	TAILQ_FOREACH (in, &r->instances, link)
		vrrp_instance_step(
			in, &(struct vrrp_event){.kind = VRRP_EV_STOP}, now);
	vrrp_router_flush(r, now);
	promote_settle(r);
}

/* ---- interfaces and time ---- */

void
vrrp_router_recheck(struct vrrp_router *r, monotime_t now)
{
	struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->instances, link) {
		struct vrrp_event ev = {
			.kind = VRRP_EV_UNMET,
			.unmet = vrrp_instance_refresh(in),
		};

		if (ev.unmet != vrrp_instance_unmet(in))
			vrrp_instance_step(in, &ev, now);
		if (in->fsm.state == VRRP_MASTER)
			vrrp_instance_touch(in);
	}
}

/* IPv4 routes go without a word when a link goes down or an address is taken
 * away: ours are looked at again, but not for each word of a storm. */
static void
doubt_routes(struct vrrp_router *r, monotime_t now)
{
	bool is_lost = r->ifaces.losses != r->seen_losses ||
		       r->ifaces.downs != r->seen_downs;

	if (!is_lost || r->routes.watches == NULL)
		return;
	r->doubt_at = monotime_min(r->doubt_at,
				   monotime_add(now, ROUTES_DOUBT_DELAY));
}

void
vrrp_router_ifaces_changed(struct vrrp_router *r, monotime_t now)
{
	linkwatch_step(&r->ifaces, now);
	if (r->ifaces.generation == r->seen_generation &&
	    r->ifaces.losses == r->seen_losses &&
	    r->routes.generation == r->seen_routes)
		return;
	doubt_routes(r, now);
	own_settle(r, now);
	promote_settle(r);
	r->seen_losses = r->ifaces.losses;
	r->seen_downs = r->ifaces.downs;
	r->seen_generation = r->ifaces.generation;
	r->seen_routes = r->routes.generation;
	vrrp_hold_news(r);
	vrrp_tracking_ifaces(r, now);
	r->statics.is_dirty = r->statics.n_addrs > 0;
	vrrp_router_recheck(r, now);
	vrrp_router_flush(r, now);
	own_abandon(r, now);
}

/* Deadlines that adverts have moved away since: all that come first are put
 * right at once, or each would wake us for itself. */
static void
put_off_stale(struct vrrp_router *r)
{
	struct agenda_item *it = agenda_first(&r->agenda);

	while (it != NULL && vrrp_instance_put_off(vrrp_instance_of_due(it)))
		it = agenda_first(&r->agenda);
}

/* When a link is to be looked at again though nothing was told. */
static monotime_t
links_next(const struct vrrp_router *r)
{
	return monotime_min(r->vmacs.retry, linkwatch_next(&r->ifaces));
}

void
vrrp_router_beat(struct vrrp_router *r, const char *ifname, bool has_link,
		 monotime_t now)
{
	linkwatch_beat(&r->ifaces, ifname, has_link);
	vrrp_router_ifaces_changed(r, now);
}

void
vrrp_router_run(struct vrrp_router *r, monotime_t now)
{
	monotime_t first = agenda_next(&r->agenda);
	struct agenda_item *it;

	if (!monotime_before(now, first) &&
	    monotime_sub(now, first) > r->worst_late)
		r->worst_late = monotime_sub(now, first);
	while ((it = agenda_pop(&r->agenda, now)) != NULL)
		vrrp_instance_due(vrrp_instance_of_due(it), now);
	put_off_stale(r);
	if (!monotime_before(now, r->doubt_at)) {
		r->doubt_at = MONOTIME_NEVER;
		route_mirror_lost(&r->routes);
		vrrp_router_ifaces_changed(r, now);
	}
	vrrp_hold_due(r, now);
	r->statics.is_dirty = r->statics.is_dirty ||
			      !monotime_before(now, r->statics.retry_at);
	vrrp_router_flush(r, now);
	if (!monotime_before(now, r->ask_next)) {
		vrrp_tracknet_run(r, now);
		vrrp_router_flush(r, now);
	}
	if (!monotime_before(now, links_next(r))) {
		own_abandon(r, now);
		vrrp_router_ifaces_changed(r, now);
	}
}

monotime_t
vrrp_router_next(const struct vrrp_router *r)
{
	return monotime_min(
		monotime_min(monotime_min(agenda_next(&r->agenda), r->ask_next),
			     announce_next(&r->announce)),
		monotime_min(monotime_min(monotime_min(r->doubt_at,
						       r->statics.retry_at),
					  links_next(r)),
			     r->hold.retry_at));
}

void
vrrp_router_on_sync(struct vrrp_router *r, monotime_t since, monotime_t now)
{
	const struct vrrp_event ev = {.kind = VRRP_EV_SYNC, .until = since};
	struct vrrp_instance *in;

	r->sync_since = since;
	TAILQ_FOREACH (in, &r->instances, link)
		vrrp_instance_step(in, &ev, now);
}
