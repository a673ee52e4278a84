/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The TLS door against a server in memory: what is asked of certificates,
 * which reason says what, what is shared. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check/probe.h"
#include "check/tls.h"
#include "check/tls_files.h"
#include "check/tls_param.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "tests/unit/tls_peer.h"

struct world {
	struct cert ca, good, other;
	struct tls_files *files;
	struct tls *tls;
	struct tls_peer peer;
	struct tls_param param;
	struct tls_want want;
	struct check_result why;
	struct tls_link *link;
};

static struct world *
world_new(int days)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->ca = cert_new("ca", 1000, NULL);
	w->good = cert_new("one", days, &w->ca);
	w->other = cert_new("two", 90, &w->ca);
	w->files = tls_files_new();
	cert_to_file(w->files, "/ca", &w->ca, false, NULL);
	w->tls = tls_new(w->files);
	tls_peer_init(&w->peer, &w->good);
	w->want.param = &w->param;
	return w;
}

static void
world_free(struct world *w)
{
	tls_link_free(w->link);
	tls_peer_fini(&w->peer);
	tls_free(w->tls);
	tls_files_free(w->files);
	cert_free(&w->ca);
	cert_free(&w->good);
	cert_free(&w->other);
	free(w);
}

/* A handshake to its end. */
static int
shake(struct world *w)
{
	int r = -EAGAIN;

	tls_link_free(w->link);
	w->why = (struct check_result){0};
	w->link = tls_link_new(w->tls, &w->want, &w->why);
	if (w->link == NULL)
		return -ENOENT;
	tls_peer_open(&w->peer);
	for (int i = 0; i < 20 && r == -EAGAIN; i++) {
		r = tls_link_handshake(w->link, &w->why);
		(void)tls_peer_turn(&w->peer, w->link);
	}
	return r;
}

static void
refused(struct world *w, enum check_reason reason, const char *detail)
{
	assert_int_equal(shake(w), -ECONNABORTED);
	assert_int_equal(w->why.reason, reason);
	if (strstr(w->why.detail, detail) == NULL)
		fail_msg("detail '%s', not '%s'", w->why.detail, detail);
}

/* ---- without verification ---- */

static void
test_anything_goes(void **state)
{
	struct world *w = world_new(-5);
	int32_t days;
	char got[16];

	(void)state;
	assert_int_equal(shake(w), 0);
	assert_true(tls_link_days(w->link, &days));
	assert_int_equal(days, -4); /* -5 days and a minute */
	assert_int_equal(tls_link_write(w->link, "GET", 3, &w->why), 0);
	(void)tls_peer_turn(&w->peer, w->link);
	assert_int_equal(SSL_read(w->peer.ssl, got, sizeof(got)), 3);
	assert_int_equal(SSL_write(w->peer.ssl, "hello", 5), 5);
	(void)tls_peer_turn(&w->peer, w->link);
	assert_int_equal(tls_link_read(w->link, got, sizeof(got), &w->why), 5);
	assert_memory_equal(got, "hello", 5);
	assert_int_equal(tls_link_read(w->link, got, sizeof(got), &w->why),
			 -EAGAIN);
	world_free(w);
}

static void
test_close_notify_only_if_wanted(void **state)
{
	struct world *w = world_new(90);

	(void)state;
	for (int i = 0; i < 2; i++) {
		w->want.is_compliant = i == 1;
		assert_int_equal(shake(w), 0);
		(void)tls_peer_turn(&w->peer, w->link);
		(void)SSL_read(w->peer.ssl, &i, 0);
		tls_link_close(w->link);
		assert_true(tls_peer_turn(&w->peer, w->link) == (i == 1));
	}
	world_free(w);
}

static void
test_end_of_the_server(void **state)
{
	struct world *w = world_new(90);
	char got[16];

	(void)state;
	assert_int_equal(shake(w), 0);
	(void)tls_peer_turn(&w->peer, w->link);
	SSL_shutdown(w->peer.ssl);
	(void)tls_peer_turn(&w->peer, w->link);
	assert_int_equal(tls_link_read(w->link, got, sizeof(got), &w->why), 0);
	world_free(w);
}

static void
test_sni(void **state)
{
	static const struct {
		const char *written, *sent;
	} rows[] = {
		{"one", "one"},	  {"one:8443", "one"},
		{"10.0.0.1", ""}, {"10.0.0.1:80", ""},
		{"fd00::1", ""},  {"[fd00::1]:80", ""},
		{NULL, ""},	  {"", ""},
	};
	struct world *w = world_new(90);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		w->want.sni = rows[i].written;
		assert_int_equal(shake(w), 0);
		assert_string_equal(w->peer.sni, rows[i].sent);
	}
	world_free(w);
}

/* ---- with ---- */

static void
verify(struct world *w, const char *name)
{
	w->param.verify_peer = true;
	w->param.ca_file = (char *)"/ca";
	w->param.verify_name = (char *)name;
}

static void
test_verify(void **state)
{
	struct world *w = world_new(90);

	(void)state;
	verify(w, NULL);
	assert_int_equal(shake(w), 0);
	verify(w, "one");
	assert_int_equal(shake(w), 0);
	verify(w, "10.1.2.3");
	assert_int_equal(shake(w), 0);
	verify(w, "elsewhere");
	refused(w, REASON_TLS_CERTIFICATE, "ostname mismatch");
	verify(w, "10.1.2.4");
	refused(w, REASON_TLS_CERTIFICATE, "IP address mismatch");
	/* Without a name of its own, that of SNI. */
	verify(w, NULL);
	w->want.sni = "one:443";
	assert_int_equal(shake(w), 0);
	w->want.sni = "two";
	refused(w, REASON_TLS_CERTIFICATE, "ostname mismatch");
	w->peer.by_name[1] = &w->other;
	assert_int_equal(shake(w), 0);
	world_free(w);
}

static void
test_expired(void **state)
{
	struct world *w = world_new(-1);

	(void)state;
	verify(w, NULL);
	refused(w, REASON_TLS_CERTIFICATE, "expired");
	world_free(w);
}

static void
test_unknown_ca(void **state)
{
	struct world *w = world_new(90);

	(void)state;
	cert_to_file(w->files, "/ca", &w->good, false, NULL);
	verify(w, NULL);
	refused(w, REASON_TLS_CERTIFICATE, "issuer");
	/* The file of the next reload is the right one. */
	cert_to_file(w->files, "/ca", &w->ca, false, NULL);
	tls_reset(w->tls);
	assert_int_equal(shake(w), 0);
	world_free(w);
}

static void
test_days(void **state)
{
	struct world *w = world_new(9);

	(void)state;
	w->param.certificate_days = 9;
	assert_int_equal(shake(w), 0);
	w->param.certificate_days = 10;
	refused(w, REASON_TLS_EXPIRES, "9 days left, 10 wanted");
	assert_true(w->why.has_value);
	assert_int_equal(w->why.value, 9);
	world_free(w);
}

static void
test_expired_today(void **state)
{
	struct world *w = world_new(0);

	(void)state;
	X509_time_adj_ex(X509_getm_notAfter(w->good.x), 0, -60, NULL);
	X509_sign(w->good.x, w->ca.key, EVP_sha256());
	tls_peer_fini(&w->peer);
	tls_peer_init(&w->peer, &w->good);
	w->param.certificate_days = 1;
	refused(w, REASON_TLS_EXPIRES, "it has expired");
	assert_int_equal(w->why.value, -1);
	world_free(w);
}

/* ---- a certificate of ours ---- */

static int
on_verify_anybody(X509_STORE_CTX *ctx, void *arg)
{
	(void)ctx;
	(void)arg;
	return 1;
}

/* The handshake and, since TLS 1.3 tells late, one read. */
static int
shake_and_read(struct world *w)
{
	char got[16];
	int r = shake(w);

	if (r != 0)
		return r;
	(void)tls_peer_turn(&w->peer, w->link);
	return tls_link_read(w->link, got, sizeof(got), &w->why);
}

static void
test_client_certificate(void **state)
{
	struct world *w = world_new(90);

	(void)state;
	SSL_CTX_set_verify(w->peer.ctx,
			   SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   NULL);
	SSL_CTX_set_cert_verify_callback(w->peer.ctx, on_verify_anybody, NULL);
	assert_int_equal(shake_and_read(w), -ECONNABORTED);
	assert_int_equal(w->why.reason, REASON_TLS_ALERT);
	assert_non_null(strstr(w->why.detail, "certificate required"));
	cert_to_file(w->files, "/me", &w->good, true, NULL);
	w->param.certificate = w->param.key = (char *)"/me";
	assert_int_equal(shake_and_read(w), -EAGAIN); /* it has gone well */
	SSL_CTX_set_max_proto_version(w->peer.ctx, TLS1_2_VERSION);
	assert_int_equal(shake_and_read(w), -EAGAIN);
	w->param.certificate = w->param.key = NULL;
	refused(w, REASON_TLS_ALERT, "handshake failure");
	world_free(w);
}

static void
test_files_that_will_not_do(void **state)
{
	struct world *w = world_new(90);

	(void)state;
	w->param.certificate = w->param.key = (char *)"/me";
	assert_int_equal(shake(w), -ENOENT);
	assert_int_equal(w->why.reason, REASON_LOCAL_TLS);
	assert_string_equal(w->why.detail,
			    "certificate /me: No such file or directory");
	/* A context that cannot be made is not tried at each attempt. */
	text_to_file(w->files, "/me", "no certificate");
	assert_int_equal(shake(w), -ENOENT);
	assert_non_null(strstr(w->why.detail, "No such file"));
	tls_reset(w->tls);
	assert_int_equal(shake(w), -ENOENT);
	assert_null(strstr(w->why.detail, "No such file"));
	/* The certificate of one, the key of another. */
	cert_to_file(w->files, "/me", &w->good, false, NULL);
	cert_to_file(w->files, "/key", &w->other, true, NULL);
	w->param.key = (char *)"/key";
	tls_reset(w->tls);
	assert_int_equal(shake(w), -ENOENT);
	assert_string_equal(w->why.detail, "key /key: key values mismatch");
	world_free(w);
}

static void
test_password(void **state)
{
	struct world *w = world_new(90);

	(void)state;
	cert_to_file(w->files, "/me", &w->good, true, "secret");
	w->param.certificate = w->param.key = (char *)"/me";
	assert_int_equal(shake(w), -ENOENT);
	w->param.key_password = (char *)"wrong";
	assert_int_equal(shake(w), -ENOENT);
	assert_int_equal(w->why.reason, REASON_LOCAL_TLS);
	w->param.key_password = (char *)"secret";
	assert_int_equal(shake(w), 0);
	world_free(w);
}

/* ---- HTTP/2 ---- */

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
	const unsigned char *in, unsigned int inlen, void *arg)
{
	(void)ssl;
	(void)arg;
	assert_int_equal(inlen, 3);
	assert_memory_equal(in, "\x02h2", 3);
	*out = in + 1;
	*outlen = 2;
	return SSL_TLSEXT_ERR_OK;
}

static void
test_h2(void **state)
{
	struct world *w = world_new(90);

	(void)state;
	w->param.wants_h2 = true;
	refused(w, REASON_TLS_ALPN, "");
	SSL_CTX_set_alpn_select_cb(w->peer.ctx, on_alpn, NULL);
	assert_int_equal(shake(w), 0);
	world_free(w);
}

/* ---- peers that speak something else ---- */

static void
test_plain_http(void **state)
{
	static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	struct world *w = world_new(90);

	(void)state;
	w->link = tls_link_new(w->tls, &w->want, &w->why);
	assert_int_equal(tls_link_handshake(w->link, &w->why), -EAGAIN);
	tls_link_feed(w->link, answer, sizeof(answer) - 1);
	assert_int_equal(tls_link_handshake(w->link, &w->why), -ECONNABORTED);
	assert_int_equal(w->why.reason, REASON_TLS_PROTOCOL);
	assert_string_equal(w->why.detail, "wrong version number");
	world_free(w);
}

static void
test_every_split(void **state)
{
	struct world *w = world_new(90);
	struct buf hello = BUF_INIT;
	char *data, copy[8192];
	long len;
	int r = -EAGAIN;

	(void)state;
	w->link = tls_link_new(w->tls, &w->want, &w->why);
	tls_peer_open(&w->peer);
	assert_int_equal(tls_link_handshake(w->link, &w->why), -EAGAIN);
	/* The server's flight, byte by byte. */
	tls_link_take(w->link, &hello);
	BIO_write(w->peer.in, hello.data, (int)hello.len);
	buf_fini(&hello);
	(void)SSL_do_handshake(w->peer.ssl);
	len = BIO_get_mem_data(w->peer.out, &data);
	assert_true(len > 0 && (size_t)len < sizeof(copy));
	memcpy(copy, data, (size_t)len);
	for (long i = 0; i < len; i++) {
		assert_int_equal(r, -EAGAIN);
		tls_link_feed(w->link, copy + i, 1);
		r = tls_link_handshake(w->link, &w->why);
	}
	assert_int_equal(r, 0);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anything_goes),
		cmocka_unit_test(test_close_notify_only_if_wanted),
		cmocka_unit_test(test_end_of_the_server),
		cmocka_unit_test(test_sni),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_unknown_ca),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_expired_today),
		cmocka_unit_test(test_client_certificate),
		cmocka_unit_test(test_files_that_will_not_do),
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_h2),
		cmocka_unit_test(test_plain_http),
		cmocka_unit_test(test_every_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
