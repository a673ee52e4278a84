/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Descriptors that are ready soon, late, never; forgotten at any moment, also
 * from inside somebody else's callback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka needs the four above. */
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/pollset.h"
#include "lib/util.h"

enum { MANY = 700 };

struct rig;

/* One end of a pair is watched. */
struct one {
	struct poll_item item;
	struct rig *rig;
	int fd, other;
	int n_calls, what;
	struct one *victim; /* forgotten by our callback */
	bool is_kept;	    /* else it forgets itself */
};

struct rig {
	struct ev_loop *loop;
	struct pollset *set;
	struct ev_timer deadline;
	int n_calls, stop_at, n_after;
	bool is_over;
};

static void
one_forget(struct one *o)
{
	if (o->fd < 0)
		return;
	pollset_forget(o->rig->set, o->fd, &o->item, false);
	(void)close(o->fd);
	o->fd = -1;
}

static void
on_one(struct poll_item *it, int what, monotime_t now)
{
	struct one *o = (struct one *)it; /* its first member */
	struct rig *r = o->rig;
	char c;

	(void)now;
	assert_true(o->fd >= 0);
	o->n_calls++;
	o->what |= what;
	if (o->victim != NULL)
		one_forget(o->victim);
	if (!o->is_kept)
		one_forget(o);
	else if (what & EVENT_READ)
		(void)!read(o->fd, &c, 1);
	if (++r->n_calls == r->stop_at)
		ev_loop_stop(r->loop);
}

static void
on_after(void *arg, monotime_t now)
{
	(void)now;
	((struct rig *)arg)->n_after++;
}

static void
on_deadline(void *arg, monotime_t now)
{
	struct rig *r = arg;

	(void)now;
	r->is_over = true;
	ev_loop_stop(r->loop);
}

static int
setup(void **state)
{
	struct rig *r = xcalloc(1, sizeof(*r));

	r->loop = ev_loop_new();
	r->set = pollset_new(r->loop, on_after, r);
	ev_timer_init(&r->deadline, r->loop, on_deadline, r);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *r = *state;

	ev_timer_fini(&r->deadline);
	pollset_free(r->set);
	ev_loop_free(r->loop);
	free(r);
	return 0;
}

/* Until so many calls in all, or for as long. */
static void
run(struct rig *r, int stop_at, nsec_t limit)
{
	r->stop_at = stop_at;
	r->is_over = false;
	ev_timer_at(&r->deadline, monotime_add(monotime_now(), limit));
	ev_loop_run(r->loop);
}

static void
one_open(struct one *o, struct rig *r, int what)
{
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	*o = (struct one){.item = {.fn = on_one},
			  .rig = r,
			  .fd = pair[0],
			  .other = pair[1]};
	assert_int_equal(pollset_add(r->set, o->fd, what, &o->item), 0);
}

static void
one_close(struct one *o)
{
	one_forget(o);
	(void)close(o->other);
}

/* Ready at once: all in one look, and one call of after. */
static void
test_soon(void **state)
{
	struct rig *r = *state;
	static struct one many[MANY];

	for (int i = 0; i < MANY; i++)
		one_open(&many[i], r, EVENT_WRITE);
	run(r, MANY, SEC(20));
	assert_false(r->is_over);
	run(r, 0, MSEC(1));
	assert_in_range(r->n_after, 1, 3);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(many[i].n_calls, 1);
		assert_int_equal(many[i].what, EVENT_WRITE);
		one_close(&many[i]);
	}
}

/* Young ones that never get ready go to epoll, and are told when they do. */
static void
test_late(void **state)
{
	struct rig *r = *state;
	struct one o;

	one_open(&o, r, EVENT_READ);
	o.is_kept = true;
	run(r, 1, 10 * POLLSET_TICK);
	assert_true(r->is_over && o.n_calls == 0 && o.item.is_watched);
	assert_int_equal(write(o.other, "x", 1), 1);
	run(r, 1, SEC(20));
	assert_false(r->is_over);
	/* Asked for something else, it is told that. */
	assert_int_equal(pollset_mod(r->set, o.fd, EVENT_WRITE, &o.item), 0);
	run(r, 2, SEC(20));
	assert_false(r->is_over);
	assert_int_equal(o.what, EVENT_READ | EVENT_WRITE);
	one_close(&o);
}

/* What is not done with is told again, young as it is. */
static void
test_kept(void **state)
{
	struct rig *r = *state;
	struct one o;

	one_open(&o, r, EVENT_READ);
	o.is_kept = true;
	assert_int_equal(write(o.other, "xyz", 3), 3);
	run(r, 3, SEC(20));
	assert_false(r->is_over);
	assert_false(o.item.is_watched);
	(void)shutdown(o.other, SHUT_RDWR);
	run(r, 4, SEC(20));
	assert_true(o.what & POLLSET_ERROR);
	one_close(&o);
}

/* Changed while young: the old wish is not told. */
static void
test_changed(void **state)
{
	struct rig *r = *state;
	struct one o;

	one_open(&o, r, EVENT_WRITE);
	assert_int_equal(pollset_mod(r->set, o.fd, EVENT_READ, &o.item), 0);
	run(r, 1, 2 * POLLSET_TICK);
	assert_true(r->is_over && o.n_calls == 0);
	one_close(&o);
}

/* Every one forgets another that is ready, too. */
static void
test_forgotten(void **state)
{
	struct rig *r = *state;
	static struct one many[MANY];

	for (int i = 0; i < MANY; i++)
		one_open(&many[i], r, EVENT_WRITE);
	for (int i = 0; i < MANY; i++)
		many[i].victim = &many[MANY - 1 - i];
	run(r, MANY / 2, SEC(20));
	assert_false(r->is_over);
	run(r, 0, 3 * POLLSET_TICK);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(many[i].n_calls, i < MANY / 2);
		one_close(&many[i]);
	}
}

/* Late ones as well, out of one batch of epoll. */
static void
test_forgotten_by_batch(void **state)
{
	struct rig *r = *state;
	static struct one many[100];

	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		one_open(&many[i], r, EVENT_READ);
	run(r, 0, 8 * POLLSET_TICK);
	for (size_t i = 0; i < ARRAY_LEN(many); i++) {
		assert_true(many[i].item.is_watched);
		many[i].victim = &many[ARRAY_LEN(many) - 1 - i];
		assert_int_equal(write(many[i].other, "x", 1), 1);
	}
	run(r, 0, 8 * POLLSET_TICK);
	assert_int_equal(r->n_calls, ARRAY_LEN(many) / 2);
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		one_close(&many[i]);
}

/* Nobody is overdue before all that is ready was handed out. */
static void
test_catch_up(void **state)
{
	struct rig *r = *state;
	static struct one many[MANY];
	struct one late;

	one_open(&late, r, EVENT_READ);
	run(r, 0, 8 * POLLSET_TICK);
	assert_int_equal(write(late.other, "x", 1), 1);
	for (int i = 0; i < MANY; i++)
		one_open(&many[i], r, EVENT_WRITE);
	r->n_after = 0;
	pollset_catch_up(r->set, monotime_now());
	assert_int_equal(r->n_calls, MANY + 1);
	assert_int_equal(r->n_after, 0);
	for (int i = 0; i < MANY; i++)
		one_close(&many[i]);
	one_close(&late);
}

int
main(void)
{
#define SET_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		SET_TEST(test_soon),	  SET_TEST(test_late),
		SET_TEST(test_kept),	  SET_TEST(test_changed),
		SET_TEST(test_forgotten), SET_TEST(test_forgotten_by_batch),
		SET_TEST(test_catch_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
