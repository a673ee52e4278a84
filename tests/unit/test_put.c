/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Names and numbers without printf(), and the buffer that takes them. */
#include "lib/put.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "lib/util.h"

static void
test_numbers(void **state)
{
	static const uint64_t values[] = {
		0, 1, 9, 10, 65535, UINT32_MAX, INT64_MAX, UINT64_MAX};
	char ours[PUT_U64_LEN], theirs[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		char *end = put_u64(ours, values[i]);

		(void)snprintf(theirs, sizeof(theirs), "%llu",
			       (unsigned long long)values[i]);
		assert_string_equal(ours, theirs);
		assert_ptr_equal(end, ours + strlen(ours));
	}
}

static void
test_names(void **state)
{
	static const char *const addrs[] = {"0.0.0.0", "10.99.100.250",
					    "2001:db8::1"};
	char name[ADDR_STR_LEN + 8];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addrs); i++) {
		assert_int_equal(addr_parse(addrs[i], &a), 0);
		(void)put_str(put_addr(put_str(name, "<"), &a), ">");
		assert_memory_equal(name + 1, addrs[i], strlen(addrs[i]));
		assert_string_equal(name + 1 + strlen(addrs[i]), ">");
	}
}

static void
test_buf(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_cut(&b, 0);
	assert_string_equal(buf_str(&b), "");
	for (uint64_t i = 0; i < 2000; i++) {
		buf_addc(&b, ' ');
		buf_addu(&b, i);
	}
	assert_int_equal(b.len, strlen(b.data));
	assert_string_equal(b.data + b.len - 10, " 1998 1999");
	buf_cut(&b, 4);
	assert_string_equal(b.data, " 0 1");
	buf_cut(&b, 40);
	assert_int_equal(b.len, 4);
	buf_fini(&b);
}

static void
test_json(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_json(&b, "");
	buf_add_json(&b, "a \"b\" \\ \n\x01/\xc3\xa9");
	assert_string_equal(b.data, "\"\"\"a \\\"b\\\" \\\\ \\u000a\\u0001/"
				    "\xc3\xa9\"");
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
