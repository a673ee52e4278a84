/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Readers for the words of global_defs that no common type describes.
 * smtp_server resolves a host name, as keepalived does while it reads; nothing
 * else leaves the process.
 */
#include "daemon/conf_words.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/conf_global.h"
#include "parser/parse.h"
#include "parser/schema.h"

#define SMTP_PORT 25

static int
host_find(const char *host, struct addr *a)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return -ENOENT;
	struct addr_port ap;
	int r = addr_port_from_sockaddr(found->ai_addr, found->ai_addrlen, &ap);
	freeaddrinfo(found);
	if (r == 0)
		*a = ap.addr;
	return r;
}

/* HOST [PORT] */
static int
smtp_server_parse(struct kw_in *in, void *member)
{
	struct daemon_conf *c = in->obj;
	int64_t port = SMTP_PORT;
	struct addr a = {.family = AF_UNSPEC};
	(void)member; /* several members */
	if (in->n < 2)
		return -EINVAL;
	if (in->n > 2 && kw_parse_int(in, 2, 1, UINT16_MAX, &port) < 0)
		return -EINVAL;
	/* Its name is looked up for each mail: one that cannot be found now
	 * may be found then. */
	if (addr_parse(in->word[1].s, &a) < 0 &&
	    !conf_ctx_opts(in->ctx)->is_engine &&
	    host_find(in->word[1].s, &a) < 0)
		conf_report(in->ctx, DIAG_GENERAL, "Invalid smtp server %s %d",
			    in->word[1].s, (int)port);
	c->smtp_server = in->word[1].s;
	c->smtp_server_addr = a;
	c->smtp_server_port = (uint16_t)port;
	return in->n > 2 ? 2 : 1;
}

const struct kw_ops smtp_server_ops = {.parse = smtp_server_parse};

/* [N]; bare is the maximum. */
static int
max_auto_priority_parse(struct kw_in *in, void *member)
{
	int64_t v = 99;
	if (in->n > 1 && kw_parse_int(in, 1, -1, 99, &v) < 0)
		return -EINVAL;
	*(int32_t *)member = (int32_t)v;
	return in->n > 1 ? 1 : 0;
}

const struct kw_ops max_auto_priority_ops = {.parse = max_auto_priority_parse};

/* PATH [USER [GROUP]] */
static int
fifo_parse(struct kw_in *in, void *member)
{
	struct fifo_conf *f = member;
	if (in->n < 2) {
		conf_report(in->ctx, DIAG_GENERAL, "No %s name specified",
			    in->word[0].s);
		return -EINVAL;
	}
	f->path = in->word[1].s;
	f->user = in->n > 2 ? in->word[2].s : NULL;
	f->group = in->n > 3 ? in->word[3].s : NULL;
	return in->n > 4 ? 3 : (int)in->n - 1;
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
fifo_equal(const void *a, const void *b)
{
	const struct fifo_conf *x = a, *y = b;
	return same(x->path, y->path) && same(x->user, y->user) &&
	       same(x->group, y->group);
}

const struct kw_ops fifo_ops = {.parse = fifo_parse, .equal = fifo_equal};

/* ---- random_seed ---- */

static int
random_seed_parse(struct kw_in *in, void *member)
{
	int64_t v;

	if (kw_parse_int(in, 1, 0, UINT32_MAX, &v) < 0)
		return -EINVAL;
	*(uint32_t *)member = (uint32_t)v;
	conf_ctx_seed_random(in->ctx, (uint32_t)v);
	return 1;
}

const struct kw_ops random_seed_ops = {.parse = random_seed_parse};

/* ---- umask ---- */

/* clang-format off */
static const struct kw umask_word_rows[] = {
	{.name = "IRUSR", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IRUSR constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IWUSR", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IWUSR constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IXUSR", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IXUSR constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IRWXU", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IRWXU constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IRGRP", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IRGRP constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IWGRP", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IWGRP constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IXGRP", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IXGRP constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IRWXG", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IRWXG constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IROTH", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IROTH constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IWOTH", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IWOTH constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IXOTH", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IXOTH constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
	{.name = "IRWXO", .type = KW_DOC,
	 .doc = "Mask bit with the meaning of the S_IRWXO constant; several are joined with \"|\" (glued together "
		"without spaces only since 2.4)."},
};
/* clang-format on */
const struct kw_block umask_words = {KW_ROWS(umask_word_rows),
				     .ignores_unknown = true};

static const struct {
	const char *word;
	mode_t bits;
} umask_bit[] = {
	{"IRUSR", S_IRUSR}, {"IWUSR", S_IWUSR}, {"IXUSR", S_IXUSR},
	{"IRWXU", S_IRWXU}, {"IRGRP", S_IRGRP}, {"IWGRP", S_IWGRP},
	{"IXGRP", S_IXGRP}, {"IRWXG", S_IRWXG}, {"IROTH", S_IROTH},
	{"IWOTH", S_IWOTH}, {"IXOTH", S_IXOTH}, {"IRWXO", S_IRWXO},
};

/* Adds the bits of one name; -EINVAL if there is no such bit. */
static int
umask_add(const char *name, size_t len, mode_t *mask)
{
	for (size_t i = 0; i < ARRAY_LEN(umask_bit); i++)
		if (strlen(umask_bit[i].word) == len &&
		    memcmp(umask_bit[i].word, name, len) == 0) {
			*mask |= umask_bit[i].bits;
			return 0;
		}
	return -EINVAL;
}

/* "IRUSR|IWUSR | IXUSR": all words of the line. */
static int
umask_names(struct kw_in *in, mode_t *mask)
{
	for (uint32_t i = 1; i < in->n; i++)
		for (const char *s = in->word[i].s; *s != '\0';) {
			size_t len = strcspn(s, "|");
			if (len > 0 && umask_add(s, len, mask) < 0) {
				conf_report(in->ctx, DIAG_GENERAL,
					    "Unknown umask bit %.*s", (int)len,
					    s);
				return -EINVAL;
			}
			s += len + (s[len] == '|');
		}
	return 0;
}

/* A C number, or names of bits joined with '|', glued or not. */
static int
umask_parse(struct kw_in *in, void *member)
{
	struct daemon_conf *c = in->obj;
	mode_t mask = 0;
	const char *s = in->word[1].s;
	(void)member; /* two members */
	if (*s >= '0' && *s <= '9') {
		char *end;
		unsigned long v = strtoul(s, &end, 0);
		if (*end != '\0' || v > 0777) {
			conf_report(in->ctx, DIAG_GENERAL,
				    "invalid umask value %s", s);
			return -EINVAL;
		}
		mask = (mode_t)v;
	} else if (umask_names(in, &mask) < 0) {
		return -EINVAL;
	}
	c->umask = mask;
	c->has_umask = true;
	return (int)in->n - 1;
}

const struct kw_ops umask_ops = {.parse = umask_parse};

/* ---- include_check ---- */

/* clang-format off */
static const struct kw include_check_word_rows[] = {
	{.name = "read", .type = KW_DOC,
	 .doc = "Matched file must be a readable, regular, non-executable file and its directory enterable."},
	{.name = "match", .type = KW_DOC,
	 .doc = "A name without wildcards must exist."},
	{.name = "wildcard_match", .type = KW_DOC,
	 .doc = "A wildcard pattern must match something."},
	{.name = "brace_match", .type = KW_DOC,
	 .doc = "Every alternative of a brace list must match."},
};
/* clang-format on */
const struct kw_block include_check_words = {
	KW_ROWS(include_check_word_rows),
	.ignores_unknown = true,
};

static const struct kw_word_value include_check_value[] = {
	{"read", CONF_INCLUDE_READ},
	{"match", CONF_INCLUDE_MATCH},
	{"wildcard_match", CONF_INCLUDE_WILDCARD},
	{"brace_match", CONF_INCLUDE_BRACE},
	{NULL, 0},
};

static uint32_t
include_check_find(const char *word)
{
	for (const struct kw_word_value *v = include_check_value;
	     v->word != NULL; v++)
		if (strcmp(v->word, word) == 0)
			return (uint32_t)v->value;
	return 0;
}

/* Bare: all.  A plain first word sets, +word adds, -word takes away. */
static int
include_check_parse(struct kw_in *in, void *member)
{
	uint32_t *set = member;
	bool has_plain = false;
	*set = conf_ctx_include_check(in->ctx);
	if (in->n < 2)
		*set = CONF_INCLUDE_ALL;
	for (uint32_t i = 1; i < in->n; i++) {
		const char *w = in->word[i].s;
		char sign = *w == '+' || *w == '-' ? *w++ : '\0';
		uint32_t bit = include_check_find(w);
		if (bit == 0) {
			conf_report(in->ctx, DIAG_GENERAL,
				    "Unknown include_check type '%s' - "
				    "ignoring",
				    w);
		} else if (sign == '+') {
			*set |= bit;
		} else if (sign == '-') {
			*set &= ~bit;
		} else if (has_plain) {
			conf_report(in->ctx, DIAG_GENERAL,
				    "Duplicate include_check '%s' specified - "
				    "ignoring",
				    w);
		} else {
			*set = bit | CONF_INCLUDE_READ;
			has_plain = true;
		}
	}
	conf_ctx_set_include_check(in->ctx, *set);
	return (int)in->n - 1;
}

const struct kw_ops include_check_ops = {.parse = include_check_parse};
