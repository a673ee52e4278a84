/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Verdicts out of results, and what class an errno is. */
#include "check/health.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct health_conf conf = {
	.retry = 3,
	.delay_loop = SEC(10),
	.delay_before_retry = SEC(1),
};

static const monotime_t t0 = {SEC(100)};

static struct health_effect
step(struct health *h, enum check_reason r, int at)
{
	return health_step(&conf, h, r, monotime_add(t0, SEC(at)));
}

static void
goes_down_after_all_retries(void **state)
{
	struct health h = health_init(t0);
	struct health_effect e;

	(void)state;
	e = step(&h, REASON_NONE, 0);
	assert_true(e.is_changed);
	assert_int_equal(h.state, HEALTH_UP);
	assert_int_equal(e.next, HEALTH_NEXT_INTERVAL);
	for (int i = 0; i < 3; i++) {
		e = step(&h, REASON_REFUSED, 1 + i);
		assert_false(e.is_changed);
		assert_int_equal(h.state, HEALTH_UP);
		assert_int_equal(e.next, HEALTH_NEXT_RETRY);
	}
	e = step(&h, REASON_TIMEOUT, 4);
	assert_true(e.is_changed);
	assert_int_equal(h.state, HEALTH_DOWN);
	assert_int_equal(e.next, HEALTH_NEXT_PAUSE);
	assert_int_equal(h.last_failure, REASON_TIMEOUT);
	assert_int_equal(h.since.ns, SEC(104));
	e = step(&h, REASON_REFUSED, 14);
	assert_false(e.is_changed);
	assert_int_equal(e.next, HEALTH_NEXT_PAUSE);
	assert_int_equal(h.since.ns, SEC(104));
	e = step(&h, REASON_NONE, 24);
	assert_true(e.is_changed);
	assert_int_equal(h.state, HEALTH_UP);
	assert_int_equal(h.last_failure, REASON_REFUSED);
	assert_int_equal(h.n_failed, 5);
	assert_int_equal(h.n_ok, 2);
}

static void
one_success_forgives(void **state)
{
	struct health h = health_init(t0);

	(void)state;
	(void)step(&h, REASON_NONE, 0);
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 3; i++)
			assert_false(step(&h, REASON_RESET, 1).is_changed);
		assert_false(step(&h, REASON_NONE, 2).is_changed);
		assert_int_equal(h.failed_in_row, 0);
	}
	assert_int_equal(h.state, HEALTH_UP);
}

static void
no_retry_means_at_once(void **state)
{
	struct health_conf c = conf;
	struct health h = health_init(t0);

	(void)state;
	c.retry = 0;
	assert_true(health_step(&c, &h, REASON_REFUSED, t0).is_changed);
	assert_int_equal(h.state, HEALTH_DOWN);
}

static void
unchecked_goes_down_at_once(void **state)
{
	struct health h = health_init(t0);

	(void)state;
	assert_true(step(&h, REASON_REFUSED, 0).is_changed);
	assert_int_equal(h.state, HEALTH_DOWN);
	/* Unless it is known to have been up. */
	h = health_init(t0);
	h.is_presumed_up = true;
	for (int i = 0; i < 3; i++)
		assert_false(step(&h, REASON_REFUSED, i).is_changed);
	assert_int_equal(h.state, HEALTH_UNCHECKED);
	assert_true(step(&h, REASON_REFUSED, 3).is_changed);
	assert_int_equal(h.state, HEALTH_DOWN);
}

static void
unknown_changes_nothing(void **state)
{
	struct health h = health_init(t0);
	struct health_effect e;

	(void)state;
	(void)step(&h, REASON_NONE, 0);
	(void)step(&h, REASON_REFUSED, 1);
	for (int i = 0; i < 100; i++) {
		e = step(&h, REASON_LOCAL_FDS, 2);
		assert_false(e.is_changed);
		assert_int_equal(e.next, HEALTH_NEXT_RETRY);
	}
	assert_int_equal(h.state, HEALTH_UP);
	assert_int_equal(h.failed_in_row, 1);
	assert_int_equal(h.n_unknown, 100);
	for (int i = 0; i < 3; i++)
		e = step(&h, REASON_REFUSED, 3);
	assert_true(e.is_changed);
	(void)step(&h, REASON_LOCAL_MEMORY, 4);
	assert_int_equal(h.state, HEALTH_DOWN);
}

static void
errno_classes(void **state)
{
	static const struct {
		int error;
		enum check_class remote, local, local_bound;
	} rows[] = {
		{ECONNREFUSED, CHECK_FAILED, CHECK_FAILED, CHECK_FAILED},
		{ECONNRESET, CHECK_FAILED, CHECK_FAILED, CHECK_FAILED},
		{ETIMEDOUT, CHECK_FAILED, CHECK_FAILED, CHECK_FAILED},
		{EHOSTUNREACH, CHECK_FAILED, CHECK_FAILED, CHECK_UNKNOWN},
		{ENETUNREACH, CHECK_FAILED, CHECK_FAILED, CHECK_UNKNOWN},
		{EADDRNOTAVAIL, CHECK_FAILED, CHECK_UNKNOWN, CHECK_UNKNOWN},
		{EADDRINUSE, CHECK_FAILED, CHECK_UNKNOWN, CHECK_UNKNOWN},
		{EMFILE, CHECK_FAILED, CHECK_UNKNOWN, CHECK_UNKNOWN},
		{ENOBUFS, CHECK_FAILED, CHECK_UNKNOWN, CHECK_UNKNOWN},
		{EPERM, CHECK_FAILED, CHECK_UNKNOWN, CHECK_UNKNOWN},
		{ENODEV, CHECK_FAILED, CHECK_UNKNOWN, CHECK_UNKNOWN},
		{EINVAL, CHECK_FAILED, CHECK_UNKNOWN, CHECK_UNKNOWN},
		{12345, CHECK_FAILED, CHECK_UNKNOWN, CHECK_UNKNOWN},
	};

	(void)state;
	assert_int_equal(check_reason_remote(0), REASON_NONE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int e = rows[i].error;

		assert_int_equal(check_reason_class(check_reason_remote(e)),
				 rows[i].remote);
		assert_int_equal(
			check_reason_class(check_reason_local(e, false)),
			rows[i].local);
		assert_int_equal(
			check_reason_class(check_reason_local(e, true)),
			rows[i].local_bound);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_down_after_all_retries),
		cmocka_unit_test(one_success_forgives),
		cmocka_unit_test(no_retry_means_at_once),
		cmocka_unit_test(unchecked_goes_down_at_once),
		cmocka_unit_test(unknown_changes_nothing),
		cmocka_unit_test(errno_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
