/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The executor: what the state machine asks for goes into the router's
 * outbox, is logged and reported; a flush (flush.c) carries it out.  It
 * decides nothing.
 */
#include <stdio.h>
#include <string.h>

#include "vrrp/instance.h"

/* ---- words ---- */

const char *
vrrp_instance_unmet_text(const struct vrrp_instance *in, char *buf, size_t size)
{
	uint32_t u = in->fsm.unmet;

	if (u & VRRP_COND_IFACE)
		(void)snprintf(buf, size, "interface %s does not exist",
			       in->ifname);
	else
		(void)snprintf(buf, size, "%s%s%s%s%s%s",
			       u & VRRP_COND_LINK ? "interface " : "",
			       u & VRRP_COND_LINK ? in->ifname : "",
			       u & VRRP_COND_LINK ? " is down" : "",
			       u == (VRRP_COND_LINK | VRRP_COND_SOURCE) ? ", "
									: "",
			       !(u & VRRP_COND_SOURCE) ? ""
			       : in->want.family == AF_INET6
				       ? "no usable IPv6 link-local address on "
				       : "no usable IPv4 address on ",
			       u & VRRP_COND_SOURCE ? in->ifname : "");
	return buf;
}

static void
why_text(const struct vrrp_instance *in, const struct vrrp_fsm *before,
	 enum vrrp_why why, monotime_t now, char *buf, size_t size)
{
	char a[ADDR_STR_LEN];
	const char *who = addr_is_set(&before->master)
				  ? addr_print(&before->master, a, sizeof(a))
				  : "anyone";
	double waited = (double)monotime_sub(now, before->heard) / SEC(1);

	switch (why) {
	case VRRP_WHY_START:
		(void)snprintf(buf, size, "init");
		return;
	case VRRP_WHY_OWNER:
		(void)snprintf(buf, size, "address owner, priority 255");
		return;
	case VRRP_WHY_RESUME:
		(void)snprintf(buf, size,
			       "goes on after a restart of the "
			       "engine, addresses in place");
		return;
	case VRRP_WHY_TIMEOUT:
		(void)snprintf(buf, size, "no advert from %s for %.3f s", who,
			       waited);
		return;
	case VRRP_WHY_RESIGNED:
		(void)snprintf(buf, size, "%s resigned", who);
		return;
	case VRRP_WHY_PREEMPT:
		(void)snprintf(buf, size, "%s has lower priority %u, ours %u",
			       who, before->master_priority,
			       in->params.priority);
		return;
	case VRRP_WHY_HIGHER:
	case VRRP_WHY_TIE:
		(void)snprintf(buf, size,
			       "%s is master with priority %u, "
			       "ours %u",
			       addr_print(&in->fsm.master, a, sizeof(a)),
			       in->fsm.master_priority, in->params.priority);
		return;
	case VRRP_WHY_UNMET:
		(void)vrrp_instance_unmet_text(in, buf, size);
		return;
	case VRRP_WHY_CLEARED:
		(void)snprintf(buf, size, "interface %s is usable again",
			       in->ifname);
		return;
	case VRRP_WHY_STOP:
		(void)snprintf(buf, size, "stop");
		return;
	}
}

/* The line before a transition that operators look for. */
static void
log_cause(const struct vrrp_instance *in, enum vrrp_why why)
{
	char a[ADDR_STR_LEN];

	switch (why) {
	case VRRP_WHY_TIMEOUT:
	case VRRP_WHY_RESIGNED:
	case VRRP_WHY_PREEMPT:
		log_info("(%s) Receive advertisement timeout", in->name);
		return;
	case VRRP_WHY_HIGHER:
		log_info("(%s) Master received advert from %s with higher "
			 "priority %u, ours %u",
			 in->name, addr_print(&in->fsm.master, a, sizeof(a)),
			 in->fsm.master_priority, in->params.priority);
		return;
	case VRRP_WHY_TIE:
		log_info("(%s) Master received advert from %s with same "
			 "priority %u but higher IP address than ours",
			 in->name, addr_print(&in->fsm.master, a, sizeof(a)),
			 in->params.priority);
		return;
	case VRRP_WHY_START:
	case VRRP_WHY_OWNER:
	case VRRP_WHY_RESUME:
	case VRRP_WHY_UNMET:
	case VRRP_WHY_CLEARED:
	case VRRP_WHY_STOP:
		return;
	}
}

/* ---- effects of one step ---- */

void
vrrp_instance_report(struct vrrp_instance *in, enum vrrp_state_word word)
{
	struct vrrp_router *r = in->router;
	struct msg_vrrp_state m = {
		.kind = MSG_VRRP_INSTANCE,
		.state = word,
		.priority = in->params.priority,
		.initial = !in->was_reported,
	};

	memcpy(m.name, in->name, sizeof(m.name));
	in->was_reported = true;
	r->port->report(r->port_arg, &m);
}

static enum vrrp_state_word
word_of(enum vrrp_state s)
{
	switch (s) {
	case VRRP_INIT:
		return VRRP_WORD_STOP;
	case VRRP_BACKUP:
		return VRRP_WORD_BACKUP;
	case VRRP_MASTER:
		return VRRP_WORD_MASTER;
	case VRRP_FAULT:
		return VRRP_WORD_FAULT;
	}
	return VRRP_WORD_INIT;
}

static void
on_state(struct vrrp_instance *in, const struct vrrp_effect *e,
	 const struct vrrp_fsm *before, monotime_t now)
{
	char why[192];

	in->since = now;
	if (e->from == VRRP_MASTER) {
		in->stats.released_master++;
		in->announce_again = in->announce_refresh = MONOTIME_NEVER;
		in->is_announcing = false;
		for (uint32_t i = 0; i < in->n_vips; i++)
			announce_cancel(&in->router->announce,
					&in->vips[i].item);
	}
	if (e->to == VRRP_MASTER)
		in->stats.became_master++;
	vrrp_instance_report(in, word_of(e->to));
	if (e->to == VRRP_INIT)
		return;
	log_cause(in, e->why);
	why_text(in, before, e->why, now, why, sizeof(why));
	log_notice("(%s) Entering %s STATE (%s)", in->name,
		   vrrp_state_name(e->to), why);
}

/* Not where the interface is gone or has no carrier: nobody would hear. */
static bool
can_say_farewell(const struct vrrp_instance *in)
{
	const struct iface *i =
		iface_find_index(&in->router->ifaces, in->key.ifindex);

	return i != NULL && iface_is_running(i);
}

static void
queue_adverts(struct vrrp_instance *in, bool is_resign)
{
	struct vrrp_router *r = in->router;

	if (is_resign && !can_say_farewell(in))
		return;
	for (uint32_t i = 0; i < in->n_dests; i++) {
		struct vrrp_dest *d = &in->dests[i];

		if (d->len == 0 || in->key.ifindex == 0)
			continue;
		if (r->n_tx == r->room_tx)
			vrrp_router_send(r);
		r->tx[r->n_tx++] = (struct vrrp_tx){
			.data = is_resign ? d->resign : d->advert,
			.len = d->len,
			.ifindex = in->key.ifindex,
			.src = &in->params.source,
			.dst = &d->addr,
			.errors = &in->stats.send_errors,
		};
	}
	in->stats.sent++;
	if (!is_resign)
		return;
	in->stats.zero_sent++;
	log_info("(%s) sent 0 priority", in->name);
}

static void
set_wanted(struct vrrp_instance *in, bool is_wanted)
{
	for (uint32_t i = 0; i < in->n_vips; i++) {
		in->vips[i].slot.is_wanted = is_wanted;
		in->vips[i].was_held = false;
	}
	vrrp_instance_touch(in);
	in->vips_retry = MONOTIME_NEVER;
}

static void
announce_begin(struct vrrp_instance *in, uint32_t repeat, nsec_t again,
	       monotime_t now)
{
	in->is_announcing = true;
	in->announce_count = repeat;
	vrrp_instance_touch(in);
	in->announce_again =
		again > 0 ? monotime_add(now, again) : MONOTIME_NEVER;
}

static void
on_lower(struct vrrp_instance *in, const struct vrrp_event *ev, monotime_t now)
{
	char a[ADDR_STR_LEN];
	uint32_t missed;

	in->stats.lower_received++;
	vrrp_instance_report(in, VRRP_WORD_MASTER_RX_LOWER_PRI);
	if (log_limit_ok(&in->discard_limit, now, &missed))
		log_notice("(%s) Received advert from %s with lower priority "
			   "%u, ours %u",
			   in->name, addr_print(&ev->src, a, sizeof(a)),
			   ev->priority, in->params.priority);
}

static void
execute(struct vrrp_instance *in, const struct vrrp_effect *e,
	const struct vrrp_fsm *before, const struct vrrp_event *ev,
	monotime_t now)
{
	const struct vrrp_instance_conf *c = in->conf;

	switch (e->kind) {
	case VRRP_FX_ADVERT:
		queue_adverts(in, false);
		return;
	case VRRP_FX_RESIGN:
		queue_adverts(in, true);
		return;
	case VRRP_FX_STATE:
		on_state(in, e, before, now);
		return;
	case VRRP_FX_VIPS_ADD:
		set_wanted(in, true);
		if (c->garp_master_refresh > 0)
			in->announce_refresh =
				monotime_add(now, c->garp_master_refresh);
		return;
	case VRRP_FX_VIPS_DEL:
		set_wanted(in, false);
		return;
	case VRRP_FX_ANNOUNCE:
		announce_begin(in, c->garp_master_repeat, c->garp_master_delay,
			       now);
		return;
	case VRRP_FX_REANNOUNCE:
		announce_begin(in, c->garp_lower_prio_repeat,
			       c->garp_lower_prio_delay, now);
		return;
	case VRRP_FX_LOWER:
		on_lower(in, ev, now);
		return;
	}
}

static monotime_t
next_due(const struct vrrp_instance *in)
{
	monotime_t next = monotime_min(in->fsm.deadline, in->announce_again);

	next = monotime_min(next, in->announce_refresh);
	return monotime_min(next, in->vips_retry);
}

bool
vrrp_instance_put_off(struct vrrp_instance *in)
{
	monotime_t next = next_due(in);

	if (!monotime_before(in->due.at, next))
		return false;
	agenda_set(&in->router->agenda, &in->due, next);
	return true;
}

void
vrrp_instance_schedule(struct vrrp_instance *in)
{
	monotime_t next = next_due(in);

	/* A deadline that moved away (each advert heard does that) is found
	 * out when an old one comes; the agenda need not be touched. */
	if (in->due.pos != 0 && !monotime_before(next, in->due.at))
		return;
	agenda_set(&in->router->agenda, &in->due, next);
}

void
vrrp_instance_step(struct vrrp_instance *in, const struct vrrp_event *ev,
		   monotime_t now)
{
	struct vrrp_fsm before = in->fsm;
	struct vrrp_effects fx = {0};

	vrrp_fsm_step(&in->fsm, &in->params, ev, now, &fx);
	for (uint32_t i = 0; i < fx.n; i++)
		execute(in, &fx.e[i], &before, ev, now);
	vrrp_instance_schedule(in);
}

void
vrrp_instance_announce(struct vrrp_instance *in, uint32_t times)
{
	for (uint32_t i = 0; i < in->n_vips; i++) {
		struct vrrp_vip *v = &in->vips[i];

		if (iface_vip_actual(&in->router->ifaces, &v->slot.want)
			    .is_present)
			announce_add(&in->router->announce, &v->item, times);
	}
}

void
vrrp_instance_due(struct vrrp_instance *in, monotime_t now)
{
	const struct vrrp_instance_conf *c = in->conf;

	if (!monotime_before(now, in->fsm.deadline))
		vrrp_instance_step(
			in, &(struct vrrp_event){.kind = VRRP_EV_TIMER}, now);
	if (!monotime_before(now, in->announce_again)) {
		in->announce_again = MONOTIME_NEVER;
		vrrp_instance_announce(in, c->garp_master_repeat);
	}
	if (!monotime_before(now, in->announce_refresh)) {
		in->announce_refresh =
			monotime_add(now, c->garp_master_refresh);
		vrrp_instance_announce(in, c->garp_master_refresh_repeat);
	}
	if (!monotime_before(now, in->vips_retry)) {
		in->vips_retry = MONOTIME_NEVER;
		vrrp_instance_touch(in);
	}
	vrrp_instance_schedule(in);
}
