/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* SYNs to a virtual address, plain and in a tunnel, and answers. */
#include "check/via_msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/wire.h"

static const struct via_segment plain = {
	.src = {{AF_INET, {10, 9, 0, 1}}, 0xc123},
	.dst = {{AF_INET, {10, 9, 1, 1}}, 80},
	.seq = 0x12345678,
};

/* TCP with its pseudo header sums up to nothing. */
static uint16_t
sum_of(const uint8_t *ip, size_t tcp_len)
{
	uint8_t tail[4] = {0, 6, 0, (uint8_t)tcp_len};
	uint32_t sum = wire_sum(0, ip + 12, 8);

	sum = wire_sum(sum, tail, 4);
	return wire_sum_fold(wire_sum(sum, ip + 20, tcp_len));
}

static void
syn(void **state)
{
	uint8_t buf[VIA_PACKET_MAX];

	(void)state;
	assert_int_equal(via_syn_encode(&plain, buf), 44);
	assert_memory_equal(buf, "\x45\0\0\x2c\0\0\x40\0\x40\6", 10);
	assert_memory_equal(buf + 12, "\12\11\0\1\12\11\1\1", 8);
	assert_memory_equal(buf + 20, "\xc1\x23\0\x50\x12\x34\x56\x78\0\0\0\0",
			    12);
	assert_memory_equal(buf + 32, "\x60\2", 2);
	assert_memory_equal(buf + 40, "\2\4\5\xa0", 4);
	assert_int_equal(wire_sum_fold(wire_sum(0, buf, 20)), 0);
	assert_int_equal(sum_of(buf, 24), 0);
}

static void
rst(void **state)
{
	uint8_t buf[VIA_PACKET_MAX];

	(void)state;
	assert_int_equal(via_rst_encode(&plain, buf), 40);
	assert_memory_equal(buf + 32, "\x50\4", 2);
	assert_int_equal(sum_of(buf, 20), 0);
}

static void
tunnel(void **state)
{
	struct via_segment s = plain;
	uint8_t buf[VIA_PACKET_MAX], inner[VIA_PACKET_MAX];

	(void)state;
	s.tunnel = (struct addr){AF_INET, {10, 9, 0, 11}};
	assert_int_equal(via_syn_encode(&s, buf), 64);
	assert_memory_equal(buf, "\x45\0\0\x40\0\0\x40\0\x40\4", 10);
	assert_memory_equal(buf + 12, "\12\11\0\1\12\11\0\13", 8);
	assert_int_equal(wire_sum_fold(wire_sum(0, buf, 20)), 0);
	assert_int_equal(via_syn_encode(&plain, inner), 44);
	assert_memory_equal(buf + 20, inner, 44);
}

/* A SYN of ours turned into what the server would say. */
static size_t
answer_with(uint8_t flags, uint8_t *buf)
{
	struct via_segment s = {.src = plain.dst, .dst = plain.src};
	size_t len = via_syn_encode(&s, buf);

	memcpy(buf + 28, "\x12\x34\x56\x79", 4);
	buf[33] = flags;
	return len;
}

static void
answers(void **state)
{
	uint8_t buf[VIA_PACKET_MAX + 20];
	struct via_answer a;
	size_t len = answer_with(0x12, buf);

	(void)state;
	a = via_answer_decode(buf, len);
	assert_int_equal(a.kind, VIA_ACCEPTED);
	assert_int_equal(a.acked, plain.seq);
	assert_int_equal(a.src.port, 80);
	assert_int_equal(a.dst.port, 0xc123);
	assert_true(addr_is_equal(&a.src.addr, &plain.dst.addr));
	assert_true(addr_is_equal(&a.dst.addr, &plain.src.addr));
	(void)answer_with(0x52, buf); /* ECE too: RFC 3168 */
	assert_int_equal(via_answer_decode(buf, len).kind, VIA_ACCEPTED);
	(void)answer_with(0x14, buf);
	assert_int_equal(via_answer_decode(buf, len).kind, VIA_REFUSED);
	for (size_t n = 0; n < 40; n++)
		assert_int_equal(via_answer_decode(buf, n).kind, VIA_FOREIGN);
	for (int flags = 0; flags < 64; flags++)
		if (flags != 0x12 && flags != 0x14 && flags != 0x1a &&
		    flags != 0x1c && (flags & 0x28) == 0) {
			(void)answer_with((uint8_t)flags, buf);
			assert_int_equal(via_answer_decode(buf, len).kind,
					 VIA_FOREIGN);
		}
}

static void
what_is_no_tcp(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = {{0, 0x55}, {0, 0x44}, {0, 0x4f}, {6, 0x20},
		    {7, 1},    {9, 17},	  {0, 0x65}};
	uint8_t buf[VIA_PACKET_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = answer_with(0x12, buf);

		buf[rows[i].at] = rows[i].value;
		assert_int_equal(via_answer_decode(buf, len).kind, VIA_FOREIGN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syn),
		cmocka_unit_test(rst),
		cmocka_unit_test(tunnel),
		cmocka_unit_test(answers),
		cmocka_unit_test(what_is_no_tcp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
