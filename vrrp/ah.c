/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The authentication header; see ah.h. */
#include "vrrp/ah.h"

#include <assert.h>
#include <string.h>

#include "lib/wire.h"

#define ICV_LEN		12
#define HEAD_LEN	(VRRP_IPV4_HEADER + VRRP_AH_LEN)
#define TOS_OFFSET	1
#define ID_OFFSET	4
#define FRAGMENT_OFFSET 6
#define SUM_OFFSET	10
#define SEQ_OFFSET	(VRRP_IPV4_HEADER + 8)
#define ICV_OFFSET	(VRRP_IPV4_HEADER + 12)

static void
icv_of(const uint8_t *datagram, size_t len, const struct auth_key *key,
       uint8_t out[ICV_LEN])
{
	uint8_t head[HEAD_LEN];
	const struct auth_part part[] = {
		{head, HEAD_LEN},
		{datagram + HEAD_LEN, len - HEAD_LEN},
	};

	memcpy(head, datagram, HEAD_LEN);
	head[TOS_OFFSET] = 0;
	memset(head + FRAGMENT_OFFSET, 0, 2);
	memset(head + SUM_OFFSET, 0, 2);
	memset(head + ICV_OFFSET, 0, ICV_LEN);
	auth_mac(key, part, 2, out, ICV_LEN);
}

void
vrrp_ah_seal(uint8_t *datagram, size_t len, uint32_t seq,
	     const struct auth_key *key)
{
	struct wire_writer w = wire_writer_init(datagram, len);
	uint16_t id = (uint16_t)seq;

	assert(len >= HEAD_LEN);
	w.len = len;
	wire_set_u16(&w, ID_OFFSET, id != 0 ? id : 1);
	wire_set_u16(&w, SEQ_OFFSET, (uint16_t)(seq >> 16));
	wire_set_u16(&w, SEQ_OFFSET + 2, (uint16_t)seq);
	icv_of(datagram, len, key, datagram + ICV_OFFSET);
}

enum vrrp_discard
vrrp_ah_verify(const struct vrrp_origin *o, const struct auth_key *key,
	       uint32_t *last)
{
	uint8_t icv[ICV_LEN];

	assert(o->ah != NULL && o->ah_len >= HEAD_LEN);
	icv_of(o->ah, o->ah_len, key, icv);
	if (!auth_is_equal(icv, o->ah + ICV_OFFSET, ICV_LEN))
		return VRRP_DISCARD_AUTH_FAILURE;
	/* RFC 1982 order: the number may wrap. */
	if (*last != 0 && (int32_t)(o->ah_seq - *last) <= 0)
		return VRRP_DISCARD_AH_REPLAY;
	*last = o->ah_seq;
	return VRRP_DISCARD_ACCEPT;
}
