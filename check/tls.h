/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * TLS of the client's side: bytes of the peer in, bytes for the peer out.
 * The one place that knows OpenSSL's TLS; it never touches a socket, a file
 * or the clock of the loop.
 *
 * Contexts (certificates, keys, CAs) are shared by all checks that ask for
 * the same; a connection (struct tls_link) lives as long as an attempt.
 * Nothing is resumed: a resumed session does not show the certificate of the
 * moment, so what a check says could be days old, and a kept session costs
 * more memory per server than all the rest of a probe.
 */
#ifndef DUUMVIR_CHECK_TLS_H
#define DUUMVIR_CHECK_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check/reason.h"

struct buf;
struct check_result;
struct tls;
struct tls_files;
struct tls_link;
struct tls_param;

/* What one attempt wants; what is pointed to must live as long as it. */
struct tls_want {
	const struct tls_param *param;
	const char *sni;   /* as written; NULL: none is sent */
	bool is_compliant; /* says close_notify before it closes */
};

/* The contexts of one process.  files are what certificates are read from. */
struct tls *tls_new(const struct tls_files *files);
void tls_free(struct tls *t);
/* Forgets contexts: files are other ones now.  Links live on. */
void tls_reset(struct tls *t);

/*
 * The begin of a connection, or NULL and why in *why (files that are missing
 * or broken: REASON_LOCAL_TLS).
 */
struct tls_link *tls_link_new(struct tls *t, const struct tls_want *w,
			      struct check_result *why);
/* Can a link be made?  As tls_link_new(), before a connection is. */
bool tls_is_ready(struct tls *t, const struct tls_want *w,
		  struct check_result *why);
void tls_link_free(struct tls_link *l);

/* Bytes from the peer. */
void tls_link_feed(struct tls_link *l, const void *data, size_t len);
/* Moves what is for the peer to the end of out. */
void tls_link_take(struct tls_link *l, struct buf *out);

/*
 * Each returns -EAGAIN if it needs more from the peer first, or
 * -ECONNABORTED with the reason in *why.  handshake: 0 when it is done and all
 * that was asked for is true.  read: bytes, or 0: the peer ended in order.
 * write: 0, all was taken.
 */
int tls_link_handshake(struct tls_link *l, struct check_result *why);
int tls_link_read(struct tls_link *l, void *data, size_t size,
		  struct check_result *why);
int tls_link_write(struct tls_link *l, const void *data, size_t len,
		   struct check_result *why);
/* Says close_notify, if that was wanted; tls_link_take() follows. */
void tls_link_close(struct tls_link *l);

/* Whole days until the peer's certificate expires (negative: since); false
 * before the handshake is done. */
bool tls_link_days(const struct tls_link *l, int32_t *days);

#endif
