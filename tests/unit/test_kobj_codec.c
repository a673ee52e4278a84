/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Routes and rules from the words of a configuration to bytes: what iproute2
 * sends for the same words, attribute for attribute; what the kernel tells is
 * decoded; a torn message never is more than nothing.
 */
#include "vrrp/kobj_msg.h"

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/conf.h"
#include "iproute2_bytes.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "parser/schema.h"
#include "tests/unit/conf_world.h"
#include "vrrp/conf.h"
#include "vrrp/kobj.h"
#include "vrrp/rtnl_route.h"
#include "vrrp/rtnl_rule.h"

#define ETH0	 3
#define ETH1	 5
#define RTM_HEAD sizeof(struct rtmsg) /* a rule's header is as long */

static struct conf *
read_conf(const char *block, const char *line)
{
	struct buf b = BUF_INIT;
	struct conf *c;

	buf_printf(&b, "global_defs {\n dynamic_interfaces\n}\n%s {\n %s\n}\n",
		   block, line);
	c = conf_world_read(buf_str(&b));
	buf_fini(&b);
	return c;
}

/* The interfaces' numbers go where they belong. */
static void
resolve(struct kobj_msg *m)
{
	for (uint32_t i = 0; i < m->n_links; i++) {
		uint32_t n = strcmp(m->link[i].name, "eth0") == 0 ? ETH0 : ETH1;

		if (!m->link[i].is_name)
			memcpy(m->data + m->link[i].offset, &n, sizeof(n));
	}
}

static void
encode_route(const char *line, struct kobj_msg *m)
{
	struct conf *c = read_conf("static_routes", line);
	const struct conf_list *l = &vrrp_conf_get(c)->static_routes;

	if (STAILQ_EMPTY(l))
		fail_msg("refused: %s", line);
	assert_int_equal(rtnl_route_encode((const void *)STAILQ_FIRST(l), m),
			 0);
	resolve(m);
	conf_free(c);
}

static void
encode_rule(const char *line, struct kobj_msg *m)
{
	struct conf *c = read_conf("static_rules", line);
	const struct conf_list *l = &vrrp_conf_get(c)->static_rules;

	if (STAILQ_EMPTY(l))
		fail_msg("refused: %s", line);
	assert_int_equal(rtnl_rule_encode((const void *)STAILQ_FIRST(l), m), 0);
	resolve(m);
	conf_free(c);
}

static size_t
unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; hex[2 * n] != '\0'; n++) {
		char two[3] = {hex[2 * n], hex[2 * n + 1], '\0'};

		out[n] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

/* ---- attributes in the order of their types, nests flattened ---- */

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
is_nest(unsigned int depth, unsigned int type)
{
	return depth == 0 && (type == RTA_METRICS || type == RTA_ENCAP);
}

static void
flatten(const uint8_t *p, size_t len, unsigned int depth, bool is_rule,
	const char *where, char **out, size_t *n)
{
	while (len >= 4) {
		uint16_t size, type;
		char text[2048];
		int at;

		memcpy(&size, p, 2);
		memcpy(&type, p + 2, 2);
		type &= NLA_TYPE_MASK;
		assert_true(size >= 4 && size <= len);
		at = snprintf(text, sizeof(text), "%s%u", where, type);
		if (!is_rule && is_nest(depth, type)) {
			(void)snprintf(text + at, sizeof(text) - (size_t)at,
				       ".");
			flatten(p + 4, size - 4u, depth + 1, is_rule, text, out,
				n);
		} else {
			for (size_t i = 4; i < size; i++)
				at += snprintf(text + at,
					       sizeof(text) - (size_t)at,
					       i == 4 ? "=%02x" : "%02x", p[i]);
			out[(*n)++] = xstrdup(text);
		}
		size = (uint16_t)((size + 3) & ~3u);
		if (size >= len)
			return;
		p += size;
		len -= size;
	}
}

static void
assert_same(const char *words, const uint8_t *ours, size_t n_ours,
	    const uint8_t *theirs, size_t n_theirs, bool is_rule)
{
	char *a[64], *b[64];
	size_t n = 0, k = 0;

	if (memcmp(ours, theirs, RTM_HEAD) != 0)
		fail_msg("%s: another header", words);
	flatten(ours + RTM_HEAD, n_ours - RTM_HEAD, 0, is_rule, "", a, &n);
	flatten(theirs + RTM_HEAD, n_theirs - RTM_HEAD, 0, is_rule, "", b, &k);
	qsort(a, n, sizeof(a[0]), by_bytes);
	qsort(b, k, sizeof(b[0]), by_bytes);
	for (size_t i = 0; i < n || i < k; i++)
		if (i >= n || i >= k || strcmp(a[i], b[i]) != 0)
			fail_msg("%s: ours %s, iproute2's %s", words,
				 i < n ? a[i] : "nothing",
				 i < k ? b[i] : "nothing");
	for (size_t i = 0; i < n; i++) {
		free(a[i]);
		free(b[i]);
	}
}

static void
routes_are_as_iproute2_sends_them(void **state)
{
	static struct kobj_msg m;
	uint8_t theirs[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(routes_sent); i++) {
		size_t n = unhex(routes_sent[i].hex, theirs);

		encode_route(routes_sent[i].words, &m);
		assert_same(routes_sent[i].words, m.data, m.len, theirs, n,
			    false);
	}
}

static void
rules_are_as_iproute2_sends_them(void **state)
{
	static struct kobj_msg m;
	uint8_t theirs[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rules_sent); i++) {
		size_t n = unhex(rules_sent[i].hex, theirs);

		encode_rule(rules_sent[i].words, &m);
		assert_same(rules_sent[i].words, m.data, m.len, theirs, n,
			    true);
		assert_int_equal(m.add_flags, NLM_F_CREATE | NLM_F_EXCL);
	}
}

/* iproute2 6.1 cannot say it. */
static void
a_tunnel_id_is_in_network_order(void **state)
{
	static struct kobj_msg m;
	static const uint8_t want[] = {12, 0, FRA_TUN_ID, 0, 0, 0,
				       0,  0, 0,	  0, 1, 2};
	bool is_there = false;

	(void)state;
	encode_rule("tunnel-id 258 table 100 preference 5", &m);
	for (size_t i = RTM_HEAD; i + sizeof(want) <= m.len; i += 4)
		is_there |= memcmp(m.data + i, want, sizeof(want)) == 0;
	assert_true(is_there);
}

static void
modes_are_flags(void **state)
{
	static const struct {
		const char *words;
		uint16_t flags;
	} rows[] = {
		{"10.0.0.0/8 dev eth0", NLM_F_CREATE},
		{"10.0.0.0/8 dev eth0 prepend", NLM_F_CREATE},
		{"10.0.0.0/8 dev eth0 append", NLM_F_CREATE | NLM_F_APPEND},
		{"10.0.0.0/8 dev eth0 add", NLM_F_CREATE | NLM_F_EXCL},
	};
	static struct kobj_msg m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		encode_route(rows[i].words, &m);
		assert_int_equal(m.add_flags, rows[i].flags);
	}
}

/* A message that came from nowhere, aligned as netlink has it. */
static const struct nlmsghdr *
message(uint32_t *buf, uint16_t type, const uint8_t *data, size_t len)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(nlh, len), data, len);
	nlh->nlmsg_len = (uint32_t)(MNL_NLMSG_HDRLEN + len);
	return nlh;
}

static void
what_is_encoded_is_decoded(void **state)
{
	static struct kobj_msg m;
	static uint32_t buf[4096];
	struct route_fact f[4];
	char text[ADDR_STR_LEN];

	(void)state;
	encode_route("10.1.2.0/24 via 10.77.0.9 dev eth0 table 70000 tos 16 "
		     "metric 7",
		     &m);
	assert_int_equal(
		rtnl_route_decode(message(buf, RTM_NEWROUTE, m.data, m.len), f,
				  4),
		1);
	assert_string_equal(addr_print(&f[0].dst, text, sizeof(text)),
			    "10.1.2.0");
	assert_int_equal(f[0].dst_len, 24);
	assert_int_equal(f[0].table, 70000);
	assert_int_equal(f[0].tos, 16);
	assert_int_equal(f[0].metric, 7);
	assert_int_equal(f[0].ifindex, ETH0);
	assert_int_equal(f[0].protocol, 18);
	assert_string_equal(addr_print(&f[0].via, text, sizeof(text)),
			    "10.77.0.9");
	encode_route("fd00::/16 nexthop via fe80::1 dev eth0 nexthop via "
		     "fe80::2 dev eth1",
		     &m);
	assert_int_equal(m.n_legs, 2);
	assert_int_equal(
		rtnl_route_decode(message(buf, RTM_NEWROUTE, m.data, m.len), f,
				  4),
		2);
	assert_true(f[0].is_multi && f[1].is_multi);
	assert_int_equal(f[1].ifindex, ETH1);
	assert_string_equal(addr_print(&f[1].via, text, sizeof(text)),
			    "fe80::2");
}

static void
torn_messages_are_nothing_worse(void **state)
{
	static struct kobj_msg m;
	static uint32_t buf[4096];
	struct route_fact f[4];
	uint16_t family;
	uint32_t preference;

	(void)state;
	encode_route("fd00::/16 nexthop via fe80::1 dev eth0 nexthop via "
		     "fe80::2 dev eth1",
		     &m);
	for (uint32_t n = 0; n <= m.len; n++)
		assert_true(
			rtnl_route_decode(message(buf, RTM_NEWROUTE, m.data, n),
					  f, 4) <= 2);
	for (uint32_t i = 0; i < m.len; i++) {
		m.data[i] ^= 0xff;
		assert_true(rtnl_route_decode(
				    message(buf, RTM_NEWROUTE, m.data, m.len),
				    f, 4) <= 4);
		m.data[i] ^= 0xff;
	}
	encode_rule("from 10.0.0.1 table 5 preference 77", &m);
	for (uint32_t n = 0; n < m.len; n++)
		(void)rtnl_rule_deleted(message(buf, RTM_DELRULE, m.data, n),
					&family, &preference);
	assert_true(rtnl_rule_deleted(message(buf, RTM_DELRULE, m.data, m.len),
				      &family, &preference));
	assert_int_equal(family, AF_INET);
	assert_int_equal(preference, 77);
	assert_false(rtnl_rule_deleted(message(buf, RTM_NEWRULE, m.data, m.len),
				       &family, &preference));
}

/* ---- what to do ---- */

static void
objects_are_reconciled(void **state)
{
	static const struct {
		struct kobj_view v;
		enum kobj_op_kind op;
	} rows[] = {
		/* state, wanted, ready, known, may_delete, torn */
		{{KOBJ_UNKNOWN, true, true, true, true, false}, KOBJ_OP_ADD},
		{{KOBJ_ABSENT, true, true, true, true, false}, KOBJ_OP_ADD},
		{{KOBJ_PRESENT, true, true, true, true, false}, KOBJ_OP_NONE},
		{{KOBJ_PRESENT, true, true, true, true, true}, KOBJ_OP_RENEW},
		{{KOBJ_UNKNOWN, true, true, true, true, true}, KOBJ_OP_RENEW},
		/* its interface is down: not even a torn one is touched */
		{{KOBJ_ABSENT, true, false, true, true, false}, KOBJ_OP_NONE},
		{{KOBJ_PRESENT, true, false, true, true, true}, KOBJ_OP_NONE},
		{{KOBJ_PRESENT, false, true, true, true, false}, KOBJ_OP_DEL},
		{{KOBJ_PRESENT, false, false, true, true, false}, KOBJ_OP_DEL},
		/* left behind by a crash, perhaps */
		{{KOBJ_UNKNOWN, false, true, true, true, false}, KOBJ_OP_DEL},
		{{KOBJ_UNKNOWN, false, true, true, false, false}, KOBJ_OP_NONE},
		/* gone with its interface, or never ours */
		{{KOBJ_PRESENT, false, false, false, true, false},
		 KOBJ_OP_NONE},
		{{KOBJ_ABSENT, false, true, true, true, false}, KOBJ_OP_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(kobj_reconcile(&rows[i].v), rows[i].op);
}

static void
the_same_words_are_one_object(void **state)
{
	static struct kobj_msg m;
	static char a[KOBJ_KEY_MAX], b[KOBJ_KEY_MAX];
	uint32_t n, k;

	(void)state;
	encode_route("10.1.0.0/16 via 10.0.0.1 dev eth0 metric 5", &m);
	n = kobj_key_make(&m, a);
	encode_route("10.1.0.0/16 priority 5 oif eth0 via 10.0.0.1", &m);
	k = kobj_key_make(&m, b);
	assert_int_equal(n, k);
	assert_memory_equal(a, b, n);
	encode_route("10.1.0.0/16 via 10.0.0.1 dev eth1 metric 5", &m);
	k = kobj_key_make(&m, b);
	assert_true(n != k || memcmp(a, b, n) != 0);
	encode_route("10.1.0.0/16 via 10.0.0.1 dev eth0 metric 5 append", &m);
	k = kobj_key_make(&m, b);
	assert_true(n != k || memcmp(a, b, n) != 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_are_as_iproute2_sends_them),
		cmocka_unit_test(rules_are_as_iproute2_sends_them),
		cmocka_unit_test(a_tunnel_id_is_in_network_order),
		cmocka_unit_test(modes_are_flags),
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(torn_messages_are_nothing_worse),
		cmocka_unit_test(objects_are_reconciled),
		cmocka_unit_test(the_same_words_are_one_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
