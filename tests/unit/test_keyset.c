/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Objects by key; filtering a list in one walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "parser/keyset.h"
#include "parser/schema.h"

static void
test_first_stays(void **state)
{
	struct keyset *s = keyset_new();
	int a, b;

	(void)state;
	assert_null(keyset_find(s, "k", 1));
	assert_null(keyset_put(s, "k", 1, &a));
	assert_ptr_equal(keyset_put(s, "k", 1, &b), &a);
	assert_ptr_equal(keyset_find(s, "k", 1), &a);
	assert_null(keyset_put(s, "k\0", 2, &b)); /* length counts */
	keyset_free(s);
	keyset_free(NULL);
}

static bool
is_odd(void *arg, struct conf_obj *o)
{
	(*(int *)arg)++;
	return o->pos.line % 2 == 1;
}

static void
test_filter_keeps_order(void **state)
{
	struct conf_list list = STAILQ_HEAD_INITIALIZER(list);
	struct conf_obj obj[7] = {0};
	int seen = 0;

	(void)state;
	conf_filter(&list, is_odd, &seen);
	assert_int_equal(seen, 0);
	for (uint32_t i = 0; i < 7; i++) {
		obj[i].pos.line = i;
		STAILQ_INSERT_TAIL(&list, &obj[i], link);
	}
	conf_filter(&list, is_odd, &seen);
	assert_int_equal(seen, 7);
	assert_ptr_equal(STAILQ_FIRST(&list), &obj[1]);
	assert_ptr_equal(STAILQ_NEXT(&obj[1], link), &obj[3]);
	assert_ptr_equal(STAILQ_NEXT(&obj[3], link), &obj[5]);
	assert_null(STAILQ_NEXT(&obj[5], link));
	STAILQ_INSERT_TAIL(&list, &obj[6], link);
	assert_ptr_equal(STAILQ_NEXT(&obj[5], link), &obj[6]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_stays),
		cmocka_unit_test(test_filter_keeps_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
