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

/* What came in one datagram and was not asked for yet. */
static struct {
	char data[LOG_DATAGRAM_MAX + 1];
	size_t len, at;
	int count; /* of datagrams */
} in;

/* The next line without its priority and name, or NULL. */
static const char *
next_line(int fd)
{
	const char *line, *text;

	if (in.at >= in.len) {
		ssize_t n = recv(fd, in.data, LOG_DATAGRAM_MAX, MSG_DONTWAIT);

		if (n <= 0)
			return NULL;
		in.data[n] = '\0';
		in.len = (size_t)n;
		in.at = 0;
		in.count++;
	}
	line = in.data + in.at;
	in.at += strlen(line) + 1;
	text = strstr(line, " T ");
	assert_non_null(text);
	return text + 3;
}

static void
test_held_lines_come_on_release(void **state)
{
	int fd = open_engine_log();

	(void)state;
	in.count = 0;
	log_hold();
	log_info("one");
	log_info("two");
	assert_null(next_line(fd));
	log_release();
	log_info("three");
	assert_string_equal(next_line(fd), "one");
	assert_string_equal(next_line(fd), "two");
	assert_int_equal(in.count, 1); /* datagram for both */
	assert_string_equal(next_line(fd), "three");
	assert_null(next_line(fd));
	log_close();
	close(fd);
}

/* More than there is room for: written early, each once, in order. */
static void
test_no_room_keeps_order(void **state)
{
	int fd = open_engine_log(), seen = 0;
	char pad[900], want[LINE];
	const char *got;

	(void)state;
	memset(pad, 'x', sizeof(pad) - 1);
	pad[sizeof(pad) - 1] = '\0';
	log_hold();
	for (int i = 0; i < MANY; i++) {
		log_info("%d %s", i, pad);
		while ((got = next_line(fd)) != NULL) {
			snprintf(want, sizeof(want), "%d %s", seen++, pad);
			assert_string_equal(got, want);
		}
	}
	assert_true(seen > 0 && seen < MANY);
	log_release();
	while ((got = next_line(fd)) != NULL) {
		snprintf(want, sizeof(want), "%d %s", seen++, pad);
		assert_string_equal(got, want);
	}
	assert_int_equal(seen, MANY);
	assert_true(in.count < MANY / 4);
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
