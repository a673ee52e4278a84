/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * host { } of an SMTP_CHECK, which is deprecated: each becomes an SMTP_CHECK
 * of its own, so that nobody behind the configuration knows hosts.  What the
 * block around it says of timing and name holds for the host as well.  The
 * block itself remains a check only if it says where to connect, or how long
 * that may take.
 */
#include <string.h>

#include "check/conf_tables.h"
#include "lib/arena.h"

/* Words that speak of one target only. */
static const char *const target_words[] = {
	"connect_ip", "connect_port", "bindto",
	"bind_port",  "bind_if",      "fwmark",
};

static bool
is_target_word(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(target_words); i++)
		if (strcmp(target_words[i], name) == 0)
			return true;
	return false;
}

static bool
has_target(const struct smtp_check_conf *s)
{
	for (size_t i = 0; i < ARRAY_LEN(target_words); i++)
		if (conf_is_given(&s->checker.obj, target_words[i]))
			return true;
	return conf_is_given(&s->checker.obj, "connect_timeout");
}

static uint32_t
row_of(const struct kw_block *b, const char *name)
{
	for (uint32_t i = 0; i < b->n_rows; i++)
		if (strcmp(b->row[i].name, name) == 0)
			return i;
	return CONF_RAW_LINE; /* never: the tables share their rows */
}

/* fall is another word for retry: the nearer one counts. */
static bool
says_itself(const struct conf_obj *host, const char *name)
{
	bool is_count = strcmp(name, "retry") == 0 || strcmp(name, "fall") == 0;

	return conf_is_given(host, name) ||
	       (is_count &&
		(conf_is_given(host, "retry") || conf_is_given(host, "fall")));
}

/* Rows of the host's table become those of SMTP_CHECK's. */
static void
change_table(struct conf_obj *obj, const struct conf_obj *was)
{
	obj->block = &smtp_check_block;
	memset(obj->given, 0, sizeof(obj->given));
	for (uint32_t i = 0; i < was->block->n_rows; i++)
		if (conf_is_given(was, was->block->row[i].name))
			conf_set_given(obj, was->block->row[i].name, true);
	for (struct conf_raw *r = obj->raw; r != NULL; r = r->next)
		r->row = row_of(obj->block, was->block->row[r->row].name);
}

static struct smtp_check_conf *
host_to_checker(struct arena *a, const struct checker_conf *host,
		const struct smtp_check_conf *around)
{
	struct smtp_check_conf *s = arena_alloc(a, sizeof(*s));
	const struct kw_block *b = &smtp_check_block;
	struct conf_obj own; /* what the host itself says */

	*s = (struct smtp_check_conf){.checker = *host,
				      .helo_name = around->helo_name};
	STAILQ_INIT(&s->host);
	change_table(&s->checker.obj, &host->obj);
	own = s->checker.obj;
	for (uint32_t i = 0; i < b->n_rows; i++) {
		const struct kw *kw = &b->row[i];

		if (kw->type == KW_BLOCKS || is_target_word(kw->name) ||
		    says_itself(&own, kw->name) ||
		    !conf_is_given(&around->checker.obj, kw->name))
			continue;
		memcpy((char *)s + kw->offset,
		       (const char *)around + kw->offset, kw->size);
		conf_set_given(&s->checker.obj, kw->name, true);
	}
	return s;
}

/* The order of the list is the order of their names. */
static void
rename_all(struct arena *a, struct conf_list *list)
{
	uint32_t n = 0;

	CONF_FOREACH (struct conf_obj, o, list) {
		if (o->block != &smtp_check_block)
			continue;
		o->name = ++n == 1 ? "SMTP_CHECK"
				   : arena_printf(a, "SMTP_CHECK#%u", n);
	}
}

static void
spread(struct conf_ctx *ctx, struct conf_list *list,
       struct smtp_check_conf *around)
{
	struct arena *a = conf_ctx_arena(ctx);
	struct conf_obj *last = &around->checker.obj;

	CONF_FOREACH (const struct checker_conf, host, &around->host) {
		struct smtp_check_conf *s = host_to_checker(a, host, around);

		conf_report_at(ctx, &host->obj.pos, DIAG_NOTE,
			       "The SMTP_CHECK host block is deprecated. "
			       "Please define additional checkers.");
		STAILQ_INSERT_AFTER(list, last, &s->checker.obj, link);
		last = &s->checker.obj;
	}
	STAILQ_INIT(&around->host);
	if (!has_target(around))
		conf_drop(list, &around->checker.obj);
}

void
conf_smtp_spread_hosts(struct conf_ctx *ctx, struct real_server_conf *rs)
{
	struct conf_obj *o, *next;
	bool is_changed = false;

	for (o = STAILQ_FIRST(&rs->checker); o != NULL; o = next) {
		struct smtp_check_conf *s = (struct smtp_check_conf *)o;

		next = STAILQ_NEXT(o, link);
		if (o->block != &smtp_check_block || STAILQ_EMPTY(&s->host))
			continue;
		spread(ctx, &rs->checker, s);
		is_changed = true;
	}
	if (is_changed)
		rename_all(conf_ctx_arena(ctx), &rs->checker);
}
