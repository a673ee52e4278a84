/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One reading from the outside: start, end, and what the callbacks of the
 * tables may ask and say.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

const struct conf_opts *
conf_ctx_opts(const struct conf_ctx *ctx)
{
	return ctx->opts;
}

struct arena *
conf_ctx_arena(struct conf_ctx *ctx)
{
	return ctx->arena;
}

struct conf *
conf_ctx_conf(struct conf_ctx *ctx)
{
	return ctx->conf;
}

void
conf_ctx_set_include_check(struct conf_ctx *ctx, uint32_t bits)
{
	ctx->include_check = bits;
}

uint32_t
conf_ctx_include_check(const struct conf_ctx *ctx)
{
	return ctx->include_check;
}

void
conf_note_script(struct conf_ctx *ctx)
{
	ctx->has_scripts = true;
}

bool
conf_has_scripts(const struct conf_ctx *ctx)
{
	return ctx->has_scripts;
}

/* ---- reporting ---- */

/* Whether keepalived would have ended before this complaint. */
static bool
is_after_stop(const struct conf_ctx *ctx)
{
	return ctx->stop_pass <= ctx->pass;
}

void
ctx_set_pass(struct conf_ctx *ctx, const struct row *row)
{
	static const int pass[] = {
		[CONF_DAEMON] = 0, [CONF_COMMON] = 1, [CONF_CHECK] = 1,
		[CONF_IPVS] = 1,   [CONF_VRRP] = 2,   [CONF_BFD] = 3,
	};
	ctx->pass = row == NULL ? -1 : pass[row->module];
}

void
ctx_stop_pass(struct conf_ctx *ctx, const char *keyword)
{
	ctx_report(ctx, DIAG_MISSING_PARAMETER, 0, NULL, NULL,
		   "*** Configuration line starting `%s` is missing a "
		   "parameter after keyword `%s` at word position 2",
		   keyword, keyword);
	if (ctx->pass < ctx->stop_pass)
		ctx->stop_pass = ctx->pass;
	if (ctx->pass <= 0)
		ctx->is_stopped = true; /* the first pass: no other follows */
}

static void __attribute__((format(printf, 4, 0)))
report(struct conf_ctx *ctx, const struct conf_pos *pos,
       const struct diag *like, const char *fmt, va_list ap)
{
	char text[DIAG_MAX_TEXT + 64];
	struct diag d = *like;

	if (ctx->is_quiet || is_after_stop(ctx))
		return;
	text[0] = '\0';
	if (diag_count(ctx->sink) < DIAG_MAX_COUNT) /* else only counted */
		(void)vsnprintf(text, sizeof(text), fmt, ap);
	d.text = text;
	if (pos != NULL && pos->line > 0 && pos->file < ctx->conf->n_files) {
		d.file = ctx->conf->file[pos->file];
		d.line = pos->line;
		if (d.col == 0)
			d.col = pos->col;
	}
	diag_add(ctx->sink, &d);
}

void
ctx_report(struct conf_ctx *ctx, enum diag_class cls, uint32_t col,
	   const char *expected, const char *near, const char *fmt, ...)
{
	struct diag d = {
		.cls = cls, .col = col, .expected = expected, .near = near};
	va_list ap;

	va_start(ap, fmt);
	report(ctx, &ctx->pos, &d, fmt, ap);
	va_end(ap);
}

void
conf_report(struct conf_ctx *ctx, enum diag_class cls, const char *fmt, ...)
{
	struct diag d = {.cls = cls};
	va_list ap;

	va_start(ap, fmt);
	report(ctx, &ctx->pos, &d, fmt, ap);
	va_end(ap);
}

void
conf_report_expected(struct conf_ctx *ctx, enum diag_class cls,
		     const char *expected, const char *fmt, ...)
{
	struct diag d = {.cls = cls, .expected = expected};
	va_list ap;

	va_start(ap, fmt);
	report(ctx, &ctx->pos, &d, fmt, ap);
	va_end(ap);
}

void
conf_report_at(struct conf_ctx *ctx, const struct conf_pos *pos,
	       enum diag_class cls, const char *fmt, ...)
{
	struct diag d = {.cls = cls};
	va_list ap;

	va_start(ap, fmt);
	report(ctx, pos, &d, fmt, ap);
	va_end(ap);
}

void
conf_report_stop(struct conf_ctx *ctx, const char *fmt, ...)
{
	struct diag d = {.cls = DIAG_MISSING_PARAMETER};
	va_list ap;

	va_start(ap, fmt);
	report(ctx, &ctx->pos, &d, fmt, ap);
	va_end(ap);
	ctx->is_stopped = true;
}

/* ---- objects ---- */

static uint32_t
row_index(const struct conf_obj *obj, const char *keyword)
{
	const struct kw *row = obj->block->row;
	uint32_t i = 0;

	while (i < obj->block->n_rows && strcmp(row[i].name, keyword) != 0)
		i++;
	assert(i < obj->block->n_rows);
	return i;
}

bool
conf_is_given_within(const struct conf_obj *obj, size_t offset, size_t size)
{
	const struct kw *row = obj->block->row;

	OBJ_FOREACH_GIVEN (obj, i) {
		if (row[i].offset >= offset && row[i].offset < offset + size)
			return true;
	}
	return false;
}

void
conf_set_given(struct conf_obj *obj, const char *keyword, bool is_given)
{
	obj_set_given(obj, row_index(obj, keyword), is_given);
}

void
conf_drop(struct conf_list *list, struct conf_obj *obj)
{
	STAILQ_REMOVE(list, obj, conf_obj, link);
}

void
conf_filter(struct conf_list *list,
	    bool (*keep)(void *arg, struct conf_obj *obj), void *arg)
{
	struct conf_list kept = STAILQ_HEAD_INITIALIZER(kept);
	struct conf_obj *o;

	while ((o = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, link);
		if (keep(arg, o))
			STAILQ_INSERT_TAIL(&kept, o, link);
	}
	STAILQ_CONCAT(list, &kept);
}

void
conf_free(struct conf *c)
{
	if (c != NULL && c->parts != NULL)
		parts_free(c);
	else if (c != NULL)
		arena_free(c->arena); /* c itself lies in it */
}

const char *
conf_file_name(const struct conf *c, uint16_t file)
{
	return file < c->n_files ? c->file[file] : "?";
}

uint16_t
ctx_add_file(struct conf_ctx *ctx, const char *name)
{
	struct conf *c = ctx->conf;
	const char **old = c->file;

	for (uint32_t i = c->n_files > 8 ? c->n_files - 8 : 0; i < c->n_files;
	     i++)
		if (strcmp(old[i], name) == 0)
			return (uint16_t)i;
	/* doubles at powers of two */
	if ((c->n_files & (c->n_files - 1)) == 0) {
		uint32_t size = c->n_files == 0 ? 1 : c->n_files * 2;

		c->file = arena_alloc(ctx->arena, size * sizeof(*c->file));
		if (old != NULL)
			memcpy(c->file, old, c->n_files * sizeof(*old));
	}
	c->file[c->n_files] = arena_strdup(ctx->arena, name);
	return (uint16_t)c->n_files++;
}
