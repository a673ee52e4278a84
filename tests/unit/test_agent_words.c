/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What agents say, by HAProxy's words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check/agent_words.h"
#include "lib/util.h"

struct said {
	const char *line;
	uint32_t n; /* words understood */
	struct agent_state then;
};

/* Each line is said to an agent that is up, ready, with all its weight. */
static void
test_words(void **state)
{
	static const struct said says[] = {
		{"up", 1, {AGENT_READY, false, 100}},
		{"UP\r", 1, {AGENT_READY, false, 100}},
		{"down", 1, {AGENT_READY, true, 100}},
		{"Failed", 1, {AGENT_READY, true, 100}},
		{"stopped", 1, {AGENT_READY, true, 100}},
		{"down #disk up 50%", 1, {AGENT_READY, true, 100}},
		{"down#ready", 1, {AGENT_READY, true, 100}},
		{"drain", 1, {AGENT_DRAIN, false, 100}},
		{"maint", 1, {AGENT_MAINT, false, 100}},
		{"ready", 1, {AGENT_READY, false, 100}},
		{"75%", 1, {AGENT_READY, false, 75}},
		{"0%", 1, {AGENT_READY, false, 0}},
		{"100%", 1, {AGENT_READY, false, 100}},
		{"250%", 1, {AGENT_READY, false, 100}},
		{"99999999999999999999%", 1, {AGENT_READY, false, 100}},
		{"007%", 1, {AGENT_READY, false, 7}},
		{"up ready 60%", 3, {AGENT_READY, false, 60}},
		{"up,ready,60%", 3, {AGENT_READY, false, 60}},
		{" \t, up\t60% ,", 2, {AGENT_READY, false, 60}},
		{"60% drain down", 3, {AGENT_DRAIN, true, 60}},
		{"maxconn:30", 1, {AGENT_READY, false, 100}},
		{"maxconn:30 40%", 2, {AGENT_READY, false, 40}},
		{"drain what ever", 1, {AGENT_DRAIN, false, 100}},
		/* of two that contradict, the last */
		{"up down", 2, {AGENT_READY, true, 100}},
		{"drain ready", 2, {AGENT_READY, false, 100}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(says); i++) {
		struct agent_state s = agent_state_init();

		assert_int_equal(
			agent_parse(says[i].line, strlen(says[i].line), &s),
			says[i].n);
		assert_int_equal(s.admin, says[i].then.admin);
		assert_int_equal(s.is_down, says[i].then.is_down);
		assert_int_equal(s.percent, says[i].then.percent);
	}
}

static void
test_nothing_understood(void **state)
{
	static const char *const says[] = {
		"",
		"\r",
		"   ",
		"#down",
		"upp",
		"u p",
		"%",
		"-5%",
		"5",
		"5 %",
		"5%%",
		"1e2%",
		"down.",
		"maxconn:",
		"maxconn:x",
		"hello world",
		"HTTP/1.1 400 Bad Request",
		"\x01\xff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(says); i++) {
		struct agent_state s = {AGENT_DRAIN, true, 33};

		assert_int_equal(agent_parse(says[i], strlen(says[i]), &s), 0);
		assert_int_equal(s.admin, AGENT_DRAIN);
		assert_true(s.is_down);
		assert_int_equal(s.percent, 33);
	}
}

/* What a line does not speak of stays. */
static void
test_parts_are_independent(void **state)
{
	struct agent_state s = agent_state_init();

	(void)state;
	assert_int_equal(agent_parse("down", 4, &s), 1);
	assert_int_equal(agent_parse("20%", 3, &s), 1);
	assert_true(s.is_down);
	assert_int_equal(agent_parse("drain", 5, &s), 1);
	assert_int_equal(agent_parse("up", 2, &s), 1);
	assert_int_equal(s.admin, AGENT_DRAIN);
	assert_false(s.is_down);
	assert_int_equal(agent_parse("ready", 5, &s), 1);
	assert_int_equal(s.admin, AGENT_READY);
	assert_int_equal(s.percent, 20);
	/* A length is a length: what is behind it is not read. */
	assert_int_equal(agent_parse("updown", 2, &s), 1);
	assert_false(s.is_down);
}

/* State and value are the same but for is_down, and values that no state has
 * are an agent that said nothing. */
static void
test_value(void **state)
{
	(void)state;
	for (int admin = AGENT_READY; admin <= AGENT_MAINT; admin++)
		for (uint32_t percent = 0; percent <= 100; percent++) {
			struct agent_state s = {(enum agent_admin)admin, false,
						percent};
			int32_t v = agent_value(&s);
			struct agent_state t = agent_state_of(v);

			assert_int_equal(t.admin, s.admin);
			assert_int_equal(t.percent, s.percent);
			assert_false(t.is_down);
			/* What weighs: nothing unless ready. */
			assert_int_equal(v < 0 ? 0 : v,
					 admin == AGENT_READY ? percent : 0);
		}
	for (int64_t v = INT32_MIN; v <= INT32_MAX; v += 1234577) {
		struct agent_state s = agent_state_of((int32_t)v);

		assert_true(s.percent <= 100);
		assert_true(s.admin <= AGENT_MAINT);
	}
	assert_int_equal(agent_state_of(INT32_MIN).admin, AGENT_READY);
	assert_int_equal(agent_state_of(-102).percent, 100);
	assert_int_equal(agent_state_of(-102).admin, AGENT_READY);
	assert_int_equal(agent_state_of(101).percent, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_nothing_understood),
		cmocka_unit_test(test_parts_are_independent),
		cmocka_unit_test(test_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
