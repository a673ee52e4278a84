/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The door to OpenSSL's TLS; see tls.h. */
#include "check/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "check/probe.h"
#include "check/tls_files.h"
#include "check/tls_param.h"
#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"

/* Distinct parameters; a configuration with more is slow, not wrong. */
#define CONTEXTS_MAX 4096
/* All certificates of a peer's chain. */
#define CHAIN_MAX_BYTES (64 << 10)
#define CHAIN_DEPTH_MAX 8

struct tls_context {
	UT_hash_handle hh;
	SSL_CTX *ssl; /* NULL: cannot be made, because of why */
	char why[CHECK_DETAIL_LEN];
	char key[];
};

struct tls {
	struct tls_context *by_key;
	const struct tls_files *files;
};

struct tls_link {
	SSL *ssl;
	BIO *in, *out; /* of ssl */
	const struct tls_param *param;
	bool is_up, is_compliant;
};

/* ---- contexts ---- */

static void
context_free(struct tls_context *c)
{
	SSL_CTX_free(c->ssl);
	free(c);
}

struct tls *
tls_new(const struct tls_files *files)
{
	struct tls *t = xcalloc(1, sizeof(*t));

	t->files = files;
	return t;
}

void
tls_reset(struct tls *t)
{
	struct tls_context *c, *next;

	HASH_ITER (hh, t->by_key, c, next) {
		HASH_DEL(t->by_key, c);
		context_free(c);
	}
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	tls_reset(t);
	free(t);
}

/* The newest word of the library's error queue, which is emptied. */
static const char *
last_error(void)
{
	const char *s = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return s != NULL ? s : "not usable";
}

static int
cannot(struct tls_context *c, const char *what, const char *path,
       const char *reason)
{
	(void)snprintf(c->why, sizeof(c->why), "%s %s: %s", what, path, reason);
	return -EINVAL;
}

/* A reader for the file, or NULL with c->why. */
static BIO *
open_file(struct tls_context *c, const struct tls_files *files,
	  const char *what, const char *path)
{
	size_t len;
	int error;
	const void *data = tls_files_get(files, path, &len, &error);
	BIO *b = data != NULL ? BIO_new_mem_buf(data, (int)len) : NULL;

	if (b == NULL)
		(void)cannot(c, what, path,
			     strerror(error != 0 ? error : ENOMEM));
	return b;
}

/* Everything that begins with -----BEGIN CERTIFICATE. */
static int
add_ca(struct tls_context *c, BIO *b, const char *path)
{
	X509_STORE *store = SSL_CTX_get_cert_store(c->ssl);
	X509 *x;
	int n = 0;

	while ((x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL) {
		n += X509_STORE_add_cert(store, x);
		X509_free(x);
	}
	if (n == 0)
		return cannot(c, "CA", path, last_error());
	ERR_clear_error(); /* the end of the file */
	return 0;
}

/* The first is ours, the others are sent along. */
static int
add_certificate(struct tls_context *c, BIO *b, const char *path)
{
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);
	int ok = x != NULL && SSL_CTX_use_certificate(c->ssl, x) == 1;

	X509_free(x);
	if (!ok)
		return cannot(c, "certificate", path, last_error());
	while ((x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL)
		if (SSL_CTX_add0_chain_cert(c->ssl, x) != 1)
			X509_free(x);
	ERR_clear_error(); /* the end of the file */
	return 0;
}

/* Without a password nobody is asked for one. */
static int
on_password(char *out, int size, int is_writing, void *arg)
{
	const char *password = arg;
	size_t len = password != NULL ? strlen(password) : 0;

	(void)is_writing;
	if (len == 0 || len >= (size_t)size)
		return -1;
	memcpy(out, password, len + 1);
	return (int)len;
}

static int
add_key(struct tls_context *c, BIO *b, const struct tls_param *p)
{
	EVP_PKEY *k =
		PEM_read_bio_PrivateKey(b, NULL, on_password, p->key_password);
	int ok = k != NULL && SSL_CTX_use_PrivateKey(c->ssl, k) == 1;

	EVP_PKEY_free(k);
	/* A certificate alone is never shown, but is no fault either. */
	if (k == NULL && p->certificate != NULL &&
	    strcmp(p->key, p->certificate) == 0 &&
	    ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) {
		log_warn("SSL_GET: certificate %s: no key for it", p->key);
		ERR_clear_error();
		return 0;
	}
	return ok ? 0 : cannot(c, "key", p->key, last_error());
}

static int
load_files(struct tls_context *c, const struct tls_files *files,
	   const struct tls_param *p)
{
	BIO *b;
	int r = 0;

	if (p->verify_peer && p->ca_file != NULL) {
		b = open_file(c, files, "CA", p->ca_file);
		r = b == NULL ? -EINVAL : add_ca(c, b, p->ca_file);
		BIO_free(b);
	}
	if (r == 0 && p->certificate != NULL) {
		b = open_file(c, files, "certificate", p->certificate);
		r = b == NULL ? -EINVAL : add_certificate(c, b, p->certificate);
		BIO_free(b);
	}
	if (r == 0 && p->key != NULL) {
		b = open_file(c, files, "key", p->key);
		r = b == NULL ? -EINVAL : add_key(c, b, p);
		BIO_free(b);
	}
	return r;
}

/* Nobody wants the answer, so the chain is not even built. */
static int
on_verify_nothing(X509_STORE_CTX *ctx, void *arg)
{
	(void)ctx;
	(void)arg;
	return 1;
}

static void
set_up(SSL_CTX *s, const struct tls_param *p)
{
	static const unsigned char h2[] = "\x02h2";

	SSL_CTX_set_options(s, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
				       SSL_OP_NO_COMPRESSION |
				       SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(s, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(s, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(s, CHAIN_MAX_BYTES);
	SSL_CTX_set_verify_depth(s, CHAIN_DEPTH_MAX);
	SSL_CTX_set_verify(
		s, p->verify_peer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (!p->verify_peer)
		SSL_CTX_set_cert_verify_callback(s, on_verify_nothing, NULL);
	if (p->wants_h2) /* 0 is success here; it can only lack memory */
		(void)SSL_CTX_set_alpn_protos(s, h2, sizeof(h2) - 1);
}

static void
context_fill(struct tls_context *c, const struct tls_files *files,
	     const struct tls_param *p)
{
	/* There is no openssl.cnf where this process lives. */
	(void)OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	c->ssl = SSL_CTX_new(TLS_client_method());
	if (c->ssl == NULL) {
		(void)cannot(c, "TLS", "context", last_error());
		return;
	}
	set_up(c->ssl, p);
	if (load_files(c, files, p) == 0)
		return;
	log_warn("SSL_GET: %s: checks with it keep their state", c->why);
	SSL_CTX_free(c->ssl);
	c->ssl = NULL;
}

static const struct tls_context *
context_get(struct tls *t, const struct tls_param *p)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT;
	struct tls_context *c;

	tls_param_context_key(p, &key);
	HASH_FIND(hh, t->by_key, key.data, (unsigned)key.len, c);
	if (c != NULL)
		return c;
	if (HASH_COUNT(t->by_key) >= CONTEXTS_MAX)
		tls_reset(t);
	c = xcalloc(1, sizeof(*c) + key.len);
	memcpy(c->key, key.data, key.len);
	context_fill(c, t->files, p);
	HASH_ADD_KEYPTR(hh, t->by_key, c->key, (unsigned)key.len, c);
	return c;
}

/* ---- why not ---- */

static int
failed(struct check_result *why, enum check_reason reason, const char *detail)
{
	*why = (struct check_result){.reason = reason};
	(void)snprintf(why->detail, sizeof(why->detail), "%s",
		       detail != NULL ? detail : "");
	return -ECONNABORTED;
}

static int
failed_certificate(const struct tls_link *l, struct check_result *why)
{
	long code = SSL_get_verify_result(l->ssl);

	ERR_clear_error();
	return failed(why, REASON_TLS_CERTIFICATE,
		      X509_verify_cert_error_string(code));
}

/* What OpenSSL puts first into its queue is the cause. */
static int
failed_protocol(const struct tls_link *l, struct check_result *why)
{
	unsigned long e = ERR_peek_error();
	int reason = ERR_GET_REASON(e);
	const char *text = ERR_reason_error_string(e);

	if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
		return failed_certificate(l, why);
	ERR_clear_error();
	if (ERR_GET_LIB(e) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET) {
		/* "sslv3 alert handshake failure", whatever the version. */
		const char *alert =
			text != NULL ? strstr(text, "alert ") : NULL;

		if (reason ==
		    SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL)
			return failed(why, REASON_TLS_ALPN, NULL);
		return failed(why, REASON_TLS_ALERT,
			      alert != NULL ? alert + strlen("alert ") : text);
	}
	return failed(why, REASON_TLS_PROTOCOL, text);
}

/* After a call of OpenSSL that did not return success. */
static int
explain(const struct tls_link *l, int r, struct check_result *why)
{
	switch (SSL_get_error(l->ssl, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		return failed_protocol(l, why);
	}
}

/* ---- links ---- */

bool
tls_is_ready(struct tls *t, const struct tls_want *w, struct check_result *why)
{
	const struct tls_context *c = context_get(t, w->param);

	if (c->ssl == NULL)
		(void)failed(why, REASON_LOCAL_TLS, c->why);
	return c->ssl != NULL;
}

static bool
expect_name(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *v = SSL_get0_param(ssl);
	struct addr a;

	if (addr_parse(name, &a) == 0)
		return X509_VERIFY_PARAM_set1_ip_asc(v, name) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1;
}

/* What differs from one link to another: the names. */
static bool
set_names(SSL *ssl, const struct tls_want *w)
{
	const struct tls_param *p = w->param;
	char name[TLS_NAME_LEN];
	bool has_name = w->sni != NULL && tls_server_name(w->sni, name);

	if (has_name && SSL_set_tlsext_host_name(ssl, name) != 1)
		return false;
	if (!p->verify_peer)
		return true;
	if (p->verify_name != NULL)
		return expect_name(ssl, p->verify_name);
	return !has_name || expect_name(ssl, name);
}

struct tls_link *
tls_link_new(struct tls *t, const struct tls_want *w, struct check_result *why)
{
	const struct tls_context *c = context_get(t, w->param);
	struct tls_link *l;

	if (!tls_is_ready(t, w, why))
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->param = w->param;
	l->is_compliant = w->is_compliant;
	l->ssl = SSL_new(c->ssl);
	l->in = BIO_new(BIO_s_mem());
	l->out = BIO_new(BIO_s_mem());
	if (l->ssl == NULL || l->in == NULL || l->out == NULL ||
	    !set_names(l->ssl, w)) {
		BIO_free(l->in);
		BIO_free(l->out);
		l->in = l->out = NULL;
		tls_link_free(l);
		(void)failed(why, REASON_LOCAL_MEMORY, last_error());
		return NULL;
	}
	SSL_set_bio(l->ssl, l->in, l->out);
	SSL_set_connect_state(l->ssl);
	return l;
}

void
tls_link_free(struct tls_link *l)
{
	if (l == NULL)
		return;
	SSL_free(l->ssl);
	free(l);
}

void
tls_link_feed(struct tls_link *l, const void *data, size_t len)
{
	(void)BIO_write(l->in, data, (int)len); /* it grows */
}

void
tls_link_take(struct tls_link *l, struct buf *out)
{
	char *data;
	long len = BIO_get_mem_data(l->out, &data);

	if (len <= 0)
		return;
	buf_add(out, data, (size_t)len);
	(void)BIO_reset(l->out); /* it is of memory */
}

/* ---- the handshake and what follows from it ---- */

bool
tls_link_days(const struct tls_link *l, int32_t *days)
{
	const X509 *x = l->is_up ? SSL_get0_peer_certificate(l->ssl) : NULL;
	int seconds, n;

	if (x == NULL ||
	    ASN1_TIME_diff(&n, &seconds, NULL, X509_get0_notAfter(x)) != 1)
		return false;
	/* A moment ago is not today. */
	*days = n == 0 && seconds < 0 ? -1 : n;
	return true;
}

static int
check_expiry(const struct tls_link *l, struct check_result *why)
{
	int32_t days;

	if (l->param->certificate_days == 0)
		return 0;
	if (!tls_link_days(l, &days))
		return failed(why, REASON_TLS_EXPIRES, "no date");
	if (days >= 0 && (uint32_t)days >= l->param->certificate_days)
		return 0;
	(void)failed(why, REASON_TLS_EXPIRES, NULL);
	why->has_value = true;
	why->value = days;
	if (days < 0)
		(void)snprintf(why->detail, sizeof(why->detail),
			       "it has expired");
	else
		(void)snprintf(why->detail, sizeof(why->detail),
			       "%d days left, %u wanted", days,
			       l->param->certificate_days);
	return -ECONNABORTED;
}

static int
check_protocol(const struct tls_link *l, struct check_result *why)
{
	const unsigned char *name;
	unsigned int len;

	if (!l->param->wants_h2)
		return 0;
	SSL_get0_alpn_selected(l->ssl, &name, &len);
	if (len == 2 && memcmp(name, "h2", 2) == 0)
		return 0;
	return failed(why, REASON_TLS_ALPN, NULL);
}

int
tls_link_handshake(struct tls_link *l, struct check_result *why)
{
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(l->ssl);
	if (r != 1) {
		r = explain(l, r, why);
		return r != 0 ? r : failed(why, REASON_TLS_CLOSED, NULL);
	}
	l->is_up = true;
	r = check_protocol(l, why);
	return r == 0 ? check_expiry(l, why) : r;
}

int
tls_link_read(struct tls_link *l, void *data, size_t size,
	      struct check_result *why)
{
	int r;

	ERR_clear_error();
	r = SSL_read(l->ssl, data, (int)size);
	return r > 0 ? r : explain(l, r, why);
}

int
tls_link_write(struct tls_link *l, const void *data, size_t len,
	       struct check_result *why)
{
	int r;

	if (len == 0)
		return 0;
	ERR_clear_error();
	r = SSL_write(l->ssl, data, (int)len);
	if (r > 0)
		return 0;
	r = explain(l, r, why);
	return r < 0 ? r : failed(why, REASON_TLS_PROTOCOL, NULL);
}

void
tls_link_close(struct tls_link *l)
{
	if (!l->is_compliant || !l->is_up)
		return;
	(void)SSL_shutdown(l->ssl); /* we do not wait for the peer's */
	ERR_clear_error();
}
