/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One reading from its first line to the resolved tree; see parse.h.
 */
#include <limits.h>
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

static void
read_lines(struct conf_ctx *ctx)
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

static void
close_all(struct conf_ctx *ctx)
{
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
run_modules(struct conf_ctx *ctx)
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
	resolve_refs(ctx);
	for (size_t i = 0; ctx->opts->modules[i] != NULL; i++) {
		const struct conf_module *m = ctx->opts->modules[i];

		if (ctx->conf->module[m->id] != NULL && m->resolve != NULL)
			m->resolve(ctx, ctx->conf, ctx->conf->module[m->id]);
	}
}

static void
init(struct conf_ctx *ctx, const struct conf_opts *opts, struct diag_sink *sink)
{
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
	schema_init(ctx);
	expand_init(ctx);
	ctx->level[0] = (struct level){.table = ctx->schema.root};
	ctx->depth = 1;
}

/* Everything after the main input was opened. */
static void
finish(struct conf_ctx *ctx, struct conf_result *r)
{
	if (!r->is_missing) {
		read_lines(ctx);
		if (!ctx->is_stopped)
			close_all(ctx);
	}
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
	source_fini(&ctx->source);
	expand_fini(ctx);
	index_fini(ctx);
	arena_free(ctx->scratch);
	free(ctx->lex.word);
	free(ctx);
}

struct conf_result
conf_read_file(const char *path, const struct conf_opts *opts,
	       struct diag_sink *sink)
{
	struct conf_ctx *ctx = xcalloc(1, sizeof(*ctx));
	struct conf_result r = {0};

	init(ctx, opts, sink);
	r.is_missing = !source_open_main(ctx, path);
	finish(ctx, &r);
	return r;
}

struct conf_result
conf_read_text(const char *name, const char *text, size_t len,
	       const struct conf_opts *opts, struct diag_sink *sink)
{
	struct conf_ctx *ctx = xcalloc(1, sizeof(*ctx));
	struct conf_result r = {0};

	init(ctx, opts, sink);
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
