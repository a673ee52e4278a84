/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the supervisor watches: values in files, processes by name and command
 * line, questions to neighbours and their answers, and the real watchers on
 * this machine's /proc and a directory of our own.
 */
#include "daemon/tracker.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/engines.h"
#include "daemon/procmatch.h"
#include "daemon/track_file.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/common.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"
#include "vrrp/conf.h"
#include "vrrp/neighbour.h"

/* ---- pure parts ---- */

static void
values_of_files(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} row[] = {
		{"", 0},
		{"5\n", 5},
		{" -7 and words", -7},
		{"abc", 0},
		{"99999999999999999999", INT32_MAX},
		{"-99999999999999999999", INT32_MIN},
		{"3000000000", INT32_MAX},
		{"0x10", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_int_equal(track_file_parse(row[i].text), row[i].value);
}

static void
lines_of_stat(void **state)
{
	char comm[PROCMATCH_COMM_LEN];

	(void)state;
	assert_true(procmatch_stat("12 (nginx) S 1 12", comm));
	assert_string_equal(comm, "nginx");
	assert_true(procmatch_stat("12 (a) b (c)) R 1 12", comm));
	assert_string_equal(comm, "a) b (c)");
	assert_false(procmatch_stat("12 (nginx) Z 1 12", comm));
	assert_false(procmatch_stat("12 nginx S 1 12", comm));
	assert_false(procmatch_stat("12 (nginx)", comm));
	assert_false(procmatch_stat("", comm));
	assert_false(procmatch_stat(") (", comm));
	assert_true(procmatch_stat("1 (longer-than-sixteen-bytes) S", comm));
	assert_int_equal(strlen(comm), PROCMATCH_COMM_LEN - 1);
}

/* words: what is configured; line: the process, '|' between its words. */
static bool
is_it(const char *const *words, uint32_t n, enum param_match match,
      bool full_command, const char *comm, const char *line)
{
	struct vrrp_track_process_conf c = {.param_match = match,
					    .full_command = full_command};
	struct procmatch_info p = {.len = 0};
	char cmdline[128];

	c.process.word = (const char **)(uintptr_t)words;
	c.process.n = n;
	str_fill(p.comm, sizeof(p.comm), comm);
	if (line != NULL) {
		p.len = strlen(line) + 1;
		memcpy(cmdline, line, p.len);
		for (size_t i = 0; i < p.len; i++)
			if (cmdline[i] == '|')
				cmdline[i] = '\0';
		p.cmdline = cmdline;
	}
	return procmatch_is_it(&c, &p);
}

static void
names_and_command_lines(void **state)
{
	static const char *const name[] = {"sshd"};
	static const char *const cmd[] = {"/bin/a b", "x", "long"};
	const enum param_match none = PARAM_MATCH_NONE,
			       exact = PARAM_MATCH_EXACT,
			       initial = PARAM_MATCH_INITIAL,
			       partial = PARAM_MATCH_PARTIAL;

	(void)state;
	assert_true(is_it(name, 1, none, false, "sshd", NULL));
	assert_false(is_it(name, 1, none, false, "sshd2", NULL));
	assert_false(is_it(name, 1, none, false, "ssh", NULL));
	/* no parameters, said by a bare param_match */
	assert_true(is_it(name, 1, exact, false, "sshd", "/usr/sbin/sshd"));
	assert_false(is_it(name, 1, exact, false, "sshd", "/usr/sbin/sshd|-D"));
	/* the whole command */
	assert_true(is_it(name, 1, none, true, "x", "sshd|-D"));
	assert_false(is_it(name, 1, none, true, "sshd", "/usr/sbin/sshd"));
	assert_true(is_it(cmd, 3, exact, false, "", "/bin/a b|x|long"));
	assert_false(is_it(cmd, 3, exact, false, "", "/bin/a b|x|longer"));
	assert_false(is_it(cmd, 3, exact, false, "", "/bin/a b|x|long|more"));
	assert_false(is_it(cmd, 3, exact, false, "", "/bin/a b|x"));
	assert_true(is_it(cmd, 3, initial, false, "", "/bin/a b|x|longer"));
	assert_false(is_it(cmd, 3, initial, false, "", "/bin/a b|xy|longer"));
	assert_false(
		is_it(cmd, 3, initial, false, "", "/bin/a b|x|longer|more"));
	assert_true(is_it(cmd, 3, partial, false, "", "/bin/a b|x|long|more"));
	assert_false(
		is_it(cmd, 3, partial, false, "", "/bin/a b|x|longer|more"));
	/* a kernel thread has no command line */
	assert_false(is_it(cmd, 3, exact, false, "kthreadd", NULL));
	assert_false(is_it(name, 1, exact, false, "sshd", NULL));
}

static const uint8_t mac[VRRP_MAC_LEN] = {2, 0, 0, 0, 0, 1};

static struct addr
address(const char *s)
{
	struct addr a;

	assert_int_equal(addr_parse(s, &a), 0);
	return a;
}

static void
neighbours_by_arp(void **state)
{
	struct addr target = address("10.0.0.254"), src = address("10.0.0.1");
	struct addr who = {0};
	uint8_t f[VRRP_FRAME_MAX];
	size_t len = neighbour_ask(&target, &src, mac, f);

	(void)state;
	assert_int_equal(len, 42);
	assert_false(neighbour_answer(f, len, &who)); /* it is a question */
	/* The answer: sender and target the other way round. */
	f[21] = 2;
	memcpy(f + 28, target.bytes, 4);
	for (size_t cut = 0; cut < 32; cut++)
		assert_false(neighbour_answer(f, cut, &who));
	assert_true(neighbour_answer(f, len, &who));
	assert_true(addr_is_equal(&who, &target));
	f[15] = 6; /* not of an Ethernet */
	assert_false(neighbour_answer(f, len, &who));
}

static void
neighbours_by_nd(void **state)
{
	struct addr target = address("fe80::2"), src = address("fe80::1");
	struct addr none = {0}, who = {0};
	uint8_t f[VRRP_FRAME_MAX];
	size_t len = neighbour_ask(&target, &src, mac, f);

	(void)state;
	assert_int_equal(len, 86);
	assert_int_equal(f[2], 0xff); /* solicited-node group */
	assert_int_equal(f[5], 2);
	assert_false(neighbour_answer(f, len, &who));
	assert_int_equal(neighbour_ask(&target, &none, mac, f), 0);
	/* An advertisement has the form of what announces an address. */
	len = vrrp_frame_announce(&target, mac, true, f);
	assert_true(neighbour_answer(f, len, &who));
	assert_true(addr_is_equal(&who, &target));
	for (size_t cut = 0; cut < len; cut++)
		assert_false(neighbour_answer(f, cut, &who));
	f[14 + 7] = 64; /* it came over a router */
	assert_false(neighbour_answer(f, len, &who));
	f[14 + 7] = 255;
	f[80] ^= 1; /* checksum */
	assert_false(neighbour_answer(f, len, &who));
}

/* ---- the watchers on this machine ---- */

#define SAID_MAX 64

struct fixture {
	struct ev_loop *loop;
	struct ev_timer tick, deadline;
	struct tracker *tracker;
	struct conf *conf;
	struct msg_track said[SAID_MAX];
	size_t n_said;
	const char *name; /* what is awaited */
	uint32_t level;
	int64_t value;
	char dir[64];
};

static void
on_said(void *arg, const struct msg_track *m, unsigned who)
{
	struct fixture *f = arg;

	assert_int_equal(who, TRACK_FOR_VRRP);
	f->said[f->n_said++ % SAID_MAX] = *m;
}

/* The last word about an object. */
static const struct msg_track *
last_word(const struct fixture *f, const char *name)
{
	for (size_t i = f->n_said; i > 0; i--)
		if (strcmp(f->said[(i - 1) % SAID_MAX].name, name) == 0)
			return &f->said[(i - 1) % SAID_MAX];
	return NULL;
}

static void
reap(struct fixture *f)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		(void)tracker_reap(f->tracker, pid, status);
}

static void
on_tick(void *arg, monotime_t now)
{
	struct fixture *f = arg;
	const struct msg_track *m;

	reap(f);
	m = last_word(f, f->name);
	if (m != NULL && m->level == f->level &&
	    (m->kind != MSG_TRACK_FILE || m->value == f->value))
		ev_loop_stop(f->loop);
	ev_timer_at(&f->tick, monotime_add(now, MSEC(5)));
}

static void
on_deadline(void *arg, monotime_t now)
{
	struct fixture *f = arg;

	(void)now;
	fail_msg("%s did not come to level %u, value %lld", f->name, f->level,
		 (long long)f->value);
}

static void
await(struct fixture *f, const char *name, uint32_t level, int64_t value)
{
	monotime_t now = monotime_now();

	f->name = name;
	f->level = level;
	f->value = value;
	ev_timer_at(&f->tick, now);
	ev_timer_at(&f->deadline, monotime_add(now, SEC(20)));
	ev_loop_run(f->loop);
	ev_timer_stop(&f->deadline);
	ev_timer_stop(&f->tick);
}

/* @ stands for the fixture's directory. */
static struct conf *
read_conf(struct fixture *f, const char *text)
{
	struct diag_sink *sink = diag_sink_new();
	struct conf_opts opts = {.modules = engines_modules,
				 .mask = CONF_MASK_ALL,
				 .is_engine = true};
	char path[128];
	struct conf *c;
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/conf", f->dir);
	out = fopen(path, "w");
	assert_non_null(out);
	for (; *text != '\0'; text++)
		if (*text == '@')
			(void)fputs(f->dir, out);
		else
			(void)fputc(*text, out);
	assert_int_equal(fclose(out), 0);
	c = conf_read_file(path, &opts, sink).conf;
	assert_non_null(c);
	diag_sink_free(sink);
	return c;
}

static void
set_conf(struct fixture *f, const char *text)
{
	struct conf *old = f->conf;

	f->conf = read_conf(f, text);
	tracker_set_conf(f->tracker, f->conf, TRACK_FOR_VRRP);
	conf_free(old); /* nothing of it may be used any more */
}

static void
write_file(const struct fixture *f, const char *name, const char *text,
	   mode_t mode)
{
	char path[128];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	(void)fputs(text, out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int
setup(void **state)
{
	static const struct log_opts quiet = {.ident = "test"};
	struct fixture *f = xcalloc(1, sizeof(*f));

	log_open(&quiet);
	str_fill(f->dir, sizeof(f->dir), "/tmp/test_tracker.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(chmod(f->dir, 0755), 0);
	f->loop = ev_loop_new();
	ev_timer_init(&f->tick, f->loop, on_tick, f);
	ev_timer_init(&f->deadline, f->loop, on_deadline, f);
	f->tracker = tracker_new(f->loop,
				 &(struct track_out){.say = on_said, .arg = f});
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const files[] = {"conf", "value", "check", "status"};
	struct fixture *f = *state;
	char path[128];

	tracker_free(f->tracker);
	conf_free(f->conf);
	ev_timer_fini(&f->tick);
	ev_timer_fini(&f->deadline);
	ev_loop_free(f->loop);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, files[i]);
		(void)unlink(path); /* not each test makes all of them */
	}
	(void)rmdir(f->dir);
	log_close();
	free(f);
	return 0;
}

#define INSTANCE(track)                                                        \
	"vrrp_instance A {\ninterface eth9\nvirtual_router_id 1\n"             \
	"virtual_ipaddress {\n10.0.0.1\n}\n" track "}\n"

static void
a_file_is_followed(void **state)
{
	struct fixture *f = *state;
	static const char conf[] =
		"track_file f {\nfile @/value\ninit_file 3\n}\n" INSTANCE(
			"track_file {\nf\n}\n");
	char path[128];

	set_conf(f, conf);
	assert_int_equal(last_word(f, "f")->value, 3);
	assert_int_equal(last_word(f, "f")->is_hint, 1);
	write_file(f, "value", "-8", 0644);
	await(f, "f", MSG_TRACK_UP, -8);
	f->n_said = 0;
	set_conf(f, conf); /* a reload writes no init_file and says nothing */
	assert_int_equal(f->n_said, 0);
	tracker_resend(f->tracker, TRACK_FOR_VRRP);
	assert_int_equal(last_word(f, "f")->value, -8);
	(void)snprintf(path, sizeof(path), "%s/value", f->dir);
	assert_int_equal(unlink(path), 0);
	await(f, "f", MSG_TRACK_UP, 0);
}

static void
processes_are_counted(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	set_conf(f, "vrrp_track_process p {\nprocess dv_test_tracked\n}\n"
		    "vrrp_track_process unused {\nprocess init\n}\n" INSTANCE(
			    "track_process {\np\n}\n"));
	assert_int_equal(last_word(f, "p")->level, MSG_TRACK_DOWN);
	assert_null(last_word(f, "unused"));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_NAME, "dv_test_tracked");
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	await(f, "p", MSG_TRACK_UP, 0);
	assert_int_equal(last_word(f, "p")->value, 1);
	f->n_said = 0;
	assert_int_equal(kill(pid, SIGKILL), 0);
	await(f, "p", MSG_TRACK_DOWN, 0);
	tracker_set_conf(f->tracker, NULL, 0);
	f->n_said = 0;
	tracker_resend(f->tracker, TRACK_FOR_VRRP);
	assert_int_equal(f->n_said, 0);
}

static void
scripts_rise_and_fall(void **state)
{
	struct fixture *f = *state;
	static const char conf[] =
		"vrrp_script s {\nscript @/check\ninterval 0.05\nfall 2\n"
		"rise 3\n}\nvrrp_script t {\nscript \"<@/value\"\n"
		"interval 0.05\n}\nvrrp_script unused {\nscript "
		"@/check\n}\n" INSTANCE("track_script {\ns\nt\n}\n");
	char from[128], to[128];

	write_file(f, "check", "#!/bin/sh\nexit 4\n", 0755);
	set_conf(f, conf);
	assert_null(last_word(f, "s")); /* no result, no word */
	await(f, "s", MSG_TRACK_DOWN, 0);
	assert_int_equal(last_word(f, "s")->end, MSG_TRACK_EXITED);
	assert_int_equal(last_word(f, "s")->detail, 4);
	await(f, "t", MSG_TRACK_DOWN, 0);
	assert_null(last_word(f, "unused"));
	write_file(f, "value", "", 0644);
	await(f, "t", MSG_TRACK_UP, 0);
	write_file(f, "new", "#!/bin/sh\nexit 0\n", 0755);
	/* replaced in one go: what runs may not be written */
	(void)snprintf(from, sizeof(from), "%s/new", f->dir);
	(void)snprintf(to, sizeof(to), "%s/check", f->dir);
	assert_int_equal(rename(from, to), 0);
	await(f, "s", MSG_TRACK_UP, 0);
	f->n_said = 0;
	set_conf(f, conf);
	assert_int_equal(f->n_said, 0);
	tracker_resend(f->tracker, TRACK_FOR_VRRP);
	assert_int_equal(last_word(f, "s")->level, MSG_TRACK_UP);
	assert_int_equal(last_word(f, "s")->is_hint, 1);
}

static void
a_script_that_hangs_is_killed(void **state)
{
	struct fixture *f = *state;

	write_file(f, "check", "#!/bin/sh\ntrap '' TERM\nsleep 77\n", 0755);
	set_conf(f, "vrrp_script s {\nscript @/check\ninterval 1\n"
		    "timeout 0.1\n}\n" INSTANCE("track_script {\ns\n}\n"));
	await(f, "s", MSG_TRACK_DOWN, 0);
	assert_int_equal(last_word(f, "s")->end, MSG_TRACK_TIMEOUT);
	/* gone with the configuration, with all that it started */
	tracker_set_conf(f->tracker, NULL, 0);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_files),
		cmocka_unit_test(lines_of_stat),
		cmocka_unit_test(names_and_command_lines),
		cmocka_unit_test(neighbours_by_arp),
		cmocka_unit_test(neighbours_by_nd),
		cmocka_unit_test_setup_teardown(a_file_is_followed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(processes_are_counted, setup,
						teardown),
		cmocka_unit_test_setup_teardown(scripts_rise_and_fall, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_script_that_hangs_is_killed,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
