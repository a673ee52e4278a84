/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A scenario's packets with proof of their sender: the auth_hmac trailer, the
 * authentication header; and the wall clock that the first depends on.
 */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "tests/replay/replay.h"
#include "vrrp/ah.h"

/* wall [+|-]SECONDS: somebody sets the clock. */
void
rp_wall(struct rp *rp, const char *by)
{
	nsec_t v;

	if ((*by != '+' && *by != '-') || !rp_seconds(by + 1, &v))
		rp_fail(rp, "wall +SECONDS|-SECONDS");
	rp->wall_off += *by == '+' ? v : -v;
}

/* A trailer at the end of buf, whose room the message has left, by a sender
 * whose clock is off by so much. */
void
rp_sign(struct rp *rp, const struct auth_hmac_conf *c,
	const struct vrrp_advert *a, nsec_t off, uint8_t *buf, size_t len)
{
	size_t head = a->family == AF_INET6 ? 0 : VRRP_IPV4_HEADER;
	const struct vrrp_signed what = {&a->src, buf + head,
					 len - head - VRRP_TRAILER_LEN};
	nsec_t wall = rp->wall_off + rp->now.ns + off;
	struct auth_key key;

	CONF_FOREACH (const struct auth_hmac_key_conf, k, &c->key)
		if (k->id == c->active_key)
			auth_key_init(&key, AUTH_HMAC_SHA256, k->key, k->len);
	vrrp_trailer_encode(buf + len - VRRP_TRAILER_LEN, c->active_key,
			    vrrp_seq_of(wall), &key, &what);
	if (head == 0)
		vrrp_packet_sum6(&a->src, &a->dst, buf, len);
}

void
rp_seal(const struct vrrp_instance_conf *c, uint32_t seq, uint8_t *buf,
	size_t len)
{
	struct auth_key key;

	auth_key_init(&key, AUTH_HMAC_MD5, c->auth_pass, sizeof(c->auth_pass));
	vrrp_ah_seal(buf, len, seq, &key);
}
