/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A TLS server in memory; see tls_peer.h. */
#include "tests/unit/tls_peer.h"

#include <assert.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/tls.h"
#include "check/tls_files.h"
#include "check/tls_param.h"
#include "lib/buf.h"

static void
add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert(e != NULL);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

struct cert
cert_new(const char *name, int days, const struct cert *issuer)
{
	struct cert c = {X509_new(), EVP_EC_gen("P-256")};
	X509_NAME *n = X509_get_subject_name(c.x);
	char san[128];

	X509_set_version(c.x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(c.x), (long)(days + 100000));
	X509_time_adj_ex(X509_getm_notBefore(c.x), -1000, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(c.x), days, 60, NULL);
	X509_set_pubkey(c.x, c.key);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(
		c.x, issuer != NULL ? X509_get_subject_name(issuer->x) : n);
	(void)snprintf(san, sizeof(san), "DNS:%s,IP:10.1.2.3", name);
	add_extension(c.x, NID_subject_alt_name, san);
	if (issuer == NULL)
		add_extension(c.x, NID_basic_constraints, "critical,CA:TRUE");
	X509_sign(c.x, issuer != NULL ? issuer->key : c.key, EVP_sha256());
	return c;
}

void
cert_free(struct cert *c)
{
	X509_free(c->x);
	EVP_PKEY_free(c->key);
}

static void
bytes_to_file(struct tls_files *files, const char *path, const void *data,
	      size_t len)
{
	int fd = memfd_create("tls", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, data, len) == (ssize_t)len &&
	       lseek(fd, 0, SEEK_SET) == 0);
	(void)tls_files_set(files, tls_file_id(path), fd, 0);
}

void
text_to_file(struct tls_files *files, const char *path, const char *text)
{
	bytes_to_file(files, path, text, strlen(text));
}

void
cert_to_file(struct tls_files *files, const char *path, const struct cert *c,
	     bool with_key, const char *password)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	long len;

	PEM_write_bio_X509(b, c->x);
	if (with_key)
		PEM_write_bio_PrivateKey(
			b, c->key, password != NULL ? EVP_aes_128_cbc() : NULL,
			(const unsigned char *)password,
			password != NULL ? (int)strlen(password) : 0, NULL,
			NULL);
	len = BIO_get_mem_data(b, &data);
	bytes_to_file(files, path, data, (size_t)len);
	BIO_free(b);
}

static void
use(SSL *ssl, SSL_CTX *ctx, const struct cert *c)
{
	if (ssl != NULL) {
		SSL_use_certificate(ssl, c->x);
		SSL_use_PrivateKey(ssl, c->key);
	} else {
		SSL_CTX_use_certificate(ctx, c->x);
		SSL_CTX_use_PrivateKey(ctx, c->key);
	}
}

static int
on_sni(SSL *ssl, int *alert, void *arg)
{
	struct tls_peer *p = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)snprintf(p->sni, sizeof(p->sni), "%s", name != NULL ? name : "");
	if (name != NULL && p->by_name[0] != NULL && strcmp(name, "one") == 0)
		use(ssl, NULL, p->by_name[0]);
	if (name != NULL && p->by_name[1] != NULL && strcmp(name, "two") == 0)
		use(ssl, NULL, p->by_name[1]);
	return SSL_TLSEXT_ERR_OK;
}

void
tls_peer_init(struct tls_peer *p, const struct cert *c)
{
	*p = (struct tls_peer){.ctx = SSL_CTX_new(TLS_server_method())};
	use(NULL, p->ctx, c);
	SSL_CTX_set_tlsext_servername_callback(p->ctx, on_sni);
	SSL_CTX_set_tlsext_servername_arg(p->ctx, p);
}

void
tls_peer_open(struct tls_peer *p)
{
	SSL_free(p->ssl);
	p->ssl = SSL_new(p->ctx);
	p->in = BIO_new(BIO_s_mem());
	p->out = BIO_new(BIO_s_mem());
	SSL_set_bio(p->ssl, p->in, p->out);
	SSL_set_accept_state(p->ssl);
}

void
tls_peer_fini(struct tls_peer *p)
{
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
}

bool
tls_peer_turn(struct tls_peer *p, struct tls_link *l)
{
	struct buf b = BUF_INIT;
	char *data;
	long len;
	bool is_moved;

	tls_link_take(l, &b);
	is_moved = b.len > 0;
	if (b.len > 0)
		BIO_write(p->in, b.data, (int)b.len);
	buf_fini(&b);
	if (!SSL_is_init_finished(p->ssl))
		(void)SSL_do_handshake(p->ssl);
	len = BIO_get_mem_data(p->out, &data);
	if (len > 0) {
		tls_link_feed(l, data, (size_t)len);
		(void)BIO_reset(p->out);
		is_moved = true;
	}
	return is_moved;
}
