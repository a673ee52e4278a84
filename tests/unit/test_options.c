/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* daemon/options: keepalived's command line, word for word. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "daemon/options.h"
#include "lib/buf.h"
#include "lib/util.h"

struct run {
	struct options o;
	struct buf out, err;
	int status;
};

/* Parses up to eight words after the program's name. */
static struct run
parse(const char *const word[8])
{
	char *argv[10] = {(char *)"duumvir"};
	struct run r = {.out = BUF_INIT, .err = BUF_INIT};
	int argc = 1;

	while (argc < 9 && word[argc - 1] != NULL) {
		argv[argc] = (char *)word[argc - 1];
		argc++;
	}
	options_parse(argc, argv, &r.o, &r.out, &r.err, &r.status);
	return r;
}

#define PARSE(...) parse((const char *const[8]){__VA_ARGS__})

static void
run_fini(struct run *r)
{
	buf_fini(&r->out);
	buf_fini(&r->err);
}

static void
test_nothing(void **state)
{
	struct run r = PARSE(NULL);

	(void)state;
	assert_int_equal(r.o.mode, MODE_RUN);
	assert_int_equal(r.o.log_facility, LOG_DAEMON);
	assert_null(r.o.conf_file);
	assert_false(r.o.foreground);
	assert_int_equal(r.err.len, 0);
	run_fini(&r);
}

static void
test_letters(void **state)
{
	struct run r = PARSE("-nlDDGRVI", "-f", "/x", "-p/a", "-rb", "-c", "c",
			     "-Peix");

	(void)state;
	assert_true(r.o.foreground && r.o.log_console && r.o.no_syslog);
	assert_true(r.o.no_respawn && r.o.keep_vips && r.o.keep_ipvs);
	assert_true(r.o.only_vrrp && r.o.all_config);
	assert_int_equal(r.o.log_detail, 2);
	assert_string_equal(r.o.conf_file, "/x");
	assert_string_equal(r.o.pid[PID_MAIN], "/a");
	assert_string_equal(r.o.pid[PID_VRRP], "b");
	assert_string_equal(r.o.pid[PID_CHECK], "c");
	assert_string_equal(r.o.config_id, "x");
	run_fini(&r);
}

static void
test_long_and_short_forms(void **state)
{
	struct run r = PARSE("--dont-fo", "--use=/x", "--names", "n1",
			     "--config-id", "i", "--dont-release-i", "--all");

	(void)state;
	assert_true(r.o.foreground);
	assert_string_equal(r.o.conf_file, "/x");
	assert_string_equal(r.o.namespace, "n1");
	assert_string_equal(r.o.config_id, "i");
	assert_true(r.o.keep_ipvs);
	assert_false(r.o.keep_vips);
	assert_true(r.o.run_all);
	run_fini(&r);
}

/* An optional value must be glued; the next word is not it. */
static void
test_glued_values(void **state)
{
	struct run r = PARSE("-t/log", "-n");

	(void)state;
	assert_int_equal(r.o.mode, MODE_CONFIG_TEST);
	assert_string_equal(r.o.test_file, "/log");
	run_fini(&r);
	r = PARSE("-t", "/log");
	assert_int_equal(r.o.mode, MODE_CONFIG_TEST);
	assert_null(r.o.test_file);
	assert_string_equal(buf_str(&r.out), "Unexpected argument(s): /log\n");
	run_fini(&r);
	r = PARSE("--config-test=/l2", "-M");
	assert_string_equal(r.o.test_file, "/l2");
	assert_true(r.o.core_dump);
	assert_string_equal(r.o.core_pattern, "core");
	run_fini(&r);
	r = PARSE("-Mpat");
	assert_string_equal(r.o.core_pattern, "pat");
	run_fini(&r);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *word[2];
		const char *text;
	} bad[] = {
		{{"--x"}, "Unknown option --x\n"},
		{{"-Q"}, "Unknown option -Q\n"},
		{{"-f"}, "Missing parameter for option -f\n"},
		{{"--use-file"}, "Missing parameter for option --use-file\n"},
		{{"--use-file="}, "Missing parameter for option --use-file\n"},
		{{"--lo"}, "Unknown option --lo\n"},
		{{"--signum=NO"}, "Unknown sigfunc NO\n"},
		{{"-g"}, "Unknown option --log-file\n"},
		{{"-g/x"}, "Unknown option --log-file\n"},
		{{"--flush-log-file"}, "Unknown option --flush-log-file\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct run r = PARSE(bad[i].word[0], bad[i].word[1]);

		assert_string_equal(buf_str(&r.err), bad[i].text);
		assert_int_equal(r.o.mode, MODE_EXIT);
		assert_int_equal(r.status, 1);
		run_fini(&r);
	}
}

static void
test_signum(void **state)
{
	const struct {
		const char *word;
		int signo;
	} known[] = {
		{"--signum=STOP", SIGTERM},
		{"--signum=RELOAD", SIGHUP},
		{"--signum=DATA", SIGUSR1},
		{"--signum=STATS", SIGUSR2},
		{"--signum=STATS_CLEAR", SIGRTMAX - 1},
		{"--signum=JSON", SIGRTMIN + 2},
	};
	char want[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct run r = PARSE(known[i].word);

		snprintf(want, sizeof(want), "%d\n", known[i].signo);
		assert_string_equal(buf_str(&r.out), want);
		assert_int_equal(r.status, 0);
		run_fini(&r);
	}
}

static void
test_facility(void **state)
{
	static const struct {
		const char *word;
		int facility;
	} known[] = {
		{"0", LOG_LOCAL0},	{"7", LOG_LOCAL7},
		{"local3", LOG_LOCAL3}, {"user", LOG_USER},
		{"daemon", LOG_DAEMON}, {"9", LOG_DAEMON},
		{"mail", LOG_DAEMON},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct run r = PARSE("-S", known[i].word);

		assert_int_equal(r.o.log_facility, known[i].facility);
		assert_int_equal(r.o.mode, MODE_RUN);
		assert_int_equal(r.err.len > 0, i >= 5);
		run_fini(&r);
	}
}

static void
test_umask(void **state)
{
	struct run r = PARSE("-u", "022");

	(void)state;
	assert_true(r.o.has_umask);
	assert_int_equal(r.o.umask, 022);
	run_fini(&r);
	r = PARSE("-u0x1f");
	assert_int_equal(r.o.umask, 0x1f);
	run_fini(&r);
	r = PARSE("-u", "01000");
	assert_false(r.o.has_umask);
	assert_int_equal(r.o.mode, MODE_RUN);
	assert_string_equal(buf_str(&r.err),
			    "Invalid --umask option '01000'\n");
	run_fini(&r);
	r = PARSE("-u", "-1");
	assert_false(r.o.has_umask);
	run_fini(&r);
}

/* Options of later subjects are taken and remembered once each. */
static void
test_pending(void **state)
{
	struct run r = PARSE("-x", "-B", "-x", "-a", "-A", "sock", "-b", "f");

	(void)state;
	assert_int_equal(r.o.mode, MODE_RUN);
	assert_int_equal(r.o.n_pending, 5);
	assert_string_equal(r.o.pending[0], "snmp");
	assert_string_equal(r.o.pending[1], "no_bfd");
	assert_string_equal(r.o.pending[4], "bfd_pid");
	run_fini(&r);
}

static void
test_help_and_version(void **state)
{
	struct run r = PARSE("-h");

	(void)state;
	assert_non_null(strstr(buf_str(&r.err), "  -f, --use-file=FILE"));
	assert_non_null(strstr(buf_str(&r.err), "  -t, --config-test[=FILE]"));
	assert_null(strstr(buf_str(&r.err), "config-fd"));
	assert_int_equal(r.status, 0);
	assert_int_equal(r.o.mode, MODE_EXIT);
	run_fini(&r);
	r = PARSE("-v", "-Q");
	assert_int_equal(strncmp(buf_str(&r.err), "Duumvir v", 9), 0);
	assert_int_equal(r.status, 0);
	run_fini(&r);
}

static void
test_our_own(void **state)
{
	struct run r = PARSE("--plan", "new.conf", "-f", "old.conf");

	(void)state;
	assert_int_equal(r.o.mode, MODE_PLAN);
	assert_string_equal(r.o.plan_file, "new.conf");
	run_fini(&r);
	r = PARSE("--pending");
	assert_int_equal(r.o.mode, MODE_PENDING);
	run_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_long_and_short_forms),
		cmocka_unit_test(test_glued_values),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_signum),
		cmocka_unit_test(test_facility),
		cmocka_unit_test(test_umask),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_our_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
