/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* HTTP responses: each one is fed whole, byte by byte and split at every
 * point; the outcome must be the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/http_parse.h"
#include "lib/buf.h"
#include "lib/util.h"

struct outcome {
	struct http_parser p;
	struct buf body;
	size_t taken;
};

/* From s, in a copy of exactly that length, so that ASan sees what is read
 * beyond. */
static void
feed(struct outcome *o, const char *s, size_t len)
{
	CLEANUP_FREE char *copy = xcalloc(1, len + 1);
	struct http_slice body;
	size_t at = 0;

	memcpy(copy, s, len);
	while (at < len && !http_is_over(&o->p)) {
		size_t n = http_parse(&o->p, copy + at, len - at, &body);

		assert_true(n <= len - at);
		assert_true(body.len <= n);
		if (body.len > 0)
			buf_add(&o->body, body.data, body.len);
		at += n;
	}
	o->taken += at;
}

static void
assert_same(const struct outcome *a, const struct outcome *b)
{
	assert_int_equal(a->p.phase, b->p.phase);
	assert_int_equal(a->p.error, b->p.error);
	assert_int_equal(a->p.status, b->p.status);
	assert_int_equal(a->p.raw_len, b->p.raw_len);
	assert_int_equal(a->taken, b->taken);
	assert_int_equal(a->body.len, b->body.len);
	assert_string_equal(buf_str(&a->body), buf_str(&b->body));
}

/* The outcome of s with the connection's end behind it, the same for each
 * split. */
static struct outcome
parse(const char *s, size_t len)
{
	struct outcome whole = {.body = BUF_INIT};

	http_parser_init(&whole.p);
	feed(&whole, s, len);
	http_parse_end(&whole.p);
	for (size_t split = 0; split <= len; split++) {
		struct outcome o = {.body = BUF_INIT};

		http_parser_init(&o.p);
		feed(&o, s, split);
		feed(&o, s + split, len - split);
		http_parse_end(&o.p);
		assert_same(&whole, &o);
		buf_fini(&o.body);
	}
	struct outcome o = {.body = BUF_INIT};

	http_parser_init(&o.p);
	for (size_t i = 0; i < len; i++)
		feed(&o, s + i, 1);
	http_parse_end(&o.p);
	assert_same(&whole, &o);
	buf_fini(&o.body);
	return whole;
}

static void
good(const char *s, uint16_t status, const char *body)
{
	struct outcome o = parse(s, strlen(s));

	if (o.p.error != HTTP_ERROR_NONE)
		print_error("%s: %s\n", s, http_error_text(o.p.error));
	assert_int_equal(o.p.error, HTTP_ERROR_NONE);
	assert_int_equal(o.p.phase, HTTP_PHASE_DONE);
	assert_int_equal(o.p.status, status);
	assert_string_equal(buf_str(&o.body), body);
	buf_fini(&o.body);
}

static void
bad(const char *s, enum http_error e)
{
	struct outcome o = parse(s, strlen(s));

	if (o.p.error != e)
		print_error("%s: %s\n", s, http_error_text(o.p.error));
	assert_int_equal(o.p.error, e);
	buf_fini(&o.body);
}

#define OK "HTTP/1.1 200 OK\r\n"

static void
test_bodies(void **state)
{
	(void)state;
	good(OK "\r\nhello", 200, "hello");
	good(OK "\r\n", 200, "");
	good(OK "Content-Length: 5\r\n\r\nhello", 200, "hello");
	good(OK "Content-Length: 5\r\n\r\nhello and more", 200, "hello");
	good(OK "content-LENGTH:5  \r\n\r\nhello", 200, "hello");
	good(OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200,
	     "hello");
	good(OK "Content-Length: 0\r\n\r\nhello", 200, "");
	good("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello", 204, "");
	good("HTTP/1.1 304 No\r\n\r\nhello", 304, "");
	good(OK "A: b\r\nX-Content-Length: 3\r\nContent-Lengths: 4\r\n\r\nhi",
	     200, "hi");
}

static void
test_chunks(void **state)
{
	(void)state;
	good(OK "Transfer-Encoding: chunked\r\n\r\n"
		"5\r\nhello\r\n6;a=\"b\"\r\n world\r\n0\r\n\r\nX",
	     200, "hello world");
	good(OK "transfer-encoding: gzip, Chunked\r\nContent-Length: 3\r\n\r\n"
		"A\r\n0123456789\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n",
	     200, "0123456789");
	good(OK "Transfer-Encoding: chunked\n\n1\nx\n0\n\n", 200, "x");
	good(OK "Transfer-Encoding: gzip\r\n\r\nxyz", 200, "xyz");
	bad(OK "Transfer-Encoding: chunked\r\n\r\nhello", HTTP_ERROR_CHUNK);
	bad(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX",
	    HTTP_ERROR_CHUNK);
	bad(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\r",
	    HTTP_ERROR_CHUNK);
	bad(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	    HTTP_ERROR_SHORT);
	bad(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
	    HTTP_ERROR_SHORT);
	bad(OK "Transfer-Encoding: chunked\r\n\r\n0000000000000005\r\nhello",
	    HTTP_ERROR_CHUNK);
	bad(OK "Transfer-Encoding: chunked\r\n\r\n\r\n", HTTP_ERROR_CHUNK);
}

static void
test_status_lines(void **state)
{
	(void)state;
	good("HTTP/1.0 503\r\n\r\n", 503, "");
	good("HTTP/1.0 503 \r\n\r\n", 503, "");
	good("HTTP/1.1 200 OK\n\nx", 200, "x");
	good("HTTP/2 200\r\n\r\nx", 200, "x");
	good("HTTP/1.1 999 Odd\r\n\r\n", 999, "");
	bad("", HTTP_ERROR_EMPTY);
	bad("HTTP/1.1 20", HTTP_ERROR_SHORT);
	bad("HTTP/1.1 200", HTTP_ERROR_SHORT);
	bad("HTTP/1.1 200 OK", HTTP_ERROR_SHORT);
	bad("HTTP/1.1 2000 OK\r\n\r\n", HTTP_ERROR_STATUS_LINE);
	bad("HTTP/1.1 099 OK\r\n\r\n", HTTP_ERROR_STATUS_LINE);
	bad("HTTP/1.1 abc OK\r\n\r\n", HTTP_ERROR_STATUS_LINE);
	bad("HTTP/1.1  200 OK\r\n\r\n", HTTP_ERROR_STATUS_LINE);
	bad("HTTP/x.1 200 OK\r\n\r\n", HTTP_ERROR_STATUS_LINE);
	bad("HTTP/1.10 200 OK\r\n\r\n", HTTP_ERROR_STATUS_LINE);
	bad("\r\nHTTP/1.1 200 OK\r\n\r\n", HTTP_ERROR_STATUS_LINE);
	bad("<html>an answer of HTTP/0.9</html>", HTTP_ERROR_STATUS_LINE);
	bad("ICY 200 OK\r\n\r\n", HTTP_ERROR_STATUS_LINE);
	bad("http/1.1 200 OK\r\n\r\n", HTTP_ERROR_STATUS_LINE);
}

static void
test_headers(void **state)
{
	(void)state;
	bad(OK "no colon\r\n\r\n", HTTP_ERROR_HEADER);
	bad(OK ": no name\r\n\r\n", HTTP_ERROR_HEADER);
	bad(OK "\rA: b\r\n\r\n", HTTP_ERROR_HEADER);
	bad(OK "Content-Length: x\r\n\r\n", HTTP_ERROR_LENGTH);
	bad(OK "Content-Length:\r\n\r\n", HTTP_ERROR_LENGTH);
	bad(OK "Content-Length: -1\r\n\r\n", HTTP_ERROR_LENGTH);
	bad(OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
	    HTTP_ERROR_LENGTH);
	bad(OK "Content-Length: 99999999999999999999999\r\n\r\n",
	    HTTP_ERROR_LENGTH);
	bad(OK "Content-Length: 5\r\n\r\nhell", HTTP_ERROR_SHORT);
	bad(OK "Content-Le", HTTP_ERROR_SHORT);
	bad(OK "A: b\r\n", HTTP_ERROR_SHORT);
	good(OK "Folded: a\r\n b: c\r\n\tContent-Length: 1\r\n\r\nxyz", 200,
	     "xyz");
}

static void
test_interim(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	good("HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n" OK "\r\nx",
	     200, "x");
	bad("HTTP/1.1 101 Switching\r\n\r\n", HTTP_ERROR_HEADERS_MANY);
	for (int i = 0; i <= HTTP_INTERIM_MAX; i++)
		buf_adds(&b, "HTTP/1.1 103 Early\r\n\r\n");
	bad(buf_str(&b), HTTP_ERROR_HEADERS_MANY);
	buf_fini(&b);
}

/* The same error in any pieces; only few, long texts take their time. */
static void
bad_long(struct buf *b, enum http_error e)
{
	const size_t pieces[] = {1, 1000, b->len};

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct outcome o = {.body = BUF_INIT};
		size_t piece = pieces[i];

		http_parser_init(&o.p);
		for (size_t at = 0; at < b->len && !http_is_over(&o.p);
		     at += piece)
			feed(&o, b->data + at,
			     b->len - at < piece ? b->len - at : piece);
		assert_int_equal(o.p.error, e);
		buf_fini(&o.body);
	}
	buf_fini(b);
	*b = BUF_INIT;
}

static void
add_many(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_adds(b, s);
}

static void
test_limits(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_adds(&b, "HTTP/1.1 200 ");
	add_many(&b, "x", HTTP_STATUS_LINE_MAX);
	buf_adds(&b, "\r\nContent-Length: 0\r\n\r\n");
	bad_long(&b, HTTP_ERROR_LINE_LONG);
	buf_adds(&b, OK "A: ");
	add_many(&b, "x", HTTP_LINE_MAX);
	bad_long(&b, HTTP_ERROR_LINE_LONG);
	buf_adds(&b, OK);
	add_many(&b, "x", HTTP_LINE_MAX + 1);
	buf_adds(&b, "\r\n\r\n"); /* and no name either */
	bad_long(&b, HTTP_ERROR_LINE_LONG);
	buf_adds(&b, OK);
	add_many(&b, "A: b\r\n", HTTP_HEADERS_MAX + 1);
	bad_long(&b, HTTP_ERROR_HEADERS_MANY);
	buf_adds(&b, OK);
	for (int i = 0; i < 5; i++) {
		buf_adds(&b, "A: ");
		add_many(&b, "x", HTTP_LINE_MAX - 10);
		buf_adds(&b, "\r\n");
	}
	bad_long(&b, HTTP_ERROR_HEAD_LONG);
	buf_adds(&b, OK "Transfer-Encoding: chunked\r\n\r\n5;");
	add_many(&b, "x", HTTP_LINE_MAX + 1000);
	buf_adds(&b, "\r\nabcde\r\n0\r\n\r\n");
	bad_long(&b, HTTP_ERROR_LINE_LONG);
	buf_adds(&b, OK "Transfer-Encoding: chunked\r\n\r\n0\r\n");
	add_many(&b, "A: b\r\n", HTTP_HEADERS_MAX + 1);
	bad_long(&b, HTTP_ERROR_HEADERS_MANY);
}

/* Endless bodies of each kind end. */
static void
endless(const char *head, const char *piece)
{
	struct outcome o = {.body = BUF_INIT};
	CLEANUP(buf_fini) struct buf b = BUF_INIT;
	uint64_t n = 0;

	add_many(&b, piece, 60000 / strlen(piece));
	http_parser_init(&o.p);
	feed(&o, head, strlen(head));
	for (; !http_is_over(&o.p) && n < 3 * HTTP_BODY_MAX; n += b.len) {
		feed(&o, b.data, b.len);
		buf_reset(&o.body);
	}
	assert_int_equal(o.p.error, HTTP_ERROR_BODY_LONG);
	assert_true(o.p.body_len <= HTTP_BODY_MAX);
	buf_fini(&o.body);
}

static void
test_endless(void **state)
{
	(void)state;
	endless(OK "\r\n", "hello");
	endless(OK "Content-Length: 99999999999\r\n\r\n", "hello");
	endless(OK "Transfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n");
	endless(OK "Transfer-Encoding: chunked\r\n\r\n",
		"1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nh\r\n");
	endless(OK "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n", "hello");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_status_lines),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_interim),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
