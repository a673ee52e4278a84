/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Readers for what a check sends and expects: hex data, digests, status codes,
 * regex options, DNS names.  Pure reading.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/conf_tables.h"

#define DNS_NAME_MAX  253
#define DNS_LABEL_MAX 63

/* 0..15, -1 for no hex digit; *any for the wildcard 'x'. */
static int
hex_digit(char c, bool *any)
{
	*any = c == 'x' || c == 'X';
	if (*any)
		return 0;
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct hex {
	uint8_t data[UDP_CHECK_DATA_MAX], mask[UDP_CHECK_DATA_MAX];
	uint16_t len;
	bool has_wildcard;
};

/* The digits of one word, two per byte; a lone last digit is a byte. */
static int
hex_word(const char *s, struct hex *h)
{
	while (*s != '\0') {
		bool any_high = false, any_low = false;
		int high = 0, low = hex_digit(*s++, &any_low);
		if (*s != '\0') {
			high = low;
			any_high = any_low;
			low = hex_digit(*s++, &any_low);
		}
		if (high < 0 || low < 0 || h->len >= sizeof(h->data))
			return -EINVAL;
		h->data[h->len] = (uint8_t)(high << 4 | low);
		h->mask[h->len++] =
			(uint8_t)((any_high ? 0 : 0xf0) | (any_low ? 0 : 0x0f));
		h->has_wildcard |= any_high || any_low;
	}
	return 0;
}

static int
hex_line(struct kw_in *in, struct hex *h)
{
	for (uint32_t i = 1; i < in->n; i++)
		if (hex_word(in->word[i].s, h) < 0)
			return -EINVAL;
	return 0;
}

static int
payload_parse(struct kw_in *in, void *member)
{
	struct udp_check_conf *u = in->obj;
	struct hex h = {.len = 0};
	(void)member; /* two members */
	if (in->n < 2 || hex_line(in, &h) < 0 || h.has_wildcard) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "hex digits",
				     "Invalid hex string for UDP_CHECK "
				     "payload");
		return -EINVAL;
	}
	memcpy(u->payload, h.data, sizeof(u->payload));
	u->payload_len = h.len;
	return (int)in->n - 1;
}

const struct kw_ops payload_ops = {.parse = payload_parse};

static int
require_reply_parse(struct kw_in *in, void *member)
{
	struct udp_check_conf *u = in->obj;
	struct hex h = {.len = 0};
	(void)member; /* several members */
	if (hex_line(in, &h) < 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL,
				     "hex digits, x for any",
				     "Invalid hex string for UDP_CHECK "
				     "require_reply");
		return -EINVAL;
	}
	u->require_reply = true;
	memcpy(u->reply, h.data, sizeof(u->reply));
	memcpy(u->reply_mask, h.mask, sizeof(u->reply_mask));
	u->reply_len = h.len;
	return (int)in->n - 1;
}

const struct kw_ops require_reply_ops = {.parse = require_reply_parse};

/* ---- url ---- */

static int
digest_parse(struct kw_in *in, void *member)
{
	struct url_conf *u = in->obj;
	struct hex h = {.len = 0};
	(void)member; /* two members */
	if (in->word[1].len != 2 * sizeof(u->digest)) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "digest '%s' character length should be %zu rather "
			    "than %u",
			    in->word[1].s, 2 * sizeof(u->digest),
			    in->word[1].len);
		return -EINVAL;
	}
	if (hex_word(in->word[1].s, &h) < 0 || h.has_wildcard) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "digest '%s' is not a valid hex string",
			    in->word[1].s);
		return -EINVAL;
	}
	memcpy(u->digest, h.data, sizeof(u->digest));
	u->has_digest = true;
	return 1;
}

const struct kw_ops digest_ops = {.parse = digest_parse};

static int
status_code_parse(struct kw_in *in, void *member)
{
	uint64_t *set = member;
	for (uint32_t i = 1; i < in->n; i++) {
		unsigned first, last;
		int end = 0;
		const char *s = in->word[i].s;
		if (sscanf(s, "%3u%n", &first, &end) == 1 && s[end] == '\0')
			last = first;
		else if (sscanf(s, "%3u-%3u%n", &first, &last, &end) != 2 ||
			 s[end] != '\0')
			first = 0;
		if (first < 100 || last > 599 || last < first) {
			conf_report_expected(in->ctx, DIAG_GENERAL,
					     "100..599, or a range of them",
					     "Invalid HTTP_GET status code "
					     "'%s'",
					     s);
			continue;
		}
		for (unsigned code = first; code <= last; code++)
			set[code / 64] |= UINT64_C(1) << (code % 64);
	}
	return (int)in->n - 1;
}

static bool
status_code_equal(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct url_conf *)0)->status_code)) == 0;
}

const struct kw_ops status_code_ops = {.parse = status_code_parse,
				       .equal = status_code_equal};

/* clang-format off */
static const struct kw regex_option_rows[] = {
	{.name = "allow_empty_class", .type = KW_DOC,
	 .doc = "Sets PCRE2_ALLOW_EMPTY_CLASS."},
	{.name = "alt_bsux", .type = KW_DOC,
	 .doc = "Sets PCRE2_ALT_BSUX."},
	{.name = "auto_callout", .type = KW_DOC,
	 .doc = "Sets PCRE2_AUTO_CALLOUT."},
	{.name = "caseless", .type = KW_DOC,
	 .doc = "Sets PCRE2_CASELESS."},
	{.name = "dollar_endonly", .type = KW_DOC,
	 .doc = "Sets PCRE2_DOLLAR_ENDONLY."},
	{.name = "dotall", .type = KW_DOC,
	 .doc = "Sets PCRE2_DOTALL."},
	{.name = "dupnames", .type = KW_DOC,
	 .doc = "Sets PCRE2_DUPNAMES."},
	{.name = "extended", .type = KW_DOC,
	 .doc = "Sets PCRE2_EXTENDED."},
	{.name = "firstline", .type = KW_DOC,
	 .doc = "Sets PCRE2_FIRSTLINE."},
	{.name = "match_unset_backref", .type = KW_DOC,
	 .doc = "Sets PCRE2_MATCH_UNSET_BACKREF."},
	{.name = "multiline", .type = KW_DOC,
	 .doc = "Sets PCRE2_MULTILINE."},
	{.name = "never_ucp", .type = KW_DOC,
	 .doc = "Sets PCRE2_NEVER_UCP."},
	{.name = "never_utf", .type = KW_DOC,
	 .doc = "Sets PCRE2_NEVER_UTF."},
	{.name = "no_auto_capture", .type = KW_DOC,
	 .doc = "Sets PCRE2_NO_AUTO_CAPTURE."},
	{.name = "no_auto_possess", .type = KW_DOC,
	 .doc = "Sets PCRE2_NO_AUTO_POSSESS."},
	{.name = "no_dotstar_anchor", .type = KW_DOC,
	 .doc = "Sets PCRE2_NO_DOTSTAR_ANCHOR."},
	{.name = "no_start_optimize", .type = KW_DOC,
	 .doc = "Sets PCRE2_NO_START_OPTIMIZE."},
	{.name = "ucp", .type = KW_DOC,
	 .doc = "Sets PCRE2_UCP."},
	{.name = "ungreedy", .type = KW_DOC,
	 .doc = "Sets PCRE2_UNGREEDY."},
	{.name = "utf", .type = KW_DOC,
	 .doc = "Sets PCRE2_UTF."},
	{.name = "never_backslash_c", .type = KW_DOC,
	 .doc = "Sets PCRE2_NEVER_BACKSLASH_C."},
	{.name = "alt_circumflex", .type = KW_DOC,
	 .doc = "Sets PCRE2_ALT_CIRCUMFLEX."},
	{.name = "alt_verbnames", .type = KW_DOC,
	 .doc = "Sets PCRE2_ALT_VERBNAMES."},
	{.name = "use_offset_limit", .type = KW_DOC,
	 .doc = "Sets PCRE2_USE_OFFSET_LIMIT."},
};
/* clang-format on */
const struct kw_block regex_option_words = {
	KW_ROWS(regex_option_rows),
	.ignores_unknown = true,
};

/* The words stand in the order of the bits (enum regex_option). */
_Static_assert(ARRAY_LEN(regex_option_rows) == 24, "regex options");

static int
regex_options_parse(struct kw_in *in, void *member)
{
	uint32_t *set = member;
	for (uint32_t i = 1; i < in->n; i++)
		for (uint32_t k = 0; k < ARRAY_LEN(regex_option_rows); k++)
			if (strcmp(regex_option_rows[k].name, in->word[i].s) ==
			    0)
				*set |= UINT32_C(1) << k;
	return (int)in->n - 1;
}

const struct kw_ops regex_options_ops = {.parse = regex_options_parse};

/* A number whose faults are only noted; -EINVAL: there is none. */
static int
quiet_number(const struct kw_in *in, uint32_t i, uint64_t *v)
{
	const char *s = i < in->n ? in->word[i].s : "";
	char *end;
	errno = 0;
	unsigned long long n = strtoull(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0)
		return -EINVAL;
	*v = n;
	return 0;
}

static int
regex_offset_parse(struct kw_in *in, void *member)
{
	if (quiet_number(in, 1, member) == 0)
		return 1;
	conf_report(in->ctx, DIAG_NOTE, "%s needs a number: ignored",
		    in->word[0].s);
	return -EINVAL;
}

static bool
u64_equal(const void *a, const void *b)
{
	return *(const uint64_t *)a == *(const uint64_t *)b;
}

const struct kw_ops regex_offset_ops = {.parse = regex_offset_parse,
					.equal = u64_equal};

/* START MAX */
static int
regex_stack_parse(struct kw_in *in, void *member)
{
	struct url_conf *u = in->obj;
	uint64_t start, max;
	(void)member; /* two members */
	if (in->n != 3 || quiet_number(in, 1, &start) < 0 ||
	    quiet_number(in, 2, &max) < 0 || start == 0 || start > max) {
		conf_report(in->ctx, DIAG_NOTE,
			    "regex_stack needs a start size and a maximum "
			    "that is not below it: ignored");
		return -EINVAL;
	}
	u->regex_stack_start = start;
	u->regex_stack_max = max;
	return 2;
}

const struct kw_ops regex_stack_ops = {.parse = regex_stack_parse};

/* ---- DNS_CHECK ---- */

/* What is wrong with a host name; NULL: nothing. */
static const char *
dns_name_fault(const char *s)
{
	size_t label = 0, len = strlen(s);
	if (strcmp(s, ".") == 0)
		return NULL;
	if (len == 0 || len > DNS_NAME_MAX)
		return "is empty or too long";
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '.') {
			if (++label > DNS_LABEL_MAX)
				return "has a label longer than 63 characters";
		} else if (label == 0) {
			return "has empty label";
		} else {
			label = 0;
		}
	}
	return NULL;
}

static int
dns_name_parse(struct kw_in *in, void *member)
{
	const char *fault = dns_name_fault(in->word[1].s);
	if (fault != NULL) {
		conf_report(in->ctx, DIAG_GENERAL,
			    "DNS_CHECK name '%s' %s - ignoring", in->word[1].s,
			    fault);
		return -EINVAL;
	}
	*(const char **)member = in->word[1].s;
	return 1;
}

static bool
dns_name_equal(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
}

const struct kw_ops dns_name_ops = {.parse = dns_name_parse,
				    .equal = dns_name_equal};
