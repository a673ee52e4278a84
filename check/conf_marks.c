/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * nftables_ipvs over the whole configuration: which users of groups are one
 * service by mark, which marks the user gave, and what two groups both claim.
 */
#include <string.h>

#include "check/conf_tables.h"
#include "check/mark_map.h"
#include "check/marks.h"
#include "lib/buf.h"
#include "parser/keyset.h"

#define LABEL_LEN 96

struct marking {
	struct conf_ctx *ctx;
	const struct check_conf *conf;
	struct keyset *own;	 /* what has a mark of its own, by that */
	struct keyset *by_user;	 /* virtual servers by given mark */
	struct keyset *by_owner; /* the same by group and protocol */
};

static const struct virtual_server_group_conf *
group_of(const struct marking *m, const struct virtual_server_conf *vs)
{
	if (vs->kind != VIRTUAL_SERVER_GROUP)
		return NULL;
	return (const void *)conf_find(m->ctx, "virtual_server_group",
				       vs->group);
}

static void
drop_given(const struct marking *m, struct virtual_server_conf *vs,
	   const char *why)
{
	char label[LABEL_LEN];

	conf_report_at(m->ctx, &vs->obj.pos, DIAG_GENERAL,
		       "Virtual server %s: nftables_fwmark %u %s - ignoring",
		       service_conf_label(vs, label, sizeof(label)),
		       vs->nftables_fwmark, why);
	conf_set_given(&vs->obj, "nftables_fwmark", false);
	vs->nftables_fwmark = 0;
}

/* ---- marks that the user gave ---- */

/* Marks that are services by themselves. */
static struct keyset *
own_marks(struct check_conf *c)
{
	struct keyset *own = keyset_new();

	CONF_FOREACH (struct virtual_server_conf, vs, &c->virtual_server)
		if (vs->kind == VIRTUAL_SERVER_FWMARK)
			(void)keyset_put(own, &vs->fwmark, sizeof(vs->fwmark),
					 vs);
	CONF_FOREACH (struct virtual_server_group_conf, g,
		      &c->virtual_server_group)
		CONF_FOREACH (struct vsg_entry_conf, e, &g->entry)
			if (e->is_fwmark)
				(void)keyset_put(own, &e->fwmark,
						 sizeof(e->fwmark), e);
	return own;
}

static bool
is_same_owner(const struct virtual_server_conf *a,
	      const struct virtual_server_conf *b)
{
	return a->protocol == b->protocol && strcmp(a->group, b->group) == 0;
}

static void
check_given(const struct marking *m, struct virtual_server_conf *vs)
{
	const struct virtual_server_conf *other =
		keyset_put(m->by_user, &vs->nftables_fwmark,
			   sizeof(vs->nftables_fwmark), vs);

	if (other != NULL && !is_same_owner(other, vs))
		drop_given(m, vs, "is that of another group or protocol");
	else if (keyset_find(m->own, &vs->nftables_fwmark,
			     sizeof(vs->nftables_fwmark)) != NULL)
		drop_given(m, vs, "is the mark of a service of its own");
}

/* One group and protocol has one mark, whichever of its users names it. */
static void
share(const struct marking *m, struct virtual_server_conf *vs)
{
	struct buf key = BUF_INIT;
	struct virtual_server_conf *first;

	buf_printf(&key, "%s/%u", vs->group, vs->protocol);
	first = keyset_put(m->by_owner, buf_str(&key), key.len, vs);
	buf_fini(&key);
	if (first == NULL || first->nftables_fwmark == vs->nftables_fwmark)
		return;
	if (vs->nftables_fwmark != 0)
		drop_given(m, vs,
			   "is not that of the group's first virtual server");
	vs->nftables_fwmark = first->nftables_fwmark;
}

static void
resolve_user(const struct marking *m, struct virtual_server_conf *vs)
{
	const struct virtual_server_group_conf *g = group_of(m, vs);
	bool can = m->conf->global.nftables_ipvs != NULL && g != NULL &&
		   marks_may_stand_for(g);

	if (vs->nftables_fwmark != 0 && !can)
		drop_given(m, vs,
			   "is for groups of addresses under nftables_ipvs");
	if (!can)
		return;
	if (vs->nftables_fwmark != 0)
		check_given(m, vs);
	share(m, vs);
	vs->is_mark_ours = vs->nftables_fwmark == 0;
}

/* ---- what two groups claim ---- */

static void
on_lost(void *arg, const struct virtual_server_conf *vs,
	const struct vsg_entry_conf *e)
{
	const struct marking *m = arg;

	conf_report_at(m->ctx, &e->obj.pos, DIAG_WARNING,
		       "virtual server group %s: %s is also that of a virtual "
		       "server before it, which gets these packets",
		       vs->group, e->obj.name);
}

static void
give(struct check_conf *c, struct marks *marks)
{
	marks_assign(marks, c);
	CONF_FOREACH (struct virtual_server_conf, vs, &c->virtual_server)
		if (vs->is_mark_ours)
			conf_set_given(&vs->obj, "nftables_fwmark", true);
}

void
check_conf_resolve_marks(struct conf_ctx *ctx, struct check_conf *c)
{
	struct marking m = {.ctx = ctx,
			    .conf = c,
			    .own = own_marks(c),
			    .by_user = keyset_new(),
			    .by_owner = keyset_new()};
	struct marks marks = {.next = 0};
	struct mark_map map;

	CONF_FOREACH (struct virtual_server_conf, vs, &c->virtual_server)
		resolve_user(&m, vs);
	give(c, &marks);
	mark_map_make(c, &map, on_lost, &m);
	mark_map_fini(&map);
	marks_fini(&marks);
	keyset_free(m.by_owner);
	keyset_free(m.by_user);
	keyset_free(m.own);
}

void
check_conf_keep_marks(struct conf *conf, struct marks *marks)
{
	struct check_conf *c = conf->module[CONF_CHECK];

	if (c != NULL && c->global.nftables_ipvs != NULL)
		give(c, marks);
}
