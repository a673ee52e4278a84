/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* HTTP/2 against a server in memory: answers whole, in pieces, too long, ended
 * early and not HTTP/2 at all. */
#include <nghttp2/nghttp2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/h2.h"
#include "lib/buf.h"
#include "lib/util.h"

struct world {
	struct h2 *h;
	nghttp2_session *server;
	struct buf body, request;
	unsigned int status, n_status;
	size_t left; /* of the server's body */
};

static void
on_status(void *arg, unsigned int status)
{
	struct world *w = arg;

	w->status = status;
	w->n_status++;
}

static void
on_body(void *arg, const void *data, size_t len)
{
	buf_add(&((struct world *)arg)->body, data, len);
}

static const struct h2_events events = {on_status, on_body};

static int
on_request(nghttp2_session *s, const nghttp2_frame *f, const uint8_t *name,
	   size_t namelen, const uint8_t *value, size_t valuelen, uint8_t flags,
	   void *arg)
{
	struct world *w = arg;

	(void)s;
	(void)f;
	(void)flags;
	buf_printf(&w->request, "%.*s=%.*s\n", (int)namelen, name,
		   (int)valuelen, value);
	return 0;
}

static struct world *
world_new(void)
{
	static const struct h2_request rq = {"www.example.org", 15, "/x", 2,
					     "agent"};
	struct world *w = xcalloc(1, sizeof(*w));
	nghttp2_session_callbacks *cb;

	nghttp2_session_callbacks_new(&cb);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_request);
	nghttp2_session_server_new(&w->server, cb, w);
	nghttp2_session_callbacks_del(cb);
	w->h = h2_new(&rq, &events, w);
	return w;
}

static void
world_free(struct world *w)
{
	h2_free(w->h);
	nghttp2_session_del(w->server);
	buf_fini(&w->body);
	buf_fini(&w->request);
	free(w);
}

/* step: bytes handed over at once. */
static void
turn(struct world *w, size_t step)
{
	struct buf out = BUF_INIT;
	const uint8_t *data;
	ssize_t n;

	h2_take(w->h, &out);
	if (out.len > 0)
		assert_int_equal(nghttp2_session_mem_recv(w->server,
							  (uint8_t *)out.data,
							  out.len),
				 out.len);
	buf_fini(&out);
	while ((n = nghttp2_session_mem_send(w->server, &data)) > 0)
		for (size_t i = 0; i < (size_t)n; i += step)
			h2_feed(w->h, data + i,
				(size_t)n - i < step ? (size_t)n - i : step);
}

static ssize_t
read_body(nghttp2_session *s, int32_t stream, uint8_t *out, size_t size,
	  uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct world *w = arg;
	size_t n = size < w->left ? size : w->left;

	(void)s;
	(void)stream;
	(void)source;
	memset(out, 'x', n);
	w->left -= n;
	if (w->left == 0)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static void
answer(struct world *w, const char *status, size_t len)
{
	nghttp2_nv field[] = {
		{(uint8_t *)(uintptr_t) ":status", (uint8_t *)(uintptr_t)status,
		 7, 3, 0},
	};
	nghttp2_data_provider body = {.read_callback = read_body};

	w->left = len;
	assert_int_equal(nghttp2_submit_response(w->server, 1, field, 1,
						 len > 0 ? &body : NULL),
			 0);
}

static void
interim(struct world *w, const char *status)
{
	nghttp2_nv field[] = {
		{(uint8_t *)(uintptr_t) ":status", (uint8_t *)(uintptr_t)status,
		 7, 3, 0},
	};

	nghttp2_submit_headers(w->server, NGHTTP2_FLAG_NONE, 1, NULL, field, 1,
			       NULL);
	turn(w, SIZE_MAX);
}

static void
begin(struct world *w)
{
	nghttp2_submit_settings(w->server, NGHTTP2_FLAG_NONE, NULL, 0);
	turn(w, SIZE_MAX);
	assert_int_equal(h2_state(w->h), H2_RUNNING);
}

static void
test_request(void **state)
{
	struct world *w = world_new();

	(void)state;
	begin(w);
	assert_string_equal(buf_str(&w->request),
			    ":method=GET\n:scheme=https\n"
			    ":authority=www.example.org\n:path=/x\n"
			    "user-agent=agent\n");
	world_free(w);
}

static void
test_answers(void **state)
{
	static const size_t len[] = {0, 1, 100000, 1000000};
	static const size_t step[] = {SIZE_MAX, 1000, 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(len); i++)
		for (size_t k = 0; k < ARRAY_LEN(step); k++) {
			struct world *w = world_new();

			begin(w);
			interim(w, "103");
			answer(w, "503", len[i]);
			/* The window lets 64 KiB pass at a time. */
			for (int n = 0; n < 100; n++)
				turn(w, step[k]);
			assert_int_equal(h2_state(w->h), H2_DONE);
			assert_int_equal(w->status, 503);
			assert_int_equal(w->n_status, 1);
			assert_int_equal(w->body.len, len[i]);
			world_free(w);
		}
}

static void
test_too_long(void **state)
{
	struct world *w = world_new();

	(void)state;
	begin(w);
	answer(w, "200", H2_BODY_MAX + 1);
	for (int n = 0; n < 10000 && h2_state(w->h) == H2_RUNNING; n++)
		turn(w, SIZE_MAX);
	assert_int_equal(h2_state(w->h), H2_FAILED);
	assert_string_equal(h2_error(w->h), "body too long");
	world_free(w);
}

static void
test_interim_without_end(void **state)
{
	struct world *w = world_new();

	(void)state;
	begin(w);
	for (int i = 0; i < H2_INTERIM_MAX + 1; i++)
		interim(w, "103");
	assert_int_equal(h2_state(w->h), H2_FAILED);
	assert_string_equal(h2_error(w->h), "too many interim answers");
	world_free(w);
}

/* To the library it is the answer's. */
static void
test_status_below_100(void **state)
{
	struct world *w = world_new();

	(void)state;
	begin(w);
	interim(w, "035");
	assert_int_equal(h2_state(w->h), H2_FAILED);
	assert_string_equal(h2_error(w->h), "malformed status");
	assert_int_equal(w->n_status, 0);
	world_free(w);
}

static void
test_reset_and_goaway(void **state)
{
	struct world *w = world_new();

	(void)state;
	begin(w);
	nghttp2_submit_rst_stream(w->server, 0, 1, NGHTTP2_INTERNAL_ERROR);
	turn(w, SIZE_MAX);
	assert_int_equal(h2_state(w->h), H2_FAILED);
	assert_string_equal(h2_error(w->h), "INTERNAL_ERROR");
	world_free(w);
	w = world_new();
	begin(w);
	nghttp2_submit_goaway(w->server, 0, 0, NGHTTP2_ENHANCE_YOUR_CALM, NULL,
			      0);
	turn(w, SIZE_MAX);
	turn(w, SIZE_MAX);
	assert_int_equal(h2_state(w->h), H2_FAILED);
	world_free(w);
}

static void
test_ended_early(void **state)
{
	struct world *w = world_new();

	(void)state;
	begin(w);
	h2_end(w->h);
	assert_int_equal(h2_state(w->h), H2_FAILED);
	assert_string_equal(h2_error(w->h), "ended before the answer");
	world_free(w);
	w = world_new();
	begin(w);
	answer(w, "200", 0);
	turn(w, SIZE_MAX);
	h2_end(w->h); /* all was here */
	assert_int_equal(h2_state(w->h), H2_DONE);
	world_free(w);
}

static void
test_not_http2(void **state)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	struct world *w = world_new();

	(void)state;
	h2_feed(w->h, text, sizeof(text) - 1);
	h2_take(w->h, &w->request);
	assert_int_equal(h2_state(w->h), H2_FAILED);
	assert_non_null(strstr(h2_error(w->h), "expected SETTINGS"));
	h2_feed(w->h, text, sizeof(text) - 1); /* nothing more happens */
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_interim_without_end),
		cmocka_unit_test(test_status_below_100),
		cmocka_unit_test(test_reset_and_goaway),
		cmocka_unit_test(test_ended_early),
		cmocka_unit_test(test_not_http2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
