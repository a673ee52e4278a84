/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A mail as text, and the order for the program that delivers it.  Pure: no
 * text of a configuration can add a header, a recipient or a word to the
 * order.
 */
#ifndef DUUMVIR_DAEMON_MAIL_TEXT_H
#define DUUMVIR_DAEMON_MAIL_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct digest_batch;

enum mail_tls {
	MAIL_TLS_NO,
	MAIL_TLS_TRY,	   /* STARTTLS if offered, with any certificate */
	MAIL_TLS_REQUIRE,  /* STARTTLS with a good certificate, or no mail */
	MAIL_TLS_IMPLICIT, /* TLS from the first byte (port 465) */
};

struct mail_conf {
	const char *server; /* name or address; NULL: no mail */
	uint16_t port;
	uint32_t timeout; /* s */
	enum mail_tls tls;
	const char *tls_ca;	     /* NULL: the system's */
	const char *user, *password; /* NULL: none */
	const char *helo, *router_id;
	const char *from; /* may be "Name <address>" */
	const char *const *to;
	uint32_t n_to;
};

/* Headers and text, lines ending in CRLF. */
void mail_text_make(struct buf *b, const struct mail_conf *c,
		    const struct digest_batch *alerts, const char *date);
/* The order: "key value" lines, an empty line; the mail follows. */
void mail_text_order(struct buf *b, const struct mail_conf *c);

#endif
