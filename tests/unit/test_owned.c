/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What is ours, over the death of whoever wrote it down: whatever instant it
 * dies at, and whatever the file holds. */
#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipvs/model.h"
#include "ipvs/owned.h"
#include "tests/unit/ipvs_kernel.h"

enum { HERE = 7, ELSEWHERE = 8 };

static int
make_file(void)
{
	int fd = memfd_create("owned", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)OWNED_BYTES), 0);
	return fd;
}

static struct model *
born(int fd, uint64_t place)
{
	struct model *m = model_new();
	struct owned *o;

	assert_int_equal(owned_open(fd, place, &o), 0);
	model_remember(m, o);
	return m;
}

static struct msg_svc
svc(uint32_t id)
{
	return kernel_make_svc(id, 0);
}

static void
want(struct model *m, uint32_t id)
{
	struct msg_svc s = svc(id);

	(void)model_svc_set(m, &s);
}

static void
test_successor(void **state)
{
	int fd = make_file();
	struct model *m = born(fd, HERE);
	struct msg_svc one = svc(1), two = svc(2), three = svc(3);

	(void)state;
	assert_int_equal(model_inherited(m), 0);
	want(m, 1);
	want(m, 2);
	want(m, 3);
	(void)model_svc_del(m, &two.key); /* asked for, not confirmed */
	(void)model_svc_del(m, &three.key);
	model_disown(m, &three.key); /* confirmed */
	model_free(m);		     /* kill -9 */

	m = born(fd, HERE);
	assert_int_equal(model_inherited(m), 2);
	/* Nothing is done before it is known what is wanted. */
	assert_false(model_owns(m, &one.key));
	assert_int_equal(model_leaving(m)->svcs, 0);
	model_sync_begin(m);
	want(m, 1);
	model_sync_abort(m); /* its sender died: still not known */
	assert_int_equal(model_inherited(m), 1);
	model_sync_begin(m);
	want(m, 1);
	model_sync_end(m);
	assert_true(model_wants(m, &one.key));
	assert_true(model_owns(m, &two.key));
	assert_false(model_owns(m, &three.key));
	assert_int_equal(model_leaving(m)->svcs, 1);
	model_disown(m, &two.key);
	/* The end in order: what the kernel confirms is struck out. */
	model_strike(m, &one.key);
	model_strike(m, &three.key); /* never was */
	model_free(m);

	m = born(fd, HERE);
	assert_int_equal(model_inherited(m), 0);
	model_free(m);
	(void)close(fd);
}

/* Of another boot or namespace: not ours. */
static void
test_place(void **state)
{
	int fd = make_file();
	struct model *m = born(fd, HERE);

	(void)state;
	want(m, 1);
	model_free(m);
	m = born(fd, ELSEWHERE);
	assert_int_equal(model_inherited(m), 0);
	model_free(m);
	m = born(fd, HERE); /* and forgotten for good */
	assert_int_equal(model_inherited(m), 0);
	model_free(m);
	assert_int_equal(owned_place(), owned_place());
	(void)close(fd);
}

/* A file that comes late or twice: what is named already counts. */
static void
test_late(void **state)
{
	int fd = make_file();
	struct model *m = model_new();
	struct owned *o;

	(void)state;
	want(m, 1);
	assert_int_equal(owned_open(fd, HERE, &o), 0);
	model_remember(m, o);
	want(m, 2);
	assert_int_equal(owned_open(fd, HERE, &o), 0);
	model_remember(m, o);
	assert_int_equal(model_inherited(m), 0);
	assert_int_equal(model_svcs(m), 2);
	model_strike_all(m);
	model_free(m);
	m = born(fd, HERE);
	assert_int_equal(model_inherited(m), 0);
	model_free(m);
	(void)close(fd);
}

/* Anybody's bytes: no crash, and no service that cannot be. */
static void
test_garbage(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 50; round++) {
		int fd = make_file();
		struct model *m = born(fd, HERE);
		struct owned_record *map;

		for (uint32_t id = 0; id < 20; id++)
			want(m, id);
		model_free(m);
		map = mmap(NULL, OWNED_BYTES, PROT_READ | PROT_WRITE,
			   MAP_SHARED, fd, 0);
		assert_ptr_not_equal(map, MAP_FAILED);
		for (int i = 0; i < 40; i++)
			((uint8_t *)map)[kernel_rnd(&seed, 24 * 32)] ^=
				(uint8_t)kernel_rnd(&seed, 256);
		m = born(fd, HERE);
		assert_true(model_inherited(m) <= 20);
		model_sync_begin(m);
		model_sync_end(m);
		for (size_t i = 0; i < model_leaving(m)->svcs; i++) {
			bool is_known = false;

			for (uint32_t id = 0; id < 20; id++) {
				struct msg_svc s = svc(id);

				is_known |= ipvs_svc_key_compare(
						    &s.key, &model_leaving(m)
								     ->svc[i]
								     .key) == 0;
			}
			assert_true(is_known);
		}
		model_free(m);
		(void)munmap(map, OWNED_BYTES);
		(void)close(fd);
	}
}

/* More than there is room for: the rest is simply not remembered. */
static void
test_full(void **state)
{
	int fd = make_file();
	struct owned *o;
	struct msg_svc s = svc(1);

	(void)state;
	assert_int_equal(owned_open(fd, HERE, &o), 0);
	for (uint32_t i = 0; i < OWNED_SLOTS; i++)
		assert_int_equal(owned_add(o, &s.key), i);
	assert_int_equal(owned_add(o, &s.key), OWNED_NO_SLOT);
	owned_drop(o, 5);
	owned_drop(o, OWNED_NO_SLOT);
	assert_int_equal(owned_add(o, &s.key), 5);
	owned_close(o);
	owned_close(NULL);
	assert_int_equal(owned_add(NULL, &s.key), OWNED_NO_SLOT);
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_true(owned_open(fd, HERE, &o) < 0);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_successor),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
