/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Words, braces, types, duplicates, references: text into objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/buf.h"
#include "tests/unit/parser_world.h"

static struct router *
first_router(const struct world *w)
{
	return (struct router *)STAILQ_FIRST(&world_alpha(w)->router);
}

static void
test_defaults_and_values(void **state)
{
	struct world w = {0};
	struct router *r;

	(void)state;
	world_read(&w, "router A {\n\tpriority 150\n\tinterface eth0\n}\n"
		       "router B {\n}\n");
	assert_int_equal(diag_total(w.sink), 0);
	r = first_router(&w);
	assert_string_equal(r->obj.name, "A");
	assert_int_equal(r->priority, 150);
	assert_int_equal(r->advert_int, SEC(1));
	assert_string_equal(r->interface, "eth0");
	assert_true(conf_is_given(&r->obj, "priority"));
	assert_false(conf_is_given(&r->obj, "advert_int"));
	assert_int_equal(r->obj.pos.line, 1);
	r = (struct router *)STAILQ_NEXT(&r->obj, link);
	assert_string_equal(r->obj.name, "B");
	assert_int_equal(r->priority, 100);
	assert_true(world_alpha(&w)->resolved);
	assert_int_equal(conf_exit_code(&w.r, w.sink), 0);
	world_fini(&w);
}

static void
test_braces_anywhere(void **state)
{
	static const char *const forms[] = {
		"router A { priority 7 }",
		"router A{priority 7}",
		"router A\n# c\n\n{\npriority 7 ! c\n}",
		"\trouter A {\r\n\tpriority 7\r\n}\r\n",
		("router A { authentication { auth_pass x }} "
		 "router B{priority 7}"),
		"\"router\" \"A\" { \"priority\" \"7\" }",
		"router\vA\f{ priority 7 }",
		"router A {\npriority 7 #x\n}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct world w = {0};
		struct router *r;

		world_read(&w, forms[i]);
		assert_int_equal(diag_total(w.sink), 0);
		r = first_router(&w);
		assert_non_null(r);
		if (STAILQ_NEXT(&r->obj, link) != NULL)
			r = (struct router *)STAILQ_NEXT(&r->obj, link);
		assert_int_equal(r->priority, 7);
		world_fini(&w);
	}
}

static void
test_brace_errors(void **state)
{
	(void)state;
	assert_complaints("router A\npriority 7\n}\n",
			  "2 braces: Missing '{' at beginning of configuration "
			  "block\n"
			  "2 unknown keyword: Unknown keyword 'priority'\n"
			  "3 braces: Extra '}' found\n");
	assert_complaints("router A {\n",
			  "0 braces: There are 1 missing '}'s or extra '{'s\n");
	assert_complaints("router A {\n foo {\n priority 7\n bar\n }\n baz\n"
			  "}\n",
			  "2 unknown keyword: Unknown keyword 'foo'\n"
			  "2 braces: Unexpected '{' - ignoring\n"
			  "4 unknown keyword: Unknown keyword 'bar'\n"
			  "6 unknown keyword: Unknown keyword 'baz'\n"
			  "7 unknown keyword: Unknown keyword '}'\n");
	assert_complaints("router A {\n priority 1 {\n foo\n}\n",
			  "2 braces: Unexpected '{' - ignoring\n"
			  "3 unknown keyword: Unknown keyword 'foo'\n"
			  "0 braces: There are 1 missing '}'s or extra '{'s\n");
	assert_complaints("router A",
			  "1 braces: Missing '{' at beginning of configuration "
			  "block\n");
}

static void
test_unknown_blocks_are_explained_once(void **state)
{
	struct world w = {0};
	uint32_t notes = 0;

	(void)state;
	world_read(&w, "router A {\n foo {\n }\n bar {\n }\n}\nqux {\n}\n");
	for (size_t i = 0; i < diag_count(w.sink); i++)
		notes += diag_get(w.sink, i)->cls == DIAG_NOTE;
	assert_int_equal(notes, 1);
	assert_string_equal(diag_get(w.sink, 2)->text,
			    "a block of an unknown keyword is not skipped: its "
			    "lines are read as lines of router, and its '}' "
			    "closes that");
	world_fini(&w);
}

static void
test_refused_block_is_skipped(void **state)
{
	(void)state;
	assert_complaints("router {\nfoo\nbar {\n}\n}\nqq\n",
			  "1 missing parameter: router must have a name\n"
			  "6 unknown keyword: Unknown keyword 'qq'\n");
	assert_complaints("router A {\n}\nrouter A\n{\n x { y } }\nqq\n",
			  "3 error: router A already defined\n"
			  "6 unknown keyword: Unknown keyword 'qq'\n");
	assert_complaints("router A {\npriority 13\n}\n",
			  "1 error: (A) unlucky\n");
}

static void
test_missing_argument_stops(void **state)
{
	struct world w = {0};

	(void)state;
	world_read(&w, "zz\nrouter A {\n priority\n}\nyy\n");
	assert_true(w.r.is_stopped);
	assert_int_equal(conf_exit_code(&w.r, w.sink), 2);
	/* what keepalived's earlier passes say of the rest is still said */
	assert_int_equal(diag_total(w.sink), 3);
	assert_string_equal(diag_get(w.sink, 1)->text,
			    "*** Configuration line starting `priority` is "
			    "missing a parameter after keyword `priority` at "
			    "word position 2");
	assert_int_equal(diag_get(w.sink, 1)->line, 3);
	world_fini(&w);
	world_read(&w, "script {\n}\n");
	assert_int_equal(conf_exit_code(&w.r, w.sink), 2);
	world_fini(&w);
}

static void
test_numbers(void **state)
{
	(void)state;
	assert_complaints("router A {\n priority 256\n}",
			  "2 invalid number: number '256' outside range [1, "
			  "255]\n");
	assert_complaints("router A {\n priority 100;\n}",
			  "2 invalid number: invalid number '100;'\n");
	assert_complaints("router A {\n priority x\n}",
			  "2 invalid number: invalid number 'x'\n");
	assert_complaints("router A {\n advert_int 0.001\n}",
			  "2 invalid number: number '0.001' outside range "
			  "[0.01, 255]\n");
	assert_complaints("router A {\n advert_int 1s\n}",
			  "2 invalid number: invalid number '1s'\n");
	assert_complaints("router A {\n advert_int .\n}",
			  "2 invalid number: invalid number '.'\n");
	assert_complaints("router A {\n priority 99999999999999999999\n}",
			  "2 invalid number: number '99999999999999999999' "
			  "outside range [1, 255]\n");
	assert_complaints("global_defs {\n umask 0777\n umask 0x1ff\n}", "");
}

static void
test_decimals(void **state)
{
	struct world w = {0};

	(void)state;
	world_read(&w, "router A {\n advert_int 0.0100005\n}\n"
		       "router B {\n advert_int +2.5\n}\n"
		       "router C {\n advert_int \" 3\"\n}\n");
	assert_int_equal(diag_total(w.sink), 1);
	assert_string_equal(diag_get(w.sink, 0)->text,
			    "number '0.0100005' has more than 6 decimals");
	assert_int_equal(first_router(&w)->advert_int, USEC(10001));
	world_fini(&w);
}

static void
test_lenient_at_run_time(void **state)
{
	struct world w = {0};

	(void)state;
	w.opts = (struct conf_opts){.modules = world_modules,
				    .mask = CONF_MASK_ALL,
				    .config_id = "x"};
	world_read(&w, "router A {\n advert_int 5abc\n priority 5abc\n}\n");
	assert_int_equal(first_router(&w)->advert_int, SEC(5));
	assert_int_equal(first_router(&w)->priority, 100);
	assert_int_equal(diag_total(w.sink), 2);
	world_fini(&w);
}

static void
test_zero_is_noted(void **state)
{
	struct world w = {0};
	char *got;

	(void)state;
	world_read(&w, "global_defs {\n interval 0\n}\n");
	assert_int_equal(conf_exit_code(&w.r, w.sink), 0);
	got = world_complaints(&w, true);
	assert_string_equal(got, "2 note: interval 0 means none\n");
	free(got);
	world_fini(&w);
}

static void
test_repeats(void **state)
{
	struct world w = {0};
	char *got;

	(void)state;
	world_read(&w, "router A {\n priority 5\n priority 6\n state MASTER\n"
		       " state BACKUP\n addresses { 10.0.0.1 }\n addresses "
		       "{\n 10.0.0.2\n 10.0.0.1\n}\n}\n");
	got = world_complaints(&w, true);
	assert_string_equal(
		got, "3 note: priority is given again: the last one counts\n"
		     "5 error: state already specified - ignoring BACKUP\n"
		     "9 error: 10.0.0.1 in addresses given twice - ignoring\n");
	free(got);
	assert_int_equal(first_router(&w)->priority, 6);
	assert_int_equal(first_router(&w)->state, 1);
	world_fini(&w);
}

static void
test_flags_words_and_aliases(void **state)
{
	struct world w = {0};
	struct router *r;
	char *got;

	(void)state;
	world_read(&w, "global_defs { bits one|four\nuser u g\nnet 10.0.0.0/8 "
		       "}\n"
		       "router A {\n nopreempt\n preempt\n smtp_alert yes\n"
		       " old_name eth7\n bad_name 9\n forgotten x {\n y\n}\n"
		       " group {\n a b\n c }\n authentication {\n auth_type "
		       "PASS\n auth_pass longer_than_8\n}\n}\n");
	got = world_complaints(&w, true);
	assert_string_equal(got,
			    "9 deprecated: bad_name is deprecated - please use "
			    "'priority'\n"
			    "10 note: forgotten is no longer needed\n"
			    "18 error: Truncating auth_pass to 8 characters\n");
	free(got);
	r = first_router(&w);
	assert_false(r->nopreempt);
	assert_true(r->smtp_alert);
	assert_string_equal(r->interface, "eth7");
	assert_int_equal(r->priority, 9);
	assert_int_equal(r->group.n, 3);
	assert_string_equal(r->group.word[2], "c");
	assert_memory_equal(r->auth_pass, "longer_t", 8);
	assert_int_equal(world_alpha(&w)->bits, 5);
	assert_string_equal(world_alpha(&w)->user.group, "g");
	assert_int_equal(world_alpha(&w)->net.len, 8);
	world_fini(&w);
}

static void
test_wrong_words(void **state)
{
	(void)state;
	assert_complaints("router A {\n state Master\n}",
			  "2 error: unknown state 'Master'\n");
	assert_complaints("router A {\n smtp_alert maybe\n}",
			  "2 error: invalid smtp_alert 'maybe'\n");
	assert_complaints("router A {\n source 1.2.3\n}",
			  "2 error: invalid IP address '1.2.3'\n");
	assert_complaints("router A {\n interface abcdefghijklmnop\n}",
			  "2 error: Interface name 'abcdefghijklmnop' too long "
			  "- ignoring\n");
	assert_complaints("global_defs {\n net 10.0.0.0/33\n}",
			  "2 error: invalid prefix length in '10.0.0.0/33'\n");
	assert_complaints("global_defs {\n bits one three\n}",
			  "2 error: unknown option 'three'\n");
}

static void
test_lists(void **state)
{
	struct world w = {0};
	struct addr_line *a;

	(void)state;
	world_read(&w, "router A {\n addresses {\n 10.0.0.1 dev eth1 home "
		       "weight -3\n ::1 label x\n}\n}\n");
	assert_int_equal(diag_total(w.sink), 0);
	a = (struct addr_line *)STAILQ_FIRST(&first_router(&w)->addrs);
	assert_string_equal(a->dev, "eth1");
	assert_true(a->home);
	assert_int_equal(a->weight, -3);
	a = (struct addr_line *)STAILQ_NEXT(&a->obj, link);
	assert_string_equal(a->label, "x");
	assert_int_equal(a->addr.family, AF_INET6);
	world_fini(&w);
	assert_complaints("router A {\n addresses {\n 10.0.0.1 10.0.0.2\n x "
			  "dev y\n}\n}\n",
			  "3 error: Unknown configuration entry '10.0.0.2' for "
			  "addresses - ignoring\n"
			  "4 error: invalid IP address 'x'\n");
	assert_complaints("router A {\n addresses 1.2.3.4\n state MASTER\n }\n"
			  " zz\n",
			  "2 error: Block addresses has extra parameters "
			  "1.2.3.4 ...\n"
			  "3 error: invalid IP address 'state'\n"
			  "5 unknown keyword: Unknown keyword 'zz'\n");
}

static void
test_quotes(void **state)
{
	struct world w = {0};

	(void)state;
	world_read(&w, "global_defs {\n router_id \"a #b !c {d} e\"\n}\n");
	assert_int_equal(diag_total(w.sink), 0);
	assert_string_equal(world_alpha(&w)->router_id, "a #b !c {d} e");
	world_fini(&w);
	world_read(&w, "global_defs {\n router_id \"\"\n}\n");
	assert_string_equal(world_alpha(&w)->router_id, "");
	world_fini(&w);
	world_read(&w, "global_defs {\n router_id a\\#b\\!c\n}\n");
	assert_string_equal(world_alpha(&w)->router_id, "a#b!c");
	world_fini(&w);
	assert_complaints("tw\"thir teen\"fo\n",
			  "1 unknown keyword: Unknown keyword 'tw'\n");
	assert_complaints("global_defs {\n router_id \"x\n}\n",
			  "2 quote: Unterminated quote ' router_id \"x'\n"
			  "2 missing parameter: missing parameter after "
			  "'router_id'\n");
}

/* Seen in the wild: auth_pass Test123! */
static void
test_glued_comment_is_noted(void **state)
{
	struct world w = {0};

	(void)state;
	world_read(&w, "global_defs {\n router_id Test123! x\n}\n");
	assert_string_equal(world_alpha(&w)->router_id, "Test123");
	assert_int_equal(diag_count(w.sink), 1);
	assert_int_equal(diag_get(w.sink, 0)->cls, DIAG_NOTE);
	assert_int_equal(diag_get(w.sink, 0)->col, 19);
	world_fini(&w);
	world_read(&w, "global_defs {\n router_id a # c\n} # d\n"
		       "router A {#e\n}#f\n");
	assert_int_equal(diag_count(w.sink), 0);
	world_fini(&w);
}

static void
assert_argv(const char *line, uint32_t argc, const char *const *argv,
	    const char *user)
{
	struct world w = {0};
	struct buf b = BUF_INIT;
	struct router *r;

	buf_printf(&b, "router A {\n notify %s\n}\n", line);
	world_read(&w, buf_str(&b));
	buf_fini(&b);
	assert_int_equal(diag_total(w.sink), 0);
	r = first_router(&w);
	assert_int_equal(r->notify.argc, argc);
	for (uint32_t i = 0; i < argc; i++)
		assert_string_equal(r->notify.argv[i], argv[i]);
	assert_null(r->notify.argv[argc]);
	if (user == NULL)
		assert_null(r->notify.user);
	else
		assert_string_equal(r->notify.user, user);
	world_fini(&w);
}

/* As measured with keepalived 2.2.7. */
static void
test_scripts(void **state)
{
	(void)state;
	assert_argv("'/bin/echo b \"x y\" z' root root", 4,
		    (const char *[]){"/bin/echo", "b", "x y", "z"}, "root");
	assert_argv("/bin/echo a b", 1, (const char *[]){"/bin/echo"}, "a");
	assert_argv("\"/bin/echo glue'd on'x y\"", 3,
		    (const char *[]){"/bin/echo", "glued onx", "y"}, NULL);
	assert_argv(
		"\"/bin/echo 'a\\\\b' x\\\\y \\101 \\cA a\\ b\"", 7,
		(const char *[]){"/bin/echo", "a\b", "xy", "A", "\1", "a", "b"},
		NULL);
	assert_argv("/bin/echo\" a 'b c' d\"", 4,
		    (const char *[]){"/bin/echo", "a", "b c", "d"}, NULL);
	assert_argv("/bin/echo\\ a\\x41\\\\x41", 2,
		    (const char *[]){"/bin/echo", "aAA"}, NULL);
	assert_complaints("router A {\n notify '/bin/x it\n}\n",
			  "2 error: String ''/bin/x it': missing terminating "
			  "'\n");
}

static void
test_references(void **state)
{
	struct world w = {0};
	struct router *r;
	char *got;

	(void)state;
	world_read(&w, "router A {\n track {\n later\n none weight 2\n}\n}\n"
		       "script later {\n script /x\n user_of B\n}\n");
	got = world_complaints(&w, true);
	assert_string_equal(
		got, "4 error: (A) track script none not found, ignoring...\n"
		     "9 error: (later) router B not found, ignoring...\n");
	free(got);
	r = first_router(&w);
	assert_string_equal(STAILQ_FIRST(&r->track)->name, "later");
	assert_null(STAILQ_NEXT(STAILQ_FIRST(&r->track), link));
	world_fini(&w);
}

static void
test_shared_list_and_names(void **state)
{
	struct world w = {0};
	struct service *s;
	struct server *rs;
	struct conf_obj *p;

	(void)state;
	world_read(&w, "service 10.0.0.1 80 {\n server 10.0.0.2 80 {\n TCP { "
		       "port 1 }\n HTTP {\n regex \"a b\\x20c\" }\n TCP {} }\n"
		       "server 10.0.0.2 80 { weight 3 } }\n");
	assert_int_equal(diag_total(w.sink), 1);
	s = (struct service *)STAILQ_FIRST(&world_beta(&w)->service);
	assert_string_equal(s->obj.name, "10.0.0.1 80");
	rs = (struct server *)STAILQ_FIRST(&s->server);
	assert_int_equal(rs->weight, 1);
	p = STAILQ_FIRST(&rs->probe);
	assert_string_equal(p->name, "TCP");
	p = STAILQ_NEXT(p, link);
	assert_string_equal(p->name, "HTTP");
	assert_string_equal(((struct probe *)p)->regex, "a b c");
	p = STAILQ_NEXT(p, link);
	assert_string_equal(p->name, "TCP#2");
	world_fini(&w);
}

static void
test_modules_not_asked_for(void **state)
{
	struct world w = {0};

	(void)state;
	w.opts = (struct conf_opts){.modules = world_modules,
				    .mask = CONF_MASK(CONF_VRRP),
				    .is_test = true};
	world_read(&w, "global_defs {\n flush\n router_id x\n}\n"
		       "service what ever {\n nonsense\n}\nrouter A {\n}\n");
	assert_int_equal(diag_total(w.sink), 0);
	assert_null(w.r.conf->module[CONF_CHECK]);
	assert_string_equal(world_alpha(&w)->router_id, "x");
	assert_non_null(first_router(&w));
	world_fini(&w);
}

static void
test_suggestions(void **state)
{
	struct world w = {0};
	const struct diag *d;

	(void)state;
	world_read(&w, "router A {\n   prioritty 3\n}\n");
	d = diag_get(w.sink, 0);
	assert_string_equal(d->near, "priority");
	assert_string_equal(d->expected, "a keyword of router");
	assert_string_equal(d->file, "t.conf");
	assert_int_equal(d->line, 2);
	assert_int_equal(d->col, 4);
	world_fini(&w);
}

static void
test_pending(void **state)
{
	struct world w = {0};
	const char *path[4];

	(void)state;
	world_read(&w, "router A {\n debug 3\n}\nrouter B {\n debug 2\n}\n");
	assert_int_equal(conf_pending(w.r.conf, world_modules, path, 4), 1);
	assert_string_equal(path[0], "router/debug");
	world_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_and_values),
		cmocka_unit_test(test_braces_anywhere),
		cmocka_unit_test(test_brace_errors),
		cmocka_unit_test(test_unknown_blocks_are_explained_once),
		cmocka_unit_test(test_refused_block_is_skipped),
		cmocka_unit_test(test_missing_argument_stops),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_lenient_at_run_time),
		cmocka_unit_test(test_zero_is_noted),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_flags_words_and_aliases),
		cmocka_unit_test(test_wrong_words),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_glued_comment_is_noted),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_shared_list_and_names),
		cmocka_unit_test(test_modules_not_asked_for),
		cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
