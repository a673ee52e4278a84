/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* HTTP/1 responses; see http_parse.h. */
#include "check/http_parse.h"

#include <string.h>

/* Chunk sizes beyond are nonsense, and must not overflow. */
#define CHUNK_DIGITS_MAX 15

void
http_parser_init(struct http_parser *p)
{
	*p = (struct http_parser){.phase = HTTP_PHASE_STATUS};
}

const char *
http_error_text(enum http_error e)
{
	switch (e) {
	case HTTP_ERROR_NONE:
		return "good";
	case HTTP_ERROR_STATUS_LINE:
		return "no HTTP status line";
	case HTTP_ERROR_HEADER:
		return "a line that is no header";
	case HTTP_ERROR_LENGTH:
		return "bad Content-Length";
	case HTTP_ERROR_CHUNK:
		return "bad chunk";
	case HTTP_ERROR_LINE_LONG:
		return "line too long";
	case HTTP_ERROR_HEAD_LONG:
		return "headers of more than 64 KiB";
	case HTTP_ERROR_HEADERS_MANY:
		return "too many headers";
	case HTTP_ERROR_BODY_LONG:
		return "body of more than 16 MiB";
	case HTTP_ERROR_EMPTY:
		return "closed without an answer";
	case HTTP_ERROR_SHORT:
		return "closed before the answer's end";
	}
	return "?";
}

static void
fail(struct http_parser *p, enum http_error e)
{
	p->error = (uint8_t)e;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Up to and with the end of the line, or all. */
static size_t
line_rest(const char *s, size_t len, bool *has_end)
{
	const char *end = memchr(s, '\n', len);

	*has_end = end != NULL;
	return end != NULL ? (size_t)(end - s) + 1 : len;
}

/* ---- the head ---- */

static void
begin_line(struct http_parser *p, enum http_phase phase)
{
	p->phase = (uint8_t)phase;
	p->line_len = 0;
	p->is_cr = false;
}

/* RFC 9112 §6.3: how long the body is. */
static void
on_head_end(struct http_parser *p)
{
	if (p->status < 200) { /* RFC 9110 §15.2 */
		if (p->status == 101 || ++p->n_interim > HTTP_INTERIM_MAX) {
			fail(p, HTTP_ERROR_HEADERS_MANY);
			return;
		}
		p->status = 0;
		p->status_at = 0;
		p->is_chunked = p->has_length = false;
		begin_line(p, HTTP_PHASE_STATUS);
		return;
	}
	if (p->status == 204 || p->status == 304) {
		p->phase = HTTP_PHASE_DONE;
	} else if (p->is_chunked) {
		p->left = 0;
		begin_line(p, HTTP_PHASE_CHUNK_SIZE);
	} else if (p->has_length) {
		p->left = p->length;
		p->phase = p->length == 0 ? HTTP_PHASE_DONE : HTTP_PHASE_LENGTH;
	} else {
		p->phase = HTTP_PHASE_CLOSE;
	}
}

/* "HTTP/1.1 200", one byte; status_at counts what was seen of it. */
static void
on_status_byte(struct http_parser *p, char c)
{
	static const char start[] = "HTTP/";
	uint8_t at = p->status_at++;

	if (at < 5) {
		if (c != start[at])
			fail(p, HTTP_ERROR_STATUS_LINE);
	} else if (at == 5 || at == 7) {
		if (!is_digit(c))
			fail(p, HTTP_ERROR_STATUS_LINE);
	} else if (at == 6 && c == ' ') { /* HTTP/2 200, said by some proxies */
		p->status_at = 9;
	} else if (at == 6) {
		if (c != '.')
			fail(p, HTTP_ERROR_STATUS_LINE);
	} else if (at == 8) {
		if (c != ' ')
			fail(p, HTTP_ERROR_STATUS_LINE);
	} else if (at < 12) {
		if (!is_digit(c))
			fail(p, HTTP_ERROR_STATUS_LINE);
		p->status = (uint16_t)(p->status * 10 + (c - '0'));
	}
}

static size_t
on_status(struct http_parser *p, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len && p->status_at < 12; i++) {
		on_status_byte(p, s[i]);
		if (p->error != HTTP_ERROR_NONE)
			return i + 1;
	}
	if (i == len)
		return i;
	/* The code's end; a reason after it is for people. */
	if (p->status < 100 || (s[i] != ' ' && s[i] != '\r' && s[i] != '\n'))
		fail(p, HTTP_ERROR_STATUS_LINE);
	else
		p->phase = HTTP_PHASE_REASON;
	return i;
}

static size_t
on_skip_line(struct http_parser *p, const char *s, size_t len)
{
	bool has_end;
	size_t n = line_rest(s, len, &has_end);

	if (has_end)
		begin_line(p, HTTP_PHASE_LINE_START);
	return n;
}

static size_t
on_line_start(struct http_parser *p, const char *s)
{
	if (*s == '\n') {
		on_head_end(p);
		return 1;
	}
	if (p->is_cr) {
		fail(p, HTTP_ERROR_HEADER);
		return 1;
	}
	if (*s == '\r') {
		p->is_cr = true;
		return 1;
	}
	if (*s == ' ' || *s == '\t') { /* folded; what matters never is */
		p->phase = HTTP_PHASE_SKIP_LINE;
		return 1;
	}
	if (++p->n_headers > HTTP_HEADERS_MAX) {
		fail(p, HTTP_ERROR_HEADERS_MANY);
		return 1;
	}
	p->name_len = p->value_len = 0;
	p->phase = HTTP_PHASE_NAME;
	return 0;
}

static bool
name_is(const struct http_parser *p, const char *name)
{
	size_t len = strlen(name);

	return p->name_len == len && memcmp(p->name, name, len) == 0;
}

static size_t
on_name(struct http_parser *p, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\r' || s[i] == '\n' ||
		    (s[i] == ':' && p->name_len == 0)) {
			fail(p, HTTP_ERROR_HEADER);
			return i + 1;
		}
		if (s[i] == ':') {
			p->phase =
				name_is(p, "content-length") ||
						name_is(p, "transfer-encoding")
					? HTTP_PHASE_VALUE
					: HTTP_PHASE_SKIP_LINE;
			return i + 1;
		}
		if (p->name_len < sizeof(p->name))
			p->name[p->name_len++] = to_lower(s[i]);
	}
	return len;
}

static void
take_length(struct http_parser *p)
{
	uint64_t n = 0;

	for (uint8_t i = 0; i < p->value_len; i++) {
		if (!is_digit(p->value[i]) || n > UINT64_MAX / 10 - 1) {
			fail(p, HTTP_ERROR_LENGTH);
			return;
		}
		n = n * 10 + (uint64_t)(p->value[i] - '0');
	}
	if (p->value_len == 0 || (p->has_length && n != p->length)) {
		fail(p, HTTP_ERROR_LENGTH);
		return;
	}
	p->has_length = true;
	p->length = n;
}

static void
take_value(struct http_parser *p)
{
	static const char chunked[] = "chunked";
	size_t len = sizeof(chunked) - 1;

	while (p->value_len > 0 && (p->value[p->value_len - 1] == ' ' ||
				    p->value[p->value_len - 1] == '\t'))
		p->value_len--;
	if (name_is(p, "content-length"))
		take_length(p);
	else /* the last coding frames the body */
		p->is_chunked = p->value_len >= len &&
				memcmp(p->value + p->value_len - len, chunked,
				       len) == 0;
}

static size_t
on_value(struct http_parser *p, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\n') {
			take_value(p);
			begin_line(p, HTTP_PHASE_LINE_START);
			return i + 1;
		}
		if (s[i] == '\r' ||
		    (p->value_len == 0 && (s[i] == ' ' || s[i] == '\t')))
			continue;
		if (p->value_len == sizeof(p->value)) {
			fail(p, HTTP_ERROR_HEADER);
			return i + 1;
		}
		p->value[p->value_len++] = to_lower(s[i]);
	}
	return len;
}

static size_t
parse_head(struct http_parser *p, const char *s, size_t len)
{
	switch (p->phase) {
	case HTTP_PHASE_STATUS:
		return on_status(p, s, len);
	case HTTP_PHASE_LINE_START:
		return on_line_start(p, s);
	case HTTP_PHASE_NAME:
		return on_name(p, s, len);
	case HTTP_PHASE_VALUE:
		return on_value(p, s, len);
	default:
		return on_skip_line(p, s, len);
	}
}

/* A line that ended is none: the next one begins with nothing. */
static void
count_line(struct http_parser *p, const char *s, size_t n)
{
	if (n > 0 && s[n - 1] != '\n')
		p->line_len += (uint32_t)n;
}

/* The longest line of that phase. */
static uint32_t
line_max(enum http_phase phase)
{
	bool is_status =
		phase == HTTP_PHASE_STATUS || phase == HTTP_PHASE_REASON;

	return is_status ? HTTP_STATUS_LINE_MAX : HTTP_LINE_MAX;
}

/* How many of len bytes to look at: no more than one that is too many for the
 * line or the head, so that the error is the same however they are cut. */
static size_t
line_room(const struct http_parser *p, size_t len)
{
	size_t line = line_max(p->phase) + 1 - p->line_len;
	size_t head = HTTP_HEAD_MAX + 1 - (size_t)p->head_len;

	if (!http_in_body(p) && head < line)
		line = head;
	return len < line ? len : line;
}

/* Counts what was taken against the limits of the head. */
static void
count_head(struct http_parser *p, enum http_phase was, const char *s, size_t n)
{
	p->head_len += (uint32_t)n;
	count_line(p, s, n);
	if (p->error != HTTP_ERROR_NONE)
		return;
	if (p->line_len > line_max(was))
		fail(p, HTTP_ERROR_LINE_LONG);
	else if (p->head_len > HTTP_HEAD_MAX)
		fail(p, HTTP_ERROR_HEAD_LONG);
}

/* ---- the body ---- */

static size_t
take_body(struct http_parser *p, const char *s, size_t len,
	  struct http_slice *body)
{
	uint64_t left = HTTP_BODY_MAX - p->body_len;

	if (len > left) {
		fail(p, HTTP_ERROR_BODY_LONG);
		len = (size_t)left;
	}
	*body = (struct http_slice){s, len};
	p->body_len += len;
	return len;
}

static size_t
on_counted(struct http_parser *p, const char *s, size_t len,
	   struct http_slice *body)
{
	size_t n = take_body(p, s, len < p->left ? len : (size_t)p->left, body);

	p->left -= n;
	if (p->left == 0 && p->phase == HTTP_PHASE_LENGTH)
		p->phase = HTTP_PHASE_DONE;
	else if (p->left == 0)
		begin_line(p, HTTP_PHASE_CHUNK_END);
	return n;
}

static int
hex_value(char c)
{
	c = to_lower(c);
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t
on_chunk_size(struct http_parser *p, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int digit = hex_value(s[i]);

		if (digit < 0 || p->line_len + i == CHUNK_DIGITS_MAX) {
			if (digit >= 0 || p->line_len + i == 0)
				fail(p, HTTP_ERROR_CHUNK);
			p->phase = HTTP_PHASE_CHUNK_EXT;
			return i;
		}
		p->left = p->left * 16 + (uint64_t)digit;
	}
	return len;
}

static size_t
on_chunk_ext(struct http_parser *p, const char *s, size_t len)
{
	bool has_end;
	size_t n = line_rest(s, len, &has_end);

	if (has_end)
		begin_line(p, p->left == 0 ? HTTP_PHASE_TRAILER
					   : HTTP_PHASE_CHUNK_DATA);
	return n;
}

static size_t
on_chunk_end(struct http_parser *p, const char *s)
{
	if (*s == '\n')
		begin_line(p, HTTP_PHASE_CHUNK_SIZE);
	else if (*s != '\r' || p->is_cr)
		fail(p, HTTP_ERROR_CHUNK);
	p->is_cr = *s == '\r';
	return 1;
}

/* Lines up to an empty one; what they say does not matter. */
static size_t
on_trailer(struct http_parser *p, const char *s, size_t len)
{
	bool has_end;
	size_t n = line_rest(s, len, &has_end);
	size_t text = n - (has_end ? 1 : 0);

	if (has_end && (p->line_len + text == 0 ||
			(p->line_len + text == 1 &&
			 (text == 0 ? p->is_cr : *s == '\r')))) {
		p->phase = HTTP_PHASE_DONE;
		return n;
	}
	if (p->line_len == 0 && text > 0)
		p->is_cr = *s == '\r';
	if (has_end && ++p->n_headers > HTTP_HEADERS_MAX)
		fail(p, HTTP_ERROR_HEADERS_MANY);
	if (has_end)
		begin_line(p, HTTP_PHASE_TRAILER);
	return n;
}

static size_t
parse_body(struct http_parser *p, const char *s, size_t len,
	   struct http_slice *body)
{
	switch (p->phase) {
	case HTTP_PHASE_CLOSE:
		return take_body(p, s, len, body);
	case HTTP_PHASE_CHUNK_SIZE:
		return on_chunk_size(p, s, line_room(p, len));
	case HTTP_PHASE_CHUNK_EXT:
		return on_chunk_ext(p, s, line_room(p, len));
	case HTTP_PHASE_CHUNK_END:
		return on_chunk_end(p, s);
	case HTTP_PHASE_TRAILER:
		return on_trailer(p, s, line_room(p, len));
	default:
		return on_counted(p, s, len, body);
	}
}

static void
count_body(struct http_parser *p, enum http_phase was, const char *s, size_t n)
{
	p->raw_len += n;
	if (was != HTTP_PHASE_CHUNK_DATA && was != HTTP_PHASE_LENGTH &&
	    was != HTTP_PHASE_CLOSE)
		count_line(p, s, n);
	if (p->error != HTTP_ERROR_NONE)
		return;
	if (p->line_len > HTTP_LINE_MAX)
		fail(p, HTTP_ERROR_LINE_LONG);
	else if (p->raw_len > 2 * HTTP_BODY_MAX) /* mostly chunk lines */
		fail(p, HTTP_ERROR_BODY_LONG);
}

size_t
http_parse(struct http_parser *p, const void *data, size_t len,
	   struct http_slice *body)
{
	enum http_phase was = p->phase;
	const char *s = data;
	size_t n = 0, taken;

	*body = (struct http_slice){s, 0};
	if (http_in_body(p)) {
		n = parse_body(p, s, len, body);
		count_body(p, was, s, n);
		return n;
	}
	while (n < len && !http_is_over(p) && !http_in_body(p)) {
		was = p->phase;
		taken = parse_head(p, s + n, line_room(p, len - n));
		count_head(p, was, s + n, taken);
		n += taken;
	}
	return n;
}

void
http_parse_end(struct http_parser *p)
{
	if (http_is_over(p))
		return;
	if (p->phase == HTTP_PHASE_CLOSE)
		p->phase = HTTP_PHASE_DONE;
	else
		fail(p, p->head_len == 0 ? HTTP_ERROR_EMPTY : HTTP_ERROR_SHORT);
}
