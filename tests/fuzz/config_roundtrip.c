/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* See config_roundtrip.h. */
#include "tests/fuzz/config_roundtrip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "parser/diag.h"
#include "parser/diff.h"
#include "parser/parse.h"
#include "parser/print.h"

/* worst: the highest class of complaint. */
static struct conf_result
read_text(const struct conf_opts *o, const char *text, size_t len,
	  enum diag_class *worst)
{
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r = conf_read_text("input", text, len, o, sink);
	struct buf b = BUF_INIT;

	diag_print_all(sink, &b);
	if (conf_exit_code(&r, sink) > 6)
		abort();
	buf_fini(&b);
	*worst = diag_worst(sink);
	diag_sink_free(sink);
	return r;
}

static void
differ(const char *what, const char *a, const char *b)
{
	const char *line = a;

	for (size_t i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '\n')
			line = a + i + 1;
	(void)fprintf(stderr, "%s\n--- first\n%s--- second\n%s--- from\n%.80s",
		      what, a, b, line);
	abort();
}

static void
compare(const struct conf *a, const struct conf *b, const struct conf_opts *o,
	const char *text)
{
	struct arena *arena = arena_new();
	struct plan *p = conf_diff(a, b, o->modules, o->mask, arena);
	struct buf out = BUF_INIT;

	plan_print(p, &out);
	if (!plan_is_empty(p))
		differ("read back differs", text, buf_str(&out));
	buf_fini(&out);
	arena_free(arena);
}

/*
 * Reads text as the supervisor does and what it prints as an engine does.
 * Canonical text is left in one.
 */
static void
check_text(const struct conf_opts *o, const char *text, size_t size,
	   struct buf *one)
{
	struct conf_opts engine = {.modules = o->modules,
				   .mask = CONF_MASK_ALL,
				   .is_engine = true};
	enum diag_class worst, ignored;
	struct conf_result r = read_text(o, text, size, &worst), again;
	struct buf two = BUF_INIT;

	if (!r.is_stopped) {
		conf_print(r.conf, o->modules, CONF_MASK_ALL, one);
		again = read_text(&engine, buf_str(one), one->len, &ignored);
		conf_print(again.conf, o->modules, CONF_MASK_ALL, &two);
		/* a rule that took something back may depend on the order */
		if (worst == DIAG_NOTE &&
		    strcmp(buf_str(one), buf_str(&two)) != 0)
			differ("no fixpoint", buf_str(one), buf_str(&two));
		if (worst == DIAG_NOTE)
			compare(r.conf, again.conf, o, buf_str(one));
		conf_free(again.conf);
	}
	conf_free(r.conf);
	buf_fini(&two);
}

/* Any text after any other: taken over or not, the tree is the same. */
static struct conf *
check_again(const struct conf_opts *o, const char *text, size_t size,
	    const struct conf *old)
{
	struct conf_opts engine = {.modules = o->modules,
				   .mask = CONF_MASK_ALL,
				   .is_engine = true};
	enum diag_class ignored;
	struct conf_result whole = read_text(&engine, text, size, &ignored);
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r =
		conf_read_again("input", text, size, &engine, sink, old);
	struct buf one = BUF_INIT, two = BUF_INIT;

	conf_print(whole.conf, o->modules, CONF_MASK_ALL, &one);
	conf_print(r.conf, o->modules, CONF_MASK_ALL, &two);
	if (strcmp(buf_str(&one), buf_str(&two)) != 0)
		differ("read again differs", buf_str(&one), buf_str(&two));
	buf_fini(&one);
	buf_fini(&two);
	diag_sink_free(sink);
	conf_free(whole.conf);
	return r.conf;
}

static void
check_sequence(const struct conf_opts *o, const char *text, size_t size)
{
	struct conf *first = check_again(o, text, size, NULL);
	struct conf *same = check_again(o, text, size, first);
	struct conf *half =
		check_again(o, text + size / 2, size - size / 2, same);
	struct conf *back;

	conf_free(first);
	back = check_again(o, text, size, half);
	conf_free(same);
	conf_free(half);
	conf_free(back);
}

void
config_roundtrip(const struct conf_module *const *modules, const uint8_t *data,
		 size_t size)
{
	struct conf_opts o = {.modules = modules,
			      .mask = CONF_MASK_ALL,
			      .config_id = "id",
			      .is_test = size % 2 == 0,
			      .max_made = 2000,
			      .random_seed = 1};
	struct buf one = BUF_INIT, two = BUF_INIT;

	check_text(&o, (const char *)data, size, &one);
	/* what was complained about is gone now: stricter */
	check_text(&o, buf_str(&one), one.len, &two);
	check_sequence(&o, (const char *)data, size);
	check_sequence(&o, buf_str(&one), one.len);
	buf_fini(&one);
	buf_fini(&two);
}
