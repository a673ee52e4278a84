/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Words into members: one function per type, each says what is wrong in
 * keepalived's words.  Members stay untouched when a word is refused.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include "lib/util.h"
#include "parser/number.h"
#include "parser/reader.h"

/* Takes the place of the member of a row without one. */
union scratch {
	int64_t i;
	struct addr_port ap;
	struct conf_prefix prefix;
	struct conf_user user;
	struct conf_script script;
	struct conf_words words;
	const char *s;
};

static int
refuse(struct kw_in *in, uint32_t i, const char *expected, const char *what)
{
	ctx_report(in->ctx, DIAG_GENERAL, in->word[i].col, expected, NULL,
		   "%s '%s'", what, in->word[i].s);
	return -EINVAL;
}

static int
parse_integer(struct kw_in *in, void *member)
{
	const struct kw *kw = in->kw;
	int64_t min = kw->min, max = kw->max, v;
	int rc;

	number_range(kw, &min, &max);
	rc = number_parse(in, 1, kw, min, max, &v);
	if (rc < 0)
		return rc;
	number_put(member, kw->size > 0 ? kw->size : 8, v);
	return 1;
}

static int
parse_time(struct kw_in *in, void *member)
{
	int64_t ns;
	int rc = kw_parse_decimal(in, 1, in->kw, &ns);

	if (rc < 0)
		return rc;
	memcpy(member, &ns, sizeof(ns));
	return 1;
}

static const struct kw_word_value bool_words[] = {
	{"on", 1},  {"off", 0}, {"true", 1}, {"false", 0},
	{"yes", 1}, {"no", 0},	{NULL, 0},
};

int
kw_parse_bool(struct kw_in *in, uint32_t i, bool *v)
{
	for (const struct kw_word_value *w = bool_words; w->word != NULL; w++)
		if (strcmp(w->word, in->word[i].s) == 0) {
			*v = w->value != 0;
			return 0;
		}
	ctx_report(in->ctx, DIAG_GENERAL, in->word[i].col,
		   "on, off, true, false, yes or no", NULL, "invalid %s '%s'",
		   in->kw != NULL ? in->kw->name : "value", in->word[i].s);
	return -EINVAL;
}

/* A bool, or an enum conf_tri. */
static void
put_bool(const struct kw *kw, void *member, bool v)
{
	if (kw->size == sizeof(enum conf_tri))
		number_put(member, kw->size, v ? CONF_ON : CONF_OFF);
	else
		*(bool *)member = v;
}

bool
value_is_true(const struct kw *kw, const void *member)
{
	if (kw->size == sizeof(enum conf_tri))
		return number_get(member, kw->size, false) == CONF_ON;
	return *(const bool *)member;
}

bool
value_is_unset(const struct kw *kw, const void *member)
{
	const unsigned char *b = member;

	for (uint32_t i = 0; i < kw->size; i++)
		if (b[i] != 0)
			return false;
	return true;
}

static int
parse_bool(struct kw_in *in, void *member)
{
	bool v = true;

	if (in->n > 1 && kw_parse_bool(in, 1, &v) < 0)
		return -EINVAL;
	put_bool(in->kw, member, v);
	return in->n > 1 ? 1 : 0;
}

/* Whether the member is an array of bytes and no pointer: told by .max. */
bool
value_is_array(const struct kw *kw)
{
	return kw->max > 0 && kw->size > 0 &&
	       (kw->size != sizeof(char *) || kw->max == (int64_t)kw->size);
}

static int
put_string(struct kw_in *in, uint32_t i, const char *s, void *member)
{
	const struct kw *kw = in->kw;
	size_t len = strlen(s);
	bool is_array = value_is_array(kw);
	size_t max = kw->max > 0 ? (size_t)kw->max : SIZE_MAX;

	if (len > max && (kw->flags & KW_TRUNCATE) == 0) {
		ctx_report(in->ctx, DIAG_GENERAL, in->word[i].col, NULL, NULL,
			   "%s '%s' too long - ignoring", kw->name, s);
		return -EINVAL;
	}
	if (len > max) {
		ctx_report(in->ctx, DIAG_GENERAL, in->word[i].col, NULL, NULL,
			   "Truncating %s to %zu characters", kw->name, max);
		len = max;
	}
	if (is_array) {
		memset(member, 0, kw->size);
		memcpy(member, s, len < kw->size ? len : kw->size);
	} else {
		if (s[len] != '\0')
			s = arena_strndup(conf_ctx_arena(in->ctx), s, len);
		*(const char **)member = s;
	}
	return 0;
}

static int
parse_string(struct kw_in *in, void *member)
{
	const char **w;
	char quote;
	int n;

	if ((in->kw->flags & KW_ESCAPES) == 0)
		return put_string(in, 1, in->word[1].s, member) < 0 ? -EINVAL
								    : 1;
	n = lex_split_arguments(in, true, &w, &quote);
	if (n < 0)
		return n;
	if (n != 1) {
		ctx_report(in->ctx, DIAG_GENERAL, in->word[1].col,
			   "one word, quoted if it has blanks", NULL,
			   "%s has %d words", in->kw->name, n);
		return -EINVAL;
	}
	return put_string(in, 1, w[0], member) < 0 ? -EINVAL : (int)in->n - 1;
}

static int
parse_ifname(struct kw_in *in, void *member)
{
	if (in->word[1].len >= IF_NAMESIZE) {
		ctx_report(in->ctx, DIAG_GENERAL, in->word[1].col,
			   "at most 15 characters", NULL,
			   "Interface name '%s' too long - ignoring",
			   in->word[1].s);
		return -EINVAL;
	}
	if (in->word[1].len == 0)
		return refuse(in, 1, "an interface name", "invalid interface");
	*(const char **)member = in->word[1].s;
	return 1;
}

static int
parse_words(struct kw_in *in, void *member)
{
	struct conf_words *w = member;
	uint32_t n = in->n - 1;

	w->word =
		arena_alloc(conf_ctx_arena(in->ctx), (n + 1) * sizeof(char *));
	for (uint32_t i = 0; i < n; i++)
		w->word[i] = in->word[i + 1].s;
	w->n = n;
	return (int)n;
}

/* "a, b or c" of the words of a row. */
static const char *
list_words(struct arena *a, const struct kw_word_value *words)
{
	struct buf b = BUF_INIT;
	char *s;

	for (; words->word != NULL; words++) {
		if (b.len > 0)
			buf_adds(&b, words[1].word != NULL ? ", " : " or ");
		buf_adds(&b, words->word);
	}
	s = arena_strdup(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

static const char *
nearest_word(const struct kw_word_value *words, const char *s)
{
	const char *list[128];
	size_t n = 0;

	for (; words->word != NULL && n < ARRAY_LEN(list); words++)
		list[n++] = words->word;
	return diag_nearest(s, list, n);
}

static const struct kw_word_value *
find_word(const struct kw_word_value *words, const char *s, size_t len,
	  bool nocase)
{
	for (; words->word != NULL; words++)
		if (strlen(words->word) == len &&
		    (nocase ? strncasecmp(words->word, s, len)
			    : strncmp(words->word, s, len)) == 0)
			return words;
	return NULL;
}

int
kw_parse_enum(struct kw_in *in, uint32_t i, const struct kw_word_value *words,
	      bool nocase, int64_t *v)
{
	const struct kw_word *w = &in->word[i];
	const struct kw_word_value *f = find_word(words, w->s, w->len, nocase);

	if (f == NULL) {
		ctx_report(in->ctx, DIAG_GENERAL, w->col,
			   list_words(conf_ctx_arena(in->ctx), words),
			   nearest_word(words, w->s), "unknown %s '%s'",
			   in->kw != NULL ? in->kw->name : "word", w->s);
		return -EINVAL;
	}
	*v = f->value;
	return 0;
}

static int
parse_enum(struct kw_in *in, void *member)
{
	int64_t v;

	if (kw_parse_enum(in, 1, in->kw->words,
			  (in->kw->flags & KW_NOCASE) != 0, &v) < 0)
		return -EINVAL;
	number_put(member, in->kw->size > 0 ? in->kw->size : 8, v);
	return 1;
}

static int
parse_bits(struct kw_in *in, void *member)
{
	bool nocase = (in->kw->flags & KW_NOCASE) != 0;
	int64_t bits = 0;

	for (uint32_t i = 1; i < in->n; i++)
		for (const char *s = in->word[i].s; *s != '\0';) {
			size_t len = strcspn(s, "|");
			const struct kw_word_value *f =
				find_word(in->kw->words, s, len, nocase);

			if (f == NULL && len > 0)
				return refuse(
					in, i,
					list_words(conf_ctx_arena(in->ctx),
						   in->kw->words),
					"unknown option");
			bits |= f != NULL ? f->value : 0;
			s += len + (s[len] == '|');
		}
	number_put(member, in->kw->size > 0 ? in->kw->size : 8, bits);
	return (int)in->n - 1;
}

int
kw_parse_addr(struct kw_in *in, uint32_t i, uint16_t family, struct addr *a)
{
	struct addr v;

	if (addr_parse(in->word[i].s, &v) < 0 ||
	    (family != 0 && v.family != family))
		return refuse(in, i,
			      family == AF_INET	   ? "an IPv4 address"
			      : family == AF_INET6 ? "an IPv6 address"
						   : "an IP address",
			      "invalid IP address");
	*a = v;
	return 0;
}

static int
parse_addr(struct kw_in *in, void *member)
{
	struct addr a;

	if (kw_parse_addr(in, 1, in->kw->family, &a) < 0)
		return -EINVAL;
	if ((in->kw->flags & KW_MCAST) != 0 && !addr_is_multicast(&a))
		return refuse(in, 1, "a multicast address",
			      "invalid multicast address");
	*(struct addr *)member = a;
	return 1;
}

static int
parse_addr_port(struct kw_in *in, void *member)
{
	struct addr_port ap = {0};
	int64_t port = 0;

	if (kw_parse_addr(in, 1, in->kw->family, &ap.addr) < 0)
		return -EINVAL;
	if (in->n > 2 && kw_parse_int(in, 2, 1, 65535, &port) < 0)
		return -EINVAL;
	ap.port = (uint16_t)port;
	*(struct addr_port *)member = ap;
	return in->n > 2 ? 2 : 1;
}

static int
parse_prefix(struct kw_in *in, void *member)
{
	struct conf_prefix p = {0};
	const char *s = in->word[1].s;
	size_t len = strcspn(s, "/");
	char text[ADDR_STR_LEN];
	int64_t bits = 0;

	if (len >= sizeof(text))
		return refuse(in, 1, "ADDRESS[/LENGTH]", "invalid IP address");
	memcpy(text, s, len);
	text[len] = '\0';
	if (addr_parse(text, &p.addr) < 0 ||
	    (in->kw->family != 0 && p.addr.family != in->kw->family))
		return refuse(in, 1, "ADDRESS[/LENGTH]", "invalid IP address");
	p.len = (uint8_t)(addr_len(&p.addr) * 8);
	p.has_len = s[len] == '/';
	if (p.has_len &&
	    (!number_take(s + len + 1, &bits) || bits < 0 || bits > p.len))
		return refuse(in, 1, "ADDRESS/LENGTH",
			      "invalid prefix length in");
	if (p.has_len)
		p.len = (uint8_t)bits;
	*(struct conf_prefix *)member = p;
	return 1;
}

static int
parse_user(struct kw_in *in, void *member)
{
	struct conf_user *u = member;

	u->user = in->word[1].s;
	u->group = in->n > 2 ? in->word[2].s : NULL;
	return in->n > 2 ? 2 : 1;
}

static int
parse_script(struct kw_in *in, void *member)
{
	struct conf_script s = {0};
	int rc = kw_parse_script(in, &s);

	if (rc < 0)
		return rc;
	*(struct conf_script *)member = s;
	return (int)in->n - 1;
}

static int
parse_by_type(struct kw_in *in, void *member)
{
	const struct kw *kw = in->kw;

	switch (kw->type) {
	case KW_FLAG:
		*(bool *)member = (kw->flags & KW_INVERT) == 0;
		return 0;
	case KW_SET:
		number_put(member, kw->size > 0 ? kw->size : 8, kw->min);
		return 0;
	case KW_BOOL:
		return parse_bool(in, member);
	case KW_UINT:
	case KW_INT:
		return parse_integer(in, member);
	case KW_SECONDS:
	case KW_MSEC:
	case KW_USEC:
		return parse_time(in, member);
	case KW_STRING:
	case KW_PATH:
		return parse_string(in, member);
	case KW_REF:
		*(const char **)member = in->word[1].s;
		return 1;
	case KW_IFNAME:
		return parse_ifname(in, member);
	case KW_WORDS:
		return parse_words(in, member);
	case KW_ENUM:
		return parse_enum(in, member);
	case KW_BITS:
		return parse_bits(in, member);
	case KW_ADDR:
		return parse_addr(in, member);
	case KW_ADDR_PORT:
		return parse_addr_port(in, member);
	case KW_PREFIX:
		return parse_prefix(in, member);
	case KW_SCRIPT:
		return parse_script(in, member);
	case KW_USER:
		return parse_user(in, member);
	case KW_WORD_BLOCK:
	case KW_BLOCK:
	case KW_BLOCKS:
	case KW_LINES:
	case KW_LINE:
	case KW_ALIAS:
	case KW_CUSTOM:
	case KW_IGNORED:
	case KW_DOC:
		break;
	}
	return 0;
}

int
value_parse(struct kw_in *in, const struct row *row)
{
	const struct kw *kw = row->kw;
	union scratch none = {0};
	void *member = kw->size > 0 ? (char *)in->obj + kw->offset : NULL;
	int took, more;

	if (kw->type == KW_CUSTOM)
		return kw->ops->parse(in, member);
	took = parse_by_type(in, member != NULL ? member : (void *)&none);
	if (took < 0 || row->sub == NULL || (uint32_t)took + 1 >= in->n)
		return took;
	more = kw_parse_words(in, (uint32_t)took + 1, kw->sub, in->obj);
	return more < 0 ? more : took + more;
}
