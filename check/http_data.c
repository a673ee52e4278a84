/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The copy that a check of the web keeps; see http_data.h. */
#include "check/http_data.h"

#include <string.h>

#include "check/http_request.h"
#include "check/regex.h"
#include "check/tls_param.h"
#include "lib/buf.h"
#include "lib/util.h"

/* The request, if its host is given, else its head; returns the host's length. */
static size_t
add_request(const struct http_check_conf *c, const struct url_conf *u,
	    struct buf *out)
{
	http_request_head(&(struct http_request){.path = u->path,
						 .agent = HTTP_USER_AGENT,
						 .protocol = c->http_protocol},
			  out);
	if (u->virtualhost == NULL)
		return 0;
	return http_request_host(u->virtualhost, &c->checker.connect, out);
}

static bool
wants_h2(const struct http_check_conf *c)
{
	return c->http_protocol == HTTP_PROTOCOL_2;
}

/* The name for SNI, as written; NULL: none is to be sent. */
static const char *
sni_of(const struct http_check_conf *c, const struct url_conf *u)
{
	if (c->checker.type != CHECKER_SSL || !c->enable_sni)
		return NULL;
	return c->sni_name != NULL ? c->sni_name : u->virtualhost;
}

static void
add_url_key(const struct url_conf *u, struct buf *key)
{
	const uint64_t number[] = {u->has_digest,	u->regex_no_match,
				   u->regex_options,	u->regex_min_offset,
				   u->regex_max_offset, u->regex_stack_max};

	buf_add(key, number, sizeof(number));
	buf_add(key, u->digest, sizeof(u->digest));
	buf_add(key, u->status_code, sizeof(u->status_code));
	if (u->regex != NULL)
		buf_adds(key, u->regex);
	buf_addc(key, '\0');
}

void
http_key(const struct checker_conf *checker, struct buf *key)
{
	const struct http_check_conf *c = (const void *)checker;

	buf_addc(key, (char)('0' + c->fast_recovery));
	if (checker->type == CHECKER_SSL)
		tls_param_key(&c->tls, wants_h2(c), key);
	CONF_FOREACH (const struct url_conf, u, &c->url) {
		const char *sni = sni_of(c, u);

		(void)add_request(c, u, key); /* the text is what counts */
		buf_addc(key, '\0');
		add_url_key(u, key);
		buf_printf(key, "%d%s", u->tls_compliant,
			   sni != NULL ? sni : "");
		buf_addc(key, '\0');
	}
}

static void
url_init(struct url *u, const struct http_check_conf *c,
	 const struct url_conf *conf)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT;
	const char *sni = sni_of(c, conf);
	size_t host_len;
	char error[REGEX_ERROR_LEN];

	host_len = add_request(c, conf, &text);
	*u = (struct url){.request = xcalloc(1, text.len),
			  .request_len = (uint32_t)text.len,
			  .path_len = (uint16_t)strlen(conf->path),
			  .host_len = (uint16_t)host_len,
			  .has_host = conf->virtualhost != NULL,
			  .has_digest = conf->has_digest,
			  .no_match = conf->regex_no_match,
			  .sni = sni != NULL ? xstrdup(sni) : NULL,
			  .tls_compliant = conf->tls_compliant,
			  .regex_min = conf->regex_min_offset,
			  .regex_max = conf->regex_max_offset,
			  .regex_memory = conf->regex_stack_max};
	memcpy(u->request, text.data, text.len);
	memcpy(u->digest, conf->digest, sizeof(u->digest));
	memcpy(u->status_code, conf->status_code, sizeof(u->status_code));
	/* What cannot be compiled was reported when it was read. */
	if (conf->regex != NULL)
		u->regex = regex_new(conf->regex, conf->regex_options, error);
}

void *
http_common_new(const struct checker_conf *checker)
{
	const struct http_check_conf *c = (const void *)checker;
	size_t n = 0;
	struct http_common *h;

	CONF_FOREACH (const struct url_conf, u, &c->url)
		n++;
	h = xcalloc(1, sizeof(*h) + n * sizeof(h->url[0]));
	h->fast_recovery = c->fast_recovery;
	if (checker->type == CHECKER_SSL) {
		h->tls = xcalloc(1, sizeof(*h->tls));
		*h->tls = tls_param_new(&c->tls, wants_h2(c));
	}
	CONF_FOREACH (const struct url_conf, u, &c->url)
		if (h->n_urls < UINT16_MAX)
			url_init(&h->url[h->n_urls++], c, u);
	return h;
}

void
http_common_free(void *common)
{
	struct http_common *h = common;

	for (uint16_t i = 0; i < h->n_urls; i++) {
		free(h->url[i].request);
		free(h->url[i].sni);
		regex_free(h->url[i].regex);
	}
	if (h->tls != NULL)
		tls_param_fini(h->tls);
	free(h->tls);
	free(h);
}

void *
http_data_new(const struct checker_conf *checker)
{
	struct http *h = xcalloc(1, sizeof(*h));

	(void)checker; /* what it says is shared */
	h->is_round = true;
	return h;
}

void
http_data_free(void *data)
{
	free(data);
}
