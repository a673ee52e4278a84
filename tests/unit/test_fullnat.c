/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* FULLNAT: which pairs get which addresses, and the bytes for the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/conf.h"
#include "check/fullnat_nft.h"
#include "check/fullnat_want.h"
#include "daemon/sysctl_need.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/nft_batch.h"
#include "lib/util.h"
#include "parser/schema.h"
#include "tests/unit/conf_world.h"
#include "vrrp/conf.h"

struct world {
	struct arena *arena;
	struct conf *conf[8];
	size_t n_conf;
};

static int
setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->arena = arena_new();
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < w->n_conf; i++)
		conf_free(w->conf[i]);
	arena_free(w->arena);
	free(w);
	return 0;
}

static const struct conf *
parse(struct world *w, const char *text)
{
	w->conf[w->n_conf] = conf_world_read(text);
	return w->conf[w->n_conf++];
}

static struct fullnat_want
want(struct world *w, const char *text)
{
	struct fullnat_want out;

	fullnat_want_make(check_conf_get(parse(w, text)), NULL, w->arena, &out);
	return out;
}

#define SERVER(words) "real_server " words " {\n}\n"
#define SERVICE(head, words)                                                   \
	"virtual_server " head " {\nlvs_sched rr\n" words "\n}\n"
#define GROUP(name, lines) "local_address_group " name " {\n" lines "\n}\n"

/* "10.0.0.1:80/6 10.1.0.1 G", as the pairs are sorted. */
static void
assert_pairs(const struct fullnat_want *w, const char *text)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < w->n_pairs; i++) {
		const struct fullnat_pair *p = &w->pair[i];
		char vip[ADDR_STR_LEN], server[ADDR_STR_LEN];

		(void)addr_print(&p->server, server, sizeof(server));
		if (p->service.fwmark != 0)
			buf_printf(&b, "%u", p->service.fwmark);
		else
			buf_printf(
				&b, "%s:%u/%u",
				addr_print(&p->service.addr, vip, sizeof(vip)),
				p->service.port, p->service.protocol);
		buf_printf(&b, " %s %s\n", server,
			   p->group == FULLNAT_OUTGOING
				   ? "-"
				   : w->group[p->group].name);
	}
	assert_string_equal(b.data != NULL ? b.data : "", text);
	buf_fini(&b);
}

static void
others_are_left_alone(void **state)
{
	struct fullnat_want w =
		want(*state, SERVICE("10.0.0.1 80",
				     "protocol TCP\nlvs_method NAT\n" SERVER(
					     "10.1.0.1 80")));

	assert_int_equal(w.n_pairs, 0);
	assert_int_equal(w.n_groups, 0);
	assert_false(fullnat_want_has_family(&w, AF_INET));
}

static void
servers_by_their_own_method(void **state)
{
	struct fullnat_want w = want(
		*state,
		GROUP("G", "10.9.0.1") SERVICE(
			"10.0.0.1 80",
			"protocol TCP\nlvs_method FNAT\nladdr_group_name G\n"
			/* One address with two ports is one pair. */
			SERVER("10.1.0.1 80") SERVER(
				"10.1.0.1 81") "real_server 10.1.0.2 80 "
					       "{\nlvs_method DR\n}\n"
					       "sorry_server 10.1.0.9 80\n"));

	assert_pairs(&w, "10.0.0.1:80/6 10.1.0.1 G\n"
			 "10.0.0.1:80/6 10.1.0.9 G\n");
	assert_int_equal(w.n_groups, 1);
	assert_true(fullnat_want_has_family(&w, AF_INET));
	assert_false(fullnat_want_has_family(&w, AF_INET6));
}

static void
members_of_a_group_and_marks(void **state)
{
	struct fullnat_want w = want(
		*state,
		"virtual_server_group V {\n10.0.0.1-2 53\n}\n"
		"virtual_server_group W {\nfd00::1 53\nfwmark 5 inet6\n}\n"
		/* Both families in one group are for tunnels only. */
		SERVICE("group V", "protocol UDP\nlvs_method FULLNAT\n" SERVER(
					   "10.1.0.1 53"))
			SERVICE("group W",
				"protocol UDP\nlvs_method FULLNAT\n" SERVER(
					"fd01::1 53"))
				SERVICE("fwmark 9",
					"lvs_method FULLNAT\n" SERVER(
						"10.1.0.3"))
					SERVICE("10.0.0.9 0",
						"protocol TCP\nlvs_method "
						"FULLNAT\n"
						"persistence_timeout "
						"9\n" SERVER("10.1.0.4 0")));

	assert_int_equal(w.n_groups, 0);
	assert_pairs(&w, "9 10.1.0.3 -\n"
			 "10.0.0.1:53/17 10.1.0.1 -\n"
			 "10.0.0.2:53/17 10.1.0.1 -\n"
			 "10.0.0.9:0/6 10.1.0.4 -\n"
			 "5 fd01::1 -\n"
			 "fd00::1:53/17 fd01::1 -\n");
}

static void
groups_are_sorted_by_family(void **state)
{
	struct fullnat_want w = want(
		*state,
		GROUP("G", "10.9.0.9\nfd09::1\n10.9.0.1-3\n10.9.0.2") SERVICE(
			"10.0.0.1 80",
			"protocol TCP\nlvs_method FULLNAT\n"
			"laddr_group_name G\n" SERVER("10.1.0.1 80"))
			SERVICE("fd00::1 80",
				"protocol TCP\n"
				"lvs_method FULLNAT\n"
				"laddr_group_name G\n" SERVER("fd01::1 80")));
	static const uint8_t last[4] = {10, 9, 0, 9};

	assert_int_equal(w.n_groups, 2);
	assert_int_equal(w.group[0].family, AF_INET);
	assert_int_equal(w.group[0].n, 4);
	assert_memory_equal(w.group[0].addr[3].bytes, last, sizeof(last));
	assert_int_equal(w.group[1].family, AF_INET6);
	assert_int_equal(w.group[1].n, 1);
}

#define ONE(lines, server)                                                     \
	GROUP("G", lines)                                                      \
	SERVICE("10.0.0.1 80", "protocol TCP\nlvs_method FULLNAT\n"            \
			       "laddr_group_name G\n" SERVER(server))

static void
between_two_configurations(void **state)
{
	struct world *s = *state;
	const struct check_conf *a =
		check_conf_get(parse(s, ONE("10.9.0.1", "10.1.0.1 80")));
	const struct check_conf *b =
		check_conf_get(parse(s, ONE("10.9.0.1", "10.1.0.2 80")));
	const struct check_conf *c =
		check_conf_get(parse(s, ONE("10.9.0.2", "10.1.0.1 80")));
	struct fullnat_want w;

	/* What goes is still there, ... */
	fullnat_want_make(b, a, s->arena, &w);
	assert_pairs(&w, "10.0.0.1:80/6 10.1.0.1 G\n"
			 "10.0.0.1:80/6 10.1.0.2 G\n");
	assert_int_equal(w.n_groups, 1);
	/* ... but what comes counts. */
	fullnat_want_make(c, a, s->arena, &w);
	assert_int_equal(w.n_pairs, 1);
	assert_int_equal(w.group[w.pair[0].group].addr[0].bytes[3], 2);
}

/* ---- the bytes ---- */

static struct nft_batch
batch(const struct fullnat_want *w, bool with_six)
{
	struct nft_batch b = {.table = "t"};

	fullnat_nft_write(&b, w, with_six);
	return b;
}

static void
same_wants_are_same_bytes(void **state)
{
	const char *text = ONE("10.9.0.1-9", "10.1.0.1 80");
	struct fullnat_want x = want(*state, text), y = want(*state, text);
	struct fullnat_want z = want(*state, ONE("10.9.0.1-8", "10.1.0.1 80"));
	struct nft_batch a = batch(&x, true), b = batch(&y, true);
	struct nft_batch c = batch(&z, true), d = batch(&x, false);

	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.buf, b.buf, a.len);
	assert_int_not_equal(a.len, c.len);
	assert_true(d.len < a.len);
	nft_batch_fini(&a);
	nft_batch_fini(&b);
	nft_batch_fini(&c);
	nft_batch_fini(&d);
}

/* A thousand services of ten servers: the elements, but no more rules. */
static void
many_services_are_one_rule(void **state)
{
	struct buf text = BUF_INIT;
	struct fullnat_want w;
	struct nft_batch b;

	for (unsigned i = 0; i < 1000; i++) {
		buf_printf(&text,
			   "virtual_server 10.0.%u.%u 80 {\nlvs_sched rr\n"
			   "protocol TCP\nlvs_method FULLNAT\n",
			   i / 250, i % 250);
		for (unsigned j = 1; j <= 10; j++)
			buf_printf(&text, "real_server 10.1.0.%u 80 {\n}\n", j);
		buf_adds(&text, "}\n");
	}
	w = want(*state, text.data);
	assert_int_equal(w.n_pairs, 10000);
	b = batch(&w, true);
	/* Key and verdict with its headers, and a kilobyte for all the rest. */
	assert_true(b.len < 10000 * 64 + 4096);
	nft_batch_fini(&b);
	buf_fini(&text);
}

static void
it_needs_conntrack(void **state)
{
	const struct sysctl_env env = {0};
	struct sysctl_needs needs = SYSCTL_NEEDS_INIT;

	sysctl_needs_make(parse(*state, ONE("10.9.0.1", "10.1.0.1 80")), &env,
			  &needs);
	assert_non_null(sysctl_needs_find(&needs, "ipv4/vs/conntrack"));
	assert_non_null(sysctl_needs_find(&needs, "ipv4/ip_forward"));
	sysctl_needs_fini(&needs);
	sysctl_needs_make(
		parse(*state, SERVICE("10.0.0.1 80",
				      "protocol TCP\nlvs_method NAT\n" SERVER(
					      "10.1.0.1 80"))),
		&env, &needs);
	assert_null(sysctl_needs_find(&needs, "ipv4/vs/conntrack"));
	sysctl_needs_fini(&needs);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(others_are_left_alone),
		TEST(servers_by_their_own_method),
		TEST(members_of_a_group_and_marks),
		TEST(groups_are_sorted_by_family),
		TEST(between_two_configurations),
		TEST(same_wants_are_same_bytes),
		TEST(many_services_are_one_rule),
		TEST(it_needs_conntrack),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
