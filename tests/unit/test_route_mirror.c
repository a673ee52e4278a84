/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The mirror of watched prefixes: what is told of others is dropped, all ways
 * of telling end in the same mirror; the filter lets through what is watched,
 * judged by the kernel itself.
 */
#include "vrrp/route_mirror.h"

#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "lib/util.h"
#include "vrrp/route_filter.h"

static struct addr
addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static struct route_fact
fact(const char *dst, uint8_t len, const char *via, uint32_t ifindex)
{
	struct route_fact f = {
		.dst = addr_of(dst),
		.dst_len = len,
		.type = RTN_UNICAST,
		.protocol = RTPROT_STATIC,
		.table = RT_TABLE_MAIN,
		.ifindex = ifindex,
	};

	if (via != NULL)
		f.via = addr_of(via);
	return f;
}

static void
test_watch(void **state)
{
	struct route_mirror m;
	struct addr a = addr_of("10.1.2.3"), b = addr_of("10.1.2.0");
	struct route_fact f = fact("10.1.2.0", 24, "10.0.0.1", 3);
	struct route_fact other = fact("10.1.3.0", 24, "10.0.0.1", 3);
	struct route_watch *w, *again;

	(void)state;
	route_mirror_init(&m);
	w = route_mirror_watch(&m, &a, 24, RT_TABLE_MAIN);
	again = route_mirror_watch(&m, &b, 24, RT_TABLE_MAIN);
	assert_ptr_equal(w, again); /* host bits do not count */
	assert_true(m.needs_dump);
	assert_false(route_mirror_has(w));
	route_mirror_add(&m, &other, 1, false);
	assert_int_equal(m.generation, 0);
	route_mirror_add(&m, &f, 1, false);
	assert_true(route_mirror_has(w));
	f.table = 100; /* another table's is not meant */
	route_mirror_del(&m, &f, 1);
	assert_true(route_mirror_has(w));
	f.table = RT_TABLE_MAIN;
	route_mirror_del(&m, &f, 1);
	assert_false(route_mirror_has(w));
	assert_int_equal(w->losses, 1);
	route_mirror_unwatch(&m, again);
	route_mirror_add(&m, &f, 1, false);
	assert_true(route_mirror_has(w));
	route_mirror_unwatch(&m, w);
	assert_null(m.watches);
	route_mirror_fini(&m);
}

static void
test_types(void **state)
{
	struct route_mirror m;
	struct addr a = addr_of("::");
	struct route_fact f = fact("::", 0, NULL, 1);
	struct route_watch *w;

	(void)state;
	route_mirror_init(&m);
	w = route_mirror_watch(&m, &a, 0, RT_TABLE_MAIN);
	f.type = RTN_UNREACHABLE;
	route_mirror_add(&m, &f, 1, false);
	assert_false(route_mirror_has(w));
	f.type = RTN_UNICAST;
	route_mirror_add(&m, &f, 1, false);
	assert_true(route_mirror_has(w));
	route_mirror_fini(&m);
}

static void
test_replace(void **state)
{
	struct route_mirror m;
	struct addr a = addr_of("0.0.0.0");
	struct route_fact f = fact("0.0.0.0", 0, "10.0.0.1", 3);
	struct route_fact g = fact("0.0.0.0", 0, "10.0.0.2", 3);
	struct route_watch *w, *any;

	(void)state;
	route_mirror_init(&m);
	w = route_mirror_watch(&m, &a, 0, RT_TABLE_MAIN);
	any = route_mirror_listen(&m, &a, 0);
	route_mirror_add(&m, &f, 1, false);
	assert_int_equal(any->losses, 0);
	route_mirror_add(&m, &g, 1, true);
	assert_int_equal(any->losses, 1);
	route_mirror_del(&m, &g, 1);
	assert_false(route_mirror_has(w));
	assert_int_equal(any->losses, 2);
	route_mirror_fini(&m);
}

/* IPv6 tells a growing set, then the loss of single legs. */
static void
test_legs(void **state)
{
	struct route_mirror m;
	struct addr a = addr_of("2001:db8::");
	struct route_fact f[2] = {fact("2001:db8::", 32, "fe80::1", 3),
				  fact("2001:db8::", 32, "fe80::2", 4)};
	struct route_watch *w;

	(void)state;
	route_mirror_init(&m);
	w = route_mirror_watch(&m, &a, 32, RT_TABLE_MAIN);
	route_mirror_add(&m, f, 1, false);
	f[0].is_multi = f[1].is_multi = true;
	route_mirror_add(&m, f, 2, false);
	route_mirror_del(&m, &f[0], 1);
	assert_true(route_mirror_has(w));
	route_mirror_del(&m, &f[1], 1);
	assert_false(route_mirror_has(w));
	route_mirror_fini(&m);
}

static void
test_link_down(void **state)
{
	struct route_mirror m;
	struct addr a = addr_of("10.1.0.0"), b = addr_of("10.2.0.0");
	struct route_fact one = fact("10.1.0.0", 16, "10.0.0.1", 3);
	struct route_fact two[2] = {fact("10.2.0.0", 16, "10.0.0.1", 3),
				    fact("10.2.0.0", 16, "10.9.0.1", 4)};
	struct route_watch *w1, *w2;

	(void)state;
	two[0].is_multi = two[1].is_multi = true;
	route_mirror_init(&m);
	w1 = route_mirror_watch(&m, &a, 16, RT_TABLE_MAIN);
	w2 = route_mirror_watch(&m, &b, 16, RT_TABLE_MAIN);
	route_mirror_add(&m, &one, 1, false);
	route_mirror_add(&m, two, 2, false);
	route_mirror_link_down(&m, 3);
	assert_false(route_mirror_has(w1)); /* gone */
	assert_true(route_mirror_has(w2));
	route_mirror_link_up(&m, 3);
	assert_false(route_mirror_has(w1)); /* does not come back */
	route_mirror_link_down(&m, 4);
	assert_true(route_mirror_has(w2)); /* the first leg was back */
	route_mirror_link_down(&m, 3);
	assert_false(route_mirror_has(w2));
	route_mirror_link_up(&m, 4);
	assert_false(route_mirror_has(w2)); /* the last leg took it along */
	route_mirror_fini(&m);
}

static void
test_resync(void **state)
{
	struct route_mirror m;
	struct addr a = addr_of("10.1.0.0"), b = addr_of("10.2.0.0");
	struct route_fact f = fact("10.1.0.0", 16, "10.0.0.1", 3);
	struct route_fact g = fact("10.1.0.0", 16, "10.0.0.2", 3);
	struct route_watch *w, *late;

	(void)state;
	route_mirror_init(&m);
	w = route_mirror_watch(&m, &a, 16, RT_TABLE_MAIN);
	route_mirror_add(&m, &f, 1, false);
	route_mirror_resync_begin(&m);
	assert_false(w->is_known);
	late = route_mirror_watch(&m, &b, 16, RT_TABLE_MAIN);
	route_mirror_add(&m, &g, 1, false);
	route_mirror_resync_end(&m);
	assert_true(w->is_known);
	assert_false(late->is_known); /* the dump may have passed it by */
	assert_true(m.needs_dump);
	assert_int_equal(w->losses, 1);
	route_mirror_del(&m, &g, 1);
	assert_false(route_mirror_has(w));
	route_mirror_fini(&m);
}

/* ---- the filter ---- */

struct note {
	struct nlmsghdr nlh;
	struct rtmsg rtm;
	struct rtattr table;
	uint32_t table_id;
	struct rtattr dst;
	uint8_t bytes[16];
};

/* Does the kernel's filter let a word about this prefix through?  SKF_AD_NLATTR
 * works on any socket's filter. */
static bool
passes(const struct route_mirror *m, uint16_t type, const char *prefix,
       uint8_t len)
{
	struct sock_filter program[ROUTE_FILTER_MAX];
	struct sock_fprog prog = {.filter = program};
	struct addr a = addr_of(prefix);
	struct note n = {0};
	size_t size = len == 0 ? offsetof(struct note, dst)
			       : offsetof(struct note, bytes) + addr_len(&a);
	char got[256];
	int pair[2];
	bool is_through;

	n.nlh.nlmsg_type = type;
	n.rtm.rtm_family = (uint8_t)a.family;
	n.rtm.rtm_dst_len = len;
	n.table = (struct rtattr){8, RTA_TABLE};
	n.dst = (struct rtattr){(uint16_t)(4 + addr_len(&a)), RTA_DST};
	memcpy(n.bytes, a.bytes, sizeof(n.bytes));
	prog.len = (unsigned short)route_filter_make(m, program);
	assert_true(prog.len <= ROUTE_FILTER_MAX);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER,
				    &prog, sizeof(prog)),
			 0);
	(void)send(pair[0], &n, size, 0); /* EPERM where it is filtered */
	is_through = recv(pair[1], got, sizeof(got), MSG_DONTWAIT) > 0;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return is_through;
}

static void
test_filter(void **state)
{
	struct route_mirror m;
	struct addr a = addr_of("10.1.2.0"), b = addr_of("2001:db8:1::"),
		    c = addr_of("0.0.0.0");

	(void)state;
	route_mirror_init(&m);
	assert_false(passes(&m, RTM_NEWROUTE, "10.1.2.0", 24));
	assert_true(passes(&m, RTM_NEWRULE, "10.1.2.0", 24));
	(void)route_mirror_watch(&m, &a, 24, 0);
	(void)route_mirror_watch(&m, &b, 48, 0);
	assert_true(passes(&m, RTM_NEWROUTE, "10.1.2.0", 24));
	assert_true(passes(&m, RTM_DELROUTE, "10.1.2.0", 24));
	assert_false(passes(&m, RTM_NEWROUTE, "10.1.3.0", 24));
	assert_false(passes(&m, RTM_NEWROUTE, "10.1.2.0", 25));
	assert_true(passes(&m, RTM_NEWROUTE, "2001:db8:1::", 48));
	assert_false(passes(&m, RTM_NEWROUTE, "2001:db9:1::", 48));
	assert_false(passes(&m, RTM_NEWROUTE, "0.0.0.0", 0));
	(void)route_mirror_watch(&m, &c, 0, 0);
	assert_true(passes(&m, RTM_NEWROUTE, "0.0.0.0", 0));
	assert_false(passes(&m, RTM_NEWROUTE, "::", 0));
	route_mirror_fini(&m);
}

/* Very many: only the lengths count, and the program still fits. */
static void
test_filter_many(void **state)
{
	struct route_mirror m;
	struct addr a = addr_of("10.0.0.0");

	(void)state;
	route_mirror_init(&m);
	for (uint32_t i = 0; i < 1000; i++) {
		a.bytes[1] = (uint8_t)(i >> 8);
		a.bytes[2] = (uint8_t)i;
		(void)route_mirror_watch(&m, &a, 24, 0);
	}
	assert_true(passes(&m, RTM_NEWROUTE, "10.0.7.0", 24));
	assert_true(passes(&m, RTM_NEWROUTE, "11.0.7.0", 24));
	assert_false(passes(&m, RTM_NEWROUTE, "10.0.7.0", 25));
	route_mirror_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_legs),
		cmocka_unit_test(test_link_down),
		cmocka_unit_test(test_resync),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_filter_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
