/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The VRRP codec: datagrams as keepalived 2.2.7 sends them, every length,
 * every bit that can be wrong, and encode against decode.
 */
#include "vrrp/packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"
#include "lib/wire.h"

/* Captured from keepalived 2.2.7 (Debian): version 2 with PASS "1111". */
static const uint8_t v2_wire[] = {
	0x45, 0xc0, 0x00, 0x2c, 0x00, 0x01, 0x00, 0x00, 0xff, 0x70, 0xd0,
	0x84, 0x0a, 0x09, 0x00, 0x01, 0xe0, 0x00, 0x00, 0x12, 0x21, 0x33,
	0xff, 0x02, 0x01, 0x03, 0x67, 0x89, 0x0a, 0x09, 0x00, 0x64, 0x0a,
	0x09, 0x00, 0x65, 0x31, 0x31, 0x31, 0x31, 0x00, 0x00, 0x00, 0x00,
};
/* Version 3, IPv4, checksum with pseudo header, 0.37 s. */
static const uint8_t v3_wire[] = {
	0x45, 0xc0, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00, 0xff, 0x70, 0xd0,
	0x90, 0x0a, 0x09, 0x00, 0x01, 0xe0, 0x00, 0x00, 0x12, 0x31, 0x34,
	0xff, 0x01, 0x00, 0x25, 0xda, 0x9c, 0x0a, 0x09, 0x00, 0x66,
};
/* Version 3, IPv6, from fe80::1 to ff02::12; the message only. */
static const uint8_t v6_msg[] = {
	0x31, 0x35, 0xff, 0x02, 0x00, 0x64, 0xa3, 0xf9, 0xfe, 0x80,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x01, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
};

static const uint8_t list2[] = {10, 9, 0, 100, 10, 9, 0, 101};
static const uint8_t list3[] = {10, 9, 0, 102};

static struct vrrp_want
want_v2(void)
{
	struct vrrp_want w = {
		.family = AF_INET,
		.version = 2,
		.vrid = 51,
		.min_hops = 255,
		.max_hops = 255,
		.auth_type = 1,
		.auth = "1111",
		.sums = VRRP_SUM_ANY,
		.interval = SEC(3),
		.check_list = true,
		.n_addrs = 2,
		.addrs = list2,
	};

	return w;
}

static struct vrrp_want
want_v3(void)
{
	struct vrrp_want w = {
		.family = AF_INET,
		.version = 3,
		.vrid = 52,
		.min_hops = 255,
		.max_hops = 255,
		.sums = VRRP_SUM_ANY,
		.interval = MSEC(370),
		.check_list = true,
		.n_addrs = 1,
		.addrs = list3,
	};

	return w;
}

static enum vrrp_discard
take(const uint8_t *data, size_t len, const struct vrrp_want *w,
     struct vrrp_packet *p)
{
	struct vrrp_origin o = {.ifindex = 2};
	const uint8_t *msg;
	size_t msg_len;
	enum vrrp_discard why = vrrp_ipv4_split(data, len, &o, &msg, &msg_len);

	if (why != VRRP_DISCARD_ACCEPT)
		return why;
	return vrrp_packet_accept(msg, msg_len, &o, w, p);
}

static void
keepalived_is_understood(void **state)
{
	struct vrrp_want w2 = want_v2(), w3 = want_v3(), w6 = want_v3();
	struct vrrp_origin o = {.hops = 255};
	struct vrrp_packet p;

	(void)state;
	assert_int_equal(take(v2_wire, sizeof(v2_wire), &w2, &p), 0);
	assert_int_equal(p.version, 2);
	assert_int_equal(p.vrid, 51);
	assert_int_equal(p.priority, 255);
	assert_int_equal(p.interval, SEC(3));
	assert_int_equal(p.n_addrs, 2);
	assert_int_equal(p.auth_type, 1);
	assert_memory_equal(p.auth, "1111\0\0\0", 8);
	assert_memory_equal(p.addrs, list2, sizeof(list2));
	assert_false(p.is_list_different);
	assert_int_equal(take(v3_wire, sizeof(v3_wire), &w3, &p), 0);
	assert_int_equal(p.interval, MSEC(370));
	assert_int_equal(p.sum, VRRP_SUM_PSEUDO);
	assert_int_equal(addr_parse("fe80::1", &o.src), 0);
	assert_int_equal(addr_parse("ff02::12", &o.dst), 0);
	w6.family = AF_INET6;
	w6.vrid = 53;
	w6.check_list = false;
	assert_int_equal(
		vrrp_packet_accept(v6_msg, sizeof(v6_msg), &o, &w6, &p), 0);
	assert_int_equal(p.n_addrs, 2);
	assert_int_equal(p.addr_len, 16);
	assert_int_equal(p.interval, SEC(1));
}

static struct vrrp_advert
advert_v2(void)
{
	struct vrrp_advert a = {
		.family = AF_INET,
		.version = 2,
		.vrid = 51,
		.priority = 255,
		.auth_type = 1,
		.auth = "1111",
		.interval = SEC(3),
		.n_addrs = 2,
		.addrs = list2,
		.hops = 255,
	};

	assert_int_equal(addr_parse("10.9.0.1", &a.src), 0);
	assert_int_equal(addr_parse("224.0.0.18", &a.dst), 0);
	return a;
}

static struct vrrp_advert
advert_v3(enum vrrp_sum sum)
{
	struct vrrp_advert a = advert_v2();

	a.version = 3;
	a.vrid = 52;
	a.auth_type = 0;
	a.interval = MSEC(370);
	a.n_addrs = 1;
	a.addrs = list3;
	a.sum = sum;
	return a;
}

/* The kernel fills identification and header checksum; all else is equal. */
static void
same_bytes_as_keepalived(const struct vrrp_advert *a, const uint8_t *wire,
			 size_t wire_len)
{
	uint8_t buf[128];
	size_t len;

	assert_int_equal(vrrp_packet_encode_ipv4(a, buf, sizeof(buf), &len), 0);
	assert_int_equal(len, wire_len);
	memcpy(buf + 4, wire + 4, 2);
	memcpy(buf + 10, wire + 10, 2);
	assert_memory_equal(buf, wire, wire_len);
}

static void
encodes_what_keepalived_encodes(void **state)
{
	struct vrrp_advert a2 = advert_v2(), a3 = advert_v3(VRRP_SUM_PSEUDO);
	struct vrrp_advert a6 = a3;
	uint8_t buf[128];
	size_t len;

	(void)state;
	same_bytes_as_keepalived(&a2, v2_wire, sizeof(v2_wire));
	same_bytes_as_keepalived(&a3, v3_wire, sizeof(v3_wire));
	a6.family = AF_INET6;
	a6.vrid = 53;
	a6.interval = SEC(1);
	a6.n_addrs = 2;
	a6.addrs = v6_msg + 8;
	assert_int_equal(addr_parse("fe80::1", &a6.src), 0);
	assert_int_equal(addr_parse("ff02::12", &a6.dst), 0);
	assert_int_equal(vrrp_packet_encode(&a6, buf, sizeof(buf), &len), 0);
	assert_int_equal(len, sizeof(v6_msg));
	assert_memory_equal(buf, v6_msg, len);
}

static void
both_checksums_of_version_3(void **state)
{
	struct vrrp_advert a = advert_v3(VRRP_SUM_PLAIN);
	struct vrrp_want w = want_v3();
	struct vrrp_packet p;
	uint8_t buf[128];
	size_t len;

	(void)state;
	assert_int_equal(vrrp_packet_encode_ipv4(&a, buf, sizeof(buf), &len),
			 0);
	assert_int_equal(take(buf, len, &w, &p), 0);
	assert_int_equal(p.sum, VRRP_SUM_PLAIN);
	w.sums = VRRP_SUM_PSEUDO;
	assert_int_equal(take(buf, len, &w, &p), VRRP_DISCARD_CHECKSUM);
	w.sums = VRRP_SUM_PLAIN;
	assert_int_equal(take(v3_wire, sizeof(v3_wire), &w, &p),
			 VRRP_DISCARD_CHECKSUM);
}

/* No length but the right one is taken, from the network and from memory. */
static void
every_other_length_is_discarded(void **state)
{
	struct vrrp_want w2 = want_v2(), w3 = want_v3();
	struct vrrp_packet p;
	uint8_t buf[sizeof(v2_wire) + 64];

	(void)state;
	for (size_t len = 0; len < sizeof(v2_wire); len++)
		assert_int_not_equal(take(v2_wire, len, &w2, &p), 0);
	for (size_t total = 20; total <= sizeof(buf); total++) {
		memset(buf, 0, sizeof(buf));
		memcpy(buf, v2_wire, sizeof(v2_wire));
		buf[3] = (uint8_t)total;
		if (total == sizeof(v2_wire))
			assert_int_equal(take(buf, sizeof(buf), &w2, &p),
					 0); /* padding is tolerated */
		else
			assert_int_not_equal(take(buf, sizeof(buf), &w2, &p),
					     0);
	}
	for (size_t total = 20; total < sizeof(v3_wire); total++) {
		memcpy(buf, v3_wire, sizeof(v3_wire));
		buf[3] = (uint8_t)total;
		assert_int_equal(take(buf, sizeof(v3_wire), &w3, &p),
				 VRRP_DISCARD_TRUNCATED);
	}
}

/* keepalived 2.2.7 with old_unicast_checksum, to 10.9.0.2: the group stands in
 * the pseudo header. */
static const uint8_t old_wire[] = {
	0x45, 0xc0, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00, 0xff, 0x70, 0xa6,
	0x98, 0x0a, 0x09, 0x00, 0x01, 0x0a, 0x09, 0x00, 0x02, 0x31, 0x34,
	0x64, 0x01, 0x00, 0x32, 0x75, 0x90, 0x0a, 0x09, 0x00, 0x66,
};

static void
old_unicast_checksum(void **state)
{
	struct vrrp_want w = want_v3();
	struct vrrp_advert a = advert_v3(VRRP_SUM_OLD);
	struct vrrp_packet p;
	uint8_t buf[64];
	size_t len;

	(void)state;
	w.interval = MSEC(500);
	assert_int_equal(addr_parse("224.0.0.18", &w.group), 0);
	assert_int_equal(take(old_wire, sizeof(old_wire), &w, &p),
			 VRRP_DISCARD_CHECKSUM); /* never */
	w.sums = VRRP_SUM_ANY | VRRP_SUM_OLD;
	assert_int_equal(take(old_wire, sizeof(old_wire), &w, &p), 0);
	assert_int_equal(p.sum, VRRP_SUM_OLD);
	a.priority = 100;
	a.interval = MSEC(500);
	a.group = w.group;
	assert_int_equal(addr_parse("10.9.0.2", &a.dst), 0);
	assert_int_equal(vrrp_packet_encode_ipv4(&a, buf, sizeof(buf), &len),
			 0);
	assert_int_equal(len, sizeof(old_wire));
	assert_memory_equal(buf + 20, old_wire + 20, len - 20);
	/* neither form nor another: every bit of the sum */
	for (int bit = 0; bit < 16; bit++) {
		buf[26 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(take(buf, len, &w, &p), VRRP_DISCARD_CHECKSUM);
		buf[26 + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* no room for a trailer behind it */
	a.trail = 28;
	assert_int_equal(vrrp_packet_encode_ipv4(&a, buf, len, &len),
			 -EMSGSIZE);
}

/* The checksum catches each flipped bit of the message that nothing else
 * catches first. */
static void
every_flipped_bit_is_discarded(void **state)
{
	struct vrrp_want w2 = want_v2(), w3 = want_v3();
	struct vrrp_packet p;
	uint8_t buf[64];

	(void)state;
	for (size_t bit = 20 * 8; bit < sizeof(v2_wire) * 8; bit++) {
		memcpy(buf, v2_wire, sizeof(v2_wire));
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(take(buf, sizeof(v2_wire), &w2, &p), 0);
	}
	for (size_t bit = 20 * 8; bit < sizeof(v3_wire) * 8; bit++) {
		memcpy(buf, v3_wire, sizeof(v3_wire));
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(take(buf, sizeof(v3_wire), &w3, &p), 0);
	}
}

/* One mutation with a right checksum. */
static enum vrrp_discard
mutated(const uint8_t *wire, size_t len, const struct vrrp_want *w, size_t off,
	uint8_t value)
{
	uint8_t buf[64];
	struct vrrp_packet p;
	uint16_t sum;

	memcpy(buf, wire, len);
	buf[off] = value;
	if (off >= 20) {
		buf[26] = buf[27] = 0;
		sum = wire_sum_fold(wire_sum(0, buf + 20, len - 20));
		buf[26] = (uint8_t)(sum >> 8);
		buf[27] = (uint8_t)sum;
	}
	return take(buf, len, w, &p);
}

static void
each_field_has_its_reason(void **state)
{
	struct vrrp_want w2 = want_v2(), w3 = want_v3(), loose = w2;
	size_t l2 = sizeof(v2_wire), l3 = sizeof(v3_wire);

	(void)state;
	assert_int_equal(mutated(v2_wire, l2, &w2, 20, 0x21), 0);
	assert_int_equal(mutated(v2_wire, l2, &w2, 0, 0x65),
			 VRRP_DISCARD_IP_HEADER);
	assert_int_equal(mutated(v2_wire, l2, &w2, 0, 0x44),
			 VRRP_DISCARD_IP_HEADER);
	assert_int_equal(mutated(v2_wire, l2, &w2, 9, 51),
			 VRRP_DISCARD_IP_HEADER);
	assert_int_equal(mutated(v2_wire, l2, &w2, 6, 0x20),
			 VRRP_DISCARD_IP_HEADER);
	assert_int_equal(mutated(v2_wire, l2, &w2, 8, 254), VRRP_DISCARD_HOPS);
	assert_int_equal(mutated(v2_wire, l2, &w2, 20, 0x31),
			 VRRP_DISCARD_VERSION);
	assert_int_equal(mutated(v3_wire, l3, &w3, 20, 0x21),
			 VRRP_DISCARD_VERSION);
	assert_int_equal(mutated(v2_wire, l2, &w2, 20, 0x22),
			 VRRP_DISCARD_TYPE);
	assert_int_equal(mutated(v2_wire, l2, &w2, 21, 50), VRRP_DISCARD_VRID);
	assert_int_equal(mutated(v2_wire, l2, &w2, 23, 0),
			 VRRP_DISCARD_ADDR_COUNT);
	assert_int_equal(mutated(v3_wire, l3, &w3, 23, 0),
			 VRRP_DISCARD_ADDR_COUNT);
	assert_int_equal(mutated(v2_wire, l2, &w2, 23, 1), VRRP_DISCARD_LENGTH);
	assert_int_equal(mutated(v2_wire, l2, &w2, 23, 3),
			 VRRP_DISCARD_TRUNCATED);
	assert_int_equal(mutated(v2_wire, l2, &w2, 24, 0),
			 VRRP_DISCARD_AUTH_TYPE);
	assert_int_equal(mutated(v2_wire, l2, &w2, 24, 2),
			 VRRP_DISCARD_AUTH_TYPE);
	assert_int_equal(mutated(v2_wire, l2, &w2, 25, 0),
			 VRRP_DISCARD_INTERVAL_ZERO);
	assert_int_equal(mutated(v2_wire, l2, &w2, 25, 1),
			 VRRP_DISCARD_INTERVAL);
	assert_int_equal(mutated(v3_wire, l3, &w3, 25, 0),
			 VRRP_DISCARD_INTERVAL_ZERO);
	assert_int_equal(mutated(v2_wire, l2, &w2, 36, '2'),
			 VRRP_DISCARD_AUTH_FAILURE);
	assert_int_equal(mutated(v2_wire, l2, &w2, 43, 'x'),
			 VRRP_DISCARD_AUTH_FAILURE);
	/* priority 255: the owner's list is taken as it is (RFC 3768) */
	assert_int_equal(mutated(v2_wire, l2, &w2, 31, 99), 0);
	/* the reserved nibble of version 3 is ignored */
	assert_int_equal(mutated(v3_wire, l3, &w3, 24, 0xf0), 0);
	loose.auth_type = 0;
	assert_int_equal(mutated(v2_wire, l2, &loose, 20, 0x21),
			 VRRP_DISCARD_AUTH_TYPE);
}

static void
lists_compare_as_sets(void **state)
{
	struct vrrp_advert a = advert_v2();
	struct vrrp_want w = want_v2();
	static const uint8_t turned[] = {10, 9, 0, 101, 10, 9, 0, 100};
	static const uint8_t other[] = {10, 9, 0, 101, 10, 9, 0, 101};
	struct vrrp_packet p;
	uint8_t buf[128];
	size_t len;

	(void)state;
	a.priority = 100;
	a.addrs = turned;
	assert_int_equal(vrrp_packet_encode_ipv4(&a, buf, sizeof(buf), &len),
			 0);
	assert_int_equal(take(buf, len, &w, &p), 0);
	a.addrs = other;
	assert_int_equal(vrrp_packet_encode_ipv4(&a, buf, sizeof(buf), &len),
			 0);
	assert_int_equal(take(buf, len, &w, &p), VRRP_DISCARD_ADDR_LIST);
	w.check_list = false;
	assert_int_equal(take(buf, len, &w, &p), 0);
	/* version 3 only notes it */
	a = advert_v3(VRRP_SUM_PLAIN);
	w = want_v3();
	a.addrs = list2;
	assert_int_equal(vrrp_packet_encode_ipv4(&a, buf, sizeof(buf), &len),
			 0);
	assert_int_equal(take(buf, len, &w, &p), 0);
	assert_true(p.is_list_different);
}

static void
hops_have_limits_per_peer(void **state)
{
	struct vrrp_want w = want_v2();

	(void)state;
	w.min_hops = 250;
	w.max_hops = 254;
	assert_int_equal(mutated(v2_wire, sizeof(v2_wire), &w, 8, 249),
			 VRRP_DISCARD_HOPS);
	assert_int_equal(mutated(v2_wire, sizeof(v2_wire), &w, 8, 250), 0);
	assert_int_equal(mutated(v2_wire, sizeof(v2_wire), &w, 8, 254), 0);
	assert_int_equal(mutated(v2_wire, sizeof(v2_wire), &w, 8, 255),
			 VRRP_DISCARD_HOPS);
}

static void
header_options_are_skipped(void **state)
{
	struct vrrp_want w = want_v3();
	struct vrrp_packet p;
	uint8_t buf[sizeof(v3_wire) + 4];

	(void)state;
	memcpy(buf, v3_wire, 20);
	memset(buf + 20, 1, 4);
	memcpy(buf + 24, v3_wire + 20, sizeof(v3_wire) - 20);
	buf[0] = 0x46;
	buf[3] = sizeof(buf);
	assert_int_equal(take(buf, sizeof(buf), &w, &p), 0);
}

static void
unsayable_values_are_refused(void **state)
{
	struct vrrp_advert a = advert_v3(VRRP_SUM_PLAIN), b;
	uint8_t buf[VRRP_MESSAGE_MAX + VRRP_IPV4_HEADER];
	size_t len = 7;

	(void)state;
	b = a;
	b.interval = MSEC(40960);
	assert_int_equal(vrrp_packet_encode(&b, buf, sizeof(buf), &len),
			 -EINVAL);
	b.interval = 0;
	assert_int_equal(vrrp_packet_encode(&b, buf, sizeof(buf), &len),
			 -EINVAL);
	b = a;
	b.version = 1;
	assert_int_equal(vrrp_packet_encode(&b, buf, sizeof(buf), &len),
			 -EINVAL);
	b = a;
	b.vrid = 0;
	assert_int_equal(vrrp_packet_encode(&b, buf, sizeof(buf), &len),
			 -EINVAL);
	b = advert_v2();
	b.interval = SEC(256);
	assert_int_equal(vrrp_packet_encode(&b, buf, sizeof(buf), &len),
			 -EINVAL);
	for (size_t room = 0; room < 12; room++)
		assert_int_equal(vrrp_packet_encode(&a, buf, room, &len),
				 -EMSGSIZE);
	for (size_t room = 0; room < 32; room++)
		assert_int_equal(vrrp_packet_encode_ipv4(&a, buf, room, &len),
				 -EMSGSIZE);
	assert_int_equal(len, 7); /* untouched on failure */
	a.interval = MSEC(40950);
	assert_int_equal(vrrp_packet_encode(&a, buf, sizeof(buf), &len), 0);
	assert_int_equal(buf[4], 0x0f);
	assert_int_equal(buf[5], 0xff);
}

/* All versions, families, counts and priorities come back as they went. */
static void
what_is_encoded_decodes(void **state)
{
	static uint8_t list[255 * 16];
	uint8_t buf[VRRP_MESSAGE_MAX];
	struct vrrp_packet p;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(list); i++)
		list[i] = (uint8_t)(i * 7 + i / 256);
	for (unsigned int n = 1; n <= 255; n++) {
		struct vrrp_advert a = advert_v3(VRRP_SUM_PSEUDO);
		struct vrrp_want w = want_v3();
		struct vrrp_origin o = {.hops = 255};

		a.version = w.version = n % 3 == 0 ? 2 : 3;
		a.family = w.family = n % 3 == 1 ? AF_INET6 : AF_INET;
		if (a.family == AF_INET6) {
			assert_int_equal(addr_parse("fe80::1", &a.src), 0);
			assert_int_equal(addr_parse("ff02::12", &a.dst), 0);
		}
		a.interval = w.interval = SEC(n % 40 + 1);
		a.priority = (uint8_t)n;
		a.n_addrs = w.n_addrs = (uint8_t)n;
		a.addrs = w.addrs = list;
		o.src = a.src;
		o.dst = a.dst;
		memset(a.auth, 0, sizeof(a.auth));
		assert_int_equal(vrrp_packet_encode(&a, buf, sizeof(buf), &len),
				 0);
		assert_int_equal(vrrp_packet_accept(buf, len, &o, &w, &p), 0);
		assert_int_equal(p.priority, n);
		assert_int_equal(p.interval, a.interval);
		assert_int_equal(p.n_addrs, n);
		assert_memory_equal(p.addrs, list, (size_t)n * p.addr_len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keepalived_is_understood),
		cmocka_unit_test(encodes_what_keepalived_encodes),
		cmocka_unit_test(both_checksums_of_version_3),
		cmocka_unit_test(old_unicast_checksum),
		cmocka_unit_test(every_other_length_is_discarded),
		cmocka_unit_test(every_flipped_bit_is_discarded),
		cmocka_unit_test(each_field_has_its_reason),
		cmocka_unit_test(lists_compare_as_sets),
		cmocka_unit_test(hops_have_limits_per_peer),
		cmocka_unit_test(header_options_are_skipped),
		cmocka_unit_test(unsayable_values_are_refused),
		cmocka_unit_test(what_is_encoded_decodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
