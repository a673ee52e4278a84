/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * daemon/runner, daemon/exec and daemon/notify with real scripts: order,
 * coalescing, time limits, users, checks.
 */
#include <errno.h>
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

#include "check/conf.h"
#include "daemon/engines.h"
#include "daemon/exec.h"
#include "daemon/hints.h"
#include "daemon/notify.h"
#include "daemon/runner.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"

/* A directory with a recording script, a runner and its loop. */
struct world {
	char dir[64];
	char script[96], out[96], go[96];
	struct ev_loop *loop;
	struct ev_signal child;
	struct ev_timer tick, deadline;
	struct runner *runner;
	struct notify *notify;
	struct hints *hints;
	struct conf *conf;
	/* what the loop waits for: this text in the file, or idleness */
	const char *want;
	bool is_idle;
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
		(void)runner_reap(w->runner, pid, status);
}

static void
on_idle(void *arg)
{
	struct world *w = arg;

	w->is_idle = true;
	if (w->want == NULL)
		ev_loop_stop(w->loop);
}

/* Looks every 10 ms whether the wanted text is there. */
static void
on_tick(void *arg, monotime_t now)
{
	struct world *w = arg;
	char text[4096];

	read_out(w, text, sizeof(text));
	if (w->want != NULL && strcmp(text, w->want) == 0)
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
	fail_msg("scripts wrote:\n%s\nnot:\n%s", text,
		 w->want != NULL ? w->want : "(idle)");
}

static void
run(struct world *w)
{
	ev_timer_at(&w->tick, monotime_now());
	ev_timer_at(&w->deadline, monotime_add(monotime_now(), SEC(20)));
	ev_loop_run(w->loop);
	ev_timer_stop(&w->tick);
}

static void
run_until(struct world *w, const char *text)
{
	w->want = text;
	run(w);
}

static void
run_until_idle(struct world *w)
{
	w->want = NULL;
	if (!runner_is_idle(w->runner))
		run(w);
}

/* Reads a configuration; @ stands for the script's path. */
static void
use_conf(struct world *w, const char *text)
{
	struct conf_opts opts = {.modules = engines_modules,
				 .mask = CONF_MASK_ALL,
				 .is_engine = true};
	struct diag_sink *sink = diag_sink_new();
	struct buf b = BUF_INIT;
	struct conf *c;

	for (const char *p = text; *p != '\0'; p++)
		if (*p == '@')
			buf_adds(&b, w->script);
		else
			buf_addc(&b, *p);
	c = conf_read_text("test", buf_str(&b), b.len, &opts, sink).conf;
	assert_non_null(c);
	buf_fini(&b);
	diag_sink_free(sink);
	runner_set_conf(w->runner, c);
	notify_set_conf(w->notify, c);
	conf_free(w->conf);
	w->conf = c;
}

static int
setup(void **state)
{
	static const struct log_opts quiet = {.ident = "test"};
	struct world *w = xcalloc(1, sizeof(*w));
	char text[512];

	log_open(&quiet);
	snprintf(w->dir, sizeof(w->dir), "/tmp/dvrunner.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(chmod(w->dir, 0755), 0);
	snprintf(w->script, sizeof(w->script), "%s/script", w->dir);
	snprintf(w->out, sizeof(w->out), "%s/out", w->dir);
	snprintf(w->go, sizeof(w->go), "%s/go", w->dir);
	/* Writes its arguments; with "wait" first, then waits for a file. */
	snprintf(text, sizeof(text),
		 "#!/bin/sh\necho \"$@\" >> %s\n"
		 "[ \"$1\" = wait ] || exit 0\n"
		 "until [ -e %s ]; do sleep 0.02; done\n",
		 w->out, w->go);
	write_file(w->script, text, 0755);
	write_file(w->out, "", 0666);
	w->loop = ev_loop_new();
	ev_signal_init(&w->child, w->loop, SIGCHLD, on_child, w);
	ev_timer_init(&w->tick, w->loop, on_tick, w);
	ev_timer_init(&w->deadline, w->loop, on_deadline, w);
	w->runner = runner_new(w->loop, on_idle, w);
	w->notify = notify_new(w->runner, NULL, NULL);
	w->hints = hints_new();
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	write_file(w->go, "", 0644);
	run_until_idle(w);
	notify_free(w->notify);
	runner_free(w->runner);
	hints_free(w->hints);
	conf_free(w->conf);
	ev_timer_fini(&w->tick);
	ev_timer_fini(&w->deadline);
	ev_signal_fini(&w->child);
	ev_loop_free(w->loop);
	unlink(w->script);
	unlink(w->out);
	unlink(w->go);
	rmdir(w->dir);
	log_close();
	free(w);
	return 0;
}

/* Queues the script with these words for an object. */
static void
submit(struct world *w, const char *object, const char *first,
       const char *second)
{
	const char *argv[] = {w->script, first, second, NULL};
	struct conf_script s = {.argv = argv, .argc = second != NULL ? 3 : 2};
	struct runner_cmd cmd = {.script = &s};

	runner_submit(w->runner, object, RUNNER_STATE, &cmd, 1);
}

static void
test_batch_in_order(void **state)
{
	struct world *w = *state;
	const char *one[] = {w->script, "one", NULL};
	const char *two[] = {w->script, "two", NULL};
	const char *extra[] = {"A", "B C", "D", "E"};
	struct conf_script s1 = {.argv = one, .argc = 2};
	struct conf_script s2 = {.argv = two, .argc = 2};
	struct conf_script none = {0};
	struct runner_cmd cmd[] = {
		{.script = &s1},
		{.script = &none},
		{.script = &s2, .extra = extra, .n_extra = 4},
	};

	runner_submit(w->runner, "x", RUNNER_STATE, cmd, ARRAY_LEN(cmd));
	assert_false(runner_is_idle(w->runner));
	run_until_idle(w);
	run_until(w, "one\ntwo A B C D E\n");
}

/* Of the states that come while a script runs only the newest is told. */
static void
test_newest_wins(void **state)
{
	struct world *w = *state;

	submit(w, "x", "wait", "first");
	submit(w, "x", "second", NULL);
	submit(w, "x", "third", NULL);
	submit(w, "x", "fourth", NULL);
	run_until(w, "wait first\n");
	write_file(w->go, "", 0644);
	run_until_idle(w);
	run_until(w, "wait first\nfourth\n");
}

/* A remark neither takes a state's place nor outlives it. */
static void
test_remarks(void **state)
{
	struct world *w = *state;
	const char *argv[] = {w->script, "remark", NULL};
	struct conf_script s = {.argv = argv, .argc = 2};
	struct runner_cmd cmd = {.script = &s};

	submit(w, "x", "wait", "first");
	submit(w, "x", "second", NULL);
	runner_submit(w->runner, "x", RUNNER_REMARK, &cmd, 1);
	runner_submit(w->runner, "x", RUNNER_REMARK, &cmd, 1);
	run_until(w, "wait first\n");
	write_file(w->go, "", 0644);
	run_until_idle(w);
	run_until(w, "wait first\nsecond\nremark\n");
	unlink(w->go);
	submit(w, "x", "wait", "third");
	runner_submit(w->runner, "x", RUNNER_REMARK, &cmd, 1);
	submit(w, "x", "fourth", NULL);
	run_until(w, "wait first\nsecond\nremark\nwait third\n");
	write_file(w->go, "", 0644);
	run_until_idle(w);
	run_until(w, "wait first\nsecond\nremark\nwait third\nfourth\n");
}

/* A state without a script: what waits tells of one that is over. */
static void
test_state_without_script(void **state)
{
	struct world *w = *state;
	struct conf_script none = {0};
	struct runner_cmd cmd = {.script = &none};

	submit(w, "x", "wait", "first");
	submit(w, "x", "second", NULL);
	runner_submit(w->runner, "x", RUNNER_STATE, &cmd, 1);
	run_until(w, "wait first\n");
	write_file(w->go, "", 0644);
	run_until_idle(w);
	run_until(w, "wait first\n");
}

/* A zombie that nobody has asked about yet is not. */
static bool
is_alive(int pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state != 'Z';
}

/* One that hangs, and would not go, is killed with all that it started: soon
 * when a newer state waits. */
static void
test_limits(void **state)
{
	struct world *w = *state;
	const char *argv[] = {"/bin/sh", "-c", NULL, NULL};
	struct conf_script s = {.argv = argv, .argc = 3};
	struct runner_cmd cmd = {.script = &s};
	monotime_t start = monotime_now();
	char text[512], out[4096];
	int child = 0;

	snprintf(text, sizeof(text),
		 "trap '' TERM; sleep 1000 & echo $! >> %s; wait; sleep 1000",
		 w->out);
	argv[2] = text;
	runner_set_limits(w->runner, SEC(1000), MSEC(300));
	runner_submit(w->runner, "x", RUNNER_STATE, &cmd, 1);
	submit(w, "x", "newer", NULL);
	run_until_idle(w);
	assert_true(monotime_sub(monotime_now(), start) > MSEC(1200));
	assert_true(monotime_sub(monotime_now(), start) < SEC(15));
	read_out(w, out, sizeof(out));
	assert_int_equal(sscanf(out, "%d\nnewer", &child), 1);
	assert_non_null(strstr(out, "newer"));
	while (is_alive(child))
		assert_true(monotime_sub(monotime_now(), start) < SEC(15));
	/* And without one by the long limit. */
	runner_set_limits(w->runner, MSEC(100), SEC(1000));
	runner_submit(w->runner, "x", RUNNER_STATE, &cmd, 1);
	run_until_idle(w);
}

/* Demand: 1000 flips with a script of a second: at most one runs, and the
 * last run tells the real state. */
struct flips {
	struct world *w;
	struct ev_timer next;
	uint32_t n;
};

static void report_vrrp(struct world *w, uint32_t kind, const char *name,
			uint32_t word);

static void
on_flip(void *arg, monotime_t now)
{
	struct flips *f = arg;

	report_vrrp(f->w, MSG_VRRP_INSTANCE, "A",
		    f->n % 2 == 0 ? VRRP_WORD_BACKUP : VRRP_WORD_MASTER);
	if (++f->n < 1000)
		ev_timer_at(&f->next, monotime_add(now, MSEC(3)));
}

static void use_conf(struct world *w, const char *text);

static void
test_thousand_flips(void **state)
{
	struct world *w = *state;
	struct flips f = {.w = w};
	monotime_t start = monotime_now();
	char text[1024], out[4096], last[64];
	size_t runs = 0;

	/* Fails to make the directory where another one runs. */
	snprintf(text, sizeof(text),
		 "#!/bin/sh\nmkdir %s/lock || echo OVERLAP >> %s\n"
		 "sleep 1\necho $4 >> %s\nrmdir %s/lock\n",
		 w->dir, w->out, w->out, w->dir);
	write_file(w->script, text, 0755);
	use_conf(w, "vrrp_instance A {\n interface eth9\n"
		    " virtual_router_id 5\n"
		    " virtual_ipaddress {\n 10.0.0.1\n }\n"
		    " notify \"@ x\"\n}\n");
	ev_timer_init(&f.next, w->loop, on_flip, &f);
	on_flip(&f, monotime_now());
	run_until_idle(w);
	ev_timer_fini(&f.next);
	assert_int_equal(f.n, 1000);
	read_out(w, out, sizeof(out));
	assert_null(strstr(out, "OVERLAP"));
	for (const char *p = out; sscanf(p, "%63s", last) == 1;
	     p += strlen(last) + 1)
		runs++;
	assert_string_equal(last, "MASTER");
	/* Each took its second, one after the other. */
	assert_in_range(runs, 2, monotime_sub(monotime_now(), start) / SEC(1));
}

/* A script that hangs holds up its own object only. */
static void
test_objects_are_independent(void **state)
{
	struct world *w = *state;

	submit(w, "x", "wait", NULL);
	run_until(w, "wait\n");
	submit(w, "y", "other", NULL);
	run_until(w, "wait\nother\n");
	assert_false(runner_is_idle(w->runner));
}

static void
test_many_objects(void **state)
{
	struct world *w = *state;
	char name[16], text[8192];
	size_t lines = 0;

	for (int i = 0; i < RUNNER_MAX + 50; i++) {
		snprintf(name, sizeof(name), "o%d", i);
		submit(w, name, name, NULL);
	}
	run_until_idle(w);
	read_out(w, text, sizeof(text));
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, RUNNER_MAX + 50);
}

static void
test_kill_all(void **state)
{
	struct world *w = *state;

	submit(w, "x", "wait", "first");
	submit(w, "x", "second", NULL);
	run_until(w, "wait first\n");
	runner_kill_all(w->runner);
	run_until_idle(w);
	run_until(w, "wait first\n");
}

static void
test_missing_script(void **state)
{
	struct world *w = *state;
	const char *argv[] = {"/no/such/script", NULL};
	struct conf_script s = {.argv = argv, .argc = 1};
	struct runner_cmd cmd = {.script = &s};

	runner_submit(w->runner, "x", RUNNER_STATE, &cmd, 1);
	assert_true(runner_is_idle(w->runner));
}

/* A script and what it started end when the time is up. */
static void
test_run_now_limit(void **state)
{
	struct world *w = *state;
	const char *argv[] = {"/bin/sh", "-c",
			      "trap '' TERM; sleep 1000 & wait; sleep 1000",
			      NULL};
	struct conf_script s = {.argv = argv, .argc = 3};
	monotime_t start = monotime_now();

	assert_int_equal(runner_run_now(w->runner, &s, MSEC(200)), -ETIMEDOUT);
	assert_true(monotime_sub(monotime_now(), start) < SEC(10));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
test_run_now_status(void **state)
{
	struct world *w = *state;
	const char *good[] = {"true", NULL};
	const char *bad[] = {"/bin/false", NULL};
	struct conf_script s = {.argv = good, .argc = 1}, none = {0};

	assert_int_equal(runner_run_now(w->runner, &s, SEC(10)), 0);
	assert_int_equal(runner_run_now(w->runner, &none, SEC(10)), 0);
	s.argv = bad;
	assert_int_equal(runner_run_now(w->runner, &s, SEC(10)), -EIO);
}

/* ---- exec: who and what ---- */

static void
test_exec_refusals(void **state)
{
	struct world *w = *state;
	char reason[EXEC_REASON_LEN];
	const char *argv[] = {w->script, NULL};
	struct exec_job job = {.argv = argv, .user = "no-such-user"};
	struct exec_rules rules = {0};

	assert_int_equal(exec_start(&job, &rules, reason), -ENOENT);
	assert_string_equal(reason, "no user 'no-such-user'");
	job.user = "root";
	assert_int_equal(chmod(w->script, 0644), 0);
	assert_int_equal(exec_start(&job, &rules, reason), -EACCES);
	assert_string_equal(reason, "not an executable file");
	argv[0] = w->dir;
	assert_int_equal(exec_start(&job, &rules, reason), -EACCES);
}

/* With script security root runs only what root alone can change. */
static void
test_exec_security(void **state)
{
	struct world *w = *state;
	char reason[EXEC_REASON_LEN] = "";
	const char *argv[] = {w->script, "ran", NULL};
	struct exec_job job = {.argv = argv, .user = "root"};
	struct exec_rules rules = {.is_secure = true};
	int status;
	pid_t pid;

	if (geteuid() != 0) { /* then nothing is root's to protect */
		assert_true(exec_start(&job, &rules, reason) != 0);
		return;
	}
	assert_int_equal(chmod(w->script, 0775), 0);
	assert_int_equal(chown(w->script, 0, 12345), 0);
	assert_int_equal(exec_start(&job, &rules, reason), -EPERM);
	assert_int_equal(chmod(w->script, 0755), 0);
	assert_int_equal(chown(w->dir, 12345, 0), 0);
	assert_int_equal(exec_start(&job, &rules, reason), -EPERM);
	assert_string_equal(reason, "runs as root, but others can change it");
	/* As somebody else it may run all the same. */
	job.user = "nobody";
	pid = exec_start(&job, &rules, reason);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chown(w->dir, 0, 0), 0);
	job.user = "root";
	pid = exec_start(&job, &rules, reason);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* No default user, and no fall back to root. */
	job.user = NULL;
	assert_int_equal(exec_start(&job, &rules, reason), -EPERM);
}

/* Text without "#!" runs by the shell, as from a command line. */
static void
test_exec_plain_text(void **state)
{
	struct world *w = *state;
	char reason[EXEC_REASON_LEN], text[160];
	const char *argv[] = {w->script, "a b", "c", NULL};
	struct exec_job job = {.argv = argv};
	struct exec_rules rules = {0};
	int status;
	pid_t pid;

	snprintf(text, sizeof(text), "echo \"$2 $1\" >> %s\n", w->out);
	write_file(w->script, text, 0755);
	pid = exec_start(&job, &rules, reason);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	run_until(w, "c a b\n");
}

/* ---- notify ---- */

static const char vrrp_text[] =
	"vrrp_instance A {\n interface eth9\n virtual_router_id 5\n"
	" virtual_ipaddress {\n 10.0.0.1\n }\n"
	" notify_master \"@ master\"\n notify_backup \"@ backup\"\n"
	" notify_fault \"@ fault\"\n notify_stop \"@ stop\"\n"
	" notify_deleted \"@ deleted\"\n"
	" notify_master_rx_lower_pri \"@ lower\"\n"
	" notify \"@ 'two words' any\"\n}\n";

static void
tell(struct world *w, enum msg_type type, const void *m)
{
	struct notify_before before = {.is_news =
					       hints_note(w->hints, type, m)};

	notify_on_state(w->notify, type, m, &before);
}

static void
report_vrrp(struct world *w, uint32_t kind, const char *name, uint32_t word)
{
	struct msg_vrrp_state m = {
		.kind = kind, .state = word, .priority = 100};

	memcpy(m.name, name, strlen(name));
	tell(w, MSG_VRRP_STATE, &m);
}

static void
test_notify_instance(void **state)
{
	struct world *w = *state;

	use_conf(w, vrrp_text);
	report_vrrp(w, MSG_VRRP_INSTANCE, "A", VRRP_WORD_INIT);
	run_until_idle(w);
	report_vrrp(w, MSG_VRRP_INSTANCE, "A", VRRP_WORD_MASTER);
	run_until_idle(w);
	report_vrrp(w, MSG_VRRP_INSTANCE, "A", VRRP_WORD_MASTER);
	report_vrrp(w, MSG_VRRP_INSTANCE, "B", VRRP_WORD_MASTER);
	report_vrrp(w, MSG_VRRP_GROUP, "A", VRRP_WORD_MASTER);
	run_until_idle(w);
	report_vrrp(w, MSG_VRRP_INSTANCE, "A", VRRP_WORD_MASTER_RX_LOWER_PRI);
	run_until_idle(w);
	report_vrrp(w, MSG_VRRP_INSTANCE, "A", VRRP_WORD_FAULT);
	run_until_idle(w);
	run_until(w, "master\ntwo words any INSTANCE A MASTER 100\n"
		     "lower\n"
		     "fault\ntwo words any INSTANCE A FAULT 100\n");
}

/* The scripts of what a reload deletes are those of the old file. */
static void
test_notify_deleted(void **state)
{
	struct world *w = *state;

	use_conf(w, vrrp_text);
	use_conf(w, "");
	report_vrrp(w, MSG_VRRP_INSTANCE, "A", VRRP_WORD_DELETED);
	run_until_idle(w);
	run_until(w, "deleted\ntwo words any INSTANCE A DELETED 100\n");
	use_conf(w, "");
	report_vrrp(w, MSG_VRRP_INSTANCE, "A", VRRP_WORD_DELETED);
	assert_true(runner_is_idle(w->runner));
}

/* Without notify_deleted a fault is told, by notify alone (keepalived). */
static void
test_notify_deleted_as_fault(void **state)
{
	struct world *w = *state;

	use_conf(w, "vrrp_instance A {\n interface eth9\n"
		    " virtual_router_id 5\n"
		    " virtual_ipaddress {\n 10.0.0.1\n }\n"
		    " notify_fault \"@ fault\"\n notify \"@ any\"\n}\n");
	use_conf(w, "");
	report_vrrp(w, MSG_VRRP_INSTANCE, "A", VRRP_WORD_DELETED);
	run_until_idle(w);
	run_until(w, "any INSTANCE A FAULT 100\n");
}

static void
test_notify_group(void **state)
{
	struct world *w = *state;

	use_conf(w, "vrrp_instance A {\n interface eth9\n virtual_router_id 5\n"
		    " virtual_ipaddress {\n 10.0.0.1\n }\n}\n"
		    "vrrp_sync_group SG {\n group {\n A\n }\n"
		    " notify_master \"@ gm\"\n notify \"@ grp arg\"\n}\n");
	report_vrrp(w, MSG_VRRP_GROUP, "SG", VRRP_WORD_MASTER);
	run_until_idle(w);
	run_until(w, "gm\ngrp arg GROUP SG MASTER 0\n");
}

static const char check_text[] =
	"virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_sched rr\n"
	" lvs_method DR\n quorum_up \"@ qup\"\n quorum_down \"@ qdown\"\n"
	" real_server 10.0.0.2 80 {\n notify_up \"@ up\"\n"
	" notify_down \"@ down\"\n TCP_CHECK {\n }\n }\n}\n";

static void
report_server(struct world *w, bool is_alive, bool initial)
{
	struct msg_rs_state m = {.vs = "[10.0.0.1]:tcp:80",
				 .port = 80,
				 .is_alive = is_alive,
				 .initial = initial};

	assert_int_equal(addr_parse("10.0.0.2", &m.addr), 0);
	tell(w, MSG_RS_STATE, &m);
	run_until_idle(w);
}

static void
report_quorum(struct world *w, bool has_quorum, bool initial)
{
	struct msg_vs_state m = {.vs = "[10.0.0.1]:tcp:80",
				 .has_quorum = has_quorum,
				 .initial = initial};

	tell(w, MSG_VS_STATE, &m);
	run_until_idle(w);
}

static void
test_notify_servers(void **state)
{
	struct world *w = *state;

	use_conf(w, check_text);
	report_server(w, true, true); /* the first verdict: no script */
	report_quorum(w, true, false);
	report_server(w, false, false);
	report_quorum(w, false, false);
	report_server(w, false, true); /* only its weight changed */
	report_server(w, true, false);
	report_quorum(w, true, false);
	run_until(w, "qup\ndown\nqdown\nup\nqup\n");
}

/* ---- hints ---- */

static void
test_hints(void **state)
{
	struct world *w = *state;
	struct msg_rs_state rs = {.vs = "[10.0.0.1]:tcp:80", .port = 80};
	struct msg_vs_state vs = {.vs = "[10.0.0.1]:tcp:80"};
	struct msg_vrrp_state vrrp = {.state = VRRP_WORD_MASTER, .name = "A"};

	assert_true(hints_note(w->hints, MSG_RS_STATE, &rs));
	rs.weight = 7;
	assert_false(hints_note(w->hints, MSG_RS_STATE, &rs));
	rs.port = 81;
	assert_true(hints_note(w->hints, MSG_RS_STATE, &rs));
	assert_true(hints_note(w->hints, MSG_VS_STATE, &vs));
	assert_true(hints_note(w->hints, MSG_VRRP_STATE, &vrrp));
	assert_int_equal(hints_count(w->hints), 4);
	/* A remark changes nothing that is known. */
	vrrp.state = VRRP_WORD_MASTER_RX_LOWER_PRI;
	assert_true(hints_note(w->hints, MSG_VRRP_STATE, &vrrp));
	vrrp.state = VRRP_WORD_MASTER;
	assert_false(hints_note(w->hints, MSG_VRRP_STATE, &vrrp));
	assert_false(hints_note(w->hints, MSG_RS_GONE, &rs));
	vrrp.state = VRRP_WORD_DELETED;
	assert_true(hints_note(w->hints, MSG_VRRP_STATE, &vrrp));
	assert_int_equal(hints_count(w->hints), 2);
}

int
main(void)
{
#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_batch_in_order),
		WORLD_TEST(test_newest_wins),
		WORLD_TEST(test_remarks),
		WORLD_TEST(test_state_without_script),
		WORLD_TEST(test_limits),
		WORLD_TEST(test_thousand_flips),
		WORLD_TEST(test_objects_are_independent),
		WORLD_TEST(test_many_objects),
		WORLD_TEST(test_kill_all),
		WORLD_TEST(test_missing_script),
		WORLD_TEST(test_run_now_limit),
		WORLD_TEST(test_run_now_status),
		WORLD_TEST(test_exec_refusals),
		WORLD_TEST(test_exec_security),
		WORLD_TEST(test_exec_plain_text),
		WORLD_TEST(test_notify_instance),
		WORLD_TEST(test_notify_deleted),
		WORLD_TEST(test_notify_deleted_as_fault),
		WORLD_TEST(test_notify_group),
		WORLD_TEST(test_notify_servers),
		WORLD_TEST(test_hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
