/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Carrying out what steps have asked for, always in this order: adverts of
 * all instances in one go, addresses in one batch, a bounded slice of
 * announcements, and what is to be said about it.  Addresses come from reconciling, so an operation that is
 * not needed is not done.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/instance.h"
#include "vrrp/own.h"

#define VIP_RETRY SEC(1)

void
vrrp_instance_touch(struct vrrp_instance *in)
{
	if (!in->is_dirty)
		TAILQ_INSERT_TAIL(&in->router->dirty, in, dirty_link);
	in->is_dirty = true;
}

void
vrrp_instance_untouch(struct vrrp_instance *in)
{
	if (in->is_dirty)
		TAILQ_REMOVE(&in->router->dirty, in, dirty_link);
	in->is_dirty = false;
}

void
vrrp_router_make_room(struct vrrp_router *r)
{
	size_t tx = 2 * r->n_dests + 16;
	size_t ops = r->n_vips + r->n_orphans + 16;
	size_t notes = 4 * r->n_instances + 16;

	if (notes > r->room_notes) {
		r->notes = xrealloc(r->notes, notes * sizeof(*r->notes));
		r->room_notes = notes;
	}
	if (tx > r->room_tx) {
		r->tx = xrealloc(r->tx, tx * sizeof(*r->tx));
		r->room_tx = tx;
	}
	if (ops > r->room_ops) {
		r->ops = xrealloc(r->ops, ops * sizeof(*r->ops));
		r->room_ops = ops;
	}
}

void
vrrp_router_send(struct vrrp_router *r)
{
	if (r->n_tx > 0)
		r->port->send_adverts(r->port_arg, r->tx, r->n_tx);
	r->n_tx = 0;
}

/* ---- addresses: what to do ---- */

static void
vip_print(const struct vip_addr *v, char *buf, size_t size)
{
	char a[ADDR_STR_LEN];

	(void)snprintf(buf, size, "%s/%u", addr_print(&v->addr, a, sizeof(a)),
		       v->prefix_len);
}

bool
vrrp_router_tells_repair(struct vrrp_router *r, monotime_t now)
{
	uint32_t missed;

	if (!log_limit_ok(&r->repair_limit, now, &missed))
		return false;
	if (missed > 0)
		log_warn("%u more things were gone and put back", missed);
	return true;
}

/* Someone took an address of ours away: put it back, but not without end. */
static bool
may_put_back(struct vrrp_instance *in, struct vrrp_vip *v, monotime_t now)
{
	char a[ADDR_STR_LEN + 4];
	uint32_t missed;

	if (v->no_track)
		return false;
	/* After a sleep: not before it is clear who is master. */
	if (in->fsm.is_doubtful) {
		in->vips_retry = monotime_min(in->vips_retry,
					      monotime_add(now, VIP_RETRY));
		return false;
	}
	vrrp_instance_lost(in);
	if (in->is_lost)
		return false;
	if (!log_limit_ok(&v->put_back, now, &missed)) {
		in->vips_retry = monotime_min(in->vips_retry,
					      monotime_add(now, VIP_RETRY));
		return false;
	}
	in->stats.vip_repairs++;
	if (!vrrp_router_tells_repair(in->router, now))
		return true;
	vip_print(&v->slot.want, a, sizeof(a));
	log_warn("(%s) %s was deleted from %s by another, putting it back",
		 in->name, a, v->dev);
	return true;
}

static void
op_add(struct vrrp_router *r, enum vip_op_kind kind,
       const struct vip_addr *addr, struct vrrp_vip *v)
{
	if (r->n_ops < r->room_ops)
		r->ops[r->n_ops++] =
			(struct vip_op){.kind = kind, .addr = addr, .owner = v};
}

/* Does any instance want this address?  Then it is not ours to delete. */
static bool
is_wanted(const struct vrrp_router *r, const struct vip_addr *a)
{
	const struct vrrp_instance *in;

	if (r->is_stopping)
		return false;
	if (vrrp_static_wants(r, a))
		return true;
	TAILQ_FOREACH (in, &r->instances, link) {
		if (in->fsm.state != VRRP_MASTER)
			continue;
		for (uint32_t i = 0; i < in->n_vips; i++)
			if (vip_is_same(&in->vips[i].slot.want, a))
				return true;
	}
	return false;
}

static void
collect_one(struct vrrp_router *r, struct vrrp_vip *v, bool do_adds,
	    monotime_t now)
{
	enum vip_op_kind op;

	v->slot.actual = iface_vip_actual(&r->ifaces, &v->slot.want);
	op = vip_reconcile(&v->slot);
	if (v->slot.is_wanted && v->slot.actual.is_present)
		v->was_held = true;
	if (op == VIP_OP_NONE || (op == VIP_OP_DEL) == do_adds)
		return;
	if (op == VIP_OP_DEL && is_wanted(r, &v->slot.want))
		return;
	if (op == VIP_OP_ADD && v->was_held && !may_put_back(v->in, v, now))
		return;
	op_add(r, op, &v->slot.want, v);
}

static void
collect(struct vrrp_router *r, bool do_adds, monotime_t now)
{
	struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->dirty, dirty_link)
		for (uint32_t i = 0; i < in->n_vips; i++)
			collect_one(r, &in->vips[i], do_adds, now);
}

static bool
is_queued(const struct vrrp_router *r, const struct vip_addr *a)
{
	for (size_t i = 0; i < r->n_ops; i++)
		if (r->ops[i].kind == VIP_OP_DEL &&
		    vip_is_same(r->ops[i].addr, a))
			return true;
	return false;
}

static void
collect_orphans(struct vrrp_router *r)
{
	for (size_t i = 0; i < r->n_orphans; i++) {
		struct vip_slot *s = &r->orphans[i];

		s->actual = iface_vip_actual(&r->ifaces, &s->want);
		if (vip_reconcile(s) == VIP_OP_DEL && !is_wanted(r, &s->want) &&
		    !is_queued(r, &s->want))
			op_add(r, VIP_OP_DEL, &s->want, NULL);
	}
}

/* ---- addresses: what was done ---- */

static struct iface_addr_fact
fact_of(const struct vip_addr *v)
{
	struct iface_addr_fact f = {
		.ifindex = v->ifindex,
		.addr = v->addr,
		.prefix_len = v->prefix_len,
		.scope = v->scope,
		.proto = VRRP_RTPROT,
		.flags = v->flags,
		.is_finite = v->valid_lft != 0,
	};

	memcpy(f.label, v->label, sizeof(f.label));
	return f;
}

/* The mirror learns what we did before the kernel's notification comes. */
static void
mirror_op(struct vrrp_router *r, const struct vip_op *op)
{
	bool had_proto = r->ifaces.has_proto;
	struct iface_addr_fact f = fact_of(op->addr);

	if (op->kind == VIP_OP_DEL) {
		iface_addr_forget(&r->ifaces, &f);
		return;
	}
	if (op->error == -EEXIST) {
		/* Another instance's, a moment ago; or someone was faster,
		 * and whose it is will be told. */
		if (iface_addr_find(&r->ifaces, f.ifindex, &f.addr,
				    f.prefix_len) != NULL)
			return;
		f.proto = 0;
	}
	iface_addr_set(&r->ifaces, &f);
	r->ifaces.has_proto = had_proto; /* our own word is no proof */
}

static bool
is_op_ok(const struct vip_op *op)
{
	if (op->kind == VIP_OP_DEL)
		return op->error == 0 || op->error == -EADDRNOTAVAIL ||
		       op->error == -ENODEV;
	return op->error == 0 || op->error == -EEXIST;
}

bool
vrrp_router_address_done(struct vrrp_router *r, const struct vip_op *op)
{
	if (!is_op_ok(op))
		return false;
	mirror_op(r, op);
	return true;
}

static void
op_failed(struct vrrp_instance *in, const struct vip_op *op, monotime_t now)
{
	char a[ADDR_STR_LEN + 4];
	uint32_t missed;

	in->stats.vip_errors++;
	in->vips_retry = monotime_add(now, VIP_RETRY);
	vip_print(op->addr, a, sizeof(a));
	if (log_limit_ok(&in->discard_limit, now, &missed))
		log_err("(%s) cannot %s %s: %s", in->name,
			op->kind == VIP_OP_DEL ? "delete" : "add", a,
			strerror(-op->error));
}

static void
op_done(struct vrrp_router *r, const struct vip_op *op, monotime_t now)
{
	struct vrrp_vip *v = op->owner;

	if (!vrrp_router_address_done(r, op)) {
		if (v != NULL)
			op_failed(v->in, op, now);
		return;
	}
	if (op->kind == VIP_OP_DEL || v == NULL)
		return;
	v->was_held = true;
	v->slot.is_stale = v->slot.is_changed = false;
	if (op->kind == VIP_OP_REFRESH)
		return;
	announce_add(&r->announce, &v->item, v->in->conf->garp_master_repeat);
}

/* Announcements follow what is really there. */
static void
settle(struct vrrp_instance *in)
{
	vrrp_instance_untouch(in);
	if (in->is_announcing && in->fsm.state == VRRP_MASTER)
		vrrp_instance_announce(in, in->announce_count);
	in->is_announcing = false;
	vrrp_instance_schedule(in);
}

static void
apply_all(struct vrrp_router *r, monotime_t now)
{
	struct vrrp_instance *in;

	vrrp_router_make_room(r);
	r->n_ops = 0;
	if (!r->is_stopping || !r->keeps_vips) {
		collect(r, true, now);
		collect(r, false, now);
		collect_orphans(r);
	}
	vrrp_hold_release(r, now);
	vrrp_static_flush(r, now);
	if (r->n_ops > 0)
		r->port->addr_apply(r->port_arg, r->ops, r->n_ops);
	for (size_t i = 0; i < r->n_ops; i++)
		op_done(r, &r->ops[i], now);
	r->n_orphans = 0;
	vrrp_hold_acquire(r, now);
	while ((in = TAILQ_FIRST(&r->dirty)) != NULL)
		settle(in);
}

static bool
is_work_waiting(const struct vrrp_router *r)
{
	return !TAILQ_EMPTY(&r->dirty) || r->n_orphans > 0 ||
	       vrrp_hold_is_dirty(r) || r->statics.is_dirty;
}

void
vrrp_instance_lost(struct vrrp_instance *in)
{
	if (in->conf->on_address_loss != ADDRESS_LOSS_BACKUP)
		return;
	in->is_lost = true;
	in->router->has_lost = true;
}

/* Masters that leave rather than put back what was taken from them. */
static bool
leave_lost(struct vrrp_router *r, monotime_t now)
{
	struct vrrp_instance *in;

	if (!r->has_lost)
		return false;
	r->has_lost = false;
	TAILQ_FOREACH (in, &r->instances, link) {
		if (!in->is_lost)
			continue;
		in->is_lost = false;
		vrrp_instance_step(
			in, &(struct vrrp_event){.kind = VRRP_EV_LOST}, now);
	}
	return true;
}

/* Instances whose track_group lost or got back something static. */
static bool
follow_statics(struct vrrp_router *r, monotime_t now)
{
	if (!r->statics.has_news || r->is_stopping)
		return false;
	r->statics.has_news = false;
	vrrp_router_recheck(r, now);
	return true;
}

/* ---- announcements ---- */

static void
announce_slice(struct vrrp_router *r, monotime_t now)
{
	struct vrrp_frame_tx tx[VRRP_ANNOUNCE_SLICE];
	const struct announce_item *it;
	size_t n = 0;

	while (n < ARRAY_LEN(tx) &&
	       (it = announce_take(&r->announce, now)) != NULL)
		tx[n++] = (struct vrrp_frame_tx){
			.data = it->frame,
			.len = it->frame_len,
			.ifindex = it->ifindex,
		};
	r->announced += n;
	if (n > 0)
		r->port->send_frames(r->port_arg, tx, n);
}

void
vrrp_router_flush(struct vrrp_router *r, monotime_t now)
{
	struct vrrp_instance *in;

	vrrp_router_send(r);
	if (is_work_waiting(r))
		apply_all(r, now);
	/* Which of these can be changes what instances may do: once more. */
	/* Both are to be done. */
	if ((int)leave_lost(r, now) | (int)follow_statics(r, now)) {
		vrrp_router_send(r);
		apply_all(r, now);
	}
	announce_slice(r, now);
	vrrp_router_tell(r);
	while ((in = TAILQ_FIRST(&r->graveyard)) != NULL) {
		TAILQ_REMOVE(&r->graveyard, in, link);
		vrrp_instance_free(in);
	}
	own_sweep(r);
}
