/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Timers of the loop: order, re-arming, stopping, finishing from inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka needs the four above. */
#include <cmocka.h>
#include <unistd.h>

#include "lib/event.h"
#include "lib/util.h"

enum { MANY = 500 };

struct one {
	struct ev_timer timer;
	struct ev_loop *loop;
	monotime_t want;
	int *fired; /* how many of all have fired */
	int stop_at;
};

static void
on_one(void *arg, monotime_t now)
{
	struct one *o = arg;

	assert_false(monotime_before(now, o->want));
	assert_true(monotime_is_never(o->timer.at));
	if (++*o->fired == o->stop_at)
		ev_loop_stop(o->loop);
}

static void
one_init(struct one *o, struct ev_loop *loop, int *fired, int stop_at)
{
	*o = (struct one){.loop = loop, .fired = fired, .stop_at = stop_at};
	ev_timer_init(&o->timer, loop, on_one, o);
}

static void
one_at(struct one *o, nsec_t wait)
{
	o->want = monotime_add(monotime_now(), wait);
	ev_timer_at(&o->timer, o->want);
}

static void
test_many_in_order(void **state)
{
	struct ev_loop *loop = ev_loop_new();
	static struct one many[MANY];
	int fired = 0;
	unsigned int seed = 7;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		seed = seed * 1103515245 + 12345;
		one_init(&many[i], loop, &fired, MANY / 2);
		one_at(&many[i], USEC(seed >> 16 & 0x3fff));
	}
	/* Every second one is put off, to earlier, later or never. */
	for (int i = 0; i < MANY; i += 2)
		ev_timer_stop(&many[i].timer);
	for (int i = 1; i < MANY; i += 4)
		one_at(&many[i], USEC(i * 10));
	ev_loop_run(loop);
	assert_int_equal(fired, MANY / 2);
	for (int i = 0; i < MANY; i++) {
		assert_true(monotime_is_never(many[i].timer.at));
		ev_timer_fini(&many[i].timer);
	}
	ev_loop_free(loop);
}

struct order {
	struct ev_timer timer;
	int id;
	int *log;
	int *n;
};

static void
on_order(void *arg, monotime_t now)
{
	struct order *o = arg;

	(void)now;
	o->log[(*o->n)++] = o->id;
}

static void
on_end(void *arg, monotime_t now)
{
	(void)now;
	ev_loop_stop(arg);
}

static void
test_order_is_by_deadline(void **state)
{
	struct ev_loop *loop = ev_loop_new();
	static const int wait_ms[] = {5, 1, 4, 2, 3};
	struct order o[ARRAY_LEN(wait_ms)];
	struct ev_timer end;
	int log[ARRAY_LEN(wait_ms)], n = 0;
	monotime_t now = monotime_now();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(o); i++) {
		o[i] = (struct order){.id = wait_ms[i], .log = log, .n = &n};
		ev_timer_init(&o[i].timer, loop, on_order, &o[i]);
		ev_timer_at(&o[i].timer, monotime_add(now, MSEC(wait_ms[i])));
	}
	ev_timer_init(&end, loop, on_end, loop);
	ev_timer_at(&end, monotime_add(now, MSEC(6)));
	ev_loop_run(loop);
	assert_int_equal(n, ARRAY_LEN(o));
	for (int i = 0; i < n; i++)
		assert_int_equal(log[i], i + 1);
	for (size_t i = 0; i < ARRAY_LEN(o); i++)
		ev_timer_fini(&o[i].timer);
	ev_timer_fini(&end);
	ev_loop_free(loop);
}

struct again {
	struct ev_timer timer;
	struct ev_timer *victim;
	struct ev_loop *loop;
	int left;
};

static void
on_again(void *arg, monotime_t now)
{
	struct again *a = arg;

	if (a->victim != NULL)
		ev_timer_fini(a->victim);
	a->victim = NULL;
	if (--a->left == 0) {
		ev_timer_fini(&a->timer);
		ev_loop_stop(a->loop);
		return;
	}
	/* A past instant: at once, but others have their turn. */
	ev_timer_at(&a->timer, monotime_add(now, -SEC(1)));
}

static void
test_rearm_in_the_past_and_finish_inside(void **state)
{
	struct ev_loop *loop = ev_loop_new();
	struct again a = {.loop = loop, .left = 100};
	struct ev_timer victim;

	(void)state;
	ev_timer_init(&a.timer, loop, on_again, &a);
	ev_timer_init(&victim, loop, on_again, NULL);
	a.victim = &victim;
	ev_timer_at(&victim, monotime_add(monotime_now(), SEC(3600)));
	ev_timer_at(&a.timer, (monotime_t){0});
	ev_loop_run(loop);
	assert_int_equal(a.left, 0);
	ev_timer_fini(&a.timer);
	ev_loop_free(loop);
}

struct pipe_end {
	struct ev_io io;
	struct ev_loop *loop;
	int fd, reads;
	struct ev_timer *busy;
};

static void
on_readable(void *arg, int what)
{
	struct pipe_end *p = arg;
	char c;

	assert_int_equal(what, EVENT_READ);
	assert_int_equal(read(p->fd, &c, 1), 1);
	p->reads++;
	ev_io_fini(&p->io);
	ev_loop_stop(p->loop);
}

static void
on_busy(void *arg, monotime_t now)
{
	struct pipe_end *p = arg;

	ev_timer_at(p->busy, now);
}

/* A timer that is always due does not keep descriptors waiting. */
static void
test_busy_timer_starves_nobody(void **state)
{
	struct ev_loop *loop = ev_loop_new();
	struct pipe_end p = {.loop = loop};
	struct ev_timer busy;
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	p.fd = fd[0];
	p.busy = &busy;
	ev_timer_init(&busy, loop, on_busy, &p);
	ev_timer_at(&busy, monotime_now());
	ev_io_init(&p.io, loop, fd[0], EVENT_READ, on_readable, &p);
	assert_int_equal(write(fd[1], "x", 1), 1);
	ev_loop_run(loop);
	assert_int_equal(p.reads, 1);
	ev_timer_fini(&busy);
	ev_loop_free(loop);
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_in_order),
		cmocka_unit_test(test_order_is_by_deadline),
		cmocka_unit_test(test_rearm_in_the_past_and_finish_inside),
		cmocka_unit_test(test_busy_timer_starves_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
