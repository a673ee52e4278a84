/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The VRRP packet codec: RFC 3768 (version 2), RFC 5798 and RFC 9568
 * (version 3), for IPv4 and IPv6.
 *
 * Pure: bytes in, values out.  A datagram is either accepted or discarded
 * with one reason; nothing is logged, counted or kept here.
 */
#ifndef DUUMVIR_VRRP_PACKET_H
#define DUUMVIR_VRRP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/monotime.h"

#define VRRP_PROTO	   112
#define VRRP_HOPS	   255 /* TTL or hop limit of every advert */
#define VRRP_AUTH_DATA_LEN 8
/* The longest message: header, 255 IPv6 addresses, authentication data. */
#define VRRP_MESSAGE_MAX  (8 + 255 * 16 + VRRP_AUTH_DATA_LEN)
#define VRRP_IPV4_HEADER  20
#define VRRP_PROTO_AH	  51
#define VRRP_AH_LEN	  24 /* with HMAC-MD5-96 */
#define VRRP_AUTH_AH_WIRE 2  /* authentication type on the wire */

/* clang-format off */
/* Why a datagram is discarded: name, words for the log. */
#define VRRP_DISCARD_TABLE(D) \
D(ACCEPT,        "accepted") \
D(IP_HEADER,     "malformed IP header") \
D(HOPS,          "TTL or hop limit out of range") \
D(TRUNCATED,     "truncated") \
D(VERSION,       "wrong version") \
D(TYPE,          "type is not advertisement") \
D(ADDR_COUNT,    "no address") \
D(LENGTH,        "wrong length") \
D(CHECKSUM,      "bad checksum") \
D(VRID,          "virtual router id not configured on this interface") \
D(INTERVAL_ZERO, "advertisement interval is 0") \
D(INTERVAL,      "advertisement interval differs from ours") \
D(AUTH_TYPE,     "authentication type differs from ours") \
D(AUTH_FAILURE,  "authentication failed") \
D(ADDR_LIST,     "address list differs from ours") \
D(LOOPED,        "our own packet came back") \
D(DESTINATION,   "wrong destination address") \
D(PEER,          "sender is not a configured peer") \
D(AH_REPLAY,     "AH sequence number already used") \
D(HMAC_MISSING,  "not signed, auth_hmac is demanded") \
D(HMAC_MALFORMED, "malformed auth_hmac trailer") \
D(HMAC_KEY,      "auth_hmac key id unknown") \
D(HMAC_BAD,      "auth_hmac signature is wrong") \
D(HMAC_STALE,    "auth_hmac time is outside the window") \
D(HMAC_REPLAY,   "auth_hmac sequence already used")
/* clang-format on */

enum vrrp_discard {
#define D(name, text) VRRP_DISCARD_##name,
	VRRP_DISCARD_TABLE(D)
#undef D
		VRRP_DISCARD_COUNT
};

const char *vrrp_discard_text(enum vrrp_discard why);

/* How the checksum of version 3 over IPv4 is made (RFC 5798 was read both
 * ways, RFC 9568 §5.2.8 says message only).  Also a set for acceptance. */
enum vrrp_sum {
	VRRP_SUM_PLAIN = 1,  /* the VRRP message only */
	VRRP_SUM_PSEUDO = 2, /* with a pseudo header */
	VRRP_SUM_ANY = 3,
	/* With the multicast group in the pseudo header of a unicast advert:
	 * keepalived before 1.3.7. */
	VRRP_SUM_OLD = 4,
};

/* Where a datagram came from, as the kernel tells. */
struct vrrp_origin {
	struct addr src, dst;
	uint32_t ifindex;
	uint8_t hops;
	nsec_t age; /* how long it waited for us */
	/* IPv4: the whole datagram if it has an authentication header */
	const uint8_t *ah;
	size_t ah_len;
	uint32_t ah_seq;
};

/* One received advert. */
struct vrrp_packet {
	uint8_t version, vrid, priority, auth_type;
	uint8_t n_addrs, addr_len;
	enum vrrp_sum sum; /* the form that matched */
	nsec_t interval;
	const uint8_t *addrs; /* n_addrs * addr_len bytes of the datagram */
	uint8_t auth[VRRP_AUTH_DATA_LEN];
	bool is_list_different; /* version 3: to be logged (§7.1) */
	size_t len;		/* of the message without trailer */
	const uint8_t *trailer; /* of auth_hmac; NULL: none */
};

/* What a virtual router takes from the wire. */
struct vrrp_want {
	uint16_t family;
	uint8_t version, vrid;
	uint8_t min_hops, max_hops;
	uint8_t auth_type; /* version 2: 0 none, 1 simple text, 2 AH */
	uint8_t auth[VRRP_AUTH_DATA_LEN];
	enum vrrp_sum sums; /* accepted forms */
	struct addr group;  /* for VRRP_SUM_OLD */
	bool may_trail;	    /* an auth_hmac trailer is no wrong length */
	nsec_t interval;    /* version 2: must be equal */
	bool check_list;
	uint8_t n_addrs;
	const uint8_t *addrs;
};

/*
 * Splits a datagram of a raw IPv4 socket into origin (ifindex and age stay
 * as they are) and message; between the two may stand an authentication
 * header, whose check is vrrp/ah.h.  VRRP_DISCARD_ACCEPT or
 * VRRP_DISCARD_IP_HEADER.
 */
enum vrrp_discard vrrp_ipv4_split(const void *data, size_t len,
				  struct vrrp_origin *o, const uint8_t **msg,
				  size_t *msg_len);

/* Virtual router id and version of a message, for finding who wants it;
 * false if it is too short to have them. */
bool vrrp_packet_peek(const uint8_t *msg, size_t len, uint8_t *version,
		      uint8_t *vrid);

/*
 * All checks of RFC 9568 §7.1 and RFC 3768 §7.1 in order.  *p is filled only
 * when the result is VRRP_DISCARD_ACCEPT; p->addrs points into msg.
 */
enum vrrp_discard vrrp_packet_accept(const uint8_t *msg, size_t len,
				     const struct vrrp_origin *o,
				     const struct vrrp_want *want,
				     struct vrrp_packet *p);

/* An advert to send. */
struct vrrp_advert {
	uint16_t family;
	uint8_t version, vrid, priority, auth_type;
	uint8_t auth[VRRP_AUTH_DATA_LEN];
	/* PLAIN, PSEUDO or OLD (with group); IPv6 always has PSEUDO */
	enum vrrp_sum sum;
	struct addr group;
	uint8_t trail; /* bytes left free behind the message for a trailer */
	nsec_t interval;
	uint8_t n_addrs;
	const uint8_t *addrs; /* n_addrs * 4 or 16 bytes */
	struct addr src, dst;
	uint8_t hops; /* IPv4: TTL */
};

/* The message; *len is with the room for a trailer.  -EINVAL for a value that its field cannot
 * hold, -EMSGSIZE if it does not fit. */
int vrrp_packet_encode(const struct vrrp_advert *a, void *buf, size_t size,
		       size_t *len);
/* IPv6 only: the checksum again, over message and trailer. */
void vrrp_packet_sum6(const struct addr *src, const struct addr *dst,
		      uint8_t *msg, size_t len);
/* IPv4 header, with auth_type 2 an authentication header to be sealed
 * (vrrp/ah.h), and message; the kernel fills identification and checksum. */
int vrrp_packet_encode_ipv4(const struct vrrp_advert *a, void *buf, size_t size,
			    size_t *len);

#endif
