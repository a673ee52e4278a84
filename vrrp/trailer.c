/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The auth_hmac trailer; see trailer.h. */
#include "vrrp/trailer.h"

#include <string.h>

#include "lib/wire.h"

#define MAC_OFFSET	12
#define MAC_LEN		16
#define CHECKSUM_OFFSET 6
#define CHECKSUM_LEN	2
#define PSEUDO_LEN	20

bool
vrrp_trailer_decode(const uint8_t bytes[VRRP_TRAILER_LEN],
		    struct vrrp_trailer *t)
{
	struct wire_reader r = wire_reader_init(bytes, VRRP_TRAILER_LEN);
	uint8_t type = wire_get_u8(&r), key_id = wire_get_u8(&r);
	uint16_t reserved = wire_get_u16(&r);
	uint64_t high = wire_get_u32(&r), low = wire_get_u32(&r);

	if (type != VRRP_TRAILER_TYPE || key_id == 0 || reserved != 0)
		return false;
	*t = (struct vrrp_trailer){key_id, high << 32 | low, bytes};
	return true;
}

/* The HMAC's input: pseudo header, message without its checksum, trailer
 * without its HMAC. */
static void
mac_of(const struct auth_key *key, const struct vrrp_signed *what,
       const uint8_t *trailer, uint8_t out[MAC_LEN])
{
	static const uint8_t zero[MAC_LEN];
	uint8_t pseudo[PSEUDO_LEN] = {
		what->src->family == AF_INET6 ? 6 : 4,
		what->msg[0] >> 4,
		what->msg[1],
	};
	size_t rest = CHECKSUM_OFFSET + CHECKSUM_LEN;
	const struct auth_part part[] = {
		{pseudo, sizeof(pseudo)}, {what->msg, CHECKSUM_OFFSET},
		{zero, CHECKSUM_LEN},	  {what->msg + rest, what->len - rest},
		{trailer, MAC_OFFSET},	  {zero, MAC_LEN},
	};

	memcpy(pseudo + 4, what->src->bytes, addr_len(what->src));
	auth_mac(key, part, sizeof(part) / sizeof(part[0]), out, MAC_LEN);
}

bool
vrrp_trailer_is_genuine(const struct vrrp_trailer *t,
			const struct auth_key *key,
			const struct vrrp_signed *what)
{
	uint8_t mac[MAC_LEN];

	mac_of(key, what, t->bytes, mac);
	return auth_is_equal(mac, t->bytes + MAC_OFFSET, MAC_LEN);
}

void
vrrp_trailer_encode(uint8_t out[VRRP_TRAILER_LEN], uint8_t key_id, uint64_t seq,
		    const struct auth_key *key, const struct vrrp_signed *what)
{
	struct wire_writer w = wire_writer_init(out, MAC_OFFSET);

	wire_put_u8(&w, VRRP_TRAILER_TYPE);
	wire_put_u8(&w, key_id);
	wire_put_u16(&w, 0);
	wire_put_u32(&w, (uint32_t)(seq >> 32));
	wire_put_u32(&w, (uint32_t)seq);
	mac_of(key, what, out, out + MAC_OFFSET);
}

/* ---- the sequence ---- */

uint64_t
vrrp_seq_of(nsec_t wall)
{
	uint64_t s = (uint64_t)(wall / SEC(1));
	uint64_t fraction = (uint64_t)(wall % SEC(1)) * 65536 / SEC(1);

	return s << 32 | fraction << 16;
}

bool
vrrp_seq_is_after(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

nsec_t
vrrp_seq_ahead(uint64_t seq, nsec_t wall)
{
	uint32_t now = (uint32_t)(wall / SEC(1));

	return SEC((nsec_t)(int32_t)((uint32_t)(seq >> 32) - now));
}

uint64_t
vrrp_seq_next(uint64_t last, nsec_t wall, nsec_t window)
{
	uint64_t clock = vrrp_seq_of(wall);

	if (last == 0 || vrrp_seq_is_after(clock, last))
		return clock;
	if (window > 0 && vrrp_seq_ahead(last, wall) > window)
		return clock; /* it was set back */
	return last + 1;
}
