/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One GET over HTTP/2 (RFC 9113) on a connection of its own: bytes of the
 * server in, bytes for the server out.  The one place that knows libnghttp2.
 * It never touches a socket and never asks whether the answer is the one that
 * was wanted: that is check/http.c.
 *
 *	h = h2_new(&request, &events, arg);
 *	h2_take(h, &out);			send out
 *	h2_feed(h, data, len);			events are called
 *	h2_take(h, &out);			send out
 *	switch (h2_state(h)) ...
 */
#ifndef DUUMVIR_CHECK_H2_H
#define DUUMVIR_CHECK_H2_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct h2;

#define H2_BODY_MAX    ((uint64_t)16 * 1024 * 1024)
#define H2_HEAD_MAX    65536 /* names and values, all blocks together */
#define H2_HEADERS_MAX 256
#define H2_INTERIM_MAX 8      /* 1xx before the answer */
#define H2_FRAMES_MAX  100000 /* of all kinds */

struct h2_request {
	const char *authority; /* the Host of HTTP/1.1 */
	size_t authority_len;
	const char *path;
	size_t path_len;
	const char *user_agent; /* NULL: none is sent */
};

/* Called within h2_feed(): they may not free the h2. */
struct h2_events {
	/* Of the answer, once, before any body. */
	void (*on_status)(void *arg, unsigned int status);
	/* data is gone after the call; len is never 0. */
	void (*on_body)(void *arg, const void *data, size_t len);
};

enum h2_state {
	H2_RUNNING,
	H2_DONE,   /* the whole answer was here */
	H2_FAILED, /* it will never be: h2_error() */
};

/* What the request points to is needed for this call only, events for all. */
struct h2 *h2_new(const struct h2_request *rq, const struct h2_events *events,
		  void *arg);
void h2_free(struct h2 *h);

/* Bytes from the server; nothing happens after the state has left RUNNING. */
void h2_feed(struct h2 *h, const void *data, size_t len);
/* The connection has ended. */
void h2_end(struct h2 *h);
/* Moves what is for the server to the end of out; after each h2_feed(), and
 * before the state is looked at. */
void h2_take(struct h2 *h, struct buf *out);

enum h2_state h2_state(const struct h2 *h);
/* For people: why it failed; never NULL. */
const char *h2_error(const struct h2 *h);

#endif
