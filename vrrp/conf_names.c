/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Names that stand for numbers in addresses, routes and rules: built in, or
 * from iproute2's tables below /etc and /usr.  The only door of the vrrp
 * tables to the file system; reads, never writes.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/common.h"
#include "vrrp/conf_tables.h"

#define LINES_MAX 4096 /* of a table: it is a hand-written file */

static const struct {
	const char *table, *word;
	uint32_t value;
} builtin[] = {
	{"rt_scopes", "global", RT_SCOPE_UNIVERSE},
	{"rt_scopes", "site", RT_SCOPE_SITE},
	{"rt_scopes", "link", RT_SCOPE_LINK},
	{"rt_scopes", "host", RT_SCOPE_HOST},
	{"rt_scopes", "nowhere", RT_SCOPE_NOWHERE},
	{"rt_tables", "default", RT_TABLE_DEFAULT},
	{"rt_tables", "main", RT_TABLE_MAIN},
	{"rt_tables", "local", RT_TABLE_LOCAL},
	{"rt_protos", "kernel", RTPROT_KERNEL},
	{"rt_protos", "boot", RTPROT_BOOT},
	{"rt_protos", "static", RTPROT_STATIC},
	{"rt_protos", "keepalived", RTPROT_KEEPALIVED},
};

/* One line "NUMBER NAME"; is it the name looked for? */
static bool
is_line_of(char *line, const char *word, unsigned long *v)
{
	char *end;
	line[strcspn(line, "#\n")] = '\0';
	*v = strtoul(line, &end, 0);
	if (end == line)
		return false;
	end += strspn(end, " \t");
	end[strcspn(end, " \t")] = '\0';
	return strcmp(end, word) == 0;
}

static int
file_find(const char *dir, const char *table, const char *word, uint32_t *v)
{
	char path[512], line[512];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, table);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENOENT;
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return -ENOENT;
	int r = -ENOENT;
	unsigned long found;
	for (int i = 0; i < LINES_MAX && r < 0; i++) {
		if (fgets(line, sizeof(line), f) == NULL)
			break;
		if (is_line_of(line, word, &found) && found <= UINT32_MAX) {
			*v = (uint32_t)found;
			r = 0;
		}
	}
	(void)fclose(f); /* was only read */
	return r;
}

static int
table_find(struct conf_ctx *ctx, const char *table, const char *word,
	   uint32_t *v)
{
	const struct common_conf *c = common_conf_get(conf_ctx_conf(ctx));
	const char *etc = c == NULL ? NULL : c->iproute_etc_dir;
	const char *usr = c == NULL ? NULL : c->iproute_usr_dir;
	for (size_t i = 0; i < ARRAY_LEN(builtin); i++)
		if (strcmp(builtin[i].table, table) == 0 &&
		    strcmp(builtin[i].word, word) == 0) {
			*v = builtin[i].value;
			return 0;
		}
	if (file_find(etc == NULL ? "/etc/iproute2" : etc, table, word, v) == 0)
		return 0;
	return file_find(usr == NULL ? "/usr/share/iproute2" : usr, table, word,
			 v);
}

int
conf_name_find(struct conf_ctx *ctx, const char *table, const char *word,
	       uint32_t max, uint32_t *v)
{
	char *end;
	uint32_t found = 0;
	if (*word == '-' || *word == '\0')
		return -ENOENT;
	errno = 0;
	unsigned long long n = strtoull(word, &end, 0);
	if (*end == '\0') {
		if (errno != 0 || n > max)
			return -ENOENT;
		*v = (uint32_t)n;
		return 0;
	}
	if (table == NULL || table_find(ctx, table, word, &found) < 0 ||
	    found > max)
		return -ENOENT;
	*v = found;
	return 0;
}

int
conf_prefix_parse(const char *word, uint16_t family, struct conf_prefix *p)
{
	struct conf_prefix r = {.has_len = true};
	char text[ADDR_STR_LEN], *end;
	size_t len = strcspn(word, "/");
	if (strcmp(word, "default") == 0 || strcmp(word, "any") == 0 ||
	    strcmp(word, "all") == 0) {
		r.addr.family = family == 0 ? AF_INET : family;
		*p = r;
		return 0;
	}
	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, word, len);
	text[len] = '\0';
	if (addr_parse(text, &r.addr) < 0)
		return -EINVAL;
	r.len = (uint8_t)(8 * addr_len(&r.addr));
	r.has_len = word[len] == '/';
	if (r.has_len) {
		long bits = strtol(word + len + 1, &end, 10);
		if (end == word + len + 1 || *end != '\0' || bits < 0 ||
		    bits > r.len)
			return -EINVAL;
		r.len = (uint8_t)bits;
	}
	*p = r;
	return 0;
}

bool
conf_needs_interface(struct conf_ctx *ctx, const char *name, const char *what)
{
	const struct vrrp_conf *c = vrrp_conf_get(conf_ctx_conf(ctx));
	if (c->global.dynamic_interfaces || common_has_interface(ctx, name))
		return true;
	conf_report_expected(ctx, DIAG_WARNING,
			     "an interface that is there, or "
			     "dynamic_interfaces",
			     "WARNING - interface %s for %s doesn't exist",
			     name, what);
	return false;
}

/* ---- the words ---- */

static const char *
argument(const struct kw_in *in)
{
	return in->n > 1 ? in->word[1].s : "";
}

static int
parse_name(struct kw_in *in, const char *table, uint32_t max, uint32_t *v)
{
	if (conf_name_find(in->ctx, table, argument(in), max, v) == 0)
		return 1;
	conf_report(in->ctx, DIAG_GENERAL, "Invalid %s '%s'", in->word[0].s,
		    argument(in));
	return -EINVAL;
}

static bool
u8_equal(const void *a, const void *b)
{
	return *(const uint8_t *)a == *(const uint8_t *)b;
}

static int
scope_parse(struct kw_in *in, void *member)
{
	uint32_t v;
	int r = parse_name(in, "rt_scopes", UINT8_MAX, &v);
	if (r > 0)
		*(uint8_t *)member = (uint8_t)v;
	return r;
}

const struct kw_ops scope_ops = {.parse = scope_parse, .equal = u8_equal};

static int
tos_parse(struct kw_in *in, void *member)
{
	uint32_t v;
	int r = parse_name(in, "rt_dsfield", UINT8_MAX, &v);
	if (r > 0)
		*(uint8_t *)member = (uint8_t)v;
	return r;
}

const struct kw_ops tos_ops = {.parse = tos_parse, .equal = u8_equal};

static int
protocol_parse(struct kw_in *in, void *member)
{
	uint32_t v;
	int r = parse_name(in, "rt_protos", UINT8_MAX, &v);
	if (r > 0)
		*(uint8_t *)member = (uint8_t)v;
	return r;
}

const struct kw_ops protocol_ops = {.parse = protocol_parse, .equal = u8_equal};

static int
route_table_parse(struct kw_in *in, void *member)
{
	return parse_name(in, "rt_tables", UINT32_MAX, member);
}

const struct kw_ops route_table_ops = {.parse = route_table_parse};

static int
ifgroup_parse(struct kw_in *in, void *member)
{
	return parse_name(in, "group", UINT32_MAX, member);
}

const struct kw_ops ifgroup_ops = {.parse = ifgroup_parse};

/* [FROM/]TO */
static int
realms_parse(struct kw_in *in, void *member)
{
	char word[128];
	uint32_t from = 0, to;
	const char *w = argument(in), *slash = strchr(w, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - w);
	if (len >= sizeof(word))
		return -EINVAL;
	memcpy(word, w, len);
	word[len] = '\0';
	if ((slash != NULL && conf_name_find(in->ctx, "rt_realms", word,
					     UINT16_MAX, &from) < 0) ||
	    conf_name_find(in->ctx, "rt_realms", slash == NULL ? w : slash + 1,
			   UINT16_MAX, &to) < 0) {
		conf_report(in->ctx, DIAG_GENERAL, "invalid realms %s", w);
		return -EINVAL;
	}
	*(uint32_t *)member = from << 16 | to;
	return 1;
}

const struct kw_ops realms_ops = {.parse = realms_parse};

static int
ipproto_parse(struct kw_in *in, void *member)
{
	uint32_t v;
	struct protoent *p = NULL;
	const char *w = argument(in);
	if (conf_name_find(in->ctx, NULL, w, 127, &v) < 0) {
		p = getprotobyname(w);
		if (p == NULL || p->p_proto < 0 || p->p_proto > 127) {
			conf_report(in->ctx, DIAG_GENERAL, "Invalid ipproto %s",
				    w);
			return -EINVAL;
		}
		v = (uint32_t)p->p_proto;
	}
	*(uint8_t *)member = (uint8_t)v;
	return 1;
}

const struct kw_ops ipproto_ops = {.parse = ipproto_parse};
