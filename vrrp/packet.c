/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The VRRP packet codec; see packet.h. */
#include "vrrp/packet.h"

#include <errno.h>
#include <string.h>

#include "lib/wire.h"
#include "vrrp/trailer.h"

#define TYPE_ADVERTISEMENT 1
#define HEADER_LEN	   8
#define CHECKSUM_OFFSET	   6
#define TOS_NETWORK	   0xc0	 /* internetwork control */
#define INTERVAL_V3_MAX	   0xfff /* centiseconds */

const char *
vrrp_discard_text(enum vrrp_discard why)
{
	static const char *const text[] = {
#define D(name, t) [VRRP_DISCARD_##name] = t,
		VRRP_DISCARD_TABLE(D)
#undef D
	};

	return text[why < VRRP_DISCARD_COUNT ? why : 0];
}

/* RFC 2402 §2, of the one length that HMAC-MD5-96 has. */
static bool
split_ah(struct wire_reader *r, struct vrrp_origin *o)
{
	uint8_t next = wire_get_u8(r), words = wire_get_u8(r);

	wire_skip(r, 2 + 4); /* reserved, SPI */
	o->ah_seq = wire_get_u32(r);
	wire_skip(r, VRRP_AH_LEN - 12);
	return next == VRRP_PROTO && words == VRRP_AH_LEN / 4 - 2;
}

enum vrrp_discard
vrrp_ipv4_split(const void *data, size_t len, struct vrrp_origin *o,
		const uint8_t **msg, size_t *msg_len)
{
	struct wire_reader r = wire_reader_init(data, len);
	struct vrrp_origin out = {0};
	uint8_t first = wire_get_u8(&r);
	size_t header = (size_t)(first & 0xf) * 4, total;
	uint16_t fragment;
	uint8_t proto;

	wire_skip(&r, 1);
	total = wire_get_u16(&r);
	wire_skip(&r, 2);
	fragment = wire_get_u16(&r);
	out.hops = wire_get_u8(&r);
	proto = wire_get_u8(&r);
	wire_skip(&r, 2);
	out.src.family = out.dst.family = AF_INET;
	wire_get_bytes(&r, out.src.bytes, 4);
	wire_get_bytes(&r, out.dst.bytes, 4);
	if (!wire_is_ok(&r) || first >> 4 != 4 || header < VRRP_IPV4_HEADER ||
	    total < header || total > len || (fragment & 0x3fff) != 0 ||
	    (proto != VRRP_PROTO && proto != VRRP_PROTO_AH))
		return VRRP_DISCARD_IP_HEADER;
	wire_skip(&r, header - VRRP_IPV4_HEADER);
	if (proto == VRRP_PROTO_AH) {
		/* Options would be another matter: which are covered? */
		if (header != VRRP_IPV4_HEADER ||
		    total < header + VRRP_AH_LEN || !split_ah(&r, &out))
			return VRRP_DISCARD_IP_HEADER;
		out.ah = data;
		out.ah_len = total;
		header += VRRP_AH_LEN;
	}
	out.ifindex = o->ifindex;
	out.age = o->age;
	*o = out;
	*msg_len = total - header;
	*msg = wire_get_ptr(&r, *msg_len);
	return VRRP_DISCARD_ACCEPT;
}

bool
vrrp_packet_peek(const uint8_t *msg, size_t len, uint8_t *version,
		 uint8_t *vrid)
{
	struct wire_reader r = wire_reader_init(msg, len);
	uint8_t v = wire_get_u8(&r), id = wire_get_u8(&r);

	if (!wire_is_ok(&r))
		return false;
	*version = v >> 4;
	*vrid = id;
	return true;
}

/* The pseudo header of RFC 8200 §8.1, or its IPv4 counterpart. */
static uint32_t
sum_pseudo(const struct addr *src, const struct addr *dst, size_t len)
{
	size_t n = addr_len(src);
	uint8_t tail4[4] = {0, VRRP_PROTO, (uint8_t)(len >> 8), (uint8_t)len};
	uint8_t tail6[8] = {0, 0, (uint8_t)(len >> 8), (uint8_t)len, 0,
			    0, 0, VRRP_PROTO};
	uint32_t sum = wire_sum(wire_sum(0, src->bytes, n), dst->bytes, n);

	return src->family == AF_INET ? wire_sum(sum, tail4, sizeof(tail4))
				      : wire_sum(sum, tail6, sizeof(tail6));
}

static bool
is_sum_right(const uint8_t *msg, size_t len, const struct addr *src,
	     const struct addr *dst)
{
	return wire_sum_fold(wire_sum(sum_pseudo(src, dst, len), msg, len)) ==
	       0;
}

/* Which of the accepted forms the checksum has; 0: none of them. */
static enum vrrp_sum
find_sum(const uint8_t *msg, size_t len, const struct vrrp_origin *o,
	 const struct vrrp_want *want)
{
	bool v6 = o->src.family == AF_INET6;
	bool may_plain =
		!v6 && (want->version == 2 || (want->sums & VRRP_SUM_PLAIN));
	bool may_pseudo =
		v6 || (want->version == 3 && (want->sums & VRRP_SUM_PSEUDO));
	bool may_old = !v6 && want->version == 3 && (want->sums & VRRP_SUM_OLD);

	if (may_plain && wire_sum_fold(wire_sum(0, msg, len)) == 0)
		return VRRP_SUM_PLAIN;
	if (may_pseudo && is_sum_right(msg, len, &o->src, &o->dst))
		return VRRP_SUM_PSEUDO;
	if (may_old && is_sum_right(msg, len, &o->src, &want->group))
		return VRRP_SUM_OLD;
	return 0;
}

/* The fixed part and the list; length and count are checked, content not. */
static enum vrrp_discard
decode(const uint8_t *msg, size_t len, const struct vrrp_want *want,
       struct vrrp_packet *p)
{
	struct wire_reader r = wire_reader_init(msg, len);
	uint8_t first = wire_get_u8(&r);
	uint16_t word;

	p->version = first >> 4;
	p->vrid = wire_get_u8(&r);
	p->priority = wire_get_u8(&r);
	p->n_addrs = wire_get_u8(&r);
	word = wire_get_u16(&r);
	wire_skip(&r, 2);
	if (!wire_is_ok(&r))
		return VRRP_DISCARD_TRUNCATED;
	if (p->version != want->version)
		return VRRP_DISCARD_VERSION;
	if ((first & 0xf) != TYPE_ADVERTISEMENT)
		return VRRP_DISCARD_TYPE;
	/* RFC 9568 §5.2.5, erratum 8299; our own is empty only when the user
	 * said no_virtual_ipaddress. */
	if (p->n_addrs == 0 && want->n_addrs != 0)
		return VRRP_DISCARD_ADDR_COUNT;
	p->addr_len = want->family == AF_INET6 ? 16 : 4;
	p->addrs = wire_get_ptr(&r, (size_t)p->n_addrs * p->addr_len);
	if (p->version == 2) {
		p->auth_type = (uint8_t)(word >> 8);
		p->interval = SEC(word & 0xff);
		wire_get_bytes(&r, p->auth, sizeof(p->auth));
	} else {
		p->interval = MSEC(10) * (word & INTERVAL_V3_MAX);
	}
	if (!wire_is_ok(&r))
		return VRRP_DISCARD_TRUNCATED;
	p->len = len - r.left;
	if (want->may_trail && r.left == VRRP_TRAILER_LEN)
		p->trailer = wire_get_ptr(&r, VRRP_TRAILER_LEN);
	return r.left == 0 ? VRRP_DISCARD_ACCEPT : VRRP_DISCARD_LENGTH;
}

static bool
has_addr(const uint8_t *list, uint8_t n, const uint8_t *addr, size_t addr_len)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(list + i * addr_len, addr, addr_len) == 0)
			return true;
	return false;
}

/* Equal as sets; the usual case of equal order is one memcmp(). */
static bool
is_list_equal(const struct vrrp_packet *p, const struct vrrp_want *want)
{
	if (p->n_addrs != want->n_addrs)
		return false;
	if (memcmp(p->addrs, want->addrs, (size_t)p->n_addrs * p->addr_len) ==
	    0)
		return true;
	for (size_t i = 0; i < p->n_addrs; i++)
		if (!has_addr(p->addrs, p->n_addrs,
			      want->addrs + i * p->addr_len, p->addr_len) ||
		    !has_addr(want->addrs, want->n_addrs,
			      p->addrs + i * p->addr_len, p->addr_len))
			return false;
	return true;
}

/* RFC 3768 §7.1: authentication; types 0 and 2 carry data that is ignored.
 * What an authentication header proves, its reader must check. */
static enum vrrp_discard
check_auth(const struct vrrp_packet *p, const struct vrrp_want *want)
{
	uint8_t differs = 0;

	if (p->auth_type != want->auth_type)
		return VRRP_DISCARD_AUTH_TYPE;
	if (want->auth_type != 1)
		return VRRP_DISCARD_ACCEPT;
	for (size_t i = 0; i < sizeof(p->auth); i++)
		differs |= p->auth[i] ^ want->auth[i];
	return differs == 0 ? VRRP_DISCARD_ACCEPT : VRRP_DISCARD_AUTH_FAILURE;
}

static enum vrrp_discard
check_v2(const struct vrrp_packet *p, const struct vrrp_want *want)
{
	enum vrrp_discard why = check_auth(p, want);

	if (why != VRRP_DISCARD_ACCEPT)
		return why;
	if (p->interval != want->interval)
		return VRRP_DISCARD_INTERVAL;
	/* The owner's word is taken even with another list. */
	if (p->is_list_different && p->priority != 255)
		return VRRP_DISCARD_ADDR_LIST;
	return VRRP_DISCARD_ACCEPT;
}

enum vrrp_discard
vrrp_packet_accept(const uint8_t *msg, size_t len, const struct vrrp_origin *o,
		   const struct vrrp_want *want, struct vrrp_packet *p)
{
	struct vrrp_packet out = {0};
	enum vrrp_discard why;

	if (o->hops < want->min_hops || o->hops > want->max_hops)
		return VRRP_DISCARD_HOPS;
	why = decode(msg, len, want, &out);
	if (why != VRRP_DISCARD_ACCEPT)
		return why;
	if ((o->ah != NULL) != (want->auth_type == VRRP_AUTH_AH_WIRE))
		return VRRP_DISCARD_AUTH_TYPE;
	/* A trailer counts with IPv6 only. */
	out.sum = find_sum(msg, want->family == AF_INET6 ? len : out.len, o,
			   want);
	if (out.sum == 0)
		return VRRP_DISCARD_CHECKSUM;
	if (out.vrid != want->vrid)
		return VRRP_DISCARD_VRID;
	if (out.interval == 0) /* RFC 9568 §7.1, erratum 8301 */
		return VRRP_DISCARD_INTERVAL_ZERO;
	out.is_list_different = want->check_list && !is_list_equal(&out, want);
	if (out.version == 2)
		why = check_v2(&out, want);
	if (why == VRRP_DISCARD_ACCEPT)
		*p = out;
	return why;
}

/* The word that holds authentication type and interval. */
static int
encode_interval(const struct vrrp_advert *a, uint16_t *word)
{
	nsec_t unit = a->version == 2 ? SEC(1) : MSEC(10);
	nsec_t max = a->version == 2 ? 0xff : INTERVAL_V3_MAX;
	nsec_t n = (a->interval + unit / 2) / unit;

	if (n < 1 || n > max)
		return -EINVAL;
	*word = (uint16_t)n;
	if (a->version == 2)
		*word |= (uint16_t)(a->auth_type << 8);
	return 0;
}

int
vrrp_packet_encode(const struct vrrp_advert *a, void *buf, size_t size,
		   size_t *len)
{
	struct wire_writer w = wire_writer_init(buf, size);
	size_t alen = a->family == AF_INET6 ? 16 : 4;
	bool is_old = a->family == AF_INET && a->sum == VRRP_SUM_OLD;
	bool pseudo = a->family == AF_INET6 ||
		      (a->version == 3 && a->sum != VRRP_SUM_PLAIN);
	uint32_t sum = 0;
	uint16_t word;
	int err;

	if ((a->version != 2 && a->version != 3) || a->vrid == 0)
		return -EINVAL;
	err = encode_interval(a, &word);
	if (err != 0)
		return err;
	wire_put_u8(&w, (uint8_t)(a->version << 4 | TYPE_ADVERTISEMENT));
	wire_put_u8(&w, a->vrid);
	wire_put_u8(&w, a->priority);
	wire_put_u8(&w, a->n_addrs);
	wire_put_u16(&w, word);
	wire_put_u16(&w, 0);
	wire_put_bytes(&w, a->addrs, alen * a->n_addrs);
	if (a->version == 2)
		wire_put_bytes(&w, a->auth, sizeof(a->auth));
	if (w.bad || w.size - w.len < a->trail)
		return -EMSGSIZE;
	if (pseudo)
		sum = sum_pseudo(&a->src, is_old ? &a->group : &a->dst, w.len);
	wire_set_u16(&w, CHECKSUM_OFFSET,
		     wire_sum_fold(wire_sum(sum, buf, w.len)));
	*len = w.len + a->trail;
	return 0;
}

void
vrrp_packet_sum6(const struct addr *src, const struct addr *dst, uint8_t *msg,
		 size_t len)
{
	struct wire_writer w = wire_writer_init(msg, len);

	w.len = len;
	wire_set_u16(&w, CHECKSUM_OFFSET, 0);
	wire_set_u16(
		&w, CHECKSUM_OFFSET,
		wire_sum_fold(wire_sum(sum_pseudo(src, dst, len), msg, len)));
}

/* What is known before it is due: all but sequence and check value. */
static void
put_ah(struct wire_writer *w, const struct addr *src)
{
	static const uint8_t unsealed[VRRP_AH_LEN - 8];

	wire_put_u8(w, VRRP_PROTO);
	wire_put_u8(w, VRRP_AH_LEN / 4 - 2);
	wire_put_u16(w, 0);
	wire_put_bytes(w, src->bytes, 4); /* SPI, as keepalived has it */
	wire_put_bytes(w, unsealed, sizeof(unsealed));
}

int
vrrp_packet_encode_ipv4(const struct vrrp_advert *a, void *buf, size_t size,
			size_t *len)
{
	struct wire_writer w = wire_writer_init(buf, size);
	bool is_ah = a->version == 2 && a->auth_type == VRRP_AUTH_AH_WIRE;
	size_t head = VRRP_IPV4_HEADER + (is_ah ? VRRP_AH_LEN : 0), msg_len;
	int err;

	if (size < head)
		return -EMSGSIZE;
	err = vrrp_packet_encode(a, (uint8_t *)buf + head, size - head,
				 &msg_len);
	if (err != 0)
		return err;
	wire_put_u8(&w, 0x45);
	wire_put_u8(&w, TOS_NETWORK);
	wire_put_u16(&w, (uint16_t)(head + msg_len));
	wire_put_u16(&w, 0);
	wire_put_u16(&w, 0);
	wire_put_u8(&w, a->hops);
	wire_put_u8(&w, is_ah ? VRRP_PROTO_AH : VRRP_PROTO);
	wire_put_u16(&w, 0);
	wire_put_bytes(&w, a->src.bytes, 4);
	wire_put_bytes(&w, a->dst.bytes, 4);
	if (is_ah)
		put_ah(&w, &a->src);
	*len = head + msg_len;
	return 0;
}
