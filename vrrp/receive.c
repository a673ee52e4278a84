/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A datagram's way in: whose it is, every check, and only then an event for
 * the state machine.  What is discarded is counted by its reason and said at
 * a limited rate; it moves nothing else.
 */
#include <string.h>

#include "vrrp/instance.h"

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
