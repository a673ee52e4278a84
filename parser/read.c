/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One reading from its first line to the resolved tree; see parse.h.
 */
#include <limits.h>
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

void
reading_lines(struct conf_ctx *ctx)
{
	struct src_line l;
	enum lex_end end;

	while (!ctx->is_stopped && expand_next(ctx, &l)) {
		ctx->pos = (struct conf_pos){.file = l.file, .line = l.no};
		lex_start(&ctx->lex, &l);
		while (!ctx->is_stopped && lex_next(ctx, &ctx->lex, &end))
			parse_statement(ctx, end);
	}
}

void
reading_close(struct conf_ctx *ctx)
{
	if (ctx->is_stopped)
		return;
	if (ctx->pending != NULL)
		block_missing_brace(ctx);
	while (ctx->depth > 1)
		block_close(ctx);
	ctx->pos = (struct conf_pos){0};
	if (ctx->braces > 0)
		ctx_report(ctx, DIAG_BRACES, 0, NULL, NULL,
			   "There are %lld missing '}'s or extra '{'s",
			   (long long)ctx->braces);
}

static void
check_roots(struct conf_ctx *ctx)
{
	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];
		void *root = ctx->conf->module[m->id];

		if (root == NULL)
			continue;
		if (m->root.check != NULL)
			(void)m->root.check(ctx, root, NULL);
		if (m->global.check != NULL)
			(void)m->global.check(ctx, root, root);
	}
}

static void
run_modules(struct conf_ctx *ctx)
{
	if (!conf_is_again(ctx)) /* roots were seen to before */
		check_roots(ctx);
	resolve_refs(ctx);
	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];

		if (ctx->conf->module[m->id] != NULL && m->resolve != NULL &&
		    again_concerns(ctx, m))
			m->resolve(ctx, ctx->conf, ctx->conf->module[m->id]);
	}
}

struct conf_ctx *
reading_new(const struct conf_opts *opts, struct diag_sink *sink)
{
	struct conf_ctx *ctx = xcalloc(1, sizeof(*ctx));

	ctx->opts = opts;
	ctx->sink = sink;
	ctx->pass = -1;
	ctx->stop_pass = INT_MAX;
	ctx->arena = arena_new();
	ctx->scratch = arena_new();
	ctx->conf = arena_alloc(ctx->arena, sizeof(*ctx->conf));
	ctx->conf->arena = ctx->arena;
	ctx->refs_tail = &ctx->refs;
	ctx->include_check = opts->all_config ? CONF_INCLUDE_ALL : 0;
	expand_init(ctx);
	ctx->depth = 1;
	return ctx;
}

/* The tables, and the tree as it is before the first word. */
static void
init_tree(struct conf_ctx *ctx)
{
	schema_init(ctx);
	ctx->level[0] = (struct level){.table = ctx->schema.root};
}

void
reading_resolve(struct conf_ctx *ctx, struct conf_result *r)
{
	ctx->pos = (struct conf_pos){0};
	ctx->pass = -1;
	r->is_stopped = ctx->is_stopped || ctx->stop_pass != INT_MAX;
	if (!r->is_stopped)
		run_modules(ctx);
	else if (!ctx->is_stopped)
		resolve_refs(ctx);
	r->include_failed = ctx->include_failed;
	r->n_files = ctx->source.n_files;
	r->n_lines = (uint32_t)ctx->source.n_lines;
	r->conf = ctx->conf;
}

void
reading_free(struct conf_ctx *ctx)
{
	source_fini(&ctx->source);
	expand_fini(ctx);
	index_fini(ctx);
	arena_free(ctx->scratch);
	free(ctx->lex.word);
	free(ctx);
}

/* Everything after the main input was opened. */
static void
finish(struct conf_ctx *ctx, struct conf_result *r)
{
	if (!r->is_missing) {
		reading_lines(ctx);
		reading_close(ctx);
	}
	reading_resolve(ctx, r);
	reading_free(ctx);
}

struct conf_result
conf_read_file(const char *path, const struct conf_opts *opts,
	       struct diag_sink *sink)
{
	struct conf_ctx *ctx = reading_new(opts, sink);
	struct conf_result r = {0};

	init_tree(ctx);
	r.is_missing = !source_open_main(ctx, path);
	finish(ctx, &r);
	return r;
}

struct conf_result
conf_read_text(const char *name, const char *text, size_t len,
	       const struct conf_opts *opts, struct diag_sink *sink)
{
	struct conf_ctx *ctx = reading_new(opts, sink);
	struct conf_result r = {0};

	init_tree(ctx);
	source_push_main(ctx, name, arena_strndup(ctx->arena, text, len), len);
	finish(ctx, &r);
	return r;
}

int
conf_exit_code(const struct conf_result *r, const struct diag_sink *sink)
{
	if (r->is_stopped)
		return 2;
	if (r->include_failed)
		return 6;
	return diag_exit_code(diag_worst(sink));
}
