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
		assert_int_equal(e.next, HEALTH_NEXT_LOCAL);
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

/* ---- all sequences, against the rule said in another way ---- */

enum base { NOTHING_KNOWN, PRESUMED_UP, PRESUMED_DOWN, N_BASES };

static const enum check_reason alphabet[] = {REASON_NONE, REASON_REFUSED,
					     REASON_LOCAL_FDS};
#define SEQUENCE_LEN 9

/* The results before and with the i-th, newest first: is each of the n last
 * that speak of the server of this class? */
static bool
ends_in_row(const enum check_reason *r, int i, enum check_class class,
	    uint32_t n)
{
	uint32_t seen = 0;

	for (; i >= 0 && seen < n; i--) {
		if (check_reason_class(r[i]) == CHECK_UNKNOWN)
			continue;
		if (check_reason_class(r[i]) != class)
			return false;
		seen++;
	}
	return seen == n;
}

static bool
is_first_word(const enum check_reason *r, int i)
{
	for (int k = 0; k < i; k++)
		if (check_reason_class(r[k]) != CHECK_UNKNOWN)
			return false;
	return true;
}

/*
 * The rule without any state: what counts as up after result i is what the
 * latest row says that was long enough, else what was presumed.  Where nothing
 * was, the first word is enough.
 */
static bool
counts_as_up(const struct health_conf *c, enum base base,
	     const enum check_reason *r, int i)
{
	uint32_t rise = c->rise > 0 ? c->rise : 1;

	for (; i >= 0; i--) {
		enum check_class class = check_reason_class(r[i]);

		if (class == CHECK_UNKNOWN)
			continue;
		if (base == NOTHING_KNOWN && is_first_word(r, i))
			return class == CHECK_OK;
		if (ends_in_row(r, i, CHECK_OK, rise))
			return true;
		if (ends_in_row(r, i, CHECK_FAILED, c->retry + 1))
			return false;
	}
	return base != PRESUMED_DOWN;
}

static bool
is_up(const struct health *h)
{
	return h->state == HEALTH_UP ||
	       (h->state == HEALTH_UNCHECKED && !h->is_presumed_down);
}

static enum health_next
next_of(enum check_class class, bool is_up_now)
{
	switch (class) {
	case CHECK_OK:
		return is_up_now ? HEALTH_NEXT_INTERVAL : HEALTH_NEXT_RISE;
	case CHECK_FAILED:
		return is_up_now ? HEALTH_NEXT_RETRY : HEALTH_NEXT_PAUSE;
	case CHECK_UNKNOWN:
		break;
	}
	return HEALTH_NEXT_LOCAL;
}

static void
try_sequence(const struct health_conf *c, enum base base,
	     const enum check_reason *r)
{
	struct health h = health_init(t0);

	h.is_presumed_up = base == PRESUMED_UP;
	h.is_presumed_down = base == PRESUMED_DOWN;
	for (int i = 0; i < SEQUENCE_LEN; i++) {
		monotime_t now = monotime_add(t0, SEC(i));
		const struct health was = h;
		bool was_up = is_up(&h);
		struct health_effect e = health_step(c, &h, r[i], now);

		assert_int_equal(is_up(&h), counts_as_up(c, base, r, i));
		assert_int_equal(e.next,
				 next_of(check_reason_class(r[i]), is_up(&h)));
		assert_int_equal(e.is_changed, h.state != was.state);
		assert_int_equal(h.transitions,
				 was.transitions + (e.is_changed ? 1 : 0));
		assert_int_equal(h.since.ns,
				 e.is_changed ? now.ns : was.since.ns);
		assert_int_equal(h.n_ok + h.n_failed + h.n_unknown, i + 1);
		/* A verdict once given is never taken back to nothing. */
		assert_true(was.state == HEALTH_UNCHECKED ||
			    h.state != HEALTH_UNCHECKED);
		if (was_up != is_up(&h))
			assert_true(e.is_changed);
	}
}

static void
all_sequences(void **state)
{
	enum check_reason r[SEQUENCE_LEN];
	uint32_t n = 1;

	(void)state;
	for (int i = 0; i < SEQUENCE_LEN; i++)
		n *= 3;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t rest = k;

		for (int i = 0; i < SEQUENCE_LEN; i++, rest /= 3)
			r[i] = alphabet[rest % 3];
		for (uint32_t retry = 0; retry <= 3; retry++)
			for (uint32_t rise = 0; rise <= 4; rise++)
				for (int b = 0; b < N_BASES; b++) {
					struct health_conf c = conf;

					c.retry = retry;
					c.rise = rise;
					try_sequence(&c, (enum base)b, r);
				}
	}
}

/* With rise 3 and fall 4, a server that fails every third time stays up, and
 * one that answers every third time stays down. */
static void
flapping_is_damped(void **state)
{
	struct health_conf c = conf;
	struct health h = health_init(t0);

	(void)state;
	c.rise = 3;
	for (int i = 0; i < 300; i++)
		(void)health_step(
			&c, &h, i % 3 == 2 ? REASON_TIMEOUT : REASON_NONE, t0);
	assert_int_equal(h.state, HEALTH_UP);
	assert_int_equal(h.transitions, 1);
	for (int i = 0; i < 4; i++)
		(void)health_step(&c, &h, REASON_TIMEOUT, t0);
	assert_int_equal(h.state, HEALTH_DOWN);
	for (int i = 0; i < 300; i++)
		(void)health_step(
			&c, &h, i % 3 == 2 ? REASON_TIMEOUT : REASON_NONE, t0);
	assert_int_equal(h.state, HEALTH_DOWN);
	assert_int_equal(h.transitions, 2);
	assert_int_equal(h.ok_in_row, 0);
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
		cmocka_unit_test(all_sequences),
		cmocka_unit_test(flapping_is_damped),
		cmocka_unit_test(errno_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
