/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* An engine's log lines: held back, released in order, never lost for room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka needs the four above. */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/log.h"

enum { LINE = 2048, MANY = 300 };

static int
open_engine_log(void)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	log_open_fd(sv[0], "T", 0);
	return sv[1];
}

/* The next line without its priority and name, or NULL. */
static const char *
next_line(int fd, char *line)
{
	ssize_t n = recv(fd, line, LINE - 1, MSG_DONTWAIT);
	char *text;

	if (n <= 0)
		return NULL;
	line[n] = '\0';
	text = strstr(line, " T ");
	assert_non_null(text);
	return text + 3;
}

static void
test_held_lines_come_on_release(void **state)
{
	int fd = open_engine_log();
	char line[LINE];

	(void)state;
	log_hold();
	log_info("one");
	log_info("two");
	assert_null(next_line(fd, line));
	log_release();
	log_info("three");
	assert_string_equal(next_line(fd, line), "one");
	assert_string_equal(next_line(fd, line), "two");
	assert_string_equal(next_line(fd, line), "three");
	assert_null(next_line(fd, line));
	log_close();
	close(fd);
}

/* More than there is room for: written early, each once, in order. */
static void
test_no_room_keeps_order(void **state)
{
	int fd = open_engine_log(), seen = 0;
	char line[LINE], pad[900], want[LINE];
	const char *got;

	(void)state;
	memset(pad, 'x', sizeof(pad) - 1);
	pad[sizeof(pad) - 1] = '\0';
	log_hold();
	for (int i = 0; i < MANY; i++) {
		log_info("%d %s", i, pad);
		while ((got = next_line(fd, line)) != NULL) {
			snprintf(want, sizeof(want), "%d %s", seen++, pad);
			assert_string_equal(got, want);
		}
	}
	assert_true(seen > 0 && seen < MANY);
	log_release();
	while ((got = next_line(fd, line)) != NULL) {
		snprintf(want, sizeof(want), "%d %s", seen++, pad);
		assert_string_equal(got, want);
	}
	assert_int_equal(seen, MANY);
	log_close();
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held_lines_come_on_release),
		cmocka_unit_test(test_no_room_keeps_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
