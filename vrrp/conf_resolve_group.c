/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Sync groups, tracked objects and scripts, once the whole file was read:
 * members that exist, scripts that can run, weights that are inherited.
 */
#include <string.h>

#include "parser/common.h"
#include "parser/keyset.h"
#include "vrrp/conf_resolve.h"
#include "vrrp/conf_tables.h"

/* ---- scripts ---- */

static bool
resolve_notifies(struct conf_ctx *ctx, struct vrrp_conf *c)
{
	bool does_run = false;
	CONF_FOREACH (struct vrrp_instance_conf, i, &c->vrrp_instance) {
		struct conf_script *list[] = {&i->notify_master,
					      &i->notify_backup,
					      &i->notify_fault,
					      &i->notify_stop,
					      &i->notify_deleted,
					      &i->notify,
					      &i->notify_master_rx_lower_pri};
		for (size_t k = 0; k < ARRAY_LEN(list); k++)
			does_run |= common_script_resolve(ctx, list[k],
							  &i->obj.pos);
	}
	CONF_FOREACH (struct vrrp_sync_group_conf, g, &c->vrrp_sync_group) {
		struct conf_script *list[] = {
			&g->notify_master, &g->notify_backup, &g->notify_fault,
			&g->notify_stop, &g->notify};
		for (size_t k = 0; k < ARRAY_LEN(list); k++)
			does_run |= common_script_resolve(ctx, list[k],
							  &g->obj.pos);
	}
	return does_run;
}

/* A tracked object is gone: nobody tracks it any more. */
static void
forget_tracked(struct conf_list *list, const char *name)
{
	struct track_ref_conf *next;
	for (struct track_ref_conf *t = (void *)STAILQ_FIRST(list); t != NULL;
	     t = next) {
		next = (void *)STAILQ_NEXT(&t->obj, link);
		if (strcmp(t->obj.name, name) == 0)
			conf_drop(list, &t->obj);
	}
}

static void
forget_script(struct vrrp_conf *c, const char *name)
{
	CONF_FOREACH (struct vrrp_instance_conf, i, &c->vrrp_instance)
		forget_tracked(&i->track_script, name);
	CONF_FOREACH (struct vrrp_sync_group_conf, g, &c->vrrp_sync_group)
		forget_tracked(&g->track_script, name);
}

bool
vrrp_conf_resolve_scripts(struct conf_ctx *ctx, struct vrrp_conf *c)
{
	bool does_run = resolve_notifies(ctx, c);
	struct vrrp_script_conf *next;
	for (struct vrrp_script_conf *s = (void *)STAILQ_FIRST(&c->vrrp_script);
	     s != NULL; s = next) {
		next = (void *)STAILQ_NEXT(&s->obj, link);
		switch (common_script_check(ctx, &s->script, &s->obj.pos)) {
		case SCRIPT_USE:
			does_run |= common_script_is_command(&s->script);
			continue;
		case SCRIPT_MISSING:
			conf_report_at(ctx, &s->obj.pos, DIAG_GENERAL,
				       "Disabling track script %s since not "
				       "found/accessible",
				       s->obj.name);
			break;
		case SCRIPT_DROP:
			break;
		}
		forget_script(c, s->obj.name);
		conf_drop(&c->vrrp_script, &s->obj);
	}
	return does_run;
}

/* ---- weights ---- */

/* Weight and direction of a reference that says none. */
static void
inherit_weights(struct conf_ctx *ctx, struct conf_list *list,
		const char *keyword)
{
	CONF_FOREACH (struct track_ref_conf, t, list) {
		const struct conf_obj *o = conf_find(ctx, keyword, t->obj.name);
		int32_t weight = 0;
		bool reverse = false;
		if (o == NULL)
			continue;
		if (strcmp(keyword, "vrrp_script") == 0) {
			const struct vrrp_script_conf *s = (const void *)o;
			weight = s->weight;
			reverse = s->reverse;
		} else if (strcmp(keyword, "track_file") == 0) {
			const struct track_file_conf *f = (const void *)o;
			weight = f->weight;
			reverse = f->reverse;
		} else {
			const struct vrrp_track_process_conf *p =
				(const void *)o;
			weight = p->weight;
			reverse = p->reverse;
		}
		if (!t->has_weight)
			t->weight = weight;
		t->reverse = t->reverse || (reverse && !t->noreverse);
	}
}

static void
drop_own_interface(struct conf_ctx *ctx, struct vrrp_instance_conf *i)
{
	struct track_ref_conf *next;
	for (struct track_ref_conf *t =
		     (void *)STAILQ_FIRST(&i->track_interface);
	     t != NULL; t = next) {
		next = (void *)STAILQ_NEXT(&t->obj, link);
		if (i->interface == NULL || i->dont_track_primary ||
		    strcmp(t->obj.name, i->interface) != 0)
			continue;
		conf_report_at(ctx, &i->obj.pos, DIAG_GENERAL,
			       "(%s) Ignoring track_interface %s since own "
			       "interface",
			       i->obj.name, i->interface);
		conf_drop(&i->track_interface, &t->obj);
	}
}

/* ---- groups ---- */

/* What all groups are settled with. */
struct settling {
	struct conf_ctx *ctx;
	struct vrrp_conf *c;
	struct keyset *instances; /* by name */
	struct keyset *members;	  /* the group that has the name */
};

static struct vrrp_instance_conf *
find_instance(const struct settling *t, const char *name)
{
	return keyset_find(t->instances, name, strlen(name));
}

/* Is it in a group before this one?  If not, it is in this one now. */
static bool
is_grouped(struct settling *t, struct vrrp_sync_group_conf *g, const char *name)
{
	const struct vrrp_sync_group_conf *first =
		keyset_put(t->members, name, strlen(name), g);
	return first != NULL && first != g;
}

/* The same interface tracked by a group and by its member. */
static void
check_tracked_twice(struct conf_ctx *ctx, const struct vrrp_sync_group_conf *g,
		    const struct vrrp_instance_conf *i)
{
	CONF_FOREACH (const struct track_ref_conf, t, &g->track_interface) {
		bool is_own = i->interface != NULL && !i->dont_track_primary &&
			      strcmp(i->interface, t->obj.name) == 0;
		CONF_FOREACH (const struct track_ref_conf, own,
			      &i->track_interface)
			is_own |= strcmp(own->obj.name, t->obj.name) == 0;
		if (is_own)
			conf_report_at(ctx, &g->obj.pos, DIAG_GENERAL,
				       "(%s) track_interface %s is configured "
				       "on VRRP instance and sync group. "
				       "Remove vrrp instance or sync group "
				       "config",
				       i->obj.name, t->obj.name);
	}
}

/* Keeps the members that exist and are in no other group. */
static void
settle_members(struct settling *t, struct vrrp_sync_group_conf *g)
{
	struct conf_ctx *ctx = t->ctx;
	uint32_t kept = 0;
	for (uint32_t k = 0; k < g->group.n; k++) {
		const char *name = g->group.word[k];
		if (find_instance(t, name) == NULL)
			conf_report_at(ctx, &g->obj.pos, DIAG_GENERAL,
				       "Virtual router %s specified in sync "
				       "group %s doesn't exist - ignoring",
				       name, g->obj.name);
		else if (is_grouped(t, g, name))
			conf_report_at(ctx, &g->obj.pos, DIAG_GENERAL,
				       "Virtual router %s cannot exist in more "
				       "than one sync group; ignoring %s",
				       name, g->obj.name);
		else
			g->group.word[kept++] = name;
	}
	g->group.n = kept;
}

/* False: the group is of no use and was reported. */
static bool
settle_group(struct settling *t, struct vrrp_sync_group_conf *g)
{
	struct conf_ctx *ctx = t->ctx;
	const struct conf_pos *pos = &g->obj.pos;
	if (g->group.n == 0) {
		conf_report_at(ctx, pos, DIAG_GENERAL,
			       "Sync group %s has no virtual router(s). "
			       "removing",
			       g->obj.name);
		return false;
	}
	settle_members(t, g);
	if (g->group.n == 0) {
		conf_report_at(ctx, pos, DIAG_GENERAL,
			       "Sync group %s, no matching virtual router "
			       "found in group declaration - removing",
			       g->obj.name);
		return false;
	}
	if (g->group.n == 1)
		conf_report_at(ctx, pos, DIAG_WARNING,
			       "Sync group %s has only 1 virtual router(s) - "
			       "this probably isn't what you want",
			       g->obj.name);
	return true;
}

static void
resolve_group(const struct settling *t, struct vrrp_sync_group_conf *g)
{
	struct conf_ctx *ctx = t->ctx;
	struct conf *conf = conf_ctx_conf(ctx);
	const struct common_conf *common = common_conf_get(conf);
	if (!conf_is_given(&g->obj, "smtp_alert"))
		g->smtp_alert = common_smtp_alert(
			conf,
			common == NULL ? CONF_UNSET : common->smtp_alert_vrrp,
			false);
	if (!conf_is_given(&g->obj, "notify_priority_changes"))
		g->notify_priority_changes =
			t->c->global.vrrp_notify_priority_changes;
	for (uint32_t k = 0; k < g->group.n; k++) {
		struct vrrp_instance_conf *i =
			find_instance(t, g->group.word[k]);
		check_tracked_twice(ctx, g, i);
		if (!conf_is_given(&i->obj, "notify_priority_changes"))
			i->notify_priority_changes |=
				g->notify_priority_changes;
	}
}

/* track_group of a static line; without it the line stays. */
static void
check_track_group(struct conf_ctx *ctx, const struct conf_obj *line,
		  const char **group)
{
	if (*group == NULL || conf_find(ctx, "track_group", *group) != NULL)
		return;
	conf_report_at(ctx, &line->pos, DIAG_GENERAL,
		       "track_group %s not found", *group);
	*group = NULL;
}

/* False: it has no members. */
static bool
keep_track_group(void *arg, struct conf_obj *obj)
{
	const struct settling *t = arg;
	struct track_group_conf *g = (struct track_group_conf *)obj;
	uint32_t n = 0;
	for (uint32_t i = 0; i < g->group.n; i++) {
		const char *name = g->group.word[i];
		if (find_instance(t, name) != NULL)
			g->group.word[n++] = name;
		else
			conf_report_at(t->ctx, &obj->pos, DIAG_GENERAL,
				       "vrrp instance %s specified in "
				       "track_group %s doesn't exist - "
				       "ignoring",
				       name, obj->name);
	}
	g->group.n = n;
	if (n > 0)
		return true;
	conf_report_at(t->ctx, &obj->pos, DIAG_GENERAL,
		       "track_group %s has no members - removing", obj->name);
	return false;
}

static void
check_track_groups(struct conf_ctx *ctx, struct vrrp_conf *c)
{
	CONF_FOREACH (struct vip_conf, v, &c->static_ipaddress)
		check_track_group(ctx, &v->obj, &v->track_group);
	CONF_FOREACH (struct route_conf, r, &c->static_routes)
		check_track_group(ctx, &r->obj, &r->track_group);
	CONF_FOREACH (struct rule_conf, r, &c->static_rules)
		check_track_group(ctx, &r->obj, &r->track_group);
}

static bool
keep_group(void *arg, struct conf_obj *obj)
{
	struct vrrp_sync_group_conf *g = (struct vrrp_sync_group_conf *)obj;
	if (!settle_group(arg, g))
		return false;
	resolve_group(arg, g);
	return true;
}

void
vrrp_conf_settle_groups(struct conf_ctx *ctx, struct vrrp_conf *c)
{
	struct settling t = {.ctx = ctx,
			     .c = c,
			     .instances = keyset_new(),
			     .members = keyset_new()};
	CONF_FOREACH (struct vrrp_instance_conf, i, &c->vrrp_instance)
		(void)keyset_put(t.instances, i->obj.name, strlen(i->obj.name),
				 i); /* of two the first is meant */
	check_track_groups(ctx, c);
	conf_filter(&c->track_group, keep_track_group, &t);
	conf_filter(&c->vrrp_sync_group, keep_group, &t);
	keyset_free(t.instances);
	keyset_free(t.members);
}

/* A group has no interface of its own to find a neighbour on. */
struct resolve_gateways {
	struct conf_ctx *ctx;
	const struct vrrp_sync_group_conf *g;
};

static bool
keep_gateway(void *arg, struct conf_obj *obj)
{
	const struct resolve_gateways *r = arg;
	const struct track_ref_conf *t = (const struct track_ref_conf *)obj;
	if (t->dev != NULL)
		return true;
	conf_report_at(r->ctx, &obj->pos, DIAG_GENERAL,
		       "(%s) track_gateway %s of a sync group needs dev - "
		       "ignoring",
		       r->g->obj.name, obj->name);
	return false;
}

void
vrrp_conf_inherit_weights(struct conf_ctx *ctx, struct vrrp_conf *c)
{
	CONF_FOREACH (struct vrrp_instance_conf, i, &c->vrrp_instance) {
		drop_own_interface(ctx, i);
		inherit_weights(ctx, &i->track_script, "vrrp_script");
		inherit_weights(ctx, &i->track_file, "track_file");
		inherit_weights(ctx, &i->track_process, "vrrp_track_process");
		CONF_FOREACH (struct track_ref_conf, t, &i->track_gateway)
			if (t->dev == NULL)
				t->dev = i->interface;
	}
	CONF_FOREACH (struct vrrp_sync_group_conf, g, &c->vrrp_sync_group) {
		inherit_weights(ctx, &g->track_script, "vrrp_script");
		inherit_weights(ctx, &g->track_file, "track_file");
		inherit_weights(ctx, &g->track_process, "vrrp_track_process");
		struct resolve_gateways r = {.ctx = ctx, .g = g};
		conf_filter(&g->track_gateway, keep_gateway, &r);
	}
}
