/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Marks of groups: who gets which, over reloads too, and that the ranges of a
 * map never overlap, whatever the groups say.
 */
#include "check/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/desired.h"
#include "check/mark_map.h"
#include "daemon/engines.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/print.h"
#include "parser/schema.h"

static struct conf *
parse(const char *text, struct buf *said)
{
	struct conf_opts opts = {.modules = engines_modules,
				 .mask = CONF_MASK_ALL};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r =
		conf_read_text("t", text, strlen(text), &opts, sink);

	assert_non_null(r.conf);
	for (size_t i = 0; said != NULL && i < diag_count(sink); i++)
		diag_print(diag_get(sink, i), said);
	diag_sink_free(sink);
	return r.conf;
}

#define ON "global_defs {\n nftables_ipvs\n}\n"

static void
add_group(struct buf *b, const char *name, const char *entries)
{
	buf_printf(b, "virtual_server_group %s {\n%s\n}\n", name, entries);
}

static void
add_user(struct buf *b, const char *group, const char *protocol,
	 const char *more)
{
	buf_printf(b,
		   "virtual_server group %s {\n protocol %s\n lvs_sched rr\n"
		   " lvs_method NAT\n%s\n real_server 10.1.0.2 80 {\n }\n}\n",
		   group, protocol, more);
}

/* The mark of the first user of this group and protocol. */
static uint32_t
mark_of(const struct conf *c, const char *group, uint16_t protocol)
{
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &check_conf_get(c)->virtual_server)
		if (vs->kind == VIRTUAL_SERVER_GROUP &&
		    strcmp(vs->group, group) == 0 && vs->protocol == protocol)
			return vs->nftables_fwmark;
	fail();
	return 0;
}

static void
each_group_and_protocol_has_one(void **state)
{
	struct buf b = BUF_INIT;
	struct conf *c;

	(void)state;
	buf_adds(&b, ON);
	add_group(&b, "A", "10.0.0.1 80\n10.0.0.5-10 443");
	add_group(&b, "B", "10.0.1.1 80");
	add_group(&b, "M", "10.0.2.1 80\nfwmark 7");
	add_group(&b, "UNUSED", "10.0.3.1 80");
	add_user(&b, "A", "TCP", "");
	add_user(&b, "A", "UDP", "");
	add_user(&b, "M", "TCP", "");
	add_user(&b, "B", "SCTP", "");
	add_user(&b, "A", "TCP", "");
	c = parse(buf_str(&b), NULL);
	assert_int_equal(mark_of(c, "A", IPPROTO_TCP), 1000);
	assert_int_equal(mark_of(c, "A", IPPROTO_UDP), 1001);
	assert_int_equal(mark_of(c, "M", IPPROTO_TCP), 0);
	assert_int_equal(mark_of(c, "B", IPPROTO_SCTP), 1002);
	conf_free(c);
	buf_fini(&b);
}

static void
what_the_user_took_is_not_handed_out(void **state)
{
	struct buf b = BUF_INIT;
	struct conf *c;

	(void)state;
	buf_adds(&b, "global_defs {\n nftables_ipvs mine\n"
		     " nftables_ipvs_start_fwmark 4294967294\n}\n");
	add_group(&b, "A", "10.0.0.1 80");
	add_group(&b, "B", "10.0.1.1 80");
	add_group(&b, "C", "10.0.2.1 80");
	add_group(&b, "M", "fwmark 4294967295");
	add_user(&b, "A", "TCP", "");
	add_user(&b, "B", "TCP", "nftables_fwmark 1");
	add_user(&b, "C", "TCP", "");
	buf_adds(&b, "virtual_server fwmark 2 {\n lvs_sched rr\n lvs_method DR"
		     "\n real_server 10.1.0.2 0 {\n }\n}\n");
	c = parse(buf_str(&b), NULL);
	assert_int_equal(mark_of(c, "A", IPPROTO_TCP), 4294967294U);
	assert_int_equal(mark_of(c, "B", IPPROTO_TCP), 1);
	/* Round the corner, behind all that is taken. */
	assert_int_equal(mark_of(c, "C", IPPROTO_TCP), 3);
	conf_free(c);
	buf_fini(&b);
}

static void
a_given_mark_that_cannot_be_is_said(void **state)
{
	struct buf b = BUF_INIT, said = BUF_INIT;
	struct conf *c;

	(void)state;
	buf_adds(&b, ON);
	add_group(&b, "A", "10.0.0.1 80");
	add_group(&b, "B", "10.0.1.1 80");
	add_group(&b, "M", "fwmark 9");
	add_user(&b, "A", "TCP", "nftables_fwmark 5");
	add_user(&b, "B", "TCP", "nftables_fwmark 5");
	add_user(&b, "B", "UDP", "nftables_fwmark 9");
	add_user(&b, "M", "TCP", "nftables_fwmark 6");
	add_user(&b, "A", "TCP", "nftables_fwmark 8");
	c = parse(buf_str(&b), &said);
	assert_int_equal(mark_of(c, "A", IPPROTO_TCP), 5);
	assert_int_equal(mark_of(c, "B", IPPROTO_TCP), 1000);
	assert_int_equal(mark_of(c, "B", IPPROTO_UDP), 1001);
	assert_non_null(strstr(buf_str(&said),
			       "5 is that of another group or protocol"));
	assert_non_null(strstr(buf_str(&said),
			       "9 is the mark of a service of its own"));
	assert_non_null(strstr(buf_str(&said), "6 is for groups of addresses"));
	assert_non_null(
		strstr(buf_str(&said), "8 is not that of the group's first"));
	conf_free(c);
	buf_fini(&b);
	buf_fini(&said);
}

/* As an engine reads it, and as the next dump shows it. */
static void
the_text_carries_them(void **state)
{
	struct buf b = BUF_INIT, one = BUF_INIT, two = BUF_INIT;
	struct conf *c, *again;

	(void)state;
	buf_adds(&b, ON);
	add_group(&b, "A", "10.0.0.1 80");
	add_group(&b, "B", "10.0.1.1 80");
	add_user(&b, "B", "TCP", "");
	add_user(&b, "A", "TCP", "");
	c = parse(buf_str(&b), NULL);
	conf_print(c, engines_modules, CONF_MASK_ALL, &one);
	again = parse(buf_str(&one), NULL);
	conf_print(again, engines_modules, CONF_MASK_ALL, &two);
	assert_string_equal(buf_str(&one), buf_str(&two));
	assert_int_equal(mark_of(again, "A", IPPROTO_TCP), 1001);
	conf_free(c);
	conf_free(again);
	buf_fini(&b);
	buf_fini(&one);
	buf_fini(&two);
}

/* Groups by letter, one TCP user each. */
static struct conf *
with_groups(const char *names)
{
	struct buf b = BUF_INIT;
	struct conf *c;

	buf_adds(&b, ON);
	for (const char *n = names; *n != '\0'; n++) {
		char name[2] = {*n, '\0'}, entry[32];

		(void)snprintf(entry, sizeof(entry), "10.0.%d.1 80", *n);
		add_group(&b, name, entry);
		add_user(&b, name, "TCP", "");
	}
	c = parse(buf_str(&b), NULL);
	buf_fini(&b);
	return c;
}

static void
who_stays_keeps_it_and_none_is_given_twice(void **state)
{
	static const struct {
		const char *names;
		uint32_t mark[3];
	} step[] = {
		{"AB", {1000, 1001}},
		{"B", {1001}},
		{"CAB", {1002, 1003, 1001}},
		{"", {0}},
		{"A", {1004}},
	};
	struct marks m = {.next = 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(step); i++) {
		struct conf *c = with_groups(step[i].names);

		check_conf_keep_marks(c, &m);
		for (size_t k = 0; step[i].names[k] != '\0'; k++) {
			char name[2] = {step[i].names[k], '\0'};

			assert_int_equal(mark_of(c, name, IPPROTO_TCP),
					 step[i].mark[k]);
		}
		conf_free(c);
	}
	marks_fini(&m);
}

static void
one_service_for_each_family(void **state)
{
	struct msg_svc_key key[4];
	struct buf b = BUF_INIT;
	struct conf *c;
	const struct virtual_server_conf *vs;

	(void)state;
	buf_adds(&b, ON);
	add_group(&b, "A", "10.0.0.1-200 80\nfd00::1-ffff 80");
	buf_adds(&b, "virtual_server group A {\n protocol TCP\n lvs_sched rr\n"
		     " lvs_method TUN\n real_server 10.1.0.2 80 {\n }\n}\n");
	c = parse(buf_str(&b), NULL);
	vs = (const void *)STAILQ_FIRST(&check_conf_get(c)->virtual_server);
	assert_int_equal(desired_keys(check_conf_get(c), vs, key, 4), 2);
	assert_int_equal(key[0].addr.family, AF_INET);
	assert_int_equal(key[1].addr.family, AF_INET6);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(key[i].fwmark, 1000);
		assert_int_equal(key[i].protocol, 0);
		assert_int_equal(key[i].port, 0);
	}
	conf_free(c);
	buf_fini(&b);
}

/* ---- the map ---- */

static void
print_map(const struct mark_map *m, struct buf *out)
{
	char a[ADDR_STR_LEN], z[ADDR_STR_LEN];

	for (size_t i = 0; i < m->n; i++) {
		const struct mark_range *r = &m->range[i];

		buf_printf(out, "%u %s-%s %u %u\n", r->protocol,
			   addr_print(&r->first, a, sizeof(a)),
			   addr_print(&r->last, z, sizeof(z)), r->port,
			   r->mark);
	}
}

static void
an_address_belongs_to_the_first(void **state)
{
	struct buf b = BUF_INIT, said = BUF_INIT, got = BUF_INIT;
	struct mark_map m;
	struct conf *c;

	(void)state;
	buf_adds(&b, ON);
	add_group(&b, "A", "10.0.0.5 80\n10.0.0.5-7 80\n10.0.0.5");
	add_group(&b, "B", "10.0.0.0/24 80\n255.255.255.250-255 80");
	add_group(&b, "S", "fd00::10-ff 80");
	add_user(&b, "A", "TCP", "");
	add_user(&b, "B", "TCP", "");
	buf_adds(&b, "virtual_server group S {\n protocol UDP\n lvs_sched rr\n"
		     " lvs_method NAT\n real_server fd00::2 80 {\n }\n}\n");
	c = parse(buf_str(&b), &said);
	mark_map_make(check_conf_get(c), &m, NULL, NULL);
	print_map(&m, &got);
	assert_string_equal(buf_str(&got),
			    "6 10.0.0.5-10.0.0.5 0 1000\n"
			    "6 10.0.0.0-10.0.0.4 80 1001\n"
			    "6 10.0.0.5-10.0.0.5 80 1000\n"
			    "6 10.0.0.6-10.0.0.7 80 1000\n"
			    "6 10.0.0.8-10.0.0.255 80 1001\n"
			    "6 255.255.255.250-255.255.255.255 80 1001\n"
			    "17 fd00::10-fd00::ff 80 1002\n");
	/* Within a group that is nobody's loss. */
	assert_non_null(strstr(buf_str(&said), "virtual server group B: "
					       "10.0.0.0-10.0.0.255 80 is"));
	assert_null(strstr(buf_str(&said), "virtual server group A:"));
	mark_map_fini(&m);
	conf_free(c);
	buf_fini(&b);
	buf_fini(&said);
	buf_fini(&got);
}

static struct mark_range
random_range(uint32_t *seed)
{
	struct mark_range r = {.protocol = IPPROTO_TCP};
	uint8_t a, z;

	*seed = *seed * 1103515245 + 12345;
	a = (uint8_t)(*seed >> 16);
	*seed = *seed * 1103515245 + 12345;
	z = (uint8_t)(a + (*seed >> 16) % (256U - a));
	*seed = *seed * 1103515245 + 12345;
	r.mark = 1 + (*seed >> 16) % 5;
	r.port = (uint16_t)((*seed >> 20) % 2);
	r.first = r.last =
		(struct addr){.family = AF_INET, .bytes = {255, 255, 255}};
	r.first.bytes[3] = a;
	r.last.bytes[3] = z;
	return r;
}

/* By looking at each address: the first range that has it. */
static uint32_t
mark_at(const struct mark_range *r, size_t n, uint16_t port, uint8_t at,
	uint32_t *hits)
{
	uint32_t mark = 0;

	*hits = 0;
	for (size_t i = 0; i < n; i++) {
		if (r[i].port != port || r[i].first.bytes[3] > at ||
		    r[i].last.bytes[3] < at)
			continue;
		if ((*hits)++ == 0)
			mark = r[i].mark;
	}
	return mark;
}

static void
painting_is_right_at_every_address(void **state)
{
	uint32_t seed = 4711, hits, none;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct mark_range in[24];
		size_t n = 1 + (size_t)round % ARRAY_LEN(in);
		struct mark_map old, next = {.range = in, .n = n}, out, empty;

		for (size_t i = 0; i < n; i++)
			in[i] = random_range(&seed);
		empty = (struct mark_map){.range = NULL};
		mark_map_join(&empty, &next, &out);
		for (uint16_t port = 0; port < 2; port++)
			for (int at = 0; at < 256; at++) {
				assert_int_equal(mark_at(out.range, out.n, port,
							 (uint8_t)at, &hits),
						 mark_at(in, n, port,
							 (uint8_t)at, &none));
				assert_in_range(hits, 0, 1);
			}
		/* What stands wins over what comes. */
		next = (struct mark_map){.range = in, .n = n / 2};
		mark_map_join(&out, &next, &old);
		for (int at = 0; at < 256; at++)
			assert_int_equal(mark_at(old.range, old.n, 1,
						 (uint8_t)at, &hits),
					 mark_at(out.range, out.n, 1,
						 (uint8_t)at, &none));
		mark_map_fini(&old);
		mark_map_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_group_and_protocol_has_one),
		cmocka_unit_test(what_the_user_took_is_not_handed_out),
		cmocka_unit_test(a_given_mark_that_cannot_be_is_said),
		cmocka_unit_test(the_text_carries_them),
		cmocka_unit_test(who_stays_keeps_it_and_none_is_given_twice),
		cmocka_unit_test(one_service_for_each_family),
		cmocka_unit_test(an_address_belongs_to_the_first),
		cmocka_unit_test(painting_is_right_at_every_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
