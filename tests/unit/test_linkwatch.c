/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Up and down delays, polling, and flapping links. */
#include "vrrp/linkwatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"

struct world {
	struct iface_table t;
	monotime_t now;
};

static int
setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	iface_table_init(&w->t);
	w->now = (monotime_t){SEC(1000)};
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	iface_table_fini(&w->t);
	free(w);
	return 0;
}

static void
link_is(struct world *w, uint32_t flags)
{
	struct iface_link_fact f = {
		.ifindex = 2, .name = "eth0", .flags = flags};

	iface_link_set(&w->t, &f);
	linkwatch_step(&w->t, w->now);
}

static void
up(struct world *w)
{
	link_is(w, IFF_UP | IFF_RUNNING);
}

static void
down(struct world *w)
{
	link_is(w, IFF_UP);
}

static bool
is_seen(const struct world *w)
{
	const struct iface *i = iface_find(&w->t, "eth0");

	return i != NULL && iface_is_running(&w->t, i);
}

static void
pass(struct world *w, nsec_t d)
{
	w->now = monotime_add(w->now, d);
	linkwatch_step(&w->t, w->now);
}

static void
delays(struct world *w, nsec_t down_delay, nsec_t up_delay)
{
	linkwatch_begin(&w->t);
	linkwatch_delay(&w->t, "eth0", down_delay, up_delay);
	linkwatch_end(&w->t, w->now);
}

static void
test_without_a_watch(void **state)
{
	struct world *w = *state;

	up(w);
	assert_true(is_seen(w));
	down(w);
	assert_false(is_seen(w));
	assert_true(monotime_is_never(linkwatch_next(&w->t)));
}

static void
test_delays(void **state)
{
	struct world *w = *state;
	uint64_t before;

	up(w);
	delays(w, SEC(1), SEC(3));
	assert_true(is_seen(w)); /* as it is found: nothing has changed */
	down(w);
	assert_true(is_seen(w));
	assert_true(linkwatch_is_waiting(&w->t, "eth0"));
	before = w->t.generation;
	pass(w, MSEC(999));
	assert_true(is_seen(w));
	assert_int_equal(w->t.generation, before);
	pass(w, MSEC(1));
	assert_false(is_seen(w));
	assert_int_equal(w->t.generation, before + 1);
	up(w);
	pass(w, MSEC(2999));
	assert_false(is_seen(w));
	pass(w, MSEC(1));
	assert_true(is_seen(w));
	assert_false(linkwatch_is_waiting(&w->t, "eth0"));
}

/* demands.md 24: 50 flaps in 10 s are at most one transition. */
static void
test_flapping(void **state)
{
	struct world *w = *state;
	int seen = 0;
	bool was = true;

	up(w);
	delays(w, MSEC(500), SEC(2));
	for (int i = 0; i < 100; i++) {
		if (i % 2 == 0)
			down(w);
		else
			up(w);
		pass(w, MSEC(100));
		seen += is_seen(w) != was;
		was = is_seen(w);
	}
	assert_int_equal(seen, 0);
	down(w);
	pass(w, SEC(1));
	assert_false(is_seen(w));
	for (int i = 0; i < 100; i++) {
		if (i % 2 == 0)
			up(w);
		else
			down(w);
		pass(w, MSEC(100));
		assert_false(is_seen(w));
	}
}

static void
test_made_anew(void **state)
{
	struct world *w = *state;

	up(w);
	delays(w, SEC(1), SEC(2));
	iface_link_del(&w->t, 2);
	linkwatch_step(&w->t, w->now);
	assert_false(is_seen(w)); /* it is not there at all */
	pass(w, MSEC(500));
	up(w);
	assert_true(is_seen(w));
	iface_link_del(&w->t, 2);
	linkwatch_step(&w->t, w->now);
	pass(w, SEC(2));
	up(w);
	assert_false(is_seen(w));
	pass(w, SEC(2));
	assert_true(is_seen(w));
}

static void
test_polled(void **state)
{
	struct world *w = *state;

	up(w);
	linkwatch_begin(&w->t);
	linkwatch_poll(&w->t, "eth0", 2);
	linkwatch_poll(&w->t, "eth0", 0); /* also by use_polling */
	linkwatch_end(&w->t, w->now);
	assert_int_equal(w->t.watches->method, 2);
	assert_true(is_seen(w)); /* the flags count until polling says */
	linkwatch_beat(&w->t, "eth0", false);
	linkwatch_beat(&w->t, "eth9", false);
	linkwatch_step(&w->t, w->now);
	assert_false(is_seen(w));
	up(w);
	assert_false(is_seen(w));
	linkwatch_beat(&w->t, "eth0", true);
	down(w);
	assert_true(is_seen(w)); /* netlink's word does not count */
	link_is(w, 0);
	assert_false(is_seen(w)); /* but set down is down */
}

static void
test_configured_again(void **state)
{
	struct world *w = *state;

	up(w);
	delays(w, SEC(5), 0);
	down(w);
	pass(w, SEC(1));
	delays(w, SEC(5), 0); /* goes on, is not begun anew */
	assert_true(is_seen(w));
	pass(w, SEC(4));
	assert_false(is_seen(w));
	up(w);
	assert_true(is_seen(w));
	down(w);
	linkwatch_begin(&w->t);
	linkwatch_end(&w->t, w->now);
	assert_null(w->t.watches);
	assert_false(is_seen(w));
}

int
main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_without_a_watch), T(test_delays),
		T(test_flapping),	 T(test_made_anew),
		T(test_polled),		 T(test_configured_again),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
