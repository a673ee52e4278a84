/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any bytes as a datagram.  What is accepted must encode to the
 * same bytes again, but for reserved bits and the ignored authentication
 * data; a checksum that the fuzzer cannot guess is put right for it.
 *
 * The first byte of the input chooses family, version, authentication and
 * whether the checksum is mended.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "lib/wire.h"
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
		.auth_type = choice & 4 ? 1 : 0,
		.auth = "1111",
		.sums = VRRP_SUM_ANY,
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
		.src = o->src,
		.dst = o->dst,
	};
	struct vrrp_packet again;
	size_t out;

	memcpy(a.auth, p->auth, sizeof(a.auth));
	if (vrrp_packet_encode(&a, buf, sizeof(buf), &out) != 0 || out != len)
		abort();
	if (vrrp_packet_accept(buf, out, o, w, &again) != VRRP_DISCARD_ACCEPT)
		abort();
	if (again.priority != p->priority || again.interval != p->interval ||
	    again.n_addrs != p->n_addrs || again.sum != p->sum ||
	    memcmp(again.addrs, p->addrs, (size_t)p->n_addrs * p->addr_len) !=
		    0)
		abort();
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
		if (data[0] & 16 && len > VRRP_IPV4_HEADER)
			mend_sum(copy + VRRP_IPV4_HEADER,
				 len - VRRP_IPV4_HEADER);
		if (vrrp_ipv4_split(copy, len, &o, &msg, &len) !=
		    VRRP_DISCARD_ACCEPT)
			len = 0;
	} else {
		o.src.family = o.dst.family = AF_INET6;
	}
	(void)vrrp_packet_peek(msg, len, &version, &vrid);
	if (len > 0 &&
	    vrrp_packet_accept(msg, len, &o, &want, &p) == VRRP_DISCARD_ACCEPT)
		encode_again(&p, &want, &o, len);
	free(copy);
	return 0;
}
