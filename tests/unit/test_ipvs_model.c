/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The wanted table: changes told, mark and sweep, ownership. */
#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipvs/model.h"

static struct msg_svc
svc(uint8_t id)
{
	struct msg_svc s = {
		.key = {.addr = {.family = AF_INET, .bytes = {10, 0, 0, id}},
			.port = 80,
			.protocol = IPPROTO_TCP},
		.sched = "rr"};

	assert_int_equal(ipvs_svc_clean(&s, &s), 0);
	return s;
}

static struct msg_dest
dest(uint8_t svc_id, uint8_t id, uint32_t weight)
{
	struct msg_dest d = {
		.key = {.svc = svc(svc_id).key,
			.addr = {.family = AF_INET, .bytes = {10, 1, 0, id}},
			.port = 80},
		.weight = weight,
		.fwd_method = IP_VS_CONN_F_DROUTE};

	assert_int_equal(ipvs_dest_clean(&d, &d), 0);
	return d;
}

static void
test_changes(void **state)
{
	struct model *m = model_new();
	struct msg_svc s = svc(1);
	struct msg_dest d = dest(1, 1, 1);

	(void)state;
	assert_int_equal(model_dest_set(m, &d), MODEL_UNKNOWN);
	assert_int_equal(model_dest_del(m, &d.key), MODEL_UNKNOWN);
	assert_int_equal(model_svc_set(m, &s), MODEL_ADDED);
	assert_int_equal(model_svc_set(m, &s), MODEL_SAME);
	strcpy(s.sched, "wrr");
	assert_int_equal(model_svc_set(m, &s), MODEL_CHANGED);
	assert_int_equal(model_dest_del(m, &d.key), MODEL_SAME);
	assert_int_equal(model_dest_set(m, &d), MODEL_ADDED);
	assert_int_equal(model_dest_set(m, &d), MODEL_SAME);
	d.weight = 2;
	assert_int_equal(model_dest_set(m, &d), MODEL_CHANGED);
	assert_int_equal(model_table(m)->dests, 1);
	assert_int_equal(model_table(m)->dest[0].weight, 2);
	assert_string_equal(model_table(m)->svc[0].sched, "wrr");
	assert_int_equal(model_dest_del(m, &d.key), MODEL_DELETED);
	assert_int_equal(model_table(m)->dests, 0);
	assert_int_equal(model_dests(m), 0);
	model_free(m);
}

static void
test_ownership(void **state)
{
	struct model *m = model_new();
	struct msg_svc a = svc(1), b = svc(2);
	struct msg_dest d = dest(1, 1, 1);

	(void)state;
	assert_false(model_owns(m, &a.key));
	(void)model_svc_set(m, &a);
	(void)model_dest_set(m, &d);
	assert_true(model_owns(m, &a.key));
	model_disown(m, &a.key); /* wanted: stays */
	assert_true(model_wants(m, &a.key));
	assert_int_equal(model_svc_del(m, &a.key), MODEL_DELETED);
	assert_true(model_owns(m, &a.key));
	assert_false(model_wants(m, &a.key));
	assert_int_equal(model_svcs(m), 0);
	assert_int_equal(model_dests(m), 0);
	assert_int_equal(model_leaving(m)->svcs, 1);
	/* A predecessor's service, deleted by name. */
	assert_int_equal(model_svc_del(m, &b.key), MODEL_DELETED);
	assert_int_equal(model_leaving(m)->svcs, 2);
	model_disown(m, &a.key);
	assert_false(model_owns(m, &a.key));
	assert_int_equal(model_leaving(m)->svcs, 1);
	/* Wanted again before it was gone. */
	assert_int_equal(model_svc_set(m, &b), MODEL_ADDED);
	assert_int_equal(model_leaving(m)->svcs, 0);
	assert_int_equal(model_table(m)->svcs, 1);
	model_free(m);
}

static void
fill(struct model *m)
{
	for (uint8_t i = 1; i <= 3; i++) {
		struct msg_svc s = svc(i);

		(void)model_svc_set(m, &s);
		for (uint8_t k = 1; k <= 3; k++) {
			struct msg_dest d = dest(i, k, 1);

			(void)model_dest_set(m, &d);
		}
	}
}

static void
test_sync(void **state)
{
	struct model *m = model_new();
	struct msg_svc s = svc(2);
	struct msg_dest d = dest(2, 3, 5);

	(void)state;
	fill(m);
	model_sync_begin(m);
	assert_true(model_is_syncing(m));
	assert_int_equal(model_svc_set(m, &s), MODEL_SAME);
	assert_int_equal(model_dest_set(m, &d), MODEL_CHANGED);
	assert_int_equal(model_svcs(m), 3);
	model_sync_end(m);
	assert_false(model_is_syncing(m));
	assert_int_equal(model_svcs(m), 1);
	assert_int_equal(model_dests(m), 1);
	assert_int_equal(model_table(m)->dest[0].weight, 5);
	assert_int_equal(model_leaving(m)->svcs, 2);
	/* An end without a beginning sweeps nothing. */
	model_sync_end(m);
	assert_int_equal(model_svcs(m), 1);
	model_free(m);
}

static void
test_sync_abort(void **state)
{
	struct model *m = model_new();
	struct msg_svc s = svc(9);

	(void)state;
	fill(m);
	model_sync_begin(m);
	(void)model_svc_set(m, &s);
	model_sync_abort(m);
	assert_int_equal(model_svcs(m), 4);
	assert_int_equal(model_dests(m), 9);
	/* The next full one sweeps what the broken one left. */
	model_sync_begin(m);
	fill(m);
	model_sync_end(m);
	assert_int_equal(model_svcs(m), 3);
	assert_int_equal(model_leaving(m)->svcs, 1);
	model_free(m);
}

static void
test_sorted(void **state)
{
	struct model *m = model_new();
	const struct ipvs_table *t;

	(void)state;
	fill(m);
	t = model_table(m);
	for (size_t i = 1; i < t->svcs; i++)
		assert_true(ipvs_svc_key_compare(&t->svc[i - 1].key,
						 &t->svc[i].key) < 0);
	for (size_t i = 1; i < t->dests; i++)
		assert_true(ipvs_dest_key_compare(&t->dest[i - 1].key,
						  &t->dest[i].key) < 0);
	model_free(m);
	model_free(NULL);
}

static void
test_errors(void **state)
{
	struct model *m = model_new();
	struct msg_dest d = dest(1, 1, 1);
	struct msg_svc s = svc(1);

	(void)state;
	fill(m);
	assert_true(model_note_error(m, &s.key, NULL, -2));
	assert_false(model_note_error(m, &s.key, NULL, -2));
	assert_true(model_note_error(m, &s.key, NULL, -17));
	assert_false(model_note_error(m, &s.key, NULL, 0));
	assert_true(model_note_error(m, &s.key, NULL, -17));
	assert_true(model_note_error(m, &s.key, &d.key, -2));
	assert_false(model_note_error(m, &s.key, &d.key, -2));
	d.weight = 9; /* a change opens it again */
	(void)model_dest_set(m, &d);
	assert_true(model_note_error(m, &s.key, &d.key, -2));
	model_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_ownership),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_sync_abort),
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
