/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A TLS server in memory, certificates made for the moment, and files as if
 * the supervisor had sent them. */
#ifndef DUUMVIR_TESTS_TLS_PEER_H
#define DUUMVIR_TESTS_TLS_PEER_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls_files;
struct tls_link;

struct cert {
	X509 *x;
	EVP_PKEY *key;
};

/* days: until it expires, from now; issuer NULL: signed by itself. */
struct cert cert_new(const char *name, int days, const struct cert *issuer);
void cert_free(struct cert *c);
/* As a PEM file of this path; with its key if it has one. */
void cert_to_file(struct tls_files *files, const char *path,
		  const struct cert *c, bool with_key, const char *password);
void text_to_file(struct tls_files *files, const char *path, const char *text);

struct tls_peer {
	SSL_CTX *ctx;
	SSL *ssl;
	BIO *in, *out;
	const struct cert *by_name[2]; /* chosen by SNI "one", "two" */
	char sni[64];
};

void tls_peer_init(struct tls_peer *p, const struct cert *c);
void tls_peer_fini(struct tls_peer *p);
/* Begins a connection. */
void tls_peer_open(struct tls_peer *p);
/* Hands bytes to and fro once; true if any moved.  from and to may be NULL:
 * what went each way is added to them (BIOs). */
bool tls_peer_turn(struct tls_peer *p, struct tls_link *l);

#endif
