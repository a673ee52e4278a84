/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What checks say about TLS; see tls_param.h. */
#include "check/tls_param.h"

#include <stdio.h>
#include <string.h>

#include "check/conf.h"
#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/util.h"

static char *
copy(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

struct tls_param
tls_param_new(const struct tls_conf *c, bool wants_h2)
{
	return (struct tls_param){
		.ca_file = copy(c->ca_file),
		.certificate = copy(c->certificate),
		.key = copy(c->key),
		.key_password = copy(c->key_password),
		.verify_name = copy(c->verify_name),
		.verify_peer = c->verify_peer,
		.wants_h2 = wants_h2,
		.certificate_days = c->certificate_days,
	};
}

void
tls_param_fini(struct tls_param *p)
{
	free(p->ca_file);
	free(p->certificate);
	free(p->key);
	free(p->key_password);
	free(p->verify_name);
	*p = (struct tls_param){0};
}

/* With its NUL, or a byte that no string begins with. */
static void
add_string(struct buf *key, const char *s)
{
	if (s == NULL)
		buf_addc(key, '\1');
	else
		buf_add(key, s, strlen(s) + 1);
}

static void
add_number(struct buf *key, uint32_t n)
{
	buf_add(key, &n, sizeof(n));
}

void
tls_param_key(const struct tls_conf *c, bool wants_h2, struct buf *key)
{
	add_string(key, c->ca_file);
	add_string(key, c->certificate);
	add_string(key, c->key);
	add_string(key, c->key_password);
	add_string(key, c->verify_name);
	add_number(key, c->verify_peer);
	add_number(key, wants_h2);
	add_number(key, c->certificate_days);
}

void
tls_param_context_key(const struct tls_param *p, struct buf *key)
{
	/* A CA file that nobody verifies against is not even read. */
	add_string(key, p->verify_peer ? p->ca_file : NULL);
	add_string(key, p->certificate);
	add_string(key, p->key);
	add_string(key, p->key_password);
	add_number(key, p->verify_peer);
	add_number(key, p->wants_h2);
}

/* ---- files ---- */

uint64_t
tls_file_id(const char *path)
{
	uint64_t h = hash64(path, strlen(path));

	return h != 0 ? h : 1;
}

static void
each_of(const struct tls_conf *t, void (*fn)(void *, const char *), void *arg)
{
	if (t->verify_peer && t->ca_file != NULL)
		fn(arg, t->ca_file);
	if (t->certificate != NULL)
		fn(arg, t->certificate);
	if (t->key != NULL)
		fn(arg, t->key);
}

void
tls_file_each(const struct check_conf *c,
	      void (*fn)(void *arg, const char *path), void *arg)
{
	CONF_FOREACH (const struct virtual_server_conf, vs, &c->virtual_server)
		CONF_FOREACH (const struct real_server_conf, rs,
			      &vs->real_server)
			CONF_FOREACH (const struct checker_conf, ch,
				      &rs->checker)
				if (ch->type == CHECKER_SSL)
					each_of(&((const struct http_check_conf
							   *)ch)
							 ->tls,
						fn, arg);
}

/* ---- names ---- */

bool
tls_server_name(const char *written, char *name)
{
	struct addr a;
	const char *colon = strchr(written, ':');
	size_t len = strlen(written);

	/* "host:8443"; two colons are an IPv6 address. */
	if (colon != NULL && strchr(colon + 1, ':') == NULL)
		len = (size_t)(colon - written);
	if (len == 0 || len >= TLS_NAME_LEN || written[0] == '[')
		return false;
	(void)snprintf(name, TLS_NAME_LEN, "%.*s", (int)len, written);
	return addr_parse(name, &a) < 0;
}
