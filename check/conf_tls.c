/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * SSL { }, and what of it the SSL_GETs take over.  Pure reading: the files
 * themselves are the supervisor's matter (daemon/tlsfile.c).
 */
#include "check/conf_tables.h"
#include "lib/util.h"
#include "parser/common.h"

/* clang-format off */
#define M(m) KW_MEMBER(struct ssl_conf, m)
static const struct kw ssl_rows[] = {
	{.name = "password", .type = KW_STRING, M(password), .flags = KW_SECRET, .reload = KW_LIVE, .args = "<STRING>",
	 .doc = "Password of the private key; missing reported; repeated reported and replaced."},
	{.name = "ca", .type = KW_STRING, M(ca), .reload = KW_LIVE, .args = "<PATH>",
	 .doc = "CA file; missing reported; repeated reported and replaced."},
	{.name = "certificate", .type = KW_STRING, M(certificate), .reload = KW_LIVE, .args = "<PATH>",
	 .doc = "Certificate chain file; missing reported; repeated reported and replaced."},
	{.name = "key", .type = KW_STRING, M(key), .reload = KW_LIVE, .args = "<PATH>",
	 .doc = "Private key file; missing reported; repeated reported and replaced."},
};
#undef M
/* clang-format on */

/* A second block replaces the first. */
static int
ssl_open(struct kw_in *in, void *obj)
{
	struct ssl_conf *s = obj;
	bool is_again = false;

	for (size_t i = 0; i < ARRAY_LEN(ssl_rows); i++) {
		is_again |= conf_is_given(&s->obj, ssl_rows[i].name);
		conf_set_given(&s->obj, ssl_rows[i].name, false);
	}
	s->password = s->ca = s->certificate = s->key = NULL;
	if (is_again)
		conf_report(in->ctx, DIAG_GENERAL,
			    "SSL context already specified - replacing");
	return 0;
}

const struct kw_block ssl_block = {
	KW_ROWS(ssl_rows),
	.size = sizeof(struct ssl_conf),
	.open = ssl_open,
};

/* Verified against nothing every server would be down. */
static void
check_ca(struct conf_ctx *ctx, struct http_check_conf *h)
{
	struct conf_obj *obj = &h->checker.obj;

	if (!h->tls.verify_peer || h->tls.ca_file != NULL)
		return;
	conf_report_at(ctx, &obj->pos, DIAG_GENERAL,
		       "SSL_GET: nothing is verified without a CA "
		       "(ca_file, or ca in SSL) - ignoring %s",
		       h->tls.verify_name != NULL ? "verify_name"
						  : "verify_peer");
	h->tls.verify_peer = false;
	h->tls.verify_name = NULL;
	conf_set_given(obj, "verify_peer", false);
	conf_set_given(obj, "verify_name", false);
}

/* A key and its password go with their certificate. */
static void
inherit(struct tls_conf *t, const struct ssl_conf *ssl)
{
	if (t->ca_file == NULL)
		t->ca_file = ssl->ca;
	if (t->certificate == NULL && t->key == NULL) {
		t->certificate = ssl->certificate;
		t->key = ssl->key;
		if (t->key_password == NULL)
			t->key_password = ssl->password;
	}
	if (t->key == NULL) /* one file may have both */
		t->key = t->certificate;
}

void
check_conf_resolve_tls(struct conf_ctx *ctx, struct conf *conf,
		       struct real_server_conf *rs)
{
	const struct check_conf *root = check_conf_get(conf);

	CONF_FOREACH (struct checker_conf, c, &rs->checker) {
		struct http_check_conf *h = (struct http_check_conf *)c;

		if (c->type != CHECKER_SSL)
			continue;
		inherit(&h->tls, &root->ssl);
		check_ca(ctx, h);
	}
}
