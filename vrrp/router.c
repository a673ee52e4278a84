/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* All virtual routers of this node; see router.h. */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/instance.h"

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
	iface_table_init(&r->ifaces);
	announce_init(&r->announce);
	r->stray_limit = (struct log_limit){.interval = SEC(10), .burst = 3};
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
	hints_drop(r);
	announce_fini(&r->announce);
	agenda_fini(&r->agenda);
	iface_table_fini(&r->ifaces);
	free(r->tx);
	free(r->notes);
	free(r->ops);
	free(r->orphans);
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

/* Was it master, and does the kernel still hold what a master holds? */
static bool
can_resume(const struct vrrp_router *r, const struct vrrp_instance *in)
{
	const struct vrrp_hint *h;

	HASH_FIND_STR(r->hints, in->name, h);
	if (h == NULL || (h->state != VRRP_WORD_MASTER &&
			  h->state != VRRP_WORD_MASTER_RX_LOWER_PRI))
		return false;
	for (uint32_t i = 0; i < in->n_vips; i++) {
		const struct vrrp_vip *v = &in->vips[i];

		if (!v->no_track &&
		    !iface_vip_actual(&r->ifaces, &v->slot.want).is_present)
			return false;
	}
	return true;
}

static void
start(struct vrrp_router *r, struct vrrp_instance *in, monotime_t now)
{
	struct vrrp_event ev = {
		.kind = VRRP_EV_UNMET,
		.unmet = vrrp_instance_refresh(in),
	};

	vrrp_instance_step(in, &ev, now);
	ev = (struct vrrp_event){.kind = VRRP_EV_START};
	if (can_resume(r, in))
		ev.kind = VRRP_EV_RESUME;
	else if (!r->is_reload)
		ev.delay = r->global.vrrp_startup_delay;
	/* Also clears away what a crash has left behind. */
	vrrp_instance_touch(in);
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
	ev.unmet = vrrp_instance_refresh(in);
	vrrp_instance_step(in, &ev, now);
	vrrp_instance_rearm_refresh(in, now);
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
	uint32_t bits[8] = {0};
	const struct vrrp_instance *in;

	if (r->global.log_unknown_vrids)
		memset(bits, 0xff, sizeof(bits));
	TAILQ_FOREACH (in, &r->instances, link)
		bits[in->want.vrid / 32] |= 1u << in->want.vrid % 32;
	r->port->set_vrids(r->port_arg, bits);
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
	struct vrrp_instance *last = NULL;

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
	for (struct vrrp_instance *in = TAILQ_FIRST(&r->instances); in != NULL;
	     in = TAILQ_NEXT(in, link))
		if (!in->is_started) {
			in->is_started = true;
			start(r, in, now);
		}
	vrrp_router_flush(r, now);
	hints_drop(r);
	r->is_reload = true;
}

void
vrrp_router_stop(struct vrrp_router *r, bool keep_vips, monotime_t now)
{
	struct vrrp_instance *in;

	r->is_stopping = true;
	r->keeps_vips = keep_vips;
	TAILQ_FOREACH (in, &r->instances, link)
		vrrp_instance_step(
			in, &(struct vrrp_event){.kind = VRRP_EV_STOP}, now);
	vrrp_router_flush(r, now);
}

/* ---- packets ---- */

static struct vrrp_instance *
find_instance(const struct vrrp_router *r, uint32_t ifindex, int family,
	      uint8_t vrid)
{
	struct vrrp_instance_key key = {ifindex, (uint16_t)family, vrid};
	struct vrrp_instance *in;

	HASH_FIND(hh, r->by_key, &key, sizeof(key), in);
	return in;
}

/* Unicast: what a configured peer may send; multicast: to our group. */
static enum vrrp_discard
check_peer(const struct vrrp_instance *in, const struct vrrp_origin *o,
	   struct vrrp_want *want)
{
	if (!in->is_unicast)
		return addr_is_equal(&o->dst, &in->group)
			       ? VRRP_DISCARD_ACCEPT
			       : VRRP_DISCARD_DESTINATION;
	if (addr_is_multicast(&o->dst))
		return VRRP_DISCARD_DESTINATION;
	for (uint32_t i = 0; i < in->n_dests; i++)
		if (addr_is_equal(&in->dests[i].addr, &o->src)) {
			want->min_hops = in->dests[i].min_hops;
			want->max_hops = in->dests[i].max_hops;
			return VRRP_DISCARD_ACCEPT;
		}
	return in->checks_peers ? VRRP_DISCARD_PEER : VRRP_DISCARD_ACCEPT;
}

static void
discard(struct vrrp_instance *in, enum vrrp_discard why,
	const struct vrrp_origin *o, monotime_t now)
{
	char a[ADDR_STR_LEN];
	uint32_t missed;

	in->stats.discarded[why]++;
	if (why == VRRP_DISCARD_LOOPED)
		return; /* bridges do that; the counter tells */
	if (!log_limit_ok(&in->discard_limit, now, &missed))
		return;
	log_warn("(%s) discarded advert from %s: %s", in->name,
		 addr_print(&o->src, a, sizeof(a)), vrrp_discard_text(why));
	if (missed > 0)
		log_warn("(%s) %u more such lines were held back", in->name,
			 missed);
}

/* Worth a word, but accepted (RFC 9568 §7.1). */
static void
note_oddities(struct vrrp_instance *in, const struct vrrp_packet *p,
	      const struct vrrp_origin *o, monotime_t now)
{
	char a[ADDR_STR_LEN];
	uint32_t missed;
	bool differs = p->interval != in->params.interval;

	if (!differs && !p->is_list_different)
		return;
	in->stats.interval_differs += differs;
	in->stats.list_differs += p->is_list_different;
	if (!log_limit_ok(&in->oddity_limit, now, &missed))
		return;
	(void)addr_print(&o->src, a, sizeof(a));
	if (differs)
		log_info("(%s) advert interval of %s is %.2f s, ours %.2f s",
			 in->name, a, (double)p->interval / SEC(1),
			 (double)in->params.interval / SEC(1));
	if (p->is_list_different)
		log_info("(%s) address list of %s differs from ours", in->name,
			 a);
}

static void
deliver(struct vrrp_instance *in, const uint8_t *msg, size_t len,
	const struct vrrp_origin *o, monotime_t now)
{
	struct vrrp_want want = in->want;
	struct vrrp_packet p;
	struct vrrp_event ev = {.kind = VRRP_EV_ADVERT, .src = o->src};
	enum vrrp_discard why = VRRP_DISCARD_LOOPED;

	if (!addr_is_equal(&o->src, &in->params.source))
		why = check_peer(in, o, &want);
	if (why == VRRP_DISCARD_ACCEPT)
		why = vrrp_packet_accept(msg, len, o, &want, &p);
	if (why != VRRP_DISCARD_ACCEPT) {
		discard(in, why, o, now);
		return;
	}
	in->stats.received++;
	note_oddities(in, &p, o, now);
	ev.priority = p.priority;
	ev.interval = p.interval;
	if (p.priority == VRRP_PRIO_STOP) {
		in->stats.zero_received++;
		if (in->fsm.state == VRRP_BACKUP)
			vrrp_instance_note(
				in, &(struct vrrp_note){.kind = VRRP_NOTE_ZERO},
				now);
	}
	vrrp_instance_step(in, &ev, monotime_add(now, -o->age));
}

static void
unknown_vrid(struct vrrp_router *r, const struct vrrp_origin *o, uint8_t vrid,
	     monotime_t now)
{
	char a[ADDR_STR_LEN];
	uint32_t missed;
	const struct iface *i = iface_find_index(&r->ifaces, o->ifindex);

	r->unknown_vrids++;
	if (r->global.log_unknown_vrids &&
	    log_limit_ok(&r->stray_limit, now, &missed))
		log_info("%s advertises unknown VRID %u on %s",
			 addr_print(&o->src, a, sizeof(a)), vrid,
			 i != NULL ? i->fact.name : "an unknown interface");
}

void
vrrp_router_packet(struct vrrp_router *r, int family, const void *data,
		   size_t len, const struct vrrp_origin *o, monotime_t now)
{
	struct vrrp_origin origin = *o;
	const uint8_t *msg = data;
	size_t msg_len = len;
	struct vrrp_instance *in;
	uint8_t version, vrid;

	if ((family == AF_INET &&
	     vrrp_ipv4_split(data, len, &origin, &msg, &msg_len) !=
		     VRRP_DISCARD_ACCEPT) ||
	    !vrrp_packet_peek(msg, msg_len, &version, &vrid)) {
		r->bad_headers++;
		return;
	}
	in = find_instance(r, origin.ifindex, family, vrid);
	if (in == NULL)
		unknown_vrid(r, &origin, vrid, now);
	else
		deliver(in, msg, msg_len, &origin, now);
}

/* ---- interfaces and time ---- */

void
vrrp_router_ifaces_changed(struct vrrp_router *r, monotime_t now)
{
	struct vrrp_instance *in;
	bool is_lost = r->ifaces.losses != r->seen_losses;

	if (r->ifaces.generation == r->seen_generation && !is_lost)
		return;
	r->seen_losses = r->ifaces.losses;
	r->seen_generation = r->ifaces.generation;
	TAILQ_FOREACH (in, &r->instances, link) {
		struct vrrp_event ev = {
			.kind = VRRP_EV_UNMET,
			.unmet = vrrp_instance_refresh(in),
		};

		if (ev.unmet != in->fsm.unmet)
			vrrp_instance_step(in, &ev, now);
		if (in->fsm.state == VRRP_MASTER)
			vrrp_instance_touch(in);
	}
	vrrp_router_flush(r, now);
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
	vrrp_router_flush(r, now);
}

monotime_t
vrrp_router_next(const struct vrrp_router *r)
{
	return monotime_min(agenda_next(&r->agenda),
			    announce_next(&r->announce));
}
