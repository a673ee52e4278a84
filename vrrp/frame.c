/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Gratuitous ARP, unsolicited NA and router advertisements as bytes; see frame.h. */
#include "vrrp/frame.h"

#include <assert.h>
#include <string.h>

#include "lib/wire.h"

#define ETHERTYPE_ARP	  0x0806
#define ETHERTYPE_IPV6	  0x86dd
#define ARP_ETHER	  1
#define ARP_REQUEST	  1
#define ICMPV6_PROTO	  58
#define ICMPV6_RA	  134
#define ICMPV6_NA	  136
#define RA_LEN		  24
#define NA_LEN		  32
#define NA_ROUTER	  0x80000000u
#define NA_OVERRIDE	  0x20000000u
#define OPT_SOURCE_LLADDR 1
#define OPT_TARGET_LLADDR 2
#define IPV6_HEADER_LEN	  40
#define ETHER_LEN	  14
#define ICMP_SUM_OFFSET	  (ETHER_LEN + IPV6_HEADER_LEN + 2)

static const uint8_t broadcast[VRRP_MAC_LEN] = {0xff, 0xff, 0xff,
						0xff, 0xff, 0xff};
static const uint8_t all_nodes_mac[VRRP_MAC_LEN] = {0x33, 0x33, 0, 0, 0, 1};
static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};

static void
put_arp(struct wire_writer *w, const struct addr *a, const uint8_t *mac)
{
	wire_put_bytes(w, broadcast, VRRP_MAC_LEN);
	wire_put_bytes(w, mac, VRRP_MAC_LEN);
	wire_put_u16(w, ETHERTYPE_ARP);
	wire_put_u16(w, ARP_ETHER);
	wire_put_u16(w, 0x0800);
	wire_put_u8(w, VRRP_MAC_LEN);
	wire_put_u8(w, 4);
	wire_put_u16(w, ARP_REQUEST);
	wire_put_bytes(w, mac, VRRP_MAC_LEN);
	wire_put_bytes(w, a->bytes, 4);
	wire_put_bytes(w, broadcast, VRRP_MAC_LEN);
	wire_put_bytes(w, a->bytes, 4);
}

static uint16_t
icmp_sum(const struct addr *a, const uint8_t *icmp, uint8_t len)
{
	const uint8_t tail[8] = {0, 0, 0, len, 0, 0, 0, ICMPV6_PROTO};
	uint32_t sum = wire_sum(0, a->bytes, 16);

	sum = wire_sum(sum, all_nodes, sizeof(all_nodes));
	sum = wire_sum(sum, tail, sizeof(tail));
	return wire_sum_fold(wire_sum(sum, icmp, len));
}

/* Headers of a message of so many bytes to all nodes, up to its checksum. */
static void
put_icmp(struct wire_writer *w, const struct addr *src, const uint8_t *mac,
	 uint8_t type, uint16_t len)
{
	wire_put_bytes(w, all_nodes_mac, VRRP_MAC_LEN);
	wire_put_bytes(w, mac, VRRP_MAC_LEN);
	wire_put_u16(w, ETHERTYPE_IPV6);
	wire_put_u32(w, 0x60000000);
	wire_put_u16(w, len);
	wire_put_u8(w, ICMPV6_PROTO);
	wire_put_u8(w, 255);
	wire_put_bytes(w, src->bytes, 16);
	wire_put_bytes(w, all_nodes, sizeof(all_nodes));
	wire_put_u8(w, type);
	wire_put_u8(w, 0);
	wire_put_u16(w, 0);
}

static void
put_na(struct wire_writer *w, const struct addr *a, const uint8_t *mac,
       bool is_router)
{
	put_icmp(w, a, mac, ICMPV6_NA, NA_LEN);
	wire_put_u32(w, NA_OVERRIDE | (is_router ? NA_ROUTER : 0));
	wire_put_bytes(w, a->bytes, 16);
	wire_put_u8(w, OPT_TARGET_LLADDR);
	wire_put_u8(w, 1);
	wire_put_bytes(w, mac, VRRP_MAC_LEN);
	wire_set_u16(
		w, ICMP_SUM_OFFSET,
		icmp_sum(a, w->start + ETHER_LEN + IPV6_HEADER_LEN, NA_LEN));
}

size_t
vrrp_frame_router_advert(const struct addr *src,
			 const uint8_t mac[VRRP_MAC_LEN], uint16_t lifetime,
			 uint8_t *out)
{
	struct wire_writer w = wire_writer_init(out, VRRP_FRAME_MAX);

	put_icmp(&w, src, mac, ICMPV6_RA, RA_LEN);
	wire_put_u8(&w, 64);
	wire_put_u8(&w, 0);
	wire_put_u16(&w, lifetime);
	wire_put_u32(&w, 0); /* reachable time: unspecified */
	wire_put_u32(&w, 0); /* retransmission timer: unspecified */
	wire_put_u8(&w, OPT_SOURCE_LLADDR);
	wire_put_u8(&w, 1);
	wire_put_bytes(&w, mac, VRRP_MAC_LEN);
	wire_set_u16(
		&w, ICMP_SUM_OFFSET,
		icmp_sum(src, w.start + ETHER_LEN + IPV6_HEADER_LEN, RA_LEN));
	assert(!w.bad);
	return w.len;
}

size_t
vrrp_frame_announce(const struct addr *a, const uint8_t mac[VRRP_MAC_LEN],
		    bool is_router, uint8_t *out)
{
	struct wire_writer w = wire_writer_init(out, VRRP_FRAME_MAX);

	if (a->family == AF_INET6)
		put_na(&w, a, mac, is_router);
	else
		put_arp(&w, a, mac);
	assert(!w.bad);
	return w.len;
}

size_t
vrrp_frame_ask(const struct addr *a, const struct addr *src,
	       const uint8_t mac[VRRP_MAC_LEN], uint8_t *out)
{
	static const uint8_t unknown[VRRP_MAC_LEN];
	struct wire_writer w = wire_writer_init(out, VRRP_FRAME_MAX);

	wire_put_bytes(&w, broadcast, VRRP_MAC_LEN);
	wire_put_bytes(&w, mac, VRRP_MAC_LEN);
	wire_put_u16(&w, ETHERTYPE_ARP);
	wire_put_u16(&w, ARP_ETHER);
	wire_put_u16(&w, 0x0800);
	wire_put_u8(&w, VRRP_MAC_LEN);
	wire_put_u8(&w, 4);
	wire_put_u16(&w, ARP_REQUEST);
	wire_put_bytes(&w, mac, VRRP_MAC_LEN);
	wire_put_bytes(&w, src->bytes, 4);
	wire_put_bytes(&w, unknown, VRRP_MAC_LEN);
	wire_put_bytes(&w, a->bytes, 4);
	assert(!w.bad);
	return w.len;
}
