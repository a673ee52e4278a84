/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * HTTP_GET and SSL_GET: a server is up when each of its urls answers with a
 * good status, and with the digest and the pattern that were asked for.
 *
 * One attempt is one url.  While the server is up each attempt has its own
 * verdict and the next one asks the next url.  What is not known or down must
 * answer for all of them in a row, from the first: until then an attempt that
 * passes is a part only.  A url that failed is asked again until it passes.
 * That is keepalived's order and pacing.
 *
 * What is asked is shared by all servers that are asked the same (terms.h), but
 * for the host of a request; what an attempt needs beyond the connection is one
 * block that lives as long as it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check/checkers.h"
#include "check/conn.h"
#include "check/h2.h"
#include "check/http_data.h"
#include "check/http_parse.h"
#include "check/http_request.h"
#include "check/name.h"
#include "check/regex.h"
#include "check/tls_param.h"
#include "lib/buf.h"
#include "lib/util.h"

/* What a pattern may see of a body. */
#define WINDOW_MAX ((size_t)1024 * 1024)

/* What one attempt knows of the answer. */
struct answer {
	struct http_parser parser;
	struct md5 digest, raw; /* raw: with the chunks' lines */
	struct buf window;
	struct h2 *h2;	/* HTTP/2; then it moves the parser */
	bool is_judged; /* the window was full, found says what was in it */
	enum regex_result found;
};

/* ---- the urls in their order ---- */

static const struct http_common *
common_of(const struct probe *p)
{
	return p->key.terms->common;
}

static const struct url *
url_now(const struct probe *p)
{
	const struct http *h = p->data;

	return &common_of(p)->url[h->at];
}

/* What passed last says for which of its virtues, as keepalived does. */
static void
log_part(const struct probe *p, const struct url *u)
{
	char name[SERVER_NAME_LEN];
	const char *what = "HTTP status code";

	if (p->health.state != HEALTH_DOWN)
		return;
	if (u->regex != NULL)
		what = "Regex match";
	else if (u->has_digest)
		what = "MD5 digest";
	log_info("%s success to %s url(%.*s)", what,
		 server_name(&p->key.connect, IPPROTO_TCP, name),
		 (int)u->path_len, u->request + sizeof("GET ") - 1);
}

static void
on_passed(struct probe *p, monotime_t now)
{
	struct check_result r = {.reason = REASON_NONE};
	struct http *h = p->data;

	log_part(p, url_now(p));
	if (p->health.state == HEALTH_UP)
		h->is_round = false;
	if (!h->is_round && p->health.state == HEALTH_DOWN) {
		/* What had failed is well again: now all of them. */
		h->is_round = true;
		h->n_passed = h->at = 0;
	} else {
		h->at = (uint16_t)((h->at + 1) % common_of(p)->n_urls);
		h->n_passed++;
		if (!h->is_round || h->n_passed == common_of(p)->n_urls) {
			h->n_passed = 0; /* should it stay down (rise) */
			stream_fill_result(&h->stream, &r);
			probe_result(p, &r, now);
			return;
		}
	}
	probe_continue(p,
		       common_of(p)->fast_recovery
			       ? 0
			       : p->key.terms->params.delay_loop,
		       now);
}

static void
on_failed(struct probe *p, struct check_result *r, monotime_t now)
{
	struct http *h = p->data;
	const struct url *u = url_now(p);
	size_t len = strlen(r->detail);

	if (common_of(p)->n_urls > 1)
		(void)snprintf(r->detail + len, sizeof(r->detail) - len,
			       "%surl %.*s", len > 0 ? ", " : "",
			       (int)u->path_len, u->request + 4);
	stream_fill_result(&h->stream, r);
	probe_result(p, r, now);
}

/* ---- judging an answer ---- */

static bool
is_good_status(const struct url *u, uint16_t status)
{
	return status / 64 < ARRAY_LEN(u->status_code) &&
	       (u->status_code[status / 64] >> (status % 64) & 1) != 0;
}

/* True if the body is the one that was asked for.  keepalived digests what a
 * chunked body looks like on the wire, so that may be it as well. */
static bool
is_good_digest(const struct url *u, struct answer *a, struct check_result *r)
{
	uint8_t is[DIGEST_LEN], raw[DIGEST_LEN];
	char text[DIGEST_STR_LEN];

	md5_end(&a->digest, is);
	md5_end(&a->raw, raw);
	if (memcmp(is, u->digest, sizeof(is)) == 0 ||
	    (a->parser.is_chunked && memcmp(raw, u->digest, sizeof(raw)) == 0))
		return true;
	r->reason = REASON_HTTP_DIGEST;
	(void)snprintf(r->detail, sizeof(r->detail), "%s", md5_print(is, text));
	return false;
}

static enum regex_result
search(const struct url *u, const struct answer *a, bool is_part)
{
	struct regex_subject s = {.data = buf_str(&a->window),
				  .len = a->window.len,
				  .min = u->regex_min,
				  .max = u->regex_max,
				  .memory = u->regex_memory,
				  .is_part = is_part};

	return regex_match(u->regex, &s);
}

static bool
is_good_text(const struct url *u, const struct answer *a,
	     struct check_result *r)
{
	enum regex_result found = a->is_judged ? a->found : search(u, a, false);

	if (found == REGEX_LIMIT) {
		r->reason = REASON_HTTP_REGEX_LIMIT;
		return false;
	}
	if ((found == REGEX_FOUND) == !u->no_match)
		return true;
	r->reason = u->no_match ? REASON_HTTP_REGEX_FOUND
				: REASON_HTTP_REGEX_MISSING;
	return false;
}

static void
parse_failed(const struct answer *a, struct check_result *r)
{
	bool is_of_h2 = a->h2 != NULL && h2_state(a->h2) == H2_FAILED;

	switch ((enum http_error)a->parser.error) {
	case HTTP_ERROR_LINE_LONG:
	case HTTP_ERROR_HEAD_LONG:
	case HTTP_ERROR_HEADERS_MANY:
	case HTTP_ERROR_BODY_LONG:
		r->reason = REASON_ANSWER_LONG;
		break;
	case HTTP_ERROR_EMPTY:
	case HTTP_ERROR_SHORT:
		r->reason = REASON_ANSWER_CUT;
		break;
	case HTTP_ERROR_NONE:
	case HTTP_ERROR_STATUS_LINE:
	case HTTP_ERROR_HEADER:
	case HTTP_ERROR_LENGTH:
	case HTTP_ERROR_CHUNK:
		r->reason = REASON_ANSWER_MALFORMED;
		break;
	}
	(void)snprintf(r->detail, sizeof(r->detail), "%s",
		       is_of_h2 ? h2_error(a->h2)
				: http_error_text(a->parser.error));
}

/* The answer is complete, or never will be. */
static void
judge(struct probe *p, monotime_t now)
{
	struct http *h = p->data;
	const struct url *u = url_now(p);
	struct answer *a = h->answer;
	struct check_result r = {.reason = REASON_NONE};
	bool is_good = false;

	if (a->parser.error != HTTP_ERROR_NONE) {
		parse_failed(a, &r);
	} else if (!is_good_status(u, a->parser.status)) {
		r.reason = REASON_HTTP_STATUS;
		(void)snprintf(r.detail, sizeof(r.detail), "status %u",
			       a->parser.status);
	} else {
		is_good = (!u->has_digest || is_good_digest(u, a, &r)) &&
			  (u->regex == NULL || is_good_text(u, a, &r));
	}
	if (is_good)
		on_passed(p, now);
	else
		on_failed(p, &r, now);
}

/* ---- one attempt ---- */

/* False: more than a pattern may see, and what it saw did not settle it. */
static bool
window_add(const struct url *u, struct answer *a, const struct http_slice *b)
{
	size_t room = WINDOW_MAX - a->window.len;

	if (a->is_judged)
		return true;
	buf_add(&a->window, b->data, b->len < room ? b->len : room);
	if (b->len <= room)
		return true;
	a->found = search(u, a, true);
	a->is_judged = true;
	buf_fini(&a->window);
	a->window = BUF_INIT;
	return a->found == REGEX_FOUND;
}

static bool
take_body(const struct url *u, struct answer *a, const struct http_slice *b)
{
	if (b->len == 0)
		return true;
	if (u->has_digest)
		md5_add(&a->digest, b->data, b->len);
	return u->regex == NULL || window_add(u, a, b);
}

/* ---- the same over HTTP/2 ---- */

static void
on_h2_status(void *arg, unsigned int status)
{
	const struct probe *p = arg;
	struct http *h = p->data;

	h->answer->parser.status = (uint16_t)status;
	h->answer->parser.head_len = 1;
	h->answer->parser.phase = HTTP_PHASE_CLOSE;
}

static void
on_h2_body(void *arg, const void *data, size_t len)
{
	const struct probe *p = arg;
	struct http *h = p->data;
	struct answer *a = h->answer;
	struct http_slice body = {data, len};

	a->parser.body_len += len;
	if (!take_body(url_now(p), a, &body))
		a->parser.error = HTTP_ERROR_BODY_LONG;
}

/* What is to be said is sent, what is over is judged. */
static void
h2_turn(struct probe *p, monotime_t now)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT;
	struct http *h = p->data;
	struct answer *a = h->answer;

	h2_take(a->h2, &out);
	if (h2_state(a->h2) == H2_DONE)
		a->parser.phase = HTTP_PHASE_DONE;
	else if (h2_state(a->h2) == H2_FAILED)
		a->parser.error = a->parser.head_len > 0
					  ? HTTP_ERROR_SHORT
					  : HTTP_ERROR_STATUS_LINE;
	if (http_is_over(&a->parser))
		judge(p, now);
	else if (out.len > 0)
		stream_send(&h->stream, p, out.data, out.len, now);
}

/* The request as it is sent, with its host. */
struct request {
	const char *text;
	size_t len, host_len;
};

static void
h2_begin(struct probe *p, const struct request *q, monotime_t now)
{
	static const struct h2_events events = {on_h2_status, on_h2_body};
	struct http *h = p->data;
	struct h2_request rq = {
		.authority =
			q->text + q->len - q->host_len - strlen("\r\n\r\n"),
		.authority_len = q->host_len,
		.path = q->text + strlen("GET "),
		.path_len = url_now(p)->path_len,
		.user_agent = HTTP_USER_AGENT,
	};

	h->answer->h2 = h2_new(&rq, &events, p);
	h2_turn(p, now);
}

/* ---- what comes ---- */

static void
on_open(struct probe *p, monotime_t now)
{
	CLEANUP(buf_fini) struct buf own = BUF_INIT;
	struct http *h = p->data;
	const struct http_common *c = common_of(p);
	const struct url *u = url_now(p);
	struct request q = {u->request, u->request_len, u->host_len};

	if (!u->has_host) {
		buf_add(&own, u->request, u->request_len);
		q.host_len = http_request_host(NULL, &p->key.connect, &own);
		q.text = buf_str(&own);
		q.len = own.len;
	}
	if (c->tls != NULL && c->tls->wants_h2)
		h2_begin(p, &q, now);
	else
		stream_send(&h->stream, p, q.text, q.len, now);
}

static void
on_data(struct probe *p, const void *data, size_t len, monotime_t now)
{
	struct http *h = p->data;
	struct answer *a = h->answer;
	const struct url *u = url_now(p);
	const char *s = data;
	struct http_slice body;
	size_t n;

	if (a->h2 != NULL) {
		h2_feed(a->h2, data, len);
		h2_turn(p, now);
		return;
	}
	while (len > 0 && !http_is_over(&a->parser)) {
		bool is_body = http_in_body(&a->parser);

		n = http_parse(&a->parser, s, len, &body);
		if (is_body && u->has_digest && a->parser.is_chunked)
			md5_add(&a->raw, s, n);
		if (!take_body(u, a, &body))
			a->parser.error = HTTP_ERROR_BODY_LONG;
		s += n;
		len -= n;
	}
	if (http_is_over(&a->parser))
		judge(p, now);
}

static void
on_end(struct probe *p, monotime_t now)
{
	struct http *h = p->data;

	if (h->answer->h2 != NULL) {
		h2_end(h->answer->h2);
		h2_turn(p, now);
		return;
	}
	http_parse_end(&h->answer->parser);
	judge(p, now);
}

static const struct stream_user user = {
	.on_open = on_open,
	.on_data = on_data,
	.on_end = on_end,
};

static void
http_start(struct probe *p, monotime_t now)
{
	struct http *h = p->data;

	if (p->health.n_failed != h->n_failed) { /* not all in a row */
		h->n_failed = p->health.n_failed;
		h->is_round = false;
		h->n_passed = 0;
	}
	h->answer = xcalloc(1, sizeof(*h->answer));
	http_parser_init(&h->answer->parser);
	md5_init(&h->answer->digest);
	md5_init(&h->answer->raw);
	if (common_of(p)->tls == NULL)
		stream_start(&h->stream, p, &user, now);
	else
		stream_start_tls(
			&h->stream, p, &user,
			&(struct tls_want){.param = common_of(p)->tls,
					   .sni = url_now(p)->sni,
					   .is_compliant =
						   url_now(p)->tls_compliant},
			now);
}

static void
http_io(struct probe *p, int what, monotime_t now)
{
	struct http *h = p->data;

	stream_io(&h->stream, p, what, now);
}

static void
http_stop(struct probe *p)
{
	struct http *h = p->data;

	stream_stop(&h->stream, p);
	buf_fini(&h->answer->window);
	h2_free(h->answer->h2);
	free(h->answer);
	h->answer = NULL;
}

static void
http_timeout(struct probe *p, monotime_t now)
{
	struct check_result r = {.reason = REASON_TIMEOUT};
	const struct http *h = p->data;
	const struct http_parser *a = &h->answer->parser;

	if (!h->stream.is_open)
		str_fill(r.detail, sizeof(r.detail),
			 common_of(p)->tls != NULL ? "connecting, with TLS"
						   : "connecting");
	else if (a->head_len == 0)
		str_fill(r.detail, sizeof(r.detail), "no answer");
	else if (!http_in_body(a))
		str_fill(r.detail, sizeof(r.detail), "in the headers");
	else
		(void)snprintf(r.detail, sizeof(r.detail),
			       "after %" PRIu64 " bytes of body", a->body_len);
	on_failed(p, &r, now);
}

/* ---- words ---- */

static void
http_phrase(const struct probe *p, const char *server,
	    char text[static CHECK_PHRASE_LEN])
{
	const char *what = "Connection failed";

	switch (p->health.last) {
	case REASON_HTTP_STATUS:
	case REASON_ANSWER_MALFORMED:
		what = "HTTP status code error to";
		break;
	case REASON_HTTP_DIGEST:
		what = "MD5 digest error to";
		break;
	case REASON_HTTP_REGEX_MISSING:
	case REASON_HTTP_REGEX_FOUND:
	case REASON_HTTP_REGEX_LIMIT:
		what = "Regex match failed";
		break;
	case REASON_ANSWER_CUT:
	case REASON_ANSWER_LONG:
		what = "Read, no data received from ";
		break;
	case REASON_RESET:
		what = "Read error with";
		break;
	case REASON_TIMEOUT:
		what = "Timeout HTTP read";
		break;
	default:
		break;
	}
	(void)snprintf(text, CHECK_PHRASE_LEN, "%s server %s.", what, server);
}

#define OPS(t)                                                                 \
	{                                                                      \
		.type = t, .name = "HTTP_CHECK", .label = "Remote Web server", \
		.success = "succeed on service.", .protocol = IPPROTO_TCP,     \
		.key = http_key, .data_new = http_data_new,                    \
		.data_free = http_data_free, .common_new = http_common_new,    \
		.common_free = http_common_free, .start = http_start,          \
		.io = http_io, .on_sock = conn_on_sock, .stop = http_stop,     \
		.timeout = http_timeout, .phrase = http_phrase                 \
	}

const struct checker_ops http_checker_ops = OPS(CHECKER_HTTP);
const struct checker_ops ssl_checker_ops = OPS(CHECKER_SSL);
