/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Plans: what changed, in which object, how it is applied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "tests/unit/parser_world.h"

static void
assert_plan(const char *old, const char *now, const char *want)
{
	struct world a = {0}, b = {0};
	struct arena *arena = arena_new();
	struct buf out = BUF_INIT;

	world_read(&a, old);
	world_read(&b, now);
	plan_print(conf_diff(a.r.conf, b.r.conf, world_modules, CONF_MASK_ALL,
			     arena),
		   &out);
	assert_string_equal(buf_str(&out), want);
	buf_fini(&out);
	arena_free(arena);
	world_fini(&a);
	world_fini(&b);
}

static void
test_same(void **state)
{
	(void)state;
	assert_plan("router A {\n}\nrouter B {\n}\n",
		    "router B { priority 100 # default\n}\nrouter A { "
		    "preempt\n}\n",
		    "no change\n");
	assert_plan("", "", "no change\n");
}

static void
test_add_del_change(void **state)
{
	(void)state;
	assert_plan("router A { priority 5 }\nrouter B {\n}\n",
		    "router C {\n}\nrouter A { priority 6\n advert_int 2 }\n",
		    "+ router C\n"
		    "~ router A (restart)\n"
		    "    priority 5 -> 6\n"
		    "    advert_int 1 -> 2\n"
		    "- router B\n");
	assert_plan("router A { nopreempt }\n", "router A {\n}\n",
		    "~ router A (live)\n    nopreempt on -> off\n");
}

static void
test_lists(void **state)
{
	(void)state;
	assert_plan("router A { addresses {\n 10.0.0.1 dev a\n 10.0.0.2\n} }",
		    "router A { addresses {\n 10.0.0.3\n 10.0.0.1 dev b\n} }",
		    "~ router A (live)\n"
		    "    + addresses 10.0.0.3\n"
		    "    ~ addresses 10.0.0.1 (live)\n"
		    "    - addresses 10.0.0.2\n");
}

static void
test_nested(void **state)
{
	(void)state;
	assert_plan("service 10.0.0.1 80 { server 10.0.0.2 80 { weight 1\n} }",
		    "service 10.0.0.1 80 { server 10.0.0.2 80 { weight 2\n} }",
		    "~ service 10.0.0.1 80 (live)\n"
		    "    ~ server 10.0.0.2 80 (live)\n"
		    "        weight 1 -> 2\n");
	assert_plan("service 10.0.0.1 80 { server 10.0.0.2 80 { TCP {}\n} }",
		    "service 10.0.0.1 80 { server 10.0.0.2 80 { TCP {}\nTCP { "
		    "port 9\n} } }",
		    "~ service 10.0.0.1 80 (live)\n"
		    "    ~ server 10.0.0.2 80 (restart)\n"
		    "        + TCP\n");
}

static void
test_globals_and_flat_blocks(void **state)
{
	(void)state;
	assert_plan("global_defs { router_id a }\n",
		    "global_defs { router_id b\n flush }\n",
		    "~ router_id a -> b (restart)\n"
		    "~ flush off -> on (needs a restart of the daemon)\n");
	assert_plan("router A { authentication { auth_pass a } }",
		    "router A { authentication { auth_pass b\n} }",
		    "~ router A (restart)\n    auth_pass a -> b\n");
	assert_plan("router A { debug 1 }", "router A { debug 2 }",
		    "~ router A (restart)\n    debug 1 -> 2\n");
	assert_plan("script s { weight 1 }", "script s { weight 1 reverse }",
		    "~ script s (restart)\n    weight 1 -> 1 reverse\n");
}

static void
test_counts(void **state)
{
	struct world a = {0}, b = {0};
	struct arena *arena = arena_new();
	struct plan *p;

	(void)state;
	world_read(&a, "router A {\n}\nrouter B {\n}\nglobal_defs { flush }");
	world_read(&b, "router A {\n}\nrouter C {\n}\n");
	p = conf_diff(a.r.conf, b.r.conf, world_modules, CONF_MASK_ALL, arena);
	assert_int_equal(p->n_add, 1);
	assert_int_equal(p->n_del, 1);
	assert_int_equal(p->n_same, 1);
	assert_int_equal(p->n_change, 0);
	assert_int_equal(p->worst, KW_FIXED);
	assert_false(plan_is_empty(p));
	arena_free(arena);
	world_fini(&a);
	world_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_add_del_change),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_globals_and_flat_blocks),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
