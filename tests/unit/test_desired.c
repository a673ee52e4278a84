/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The wanted table and quorum, by walking all orders of ups and downs of
 * small pools under all combinations of their options.
 */
#include "check/desired.h"

#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/name.h"
#include "check/quorum.h"
#include "lib/util.h"

#define MAX_SERVERS 3

struct pool {
	struct virtual_server_conf vs;
	struct real_server_conf rs[MAX_SERVERS];
	size_t n;
};

static struct addr_port
ap(const char *s, uint16_t port)
{
	struct addr_port a = {.port = port};

	assert_int_equal(addr_parse(s, &a.addr), 0);
	return a;
}

/* Bits of options: 1 sorry, 2 sorry_server_inhibit, 4 inhibit the first,
 * 8 inhibit the last, 16 the sorry server is the first server. */
static void
pool_init(struct pool *p, size_t n, unsigned options)
{
	char text[32];

	memset(p, 0, sizeof(*p));
	p->n = n;
	p->vs.addr = ap("192.168.3.110", 80);
	p->vs.protocol = IPPROTO_TCP;
	p->vs.lvs_sched = "rr";
	STAILQ_INIT(&p->vs.real_server);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text), "192.168.3.%zu", 128 + i);
		p->rs[i].addr = ap(text, 80);
		p->rs[i].weight = (uint32_t)i + 1;
		p->rs[i].lvs_method.method = IP_VS_CONN_F_DROUTE;
		STAILQ_INSERT_TAIL(&p->vs.real_server, &p->rs[i].obj, link);
	}
	if (options & 1)
		p->vs.sorry_server = ap(
			options & 16 ? "192.168.3.128" : "192.168.3.200", 80);
	p->vs.sorry_server_inhibit = (options & 2) != 0;
	p->rs[0].inhibit_on_failure = (options & 4) != 0;
	if (options & 8)
		p->rs[n - 1].inhibit_on_failure = true;
}

static void
fill(const struct pool *p, unsigned alive, unsigned options,
     struct server_state *s)
{
	for (size_t i = 0; i < p->n; i++)
		s[i] = (struct server_state){
			.is_alive = (alive >> i) & 1,
			.weight = p->rs[i].weight,
			.is_sorry = i == 0 && (options & 17) == 17,
		};
}

static uint64_t
alive_weight(const struct pool *p, unsigned alive)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++)
		sum += (alive >> i) & 1 ? p->rs[i].weight : 0;
	return sum;
}

/* What must hold of every table. */
static void
check_table(const struct pool *p, unsigned alive, unsigned options,
	    bool has_quorum)
{
	struct server_state s[MAX_SERVERS];
	struct dest_want t[MAX_SERVERS + 1], again[MAX_SERVERS + 1];
	struct pool_state ps = {.has_quorum = has_quorum};
	bool real_serves = false, sorry_serves, has_sorry = options & 1;

	fill(p, alive, options, s);
	desired_table(&p->vs, &ps, s, p->n, t);
	desired_table(&p->vs, &ps, s, p->n, again);
	for (size_t i = 0; i < p->n; i++) {
		bool up = (alive >> i) & 1;

		assert_true(dest_want_is_equal(&t[i], &again[i]));
		if (t[i].is_present && t[i].weight > 0) {
			assert_true(up);
			assert_int_equal(t[i].weight, p->rs[i].weight);
			real_serves = true;
		}
		/* A live server leaves for nothing but a sorry server. */
		if (up && (has_quorum || !has_sorry))
			assert_true(t[i].is_present && t[i].weight > 0);
		if (p->rs[i].inhibit_on_failure && !s[i].is_sorry)
			assert_true(t[i].is_present);
		for (size_t j = 0; j < i; j++)
			assert_false(t[i].is_present && t[j].is_present &&
				     addr_is_equal(&t[i].addr.addr,
						   &t[j].addr.addr));
		if (t[i].is_present && t[p->n].is_present)
			assert_false(addr_is_equal(&t[i].addr.addr,
						   &t[p->n].addr.addr));
	}
	sorry_serves = t[p->n].is_present && t[p->n].weight > 0;
	assert_false(real_serves && sorry_serves);
	assert_int_equal(sorry_serves, has_sorry && !has_quorum);
	/* Never an empty service that had a candidate. */
	if (alive != 0 || (has_sorry && !has_quorum))
		assert_true(real_serves || sorry_serves);
}

/* All orders: from each reachable (alive, quorum) state flip each server. */
static void
walk(unsigned n, unsigned options, uint32_t quorum, uint32_t hysteresis)
{
	struct pool p;
	bool seen[1 << MAX_SERVERS][2] = {0};
	struct {
		unsigned alive;
		bool q;
	} todo[2 << MAX_SERVERS];
	size_t left = 0;

	pool_init(&p, n, options);
	for (unsigned start = 0; start < 1u << n; start++) {
		bool q = quorum_step(quorum, hysteresis, false,
				     alive_weight(&p, start));

		if (seen[start][q])
			continue;
		seen[start][q] = true;
		todo[left].alive = start;
		todo[left++].q = q;
	}
	while (left > 0) {
		unsigned alive = todo[--left].alive;
		bool q = todo[left].q;

		check_table(&p, alive, options, q);
		for (unsigned i = 0; i < n; i++) {
			unsigned next = alive ^ (1u << i);
			bool nq = quorum_step(quorum, hysteresis, q,
					      alive_weight(&p, next));

			/* Ups never lose a quorum, downs never gain one. */
			if (next > alive)
				assert_true(nq >= q);
			else
				assert_true(nq <= q);
			if (seen[next][nq])
				continue;
			seen[next][nq] = true;
			todo[left].alive = next;
			todo[left++].q = nq;
		}
	}
}

static void
model_check(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= MAX_SERVERS; n++)
		for (unsigned options = 0; options < 32; options++)
			for (uint32_t q = 0; q <= 6; q++)
				for (uint32_t h = 0; h <= 6; h++)
					walk(n, options, q, h);
}

static void
quorum_with_hysteresis(void **state)
{
	(void)state;
	/* Seen of keepalived: quorum 2, hysteresis 1, three servers. */
	assert_true(quorum_step(2, 1, true, 2));
	assert_true(quorum_step(2, 1, true, 1));
	assert_false(quorum_step(2, 1, true, 0));
	assert_false(quorum_step(2, 1, false, 2));
	assert_true(quorum_step(2, 1, false, 3));
	assert_true(quorum_step(1, 0, false, 1));
	assert_false(quorum_step(1, 0, true, 0));
	assert_false(quorum_step(1, UINT32_MAX, true, 0));
	assert_false(
		quorum_step(UINT32_MAX, UINT32_MAX - 1, false, UINT32_MAX));
	assert_true(
		quorum_step(UINT32_MAX, UINT32_MAX - 1, false, UINT64_MAX / 2));
}

static void
inhibited_stays_beside_sorry(void **state)
{
	struct pool p;
	struct pool_state lost = {.has_quorum = false};
	struct server_state s[2];
	struct dest_want t[3];

	(void)state;
	pool_init(&p, 2, 1 | 4);
	fill(&p, 3, 1 | 4, s);
	desired_table(&p.vs, &lost, s, 2, t);
	assert_true(t[0].is_present);
	assert_int_equal(t[0].weight, 0);
	assert_false(t[1].is_present);
	assert_true(t[2].is_present);
	assert_int_equal(t[2].weight, 1);
}

static void
ports_follow_the_method(void **state)
{
	struct msg_svc_key addr_key = {.port = 80, .protocol = IPPROTO_TCP};
	struct msg_svc_key mark_key = {.fwmark = 5};
	struct dest_want w = {.is_present = true, .addr.port = 8080};

	(void)state;
	w.fwd_method = IP_VS_CONN_F_MASQ;
	assert_int_equal(desired_dest_key(&addr_key, &w).port, 8080);
	w.fwd_method = IP_VS_CONN_F_DROUTE;
	assert_int_equal(desired_dest_key(&addr_key, &w).port, 80);
	assert_int_equal(desired_dest_key(&mark_key, &w).port, 0);
}

static void
keys_of_a_group(void **state)
{
	struct check_conf conf = {0};
	struct virtual_server_group_conf g = {.obj.name = "G"};
	struct vsg_entry_conf range = {0}, one = {0}, mark = {0};
	struct virtual_server_conf vs = {.kind = VIRTUAL_SERVER_GROUP,
					 .group = "G",
					 .family = AF_INET,
					 .protocol = IPPROTO_UDP};
	struct addr_port second = ap("10.0.0.255", 0),
			 third = ap("10.0.1.0", 0);
	struct msg_svc_key k[8];
	char name[MSG_VS_NAME_LEN];

	(void)state;
	range.first = ap("10.0.0.254", 0).addr;
	range.last = ap("10.0.1.1", 0).addr;
	range.port = 53;
	one.first = ap("10.0.2.1", 0).addr;
	one.port = 54;
	mark.is_fwmark = true;
	mark.fwmark = 7;
	STAILQ_INIT(&conf.virtual_server_group);
	STAILQ_INIT(&g.entry);
	STAILQ_INSERT_TAIL(&conf.virtual_server_group, &g.obj, link);
	STAILQ_INSERT_TAIL(&g.entry, &range.obj, link);
	STAILQ_INSERT_TAIL(&g.entry, &one.obj, link);
	STAILQ_INSERT_TAIL(&g.entry, &mark.obj, link);
	assert_int_equal(desired_keys(&conf, &vs, k, 8), 6);
	assert_int_equal(desired_keys(&conf, &vs, NULL, 0), 6);
	assert_true(addr_is_equal(&k[1].addr, &second.addr));
	assert_true(addr_is_equal(&k[2].addr, &third.addr));
	assert_int_equal(k[3].port, 53);
	assert_int_equal(k[4].port, 54);
	assert_int_equal(k[5].fwmark, 7);
	assert_int_equal(k[5].addr.family, AF_INET);
	assert_string_equal(service_name(&vs, name), "[G]:0");
}

static void
names(void **state)
{
	struct virtual_server_conf vs = {.protocol = IPPROTO_TCP};
	struct addr_port rs = ap("fd00::1", 443);
	char name[MSG_VS_NAME_LEN], s[SERVER_NAME_LEN];

	(void)state;
	vs.addr = ap("192.168.3.110", 80);
	assert_string_equal(service_name(&vs, name), "[192.168.3.110]:tcp:80");
	vs.kind = VIRTUAL_SERVER_FWMARK;
	vs.fwmark = 5;
	assert_string_equal(service_name(&vs, name), "FWM 5");
	assert_string_equal(server_name(&rs, IPPROTO_SCTP, s),
			    "[fd00::1]:sctp:443");
	assert_string_equal(server_name(&rs, 0, s), "[fd00::1]:none:443");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(model_check),
		cmocka_unit_test(quorum_with_hysteresis),
		cmocka_unit_test(inhibited_stays_beside_sorry),
		cmocka_unit_test(ports_follow_the_method),
		cmocka_unit_test(keys_of_a_group),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
