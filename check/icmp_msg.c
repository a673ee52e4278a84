/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Echo requests and what comes back; see icmp_msg.h.  Pure. */
#include "check/icmp_msg.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include "lib/wire.h"

#define HEADER_BYTES   8
#define IP6_FIXED_LEFT 5 /* of its header, behind the payload's length */

static const char filler[] = "duumvir health check, duumvir health check, duu";
_Static_assert(sizeof(filler) == ICMP_ECHO_LEN - HEADER_BYTES - 8,
	       "the data behind the nonce");

void
icmp_echo_encode(int family, const struct icmp_echo *e,
		 uint8_t buf[static ICMP_ECHO_LEN])
{
	struct wire_writer w = wire_writer_init(buf, ICMP_ECHO_LEN);

	wire_put_u8(&w, family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
	wire_put_u8(&w, 0);
	wire_put_u16(&w, 0);
	wire_put_u16(&w, e->id);
	wire_put_u16(&w, e->seq);
	wire_put_u64(&w, e->nonce);
	wire_put_bytes(&w, filler, sizeof(filler));
	if (family == AF_INET)
		wire_set_u16(&w, 2, wire_sum_fold(wire_sum(0, buf, w.len)));
}

/* Enters the IP header at the reader; its protocol, -1 if it is none. */
static int
skip_ip4(struct wire_reader *r, struct addr *dst)
{
	uint8_t first = wire_get_u8(r), protocol, bytes[4];
	size_t ihl = (size_t)(first & 0xf) * 4;

	wire_skip(r, 8); /* to the protocol */
	protocol = wire_get_u8(r);
	wire_skip(r, 6); /* checksum, source */
	wire_get_bytes(r, bytes, sizeof(bytes));
	if (first >> 4 != 4 || ihl < 20)
		return -1;
	wire_skip(r, ihl - 20);
	if (!wire_is_ok(r) ||
	    addr_from_bytes(AF_INET, bytes, sizeof(bytes), dst) < 0)
		return -1;
	return protocol;
}

static int
skip_ip6(struct wire_reader *r, struct addr *dst)
{
	uint8_t first = wire_get_u8(r), protocol, bytes[16];

	wire_skip(r, IP6_FIXED_LEFT);
	protocol = wire_get_u8(r);
	wire_skip(r, 1 + 16); /* hop limit, source */
	wire_get_bytes(r, bytes, sizeof(bytes));
	if (!wire_is_ok(r) || first >> 4 != 6 ||
	    addr_from_bytes(AF_INET6, bytes, sizeof(bytes), dst) < 0)
		return -1;
	return protocol;
}

/* What an error of ICMP means; 0: nothing that ends a check. */
static int
error_of(uint8_t type, uint8_t code)
{
	switch (type) {
	case ICMP_DEST_UNREACH:
		if (code == ICMP_FRAG_NEEDED)
			return 0;
		if (code == ICMP_NET_UNREACH || code == ICMP_NET_UNKNOWN)
			return ENETUNREACH;
		return code == ICMP_PROT_UNREACH ? ENOPROTOOPT : EHOSTUNREACH;
	case ICMP_TIME_EXCEEDED:
		return EHOSTUNREACH;
	case ICMP_PARAMETERPROB:
		return EPROTO;
	default:
		return 0;
	}
}

static int
error_of6(uint8_t type, uint8_t code)
{
	switch (type) {
	case ICMP6_DST_UNREACH:
		return code == ICMP6_DST_UNREACH_NOROUTE ? ENETUNREACH
							 : EHOSTUNREACH;
	case ICMP6_TIME_EXCEEDED:
		return EHOSTUNREACH;
	case ICMP6_PARAM_PROB:
		return EPROTO;
	default:
		return 0;
	}
}

/* An error: behind its header stands the beginning of our packet. */
static void
decode_quoted(int family, struct wire_reader *r, struct icmp_answer *a)
{
	int protocol = family == AF_INET ? skip_ip4(r, &a->target)
					 : skip_ip6(r, &a->target);
	uint8_t type = wire_get_u8(r);

	wire_skip(r, 3); /* code, checksum */
	a->echo.id = wire_get_u16(r);
	a->echo.seq = wire_get_u16(r);
	if (!wire_is_ok(r))
		return;
	if (family == AF_INET
		    ? protocol == IPPROTO_ICMP && type == ICMP_ECHO
		    : protocol == IPPROTO_ICMPV6 && type == ICMP6_ECHO_REQUEST)
		a->kind = ICMP_ERROR;
}

struct icmp_answer
icmp_answer_decode(int family, const void *data, size_t len)
{
	struct icmp_answer a = {.kind = ICMP_FOREIGN};
	struct wire_reader r = wire_reader_init(data, len);
	struct addr own;
	uint8_t type, code;

	if (family == AF_INET && skip_ip4(&r, &own) != IPPROTO_ICMP)
		return a;
	if (family == AF_INET && wire_sum_fold(wire_sum(0, r.p, r.left)) != 0)
		return a;
	type = wire_get_u8(&r);
	code = wire_get_u8(&r);
	wire_skip(&r, 2);
	a.error = family == AF_INET ? error_of(type, code)
				    : error_of6(type, code);
	if (a.error != 0) {
		wire_skip(&r, 4);
		decode_quoted(family, &r, &a);
		return a;
	}
	a.echo.id = wire_get_u16(&r);
	a.echo.seq = wire_get_u16(&r);
	a.echo.nonce = wire_get_u64(&r);
	if (wire_is_ok(&r) &&
	    type == (family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
		a.kind = ICMP_REPLY;
	return a;
}
