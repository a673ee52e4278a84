/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One request and its answer; see fetch.h. */
#include "daemon/fetch.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/probe.h"
#include "check/tls.h"
#include "check/tls_files.h"
#include "check/tls_param.h"
#include "lib/buf.h"
#include "lib/util.h"

static const char timed_out[] = "Timeout HTTP read";

/* A connection under way. */
struct line {
	int fd;
	monotime_t end;
	struct tls_link *tls; /* NULL: none */
};

/* 0, or -ETIMEDOUT. */
static int
wait_for(const struct line *l, short events)
{
	for (;;) {
		struct pollfd p = {.fd = l->fd, .events = events};
		nsec_t left = monotime_sub(l->end, monotime_now());
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&p, 1, (int)(left / MSEC(1)) + 1);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

static const char *
send_all(const struct line *l, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(l->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			if (wait_for(l, POLLOUT) < 0)
				return timed_out;
			continue;
		}
		if (n < 0)
			return "Cannot send get request to remote server";
		data += n;
		len -= (size_t)n;
	}
	return NULL;
}

/* Bytes, 0 at the end; negative: *error says why. */
static ssize_t
receive(const struct line *l, void *data, size_t size, const char **error)
{
	ssize_t n;

	for (;;) {
		n = recv(l->fd, data, size, 0);
		if (n >= 0)
			return n;
		if (errno != EAGAIN && errno != EINTR) {
			*error = "Read error with server";
			return -1;
		}
		if (wait_for(l, POLLIN) < 0) {
			*error = timed_out;
			return -1;
		}
	}
}

static const char *
connect_to(struct line *l, const struct fetch_want *w)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_port_to_sockaddr(&w->server, &ss);
	int error = 0;
	socklen_t size = sizeof(error);

	l->fd = socket(w->server.addr.family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return "Cannot make a socket";
	if (w->fwmark != 0 && setsockopt(l->fd, SOL_SOCKET, SO_MARK, &w->fwmark,
					 sizeof(w->fwmark)) < 0)
		return "Cannot set the fwmark";
	if (connect(l->fd, (struct sockaddr *)&ss, len) < 0 &&
	    errno != EINPROGRESS)
		return "Connection failed";
	if (wait_for(l, POLLOUT) < 0)
		return "Timeout connecting";
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ||
	    error != 0)
		return "Connection failed";
	return NULL;
}

/* ---- TLS ---- */

static const char *
tls_send(const struct line *l)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT;

	tls_link_take(l->tls, &out);
	return send_all(l, buf_str(&out), out.len);
}

/* More from the server into the link; what it says goes out first. */
static const char *
tls_more(const struct line *l)
{
	const char *error = tls_send(l);
	char chunk[16384];
	ssize_t n;

	if (error != NULL)
		return error;
	n = receive(l, chunk, sizeof(chunk), &error);
	if (n < 0)
		return error;
	tls_link_feed(l->tls, chunk, (size_t)n);
	return n > 0 ? NULL : "closed";
}

static const char *
tls_begin(const struct line *l, const struct buf *request)
{
	struct check_result why;
	const char *error;
	int r;

	while ((r = tls_link_handshake(l->tls, &why)) == -EAGAIN) {
		error = tls_more(l);
		if (error != NULL)
			return "SSL handshake/communication error connecting "
			       "to server";
	}
	if (r < 0 ||
	    tls_link_write(l->tls, request->data, request->len, &why) < 0)
		return "SSL handshake/communication error connecting to "
		       "server";
	return tls_send(l);
}

/* As receive(), below TLS.  A server that goes without a word is one that has
 * ended: what came says whether it was all. */
static ssize_t
tls_receive(const struct line *l, void *data, size_t size, const char **error)
{
	struct check_result why;
	int n;

	while ((n = tls_link_read(l->tls, data, size, &why)) == -EAGAIN) {
		*error = tls_more(l);
		if (*error != NULL)
			return *error == timed_out ? -1 : 0;
	}
	return n < 0 ? 0 : n;
}

/* ---- the whole ---- */

static const char *
talk(const struct line *l, const struct fetch_want *w,
     bool (*take)(void *arg, const void *data, size_t len), void *arg)
{
	const char *error;
	char chunk[16384];
	ssize_t n;

	error = l->tls != NULL
			? tls_begin(l, w->request)
			: send_all(l, buf_str(w->request), w->request->len);
	if (error != NULL)
		return error;
	for (;;) {
		n = l->tls != NULL
			    ? tls_receive(l, chunk, sizeof(chunk), &error)
			    : receive(l, chunk, sizeof(chunk), &error);
		if (n < 0)
			return error;
		if (n == 0 || !take(arg, chunk, (size_t)n))
			return NULL;
	}
}

static const char *
talk_tls(struct line *l, const struct fetch_want *w,
	 bool (*take)(void *arg, const void *data, size_t len), void *arg)
{
	static const struct tls_param param;
	struct tls_files *files = tls_files_new();
	struct tls *tls = tls_new(files);
	const struct tls_want want = {.param = &param, .sni = w->sni};
	struct check_result why;
	const char *error = "SSL cannot be set up";

	l->tls = tls_link_new(tls, &want, &why);
	if (l->tls != NULL)
		error = talk(l, w, take, arg);
	tls_link_free(l->tls);
	tls_free(tls);
	tls_files_free(files);
	return error;
}

const char *
fetch(const struct fetch_want *w,
      bool (*take)(void *arg, const void *data, size_t len), void *arg)
{
	struct line l = {.fd = -1,
			 .end = monotime_add(monotime_now(), w->timeout)};
	const char *error = connect_to(&l, w);

	if (error == NULL)
		error = w->has_tls ? talk_tls(&l, w, take, arg)
				   : talk(&l, w, take, arg);
	if (l.fd >= 0)
		(void)close(l.fd); /* all that mattered was read */
	return error;
}
