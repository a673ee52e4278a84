/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a virtual router sends, as ready-made bytes: one datagram per
 * destination for an advert and one for the farewell.  They are made when
 * priority, source or configuration change; only what proves the moment of
 * sending is written when they are due, into room that is there.
 */
#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/ah.h"
#include "vrrp/instance.h"

/* The addresses that are link-local, or those that are not. */
static void
list_add(struct vrrp_instance *in, const struct vrrp_instance_conf *c,
	 bool is_linklocal)
{
	size_t alen = c->family == AF_INET6 ? 16 : 4;

	CONF_FOREACH (const struct vip_conf, vc, &c->virtual_ipaddress)
		if (vc->addr.family == c->family &&
		    addr_is_linklocal(&vc->addr) == is_linklocal &&
		    in->n_list < UINT8_MAX)
			memcpy(in->list + alen * in->n_list++, vc->addr.bytes,
			       alen);
}

void
vrrp_instance_list_fill(struct vrrp_instance *in,
			const struct vrrp_instance_conf *c)
{
	size_t alen = c->family == AF_INET6 ? 16 : 4;

	free(in->list);
	in->list = xcalloc(UINT8_MAX + 1, alen);
	in->n_list = 0;
	/* IPv6: the link-local one comes first (RFC 9568 §5.2.9). */
	if (c->family == AF_INET6)
		list_add(in, c, true);
	list_add(in, c, false);
}

static void
dests_release(struct vrrp_dest *d, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		free(d[i].advert);
		free(d[i].resign);
	}
	free(d);
}

void
vrrp_instance_dests_free(struct vrrp_instance *in)
{
	in->router->n_dests -= in->n_dests;
	dests_release(in->dests, in->n_dests);
	in->dests = NULL;
	in->n_dests = 0;
}

/* The longest datagram that an instance can have to send. */
static size_t
room_of(const struct vrrp_instance *in)
{
	size_t alen = in->want.family == AF_INET6 ? 16 : 4;

	return VRRP_IPV4_HEADER + VRRP_AH_LEN + 8 + alen * in->n_list +
	       VRRP_AUTH_DATA_LEN + VRRP_TRAILER_LEN;
}

static void
dest_add(struct vrrp_instance *in, const struct addr *a, uint8_t min_hops,
	 uint8_t max_hops)
{
	size_t room = room_of(in);
	struct vrrp_dest *d = &in->dests[in->n_dests++];

	d->addr = *a;
	d->min_hops = min_hops;
	d->max_hops = max_hops;
	d->len = room;
	d->advert = xcalloc(1, room);
	d->resign = xcalloc(1, room);
	in->router->n_dests++;
}

/* What was learnt of a peer stays true over a reload. */
static void
dests_inherit(struct vrrp_instance *in, const struct vrrp_dest *old, uint32_t n)
{
	for (uint32_t i = 0; i < in->n_dests; i++)
		for (uint32_t k = 0; k < n; k++)
			if (addr_is_equal(&in->dests[i].addr, &old[k].addr))
				in->dests[i].is_old_sum = old[k].is_old_sum;
}

void
vrrp_instance_dests_fill(struct vrrp_instance *in,
			 const struct vrrp_instance_conf *c)
{
	struct vrrp_dest *old = in->dests;
	uint32_t n_old = in->n_dests;
	size_t n = 0;

	CONF_FOREACH (const struct conf_obj, o, &c->unicast_peer)
		n++;
	in->router->n_dests -= n_old;
	in->dests = xcalloc(n + 1, sizeof(*in->dests));
	in->n_dests = 0;
	if (!in->is_unicast)
		dest_add(in, &in->group, VRRP_HOPS, VRRP_HOPS);
	else
		CONF_FOREACH (const struct unicast_peer_conf, u,
			      &c->unicast_peer)
			dest_add(in, &u->addr, u->min_ttl, u->max_ttl);
	dests_inherit(in, old, n_old);
	dests_release(old, n_old);
}

static enum vrrp_sum
sum_of(const struct vrrp_instance *in, const struct vrrp_dest *d)
{
	const struct vrrp_instance_conf *c = in->conf;

	if (c->v3_checksum_as_v2)
		return VRRP_SUM_PLAIN;
	if (in->is_unicast &&
	    (d->is_old_sum ||
	     c->old_unicast_checksum == OLD_UNICAST_CHECKSUM_ON))
		return VRRP_SUM_OLD;
	return VRRP_SUM_PSEUDO;
}

static void
encode_one(const struct vrrp_instance *in, const struct vrrp_dest *d,
	   uint8_t priority, uint8_t *out, size_t *len)
{
	struct vrrp_advert a = {
		.family = in->want.family,
		.version = in->want.version,
		.vrid = in->want.vrid,
		.priority = priority,
		.auth_type = in->want.auth_type,
		.sum = sum_of(in, d),
		.group = in->group,
		.trail = vrrp_hmac_signs(in->hmac) ? VRRP_TRAILER_LEN : 0,
		.interval = in->params.interval,
		.n_addrs = (uint8_t)in->n_list,
		.addrs = in->list,
		.src = in->params.source,
		.dst = d->addr,
		.hops = in->hops,
	};
	int err;

	memcpy(a.auth, in->want.auth, sizeof(a.auth));
	err = a.family == AF_INET6
		      ? vrrp_packet_encode(&a, out, room_of(in), len)
		      : vrrp_packet_encode_ipv4(&a, out, room_of(in), len);
	if (err != 0) {
		log_err("(%s) cannot make an advert: %s", in->name,
			strerror(-err));
		*len = 0;
	}
}

void
vrrp_instance_encode(struct vrrp_instance *in)
{
	vrrp_router_send(in->router); /* what waits there are these bytes */
	for (uint32_t i = 0; i < in->n_dests; i++) {
		struct vrrp_dest *d = &in->dests[i];

		encode_one(in, d, in->params.priority, d->advert, &d->len);
		encode_one(in, d, VRRP_PRIO_STOP, d->resign, &d->len);
	}
}

/* ---- authentication ---- */

void
vrrp_instance_auth_fill(struct vrrp_instance *in,
			const struct vrrp_instance_conf *c)
{
	struct vrrp_hmac *old = in->hmac;

	in->hmac = c->auth_hmac.on
			   ? vrrp_hmac_new(&c->auth_hmac, &c->unicast_peer, old)
			   : NULL;
	vrrp_hmac_free(old);
	if (in->want.auth_type == VRRP_AUTH_AH)
		auth_key_init(&in->ah_key, AUTH_HMAC_MD5, c->auth_pass,
			      sizeof(c->auth_pass));
}

void
vrrp_instance_auth_free(struct vrrp_instance *in)
{
	vrrp_hmac_free(TAKE_PTR(in->hmac));
	auth_key_fini(&in->ah_key);
}

/* A node that starts anew goes on behind what its peers have heard of it
 * before: one number a second at most, as the clock. */
static void
seal_ah(struct vrrp_instance *in, bool is_resign)
{
	struct vrrp_router *r = in->router;

	if (in->ah_last == 0)
		in->ah_last =
			(uint32_t)(r->port->wall(r->port_arg) / SEC(1)) - 1;
	if (++in->ah_last == 0)
		in->ah_last = 1;
	for (uint32_t i = 0; i < in->n_dests; i++) {
		struct vrrp_dest *d = &in->dests[i];

		if (d->len > 0)
			vrrp_ah_seal(is_resign ? d->resign : d->advert, d->len,
				     in->ah_last, &in->ah_key);
	}
}

/* One trailer for all: it covers neither IP header nor destination. */
static void
seal_hmac(struct vrrp_instance *in, bool is_resign)
{
	struct vrrp_router *r = in->router;
	size_t head = in->want.family == AF_INET6 ? 0 : VRRP_IPV4_HEADER;
	nsec_t wall = r->port->wall(r->port_arg);
	uint8_t trailer[VRRP_TRAILER_LEN];
	bool is_signed = false;

	for (uint32_t i = 0; i < in->n_dests; i++) {
		struct vrrp_dest *d = &in->dests[i];
		uint8_t *data = is_resign ? d->resign : d->advert;
		size_t len = d->len - VRRP_TRAILER_LEN;

		if (d->len == 0)
			continue;
		if (!is_signed)
			vrrp_hmac_sign(in->hmac,
				       &(struct vrrp_signed){&in->params.source,
							     data + head,
							     len - head},
				       wall, trailer);
		is_signed = true;
		memcpy(data + len, trailer, VRRP_TRAILER_LEN);
		if (head == 0)
			vrrp_packet_sum6(&in->params.source, &d->addr, data,
					 d->len);
	}
}

void
vrrp_instance_seal(struct vrrp_instance *in, bool is_resign)
{
	if (in->want.auth_type == VRRP_AUTH_AH)
		seal_ah(in, is_resign);
	else if (vrrp_hmac_signs(in->hmac))
		seal_hmac(in, is_resign);
}
