/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A probe's byte stream: a TCP connection, with or without TLS, over which a
 * checker speaks.
 *
 * The checker embeds a struct stream in its data, passes its io, on_sock and
 * stop on to this file and hears of three things: the stream stands, bytes
 * have come, the other side has ended in order.  Every failure (refused,
 * reset, ...) ends the attempt from here.  What one turn reads is
 * bounded, so that an endless answer cannot hold up other probes; the
 * attempt's total time is the probe's matter.
 */
#ifndef DUUMVIR_CHECK_STREAM_H
#define DUUMVIR_CHECK_STREAM_H

#include "check/probe.h"
#include "check/tls.h"
#include "lib/buf.h"

/* Each may end the attempt (probe_done() and its like). */
struct stream_user {
	void (*on_open)(struct probe *p, monotime_t now);
	/* data is gone after the call; len is never 0. */
	void (*on_data)(struct probe *p, const void *data, size_t len,
			monotime_t now);
	/* No more bytes will come. */
	void (*on_end)(struct probe *p, monotime_t now);
};

struct stream {
	const struct stream_user *user;
	struct buf out;	      /* not yet taken by the kernel */
	size_t n_sent;	      /* of out */
	struct tls_want want; /* param NULL: no TLS */
	struct tls_link *tls; /* from the connection on */
	bool is_connected;
	bool is_open; /* the user may speak */
};

/* s must be zero or stopped. */
void stream_start(struct stream *s, struct probe *p,
		  const struct stream_user *user, monotime_t now);
/*
 * With TLS: on_open comes after the handshake, and after all that want's
 * parameters ask of the peer's certificate is true.  want is copied, what it
 * points to is not: it belongs into the checker's data.
 */
void stream_start_tls(struct stream *s, struct probe *p,
		      const struct stream_user *user,
		      const struct tls_want *want, monotime_t now);
/* Only between on_open and the end; all of it is sent in time. */
void stream_send(struct stream *s, struct probe *p, const void *data,
		 size_t len, monotime_t now);
/* checker_ops.io; on_sock is conn_on_sock(). */
void stream_io(struct stream *s, struct probe *p, int what, monotime_t now);
/* Adds to a result what the connection knows: the days until the certificate
 * expires, as its value.  Does nothing without TLS. */
void stream_fill_result(const struct stream *s, struct check_result *r);
/* checker_ops.stop; also half-way and twice. */
void stream_stop(struct stream *s, struct probe *p);

#endif
