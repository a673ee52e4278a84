/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The configuration as a document: see conftest.h.  Reads files and prints;
 * starts nothing, needs no privilege.
 */
#include "daemon/conftest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "parser/diag.h"
#include "parser/diff.h"
#include "parser/doc.h"
#include "parser/print.h"
#include "parser/schema.h"

#define OUT_MODE 0644

static void
put(FILE *out, const struct buf *b)
{
	/* A reader that has gone away is his affair. */
	(void)fwrite(buf_str(b), 1, b->len, out);
	(void)fflush(out);
}

static void
put_diags(FILE *out, const struct diag_sink *sink)
{
	struct buf b = BUF_INIT;
	diag_print_all(sink, &b);
	put(out, &b);
	buf_fini(&b);
}

/* stderr, or the file to append to; a symbolic link is refused. */
static FILE *
open_out(const char *path)
{
	if (path == NULL)
		return stderr;
	int fd = open(path,
		      O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
		      OUT_MODE);
	if (fd < 0) {
		(void)fprintf(stderr, "cannot write to %s: %s\n", path,
			      strerror(errno));
		return NULL;
	}
	FILE *f = fdopen(fd, "a");
	if (f == NULL)
		(void)close(fd); /* nothing was written */
	return f;
}

int
conftest_run(const struct conftest *t)
{
	struct conf_opts opts = t->opts;
	FILE *out = open_out(t->out);
	if (out == NULL)
		return 1;
	opts.is_test = true;
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r = conf_read_file(t->path, &opts, sink);
	int code = conf_exit_code(&r, sink);
	put_diags(out, sink);
	if (out != stderr && fclose(out) != 0)
		code = 1;
	conf_free(r.conf);
	diag_sink_free(sink);
	return code;
}

int
conftest_print(const struct conftest *t, FILE *out)
{
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r = conf_read_file(t->path, &t->opts, sink);
	struct buf b = BUF_INIT;
	if (!r.is_stopped) {
		conf_print(r.conf, t->opts.modules, t->opts.mask, &b);
		put(out, &b);
	}
	int code = conf_exit_code(&r, sink);
	buf_fini(&b);
	conf_free(r.conf);
	diag_sink_free(sink);
	return code;
}

/* Reads one side of a plan; complains only if it is of no use at all. */
static struct conf *
read_side(const struct conftest *t, const char *path, int *code)
{
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r = conf_read_file(path, &t->opts, sink);
	struct conf *c = r.conf;
	if (r.is_stopped || r.is_missing) {
		put_diags(stderr, sink);
		*code = r.is_stopped ? 2 : 5;
		conf_free(c);
		c = NULL;
	}
	diag_sink_free(sink);
	return c;
}

int
conftest_plan(const struct conftest *t, const char *path_new, FILE *out)
{
	int code = 0;
	struct buf b = BUF_INIT;
	struct conf *old = read_side(t, t->path, &code);
	struct conf *now = old == NULL ? NULL : read_side(t, path_new, &code);
	if (now != NULL) {
		struct arena *a = arena_new();
		const struct plan *p =
			conf_diff(old, now, t->opts.modules, t->opts.mask, a);
		plan_print(p, &b);
		if (p->worst == KW_FIXED) {
			buf_adds(&b, "refused: a fixed keyword changed; "
				     "restart the daemon instead\n");
			code = 5;
		}
		put(out, &b);
		arena_free(a);
	}
	buf_fini(&b);
	conf_free(now);
	conf_free(old);
	return code;
}

void
conftest_print_list(const struct conf_module *const *modules,
		    enum conftest_list list, FILE *out)
{
	struct buf b = BUF_INIT;
	switch (list) {
	case CONFTEST_PENDING:
		doc_print_pending(modules, &b);
		break;
	case CONFTEST_KEYWORDS:
		doc_print_paths(modules, &b);
		break;
	case CONFTEST_MANUAL:
		doc_print_man(modules, &b);
		break;
	case CONFTEST_DICT:
		doc_print_dict(modules, &b);
		break;
	}
	put(out, &b);
	buf_fini(&b);
}
