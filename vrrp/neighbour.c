/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ARP requests and neighbour solicitations as bytes; see neighbour.h. */
#include "vrrp/neighbour.h"

#include <assert.h>
#include <string.h>

#include "lib/wire.h"

#define ETHERTYPE_ARP	0x0806
#define ETHERTYPE_IPV6	0x86dd
#define ETHERTYPE_IPV4	0x0800
#define ARP_ETHER	1
#define ARP_REQUEST	1
#define ARP_REPLY	2
#define ICMPV6_PROTO	58
#define ICMPV6_NS	135
#define ICMPV6_NA	136
#define NS_LEN		32
#define NA_MIN		24
#define OPT_SOURCE	1 /* link-layer address */
#define HOPS		255
#define ETHER_LEN	14
#define IPV6_HEADER_LEN 40
#define SUM_OFFSET	(ETHER_LEN + IPV6_HEADER_LEN + 2)

static void
put_arp(struct wire_writer *w, const struct addr *target,
	const struct addr *src, const uint8_t *mac)
{
	static const uint8_t all[VRRP_MAC_LEN] = {0xff, 0xff, 0xff,
						  0xff, 0xff, 0xff};
	static const uint8_t none[VRRP_MAC_LEN];

	wire_put_bytes(w, all, VRRP_MAC_LEN);
	wire_put_bytes(w, mac, VRRP_MAC_LEN);
	wire_put_u16(w, ETHERTYPE_ARP);
	wire_put_u16(w, ARP_ETHER);
	wire_put_u16(w, ETHERTYPE_IPV4);
	wire_put_u8(w, VRRP_MAC_LEN);
	wire_put_u8(w, 4);
	wire_put_u16(w, ARP_REQUEST);
	wire_put_bytes(w, mac, VRRP_MAC_LEN);
	wire_put_bytes(w, src->bytes, 4);
	wire_put_bytes(w, none, VRRP_MAC_LEN);
	wire_put_bytes(w, target->bytes, 4);
}

static uint16_t
sum_of(const uint8_t *src, const uint8_t *dst, const uint8_t *icmp, size_t len)
{
	const uint8_t tail[8] = {0, 0, 0, (uint8_t)len, 0, 0, 0, ICMPV6_PROTO};
	uint32_t sum = wire_sum(0, src, 16);

	sum = wire_sum(sum, dst, 16);
	sum = wire_sum(sum, tail, sizeof(tail));
	return wire_sum_fold(wire_sum(sum, icmp, len));
}

static void
put_ns(struct wire_writer *w, const struct addr *target, const struct addr *src,
       const uint8_t *mac)
{
	/* the solicited-node group, RFC 4291 §2.7.1 */
	uint8_t group[16] = {0xff, 0x02, [11] = 1, [12] = 0xff};
	uint8_t to[VRRP_MAC_LEN] = {0x33, 0x33, 0xff};

	memcpy(group + 13, target->bytes + 13, 3);
	memcpy(to + 3, target->bytes + 13, 3);
	wire_put_bytes(w, to, VRRP_MAC_LEN);
	wire_put_bytes(w, mac, VRRP_MAC_LEN);
	wire_put_u16(w, ETHERTYPE_IPV6);
	wire_put_u32(w, 0x60000000);
	wire_put_u16(w, NS_LEN);
	wire_put_u8(w, ICMPV6_PROTO);
	wire_put_u8(w, HOPS);
	wire_put_bytes(w, src->bytes, 16);
	wire_put_bytes(w, group, sizeof(group));
	wire_put_u8(w, ICMPV6_NS);
	wire_put_u8(w, 0);
	wire_put_u16(w, 0);
	wire_put_u32(w, 0);
	wire_put_bytes(w, target->bytes, 16);
	wire_put_u8(w, OPT_SOURCE);
	wire_put_u8(w, 1);
	wire_put_bytes(w, mac, VRRP_MAC_LEN);
	wire_set_u16(w, SUM_OFFSET,
		     sum_of(src->bytes, group,
			    w->start + ETHER_LEN + IPV6_HEADER_LEN, NS_LEN));
}

size_t
neighbour_ask(const struct addr *target, const struct addr *src,
	      const uint8_t mac[VRRP_MAC_LEN], uint8_t *out)
{
	struct wire_writer w = wire_writer_init(out, VRRP_FRAME_MAX);

	if (target->family == AF_INET6 && src->family != AF_INET6)
		return 0;
	if (target->family == AF_INET6)
		put_ns(&w, target, src, mac);
	else
		put_arp(&w, target, src, mac);
	assert(!w.bad);
	return w.len;
}

static bool
arp_answer(struct wire_reader *r, struct addr *who)
{
	bool is_reply = wire_get_u16(r) == ARP_ETHER;

	is_reply &= wire_get_u16(r) == ETHERTYPE_IPV4;
	is_reply &= wire_get_u8(r) == VRRP_MAC_LEN;
	is_reply &= wire_get_u8(r) == 4;
	is_reply &= wire_get_u16(r) == ARP_REPLY;
	wire_skip(r, VRRP_MAC_LEN);
	*who = (struct addr){.family = AF_INET};
	wire_get_bytes(r, who->bytes, 4);
	return wire_is_ok(r) && is_reply;
}

/* RFC 4861 §7.1.2 */
static bool
na_answer(struct wire_reader *r, struct addr *who)
{
	uint16_t len;
	uint8_t proto, hops, ends[32];
	const uint8_t *icmp;
	bool is_valid;

	wire_skip(r, 4);
	len = wire_get_u16(r);
	proto = wire_get_u8(r);
	hops = wire_get_u8(r);
	wire_get_bytes(r, ends, sizeof(ends));
	if (!wire_is_ok(r) || proto != ICMPV6_PROTO || hops != HOPS ||
	    len < NA_MIN || len > UINT8_MAX)
		return false;
	icmp = wire_get_ptr(r, len);
	is_valid = icmp != NULL && icmp[0] == ICMPV6_NA && icmp[1] == 0 &&
		   sum_of(ends, ends + 16, icmp, len) == 0;
	if (!is_valid)
		return false;
	*who = (struct addr){.family = AF_INET6};
	memcpy(who->bytes, icmp + 8, 16);
	return true;
}

bool
neighbour_answer(const uint8_t *frame, size_t len, struct addr *who)
{
	struct wire_reader r = wire_reader_init(frame, len);
	struct addr a;
	uint16_t type;
	bool is_answer;

	wire_skip(&r, 2 * VRRP_MAC_LEN);
	type = wire_get_u16(&r);
	if (!wire_is_ok(&r))
		return false;
	is_answer = type == ETHERTYPE_ARP
			    ? arp_answer(&r, &a)
			    : type == ETHERTYPE_IPV6 && na_answer(&r, &a);
	if (is_answer)
		*who = a;
	return is_answer;
}
