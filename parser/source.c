/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The stack of files and texts that lines come from, and include.
 *
 * The door to the file system for configuration files: each is read once,
 * whole.  Never changes the working directory: relative names are joined to
 * the directory of the including file.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/util.h"
#include "parser/reader.h"

#define ALTERNATIVES_MAX 256

static struct src_frame *
push(struct conf_ctx *ctx)
{
	struct source *src = &ctx->source;
	struct src_frame *f;

	if (src->n == src->size) {
		src->size = src->size == 0 ? 8 : src->size * 2;
		src->frame =
			xrealloc(src->frame, src->size * sizeof(*src->frame));
	}
	f = &src->frame[src->n++];
	*f = (struct src_frame){.file = ctx->pos.file, .no = ctx->pos.line};
	return f;
}

struct src_frame *
source_file(struct conf_ctx *ctx)
{
	for (uint32_t i = ctx->source.n; i-- > 0;)
		if (ctx->source.frame[i].is_file)
			return &ctx->source.frame[i];
	return NULL;
}

void
source_push_text(struct conf_ctx *ctx, char *text, size_t len)
{
	struct src_frame *f = push(ctx);

	f->p = text;
	f->end = text + len;
}

void
source_push_loop(struct conf_ctx *ctx, struct loop *loop)
{
	push(ctx)->loop = loop;
}

/* memmem() is slow for so short a needle. */
static bool
has_nbsp(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end &&
	       (text = memchr(text, '\xc2', (size_t)(end - text))) != NULL) {
		if (++text < end && *text == '\xa0')
			return true;
	}
	return false;
}

/* no: lines that stand before it. */
static void
start_lines(struct conf_ctx *ctx, struct src_frame *f, char *text, size_t len,
	    uint32_t no)
{
	f->is_file = true;
	f->no = no;
	f->p = text;
	f->end = text + len;
	f->include_check = ctx->include_check;
	f->has_nul = memchr(text, '\0', len) != NULL;
	f->has_nbsp = has_nbsp(text, len);
	ctx->source.n_nested++;
}

static void
start_file(struct conf_ctx *ctx, struct src_frame *f, char *text, size_t len)
{
	start_lines(ctx, f, text, len, 0);
	ctx->source.n_files++;
	ctx->pos = (struct conf_pos){.file = f->file, .line = 1, .col = 1};
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		ctx_report(ctx, DIAG_NOTE, 1, NULL, NULL,
			   "byte order mark skipped");
		f->p += 3;
	}
	if (f->has_nbsp)
		ctx_report(ctx, DIAG_NOTE, 0, NULL, NULL,
			   "no-break spaces are taken as blanks");
}

void
source_push_part(struct conf_ctx *ctx, char *text, size_t len, uint32_t line)
{
	struct src_frame *f = push(ctx);

	f->file = 0;
	start_lines(ctx, f, text, len, line - 1);
}

void
source_push_main(struct conf_ctx *ctx, const char *name, char *text, size_t len)
{
	struct src_frame *f = push(ctx);
	char dir[PATH_MAX];

	f->file = ctx_add_file(ctx, name);
	f->dir = arena_strdup(ctx->arena,
			      getcwd(dir, sizeof(dir)) != NULL ? dir : "/");
	start_file(ctx, f, text, len);
}

/* A file's text in the arena with room for one more byte; NULL: errno. */
static char *
read_whole(struct conf_ctx *ctx, int fd, size_t size, size_t *len)
{
	/* files of /proc say 0 */
	size_t room = size == 0 ? 65536 : size;
	char *text = arena_alloc(ctx->arena, room + 1);
	size_t n = 0;

	while (n < room) {
		ssize_t got = read(fd, text + n, room - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return NULL;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*len = n;
	return text;
}

/* What keepalived says about a file that it does not read, or NULL. */
static const char *
unfit_reason(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "is a directory - skipping";
	if (!S_ISREG(st->st_mode) || (st->st_mode & 0111) != 0)
		return "is not a regular non-executable file - skipping";
	return NULL;
}

static void
report_unfit(struct conf_ctx *ctx, const char *path, const char *why,
	     uint32_t strict)
{
	bool is_error = (strict & CONF_INCLUDE_READ) != 0;

	ctx_report(ctx, is_error ? DIAG_FILE_NOT_FOUND : DIAG_NOTE, 0, NULL,
		   NULL, "Configuration file '%s' %s", path, why);
	if (is_error && source_file(ctx) != NULL)
		ctx->include_failed = true;
}

static const char *
directory_of(struct conf_ctx *ctx, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? NULL
				  : arena_strndup(ctx->arena, path,
						  (size_t)(slash - path) + 1);
	char real[PATH_MAX];

	if (realpath(dir != NULL ? dir : ".", real) == NULL)
		return dir != NULL ? dir : ".";
	return arena_strdup(ctx->arena, real);
}

/* Whatever the strictness: half a configuration is an error. */
static bool
is_too_large(struct conf_ctx *ctx, const char *path, const struct stat *st)
{
	if (!S_ISREG(st->st_mode) ||
	    (st->st_size <= CONF_MAX_FILE &&
	     ctx->source.bytes + (size_t)st->st_size <= CONF_MAX_INPUT))
		return false;
	ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
		   "Configuration file '%s' is larger than %u MiB, or than %u "
		   "MiB with those before - skipping",
		   path, CONF_MAX_FILE >> 20, CONF_MAX_INPUT >> 20);
	return true;
}

/* Opens the file of the top frame; false: reported, nothing to read. */
static bool
open_file(struct conf_ctx *ctx, struct src_frame *f)
{
	const char *path = f->path;
	CLEANUP_FD int fd = -1;
	struct stat st;
	char *text;
	size_t len;
	const char *why;

	if (ctx->source.n_nested >= CONF_MAX_NEST ||
	    ctx->source.n_files >= CONF_MAX_FILES) {
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "too many or too deeply nested include files - "
			   "skipping '%s'",
			   path);
		return false;
	}
	/* never wait for the writer of a fifo */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0) {
		why = arena_printf(ctx->arena, "open problem (%s) - skipping",
				   strerror(errno));
		report_unfit(ctx, path, why, f->strict);
		return false;
	}
	if (is_too_large(ctx, path, &st))
		return false;
	why = unfit_reason(&st);
	if (why != NULL) {
		report_unfit(ctx, path, why, f->strict);
		return false;
	}
	text = read_whole(ctx, fd, (size_t)st.st_size, &len);
	if (text == NULL) {
		report_unfit(ctx, path, strerror(errno), f->strict);
		return false;
	}
	ctx->source.bytes += len;
	f->path = NULL;
	f->file = ctx_add_file(ctx, path);
	f->dir = directory_of(ctx, path);
	start_file(ctx, f, text, len);
	return true;
}

/* Outside quotes and comments a no-break space becomes two blanks. */
static void
blank_nbsp(char *s, size_t len)
{
	bool in_quote = false;

	for (size_t i = 0; i + 1 < len; i++) {
		if (s[i] == '"')
			in_quote = !in_quote;
		if (!in_quote && s[i] == '\xc2' && s[i + 1] == '\xa0')
			s[i] = s[i + 1] = ' ';
	}
}

static bool
is_usable(struct conf_ctx *ctx, const struct src_frame *f,
	  const struct src_line *l)
{
	if (f->is_file && l->len > CONF_MAX_LINE && !ctx->opts->is_engine) {
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "line too long (%zu bytes, at most %d) - ignoring",
			   l->len, CONF_MAX_LINE);
		return false;
	}
	if (f->has_nul && memchr(l->s, '\0', l->len) != NULL) {
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "configuration appears to have embedded NULs - "
			   "ignoring line");
		return false;
	}
	if (f->has_nbsp)
		blank_nbsp(l->s, l->len);
	return true;
}

static void
pop(struct conf_ctx *ctx)
{
	struct src_frame *f = &ctx->source.frame[--ctx->source.n];

	if (!f->is_file)
		return;
	ctx->include_check = f->include_check;
	ctx->source.n_nested--;
}

/* Lines made by loops and macros are limited, so that nested ones end. */
static bool
count_made(struct conf_ctx *ctx)
{
	if (++ctx->source.n_made <= ctx->expand.max_lines)
		return true;
	ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
		   "more than %llu lines made by ~SEQ, ~LST and definitions - "
		   "reading stops here",
		   (unsigned long long)ctx->expand.max_lines);
	ctx->expand.is_over = true;
	return false;
}

bool
source_next(struct conf_ctx *ctx, struct src_line *l)
{
	while (ctx->source.n > 0 && !ctx->expand.is_over) {
		struct src_frame *f = &ctx->source.frame[ctx->source.n - 1];
		char *nl;

		if (f->path != NULL && !open_file(ctx, f)) {
			pop(ctx);
			continue;
		}
		if (f->loop != NULL ? !loop_next(ctx, f->loop, l)
				    : f->p >= f->end) {
			pop(ctx);
			continue;
		}
		l->file = f->file;
		l->no = f->is_file ? ++f->no : f->no;
		ctx->pos = (struct conf_pos){.file = l->file, .line = l->no};
		ctx->source.n_lines++;
		if (!f->is_file && !count_made(ctx))
			return false;
		if (f->loop != NULL)
			return true;
		nl = memchr(f->p, '\n', (size_t)(f->end - f->p));
		if (nl == NULL)
			nl = f->end;
		l->s = f->p;
		l->len = (size_t)(nl - f->p);
		f->p = nl + 1;
		if (is_usable(ctx, f, l))
			return true;
	}
	return false;
}

void
source_fini(struct source *src)
{
	free(src->frame);
	*src = (struct source){0};
}

/* ---- include ---- */

/* Alternatives of the first brace list of a pattern, recursively. */
static void
expand_braces(const char *pattern, char **list, size_t *n)
{
	const char *open = strchr(pattern, '{');
	const char *p, *close, *item;
	int depth = 0;

	if (*n >= ALTERNATIVES_MAX)
		return;
	for (close = open; close != NULL && *close != '\0'; close++) {
		depth += *close == '{' ? 1 : *close == '}' ? -1 : 0;
		if (depth == 0)
			break;
	}
	if (open == NULL || *close == '\0') {
		list[(*n)++] = xstrdup(pattern);
		return;
	}
	for (p = item = open + 1; p <= close; p++) {
		struct buf b = BUF_INIT;

		depth += *p == '{' ? 1 : *p == '}' && p < close ? -1 : 0;
		if (p < close && (*p != ',' || depth != 0))
			continue;
		buf_add(&b, pattern, (size_t)(open - pattern));
		buf_add(&b, item, (size_t)(p - item));
		buf_adds(&b, close + 1);
		item = p + 1;
		expand_braces(buf_str(&b), list, n);
		buf_fini(&b);
	}
}

static bool
has_wildcard(const char *s)
{
	return strpbrk(s, "*?[") != NULL;
}

static void
report_missing(struct conf_ctx *ctx, const char *pattern, bool is_partial,
	       bool is_error)
{
	enum diag_class cls = is_error ? DIAG_FILE_NOT_FOUND : DIAG_NOTE;

	if (is_partial)
		ctx_report(ctx, cls, 0, NULL, NULL,
			   "Some config files missing: \"%s\".", pattern);
	else
		ctx_report(ctx, cls, 0, NULL, NULL,
			   "Config files missing '%s'.", pattern);
	if (is_error && source_file(ctx) != NULL)
		ctx->include_failed = true;
}

/* Matches of pattern into g; complains about what is missing. */
static void
match_files(struct conf_ctx *ctx, const char *full, const char *pattern,
	    uint32_t strict, glob_t *g)
{
	char *alt[ALTERNATIVES_MAX];
	size_t n = 0, n_missing = 0;
	uint32_t broken = 0;

	expand_braces(full, alt, &n);
	for (size_t i = 0; i < n; i++) {
		size_t before = i == 0 ? 0 : g->gl_pathc;

		(void)glob(alt[i], GLOB_MARK | (i > 0 ? GLOB_APPEND : 0), NULL,
			   g); /* no match shows in the count */
		if (g->gl_pathc == before) {
			n_missing++;
			broken |= n > 1			 ? CONF_INCLUDE_BRACE
				  : has_wildcard(alt[i]) ? CONF_INCLUDE_WILDCARD
							 : CONF_INCLUDE_MATCH;
		}
		free(alt[i]);
	}
	if (n_missing > 0)
		report_missing(ctx, pattern, n_missing < n,
			       (broken & strict) != 0);
}

static void
push_matches(struct conf_ctx *ctx, const glob_t *g, uint32_t strict)
{
	for (size_t i = g->gl_pathc; i-- > 0;) {
		struct src_frame *f = push(ctx);

		f->path = arena_strdup(ctx->arena, g->gl_pathv[i]);
		f->strict = strict;
	}
}

/* pattern behind the including file's directory as it is shown. */
static char *
join_directory(struct conf_ctx *ctx, const char *pattern)
{
	const struct src_frame *f = source_file(ctx);
	const char *name = f != NULL ? ctx->conf->file[f->file] : "";
	const char *slash = strrchr(name, '/');
	struct buf b = BUF_INIT;
	char *joined;

	if (*pattern != '/' && slash != NULL)
		for (const char *p = name; p <= slash; p++) {
			if (strchr("*?[{}\\", *p) != NULL)
				buf_addc(&b, '\\');
			buf_addc(&b, *p);
		}
	buf_adds(&b, pattern);
	joined = arena_strdup(ctx->arena, buf_str(&b));
	buf_fini(&b);
	return joined;
}

void
source_include(struct conf_ctx *ctx, const char *pattern, uint32_t strict)
{
	glob_t g = {0};

	match_files(ctx, join_directory(ctx, pattern), pattern, strict, &g);
	if (ctx->source.n + g.gl_pathc > CONF_MAX_FILES)
		ctx_report(ctx, DIAG_GENERAL, 0, NULL, NULL,
			   "too many files match '%s' - skipping", pattern);
	else
		push_matches(ctx, &g, strict);
	globfree(&g);
}

bool
source_open_main(struct conf_ctx *ctx, const char *path)
{
	uint32_t strict = ctx->opts->all_config ? CONF_INCLUDE_ALL : 0;
	glob_t g = {0};
	uint32_t before;

	match_files(ctx, path, path, strict, &g);
	if (g.gl_pathc > 1)
		ctx_report(ctx, DIAG_MULTIPLE_FILES, 0, NULL, NULL,
			   "WARNING, multiple configuration file matches of "
			   "%s",
			   path);
	push_matches(ctx, &g, strict);
	globfree(&g);
	before = ctx->source.n;
	while (ctx->source.n > 0) {
		struct src_frame *f = &ctx->source.frame[ctx->source.n - 1];

		if (open_file(ctx, f))
			return true;
		pop(ctx);
	}
	return before > 0 && ctx->source.n > 0;
}
