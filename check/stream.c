/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Byte streams of probes; see stream.h. */
#include "check/stream.h"

#include <errno.h>
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
			probe_done(p, check_reason_remote(errno), now);
			return -1;
		}
		s->n_sent += (size_t)n;
	}
	buf_reset(&s->out);
	s->n_sent = 0;
	return watch(p, EVENT_READ, now);
}

void
stream_send(struct stream *s, struct probe *p, const void *data, size_t len,
	    monotime_t now)
{
	if (s->out.len + len > OUT_MAX) {
		probe_done(p, REASON_LOCAL_MEMORY, now);
		return;
	}
	buf_add(&s->out, data, len);
	(void)flush(s, p, now); /* a failure has ended the attempt */
}

static bool
is_over(const struct probe *p, const struct stream *s)
{
	return p->phase != PROBE_RUNNING || s->user == NULL;
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
			probe_done(p, check_reason_remote(errno), now);
			return;
		}
		if (n == 0) {
			s->user->on_end(p, now);
			return;
		}
		s->user->on_data(p, chunk, (size_t)n, now);
		if (is_over(p, s) || (size_t)n < sizeof(chunk))
			return;
	}
}

void
stream_io(struct stream *s, struct probe *p, int what, monotime_t now)
{
	enum check_reason r;

	if (!s->is_open) {
		r = conn_result(p, what);
		if (r != REASON_NONE) {
			probe_done(p, r, now);
			return;
		}
		s->is_open = true;
		if (watch(p, EVENT_READ, now) < 0)
			return;
		s->user->on_open(p, now);
		return;
	}
	if ((what & EVENT_WRITE) != 0 && s->n_sent < s->out.len &&
	    flush(s, p, now) < 0)
		return;
	if ((what & (EVENT_READ | POLLSET_ERROR)) != 0)
		read_some(s, p, now);
}

void
stream_stop(struct stream *s, struct probe *p)
{
	conn_stop(p);
	buf_fini(&s->out);
	s->user = NULL;
	s->is_open = false;
}
