/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Times of scheduled reloads, in zones whose clocks are put back and forth. */
#include "lib/moment.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "lib/util.h"

/* Rules in full, so that no zone files are needed. */
#define BERLIN "TZ=CET-1CEST,M3.5.0,M10.5.0/3"
#define UTC    "TZ=UTC0"

static void
zone(const char *tz)
{
	assert_int_equal(putenv((char *)(uintptr_t)tz), 0);
	tzset();
}

static int64_t
utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {.tm_year = year - 1900,
			.tm_mon = month - 1,
			.tm_mday = day,
			.tm_hour = hour,
			.tm_min = minute};

	return timegm(&tm);
}

static int64_t
next(const char *s, int64_t now)
{
	struct moment t;
	int64_t due;

	assert_int_equal(moment_parse(s, &t), 0);
	assert_int_equal(moment_next(&t, now, &due), 0);
	return due;
}

static void
only_what_the_manual_permits(void **state)
{
	static const char *const good[] = {
		"00:00:00",
		"23:59:59",
		"23:59:59Z",
		"26-11-21 01:02:03",
		"2026-11-21 01:02:03",
		"2026-11-21 01:02:03Z",
	};
	static const char *const bad[] = {
		"",
		"12:00",
		" 12:00:00",
		"12:00:00 ",
		"1:00:00",
		"24:00:00",
		"12:60:00",
		"12:00:60",
		"12:00:00z",
		"12:00:00ZZ",
		"2026-11-21",
		"2026-11-21  01:02:03",
		"2026-11-21T01:02:03",
		"2026-13-01 01:02:03",
		"2026-00-01 01:02:03",
		"2026-11-00 01:02:03",
		"2026-11-32 01:02:03",
		"026-11-21 01:02:03",
		"-1:00:00",
		"12:00:-1",
		"+1:00:00",
	};
	struct moment t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(moment_parse(good[i], &t), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(moment_parse(bad[i], &t), -EINVAL);
}

static void
today_or_tomorrow(void **state)
{
	int64_t now = utc(2026, 12, 31, 12, 0);

	(void)state;
	zone(UTC);
	assert_int_equal(next("12:00:01", now), now + 1);
	assert_int_equal(next("12:00:00", now), now + 86400);
	assert_int_equal(next("11:59:59", now), now + 86399);
	zone(BERLIN);
	assert_int_equal(next("13:00:01", now), now + 1);
	assert_int_equal(next("12:00:01Z", now), now + 1);
	/* Berlin is in the next day and year already. */
	now = utc(2026, 12, 31, 23, 30);
	assert_int_equal(next("00:31:00", now), now + 60);
	assert_int_equal(next("00:29:00", now), now + 86400 - 60);
	assert_int_equal(next("23:31:00Z", now), now + 60);
}

static void
a_date_is_once(void **state)
{
	int64_t now = utc(2026, 7, 1, 12, 0), due = 4711;
	struct moment t;

	(void)state;
	zone(BERLIN);
	assert_int_equal(next("26-07-01 14:00:01", now), now + 1);
	assert_int_equal(next("2026-07-01 12:00:01Z", now), now + 1);
	assert_int_equal(next("2028-02-29 00:00:00Z", now),
			 utc(2028, 2, 29, 0, 0));
	assert_int_equal(moment_parse("2026-07-01 14:00:00", &t), 0);
	assert_int_equal(moment_next(&t, now, &due), -ERANGE);
	assert_int_equal(moment_parse("2027-02-29 00:00:00", &t), 0);
	assert_int_equal(moment_next(&t, now, &due), -EINVAL);
	assert_int_equal(due, 4711);
}

static void
clocks_are_put_forward(void **state)
{
	int64_t gap = utc(2026, 3, 29, 1, 0); /* 02:00 is 03:00 */

	(void)state;
	zone(BERLIN);
	assert_int_equal(next("01:59:59", gap - 3600), gap - 1);
	assert_int_equal(next("03:00:00", gap - 3600), gap);
	/* 02:30 is left out: it is an hour later. */
	assert_int_equal(next("02:30:00", gap - 3600), gap + 1800);
	assert_int_equal(next("2026-03-29 02:30:00", gap - 3600), gap + 1800);
	/* The day after it is there again. */
	assert_int_equal(next("02:30:00", gap + 3600), utc(2026, 3, 30, 0, 30));
	assert_int_equal(next("02:30:00Z", gap), gap + 5400);
}

static void
clocks_are_put_back(void **state)
{
	int64_t back = utc(2026, 10, 25, 1, 0); /* 03:00 is 02:00 */

	(void)state;
	zone(BERLIN);
	/* 02:30 is there twice: the first counts ... */
	assert_int_equal(next("02:30:00", back - 7200), back - 1800);
	assert_int_equal(next("2026-10-25 02:30:00", back - 7200), back - 1800);
	/* ... and once. */
	assert_int_equal(next("02:30:00", back - 1800),
			 utc(2026, 10, 26, 1, 30));
	assert_int_equal(next("03:00:00", back), back + 3600);
}

/* A night's sleep on a virtual clock that somebody sets forward. */
static void
the_clock_is_looked_at_again_and_again(void **state)
{
	int64_t due = utc(2026, 1, 2, 3, 4);
	nsec_t now = SEC(due - 8 * 3600) + MSEC(300), wait;
	unsigned looks = 0;

	(void)state;
	while ((wait = moment_wait(due, now)) > 0) {
		assert_true(wait <= SEC(10));
		now += wait;
		if (++looks == 100)
			now += SEC(7 * 3600);
	}
	assert_int_equal(now, SEC(due)); /* to the moment */
	assert_in_range(looks, 300, 400);
	assert_int_equal(moment_wait(due, SEC(due + 3600)), 0);
	assert_int_equal(moment_wait(INT64_MAX / 2, now), SEC(10));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_the_manual_permits),
		cmocka_unit_test(today_or_tomorrow),
		cmocka_unit_test(a_date_is_once),
		cmocka_unit_test(clocks_are_put_forward),
		cmocka_unit_test(clocks_are_put_back),
		cmocka_unit_test(the_clock_is_looked_at_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
