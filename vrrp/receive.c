/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A datagram's way in: whose it is, every check, and only then an event for
 * the state machine.  What is discarded is counted by its reason and said at
 * a limited rate; it moves nothing else.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vrrp/ah.h"
#include "vrrp/instance.h"

static struct vrrp_instance *
find_key(const struct vrrp_router *r, uint32_t ifindex, int family,
	 uint8_t vrid)
{
	struct vrrp_instance_key key = {ifindex, (uint16_t)family, vrid};
	struct vrrp_instance *in;

	HASH_FIND(hh, r->by_key, &key, sizeof(key), in);
	return in;
}

/* One without "interface": its address may stand on another than where its
 * peers' adverts come in. */
static struct vrrp_instance *
find_anywhere(const struct vrrp_router *r, const struct vrrp_origin *o,
	      uint8_t vrid)
{
	struct vrrp_instance *in;

	if (r->n_anywhere == 0)
		return NULL;
	TAILQ_FOREACH (in, &r->instances, link)
		if (in->is_anywhere && in->is_keyed && in->want.vrid == vrid &&
		    addr_is_equal(&in->params.source, &o->dst))
			return in;
	return NULL;
}

static struct vrrp_instance *
find_instance(const struct vrrp_router *r, const struct vrrp_origin *o,
	      int family, uint8_t vrid)
{
	struct vrrp_instance *in = find_key(r, o->ifindex, family, vrid);
	const struct iface *i;

	if (in != NULL)
		return in;
	/* What comes in on an interface of our own is its base's. */
	i = iface_find_index(&r->ifaces, o->ifindex);
	if (i != NULL && i->fact.parent != 0)
		in = find_key(r, i->fact.parent, family, vrid);
	if (in != NULL && in->vmac != NULL)
		return in;
	return find_anywhere(r, o, vrid);
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

/* What the sender proves beyond its bytes being well-formed. */
static enum vrrp_discard
check_proof(struct vrrp_instance *in, const struct vrrp_packet *p,
	    const uint8_t *msg, const struct vrrp_origin *o)
{
	struct vrrp_router *r = in->router;
	struct vrrp_signed what = {&o->src, msg, p->len};

	if (in->want.auth_type == VRRP_AUTH_AH)
		return vrrp_ah_verify(o, &in->ah_key, &in->ah_last);
	if (in->hmac == NULL)
		return VRRP_DISCARD_ACCEPT;
	return vrrp_hmac_verify(in->hmac, &what, p->trailer,
				r->port->wall(r->port_arg) - o->age);
}

/* Each reason of auth_hmac has its own allowance: a flood of one kind must
 * not hide another. */
static struct log_limit *
limit_of(struct vrrp_instance *in, enum vrrp_discard why)
{
	return in->hmac != NULL && why >= VRRP_DISCARD_HMAC_MISSING
		       ? &in->hmac->limit[why]
		       : &in->discard_limit;
}

static const char *
skew_text(const struct vrrp_instance *in, char *buf, size_t size)
{
	nsec_t s = in->hmac->skew / SEC(1);

	(void)snprintf(buf, size, "its clock is %" PRId64 " s %s ours",
		       s < 0 ? -s : s, s < 0 ? "behind" : "ahead of");
	return buf;
}

static void
discard(struct vrrp_instance *in, enum vrrp_discard why,
	const struct vrrp_origin *o, monotime_t now)
{
	char a[ADDR_STR_LEN], skew[64] = "";
	bool is_stale = why == VRRP_DISCARD_HMAC_STALE;
	uint32_t missed;

	in->stats.discarded[why]++;
	if (why == VRRP_DISCARD_LOOPED)
		return; /* bridges do that; the counter tells */
	if (!log_limit_ok(limit_of(in, why), now, &missed))
		return;
	if (is_stale)
		(void)skew_text(in, skew, sizeof(skew));
	log_warn("(%s) discarded advert from %s: %s%s%s", in->name,
		 addr_print(&o->src, a, sizeof(a)), vrrp_discard_text(why),
		 is_stale ? ", " : "", skew);
	if (missed > 0)
		log_warn("(%s) %u more such lines were held back", in->name,
			 missed);
}

/* The clocks drift apart: say it while adverts are still accepted. */
static void
note_skew(struct vrrp_instance *in, const struct vrrp_origin *o, monotime_t now)
{
	char a[ADDR_STR_LEN], skew[64];
	uint32_t missed;

	if (in->hmac == NULL || !vrrp_hmac_is_skewed(in->hmac) ||
	    !log_limit_ok(&in->hmac->skew_limit, now, &missed))
		return;
	log_warn("(%s) auth_hmac: %s: %s, adverts are refused from %" PRId64
		 " s on",
		 in->name, addr_print(&o->src, a, sizeof(a)),
		 skew_text(in, skew, sizeof(skew)),
		 in->hmac->window / SEC(1) + 1);
}

/* A peer that was heard with keepalived's old checksum is spoken to with it;
 * one that was updated is not. */
static void
learn_sum(struct vrrp_instance *in, const struct vrrp_packet *p,
	  const struct vrrp_origin *o)
{
	bool is_old = p->sum == VRRP_SUM_OLD;
	char a[ADDR_STR_LEN];

	if (!in->is_unicast || p->sum == VRRP_SUM_PLAIN ||
	    in->conf->old_unicast_checksum != OLD_UNICAST_CHECKSUM_AUTO)
		return;
	for (uint32_t i = 0; i < in->n_dests; i++) {
		struct vrrp_dest *d = &in->dests[i];

		if (!addr_is_equal(&d->addr, &o->src) ||
		    d->is_old_sum == is_old)
			continue;
		d->is_old_sum = is_old;
		log_notice("(%s) peer %s sends %s checksums, so do we to it",
			   in->name, addr_print(&o->src, a, sizeof(a)),
			   is_old ? "old unicast" : "current");
		vrrp_instance_encode(in);
	}
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

	/* skip_check_adv_addr: who was heard last need not be compared again */
	if (in->conf->skip_check_adv_addr)
		want.check_list = !addr_is_equal(&o->src, &in->fsm.master);
	if (!addr_is_equal(&o->src, &in->params.source))
		why = check_peer(in, o, &want);
	if (why == VRRP_DISCARD_ACCEPT)
		why = vrrp_packet_accept(msg, len, o, &want, &p);
	if (why == VRRP_DISCARD_ACCEPT)
		why = check_proof(in, &p, msg, o);
	if (why != VRRP_DISCARD_ACCEPT) {
		discard(in, why, o, now);
		return;
	}
	in->stats.received++;
	note_oddities(in, &p, o, now);
	note_skew(in, o, now);
	learn_sum(in, &p, o);
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
	in = find_instance(r, &origin, family, vrid);
	if (in == NULL)
		unknown_vrid(r, &origin, vrid, now);
	/* A VMAC hears all; the base has copies of some. */
	else if (in->vmac_joined == 0 || in->vmac_joined == origin.ifindex)
		deliver(in, msg, msg_len, &origin, now);
}
