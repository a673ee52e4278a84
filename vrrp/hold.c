/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Who wants which route or rule, and what becomes of it; see hold.h. */
#include "vrrp/hold.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/instance.h"

#define RETRY_FIRST SEC(1)
#define RETRY_LAST  SEC(60)
#define ROUTE_ROOM  64

void
vrrp_hold_init(struct vrrp_router *r)
{
	r->hold = (struct hold){.retry_at = MONOTIME_NEVER};
	TAILQ_INIT(&r->hold.dirty);
}

void
vrrp_hold_fini(struct vrrp_router *r)
{
	struct kobj *k, *next;

	while ((k = TAILQ_FIRST(&r->hold.dirty)) != NULL) {
		TAILQ_REMOVE(&r->hold.dirty, k, dirty_link);
		k->is_dirty = false;
		if (k->is_orphan)
			kobj_free(k, &r->routes);
	}
	HASH_ITER (hh, r->hold.objs, k, next) {
		HASH_DELETE(hh, r->hold.objs, k);
		kobj_free(k, &r->routes);
	}
	free(r->hold.ops);
}

/* ---- who wants what ---- */

static void
touch(struct vrrp_router *r, struct kobj *k)
{
	if (!k->is_dirty)
		TAILQ_INSERT_TAIL(&r->hold.dirty, k, dirty_link);
	k->is_dirty = true;
}

static void
make_room(struct hold *h)
{
	size_t n = HASH_COUNT(h->objs) + ROUTE_ROOM;

	if (n <= h->room_ops)
		return;
	h->room_ops = n + n / 2;
	h->ops = xrealloc(h->ops, h->room_ops * sizeof(*h->ops));
}

static struct kobj *
obj_get(struct vrrp_router *r, const struct kobj_msg *m, const char *text)
{
	char key[KOBJ_KEY_MAX];
	uint32_t len = kobj_key_make(m, key);
	struct kobj *k, *was = NULL;

	HASH_FIND(hh, r->hold.objs, key, len, k);
	if (k != NULL)
		return k;
	k = kobj_new(m, text);
	if (k->kind == KOBJ_ROUTE)
		k->watch = route_mirror_listen(&r->routes, &k->dst, k->dst_len);
	HASH_ADD_KEYPTR(hh, r->hold.objs, k->key, k->key_len, k);
	(void)kobj_resolve(k, &r->ifaces, &was); /* it had no numbers yet */
	make_room(&r->hold);
	touch(r, k); /* also clears away what a crash has left behind */
	return k;
}

static void
ref_take(struct vrrp_router *r, struct kobj_ref *ref, const struct kobj_msg *m,
	 const char *text)
{
	struct vrrp_instance *in = ref->owner;

	ref->obj = obj_get(r, m, text);
	TAILQ_INSERT_TAIL(&ref->obj->refs, ref, link);
	if (in == NULL)
		str_fill(ref->obj->owner, sizeof(ref->obj->owner), "static");
	else if (ref->obj->owner[0] == '\0')
		(void)snprintf(ref->obj->owner, sizeof(ref->obj->owner), "(%s)",
			       in->name);
}

static uint32_t
count(const struct conf_list *list)
{
	uint32_t n = 0;

	CONF_FOREACH (const struct conf_obj, o, list)
		n++;
	return n;
}

struct kobj_ref *
vrrp_hold_take_conf(struct vrrp_router *r, const struct conf_list *routes,
		    const struct conf_list *rules, struct vrrp_instance *owner,
		    uint32_t *n)
{
	struct kobj_ref *refs =
		xcalloc(count(routes) + count(rules) + 1, sizeof(*refs));
	struct kobj_ref *ref = refs;
	struct kobj_msg *m = xcalloc(1, sizeof(*m));

	CONF_FOREACH (const struct route_conf, c, routes) {
		*ref = (struct kobj_ref){.owner = owner,
					 .track_group = c->track_group,
					 .no_follow = c->dev == NULL,
					 .no_track = c->no_track};
		if (rtnl_route_encode(c, m) == 0)
			ref_take(r, ref++, m, c->obj.name);
		else
			log_err("route %s has too many next hops", c->obj.name);
	}
	CONF_FOREACH (const struct rule_conf, c, rules) {
		*ref = (struct kobj_ref){.owner = owner,
					 .track_group = c->track_group,
					 .no_track = c->no_track};
		if (rtnl_rule_encode(c, m) == 0)
			ref_take(r, ref++, m, c->obj.name);
	}
	free(m);
	*n = (uint32_t)(ref - refs);
	return refs;
}

void
vrrp_hold_want(struct vrrp_router *r, struct kobj_ref *refs, uint32_t n,
	       bool is_wanted)
{
	for (uint32_t i = 0; i < n; i++) {
		struct kobj_ref *ref = &refs[i];
		struct kobj *k = ref->obj;

		if (ref->is_wanted == is_wanted)
			continue;
		ref->is_wanted = is_wanted;
		k->n_wanted += is_wanted ? 1 : -1u;
		k->n_tracked += ref->no_track ? 0 : is_wanted ? 1 : -1u;
		if (k->n_wanted == (is_wanted ? 1 : 0)) {
			k->was_held = false;
			k->tries = 0;
			k->retry_at = MONOTIME_NEVER;
			touch(r, k);
		}
	}
}

void
vrrp_hold_drop(struct vrrp_router *r, struct kobj_ref *refs, uint32_t n)
{
	vrrp_hold_want(r, refs, n, false);
	for (uint32_t i = 0; i < n; i++) {
		struct kobj *k = refs[i].obj;

		TAILQ_REMOVE(&k->refs, &refs[i], link);
		if (!TAILQ_EMPTY(&k->refs))
			continue;
		HASH_DELETE(hh, r->hold.objs, k);
		k->is_orphan = true;
		touch(r, k);
	}
}

void
vrrp_hold_fill(struct vrrp_instance *in, const struct vrrp_instance_conf *c)
{
	struct vrrp_router *r = in->router;
	struct kobj_ref *old = in->held;
	uint32_t n_old = in->n_held;

	in->held = NULL;
	in->n_held = 0;
	if (c != NULL)
		in->held =
			vrrp_hold_take_conf(r, &c->virtual_routes,
					    &c->virtual_rules, in, &in->n_held);
	/* New wishes before old ones end: what stays is never let go. */
	vrrp_hold_want(r, in->held, in->n_held, in->fsm.state == VRRP_MASTER);
	vrrp_hold_drop(r, old, n_old);
	free(old);
}

/* ---- what it needs ---- */

/* The first link that is not usable, NULL: all are. */
static const char *
unusable_link(const struct vrrp_instance *in, const struct kobj *k)
{
	for (uint32_t i = 0; i < k->n_links; i++) {
		const struct iface *f =
			iface_find(&in->router->ifaces, k->link[i].name);

		if (strcmp(k->link[i].name, in->ifname) != 0 &&
		    strcmp(k->link[i].name, in->base_ifname) != 0 &&
		    (f == NULL || !iface_is_running(&in->router->ifaces, f)))
			return k->link[i].name;
	}
	return NULL;
}

static const char *
unmet_of(const struct vrrp_instance *in, const char **what)
{
	const char *dev;

	for (uint32_t i = 0; i < in->n_held; i++)
		if (!in->held[i].no_track && !in->held[i].no_follow &&
		    (dev = unusable_link(in, in->held[i].obj)) != NULL) {
			*what = in->held[i].obj->text;
			return dev;
		}
	return NULL;
}

bool
vrrp_hold_is_met(const struct vrrp_instance *in)
{
	const char *what;

	return unmet_of(in, &what) == NULL;
}

int
vrrp_hold_unmet_text(const struct vrrp_instance *in, char *buf, size_t size)
{
	const char *what = "", *dev = unmet_of(in, &what);

	return snprintf(buf, size, "interface %s of \"%s\" is not usable",
			dev != NULL ? dev : "?", what);
}

/* ---- news ---- */

/* It may be gone; not looked for where nobody would put it back. */
static void
doubt(struct vrrp_router *r, struct kobj *k)
{
	if (k->state != KOBJ_PRESENT || (k->n_wanted > 0 && k->n_tracked == 0))
		return;
	k->state = KOBJ_UNKNOWN;
	touch(r, k);
}

static void
look_again(struct vrrp_router *r, struct kobj *k)
{
	bool was_ready = k->is_ready;
	struct kobj *was = NULL;

	if (kobj_resolve(k, &r->ifaces, &was))
		touch(r, was);
	if (k->watch != NULL && k->watch->losses != k->seen) {
		k->seen = k->watch->losses;
		doubt(r, k);
	}
	/* What was refused may be possible now. */
	if (k->n_wanted > 0 && (was_ready != k->is_ready || k->error != 0))
		touch(r, k);
}

void
vrrp_hold_news(struct vrrp_router *r)
{
	struct kobj *k, *next;

	HASH_ITER (hh, r->hold.objs, k, next)
		look_again(r, k);
}

void
vrrp_hold_rule_deleted(struct vrrp_router *r, uint16_t family,
		       uint32_t preference)
{
	struct kobj *k, *next;

	HASH_ITER (hh, r->hold.objs, k, next)
		if (k->kind == KOBJ_RULE &&
		    (family == AF_UNSPEC ||
		     (k->dst.family == family && k->preference == preference)))
			doubt(r, k);
}

void
vrrp_hold_due(struct vrrp_router *r, monotime_t now)
{
	struct kobj *k, *next;

	if (monotime_before(now, r->hold.retry_at))
		return;
	r->hold.retry_at = MONOTIME_NEVER;
	HASH_ITER (hh, r->hold.objs, k, next) {
		if (!monotime_before(now, k->retry_at)) {
			k->retry_at = MONOTIME_NEVER;
			touch(r, k);
		}
		r->hold.retry_at = monotime_min(r->hold.retry_at, k->retry_at);
	}
}

bool
vrrp_hold_is_dirty(const struct vrrp_router *r)
{
	return !TAILQ_EMPTY(&r->hold.dirty);
}

/* ---- what was done ---- */

static void
retry_in(struct vrrp_router *r, struct kobj *k, nsec_t delay, monotime_t now)
{
	k->retry_at = monotime_add(now, delay);
	r->hold.retry_at = monotime_min(r->hold.retry_at, k->retry_at);
}

static const char *
noun(const struct kobj *k)
{
	return k->kind == KOBJ_ROUTE ? "route" : "rule";
}

/* What the kernel's word means where its own text says too little. */
static const char *
reason(const struct kobj *k, int error)
{
	switch (error) {
	case -ENETUNREACH:
	case -EHOSTUNREACH:
		return "its gateway is not reachable from here";
	case -EOPNOTSUPP:
		return "this kernel does not know how (a module may be "
		       "missing: mpls_iptunnel, ila)";
	case -EAFNOSUPPORT:
		return "this kernel has no support for its address family";
	case -ENOENT:
		return k->kind == KOBJ_ROUTE ? "something that it names is "
					       "unknown to this kernel"
					     : strerror(ENOENT);
	case -EINVAL:
		return "the kernel finds it invalid";
	default:
		return strerror(-error);
	}
}

/* Instances of track_groups follow what is static. */
static void
set_error(struct vrrp_router *r, struct kobj *k, int error)
{
	struct kobj_ref *ref;

	if ((k->error == 0) != (error == 0))
		TAILQ_FOREACH (ref, &k->refs, link)
			r->statics.has_news =
				r->statics.has_news || ref->track_group != NULL;
	k->error = error;
}

static void
failed(struct vrrp_router *r, struct kobj *k, int error, monotime_t now)
{
	bool is_new = error != k->error;
	nsec_t delay = RETRY_FIRST << (k->tries < 6 ? k->tries : 6);
	struct kobj_ref *ref;

	TAILQ_FOREACH (ref, &k->refs, link)
		if (ref->owner != NULL && ref->is_wanted)
			((struct vrrp_instance *)ref->owner)
				->stats.hold_errors++;
	r->hold.errors++;
	set_error(r, k, error);
	k->tries++;
	retry_in(r, k, delay < RETRY_LAST ? delay : RETRY_LAST, now);
	if (is_new)
		log_err("%s cannot %s %s \"%s\": %s", k->owner,
			k->n_wanted > 0 ? "add" : "delete", noun(k), k->text,
			reason(k, error));
}

/* Somebody had taken it away. */
static void
put_back(struct vrrp_router *r, struct kobj *k, monotime_t now)
{
	struct kobj_ref *ref;

	r->hold.repairs++;
	TAILQ_FOREACH (ref, &k->refs, link) {
		struct vrrp_instance *in = ref->owner;

		if (in == NULL || !ref->is_wanted || ref->no_track)
			continue;
		in->stats.hold_repairs++;
		if (!ref->no_follow)
			vrrp_instance_lost(in);
	}
	if (vrrp_router_tells_repair(r, now))
		log_warn("%s %s \"%s\" was gone, put back", k->owner, noun(k),
			 k->text);
}

static void
added(struct vrrp_router *r, struct kobj *k, int error, monotime_t now)
{
	if (error != 0 && error != -EEXIST) {
		k->state = KOBJ_ABSENT;
		failed(r, k, error, now);
		return;
	}
	if (k->error != 0)
		log_notice("%s %s \"%s\" is there now", k->owner, noun(k),
			   k->text);
	if (error == 0 && k->was_held)
		put_back(r, k, now);
	k->is_ours = k->is_ours || error == 0;
	k->state = KOBJ_PRESENT;
	k->was_held = true;
	set_error(r, k, 0);
	k->tries = 0;
}

static void
deleted(struct vrrp_router *r, struct kobj *k, int error, monotime_t now)
{
	switch (error) {
	case 0:
	case -ESRCH:
	case -ENOENT:
	case -ENODEV:
	case -ENETDOWN:
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	/* What the kernel could never have added. */
	case -EINVAL:
	case -EOPNOTSUPP:
	case -EAFNOSUPPORT:
		k->state = KOBJ_ABSENT;
		k->is_ours = false;
		k->error = 0;
		return;
	default:
		failed(r, k, error, now);
	}
}

static void
apply(struct vrrp_router *r, monotime_t now)
{
	struct hold *h = &r->hold;

	if (h->n_ops > 0)
		r->port->kobj_apply(r->port_arg, h->ops, h->n_ops);
	for (size_t i = 0; i < h->n_ops; i++) {
		struct kobj_op *op = &h->ops[i];

		if (op->kind == KOBJ_OP_DEL)
			deleted(r, op->obj, op->error, now);
		else
			added(r, op->obj, op->error, now);
	}
	h->n_ops = 0;
}

/* ---- what to do ---- */

static void
op_add(struct hold *h, enum kobj_op_kind kind, struct kobj *k)
{
	if (h->n_ops < h->room_ops)
		h->ops[h->n_ops++] = (struct kobj_op){.kind = kind, .obj = k};
}

static void
collect_dels(struct vrrp_router *r, enum kobj_kind kind)
{
	struct kobj *k;

	TAILQ_FOREACH (k, &r->hold.dirty, dirty_link) {
		struct kobj_view v = kobj_look(k);

		if (k->kind == kind && kobj_reconcile(&v) == KOBJ_OP_DEL)
			op_add(&r->hold, KOBJ_OP_DEL, k);
	}
}

/* One that is deleted again and again is not raced without end. */
static bool
may_add(struct vrrp_router *r, struct kobj *k, monotime_t now)
{
	uint32_t missed;

	if (!k->was_held || log_limit_ok(&k->put_back, now, &missed))
		return true;
	retry_in(r, k, RETRY_FIRST, now);
	return false;
}

static void
collect_adds(struct vrrp_router *r, enum kobj_kind kind, monotime_t now)
{
	struct kobj *k;

	TAILQ_FOREACH (k, &r->hold.dirty, dirty_link) {
		struct kobj_view v = kobj_look(k);
		enum kobj_op_kind op = kobj_reconcile(&v);

		if (k->kind == kind &&
		    (op == KOBJ_OP_ADD || op == KOBJ_OP_RENEW) &&
		    may_add(r, k, now))
			op_add(&r->hold, op, k);
	}
}

void
vrrp_hold_release(struct vrrp_router *r, monotime_t now)
{
	if (!vrrp_hold_is_dirty(r) || (r->is_stopping && r->keeps_vips))
		return;
	collect_dels(r, KOBJ_RULE);
	collect_dels(r, KOBJ_ROUTE);
	apply(r, now);
}

void
vrrp_hold_acquire(struct vrrp_router *r, monotime_t now)
{
	struct kobj *k;

	if (!vrrp_hold_is_dirty(r))
		return;
	collect_adds(r, KOBJ_ROUTE, now);
	collect_adds(r, KOBJ_RULE, now);
	apply(r, now);
	while ((k = TAILQ_FIRST(&r->hold.dirty)) != NULL) {
		TAILQ_REMOVE(&r->hold.dirty, k, dirty_link);
		k->is_dirty = false;
		if (k->is_orphan)
			kobj_free(k, &r->routes);
	}
}

/* ---- status ---- */

void
vrrp_hold_print(const struct kobj_ref *refs, uint32_t n, const char *what,
		enum kobj_kind kind, struct buf *out)
{
	uint32_t of_kind = 0;

	for (uint32_t i = 0; i < n; i++)
		of_kind += refs[i].obj->kind == kind;
	if (of_kind > 0)
		buf_printf(out, "   %s = %u\n", what, of_kind);
	for (uint32_t i = 0; i < n; i++) {
		const struct kobj *k = refs[i].obj;

		if (k->kind != kind)
			continue;
		buf_printf(out, "     %s%s", k->text,
			   k->state == KOBJ_PRESENT ? " set" : "");
		if (k->n_wanted > 0 && !k->is_ready)
			buf_adds(out, ", waits for its interface");
		else if (k->error != 0)
			buf_printf(out, ", refused: %s", reason(k, k->error));
		buf_addc(out, '\n');
	}
}
