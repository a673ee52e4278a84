/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sync groups at run time; see sync.h.  It decides nothing (group.c). */
#include "vrrp/sync.h"

#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "parser/keyset.h"

/* ---- a step ---- */

static void
note(struct vrrp_sync *s, uint32_t i, enum vrrp_note_kind kind,
     enum vrrp_state to, monotime_t now)
{
	struct vrrp_note n = {.kind = kind, .to = to, .sync = s};

	vrrp_instance_note(s->in[i], &n, now);
}

static void
tell(struct vrrp_sync *s, uint32_t i, enum vrrp_state to, monotime_t now)
{
	if (to == s->state)
		return;
	s->state = to;
	s->since = now;
	note(s, i, VRRP_NOTE_GROUP, to, now);
}

/* Where the event takes a member that follows the others; false: nowhere. */
static bool
is_move(const struct vrrp_fsm *f, const struct vrrp_event *ev,
	enum vrrp_state *to)
{
	if (f->state == VRRP_INIT)
		return false;
	if (ev->kind == VRRP_EV_UNMET)
		*to = ev->unmet != 0 ? VRRP_FAULT : VRRP_BACKUP;
	else
		*to = ev->kind == VRRP_EV_SYNC_MASTER ? VRRP_MASTER
						      : VRRP_BACKUP;
	return (*to == VRRP_FAULT) != (f->state == VRRP_FAULT) ||
	       ev->kind != VRRP_EV_UNMET;
}

static void
act(void *arg, uint32_t i, const struct vrrp_event *ev, monotime_t now)
{
	struct vrrp_sync *s = arg;
	struct vrrp_instance *in = s->in[i];
	enum vrrp_state to;

	if (i != s->trigger && !s->has_said && is_move(&in->fsm, ev, &to)) {
		s->has_said = true;
		note(s, i, VRRP_NOTE_SYNC, to, now);
	}
	if (in->fsm.state == VRRP_INIT || in->fsm.state == VRRP_FAULT)
		in->params.is_grouped = !vrrp_group_is_owner(&s->group);
	vrrp_instance_step_alone(in, ev, now);
}

/* At a start the group's state is told before its members'. */
static void
tell_start(struct vrrp_sync *s, const struct vrrp_instance *in,
	   const struct vrrp_event *ev, monotime_t now)
{
	bool begins = ev->kind == VRRP_EV_RESUME ||
		      (ev->kind == VRRP_EV_START && ev->delay == 0) ||
		      (ev->kind == VRRP_EV_TIMER &&
		       !monotime_before(now, in->fsm.deadline));

	if (s->state != VRRP_INIT || in->fsm.state != VRRP_INIT || !begins)
		return;
	tell(s, in->member,
	     in->fsm.unmet != 0 ? VRRP_FAULT
	     : ev->kind == VRRP_EV_RESUME || vrrp_group_is_owner(&s->group)
		     ? VRRP_MASTER
		     : VRRP_BACKUP,
	     now);
}

void
vrrp_sync_step(struct vrrp_instance *in, const struct vrrp_event *ev,
	       monotime_t now)
{
	struct vrrp_sync *s = in->sync;

	s->trigger = in->member;
	s->has_said = false;
	tell_start(s, in, ev, now);
	vrrp_group_step(&s->group, in->member, ev, now, act, s);
	tell(s, in->member, vrrp_group_state(&s->group), now);
}

/* ---- life ---- */

static void
sync_free(struct vrrp_sync *s)
{
	free(s->group.member);
	free(s->in);
	free(s);
}

void
vrrp_sync_fini(struct vrrp_router *r)
{
	struct vrrp_sync *s;

	while ((s = TAILQ_FIRST(&r->syncs)) != NULL) {
		TAILQ_REMOVE(&r->syncs, s, link);
		sync_free(s);
	}
}

void
vrrp_sync_leave(struct vrrp_instance *in)
{
	struct vrrp_sync *s = in->sync;
	struct vrrp_group *g;

	if (s == NULL)
		return;
	g = &s->group;
	for (uint32_t i = in->member; i + 1 < g->n; i++) {
		g->member[i] = g->member[i + 1];
		s->in[i] = s->in[i + 1];
		s->in[i]->member = i;
	}
	g->n--;
	in->sync = NULL;
}

void
vrrp_sync_set_conf(struct vrrp_router *r, const struct vrrp_conf *c)
{
	r->sync_conf = c;
}

/* Was it in this group, and has it joined? */
static bool
has_joined(const struct vrrp_sync *s, const struct vrrp_instance *in)
{
	for (uint32_t i = 0; s != NULL && i < s->group.n; i++)
		if (s->in[i] == in)
			return !s->group.member[i].is_joining;
	return false;
}

/* A new group is of all its members.  After a crash as master it is of those
 * that were: the others had not joined. */
static void
begin(struct vrrp_sync *s)
{
	bool was_master = false;

	for (uint32_t i = 0; i < s->group.n; i++)
		was_master |= vrrp_router_was_master(s->router, s->in[i]->name);
	for (uint32_t i = 0; i < s->group.n; i++)
		s->group.member[i].is_joining =
			was_master &&
			!vrrp_router_was_master(s->router, s->in[i]->name);
}

/* The group of the new configuration, with what is left of the old one. */
static struct vrrp_sync *
make(struct vrrp_router *r, const struct vrrp_sync_group_conf *c,
     const struct keyset *instances, const struct vrrp_sync *old)
{
	struct vrrp_sync *s = xcalloc(1, sizeof(*s));
	bool is_kept = false;

	s->router = r;
	str_fill(s->name, sizeof(s->name), c->obj.name);
	s->in = xcalloc(c->group.n + 1, sizeof(struct vrrp_instance *));
	s->group.member = xcalloc(c->group.n + 1, sizeof(*s->group.member));
	for (uint32_t k = 0; k < c->group.n; k++) {
		struct vrrp_instance *in = keyset_find(
			instances, c->group.word[k], strlen(c->group.word[k]));

		if (in == NULL)
			continue;
		s->group.member[s->group.n] = (struct vrrp_member){
			.fsm = &in->fsm,
			.params = &in->params,
			.is_joining = !has_joined(old, in),
			.tie_at = {INT64_MIN / 2},
		};
		is_kept |= !s->group.member[s->group.n].is_joining;
		s->in[s->group.n++] = in;
	}
	if (!is_kept)
		begin(s);
	if (!is_kept)
		return s;
	s->group.target = old->group.target;
	s->state = old->state;
	s->since = old->since;
	s->was_reported = old->was_reported;
	return s;
}

static struct keyset *
syncs_by_name(const struct vrrp_router *r)
{
	struct keyset *names = keyset_new();
	struct vrrp_sync *s;

	TAILQ_FOREACH (s, &r->syncs, link)
		(void)keyset_put(names, s->name, strlen(s->name), s);
	return names;
}

static struct keyset *
instances_by_name(const struct vrrp_router *r)
{
	struct keyset *names = keyset_new();
	struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->instances, link)
		(void)keyset_put(names, in->conf->obj.name,
				 strlen(in->conf->obj.name), in);
	return names;
}

/* No longer of a group: its condition is no more. */
static void
release(struct vrrp_instance *in, monotime_t now)
{
	struct vrrp_event ev = {
		.kind = VRRP_EV_UNMET,
		.unmet = in->fsm.unmet & ~(uint32_t)VRRP_COND_GROUP,
	};

	in->params.is_grouped = false;
	if (ev.unmet != in->fsm.unmet)
		vrrp_instance_step(in, &ev, now);
}

static void
settle(struct vrrp_sync *s, monotime_t now)
{
	s->trigger = UINT32_MAX;
	s->has_said = false;
	vrrp_group_settle(&s->group, now, act, s);
	tell(s, 0, vrrp_group_state(&s->group), now);
}

void
vrrp_sync_regroup(struct vrrp_router *r, monotime_t now)
{
	struct vrrp_syncs old = TAILQ_HEAD_INITIALIZER(old);
	struct keyset *names = instances_by_name(r), *olds = syncs_by_name(r);
	struct vrrp_instance *in;
	struct vrrp_sync *s;

	vrrp_router_send(r);
	vrrp_router_tell(r); /* words about groups that may end */
	if (r->sync_conf != NULL)
		CONF_FOREACH (const struct vrrp_sync_group_conf, c,
			      &r->sync_conf->vrrp_sync_group) {
			s = make(r, c, names,
				 keyset_find(olds, c->obj.name,
					     strnlen(c->obj.name,
						     MSG_NAME_LEN - 1)));
			TAILQ_INSERT_TAIL(&old, s, link);
		}
	TAILQ_SWAP(&r->syncs, &old, vrrp_sync, link);
	keyset_free(names);
	keyset_free(olds);
	TAILQ_FOREACH (in, &r->instances, link)
		in->sync = NULL;
	TAILQ_FOREACH (s, &r->syncs, link)
		for (uint32_t i = 0; i < s->group.n; i++) {
			s->in[i]->sync = s;
			s->in[i]->member = i;
		}
	while ((s = TAILQ_FIRST(&old)) != NULL) {
		TAILQ_REMOVE(&old, s, link);
		sync_free(s);
	}
	TAILQ_FOREACH (in, &r->instances, link)
		if (in->sync == NULL)
			release(in, now);
	TAILQ_FOREACH (s, &r->syncs, link)
		if (s->group.n > 0)
			settle(s, now);
	r->sync_conf = NULL;
}

void
vrrp_sync_tell_joining(const struct vrrp_router *r)
{
	const struct vrrp_sync *s;

	TAILQ_FOREACH (s, &r->syncs, link)
		for (uint32_t i = 0; i < s->group.n; i++)
			if (s->group.member[i].is_joining)
				log_notice("(%s) joins VRRP_Group(%s) when "
					   "nothing changes for its other "
					   "members by that",
					   s->in[i]->name, s->name);
}

/* ---- weights ---- */

static bool
is_tracked_before(const struct vrrp_sync *s, uint32_t i,
		  const struct track_obj *o)
{
	for (uint32_t k = 0; k < i; k++)
		if (track_refs_has(&s->in[k]->own_track, o))
			return true;
	return false;
}

int64_t
vrrp_sync_weights(const struct vrrp_sync *s)
{
	struct track_sum sum = {0};

	for (uint32_t i = 0; i < s->group.n; i++) {
		const struct track_refs *refs = &s->in[i]->own_track;

		for (uint32_t k = 0; k < refs->n; k++) {
			const struct track_ref *t = &refs->ref[k];

			if (!is_tracked_before(s, i, t->obj))
				track_sum_add(&sum, &t->obj->state, t->weight,
					      t->reverse);
		}
	}
	return sum.delta;
}

bool
vrrp_sync_tracks(const struct vrrp_sync *s, const struct track_obj *o)
{
	return is_tracked_before(s, s->group.n, o);
}

/* ---- in words ---- */

int
vrrp_sync_unmet_text(const struct vrrp_instance *in, char *buf, size_t size)
{
	const struct vrrp_sync *s = in->sync;

	for (uint32_t i = 0; s != NULL && i < s->group.n; i++)
		if (i != in->member && !s->group.member[i].is_joining &&
		    vrrp_member_unmet(&s->group.member[i]) != 0)
			return snprintf(buf, size,
					"(%s) of VRRP_Group(%s) is not fit",
					s->in[i]->name, s->name);
	return snprintf(buf, size, "a member of its sync group is not fit");
}

static void
print_group(const struct vrrp_sync *s, monotime_t now, struct buf *out)
{
	buf_printf(out, " VRRP Sync Group = %s, %s\n", s->name,
		   vrrp_state_name(s->state));
	buf_printf(out, "   In this state for = %.3f s\n",
		   (double)monotime_sub(now, s->since) / SEC(1));
	buf_printf(out, "   VRRP member instances = %u\n", s->group.n);
	for (uint32_t i = 0; i < s->group.n; i++)
		buf_printf(out, "     %s%s%s\n", s->in[i]->name,
			   s->group.member[i].is_joining ? ", joining" : "",
			   vrrp_member_unmet(&s->group.member[i]) != 0
				   ? ", not fit"
				   : "");
}

void
vrrp_sync_print(const struct vrrp_router *r, monotime_t now, struct buf *out)
{
	const struct vrrp_sync *s;

	if (TAILQ_EMPTY(&r->syncs))
		return;
	buf_adds(out, "------< VRRP Sync groups >------\n");
	TAILQ_FOREACH (s, &r->syncs, link)
		print_group(s, now, out);
}
