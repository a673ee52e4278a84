/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What HTTP checks are made of: requests, digests, patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check/conf.h"
#include "check/digest.h"
#include "check/http_request.h"
#include "check/regex.h"
#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/util.h"

/* ---- requests ---- */

static void
request(enum http_protocol protocol, const char *address, const char *host,
	const char *expected)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT;
	struct addr_port target = {.port = 8080};

	assert_int_equal(addr_parse(address, &target.addr), 0);
	http_request_add(&(struct http_request){.path = "/a?b",
						.agent = "Agent",
						.protocol = protocol,
						.host = host,
						.target = &target},
			 &text);
	assert_string_equal(buf_str(&text), expected);
}

static void
test_requests(void **state)
{
	(void)state;
	request(HTTP_PROTOCOL_1_0, "10.0.0.1", NULL,
		"GET /a?b HTTP/1.0\r\nUser-Agent: Agent\r\n"
		"Host: 10.0.0.1:8080\r\n\r\n");
	request(HTTP_PROTOCOL_1_0C, "fd00::1", NULL,
		"GET /a?b HTTP/1.0\r\nUser-Agent: Agent\r\n"
		"Connection: close\r\nHost: [fd00::1]:8080\r\n\r\n");
	request(HTTP_PROTOCOL_1_1, "fd00::1", "www.example.com",
		"GET /a?b HTTP/1.1\r\nUser-Agent: Agent\r\n"
		"Connection: close\r\nHost: www.example.com\r\n\r\n");
	request(HTTP_PROTOCOL_1_1C, "10.0.0.1", "x",
		"GET /a?b HTTP/1.1\r\nUser-Agent: Agent\r\n"
		"Connection: close\r\nHost: x\r\n\r\n");
}

/* ---- digests ---- */

static void
digest(const char *text, const char *expected)
{
	size_t len = strlen(text);

	/* In two parts, cut anywhere. */
	for (size_t cut = 0; cut <= len; cut++) {
		char hex[DIGEST_STR_LEN];
		uint8_t out[DIGEST_LEN];
		struct md5 m;

		md5_init(&m);
		md5_add(&m, text, cut);
		md5_add(&m, text + cut, len - cut);
		md5_end(&m, out);
		assert_string_equal(md5_print(out, hex), expected);
	}
}

/* RFC 1321, A.5 */
static void
test_digests(void **state)
{
	(void)state;
	digest("", "d41d8cd98f00b204e9800998ecf8427e");
	digest("message digest", "f96b697d7cb7938d525a2f31aaf161d0");
	digest("1234567890123456789012345678901234567890"
	       "1234567890123456789012345678901234567890",
	       "57edf4a22be3c955ac49da2e2107b67a");
}

/* ---- patterns ---- */

static enum regex_result
match(const char *pattern, uint32_t options, struct regex_subject s)
{
	char error[REGEX_ERROR_LEN] = "";
	struct regex *r = regex_new(pattern, options, error);
	enum regex_result result;

	if (r == NULL)
		fail_msg("%s: %s", pattern, error);
	result = regex_match(r, &s);
	regex_free(r);
	return result;
}

static struct regex_subject
text(const char *s)
{
	return (struct regex_subject){.data = s, .len = strlen(s)};
}

static void
test_patterns(void **state)
{
	struct regex_subject s = text("one two\nthree");

	(void)state;
	assert_int_equal(match("two", 0, s), REGEX_FOUND);
	assert_int_equal(match("four", 0, s), REGEX_NOT_FOUND);
	assert_int_equal(match("TWO", 0, s), REGEX_NOT_FOUND);
	assert_int_equal(match("TWO", REGEX_CASELESS, s), REGEX_FOUND);
	assert_int_equal(match("^three", 0, s), REGEX_NOT_FOUND);
	assert_int_equal(match("^three", REGEX_MULTILINE, s), REGEX_FOUND);
	assert_int_equal(match("two.three", 0, s), REGEX_NOT_FOUND);
	assert_int_equal(match("two.three", REGEX_DOTALL, s), REGEX_FOUND);
	assert_int_equal(match("t w o", REGEX_EXTENDED, s), REGEX_FOUND);
	assert_int_equal(match("three", REGEX_FIRSTLINE, s), REGEX_NOT_FOUND);
	assert_int_equal(match("(t)h|\\1x", 0, s), REGEX_FOUND);
	/* A zero byte is a byte; a broken one does not end UTF. */
	s = (struct regex_subject){.data = "a\0b\xff"
					   "c",
				   .len = 5};
	assert_int_equal(match("a.b", 0, s), REGEX_FOUND);
	assert_int_equal(match("c$", REGEX_UTF, s), REGEX_FOUND);
	assert_int_equal(match("^$", 0, text("")), REGEX_FOUND);
}

/* Every word of regex_options can be given. */
static void
test_options(void **state)
{
	(void)state;
	for (uint32_t bit = 1; bit <= REGEX_USE_OFFSET_LIMIT; bit <<= 1)
		assert_int_equal(match("a+b", bit, text("xaab")), REGEX_FOUND);
}

static void
test_offsets(void **state)
{
	struct regex_subject s = text("abchello");

	(void)state;
	s.min = 3;
	assert_int_equal(match("hello", 0, s), REGEX_FOUND);
	s.min = 4;
	assert_int_equal(match("hello", 0, s), REGEX_NOT_FOUND);
	s.min = 100;
	assert_int_equal(match("hello", 0, s), REGEX_NOT_FOUND);
	s.min = 0;
	s.max = 2;
	assert_int_equal(match("hello", 0, s), REGEX_NOT_FOUND);
	s.max = 3;
	assert_int_equal(match("hello", 0, s), REGEX_FOUND);
}

/* Of a text that goes on nobody knows how its end would match. */
static void
test_parts(void **state)
{
	struct regex_subject s = text("a needle, and nee");

	(void)state;
	s.is_part = true;
	assert_int_equal(match("needle", 0, s), REGEX_FOUND);
	assert_int_equal(match("nee$", 0, s), REGEX_NOT_FOUND);
	assert_int_equal(match("nee[a-z]*ed", 0, s), REGEX_NOT_FOUND);
}

static void
test_limits(void **state)
{
	CLEANUP(buf_fini) struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, 'a');
	assert_int_equal(match("^(a+)+$", 0,
			       text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")),
			 REGEX_LIMIT);
	buf_addc(&b, '!');
	assert_int_equal(match("^((a)|(.))*$", 0, text(buf_str(&b))),
			 REGEX_LIMIT);
}

static void
test_uncompilable(void **state)
{
	char error[REGEX_ERROR_LEN];

	(void)state;
	assert_null(regex_new("h(l", 0, error));
	assert_string_equal(error, "at offset 3: missing closing parenthesis");
	assert_null(regex_new("(*UTF)a", REGEX_NEVER_UTF, error));
	regex_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_uncompilable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
