/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Conditions, definitions, variables, loops, include, and hostile input.
 * What a line became is read off the words that nobody knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/monotime.h"
#include "tests/unit/parser_world.h"

/* The unknown words of a reading, "LINE:word " each. */
static char *
words_of(const struct world *w)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "");
	for (size_t i = 0; i < diag_count(w->sink); i++) {
		const struct diag *d = diag_get(w->sink, i);
		const char *q = strchr(d->text, '\'');

		if (d->cls == DIAG_UNKNOWN_KEYWORD)
			buf_printf(&b, "%u:%.*s ", d->line,
				   (int)(strrchr(d->text, '\'') - q - 1),
				   q + 1);
		else if (d->cls != DIAG_NOTE)
			buf_printf(&b, "%u!%s ", d->line,
				   diag_class_name(d->cls));
	}
	return b.data;
}

static void
assert_words(const char *text, const char *want)
{
	struct world w = {0};
	char *got;

	world_read(&w, text);
	got = words_of(&w);
	assert_string_equal(got, want);
	free(got);
	world_fini(&w);
}

/* The same cases were put to keepalived 2.2.7. */
static void
test_variables(void **state)
{
	(void)state;
	assert_words("$X=zz\nq\"$X\"\nq$X|\nq$X)\nq$X;\n$X,\n",
		     "2:q 3:q$X| 4:qzz) 5:q$X; 6:zz, ");
	assert_words("$X=a b\n\"$X,c\"\n", "2:a b,c ");
	assert_words("$X=a#b\nfoo$X\n", "2:fooa ");
	assert_words("$X=\"a#b\"\n$X\n", "2:a#b ");
	assert_words("$A=1\n$B=${A}2\n$A=3\nx${B}y\n", "4:x32y ");
	assert_words("\"${UND}\"\n", "1:${UND} ");
	assert_words("foo${UND}bar\n", "1:foo$ 1!braces 1:UND 1:} 1:bar ");
	assert_words("$ x\n $X =3\n", "1:$ 2:$X ");
	assert_words("$E=\nx$E\n", "2:x ");
}

static void
test_self_reference_ends(void **state)
{
	(void)state;
	assert_words("$IF=$IF\n$IF x\nq\n", "2!error 3:q ");
	assert_words("$A=$B\n$B=$A\n$A\n", "3!error ");
}

static void
test_multi_line(void **state)
{
	(void)state;
	assert_words("$X= \\\n a1 \\\n  b1\nfoo $X\n$X more\nq$X\n",
		     "4:foo 4:b1 5:$X 6:qa1 6:b1 ");
	assert_words("$X= \\ # c\n a \\ # d\n\nq\n$X\n", "4:q 5:a ");
	assert_words("$Y= \\\n c \\\n d\n$X= \\\n a \\\n $Y\n$X\n",
		     "7:a 7:c 7:d ");
}

static void
test_builtins(void **state)
{
	(void)state;
	assert_words("\"x${_HASH}y${_BANG}\"\n", "1:x#y! ");
	assert_words("${_HASH}x\ny${_BANG}z\n", "2:y ");
	assert_words("${_INSTANCE}\n", "1:node1 ");
	assert_words("a${_RANDOM 7 7}\n", "1:a7 ");
	assert_words("a${_RANDOM 9 5}\n", "1!error 1:a9 ");
	assert_words("\"${_RANDOM x}\"\n", "1:${_RANDOM x} ");
	setenv("DV_TEST_ENV", "value", 1);
	assert_words("q${_ENV DV_TEST_ENV}\nq${_ENV DV_NO_SUCH}\n",
		     "1:qvalue 2:q ");
	assert_words("q${_ENV}\n", "1!error 1:q ");
	assert_words("$_PWD=mine\n${_PWD}\n", "2:mine ");
	assert_words("\"${_PWD }\"\n", "1:${_PWD } ");
}

static void
test_conditions(void **state)
{
	(void)state;
	assert_words("@node1 a\n@node2 b\n@^node1 c\n@^node2 d\n@node1\n@ e\n"
		     "  @node1  f\n@node f\n",
		     "1:a 4:d 7:f ");
	assert_words("$C=@node1\n$C x\n", "2:@node1 ");
	assert_words("@node1 $X=5\n@node2 $X=6\nv$X\n", "3:v5 ");
}

static void
test_loops(void **state)
{
	(void)state;
	assert_words("~SEQ(A,1,3) f$A\ng$A\n", "1:f1 1:f2 1:f3 2:g3 ");
	assert_words("~SEQ(A,2)h$A\n~SEQ (A,-2) i$A\n", "1:h1 1:h2 2:i-1 "
							"2:i-2 ");
	assert_words("~SEQ(A,0) z$A\n", "1:z1 1:z0 ");
	assert_words("~SEQ(A,10,-5,0) d$A\n", "1:d10 1:d5 1:d0 ");
	assert_words("~SEQ(A,2) ~SEQ(B,2) z${A}_${B}\n",
		     "1:z1_1 1:z1_2 1:z2_1 1:z2_2 ");
	assert_words("~SEQx(A,0x9,11) y$A\n", "1:y9 1:ya 1:yb ");
	assert_words("$N=2\n~SEQ(A,$N) k$A\n", "2:k1 2:k2 ");
	assert_words("~LST(A,x,y)l$A\n", "1:lx 1:ly ");
	assert_words("~LST({A,B},{1,2},{3}) l${A}_${B}\n", "1:l1_2 1:l3_ ");
	assert_words("~SEQ(A,x) k\n~SEQ(A,1,0,5) k\n~SEQ A\n~SEQx(A,-2) k\n"
		     "~SEQ(A,5,1,1) k\n",
		     "1!error 2!error 3!error 4!error 5!error ");
	assert_words("~LST(A) n\n~LST({A},{1,2}) n\n~FOO\n",
		     "1!error 2!error 3:~FOO ");
}

static void
test_loop_bombs_end(void **state)
{
	struct world w = {0};
	monotime_t start = monotime_now();

	(void)state;
	world_read(&w, "~SEQ(A,2000000000) ~SEQ(B,2000000000) x$A\nq\n");
	assert_int_not_equal(conf_exit_code(&w.r, w.sink), 0);
	world_fini(&w);
	world_read(&w, "$A= \\\n $B \\\n $B\n$B= \\\n $A \\\n $A\n$A\n");
	assert_int_not_equal(conf_exit_code(&w.r, w.sink), 0);
	world_fini(&w);
	world_read(&w, "$A=\n$B=$A$A$A$A$A$A$A$A\n"
		       "$C=${B}${B}${B}${B}${B}${B}${B}${B}\n"
		       "$D=${C}${C}${C}${C}${C}${C}${C}${C}\n"
		       "$E=${D}${D}${D}${D}${D}${D}${D}${D}\n"
		       "$F=${E}${E}${E}${E}${E}${E}${E}${E}\n"
		       "~SEQ(X,100000) $F\n");
	assert_int_not_equal(conf_exit_code(&w.r, w.sink), 0);
	world_fini(&w);
	/* sanitizer builds on a busy machine included */
	assert_true(monotime_sub(monotime_now(), start) < SEC(60));
}

/* ---- files ---- */

static char dir[] = "/tmp/dv-preprocess-XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static const char *
path_of(const char *name)
{
	static char path[4][256];
	static unsigned next;

	next = (next + 1) % 4;
	(void)snprintf(path[next], sizeof(path[next]), "%s/%s", dir, name);
	return path[next];
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
assert_file(const char *name, const char *want, int code)
{
	struct world w = {0};
	char *got;

	world_read_file(&w, path_of(name));
	got = words_of(&w);
	assert_string_equal(got, want);
	assert_int_equal(conf_exit_code(&w.r, w.sink), code);
	free(got);
	world_fini(&w);
}

static int
remove_dir(void **state)
{
	char cmd[300];

	(void)state;
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static void
test_include(void **state)
{
	struct world w = {0};
	char real[300];

	(void)state;
	assert_int_equal(mkdir(path_of("sub"), 0755), 0);
	put("main", "a\ninclude sub/*.conf\nb\n\"${_PWD}\"\n");
	put("sub/1.conf", "c\ninclude 2.conf # near\n");
	put("sub/2.conf", "d \n\"${_PWD}\"");
	assert_non_null(realpath(path_of("sub"), real));
	world_read_file(&w, path_of("main"));
	/* 1 with 2 in it, then 2 on its own */
	assert_int_equal(diag_count(w.sink), 8);
	assert_string_equal(diag_get(w.sink, 1)->text, "Unknown keyword 'c'");
	assert_string_equal(diag_get(w.sink, 2)->text, "Unknown keyword 'd'");
	assert_non_null(strstr(diag_get(w.sink, 3)->text, real));
	assert_non_null(strstr(diag_get(w.sink, 2)->file, "/sub/2.conf"));
	assert_string_equal(diag_get(w.sink, 6)->text, "Unknown keyword 'b'");
	assert_int_equal(diag_get(w.sink, 6)->line, 3);
	world_fini(&w);
	put("cond", "@node1 include sub/2.conf\n@node2 include sub/1.conf\n"
		    "$F=sub/2.conf\ninclude $F\ninclude\n");
	world_read_file(&w, path_of("cond"));
	assert_int_equal(diag_count(w.sink), 5);
	world_fini(&w);
}

static void
test_include_strictness(void **state)
{
	(void)state;
	put("m1", "include nofile\n");
	assert_file("m1", "", 0);
	put("m2", "includem nofile\n");
	assert_file("m2", "1!file not found ", 6);
	put("m3", "includem no*file\n");
	assert_file("m3", "", 0);
	put("m4", "includew no*file\n");
	assert_file("m4", "1!file not found ", 6);
	put("m5", "include .\n");
	assert_file("m5", "", 0);
	put("m6", "includer .\n");
	assert_file("m6", "1!file not found ", 6);
	put("m7", "includer {m1,nofile}\n");
	assert_file("m7", "", 0);
	put("m8", "includeb {m1,nofile}\n");
	assert_file("m8", "1!file not found ", 6);
}

static void
test_main_file(void **state)
{
	struct world w = {0};

	(void)state;
	assert_file("absent", "", 0);
	world_read_file(&w, path_of("absent"));
	assert_true(w.r.is_missing);
	world_fini(&w);
	assert_file(".", "", 0);
	assert_int_equal(mkfifo(path_of("fifo"), 0644), 0);
	assert_file("fifo", "", 0);
	put("exe", "x\n");
	assert_int_equal(chmod(path_of("exe"), 0755), 0);
	assert_file("exe", "", 0);
	put("big", "x\n");
	assert_int_equal(truncate(path_of("big"), (off_t)CONF_MAX_FILE + 1), 0);
	assert_file("big", "0!error ", 5);
	put("g1", "x\n");
	put("g2", "y\n");
	assert_file("g?", "0!multiple files 1:x 1:y ", 5);
	w.opts = (struct conf_opts){.modules = world_modules,
				    .mask = CONF_MASK_ALL,
				    .is_test = true,
				    .all_config = true};
	world_read_file(&w, path_of("absent"));
	assert_int_equal(conf_exit_code(&w.r, w.sink), 4);
	world_fini(&w);
}

static void
test_include_loop_ends(void **state)
{
	struct world w = {0};

	(void)state;
	put("loop", "q\ninclude loop\ninclude loop\n");
	world_read_file(&w, path_of("loop"));
	assert_int_equal(conf_exit_code(&w.r, w.sink), 5);
	assert_true(w.r.n_files <= CONF_MAX_FILES);
	world_fini(&w);
}

static void
test_odd_bytes(void **state)
{
	struct world w = {0};
	static const char nul[] = "a\0b\nq\n";
	char *got;

	(void)state;
	assert_words("\xef\xbb\xbf! comment\nq\n", "2:q ");
	assert_words("\xc2\xa0\xc2\xa0q\xc2\xa0r\n\"x\xc2\xa0y\"\n",
		     "1:q 2:x\xc2\xa0y ");
	w.opts = (struct conf_opts){.modules = world_modules,
				    .mask = CONF_MASK_ALL};
	w.sink = diag_sink_new();
	w.r = conf_read_text("n", nul, sizeof(nul) - 1, &w.opts, w.sink);
	got = words_of(&w);
	assert_string_equal(got, "1!error 2:q ");
	free(got);
	world_fini(&w);
}

static void
test_huge(void **state)
{
	struct buf b = BUF_INIT;
	struct world w = {0};

	(void)state;
	for (int i = 0; i < 10 << 20; i++)
		buf_addc(&b, i % 9 == 0 ? ' ' : 'x');
	buf_adds(&b, "\nq\n");
	world_read(&w, buf_str(&b));
	assert_int_equal(diag_count(w.sink), 2);
	world_fini(&w);
	buf_reset(&b);
	for (int i = 0; i < 10000; i++)
		buf_adds(&b, "router A {\n");
	world_read(&w, buf_str(&b));
	assert_int_equal(conf_exit_code(&w.r, w.sink), 5);
	assert_true(diag_count(w.sink) <= DIAG_MAX_COUNT);
	world_fini(&w);
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_self_reference_ends),
		cmocka_unit_test(test_multi_line),
		cmocka_unit_test(test_builtins),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_loop_bombs_end),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_include_strictness),
		cmocka_unit_test(test_main_file),
		cmocka_unit_test(test_include_loop_ends),
		cmocka_unit_test(test_odd_bytes),
		cmocka_unit_test(test_huge),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
