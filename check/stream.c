/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Byte streams of probes; see stream.h. */
#include "check/stream.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "check/conn.h"

/* Read in one turn of one probe. */
#define CHUNK_BYTES 16384
#define CHUNKS_MAX  4
/* What a checker may have waiting to be sent. */
#define OUT_MAX 65536

void
stream_start(struct stream *s, struct probe *p, const struct stream_user *user,
	     monotime_t now)
{
	*s = (struct stream){.user = user};
	conn_start(p, SOCK_STREAM, now);
}

void
stream_start_tls(struct stream *s, struct probe *p,
		 const struct stream_user *user, const struct tls_want *want,
		 monotime_t now)
{
	struct check_result why;

	*s = (struct stream){.user = user, .want = *want};
	if (tls_is_ready(p->probes->tls, want, &why))
		conn_start(p, SOCK_STREAM, now);
	else
		probe_result(p, &why, now);
}

/* 0, or the attempt has ended. */
static int
watch(struct probe *p, int what, monotime_t now)
{
	int r = pollset_mod(p->probes->poll, p->fd, what, &p->poll);

	if (r < 0)
		probe_done(p, check_reason_local(-r, false), now);
	return r;
}

static bool
is_later(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* The peer or the network ended it. */
static void
fail(const struct stream *s, struct probe *p, enum check_reason reason,
     monotime_t now)
{
	struct check_result r = {.reason = reason};

	if (s->tls != NULL && !s->is_open)
		(void)snprintf(r.detail, sizeof(r.detail),
			       "during the TLS handshake");
	probe_result(p, &r, now);
}

/* Sends what waits; 0, or the attempt has ended. */
static int
flush(struct stream *s, struct probe *p, monotime_t now)
{
	ssize_t n;

	while (s->n_sent < s->out.len) {
		n = send(p->fd, s->out.data + s->n_sent, s->out.len - s->n_sent,
			 MSG_NOSIGNAL);
		if (n < 0 && is_later(errno))
			return watch(p, EVENT_READ | EVENT_WRITE, now);
		if (n < 0) {
			fail(s, p, check_reason_remote(errno), now);
			return -1;
		}
		s->n_sent += (size_t)n;
	}
	buf_reset(&s->out);
	s->n_sent = 0;
	return watch(p, EVENT_READ, now);
}

/*
 * Without a copy, what the kernel takes at once: mostly all.  Whatever goes
 * wrong, flush() meets again, with the rest.  (A watched connection without
 * anything to send is watched for reading already.)
 */
static size_t
send_first(const struct stream *s, const struct probe *p, const void *data,
	   size_t len)
{
	ssize_t n;

	if (s->out.len > 0)
		return 0;
	n = send(p->fd, data, len, MSG_NOSIGNAL);
	return n > 0 ? (size_t)n : 0;
}

void
stream_send(struct stream *s, struct probe *p, const void *data, size_t len,
	    monotime_t now)
{
	struct check_result why;

	if (s->out.len + len > OUT_MAX) {
		probe_done(p, REASON_LOCAL_MEMORY, now);
		return;
	}
	if (s->tls == NULL) {
		size_t n = send_first(s, p, data, len);

		if (n == len)
			return;
		buf_add(&s->out, (const char *)data + n, len - n);
	} else if (tls_link_write(s->tls, data, len, &why) == 0) {
		tls_link_take(s->tls, &s->out);
	} else {
		probe_result(p, &why, now);
		return;
	}
	(void)flush(s, p, now); /* a failure has ended the attempt */
}

static bool
is_over(const struct probe *p, const struct stream *s)
{
	return p->phase != PROBE_RUNNING || s->user == NULL;
}

/* ---- TLS ---- */

/* What TLS still has to say (an alert), before the connection is closed: it
 * goes now or never. */
static void
last_words(struct stream *s, const struct probe *p)
{
	tls_link_take(s->tls, &s->out);
	if (p->fd >= 0 && s->n_sent < s->out.len)
		(void)send(p->fd, s->out.data + s->n_sent,
			   s->out.len - s->n_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_reset(&s->out);
	s->n_sent = 0;
}

/* One step; the attempt may have ended after it. */
static void
shake_hands(struct stream *s, struct probe *p, monotime_t now)
{
	struct check_result why;
	int r = tls_link_handshake(s->tls, &why);

	if (r < 0 && r != -EAGAIN) {
		last_words(s, p);
		probe_result(p, &why, now);
		return;
	}
	tls_link_take(s->tls, &s->out);
	if (flush(s, p, now) < 0 || r == -EAGAIN)
		return;
	s->is_open = true;
	s->user->on_open(p, now);
}

/* As much as there is: no more than what was fed. */
static void
read_clear(struct stream *s, struct probe *p, monotime_t now)
{
	char clear[CHUNK_BYTES];
	struct check_result why;
	int n;

	while ((n = tls_link_read(s->tls, clear, sizeof(clear), &why)) > 0) {
		s->user->on_data(p, clear, (size_t)n, now);
		if (is_over(p, s))
			return;
	}
	if (n == 0) {
		s->user->on_end(p, now);
	} else if (n != -EAGAIN) {
		last_words(s, p);
		probe_result(p, &why, now);
	} else {
		tls_link_take(s->tls, &s->out);
		if (s->n_sent < s->out.len)
			(void)flush(s, p, now); /* a failure has ended it */
	}
}

static void
on_sealed(struct stream *s, struct probe *p, const void *data, size_t len,
	  monotime_t now)
{
	tls_link_feed(s->tls, data, len);
	if (!s->is_open)
		shake_hands(s, p, now);
	if (!is_over(p, s) && s->is_open)
		read_clear(s, p, now);
}

static void
start_tls(struct stream *s, struct probe *p, monotime_t now)
{
	struct check_result why;

	s->tls = tls_link_new(p->probes->tls, &s->want, &why);
	if (s->tls == NULL)
		probe_result(p, &why, now);
	else
		shake_hands(s, p, now);
}

/* ---- what comes ---- */

static void
on_eof(struct stream *s, struct probe *p, monotime_t now)
{
	if (s->is_open)
		s->user->on_end(p, now);
	else
		probe_done(p, REASON_TLS_CLOSED, now);
}

static void
read_some(struct stream *s, struct probe *p, monotime_t now)
{
	static const int flags = MSG_DONTWAIT;
	char chunk[CHUNK_BYTES];
	ssize_t n;

	for (int i = 0; i < CHUNKS_MAX; i++) {
		n = recv(p->fd, chunk, sizeof(chunk), flags);
		if (n < 0 && is_later(errno))
			return;
		if (n < 0) {
			fail(s, p, check_reason_remote(errno), now);
			return;
		}
		if (n == 0) {
			on_eof(s, p, now);
			return;
		}
		if (s->tls == NULL)
			s->user->on_data(p, chunk, (size_t)n, now);
		else
			on_sealed(s, p, chunk, (size_t)n, now);
		if (is_over(p, s) || (size_t)n < sizeof(chunk))
			return;
	}
}

static void
on_connected(struct stream *s, struct probe *p, int what, monotime_t now)
{
	enum check_reason r = conn_result(p, what);

	if (r != REASON_NONE) {
		probe_done(p, r, now);
		return;
	}
	s->is_connected = true;
	if (s->want.param != NULL) {
		start_tls(s, p, now);
		return;
	}
	s->is_open = true;
	if (watch(p, EVENT_READ, now) == 0)
		s->user->on_open(p, now);
}

void
stream_io(struct stream *s, struct probe *p, int what, monotime_t now)
{
	if (!s->is_connected) {
		on_connected(s, p, what, now);
		return;
	}
	if ((what & EVENT_WRITE) != 0 && s->n_sent < s->out.len &&
	    flush(s, p, now) < 0)
		return;
	if ((what & (EVENT_READ | POLLSET_ERROR)) != 0)
		read_some(s, p, now);
}

void
stream_fill_result(const struct stream *s, struct check_result *r)
{
	int32_t days;

	if (s->tls == NULL || !tls_link_days(s->tls, &days))
		return;
	r->has_value = true;
	r->value = days;
}

void
stream_stop(struct stream *s, struct probe *p)
{
	if (s->tls != NULL) {
		tls_link_close(s->tls);
		last_words(s, p);
	}
	conn_stop(p);
	tls_link_free(s->tls);
	s->tls = NULL;
	buf_fini(&s->out);
	s->n_sent = 0;
	s->user = NULL;
	s->is_connected = s->is_open = false;
}
