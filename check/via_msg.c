/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* SYNs to a virtual address and their answers; see via_msg.h.  Pure. */
#include "check/via_msg.h"

#include <netinet/tcp.h>

#include "lib/wire.h"

#define IP_BYTES       20
#define TCP_BYTES      20
#define MSS_BYTES      4
#define MSS	       1440 /* leaves room for a tunnel */
#define TTL	       64
#define DONT_FRAGMENT  0x4000
#define FRAGMENT_BITS  0x3fff /* more of them, or not the first */
#define WINDOW	       1024
#define CHECKSUM_AT_IP 10

static void
put_ip(struct wire_writer *w, const struct addr *src, const struct addr *dst,
       uint8_t protocol, size_t payload)
{
	size_t begin = w->len;

	wire_put_u8(w, 0x45);
	wire_put_u8(w, 0);
	wire_put_u16(w, (uint16_t)(IP_BYTES + payload));
	wire_put_u16(w, 0);
	wire_put_u16(w, DONT_FRAGMENT);
	wire_put_u8(w, TTL);
	wire_put_u8(w, protocol);
	wire_put_u16(w, 0);
	wire_put_bytes(w, src->bytes, 4);
	wire_put_bytes(w, dst->bytes, 4);
	wire_set_u16(w, begin + CHECKSUM_AT_IP,
		     wire_sum_fold(wire_sum(0, w->start + begin, IP_BYTES)));
}

/* RFC 9293 section 3.1: with the pseudo header. */
static uint16_t
tcp_sum(const struct via_segment *s, const uint8_t *tcp, size_t len)
{
	const uint8_t pseudo[4] = {0, IPPROTO_TCP, 0, (uint8_t)len};
	uint32_t sum = wire_sum(0, s->src.addr.bytes, 4);

	sum = wire_sum(sum, s->dst.addr.bytes, 4);
	sum = wire_sum(sum, pseudo, sizeof(pseudo));
	return wire_sum_fold(wire_sum(sum, tcp, len));
}

static size_t
encode(const struct via_segment *s, uint8_t flags,
       uint8_t buf[static VIA_PACKET_MAX])
{
	struct wire_writer w = wire_writer_init(buf, VIA_PACKET_MAX);
	size_t tcp_len = TCP_BYTES + (flags == TH_SYN ? MSS_BYTES : 0), begin;

	if (addr_is_set(&s->tunnel))
		put_ip(&w, &s->src.addr, &s->tunnel, IPPROTO_IPIP,
		       IP_BYTES + tcp_len);
	put_ip(&w, &s->src.addr, &s->dst.addr, IPPROTO_TCP, tcp_len);
	begin = w.len;
	wire_put_u16(&w, s->src.port);
	wire_put_u16(&w, s->dst.port);
	wire_put_u32(&w, s->seq);
	wire_put_u32(&w, 0);
	wire_put_u8(&w, (uint8_t)(tcp_len / 4 << 4));
	wire_put_u8(&w, flags);
	wire_put_u16(&w, flags == TH_SYN ? WINDOW : 0);
	wire_put_u16(&w, 0);
	wire_put_u16(&w, 0);
	if (flags == TH_SYN) {
		wire_put_u8(&w, TCPOPT_MAXSEG);
		wire_put_u8(&w, TCPOLEN_MAXSEG);
		wire_put_u16(&w, MSS);
	}
	wire_set_u16(&w, begin + 16, tcp_sum(s, buf + begin, tcp_len));
	return w.len;
}

size_t
via_syn_encode(const struct via_segment *s, uint8_t buf[static VIA_PACKET_MAX])
{
	return encode(s, TH_SYN, buf);
}

size_t
via_rst_encode(const struct via_segment *s, uint8_t buf[static VIA_PACKET_MAX])
{
	return encode(s, TH_RST, buf);
}

static struct addr
get_addr(struct wire_reader *r)
{
	struct addr a = {.family = AF_INET};

	wire_get_bytes(r, a.bytes, 4);
	return a;
}

/* The header of an unfragmented TCP packet; false: it is none. */
static bool
get_ip(struct wire_reader *r, struct via_answer *a)
{
	uint8_t first = wire_get_u8(r), protocol;
	size_t ihl = (size_t)(first & 0xf) * 4;
	uint16_t fragment;

	wire_skip(r, 5);
	fragment = wire_get_u16(r);
	wire_skip(r, 1);
	protocol = wire_get_u8(r);
	wire_skip(r, 2);
	a->src.addr = get_addr(r);
	a->dst.addr = get_addr(r);
	if (first >> 4 != 4 || ihl < IP_BYTES || protocol != IPPROTO_TCP ||
	    (fragment & FRAGMENT_BITS) != 0)
		return false;
	wire_skip(r, ihl - IP_BYTES);
	return wire_is_ok(r);
}

struct via_answer
via_answer_decode(const void *data, size_t len)
{
	struct via_answer a = {.kind = VIA_FOREIGN};
	struct wire_reader r = wire_reader_init(data, len);
	uint8_t flags;

	if (!get_ip(&r, &a))
		return a;
	a.src.port = wire_get_u16(&r);
	a.dst.port = wire_get_u16(&r);
	wire_skip(&r, 4); /* the server's own seq */
	a.acked = wire_get_u32(&r) - 1;
	wire_skip(&r, 1);
	flags = wire_get_u8(&r) & (TH_SYN | TH_RST | TH_ACK | TH_FIN);
	wire_skip(&r, 6);
	if (!wire_is_ok(&r))
		return a;
	if (flags == (TH_SYN | TH_ACK))
		a.kind = VIA_ACCEPTED;
	else if (flags == (TH_RST | TH_ACK))
		a.kind = VIA_REFUSED;
	return a;
}
