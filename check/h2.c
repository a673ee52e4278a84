/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One GET over HTTP/2; see h2.h. */
#include "check/h2.h"

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/util.h"

struct h2 {
	nghttp2_session *session;
	const struct h2_events *events;
	void *arg;
	int32_t stream;
	enum h2_state state;
	unsigned int status; /* of the header block that is being read */
	bool has_status;     /* of the answer */
	uint32_t n_frames, n_headers, n_interim;
	size_t head_len;
	uint64_t body_len;
	char note[96]; /* what the library found last */
	char error[96];
};

static void
fail(struct h2 *h, const char *why)
{
	if (h->state != H2_RUNNING)
		return;
	h->state = H2_FAILED;
	(void)snprintf(h->error, sizeof(h->error), "%s", why);
}

/* ---- what comes ---- */

/* Ends the session: it is of no more use. */
static int
give_up(struct h2 *h, const char *why)
{
	fail(h, why);
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame,
	  const uint8_t *name, size_t namelen, const uint8_t *value,
	  size_t valuelen, uint8_t flags, void *arg)
{
	struct h2 *h = arg;

	(void)session;
	(void)flags;
	h->head_len += namelen + valuelen;
	if (++h->n_headers > H2_HEADERS_MAX)
		return give_up(h, "too many headers");
	if (h->head_len > H2_HEAD_MAX)
		return give_up(h, "headers too long");
	/* The library has seen to it that it has three digits. */
	if (frame->hd.stream_id == h->stream && namelen == 7 &&
	    memcmp(name, ":status", 7) == 0 && valuelen == 3)
		h->status = (value[0] - '0') * 100u + (value[1] - '0') * 10u +
			    (value[2] - '0');
	return 0;
}

static int
on_headers_end(struct h2 *h)
{
	unsigned int status = h->status;

	h->status = 0;
	if (status == 0 || h->has_status)
		return 0; /* trailers */
	if (status < 100)
		return give_up(h, "malformed status"); /* RFC 9110, 15 */
	if (status < 200)
		return ++h->n_interim <= H2_INTERIM_MAX
			       ? 0
			       : give_up(h, "too many interim answers");
	h->has_status = true;
	h->events->on_status(h->arg, status);
	return 0;
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct h2 *h = arg;

	(void)session;
	if (++h->n_frames > H2_FRAMES_MAX)
		return give_up(h, "too many frames");
	if (frame->hd.type == NGHTTP2_HEADERS &&
	    frame->hd.stream_id == h->stream)
		return on_headers_end(h);
	return 0;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t stream,
	const uint8_t *data, size_t len, void *arg)
{
	struct h2 *h = arg;

	(void)session;
	(void)flags;
	if (stream != h->stream || len == 0)
		return 0;
	if (!h->has_status)
		return give_up(h, "body before the status");
	h->body_len += len;
	if (h->body_len > H2_BODY_MAX)
		return give_up(h, "body too long");
	h->events->on_body(h->arg, data, len);
	return 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t stream, uint32_t code,
		void *arg)
{
	struct h2 *h = arg;

	(void)session;
	if (stream != h->stream || h->state != H2_RUNNING)
		return 0;
	if (code == NGHTTP2_NO_ERROR && h->has_status)
		h->state = H2_DONE;
	else
		fail(h, h->note[0] != '\0' ? h->note
					   : nghttp2_http2_strerror(code));
	return 0;
}

static int
on_note(nghttp2_session *session, int code, const char *msg, size_t len,
	void *arg)
{
	struct h2 *h = arg;
	size_t n = 0;

	(void)session;
	(void)code;
	/* It may quote the server. */
	for (; n < len && n < sizeof(h->note) - 1; n++)
		h->note[n] = msg[n] >= ' ' && msg[n] <= '~' ? msg[n] : '?';
	h->note[n] = '\0';
	return 0;
}

/* ---- life ---- */

static nghttp2_session *
session_new(struct h2 *h)
{
	nghttp2_session_callbacks *cb;
	nghttp2_option *option;
	nghttp2_session *s = NULL;

	if (nghttp2_session_callbacks_new(&cb) != 0)
		return NULL;
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb,
							       on_stream_close);
	nghttp2_session_callbacks_set_error_callback2(cb, on_note);
	if (nghttp2_option_new(&option) == 0) {
		nghttp2_option_set_max_send_header_block_length(option,
								H2_HEAD_MAX);
		/* 0 is success, else s stays NULL. */
		(void)nghttp2_session_client_new2(&s, cb, h, option);
		nghttp2_option_del(option);
	}
	nghttp2_session_callbacks_del(cb);
	return s;
}

/* The library writes to neither. */
static nghttp2_nv
field(const char *name, const char *value, size_t len)
{
	return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
			    .value = (uint8_t *)(uintptr_t)value,
			    .namelen = strlen(name),
			    .valuelen = len,
			    .flags = NGHTTP2_NV_FLAG_NONE};
}

static int
submit(struct h2 *h, const struct h2_request *rq)
{
	static const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, H2_HEAD_MAX},
	};
	nghttp2_nv fields[5];
	size_t n = 0;
	int r;

	fields[n++] = field(":method", "GET", 3);
	fields[n++] = field(":scheme", "https", 5);
	fields[n++] = field(":authority", rq->authority, rq->authority_len);
	fields[n++] = field(":path", rq->path, rq->path_len);
	if (rq->user_agent != NULL)
		fields[n++] = field("user-agent", rq->user_agent,
				    strlen(rq->user_agent));
	r = nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
				    ARRAY_LEN(settings));
	if (r != 0)
		return r;
	h->stream =
		nghttp2_submit_request(h->session, NULL, fields, n, NULL, NULL);
	return h->stream > 0 ? 0 : h->stream;
}

struct h2 *
h2_new(const struct h2_request *rq, const struct h2_events *events, void *arg)
{
	struct h2 *h = xcalloc(1, sizeof(*h));
	int r = NGHTTP2_ERR_NOMEM;

	h->events = events;
	h->arg = arg;
	h->session = session_new(h);
	if (h->session != NULL)
		r = submit(h, rq);
	if (r != 0)
		fail(h, nghttp2_strerror(r));
	return h;
}

void
h2_free(struct h2 *h)
{
	if (h == NULL)
		return;
	nghttp2_session_del(h->session);
	free(h);
}

/* ---- bytes ---- */

void
h2_feed(struct h2 *h, const void *data, size_t len)
{
	ssize_t n;

	if (h->state != H2_RUNNING)
		return;
	n = nghttp2_session_mem_recv(h->session, data, len);
	if (n < 0)
		fail(h, nghttp2_strerror((int)n));
}

void
h2_end(struct h2 *h)
{
	fail(h, h->has_status ? "ended before the end of the answer"
			      : "ended before the answer");
}

void
h2_take(struct h2 *h, struct buf *out)
{
	const uint8_t *data;
	ssize_t n;

	if (h->session == NULL)
		return;
	while ((n = nghttp2_session_mem_send(h->session, &data)) > 0)
		buf_add(out, data, (size_t)n);
	if (n < 0)
		fail(h, nghttp2_strerror((int)n));
	else if (!nghttp2_session_want_read(h->session))
		fail(h, h->note[0] != '\0' ? h->note : "the session has ended");
}

enum h2_state
h2_state(const struct h2 *h)
{
	return h->state;
}

const char *
h2_error(const struct h2 *h)
{
	return h->error;
}
