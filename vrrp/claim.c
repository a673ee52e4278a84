/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Claims of addresses on a link; see claim.h. */
#include "vrrp/claim.h"

#include <string.h>
#include <sys/socket.h>

#include "lib/wire.h"

#define ARP_ETHER	  1
#define ARP_IPV4	  0x0800
#define ARP_LENGTHS	  0x0604 /* of MAC and address */
#define ARP_SENDER	  14
#define ICMPV6_NA	  136
#define NA_TARGET	  8
#define NA_TARGET_END	  20 /* its last four bytes */
#define NA_BEFORE_TARGET  7  /* code, sum, flags */
#define OPT_TARGET_LLADDR 2
#define OPT_UNIT	  8

bool
vrrp_claim_from_arp(const uint8_t *data, size_t len, struct vrrp_claim *c)
{
	struct wire_reader r = wire_reader_init(data, len);
	uint8_t ip[4], mac[VRRP_MAC_LEN];

	if (wire_get_u16(&r) != ARP_ETHER || wire_get_u16(&r) != ARP_IPV4 ||
	    wire_get_u16(&r) != ARP_LENGTHS)
		return false;
	wire_skip(&r, 2); /* a request claims as much as an answer */
	wire_get_bytes(&r, mac, sizeof(mac));
	wire_get_bytes(&r, ip, sizeof(ip));
	/* A probe has no sender (RFC 5227 §1.1). */
	if (!wire_is_ok(&r) || (ip[0] | ip[1] | ip[2] | ip[3]) == 0)
		return false;
	memcpy(c->mac, mac, sizeof(mac));
	return addr_from_bytes(AF_INET, ip, sizeof(ip), &c->addr) == 0;
}

/* Looks for the target's link address among the options. */
static bool
find_lladdr(struct wire_reader *r, uint8_t mac[VRRP_MAC_LEN])
{
	while (r->left >= OPT_UNIT) {
		uint8_t type = wire_get_u8(r);
		uint8_t units = wire_get_u8(r);

		if (units == 0)
			return false;
		if (type == OPT_TARGET_LLADDR && units == 1) {
			wire_get_bytes(r, mac, VRRP_MAC_LEN);
			return wire_is_ok(r);
		}
		wire_skip(r, (size_t)units * OPT_UNIT - 2);
	}
	return false;
}

bool
vrrp_claim_from_na(const uint8_t *data, size_t len, struct vrrp_claim *c)
{
	struct wire_reader r = wire_reader_init(data, len);
	uint8_t ip[16], mac[VRRP_MAC_LEN];

	if (wire_get_u8(&r) != ICMPV6_NA)
		return false;
	wire_skip(&r, NA_BEFORE_TARGET);
	wire_get_bytes(&r, ip, sizeof(ip));
	if (!wire_is_ok(&r) || !find_lladdr(&r, mac))
		return false;
	memcpy(c->mac, mac, sizeof(mac));
	return addr_from_bytes(AF_INET6, ip, sizeof(ip), &c->addr) == 0;
}

/* ---- filters ---- */

static size_t
put(struct sock_filter *out, size_t n, uint16_t code, uint32_t k)
{
	out[n] = (struct sock_filter){.code = code, .k = k};
	return n + 1;
}

static uint32_t
last_word(const struct addr *a)
{
	const uint8_t *b = a->bytes + (a->family == AF_INET6 ? 12 : 0);

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

size_t
vrrp_claim_filter(int family, const struct addr *a, size_t n,
		  struct sock_filter *out)
{
	size_t at = 0;

	/* A packet that is too short for the load is dropped by it. */
	at = put(out, at, BPF_LD | BPF_W | BPF_ABS,
		 family == AF_INET6 ? NA_TARGET_END : ARP_SENDER);
	for (size_t i = 0; i < n && n <= VRRP_CLAIM_ADDRS; i++) {
		if (a[i].family != family)
			continue;
		out[at++] = (struct sock_filter){BPF_JMP | BPF_JEQ | BPF_K, 0,
						 1, last_word(&a[i])};
		at = put(out, at, BPF_RET | BPF_K, UINT32_MAX);
	}
	return put(out, at, BPF_RET | BPF_K,
		   n > VRRP_CLAIM_ADDRS ? UINT32_MAX : 0);
}
