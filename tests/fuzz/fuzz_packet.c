/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any bytes as a datagram.  What is accepted must encode to the
 * same bytes again, but for reserved bits and the ignored authentication
 * data; a checksum that the fuzzer cannot guess is put right for it.
 *
 * The first byte of the input chooses family, version, authentication and
 * whether the checksum is mended; a signature, too, is put right for it, since
 * nobody guesses one: what is behind it must be reached.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "lib/wire.h"
#include "vrrp/ah.h"
#include "vrrp/hmac.h"
#include "vrrp/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t list[] = {10, 9, 0, 100, 10, 9, 0, 101};

static struct vrrp_want
want_of(uint8_t choice)
{
	return (struct vrrp_want){
		.family = choice & 1 ? AF_INET6 : AF_INET,
		.version = choice & 2 ? 3 : 2,
		.vrid = 51,
		.min_hops = 255,
		.max_hops = 255,
		.auth_type = choice & 32  ? VRRP_AUTH_AH_WIRE
			     : choice & 4 ? 1
					  : 0,
		.may_trail = choice & 64,
		.auth = "1111",
		.sums = VRRP_SUM_ANY | VRRP_SUM_OLD,
		.group = {.family = AF_INET, .bytes = {224, 0, 0, 18}},
		.interval = SEC(1),
		.check_list = choice & 8,
		.n_addrs = 2,
		.addrs = list,
	};
}

static void
mend_sum(uint8_t *msg, size_t len)
{
	struct wire_writer w = wire_writer_init(msg, len);
	uint16_t sum;

	if (len < 8)
		return;
	w.len = len;
	wire_set_u16(&w, 6, 0);
	sum = wire_sum_fold(wire_sum(0, msg, len));
	wire_set_u16(&w, 6, sum);
}

static size_t
head_of(const uint8_t *data, size_t len)
{
	return len > 9 && data[9] == VRRP_PROTO_AH
		       ? VRRP_IPV4_HEADER + VRRP_AH_LEN
		       : VRRP_IPV4_HEADER;
}

/* The same advert again; lengths and all that counts must agree. */
static void
encode_again(const struct vrrp_packet *p, const struct vrrp_want *w,
	     const struct vrrp_origin *o, size_t len)
{
	static uint8_t buf[VRRP_MESSAGE_MAX];
	struct vrrp_advert a = {
		.family = w->family,
		.version = p->version,
		.vrid = p->vrid,
		.priority = p->priority,
		.auth_type = p->auth_type,
		.sum = p->sum,
		.interval = p->interval,
		.n_addrs = p->n_addrs,
		.addrs = p->addrs,
		.group = w->group,
		.src = o->src,
		.dst = o->dst,
	};
	struct vrrp_packet again;
	size_t out;

	memcpy(a.auth, p->auth, sizeof(a.auth));
	if (vrrp_packet_encode(&a, buf, sizeof(buf), &out) != 0 ||
	    out != p->len || (p->trailer == NULL) != (p->len == len))
		abort();
	if (vrrp_packet_accept(buf, out, o, w, &again) != VRRP_DISCARD_ACCEPT)
		abort();
	if (again.priority != p->priority || again.interval != p->interval ||
	    again.n_addrs != p->n_addrs || again.sum != p->sum ||
	    memcmp(again.addrs, p->addrs, (size_t)p->n_addrs * p->addr_len) !=
		    0)
		abort();
}

static struct vrrp_hmac *
make_hmac(void)
{
	static const uint8_t secret[32];
	struct auth_hmac_key_conf k = {.id = 1, .len = sizeof(secret)};
	struct auth_hmac_conf c = {.active_key = 1, .time_window = 5};
	struct conf_list none = STAILQ_HEAD_INITIALIZER(none);

	STAILQ_INIT(&c.key);
	STAILQ_INSERT_TAIL(&c.key, &k.obj, link);
	return vrrp_hmac_new(&c, &none, NULL);
}

/* Any trailer; then a right one, which counts once. */
static void
check_hmac(const struct vrrp_packet *p, const struct vrrp_origin *o,
	   const uint8_t *msg, const uint8_t *trailer)
{
	struct vrrp_signed what = {&o->src, msg, p->len};
	struct vrrp_hmac *h = make_hmac();
	uint8_t right[VRRP_TRAILER_LEN];
	struct vrrp_trailer t;
	nsec_t wall = 0;

	if (trailer != NULL && vrrp_trailer_decode(trailer, &t))
		wall = SEC((nsec_t)(t.seq >> 32));
	if (vrrp_hmac_verify(h, &what, trailer, wall) == VRRP_DISCARD_ACCEPT)
		abort(); /* nobody guesses that */
	vrrp_hmac_sign(h, &what, wall, right);
	if (vrrp_hmac_verify(h, &what, right, wall) != VRRP_DISCARD_ACCEPT ||
	    vrrp_hmac_verify(h, &what, right, wall) != VRRP_DISCARD_HMAC_REPLAY)
		abort();
	vrrp_hmac_free(h);
}

static void
check_ah(const struct vrrp_origin *o)
{
	uint8_t *copy = xcalloc(1, o->ah_len);
	struct vrrp_origin sealed = *o;
	struct auth_key key;
	uint32_t last = 0;

	auth_key_init(&key, AUTH_HMAC_MD5, "1111", 4);
	if (vrrp_ah_verify(o, &key, &last) == VRRP_DISCARD_ACCEPT)
		abort();
	memcpy(copy, o->ah, o->ah_len);
	vrrp_ah_seal(copy, o->ah_len, 7, &key);
	sealed.ah = copy;
	sealed.ah_seq = 7;
	if (vrrp_ah_verify(&sealed, &key, &last) != VRRP_DISCARD_ACCEPT ||
	    vrrp_ah_verify(&sealed, &key, &last) != VRRP_DISCARD_AH_REPLAY)
		abort();
	free(copy);
}

static void
on_accepted(const struct vrrp_packet *p, const struct vrrp_want *want,
	    const struct vrrp_origin *o, const uint8_t *msg, size_t len)
{
	/* With IPv6 the trailer is in the checksum. */
	if (p->trailer == NULL || want->family == AF_INET)
		encode_again(p, want, o, len);
	if (want->may_trail)
		check_hmac(p, o, msg, p->trailer);
	if (o->ah != NULL)
		check_ah(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vrrp_origin o = {.hops = 255};
	struct vrrp_want want;
	struct vrrp_packet p;
	uint8_t *copy, version, vrid;
	const uint8_t *msg;
	size_t len;

	if (size == 0)
		return 0;
	want = want_of(data[0]);
	/* An exact copy, so that a read over the end is seen. */
	copy = xcalloc(1, size);
	memcpy(copy, data + 1, size - 1);
	msg = copy;
	len = size - 1;
	if (want.family == AF_INET) {
		size_t skip = head_of(copy, len);
		size_t tail = want.may_trail ? VRRP_TRAILER_LEN : 0;

		if (data[0] & 16 && len > skip + tail)
			mend_sum(copy + skip, len - skip - tail);
		if (vrrp_ipv4_split(copy, len, &o, &msg, &len) !=
		    VRRP_DISCARD_ACCEPT)
			len = 0;
	} else {
		o.src.family = o.dst.family = AF_INET6;
	}
	(void)vrrp_packet_peek(msg, len, &version, &vrid);
	if (len > 0 &&
	    vrrp_packet_accept(msg, len, &o, &want, &p) == VRRP_DISCARD_ACCEPT)
		on_accepted(&p, &want, &o, msg, len);
	free(copy);
	return 0;
}
