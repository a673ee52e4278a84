/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * daemon/fifo, daemon/fifos with daemon/reader, and the lines of
 * daemon/words, with real FIFOs and scripts.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/engines.h"
#include "daemon/fifo.h"
#include "daemon/fifos.h"
#include "daemon/runner.h"
#include "daemon/told.h"
#include "daemon/words.h"
#include "lib/buf.h"
#include "lib/event.h"
#include "lib/util.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"

struct world {
	char dir[64], one[96], two[96], script[96], out[96];
	struct ev_loop *loop;
	struct ev_signal child;
	struct ev_timer tick, deadline;
	struct runner *runner;
	struct fifos *fifos;
	const char *want; /* the text that the loop waits for; NULL: idle */
};

static void
read_out(const struct world *w, char *text, size_t size)
{
	FILE *f = fopen(w->out, "r");
	size_t n = f != NULL ? fread(text, 1, size - 1, f) : 0;

	text[n] = '\0';
	if (f != NULL)
		fclose(f);
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
on_child(void *arg, int signo)
{
	struct world *w = arg;
	int status;
	pid_t pid;

	(void)signo;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		(void)fifos_reap(w->fifos, pid, status);
}

static void
on_idle(void *arg)
{
	(void)arg; /* no scripts but the readers */
}

static void
on_tick(void *arg, monotime_t now)
{
	struct world *w = arg;
	char text[4096];

	read_out(w, text, sizeof(text));
	if (w->want != NULL ? strcmp(text, w->want) == 0
			    : fifos_is_idle(w->fifos))
		ev_loop_stop(w->loop);
	ev_timer_at(&w->tick, monotime_add(now, MSEC(10)));
}

static void
on_deadline(void *arg, monotime_t now)
{
	struct world *w = arg;
	char text[4096];

	(void)now;
	read_out(w, text, sizeof(text));
	fail_msg("the script wrote:\n%s\nnot:\n%s", text,
		 w->want != NULL ? w->want : "(idle)");
}

static void
run_until(struct world *w, const char *text)
{
	w->want = text;
	ev_timer_at(&w->tick, monotime_now());
	ev_timer_at(&w->deadline, monotime_add(monotime_now(), SEC(20)));
	ev_loop_run(w->loop);
	ev_timer_stop(&w->tick);
	ev_timer_stop(&w->deadline);
}

static int
setup(void **state)
{
	static const struct log_opts quiet = {.ident = "test"};
	struct world *w = xcalloc(1, sizeof(*w));
	char text[512];

	log_open(&quiet);
	snprintf(w->dir, sizeof(w->dir), "/tmp/dvfifo.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->one, sizeof(w->one), "%s/one", w->dir);
	snprintf(w->two, sizeof(w->two), "%s/two", w->dir);
	snprintf(w->script, sizeof(w->script), "%s/script", w->dir);
	snprintf(w->out, sizeof(w->out), "%s/out", w->dir);
	/* Tells its argument but the last, then each line that it reads; "end"
	 * ends it. */
	snprintf(text, sizeof(text),
		 "#!/bin/sh\necho \"start $1\" >> %s\n"
		 "for fifo; do :; done\n"
		 "while read -r line; do\n"
		 "\techo \"$1: $line\" >> %s\n"
		 "\t[ \"$line\" != end ] || exit 3\ndone < $fifo\n",
		 w->out, w->out);
	write_file(w->script, text, 0755);
	write_file(w->out, "", 0666);
	w->loop = ev_loop_new();
	ev_signal_init(&w->child, w->loop, SIGCHLD, on_child, w);
	ev_timer_init(&w->tick, w->loop, on_tick, w);
	ev_timer_init(&w->deadline, w->loop, on_deadline, w);
	w->runner = runner_new(w->loop, on_idle, w);
	w->fifos = fifos_new(w->loop, w->runner);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	struct fifos *f = w->fifos;

	fifos_end(f);
	run_until(w, NULL);
	fifos_free(f);
	runner_free(w->runner);
	ev_timer_fini(&w->tick);
	ev_timer_fini(&w->deadline);
	ev_signal_fini(&w->child);
	ev_loop_free(w->loop);
	assert_int_equal(access(w->one, F_OK), -1);
	unlink(w->script);
	unlink(w->out);
	unlink(w->two);
	assert_int_equal(rmdir(w->dir), 0);
	log_close();
	free(w);
	return 0;
}

/* Reads a configuration; @ stands for the script, 1 and 2 for the FIFOs. */
static void
use_conf(struct world *w, const char *text)
{
	struct conf_opts opts = {.modules = engines_modules,
				 .mask = CONF_MASK_ALL,
				 .is_engine = true};
	struct diag_sink *sink = diag_sink_new();
	struct buf b = BUF_INIT;
	struct conf *c;

	buf_adds(&b, "global_defs {\nscript_user root\n");
	for (const char *p = text; *p != '\0'; p++)
		if (*p == '@')
			buf_adds(&b, w->script);
		else if (*p == '1' || *p == '2')
			buf_adds(&b, *p == '1' ? w->one : w->two);
		else
			buf_addc(&b, *p);
	buf_adds(&b, "\n}\n");
	c = conf_read_text("test", buf_str(&b), b.len, &opts, sink).conf;
	assert_non_null(c);
	buf_fini(&b);
	diag_sink_free(sink);
	runner_set_conf(w->runner, c);
	fifos_set_conf(w->fifos, c);
	conf_free(c);
}

static void
say(struct world *w, enum fifos_part part, const char *line)
{
	fifos_write(w->fifos, part, line, strlen(line));
}

/* ---- one FIFO ---- */

static void
test_whole_lines_or_none(void **state)
{
	struct world *w = *state;
	char line[100], got[100];
	struct fifo f;
	uint64_t n = 0;
	int fd;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	assert_int_equal(fifo_open(&f, w->one, geteuid(), getegid()), 0);
	assert_true(f.is_made);
	while (fifo_write(&f, line, sizeof(line), monotime_now()))
		n++;
	assert_true(n >= 65536 / sizeof(line) - PIPE_BUF / sizeof(line));
	assert_int_equal(f.dropped, 1);
	assert_int_equal(fifo_unread(&f), n * sizeof(line));
	fd = open(w->one, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	for (uint64_t i = 0; i < n; i++) {
		assert_int_equal(read(fd, got, sizeof(got)), sizeof(got));
		assert_memory_equal(got, line, sizeof(line));
	}
	assert_int_equal(fifo_unread(&f), 0);
	assert_true(fifo_write(&f, line, sizeof(line), monotime_now()));
	assert_int_equal(f.written, n + 1);
	close(fd);
	fifo_close(&f);
	assert_int_equal(access(w->one, F_OK), -1);
}

static void
test_who_may_be_written_to(void **state)
{
	struct world *w = *state;
	struct stat st;
	struct fifo f;

	write_file(w->one, "", 0600);
	assert_int_equal(fifo_open(&f, w->one, 0, 0), -EEXIST);
	unlink(w->one);
	assert_int_equal(symlink(w->two, w->one), 0);
	assert_int_equal(mkfifo(w->two, 0600), 0);
	assert_int_equal(fifo_open(&f, w->one, 0, 0), -ELOOP);
	unlink(w->one);
	/* What was there stays there. */
	assert_int_equal(fifo_open(&f, w->two, geteuid(), getegid()), 0);
	assert_false(f.is_made);
	fifo_close(&f);
	assert_int_equal(stat(w->two, &st), 0);
	assert_int_equal(fifo_open(&f, "/no/such/dir/x", 0, 0), -ENOENT);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(w->two, 12345, 0), 0);
	assert_int_equal(fifo_open(&f, w->two, 0, 0), -EPERM);
	assert_int_equal(fifo_open(&f, w->two, 12345, 0), 0);
	fifo_close(&f);
	assert_int_equal(fifo_open(&f, w->one, 12345, 12346), 0);
	assert_int_equal(stat(w->one, &st), 0);
	assert_int_equal(st.st_uid, 12345);
	assert_int_equal(st.st_gid, 12346);
	fifo_close(&f);
}

/* ---- those of a configuration ---- */

static void
test_parts(void **state)
{
	struct world *w = *state;
	char got[64] = "";
	int fd;

	use_conf(w, "notify_fifo 1\nnotify_fifo_script \"@ all\"\n"
		    "lvs_notify_fifo 2");
	assert_true(fifos_has(w->fifos, FIFOS_VRRP));
	run_until(w, "start all\n");
	say(w, FIFOS_VRRP, "v\n");
	say(w, FIFOS_LVS, "l\n");
	run_until(w, "start all\nall: v\nall: l\n");
	fd = open(w->two, O_RDONLY | O_NONBLOCK);
	assert_int_equal(read(fd, got, sizeof(got)), 2);
	assert_string_equal(got, "l\n");
	close(fd);
}

/* FIFO and script go on over a reload that leaves them alone. */
static void
test_reload(void **state)
{
	struct world *w = *state;
	struct stat a, b;

	use_conf(w, "vrrp_notify_fifo 1\nvrrp_notify_fifo_script \"@ a\"");
	run_until(w, "start a\n");
	assert_int_equal(stat(w->one, &a), 0);
	use_conf(w, "vrrp_notify_fifo 1\nvrrp_notify_fifo_script \"@ a\"");
	say(w, FIFOS_VRRP, "x\n");
	run_until(w, "start a\na: x\n");
	assert_int_equal(stat(w->one, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	/* Another script for the same FIFO. */
	use_conf(w, "vrrp_notify_fifo 1\nvrrp_notify_fifo_script \"@ b\"");
	run_until(w, "start a\na: x\nstart b\n");
	/* Somebody took it away. */
	unlink(w->one);
	use_conf(w, "vrrp_notify_fifo 1\nvrrp_notify_fifo_script \"@ b\"");
	assert_int_equal(stat(w->one, &b), 0);
	run_until(w, "start a\na: x\nstart b\nstart b\n");
	use_conf(w, "");
	assert_int_equal(stat(w->one, &b), -1);
	run_until(w, NULL);
}

/* One name twice: as keepalived decides. */
static void
test_same_name(void **state)
{
	struct world *w = *state;
	char got[64] = "";
	int fd;

	use_conf(w, "notify_fifo 2\nvrrp_notify_fifo 2\n"
		    "vrrp_notify_fifo_script \"@ dropped\"");
	say(w, FIFOS_VRRP, "once\n");
	fd = open(w->two, O_RDONLY | O_NONBLOCK);
	assert_int_equal(read(fd, got, sizeof(got)), 5);
	close(fd);
	use_conf(w, "vrrp_notify_fifo 1\nvrrp_notify_fifo_script \"@ v\"\n"
		    "lvs_notify_fifo 1\nlvs_notify_fifo_script \"@ dropped\"");
	say(w, FIFOS_VRRP, "v\n");
	say(w, FIFOS_LVS, "l\n");
	run_until(w, "start v\nv: v\nv: l\n");
}

/* A script that dies is started again and reads on. */
static void
test_script_dies(void **state)
{
	struct world *w = *state;

	use_conf(w, "notify_fifo 1\nnotify_fifo_script \"@ a\"");
	run_until(w, "start a\n");
	say(w, FIFOS_VRRP, "end\n");
	run_until(w, "start a\na: end\n");
	say(w, FIFOS_VRRP, "next\n");
	run_until(w, "start a\na: end\nstart a\na: next\n");
}

/* At the end a script reads what is left; one that will not go is made to. */
static void
test_end(void **state)
{
	struct world *w = *state;
	monotime_t start;

	use_conf(w, "notify_fifo 1\nnotify_fifo_script \"@ a\"\n"
		    "vrrp_notify_fifo 2\n"
		    "vrrp_notify_fifo_script \"/bin/sh -c "
		    "'trap : TERM; while :; do sleep 9; done'\"");
	run_until(w, "start a\n");
	say(w, FIFOS_VRRP, "last\n");
	fifos_end(w->fifos);
	start = monotime_now();
	run_until(w, NULL);
	assert_true(monotime_sub(monotime_now(), start) < SEC(10));
	run_until(w, "start a\na: last\n");
}

/* ---- words ---- */

static void
test_lines(void **state)
{
	struct words_vrrp i = {.name = "VI_1", .priority = 100};
	struct words_vrrp g = {.name = "G", .is_group = true};
	struct told_object o = {.key.name = "[10.0.0.1]:tcp:80",
				.label = "[10.0.0.2]:tcp:80"};
	struct buf b = BUF_INIT;

	(void)state;
	i.word = VRRP_WORD_MASTER;
	words_vrrp_line(&b, &i);
	i.word = VRRP_WORD_BACKUP_PRIORITY;
	words_vrrp_line(&b, &i);
	i.word = VRRP_WORD_MASTER_RX_LOWER_PRI;
	words_vrrp_line(&b, &i);
	g.word = VRRP_WORD_FAULT;
	words_vrrp_line(&b, &g);
	words_server_line(&b, &o, false);
	words_service_line(&b, &o, true);
	assert_string_equal(b.data,
			    "INSTANCE \"VI_1\" MASTER 100\n"
			    "INSTANCE \"VI_1\" BACKUP_PRIORITY 100\n"
			    "INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 100\n"
			    "GROUP \"G\" FAULT 0\n"
			    "RS [10.0.0.2]:tcp:80 [10.0.0.1]:tcp:80 DOWN\n"
			    "VS [10.0.0.1]:tcp:80 UP\n");
	buf_fini(&b);
}

int
main(void)
{
#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_whole_lines_or_none),
		WORLD_TEST(test_who_may_be_written_to),
		WORLD_TEST(test_parts),
		WORLD_TEST(test_reload),
		WORLD_TEST(test_same_name),
		WORLD_TEST(test_script_dies),
		WORLD_TEST(test_end),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
