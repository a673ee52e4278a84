/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Diagnostics: exit codes, printing, caps, nearest words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/util.h"
#include "parser/diag.h"

static void
test_exit_codes(void **state)
{
	(void)state;
	assert_int_equal(diag_exit_code(DIAG_NOTE), 0);
	assert_int_equal(diag_exit_code(DIAG_FILE_NOT_FOUND), 4);
	assert_int_equal(diag_exit_code(DIAG_BAD_IF), 4);
	assert_int_equal(diag_exit_code(DIAG_FATAL), 4);
	assert_int_equal(diag_exit_code(DIAG_MULTIPLE_FILES), 5);
	assert_int_equal(diag_exit_code(DIAG_GENERAL), 5);
	assert_int_equal(diag_exit_code(DIAG_DEPRECATED), 5);
	assert_int_equal(diag_exit_code(DIAG_SECURITY), 6);
}

static void
test_worst_hides_fatal(void **state)
{
	struct diag_sink *s = diag_sink_new();

	(void)state;
	assert_int_equal(diag_worst(s), DIAG_NOTE);
	diag_add(s, &(struct diag){.cls = DIAG_NOTE, .text = "n"});
	assert_int_equal(diag_worst(s), DIAG_NOTE);
	diag_add(s, &(struct diag){.cls = DIAG_BAD_IF, .text = "i"});
	assert_int_equal(diag_exit_code(diag_worst(s)), 4);
	diag_add(s, &(struct diag){.cls = DIAG_UNKNOWN_KEYWORD, .text = "k"});
	assert_int_equal(diag_exit_code(diag_worst(s)), 5);
	diag_add(s, &(struct diag){.cls = DIAG_SECURITY, .text = "s"});
	assert_int_equal(diag_exit_code(diag_worst(s)), 6);
	assert_true(diag_has(s, DIAG_BAD_IF));
	assert_false(diag_has(s, DIAG_QUOTE));
	diag_sink_free(s);
}

static void
test_print(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	diag_print(&(struct diag){.cls = DIAG_GENERAL,
				  .file = "a.conf",
				  .line = 3,
				  .col = 7,
				  .text = "number '9' outside range [2, 3]",
				  .expected = "a number from 2 to 3"},
		   &b);
	assert_string_equal(buf_str(&b),
			    "a.conf:3:7: number '9' outside range [2, 3] "
			    "(expected a number from 2 to 3)");
	buf_reset(&b);
	diag_print(&(struct diag){.cls = DIAG_UNKNOWN_KEYWORD,
				  .text = "Unknown keyword 'x'",
				  .expected = "y",
				  .near = "xx"},
		   &b);
	assert_string_equal(buf_str(&b), "Unknown keyword 'x' (expected y; "
					 "did you mean 'xx'?)");
	buf_fini(&b);
}

static void
test_bytes_are_escaped(void **state)
{
	struct diag_sink *s = diag_sink_new();

	(void)state;
	diag_add(s,
		 &(struct diag){.text = "\033[2J\x7f \xc3\xa4 \xff \xc2\x9b"});
	assert_string_equal(diag_get(s, 0)->text,
			    "\\x1b[2J\\x7f \xc3\xa4 \\xff \\xc2\\x9b");
	diag_sink_free(s);
}

static void
test_caps(void **state)
{
	struct diag_sink *s = diag_sink_new();
	char text[2000];
	struct buf b = BUF_INIT;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < DIAG_MAX_COUNT + 10; i++)
		diag_add(s, &(struct diag){.cls = DIAG_GENERAL, .text = text});
	assert_int_equal(diag_count(s), DIAG_MAX_COUNT);
	assert_int_equal(diag_total(s), DIAG_MAX_COUNT + 10);
	assert_int_equal(strlen(diag_get(s, 0)->text), DIAG_MAX_TEXT + 3);
	diag_print_all(s, &b);
	assert_non_null(strstr(buf_str(&b), "and 10 more\n"));
	buf_fini(&b);
	diag_sink_free(s);
}

static void
test_nearest(void **state)
{
	static const char *const list[] = {"weight", "interval", "priority",
					   "fall", "virtual_router_id"};
	size_t n = ARRAY_LEN(list);

	(void)state;
	assert_string_equal(diag_nearest("weitht", list, n), "weight");
	assert_string_equal(diag_nearest("weigth", list, n), "weight");
	assert_string_equal(diag_nearest("intervael", list, n), "interval");
	assert_string_equal(diag_nearest("fail", list, n), "fall");
	assert_string_equal(diag_nearest("Priority", list, n), "priority");
	assert_null(diag_nearest("x", list, n));
	assert_null(diag_nearest("completely_else", list, n));
	assert_null(diag_nearest("", list, n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_worst_hides_fatal),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_bytes_are_escaped),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
