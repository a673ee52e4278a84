/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword tables of HTTP_GET, SSL_GET and their url blocks.  Pure
 * reading.
 */
#include <string.h>

#include "check/conf_tables.h"
#include "check/regex.h"
#include "lib/arena.h"

/* clang-format off */
#define M(m) KW_MEMBER(struct url_conf, m)
#define URL_ROWS \
        {.name = "path", .type = KW_STRING, M(path), .flags = KW_NEED, .reload = KW_LIVE, .args = "<STRING>", \
         .def_doc = "required", \
         .doc = "Path to request; repeated reported and replaced."}, \
        {.name = "digest", .type = KW_CUSTOM, M(digest), .ops = &digest_ops, .flags = KW_NEED, .reload = KW_LIVE, \
         .args = "<32 HEX DIGITS>", .def_doc = "not checked", \
         .doc = "MD5 of the body (genhash); wrong length, bad digits or repeated reported and ignored."}, \
        {.name = "status_code", .type = KW_CUSTOM, M(status_code), .ops = &status_code_ops, .reload = KW_LIVE, \
         .args = "<INT 100..599>|<INT>-<INT> ...", .def_doc = "200-299", \
         .doc = "Accepted codes and ranges; bad ones reported and skipped."}, \
        {.name = "virtualhost", .type = KW_STRING, M(virtualhost), .reload = KW_LIVE, .args = "<STRING>", \
         .def_doc = "checker virtualhost", \
         .doc = "Host header of this url; missing reported."}, \
        {.name = "regex", .type = KW_STRING, M(regex), .flags = KW_ESCAPES, .reload = KW_LIVE, \
         .args = "<QUOTED-STRING>", .def_doc = "none", \
         .doc = "PCRE2 pattern that must match the body; quotes and backslash escapes are processed first; not exactly " \
                "one word reported and ignored; uncompilable only logged."}, \
        {.name = "regex_no_match", .type = KW_FLAG, M(regex_no_match), .reload = KW_LIVE, .def_doc = "false", \
         .doc = "Invert: a match is a failure."}, \
        {.name = "regex_options", .type = KW_CUSTOM, M(regex_options), .sub = &regex_option_words, \
         .ops = &regex_options_ops, .reload = KW_LIVE, .args = "<OPTION> ...", .def_doc = "none", \
         .doc = "PCRE2 compile options; unknown words silently ignored."}, \
        {.name = "regex_min_offset", .type = KW_CUSTOM, M(regex_min_offset), .ops = &regex_offset_ops, .reload = KW_LIVE, .args = "<INT>", \
         .def_doc = "0", \
         .doc = "First body offset searched; invalid only logged."}, \
        {.name = "regex_max_offset", .type = KW_CUSTOM, M(regex_max_offset), .ops = &regex_offset_ops, .reload = KW_LIVE, .args = "<INT>", \
         .def_doc = "none", \
         .doc = "Last body offset at which a match may start; not above min: logged and both dropped."}, \
        {.name = "regex_stack", .type = KW_CUSTOM, M(regex_stack_start), .ops = &regex_stack_ops, .reload = KW_LIVE, \
         .args = "<INT start bytes> <INT max bytes>", .def_doc = "default stack", \
         .doc = "JIT stack size; wrong count or start above max only logged; largest of all urls is used."},
static const struct kw url_rows[] = {
URL_ROWS
};
static const struct kw ssl_url_rows[] = {
URL_ROWS
	{.name = "tls_compliant", .type = KW_BOOL, M(tls_compliant), .reload = KW_LIVE, .args = "[<BOOL>]",
	 .def_doc = "false", .since = "2.4",
	 .doc = "Send close_notify for this url."},
};
#undef M
/* clang-format on */

static void
accept_code(struct url_conf *u, uint32_t code)
{
	u->status_code[code / 64] |= UINT64_C(1) << (code % 64);
}

/* keepalived logs it and then crashes: here the url goes without. */
static void
check_regex(struct conf_ctx *ctx, struct url_conf *u)
{
	char error[REGEX_ERROR_LEN];
	struct regex *r;

	if (u->regex == NULL)
		return;
	r = regex_new(u->regex, u->regex_options, error);
	if (r == NULL) {
		conf_report(ctx, DIAG_NOTE,
			    "Invalid regex: '%s' %s - url without it", u->regex,
			    error);
		u->regex = NULL;
	}
	regex_free(r);
}

static bool
url_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct url_conf *u = obj;
	(void)parent; /* the checker: nothing to look at */
	if (u->path == NULL) {
		conf_report(ctx, DIAG_GENERAL,
			    "HTTP/SSL_GET checker url has no path - ignoring");
		return false;
	}
	check_regex(ctx, u);
	if (!conf_is_given(&u->obj, "status_code"))
		for (uint32_t code = 200; code < 300; code++)
			accept_code(u, code);
	if (u->regex_max_offset != 0 &&
	    u->regex_max_offset <= u->regex_min_offset) {
		conf_report(ctx, DIAG_NOTE,
			    "regex_max_offset is not above regex_min_offset: "
			    "both ignored");
		u->regex_min_offset = u->regex_max_offset = 0;
	}
	return true;
}

static const struct kw_block url_block = {
	KW_ROWS(url_rows),
	.size = sizeof(struct url_conf),
	.check = url_check,
};
static const struct kw_block ssl_url_block = {
	KW_ROWS(ssl_url_rows),
	.size = sizeof(struct url_conf),
	.check = url_check,
};

/* clang-format off */
static const struct kw_word_value http_protocol_words[] = {
	{"1.0", HTTP_PROTOCOL_1_0}, {"1.0C", HTTP_PROTOCOL_1_0C}, {"1.0c", HTTP_PROTOCOL_1_0c},
	{"1.1", HTTP_PROTOCOL_1_1}, {"1.1C", HTTP_PROTOCOL_1_1C}, {"1.1c", HTTP_PROTOCOL_1_1c}, {NULL, 0},
};
static const struct kw_word_value ssl_protocol_words[] = {
	{"1.0", HTTP_PROTOCOL_1_0}, {"1.0C", HTTP_PROTOCOL_1_0C}, {"1.0c", HTTP_PROTOCOL_1_0c},
	{"1.1", HTTP_PROTOCOL_1_1}, {"1.1C", HTTP_PROTOCOL_1_1C}, {"1.1c", HTTP_PROTOCOL_1_1c},
	{"2", HTTP_PROTOCOL_2}, {NULL, 0},
};
#define M(m) KW_MEMBER(struct http_check_conf, m)
#define HTTP_ROWS(protocol_words, more_doc) \
        {.name = "nb_get_retry", .type = KW_UINT, M(checker.retry), .note = "please use 'retry'", \
         .flags = KW_NEED | KW_DEPRECATED, .reload = KW_LIVE, .args = "<INT 0..4294967295>", \
         .doc = "Deprecated alias of retry, use is reported."}, \
        {.name = "virtualhost", .type = KW_STRING, M(virtualhost), .reload = KW_LIVE, .args = "<STRING>", \
         .def_doc = "real_server, then virtual_server virtualhost, then address", \
         .doc = "Host header for urls without their own; missing reported."}, \
        {.name = "http_protocol", .type = KW_ENUM, M(http_protocol), .words = protocol_words, .def = "1.0", \
         .reload = KW_LIVE, .args = "1.0|1.0C|1.0c|1.1", \
         .doc = "Request version; 1.0C and 1.0c add Connection: close, 1.1 has it always (1.1C and 1.1c say so, words of " \
                "ours)" more_doc "; missing or other reported and ignored."}, \
        {.name = "enable_sni", .type = KW_BOOL, M(enable_sni), .reload = KW_LIVE, .args = "[<BOOL>]", \
         .def_doc = "false", \
         .doc = "Send SNI in the TLS handshake, name from sni_name, url, checker or virtual server virtualhost."}, \
        {.name = "sni_name", .type = KW_STRING, M(sni_name), .flags = KW_BARE, .reload = KW_LIVE, .args = "[<STRING>]", \
         .since = "2.4", \
         .doc = "Name for SNI, implies enable_sni; bare just enables; bare after a name is reported and ignored."}, \
        {.name = "fast_recovery", .type = KW_BOOL, M(fast_recovery), .reload = KW_LIVE, .args = "[<BOOL>]", \
         .def_doc = "false", \
         .doc = "No delay between urls while starting or recovering."},
static const struct kw http_rows[] = {
CHECKER_CONN_ROWS
HTTP_ROWS(http_protocol_words, "")
	{.name = "url", .type = KW_BLOCKS, M(url), .sub = &url_block, .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "One URL; repeatable; all must pass; without path reported and dropped."},
};
static const struct kw ssl_get_rows[] = {
CHECKER_CONN_ROWS
HTTP_ROWS(ssl_protocol_words, "; 2, a word of ours, is HTTP/2, which the server must agree to by ALPN")
	{.name = "tls_compliant", .type = KW_BOOL, M(tls_compliant), .reload = KW_LIVE, .args = "[<BOOL>]",
	 .def_doc = "false", .since = "2.4",
	 .doc = "Send close_notify when closing."},
	{.name = "verify_peer", .type = KW_BOOL, M(tls.verify_peer), .reload = KW_LIVE, .args = "[<BOOL>]",
	 .def_doc = "false", .since = "duumvir",
	 .doc = "The server's certificate must be valid today, signed by a CA of ca_file, and made out to verify_name or, "
		"without one, to the name sent by SNI; without any CA reported and ignored."},
	{.name = "verify_name", .type = KW_STRING, M(tls.verify_name), .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<NAME or IPADDR>", .def_doc = "name sent by SNI", .since = "duumvir",
	 .doc = "Name or address that the certificate must be made out to; implies verify_peer."},
	{.name = "ca_file", .type = KW_PATH, M(tls.ca_file), .flags = KW_NEED, .reload = KW_LIVE, .args = "<PATH>",
	 .def_doc = "ca of SSL", .since = "duumvir",
	 .doc = "PEM file of the CAs to verify against; read at each reload."},
	{.name = "certificate", .type = KW_PATH, M(tls.certificate), .flags = KW_NEED, .reload = KW_LIVE, .args = "<PATH>",
	 .def_doc = "certificate of SSL", .since = "duumvir",
	 .doc = "PEM file of our own certificate and its chain, shown to a server that asks; read at each reload."},
	{.name = "key", .type = KW_PATH, M(tls.key), .flags = KW_NEED, .reload = KW_LIVE, .args = "<PATH>",
	 .def_doc = "key of SSL", .since = "duumvir",
	 .doc = "PEM file of the certificate's private key; read at each reload."},
	{.name = "key_password", .type = KW_STRING, M(tls.key_password), .flags = KW_NEED | KW_SECRET, .reload = KW_LIVE,
	 .args = "<STRING>", .def_doc = "password of SSL", .since = "duumvir",
	 .doc = "Password of the private key."},
	{.name = "certificate_days", .type = KW_UINT, M(tls.certificate_days), KW_RANGE(0, 36500), .def = "0",
	 .flags = KW_NEED, .reload = KW_LIVE, .args = "<INT 0..36500 days>", .since = "duumvir",
	 .doc = "Fail when the server's certificate expires in fewer days than this; 0: only show the days in the data "
		"file."},
	{.name = "url", .type = KW_BLOCKS, M(url), .sub = &ssl_url_block, .reload = KW_LIVE, .args = "{...block...}",
	 .doc = "One URL; repeatable; all must pass; without path reported and dropped."},
};
#undef M
/* clang-format on */

static void
http_init(void *obj)
{
	((struct checker_conf *)obj)->type = CHECKER_HTTP;
}

static void
ssl_init(void *obj)
{
	((struct checker_conf *)obj)->type = CHECKER_SSL;
}

static bool
http_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct http_check_conf *h = obj;
	if (conf_is_given(&h->checker.obj, "sni_name"))
		h->enable_sni = true;
	if (h->tls.verify_name != NULL)
		h->tls.verify_peer = true;
	if (!STAILQ_EMPTY(&h->url))
		return checker_conf_check(ctx, obj, parent);
	conf_report(ctx, DIAG_GENERAL,
		    "HTTP/SSL_GET checker has no urls specified - ignoring");
	return false;
}

const struct kw_block http_get_block = {
	KW_ROWS(http_rows),  .size = sizeof(struct http_check_conf),
	.init = http_init,   .open = checker_conf_open,
	.check = http_check,
};
const struct kw_block ssl_get_block = {
	KW_ROWS(ssl_get_rows), .size = sizeof(struct http_check_conf),
	.init = ssl_init,      .open = checker_conf_open,
	.check = http_check,
};
