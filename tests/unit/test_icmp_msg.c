/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Echo requests byte by byte, replies, and errors that quote them. */
#include "check/icmp_msg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/wire.h"

static const struct icmp_echo echo = {0x1234, 0x5678, 0x0102030405060708};

/* An IPv4 header with this many words and protocol, to 10.0.0.9. */
static size_t
put_ip4(uint8_t *buf, uint8_t words, uint8_t protocol)
{
	memset(buf, 0, words * 4u);
	buf[0] = (uint8_t)(0x40 | words);
	buf[9] = protocol;
	memcpy(buf + 16, "\12\0\0\11", 4);
	return words * 4u;
}

/* Puts the checksum of the ICMP message right. */
static void
seal(uint8_t *msg, size_t len)
{
	uint16_t sum;

	msg[2] = msg[3] = 0;
	sum = wire_sum_fold(wire_sum(0, msg, len));
	msg[2] = (uint8_t)(sum >> 8);
	msg[3] = (uint8_t)sum;
}

static void
requests(void **state)
{
	uint8_t buf[ICMP_ECHO_LEN];

	(void)state;
	icmp_echo_encode(AF_INET, &echo, buf);
	assert_memory_equal(buf + 4, "\x12\x34\x56\x78\1\2\3\4\5\6\7\10", 12);
	assert_int_equal(buf[0], 8);
	assert_int_equal(wire_sum_fold(wire_sum(0, buf, sizeof(buf))), 0);
	icmp_echo_encode(AF_INET6, &echo, buf);
	assert_int_equal(buf[0], 128);
}

static void
replies(void **state)
{
	uint8_t buf[60 + ICMP_ECHO_LEN];
	struct icmp_answer a;
	size_t at;

	(void)state;
	for (uint8_t words = 5; words <= 15; words += 5) {
		at = put_ip4(buf, words, IPPROTO_ICMP);
		icmp_echo_encode(AF_INET, &echo, buf + at);
		a = icmp_answer_decode(AF_INET, buf, at + ICMP_ECHO_LEN);
		assert_int_equal(a.kind, ICMP_FOREIGN); /* our request */
		buf[at] = 0;
		a = icmp_answer_decode(AF_INET, buf, at + ICMP_ECHO_LEN);
		assert_int_equal(a.kind, ICMP_FOREIGN); /* bad checksum */
		seal(buf + at, ICMP_ECHO_LEN);
		a = icmp_answer_decode(AF_INET, buf, at + ICMP_ECHO_LEN);
		assert_int_equal(a.kind, ICMP_REPLY);
		assert_int_equal(a.echo.id, echo.id);
		assert_int_equal(a.echo.seq, echo.seq);
		assert_true(a.echo.nonce == echo.nonce);
		for (size_t len = 0; len < at + 16; len++)
			assert_int_equal(
				icmp_answer_decode(AF_INET, buf, len).kind,
				ICMP_FOREIGN);
	}
	icmp_echo_encode(AF_INET6, &echo, buf);
	buf[0] = 129;
	a = icmp_answer_decode(AF_INET6, buf, ICMP_ECHO_LEN);
	assert_int_equal(a.kind, ICMP_REPLY);
	assert_true(a.echo.nonce == echo.nonce);
	buf[9 - 8] = 0;
	assert_int_equal(icmp_answer_decode(AF_INET6, buf, 15).kind,
			 ICMP_FOREIGN);
}

static void
errors_quote_a_request(void **state)
{
	static const struct {
		uint8_t type, code;
		int error;
	} rows[] = {{3, 0, ENETUNREACH},
		    {3, 1, EHOSTUNREACH},
		    {3, 2, ENOPROTOOPT},
		    {3, 13, EHOSTUNREACH},
		    {11, 0, EHOSTUNREACH},
		    {12, 0, EPROTO},
		    {3, 4, 0},
		    {5, 1, 0}};
	uint8_t buf[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t at = put_ip4(buf, 5, IPPROTO_ICMP), in = at + 8, end;
		struct icmp_answer a;

		memset(buf + at, 0, 8);
		buf[at] = rows[i].type;
		buf[at + 1] = rows[i].code;
		in += put_ip4(buf + in, 6, IPPROTO_ICMP);
		icmp_echo_encode(AF_INET, &echo, buf + in);
		end = in + 8; /* routers need not quote more */
		seal(buf + at, end - at);
		a = icmp_answer_decode(AF_INET, buf, end);
		assert_int_equal(a.kind,
				 rows[i].error ? ICMP_ERROR : ICMP_FOREIGN);
		assert_int_equal(a.error, rows[i].error);
		if (rows[i].error == 0)
			continue;
		assert_int_equal(a.echo.id, echo.id);
		assert_int_equal(a.echo.seq, echo.seq);
		assert_memory_equal(a.target.bytes, "\12\0\0\11", 4);
		buf[in - 24 + 9] = IPPROTO_UDP; /* not about a ping */
		seal(buf + at, end - at);
		assert_int_equal(icmp_answer_decode(AF_INET, buf, end).kind,
				 ICMP_FOREIGN);
	}
}

static void
errors_of_ipv6(void **state)
{
	uint8_t buf[8 + 40 + ICMP_ECHO_LEN] = {1, 3};
	struct icmp_answer a;

	(void)state;
	buf[8] = 0x60;
	buf[8 + 6] = IPPROTO_ICMPV6;
	buf[8 + 24] = 0xfd;
	icmp_echo_encode(AF_INET6, &echo, buf + 48);
	a = icmp_answer_decode(AF_INET6, buf, sizeof(buf));
	assert_int_equal(a.kind, ICMP_ERROR);
	assert_int_equal(a.error, EHOSTUNREACH);
	assert_int_equal(a.echo.seq, echo.seq);
	assert_int_equal(a.target.family, AF_INET6);
	assert_int_equal(a.target.bytes[0], 0xfd);
	for (size_t len = 0; len < 56; len++)
		assert_int_equal(icmp_answer_decode(AF_INET6, buf, len).kind,
				 ICMP_FOREIGN);
	buf[1] = 0;
	a = icmp_answer_decode(AF_INET6, buf, sizeof(buf));
	assert_int_equal(a.error, ENETUNREACH);
	buf[0] = 2; /* too big */
	assert_int_equal(icmp_answer_decode(AF_INET6, buf, sizeof(buf)).kind,
			 ICMP_FOREIGN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(replies),
		cmocka_unit_test(errors_quote_a_request),
		cmocka_unit_test(errors_of_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
