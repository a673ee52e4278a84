/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a virtual router sends, as ready-made bytes: one datagram per
 * destination for an advert and one for the farewell.  They are made when
 * priority, source or configuration change, never when they are due.
 */
#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/instance.h"

void
vrrp_instance_list_fill(struct vrrp_instance *in,
			const struct vrrp_instance_conf *c)
{
	size_t alen = c->family == AF_INET6 ? 16 : 4;

	free(in->list);
	in->list = xcalloc(UINT8_MAX + 1, alen);
	in->n_list = 0;
	CONF_FOREACH (const struct vip_conf, vc, &c->virtual_ipaddress)
		if (vc->addr.family == c->family && in->n_list < UINT8_MAX)
			memcpy(in->list + alen * in->n_list++, vc->addr.bytes,
			       alen);
}

void
vrrp_instance_dests_free(struct vrrp_instance *in)
{
	for (uint32_t i = 0; i < in->n_dests; i++) {
		free(in->dests[i].advert);
		free(in->dests[i].resign);
	}
	in->router->n_dests -= in->n_dests;
	free(in->dests);
	in->dests = NULL;
	in->n_dests = 0;
}

static void
dest_add(struct vrrp_instance *in, const struct addr *a, uint8_t min_hops,
	 uint8_t max_hops)
{
	size_t alen = in->want.family == AF_INET6 ? 16 : 4;
	size_t room =
		VRRP_IPV4_HEADER + 8 + alen * in->n_list + VRRP_AUTH_DATA_LEN;
	struct vrrp_dest *d = &in->dests[in->n_dests++];

	d->addr = *a;
	d->min_hops = min_hops;
	d->max_hops = max_hops;
	d->len = room;
	d->advert = xcalloc(1, room);
	d->resign = xcalloc(1, room);
	in->router->n_dests++;
}

void
vrrp_instance_dests_fill(struct vrrp_instance *in,
			 const struct vrrp_instance_conf *c)
{
	size_t n = 0;

	CONF_FOREACH (const struct conf_obj, o, &c->unicast_peer)
		n++;
	vrrp_instance_dests_free(in);
	in->dests = xcalloc(n + 1, sizeof(*in->dests));
	if (!in->is_unicast) {
		dest_add(in, &in->group, VRRP_HOPS, VRRP_HOPS);
		return;
	}
	CONF_FOREACH (const struct unicast_peer_conf, u, &c->unicast_peer)
		dest_add(in, &u->addr, u->min_ttl, u->max_ttl);
}

static void
encode_one(const struct vrrp_instance *in, const struct vrrp_dest *d,
	   uint8_t priority, uint8_t *out, size_t room, size_t *len)
{
	struct vrrp_advert a = {
		.family = in->want.family,
		.version = in->want.version,
		.vrid = in->want.vrid,
		.priority = priority,
		.auth_type = in->want.auth_type,
		.sum = in->conf->v3_checksum_as_v2 ? VRRP_SUM_PLAIN
						   : VRRP_SUM_PSEUDO,
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
		      ? vrrp_packet_encode(&a, out, room, len)
		      : vrrp_packet_encode_ipv4(&a, out, room, len);
	if (err != 0) {
		log_err("(%s) cannot make an advert: %s", in->name,
			strerror(-err));
		*len = 0;
	}
}

void
vrrp_instance_encode(struct vrrp_instance *in)
{
	size_t alen = in->want.family == AF_INET6 ? 16 : 4;
	size_t room =
		VRRP_IPV4_HEADER + 8 + alen * in->n_list + VRRP_AUTH_DATA_LEN;

	for (uint32_t i = 0; i < in->n_dests; i++) {
		struct vrrp_dest *d = &in->dests[i];

		encode_one(in, d, in->params.priority, d->advert, room,
			   &d->len);
		encode_one(in, d, VRRP_PRIO_STOP, d->resign, room, &d->len);
	}
}
