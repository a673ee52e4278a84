/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * An HTTP/1 response, taken apart while it arrives (RFC 9112).
 *
 * Pure, and it keeps no text: a line may come in any pieces, bodies are handed
 * on as slices of what was read.  Everything that a server decides has a
 * limit below; what passes one ends as an error that names it.  It never asks
 * whether the answer is the one that was wanted: that is check/http.c.
 */
#ifndef DUUMVIR_CHECK_HTTP_PARSE_H
#define DUUMVIR_CHECK_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_STATUS_LINE_MAX 1024
#define HTTP_LINE_MAX	     16384 /* one header or chunk line */
#define HTTP_HEAD_MAX	     65536 /* all lines before the body */
#define HTTP_HEADERS_MAX     256
#define HTTP_INTERIM_MAX     8 /* 1xx before the answer */
#define HTTP_BODY_MAX	     ((uint64_t)16 * 1024 * 1024)

enum http_error {
	HTTP_ERROR_NONE,
	HTTP_ERROR_STATUS_LINE,	 /* not HTTP, or HTTP/0.9 */
	HTTP_ERROR_HEADER,	 /* no name, no colon */
	HTTP_ERROR_LENGTH,	 /* Content-Length is none, or two */
	HTTP_ERROR_CHUNK,	 /* no chunk where one must be */
	HTTP_ERROR_LINE_LONG,	 /* HTTP_STATUS_LINE_MAX, HTTP_LINE_MAX */
	HTTP_ERROR_HEAD_LONG,	 /* HTTP_HEAD_MAX */
	HTTP_ERROR_HEADERS_MANY, /* HTTP_HEADERS_MAX, HTTP_INTERIM_MAX */
	HTTP_ERROR_BODY_LONG,	 /* HTTP_BODY_MAX */
	HTTP_ERROR_EMPTY,	 /* ended before the first byte */
	HTTP_ERROR_SHORT,	 /* ended before its end */
};

enum http_phase {
	HTTP_PHASE_STATUS,
	HTTP_PHASE_REASON,
	HTTP_PHASE_LINE_START,
	HTTP_PHASE_NAME,
	HTTP_PHASE_VALUE,
	HTTP_PHASE_SKIP_LINE,
	/* from here on the body */
	HTTP_PHASE_CLOSE, /* up to the end of the connection */
	HTTP_PHASE_LENGTH,
	HTTP_PHASE_CHUNK_SIZE,
	HTTP_PHASE_CHUNK_EXT,
	HTTP_PHASE_CHUNK_DATA,
	HTTP_PHASE_CHUNK_END,
	HTTP_PHASE_TRAILER,
	HTTP_PHASE_DONE,
};

struct http_parser {
	uint8_t phase;	   /* enum http_phase */
	uint8_t error;	   /* enum http_error */
	uint8_t status_at; /* what of the status line was seen */
	uint8_t n_interim;
	uint16_t status;
	uint16_t n_headers;
	uint32_t head_len, line_len;
	bool is_chunked, has_length, is_cr;
	uint8_t name_len, value_len;
	char name[20], value[44]; /* of headers that matter */
	uint64_t length;	  /* Content-Length, as announced */
	uint64_t left;		  /* of the body or the chunk */
	uint64_t body_len;	  /* decoded, so far */
	uint64_t raw_len;	  /* of the body as it came */
};

/* Decoded body bytes, within what was passed to http_parse(). */
struct http_slice {
	const char *data;
	size_t len;
};

void http_parser_init(struct http_parser *p);

/*
 * Takes some of the bytes (len not 0) and returns how many; call it again with
 * the rest until http_is_over().  One call takes bytes of the head or of the
 * body, never of both.  body: what of them is body, mostly nothing or all.
 */
size_t http_parse(struct http_parser *p, const void *data, size_t len,
		  struct http_slice *body);
/* The connection has ended. */
void http_parse_end(struct http_parser *p);

static inline bool
http_in_body(const struct http_parser *p)
{
	return p->phase >= HTTP_PHASE_CLOSE && p->phase < HTTP_PHASE_DONE;
}

/* It is complete or will never be: see error. */
static inline bool
http_is_over(const struct http_parser *p)
{
	return p->phase == HTTP_PHASE_DONE || p->error != HTTP_ERROR_NONE;
}

/* For people; never NULL. */
const char *http_error_text(enum http_error e);

#endif
