/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Whether two members hold the same value, by type. */
#include <string.h>

#include "parser/reader.h"

static bool
is_same_string(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
is_same_words(const char *const *a, uint32_t na, const char *const *b,
	      uint32_t nb)
{
	if (na != nb)
		return false;
	for (uint32_t i = 0; i < na; i++)
		if (!is_same_string(a[i], b[i]))
			return false;
	return true;
}

static bool
is_same_script(const struct conf_script *a, const struct conf_script *b)
{
	return is_same_words(a->argv, a->argc, b->argv, b->argc) &&
	       is_same_string(a->user, b->user) &&
	       is_same_string(a->group, b->group);
}

static bool
is_same_pointed(const struct kw *kw, const void *a, const void *b)
{
	const struct conf_words *wa = a, *wb = b;
	const struct conf_user *ua = a, *ub = b;

	if (kw->type == KW_WORDS || kw->type == KW_WORD_BLOCK)
		return is_same_words(wa->word, wa->n, wb->word, wb->n);
	if (kw->type == KW_SCRIPT)
		return is_same_script(a, b);
	if (kw->type == KW_USER)
		return is_same_string(ua->user, ub->user) &&
		       is_same_string(ua->group, ub->group);
	return is_same_string(*(const char *const *)a, *(const char *const *)b);
}

bool
value_is_equal(const struct kw *kw, const void *a, const void *b)
{
	const struct conf_prefix *pa = a, *pb = b;
	const struct addr_port *ia = a, *ib = b;

	switch (kw->type) {
	case KW_FLAG:
	case KW_SET:
	case KW_BOOL:
	case KW_UINT:
	case KW_INT:
	case KW_SECONDS:
	case KW_MSEC:
	case KW_USEC:
	case KW_ENUM:
	case KW_BITS:
		return memcmp(a, b, kw->size) == 0;
	case KW_STRING:
	case KW_PATH:
		if (value_is_array(kw))
			return memcmp(a, b, kw->size) == 0;
		return is_same_pointed(kw, a, b);
	case KW_IFNAME:
	case KW_REF:
	case KW_WORDS:
	case KW_WORD_BLOCK:
	case KW_SCRIPT:
	case KW_USER:
		return is_same_pointed(kw, a, b);
	case KW_ADDR:
		return addr_is_equal(a, b);
	case KW_ADDR_PORT:
		return addr_is_equal(&ia->addr, &ib->addr) &&
		       ia->port == ib->port;
	case KW_PREFIX:
		return addr_is_equal(&pa->addr, &pb->addr) &&
		       pa->len == pb->len;
	case KW_CUSTOM:
		return kw->ops->equal == NULL || kw->ops->equal(a, b);
	case KW_BLOCK:
	case KW_BLOCKS:
	case KW_LINES:
	case KW_LINE:
	case KW_ALIAS:
	case KW_IGNORED:
	case KW_DOC:
		break;
	}
	return true;
}
