/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Static addresses, routes and rules; see hold_static.h. */
#include "vrrp/hold_static.h"

#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/instance.h"

#define RETRY SEC(1)

struct static_addr {
	struct vip_slot slot;
	char dev[IFNAMSIZ];
	const char *track_group;
	bool no_track;
	bool was_held; /* was there since it is configured */
	int error;     /* of the last attempt */
	struct log_limit put_back;
};

void
vrrp_static_init(struct vrrp_router *r)
{
	r->statics = (struct hold_static){.retry_at = MONOTIME_NEVER};
}

void
vrrp_static_fini(struct vrrp_router *r)
{
	struct hold_static *s = &r->statics;

	vrrp_hold_drop(r, s->refs, s->n_refs);
	free(s->refs);
	free(s->addrs);
	free(s->ops);
	vrrp_static_init(r);
}

/* ---- configuration ---- */

static bool
is_same(const struct static_addr *a, const struct static_addr *b)
{
	return addr_is_equal(&a->slot.want.addr, &b->slot.want.addr) &&
	       a->slot.want.prefix_len == b->slot.want.prefix_len &&
	       strcmp(a->dev, b->dev) == 0;
}

/* What is configured still is kept; the rest is taken away. */
static void
inherit(struct vrrp_router *r, const struct static_addr *old)
{
	struct vrrp_vip gone = {.slot = old->slot};

	for (uint32_t i = 0; i < r->statics.n_addrs; i++) {
		struct static_addr *a = &r->statics.addrs[i];

		if (!is_same(a, old))
			continue;
		a->slot.want.ifindex = old->slot.want.ifindex;
		a->was_held = old->was_held;
		a->error = old->error;
		return;
	}
	vrrp_router_orphan(r, &gone);
}

static void
addrs_take(struct hold_static *s, const struct vrrp_conf *c)
{
	CONF_FOREACH (const struct vip_conf, v, &c->static_ipaddress) {
		struct static_addr *a = &s->addrs[s->n_addrs++];

		vrrp_vip_want(&a->slot.want, v, 0);
		a->slot.is_wanted = true;
		a->track_group = v->track_group;
		a->no_track = v->no_track;
		a->put_back = (struct log_limit){.interval = SEC(1),
						 .burst = PUT_BACK_BURST};
		str_fill(a->dev, sizeof(a->dev),
			 v->dev != NULL ? v->dev : c->global.default_interface);
	}
}

static void
addrs_fill(struct vrrp_router *r, const struct vrrp_conf *c)
{
	struct hold_static *s = &r->statics;
	struct static_addr *old = s->addrs;
	uint32_t n_old = s->n_addrs, n = 0;

	if (c != NULL)
		CONF_FOREACH (const struct conf_obj, o, &c->static_ipaddress)
			n++;
	s->addrs = xcalloc(n + 1, sizeof(*s->addrs));
	s->ops = xrealloc(s->ops, (n + 1) * sizeof(*s->ops));
	s->n_addrs = 0;
	if (c != NULL)
		addrs_take(s, c);
	for (uint32_t i = 0; i < n_old; i++)
		inherit(r, &old[i]);
	free(old);
}

void
vrrp_static_apply(struct vrrp_router *r, const struct vrrp_conf *c)
{
	struct hold_static *s = &r->statics;
	struct kobj_ref *old = s->refs;
	uint32_t n_old = s->n_refs;

	s->conf = c;
	s->refs = NULL;
	s->n_refs = 0;
	if (c != NULL)
		s->refs =
			vrrp_hold_take_conf(r, &c->static_routes,
					    &c->static_rules, NULL, &s->n_refs);
	vrrp_hold_want(r, s->refs, s->n_refs, true);
	vrrp_hold_drop(r, old, n_old);
	free(old);
	addrs_fill(r, c);
	s->is_dirty = true;
}

bool
vrrp_static_wants(const struct vrrp_router *r, const struct vip_addr *a)
{
	for (uint32_t i = 0; i < r->statics.n_addrs; i++)
		if (vip_is_same(&r->statics.addrs[i].slot.want, a))
			return true;
	return false;
}

/* ---- addresses ---- */

static void
print(const struct static_addr *a, char *buf, size_t size)
{
	char text[ADDR_STR_LEN];

	(void)snprintf(buf, size, "%s/%u dev %s",
		       addr_print(&a->slot.want.addr, text, sizeof(text)),
		       a->slot.want.prefix_len, a->dev);
}

static void
set_error(struct hold_static *s, struct static_addr *a, int error)
{
	s->has_news = s->has_news || (a->error == 0) != (error == 0);
	a->error = error;
}

/* Follows the name to the index that has it now, and looks what is there. */
static enum vip_op_kind
look(struct vrrp_router *r, struct static_addr *a)
{
	const struct iface *i = iface_find(&r->ifaces, a->dev);
	uint32_t ifindex = i != NULL ? i->fact.ifindex : 0;

	if (a->slot.want.ifindex != 0 && a->slot.want.ifindex != ifindex) {
		struct vrrp_vip gone = {.slot = a->slot};

		vrrp_router_orphan(r, &gone); /* renamed away: it stays */
		a->was_held = false;
	}
	a->slot.want.ifindex = ifindex;
	a->slot.actual = iface_vip_actual(&r->ifaces, &a->slot.want);
	if (a->slot.actual.is_present) {
		a->was_held = true;
		set_error(&r->statics, a, 0);
	}
	return vip_reconcile(&a->slot);
}

static bool
may_add(struct vrrp_router *r, struct static_addr *a, monotime_t now)
{
	char text[ADDR_STR_LEN + IFNAMSIZ + 16];
	uint32_t missed;

	if (!a->was_held)
		return true;
	if (a->no_track)
		return false;
	if (!log_limit_ok(&a->put_back, now, &missed)) {
		r->statics.retry_at = monotime_min(r->statics.retry_at,
						   monotime_add(now, RETRY));
		return false;
	}
	r->statics.repairs++;
	if (!vrrp_router_tells_repair(r, now))
		return true;
	print(a, text, sizeof(text));
	log_warn("static address %s was gone, putting it back", text);
	return true;
}

static void
done(struct vrrp_router *r, const struct vip_op *op, monotime_t now)
{
	struct hold_static *s = &r->statics;
	struct static_addr *a = op->owner;
	char text[ADDR_STR_LEN + IFNAMSIZ + 16];

	if (vrrp_router_address_done(r, op)) {
		a->was_held = true;
		set_error(s, a, 0);
		return;
	}
	s->errors++;
	s->retry_at = monotime_min(s->retry_at, monotime_add(now, RETRY));
	print(a, text, sizeof(text));
	if (a->error != op->error)
		log_err("cannot add static address %s: %s", text,
			strerror(-op->error));
	set_error(s, a, op->error);
}

void
vrrp_static_flush(struct vrrp_router *r, monotime_t now)
{
	struct hold_static *s = &r->statics;
	size_t n = 0;

	if (!monotime_before(now, s->retry_at)) {
		s->retry_at = MONOTIME_NEVER;
		s->is_dirty = true;
	}
	if (!s->is_dirty || r->is_stopping)
		return;
	s->is_dirty = false;
	for (uint32_t i = 0; i < s->n_addrs; i++) {
		struct static_addr *a = &s->addrs[i];
		enum vip_op_kind kind = look(r, a);

		if (kind != VIP_OP_NONE && may_add(r, a, now))
			s->ops[n++] = (struct vip_op){.kind = kind,
						      .addr = &a->slot.want,
						      .owner = a};
	}
	if (n > 0)
		r->port->addr_apply(r->port_arg, s->ops, n);
	for (size_t i = 0; i < n; i++)
		done(r, &s->ops[i], now);
}

/* ---- track_groups ---- */

static bool
is_member(const struct vrrp_instance *in, const char *group)
{
	const struct vrrp_conf *c = in->router->statics.conf;

	if (c == NULL || group == NULL)
		return false;
	CONF_FOREACH (const struct track_group_conf, g, &c->track_group) {
		if (strcmp(g->obj.name, group) != 0)
			continue;
		for (uint32_t i = 0; i < g->group.n; i++)
			if (strcmp(g->group.word[i], in->name) == 0)
				return true;
	}
	return false;
}

static bool
is_usable(const struct vrrp_router *r, const char *dev)
{
	const struct iface *i = iface_find(&r->ifaces, dev);

	return i != NULL && iface_is_running(&r->ifaces, i);
}

static bool
can_be(const struct vrrp_router *r, const struct kobj *k)
{
	if (k->error != 0)
		return false;
	for (uint32_t i = 0; i < k->n_links; i++)
		if (!is_usable(r, k->link[i].name))
			return false;
	return true;
}

int
vrrp_static_unmet_text(const struct vrrp_instance *in, char *buf, size_t size)
{
	const struct vrrp_router *r = in->router;
	const struct hold_static *s = &r->statics;
	char text[ADDR_STR_LEN + IFNAMSIZ + 16];

	for (uint32_t i = 0; i < s->n_addrs; i++) {
		const struct static_addr *a = &s->addrs[i];

		if (!is_member(in, a->track_group) ||
		    (a->error == 0 && is_usable(r, a->dev)))
			continue;
		print(a, text, sizeof(text));
		return snprintf(buf, size,
				"static address %s of track_group %s cannot "
				"be there",
				text, a->track_group);
	}
	for (uint32_t i = 0; i < s->n_refs; i++)
		if (is_member(in, s->refs[i].track_group) &&
		    !can_be(r, s->refs[i].obj))
			return snprintf(
				buf, size,
				"static %s \"%s\" of track_group %s cannot be "
				"there",
				s->refs[i].obj->kind == KOBJ_ROUTE ? "route"
								   : "rule",
				s->refs[i].obj->text, s->refs[i].track_group);
	return 0;
}

bool
vrrp_static_is_met(const struct vrrp_instance *in)
{
	char text[256];

	return vrrp_static_unmet_text(in, text, sizeof(text)) == 0;
}

/* ---- status ---- */

void
vrrp_static_print(const struct vrrp_router *r, struct buf *out)
{
	const struct hold_static *s = &r->statics;
	char text[ADDR_STR_LEN + IFNAMSIZ + 16];

	if (s->n_addrs == 0 && s->n_refs == 0)
		return;
	buf_adds(out, "------< Static >------\n");
	if (s->n_addrs > 0)
		buf_printf(out, "   Static addresses = %u\n", s->n_addrs);
	for (uint32_t i = 0; i < s->n_addrs; i++) {
		const struct static_addr *a = &s->addrs[i];

		print(a, text, sizeof(text));
		buf_printf(out, "     %s%s", text,
			   a->slot.actual.is_present ? " set" : "");
		if (a->error != 0)
			buf_printf(out, ", refused: %s", strerror(-a->error));
		buf_addc(out, '\n');
	}
	vrrp_hold_print(s->refs, s->n_refs, "Static routes", KOBJ_ROUTE, out);
	vrrp_hold_print(s->refs, s->n_refs, "Static rules", KOBJ_RULE, out);
	buf_printf(out, "   Put back = %llu\n", (unsigned long long)s->repairs);
}
