/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a check says about TLS, and the files that a configuration names for
 * it.  Pure: nothing is opened here.
 */
#ifndef DUUMVIR_CHECK_TLS_PARAM_H
#define DUUMVIR_CHECK_TLS_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct check_conf;
struct tls_conf;

/* A copy that outlives configurations: part of a checker's data.  Members are
 * those of struct tls_conf; strings may be NULL. */
struct tls_param {
	char *ca_file, *certificate, *key, *key_password, *verify_name;
	bool verify_peer;
	bool wants_h2; /* http_protocol 2: nothing else will do */
	uint32_t certificate_days;
};

struct tls_param tls_param_new(const struct tls_conf *c, bool wants_h2);
void tls_param_fini(struct tls_param *p);
/* Appends all of it: what makes one check different from another. */
void tls_param_key(const struct tls_conf *c, bool wants_h2, struct buf *key);
/* Appends what makes one SSL_CTX different from another. */
void tls_param_context_key(const struct tls_param *p, struct buf *key);

/* A file's name in messages: never 0. */
uint64_t tls_file_id(const char *path);
/* Calls fn with the path of each file that the configuration names for TLS;
 * the same path may come again. */
void tls_file_each(const struct check_conf *c,
		   void (*fn)(void *arg, const char *path), void *arg);

/*
 * The name to ask for by SNI: without a port, and none (false) for an address,
 * which RFC 6066, 3 forbids.  name has TLS_NAME_LEN bytes.
 */
#define TLS_NAME_LEN 256
bool tls_server_name(const char *written, char *name);

#endif
