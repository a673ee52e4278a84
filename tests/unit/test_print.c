/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Canonical text: golden, fixpoint, what the lexer could trip over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "parser/doc.h"
#include "tests/unit/parser_world.h"

/* print(text) is want, and reading want as an engine does prints it again. */
static void
assert_prints(const char *text, const char *want)
{
	struct world w = {0}, again = {0};
	char *one, *two;

	world_read(&w, text);
	one = world_print(&w);
	assert_string_equal(one, want);
	again.opts = (struct conf_opts){.modules = world_modules,
					.mask = CONF_MASK_ALL,
					.is_engine = true};
	world_read(&again, one);
	two = world_print(&again);
	assert_string_equal(two, want);
	assert_int_equal(diag_worst(again.sink), DIAG_NOTE);
	free(one);
	free(two);
	world_fini(&w);
	world_fini(&again);
}

static void
test_whole(void **state)
{
	(void)state;
	assert_prints(
		"service 10.0.0.1 80 { delay_loop 1.50\n server 10.0.0.2 80 { "
		"weight 2\n HTTP { regex \"^a 'b\\x20c\" }\nTCP { port 1\n} "
		"HTTP {} } }\n"
		"router B { notify \"/x 'a b' c\" root\n state BACKUP\n "
		"addresses {\n 10.0.0.1  label \"l x\" dev eth0 bogus\n}\n"
		"smtp_alert off\n priority 0120 junk\n nopreempt\n debug 2\n"
		"authentication { auth_pass 12345678\n auth_type PASS } }\n"
		"global_defs { flush\n router_id \"a b\"\n email { x@y z }\n "
		"bits four|one\n net fe80::/10\n user u }\n"
		"script s { weight -5 reverse }\n",
		"global_defs {\n"
		"\trouter_id \"a b\"\n"
		"\temail {\n\t\tx@y\n\t\tz\n\t}\n"
		"\tbits one four\n"
		"\tuser u\n"
		"\tnet fe80::/10\n"
		"\tflush\n"
		"}\n"
		"router B {\n"
		"\tpriority 120\n"
		"\tnopreempt\n"
		"\tsmtp_alert off\n"
		"\tstate BACKUP\n"
		"\tauthentication {\n"
		"\t\tauth_type PASS\n"
		"\t\tauth_pass 12345678\n"
		"\t}\n"
		"\taddresses {\n"
		"\t\t10.0.0.1 label \"l x\" dev eth0\n"
		"\t}\n"
		"\tnotify \"/x a\\x20b c\" root\n"
		"\tdebug 2\n"
		"}\n"
		"script s {\n"
		"\tweight -5 reverse\n"
		"}\n"
		"service 10.0.0.1 80 {\n"
		"\tdelay_loop 1.5\n"
		"\tserver 10.0.0.2 80 {\n"
		"\t\tweight 2\n"
		"\t\tHTTP {\n\t\t\tregex \"^a\\x20\\x27b\\x20c\"\n\t\t}\n"
		"\t\tTCP {\n\t\t\tport 1\n\t\t}\n"
		"\t\tHTTP {\n\t\t}\n"
		"\t}\n"
		"}\n");
}

static void
test_awkward_words(void **state)
{
	(void)state;
	assert_prints("global_defs {\nrouter_id \"#!{}'\\\"\n}\n",
		      "global_defs {\n\trouter_id \"#!{}'\\\"\n}\n");
	assert_prints("global_defs {\nrouter_id \"\"\n}\n",
		      "global_defs {\n\trouter_id \"\"\n}\n");
	assert_prints("global_defs {\nrouter_id \"$X\"\n}\n",
		      "global_defs {\n\trouter_id \"$X\"\n}\n");
	assert_prints("router A { group { \"@x y\" ~SEQ $a include }\n}\n",
		      "router A {\n\tgroup {\n\t\t\"@x y\"\n\t\t\"~SEQ\"\n"
		      "\t\t\"$a\"\n\t\t\"include\"\n\t}\n}\n");
	assert_prints("router \"a b\" {\n}\n", "router \"a b\" {\n}\n");
	assert_prints("router A { notify \"/x '' \\x27 \\x24a \\xc3\\xa4\" }",
		      "router A {\n\tnotify \"/x '' \\x27 \\x24a "
		      "\xc3\xa4\"\n}\n");
}

static void
test_taken_back_flag(void **state)
{
	(void)state;
	assert_prints("router A {\n nopreempt\n preempt\n}\n",
		      "router A {\n\tpreempt\n}\n");
}

static void
test_docs(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	doc_print_paths(world_modules, &b);
	assert_non_null(strstr(buf_str(&b),
			       "\nrouter/priority\t<INT 1..255>\t100\t2.2.7\t"
			       "vrrp\tPriority.\n"));
	assert_non_null(strstr(buf_str(&b), "\nglobal_defs/flush\t"));
	assert_non_null(strstr(buf_str(&b), "\nrouter/addresses:dev\t"));
	assert_non_null(strstr(buf_str(&b),
			       "\nrouter/advert_int\t<DECIMAL 0.01..255 "
			       "seconds>\t1\t"));
	assert_null(strstr(buf_str(&b), "forgotten"));
	assert_non_null(strstr(buf_str(&b), "\n(parser)/~SEQ\t"));
	buf_reset(&b);
	doc_print_pending(world_modules, &b);
	assert_string_equal(buf_str(&b), "router/debug\n");
	buf_reset(&b);
	doc_print_man(world_modules, &b);
	assert_non_null(strstr(buf_str(&b), ".SS router <NAME> {...block...}"));
	buf_reset(&b);
	doc_print_dict(world_modules, &b);
	assert_non_null(strstr(buf_str(&b), "\"MASTER\"\n"));
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_awkward_words),
		cmocka_unit_test(test_taken_back_flag),
		cmocka_unit_test(test_docs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
