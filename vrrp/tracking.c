/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Tracked objects at work; see tracking.h.  The arithmetic is track.c's. */
#include "vrrp/tracking.h"

#include <string.h>

#include "lib/util.h"
#include "parser/keyset.h"
#include "vrrp/sync.h"
#include "vrrp/tracknet.h"

/* ---- what instances refer to ---- */

static void
fill_own(struct track_refs *refs, struct track_table *t,
	 const struct vrrp_instance_conf *c, monotime_t now)
{
	track_refs_add(refs, t, TRACK_INTERFACE, &c->track_interface, now);
	track_refs_add(refs, t, TRACK_SCRIPT, &c->track_script, now);
	track_refs_add(refs, t, TRACK_FILE, &c->track_file, now);
	track_refs_add(refs, t, TRACK_PROCESS, &c->track_process, now);
	track_refs_add(refs, t, TRACK_ROUTE, &c->track_route, now);
	track_refs_add(refs, t, TRACK_GATEWAY, &c->track_gateway, now);
}

static void
fill_group(struct track_refs *refs, struct track_table *t,
	   const struct vrrp_sync_group_conf *c, monotime_t now)
{
	track_refs_add(refs, t, TRACK_INTERFACE, &c->track_interface, now);
	track_refs_add(refs, t, TRACK_SCRIPT, &c->track_script, now);
	track_refs_add(refs, t, TRACK_FILE, &c->track_file, now);
	track_refs_add(refs, t, TRACK_PROCESS, &c->track_process, now);
	track_refs_add(refs, t, TRACK_ROUTE, &c->track_route, now);
	track_refs_add(refs, t, TRACK_GATEWAY, &c->track_gateway, now);
}

void
vrrp_tracking_drop(struct vrrp_instance *in)
{
	track_refs_clear(&in->own_track);
	track_refs_clear(&in->group_track);
}

/* Weighted lines of a member count only where its group lets them; an owner's
 * priority is fixed. */
static bool
counts_weights(const struct vrrp_instance_conf *c,
	       const struct vrrp_sync_group_conf *g)
{
	return c->priority != VRRP_PRIO_OWNER &&
	       (g == NULL || g->sync_group_tracking_weight);
}

static void
refill(struct vrrp_instance *in, const struct vrrp_sync_group_conf *g,
       monotime_t now)
{
	struct track_table *t = &in->router->tracked;
	struct track_refs own = {.n = 0}, group = {.n = 0};

	fill_own(&own, t, in->conf, now);
	if (g != NULL)
		fill_group(&group, t, g, now);
	vrrp_tracking_drop(in);
	in->own_track = own;
	in->group_track = group;
	in->counts_weights = counts_weights(in->conf, g);
}

/* ---- what follows from it ---- */

static struct track_sum
sum_of(const struct vrrp_instance *in)
{
	struct track_sum sum = {0};

	track_refs_fold(&in->own_track, in->counts_weights && in->sync == NULL,
			&sum);
	/* A group is one in the election: members differ by their base. */
	if (in->counts_weights && in->sync != NULL)
		sum.delta += vrrp_sync_weights(in->sync);
	/* The group's count for every member alike. */
	track_refs_fold(&in->group_track, in->conf->priority != VRRP_PRIO_OWNER,
			&sum);
	return sum;
}

uint8_t
vrrp_tracking_priority(const struct vrrp_instance *in)
{
	return track_priority(in->conf->priority, &in->track_sum);
}

uint32_t
vrrp_tracking_unmet(const struct vrrp_instance *in)
{
	return in->track_sum.down > 0 ? VRRP_COND_TRACK : 0;
}

static void
set_priority(struct vrrp_instance *in, monotime_t now)
{
	uint8_t priority = vrrp_tracking_priority(in);

	if (priority == in->params.priority)
		return;
	in->params.priority = priority;
	vrrp_instance_encode(in);
	vrrp_instance_step(in, &(struct vrrp_event){.kind = VRRP_EV_RECONF},
			   now);
}

bool
vrrp_tracking_hold(struct vrrp_instance *in, const struct vrrp_event *ev,
		   monotime_t now)
{
	if (in->track_sum.unknown == 0 || in->track_sum.down > 0)
		return false;
	in->is_kept_back = true;
	in->kept_start = *ev;
	in->kept_at = now;
	return true;
}

static void
let_go(struct vrrp_instance *in, monotime_t now)
{
	nsec_t waited = monotime_sub(now, in->kept_at);

	if (!in->is_kept_back ||
	    (in->track_sum.unknown > 0 && in->track_sum.down == 0))
		return;
	in->is_kept_back = false;
	in->kept_start.delay = waited < in->kept_start.delay
				       ? in->kept_start.delay - waited
				       : 0;
	vrrp_instance_step(in, &in->kept_start, now);
}

/* The sum is made anew; priority and condition follow it. */
static void
update(struct vrrp_instance *in, monotime_t now)
{
	struct vrrp_event ev = {.kind = VRRP_EV_UNMET};

	in->track_sum = sum_of(in);
	set_priority(in, now);
	ev.unmet = vrrp_instance_refresh(in);
	if (ev.unmet != vrrp_instance_unmet(in))
		vrrp_instance_step(in, &ev, now);
	let_go(in, now);
}

/* ---- configuration ---- */

void
vrrp_tracking_set_conf(struct vrrp_router *r, const struct vrrp_conf *c)
{
	r->track_conf = c;
}

static enum track_level
iface_level(const struct vrrp_router *r, const char *name)
{
	const struct iface *i = iface_find(&r->ifaces, name);

	return i != NULL && iface_is_running(&r->ifaces, i) ? TRACK_UP
							    : TRACK_DOWN;
}

static void
look_at_interfaces(struct vrrp_router *r, monotime_t now)
{
	struct track_obj *o, *next;

	HASH_ITER (hh, r->tracked.all, o, next) {
		struct track_state st = {.level = TRACK_DOWN};
		bool was_told = o->was_told;

		if (o->key.kind != TRACK_INTERFACE)
			continue;
		st.level = iface_level(r, o->key.name);
		if (!track_obj_set(o, &st, now))
			continue;
		o->is_news = true;
		if (was_told)
			log_info("Netlink reports %s %s", o->key.name,
				 st.level == TRACK_UP ? "up" : "down");
	}
}

/* Intervals are those of who refers to a gateway now. */
static void
forget_intervals(struct track_table *t)
{
	struct track_obj *o, *next;

	HASH_ITER (hh, t->all, o, next) {
		o->net.interval = 0;
	}
}

void
vrrp_tracking_refill(struct vrrp_router *r, monotime_t now)
{
	struct keyset *groups = keyset_new(); /* member -> its group */
	struct vrrp_instance *in;

	if (r->track_conf != NULL)
		CONF_FOREACH (struct vrrp_sync_group_conf, g,
			      &r->track_conf->vrrp_sync_group)
			for (uint32_t i = 0; i < g->group.n; i++)
				(void)keyset_put(groups, g->group.word[i],
						 strlen(g->group.word[i]), g);
	forget_intervals(&r->tracked);
	TAILQ_FOREACH (in, &r->instances, link)
		refill(in,
		       keyset_find(groups, in->conf->obj.name,
				   strlen(in->conf->obj.name)),
		       now);
	keyset_free(groups);
	vrrp_tracknet_follow(r, now);
	track_table_sweep(&r->tracked);
	vrrp_tracknet_routes(r, now);
	look_at_interfaces(r, now);
	TAILQ_FOREACH (in, &r->instances, link)
		update(in, now);
}

/* ---- news ---- */

static void
tell_all(struct vrrp_router *r, const struct track_obj *o, monotime_t now)
{
	struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->instances, link)
		if (track_refs_has(&in->own_track, o) ||
		    track_refs_has(&in->group_track, o) ||
		    (in->sync != NULL && vrrp_sync_tracks(in->sync, o)))
			update(in, now);
}

void
vrrp_tracking_ifaces(struct vrrp_router *r, monotime_t now)
{
	struct track_obj *o, *next;

	look_at_interfaces(r, now);
	HASH_ITER (hh, r->tracked.all, o, next) {
		if (!o->is_news)
			continue;
		o->is_news = false;
		tell_all(r, o, now);
	}
	vrrp_tracknet_routes(r, now);
}

void
vrrp_tracking_set(struct vrrp_router *r, struct track_obj *o,
		  enum track_level level, monotime_t now)
{
	struct track_state st = {.level = level};

	if (!track_obj_set(o, &st, now))
		return;
	log_info("Tracked %s %s is %s",
		 track_kind_name((enum track_kind)o->key.kind), o->key.name,
		 level == TRACK_UP ? "up" : "down");
	tell_all(r, o, now);
}

/* ---- what the supervisor says ---- */

static void
log_script_end(const char *name, const struct msg_track *m)
{
	switch ((enum msg_track_end)m->end) {
	case MSG_TRACK_EXITED:
		log_info("VRRP_Script(%s) failed (exited with status %d)", name,
			 m->detail);
		return;
	case MSG_TRACK_KILLED:
		log_info("VRRP_Script(%s) failed (due to signal %d)", name,
			 m->detail);
		return;
	case MSG_TRACK_TIMEOUT:
		log_info("VRRP_Script(%s) timed_out", name);
		return;
	case MSG_TRACK_FAILED:
		log_info("VRRP_Script(%s) failed (cannot run: %s)", name,
			 strerror(m->detail));
		return;
	}
}

static void
log_script(struct track_obj *o, const struct msg_track *m, bool is_changed)
{
	if (m->end == MSG_TRACK_EXITED && m->detail != o->status)
		log_info("Script `%s` now returning %d", o->key.name,
			 m->detail);
	if (!is_changed)
		return;
	if (o->state.level == TRACK_UP)
		log_info("VRRP_Script(%s) succeeded", o->key.name);
	else if (o->state.level == TRACK_DOWN)
		log_script_end(o->key.name, m);
}

static void
log_told(struct track_obj *o, const struct msg_track *m, bool is_changed)
{
	switch ((enum msg_track_kind)m->kind) {
	case MSG_TRACK_SCRIPT:
		log_script(o, m, is_changed);
		return;
	case MSG_TRACK_FILE:
		if (is_changed)
			log_info("Tracked file %s now has value %lld",
				 o->key.name, (long long)m->value);
		return;
	case MSG_TRACK_PROCESS:
		if (is_changed)
			log_info("Quorum %s for tracked process %s (%lld run)",
				 o->state.level == TRACK_UP ? "gained" : "lost",
				 o->key.name, (long long)m->value);
		return;
	}
}

static enum track_level
level_of(uint32_t level)
{
	return level == MSG_TRACK_UP	 ? TRACK_UP
	       : level == MSG_TRACK_DOWN ? TRACK_DOWN
					 : TRACK_UNKNOWN;
}

void
vrrp_tracking_told(struct vrrp_router *r, const struct msg_track *m,
		   monotime_t now)
{
	static const enum track_kind kinds[] = {
		[MSG_TRACK_SCRIPT] = TRACK_SCRIPT,
		[MSG_TRACK_FILE] = TRACK_FILE,
		[MSG_TRACK_PROCESS] = TRACK_PROCESS,
	};
	struct track_state st = {.level = level_of(m->level)};
	char name[MSG_TRACK_NAME_LEN];
	struct track_obj *o;
	bool is_changed;

	if (m->kind >= ARRAY_LEN(kinds))
		return;
	if (m->kind == MSG_TRACK_FILE)
		st = (struct track_state){.has_value = true, .value = m->value};
	str_fill(name, sizeof(name), m->name);
	/* It may be ahead of the configuration that refers to it. */
	o = track_table_get(&r->tracked, kinds[m->kind], name, now);
	is_changed = track_obj_set(o, &st, now);
	if (is_changed)
		tell_all(r, o, now);
	vrrp_router_send(r); /* words come after adverts */
	if (!m->is_hint)
		log_told(o, m, is_changed);
	o->status = m->end == MSG_TRACK_EXITED ? m->detail : -1;
	vrrp_router_flush(r, now);
}

/* ---- status ---- */

static bool
group_counts(const struct vrrp_instance *in)
{
	return in->conf->priority != VRRP_PRIO_OWNER;
}

void
vrrp_tracking_print(const struct vrrp_instance *in, monotime_t now,
		    struct buf *out)
{
	uint32_t n = in->own_track.n + in->group_track.n;

	if (in->is_kept_back)
		buf_adds(out, "   Waits for the first result of a script\n");
	if (n == 0)
		return;
	buf_printf(out, "   Tracked = %u\n", n);
	(void)track_refs_print(&in->own_track, now, in->counts_weights, out);
	(void)track_refs_print(&in->group_track, now, group_counts(in), out);
}

void
vrrp_tracking_print_json(const struct vrrp_instance *in, monotime_t now,
			 struct buf *out)
{
	uint32_t n;

	buf_adds(out, ",\"tracked\":[");
	n = track_refs_print_json(&in->own_track, now, in->counts_weights, "",
				  out);
	(void)track_refs_print_json(&in->group_track, now, group_counts(in),
				    n > 0 ? "," : "", out);
	buf_addc(out, ']');
}

const char *
vrrp_tracking_text(const struct vrrp_instance *in, char *buf, size_t size)
{
	buf[0] = '\0';
	(void)track_refs_down_text(&in->own_track, in->counts_weights, buf,
				   size);
	return track_refs_down_text(&in->group_track, group_counts(in), buf,
				    size);
}
