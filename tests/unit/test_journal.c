/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a check process leaves to its successor: records that are whole
 * whenever the writer was killed, that no nonsense gets through, and that a
 * killed engine goes on as if nothing had been.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/recall.h"
#include "lib/util.h"
#include "tests/unit/check_world.h"

/* As in the memfd: a front, the pending copy, the records. */
#define RECORD	   sizeof(struct journal_record)
#define AT_PENDING RECORD
#define AT_SLOT(i) (RECORD * (2 + (size_t)(i)))
#define IMAGE	   AT_SLOT(256)

static int
memory(void)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)JOURNAL_BYTES), 0);
	return fd;
}

static void
image_read(int fd, uint8_t *image)
{
	assert_int_equal(pread(fd, image, IMAGE, 0), IMAGE);
}

static void
image_write(int fd, const uint8_t *image)
{
	assert_int_equal(pwrite(fd, image, IMAGE, 0), IMAGE);
}

static struct journal_record
record(uint64_t key, uint64_t n_ok)
{
	struct journal_record r;

	memset(&r, 0, sizeof(r));
	r.key = key;
	r.n_ok = n_ok;
	r.ok_in_row = 1;
	r.state = HEALTH_UP;
	r.flags = JOURNAL_HAD_ATTEMPT;
	return r;
}

static void
records_come_back(void **state)
{
	CLEANUP_FD int fd = memory();
	struct journal j = {.map = NULL};
	struct journal_record r;
	uint32_t slot;

	(void)state;
	assert_int_equal(journal_open(&j, fd), 0);
	for (uint64_t k = 1; k <= 1000; k++) {
		r = record(k, k * 3);
		slot = journal_add(&j);
		assert_int_equal(slot, k - 1);
		journal_put(&j, slot, &r);
	}
	for (uint32_t i = 0; i < 1000; i += 2)
		journal_drop(&j, i);
	assert_int_equal(journal_used(&j), 500);
	journal_close(&j); /* killed */
	assert_int_equal(journal_open(&j, fd), 0);
	assert_int_equal(j.n_left, 500);
	assert_int_equal(j.n_broken, 0);
	for (uint64_t k = 1; k <= 1000; k++) {
		bool is_there = journal_take(&j, k, &slot, &r);

		assert_int_equal(is_there, k % 2 == 0);
		if (!is_there)
			continue;
		assert_int_equal(slot, k - 1);
		assert_int_equal(r.n_ok, k * 3);
		assert_false(journal_take(&j, k, &slot, &r)); /* once */
	}
	journal_settle(&j);
	assert_int_equal(journal_used(&j), 500);
	/* Room is used again. */
	for (uint32_t i = 0; i < 500; i++)
		assert_in_range(journal_add(&j), 0, 999);
	assert_int_equal(journal_add(&j), 1000);
	journal_close(&j);
}

static void
what_nobody_takes_is_forgotten(void **state)
{
	CLEANUP_FD int fd = memory();
	struct journal j = {.map = NULL};
	struct journal_record r = record(7, 1);

	(void)state;
	assert_int_equal(journal_open(&j, fd), 0);
	journal_put(&j, journal_add(&j), &r);
	journal_close(&j);
	assert_int_equal(journal_open(&j, fd), 0);
	journal_settle(&j);
	assert_int_equal(journal_used(&j), 0);
	journal_close(&j);
	assert_int_equal(journal_open(&j, fd), 0);
	assert_int_equal(j.n_left, 0);
	journal_close(&j);
}

/* There is an end to it, and a wrong size is no journal. */
static void
it_is_bounded(void **state)
{
	CLEANUP_FD int fd = memory();
	CLEANUP_FD int small = memfd_create("small", MFD_CLOEXEC);
	struct journal j = {.map = NULL};

	(void)state;
	assert_int_equal(ftruncate(small, 4096), 0);
	assert_int_equal(journal_open(&j, small), -EINVAL);
	assert_int_equal(journal_add(&j), JOURNAL_NO_SLOT);
	assert_int_equal(journal_open(&j, fd), 0);
	for (uint32_t i = 0; i < JOURNAL_SLOTS; i++)
		assert_int_equal(journal_add(&j), i);
	assert_int_equal(journal_add(&j), JOURNAL_NO_SLOT);
	assert_int_equal(j.n_refused, 1);
	journal_put(&j, JOURNAL_NO_SLOT, &(struct journal_record){.key = 1});
	journal_drop(&j, JOURNAL_NO_SLOT);
	journal_close(&j);
}

/* What the successor finds of key 2 in this image. */
static uint64_t
found(int fd, const uint8_t *image)
{
	struct journal j = {.map = NULL};
	struct journal_record r;
	uint32_t slot;
	uint64_t n_ok = 0;

	image_write(fd, image);
	assert_int_equal(journal_open(&j, fd), 0);
	if (journal_take(&j, 2, &slot, &r)) {
		assert_int_equal(slot, 1);
		n_ok = r.n_ok;
	}
	/* The neighbours are never concerned. */
	assert_true(journal_take(&j, 1, &slot, &r));
	assert_int_equal(r.n_ok, 100);
	assert_true(journal_take(&j, 3, &slot, &r));
	assert_int_equal(r.n_ok, 300);
	journal_close(&j);
	return n_ok;
}

/* Killed after any part of a write, in whatever order its bytes go: the
 * record is the old one or the new one. */
static void
half_a_record_is_none(void **state)
{
	static uint8_t before[IMAGE], after[IMAGE], image[IMAGE];
	CLEANUP_FD int fd = memory();
	struct journal j = {.map = NULL};
	struct journal_record r;

	(void)state;
	assert_int_equal(journal_open(&j, fd), 0);
	for (uint64_t k = 1; k <= 3; k++) {
		r = record(k, k * 100);
		journal_put(&j, journal_add(&j), &r);
	}
	image_read(fd, before);
	r = record(2, 0x0101010101010101);
	r.failed_at = r.since = 0x77;
	memset(r.detail, 'x', sizeof(r.detail) - 1);
	journal_put(&j, 1, &r);
	journal_close(&j);
	image_read(fd, after);
	for (size_t order = 0; order < 2; order++)
		for (size_t k = 0; k <= RECORD; k++) {
			size_t at = order == 0 ? 0 : RECORD - k;

			/* The first copy is being written. */
			memcpy(image, before, IMAGE);
			memcpy(&image[AT_PENDING + at], &after[AT_PENDING + at],
			       k);
			assert_int_equal(found(fd, image), 200);
			/* It is named, and the second one is. */
			memcpy(image, after, AT_SLOT(0));
			assert_int_equal(found(fd, image), 200);
			memcpy(&image[AT_SLOT(1) + at], &after[AT_SLOT(1) + at],
			       k);
			if (k == RECORD)
				assert_int_equal(found(fd, image),
						 0x0101010101010101);
			else if (memcmp(&image[AT_SLOT(1)], &before[AT_SLOT(1)],
					RECORD) != 0)
				assert_int_equal(found(fd, image),
						 0x0101010101010101);
		}
}

/* The half record is not the first one that the successor asks for, and it
 * writes others before. */
static void
half_a_record_waits_for_its_turn(void **state)
{
	CLEANUP_FD int fd = memory();
	static const uint8_t torn[RECORD / 2];
	struct journal j = {.map = NULL};
	struct journal_record r;
	uint32_t slot = JOURNAL_NO_SLOT;

	(void)state;
	assert_int_equal(journal_open(&j, fd), 0);
	for (uint64_t k = 1; k <= 3; k++) {
		r = record(k, k * 100);
		journal_put(&j, journal_add(&j), &r);
	}
	r = record(2, 222);
	journal_put(&j, 1, &r);
	journal_close(&j);
	assert_int_equal(pwrite(fd, torn, sizeof(torn), (off_t)AT_SLOT(1)),
			 sizeof(torn));
	assert_int_equal(journal_open(&j, fd), 0);
	assert_true(journal_take(&j, 1, &slot, &r));
	r.n_ok++;
	journal_put(&j, slot, &r);
	assert_true(journal_take(&j, 2, &slot, &r));
	assert_int_equal(slot, 1);
	assert_int_equal(r.n_ok, 222);
	journal_close(&j);
}

static uint32_t
dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Any bytes at all: no crash, no slot twice. */
static void
any_bytes_do(void **state)
{
	static uint8_t image[IMAGE];
	CLEANUP_FD int fd = memory();
	struct journal j = {.map = NULL};
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		assert_int_equal(journal_open(&j, fd), 0);
		for (uint64_t k = 1; k <= 200; k++) {
			struct journal_record r = record(k, k);

			journal_put(&j, journal_add(&j), &r);
		}
		journal_close(&j);
		image_read(fd, image);
		for (uint32_t i = 0, n = dice(&seed) % 60; i < n; i++)
			image[dice(&seed) % IMAGE] ^= (uint8_t)dice(&seed);
		if (round % 10 == 0) /* a record stands twice */
			memcpy(&image[AT_SLOT(5)], &image[AT_SLOT(6)], RECORD);
		image_write(fd, image);
		assert_int_equal(journal_open(&j, fd), 0);
		assert_in_range(j.n_left, 0, 200 + 256);
		journal_settle(&j);
		assert_int_equal(journal_used(&j), 0);
		journal_close(&j);
	}
}

/* ---- what a record may say ---- */

static const monotime_t now = {SEC(5000)};

static bool
is_sane(const struct probe *p)
{
	const struct health *h = &p->health;

	return h->state <= HEALTH_DOWN && h->last < REASON_COUNT &&
	       h->last_failure < REASON_COUNT && h->since.ns >= 0 &&
	       h->since.ns <= now.ns && p->due.ns >= now.ns &&
	       p->due.ns <= now.ns + SEC(60) &&
	       (p->detail == NULL || strlen(p->detail) < JOURNAL_DETAIL_LEN) &&
	       h->ok_in_row <= h->n_ok && h->failed_in_row <= h->n_failed;
}

static struct terms minute = {.params.delay_loop = SEC(60)};

static void
nonsense_is_not_believed(void **state)
{
	uint32_t seed = 4711, taken = 0;

	(void)state;
	for (uint32_t i = 0; i < 200000; i++) {
		struct probe p = {.key.terms = &minute, .journal_key = 5};
		struct journal_record r = record(5, 9);
		uint8_t *b = (uint8_t *)&r;

		for (uint32_t k = dice(&seed) % 4; k > 0; k--)
			b[dice(&seed) % RECORD] =
				(uint8_t)(dice(&seed) >> dice(&seed) % 9);
		if (recall_read(&p, &r, now)) {
			assert_true(is_sane(&p));
			taken++;
		} else {
			assert_null(p.detail);
			assert_int_equal(p.health.n_ok, 0);
		}
		free(p.detail);
	}
	assert_in_range(taken, 30000, 190000);
}

/* Each of these cannot be; what they are changed from can. */
static void
contradictions_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = {
		{offsetof(struct journal_record, key), 6},
		{offsetof(struct journal_record, type), CHECKER_DNS},
		{offsetof(struct journal_record, state), 3},
		{offsetof(struct journal_record, flags), 0x81},
		{offsetof(struct journal_record, flags), 0},
		{offsetof(struct journal_record, last), 250},
		{offsetof(struct journal_record, last), REASON_REFUSED},
		{offsetof(struct journal_record, last_failure), REASON_NONE},
		{offsetof(struct journal_record, last_failure),
		 REASON_LOCAL_FDS},
		{offsetof(struct journal_record, ok_in_row), 200},
		{offsetof(struct journal_record, ok_in_row), 0},
		{offsetof(struct journal_record, failed_in_row), 1},
		{offsetof(struct journal_record, n_failed), 0},
		{offsetof(struct journal_record, since) + 7, 0x80},
		{offsetof(struct journal_record, since) + 6, 1},
		{offsetof(struct journal_record, failed_at) + 6, 1},
		{offsetof(struct journal_record, ok_at) + 6, 1},
		{offsetof(struct journal_record, detail), 7},
		{offsetof(struct journal_record, detail) + JOURNAL_DETAIL_LEN -
			 1,
		 'x'},
	};
	struct journal_record good = record(5, 9);

	(void)state;
	good.n_failed = 4;
	good.last_failure = REASON_REFUSED;
	memset(good.detail, 'x', sizeof(good.detail) - 1);
	for (size_t i = 0; i <= ARRAY_LEN(rows); i++) {
		struct probe p = {.key.terms = &minute, .journal_key = 5};
		struct journal_record r = good;
		bool is_good = i == ARRAY_LEN(rows);

		if (!is_good)
			((uint8_t *)&r)[rows[i].at] = rows[i].value;
		assert_int_equal(recall_read(&p, &r, now), is_good);
		free(p.detail);
	}
}

/* ---- an engine that is killed ---- */

/* The memory as it is now: what a kill leaves. */
static int
snapshot(int fd)
{
	static uint8_t image[IMAGE];
	int copy = memory();

	image_read(fd, image);
	image_write(copy, image);
	return copy;
}

static struct world *
world_on(int fd, struct journal *j, monotime_t at)
{
	struct world *w = world_new();

	assert_int_equal(journal_open(j, fd), 0);
	w->probes.journal = j;
	w->now = at;
	return w;
}

static const struct probe *
probe_of(const struct world *w, uint8_t host)
{
	const struct probe *p, *next;

	for (p = w->probes.by_key; p != NULL; p = next) {
		next = p->hh.next;
		if (p->key.connect.addr.bytes[3] == host)
			return p;
	}
	fail();
	return NULL;
}

static void
assert_near(monotime_t a, monotime_t b)
{
	assert_in_range(monotime_sub(a, b) + MSEC(3), 0, MSEC(6));
}

/* Up to the millisecond that a wake-up may be off. */
static void
assert_same(const struct probe *a, const struct probe *b)
{
	assert_int_equal(a->health.state, b->health.state);
	assert_near(a->health.since, b->health.since);
	assert_int_equal(a->health.n_ok, b->health.n_ok);
	assert_int_equal(a->health.n_failed, b->health.n_failed);
	assert_int_equal(a->health.n_unknown, b->health.n_unknown);
	assert_int_equal(a->health.transitions, b->health.transitions);
	assert_int_equal(a->health.ok_in_row, b->health.ok_in_row);
	assert_int_equal(a->health.failed_in_row, b->health.failed_in_row);
	assert_int_equal(a->health.last, b->health.last);
	assert_int_equal(a->health.last_failure, b->health.last_failure);
	assert_near(a->health.failed_at, b->health.failed_at);
	assert_int_equal(a->had_attempt, b->had_attempt);
	assert_int_equal(a->has_value, b->has_value);
	assert_int_equal(a->value, b->value);
	assert_near(a->due, b->due);
}

/* At many moments of a life with failures, retries, unknowns and recovery:
 * the successor stands where the other one stood, says nothing, and goes on
 * as it would have. */
static void
a_kill_changes_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++) {
		CLEANUP_FD int fd = memory();
		struct journal j = {.map = NULL}, k = {.map = NULL};
		struct world *w = world_on(fd, &j, (monotime_t){SEC(1000)});
		struct world *next;
		CLEANUP_FD int left = -1;

		world_start(w, world_pair(w));
		world_run(w, SEC(30));
		w->answer[2] = i % 3 == 0 ? REASON_LOCAL_FDS : REASON_REFUSED;
		world_run(w, SEC(1) * i);
		if (i % 2 == 0)
			w->answer[2] = REASON_NONE;
		world_run(w, MSEC(330) * i);
		left = snapshot(fd);
		next = world_on(left, &k, w->now);
		memcpy(next->answer, w->answer, sizeof(w->answer));
		/* Hints as the supervisor has them. */
		for (uint32_t n = 0; n < w->n_rs; n++)
			hints_add_server(&next->pools.hints, &w->rs[n]);
		hints_add_quorum(&next->pools.hints, &w->last_vs);
		world_start(next, world_pair(next));
		journal_settle(&k);
		assert_int_equal(k.n_taken, 2);
		assert_int_equal(k.n_broken, 0);
		for (uint8_t host = 1; host <= 2; host++)
			assert_same(probe_of(next, host), probe_of(w, host));
		assert_int_equal(next->n_msg[MSG_RS_STATE], 0);
		assert_int_equal(next->n_msg[MSG_VS_STATE], 0);
		world_run(w, SEC(100));
		world_run(next, SEC(100));
		for (uint8_t host = 1; host <= 2; host++)
			assert_same(probe_of(next, host), probe_of(w, host));
		assert_int_equal(world_dest(w, WORLD_VIP, 2) != NULL,
				 world_dest(next, WORLD_VIP, 2) != NULL);
		world_free(w);
		world_free(next);
		journal_close(&j);
		journal_close(&k);
	}
}

/* A verdict that was written but not told is told by the successor. */
static void
the_untold_is_told(void **state)
{
	CLEANUP_FD int fd = memory();
	CLEANUP_FD int left = -1;
	struct journal j = {.map = NULL}, k = {.map = NULL};
	struct world *w = world_on(fd, &j, (monotime_t){SEC(1000)}), *next;

	(void)state;
	world_start(w, world_pair(w));
	world_run(w, SEC(30));
	w->answer[2] = REASON_REFUSED;
	world_run(w, SEC(30));
	left = snapshot(fd);
	next = world_on(left, &k, w->now);
	for (uint32_t n = 0; n < 2; n++) /* not the last one */
		hints_add_server(&next->pools.hints, &w->rs[n]);
	hints_add_quorum(&next->pools.hints, &w->last_vs);
	world_start(next, world_pair(next));
	assert_null(world_dest(next, WORLD_VIP, 2));
	assert_int_equal(next->n_msg[MSG_RS_STATE], 1);
	assert_int_equal(next->last_rs.is_alive, 0);
	assert_int_equal(next->last_rs.initial, 0);
	world_free(w);
	world_free(next);
	journal_close(&j);
	journal_close(&k);
}

/* Probes that a reload takes away leave nothing; the rest is kept. */
static void
a_reload_is_followed(void **state)
{
	CLEANUP_FD int fd = memory();
	struct journal j = {.map = NULL};
	struct world *w = world_on(fd, &j, (monotime_t){SEC(1000)});

	(void)state;
	world_start(w, world_pair(w));
	world_run(w, SEC(30));
	assert_int_equal(journal_used(&j), 2);
	pools_apply(&w->pools, world_pair(w), w->now);
	assert_int_equal(journal_used(&j), 2);
	pools_apply(&w->pools, world_conf(w), w->now);
	assert_int_equal(journal_used(&j), 0);
	world_free(w);
	journal_close(&j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back),
		cmocka_unit_test(what_nobody_takes_is_forgotten),
		cmocka_unit_test(it_is_bounded),
		cmocka_unit_test(half_a_record_is_none),
		cmocka_unit_test(half_a_record_waits_for_its_turn),
		cmocka_unit_test(any_bytes_do),
		cmocka_unit_test(nonsense_is_not_believed),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(a_kill_changes_nothing),
		cmocka_unit_test(the_untold_is_told),
		cmocka_unit_test(a_reload_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
