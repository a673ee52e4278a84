/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Weights out of configuration, scripts, files and agents. */
#include "check/weight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct input {
	enum weight_kind kind;
	int32_t value;
};

static uint32_t
weigh(uint32_t configured, const struct input *in, size_t n)
{
	struct weight w = weight_init(configured);

	for (size_t i = 0; i < n; i++)
		weight_add(&w, in[i].kind, in[i].value);
	return weight_result(&w);
}

#define WEIGH(configured, ...)                                                 \
	weigh(configured, (const struct input[]){__VA_ARGS__},                 \
	      sizeof((const struct input[]){__VA_ARGS__}) /                    \
		      sizeof(struct input))

/* What keepalived did in the same places (see doc/compatibility.md). */
static void
is_keepalived_s(void **state)
{
	(void)state;
	assert_int_equal(weigh(10, NULL, 0), 10);
	assert_int_equal(WEIGH(10, {WEIGHT_ABSOLUTE, 5}), 5);
	assert_int_equal(WEIGH(10, {WEIGHT_ABSOLUTE, -1}), 10);
	assert_int_equal(WEIGH(10, {WEIGHT_ABSOLUTE, 7}, {WEIGHT_ABSOLUTE, 5}),
			 2);
	assert_int_equal(WEIGH(20, {WEIGHT_ADD, 10}), 30);
	assert_int_equal(WEIGH(30, {WEIGHT_ADD, -15}), 15);
	assert_int_equal(WEIGH(20, {WEIGHT_ADD, 2000000}), 2000020);
	assert_int_equal(WEIGH(20, {WEIGHT_ADD, INT32_MAX}), INT32_MAX);
	assert_int_equal(WEIGH(20, {WEIGHT_ADD, -400}), 0);
	assert_int_equal(WEIGH(30, {WEIGHT_ADD, 0}, {WEIGHT_ADD, 600}), 630);
	assert_int_equal(WEIGH(10, {WEIGHT_NONE, 77}), 10);
}

static void
agents_take_their_part(void **state)
{
	(void)state;
	assert_int_equal(WEIGH(10, {WEIGHT_PERCENT, 50}), 5);
	assert_int_equal(WEIGH(10, {WEIGHT_PERCENT, 0}), 0);
	assert_int_equal(WEIGH(10, {WEIGHT_PERCENT, 100}), 10);
	assert_int_equal(WEIGH(10, {WEIGHT_PERCENT, 1}), 1);
	assert_int_equal(WEIGH(10, {WEIGHT_PERCENT, -3}), 0);
	assert_int_equal(WEIGH(10, {WEIGHT_PERCENT, 500}), 10);
	assert_int_equal(WEIGH(10, {WEIGHT_PERCENT, 50}, {WEIGHT_PERCENT, 20}),
			 2);
	assert_int_equal(WEIGH(INT32_MAX, {WEIGHT_PERCENT, 100}), INT32_MAX);
	assert_int_equal(weigh(UINT32_MAX, NULL, 0), INT32_MAX);
}

/* The order of the inputs is nothing, and they do not pile up. */
static void
order_does_not_matter(void **state)
{
	(void)state;
	srandom(4);
	for (int round = 0; round < 2000; round++) {
		struct input in[6], turned[6];
		uint32_t configured = (uint32_t)random() % 300;
		size_t n = (size_t)random() % 7;

		for (size_t i = 0; i < n; i++) {
			in[i].kind = (enum weight_kind)(random() % 4);
			in[i].value = (int32_t)(random() % 400) - 100;
		}
		for (size_t i = 0; i < n; i++)
			turned[n - 1 - i] = in[i];
		assert_int_equal(weigh(configured, in, n),
				 weigh(configured, turned, n));
		assert_in_range(weigh(configured, in, n), 0, INT32_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_keepalived_s),
		cmocka_unit_test(agents_take_their_part),
		cmocka_unit_test(order_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
