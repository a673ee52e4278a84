/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Which sysctls the services of a configuration need. */
#include "daemon/sysctl_need.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/conf.h"
#include "lib/util.h"
#include "parser/schema.h"
#include "tests/unit/conf_world.h"
#include "vrrp/conf.h"

static const struct nic nics[] = {
	{"eth0", {AF_INET, {10, 0, 0, 1}}, 24},
	{"eth1", {AF_INET, {10, 1, 0, 1}}, 20},
	{"eth1.5", {AF_INET, {10, 1, 1, 1}}, 24},
};

/* One line for each need. */
static void
check(const char *text, const char *expected)
{
	const struct sysctl_env env = {nics, ARRAY_LEN(nics)};
	struct conf *c = conf_world_read(text);
	struct sysctl_needs s = SYSCTL_NEEDS_INIT;
	char got[1024] = "", name[80];
	size_t len = 0;

	sysctl_needs_make(c, &env, &s);
	for (size_t i = 0; i < s.n; i++)
		len += (size_t)snprintf(
			got + len, sizeof(got) - len, "%s%s=%d %s +%u\n",
			s.need[i].is_advice ? "advice " : "",
			sysctl_name(s.need[i].path, name, sizeof(name)),
			s.need[i].value, s.need[i].who, s.need[i].n_who - 1);
	assert_string_equal(got, expected);
	sysctl_needs_fini(&s);
	conf_free(c);
}

#define SERVICE(vip, kind, server)                                             \
	"virtual_server " vip " 80 {\n lvs_sched rr\n lvs_method " kind        \
	"\n protocol TCP\n real_server " server " 80 {\n }\n}\n"

static void
test_modes(void **state)
{
	(void)state;
	check(SERVICE("10.9.0.100", "DR", "10.0.0.5"), "");
	check(SERVICE("10.9.0.100", "TUN", "10.0.0.5"), "");
	check(SERVICE("10.9.0.100", "NAT", "10.0.0.5"),
	      "net.ipv4.ip_forward=1 virtual_server 10.9.0.100 80 +0\n");
	check(SERVICE("10.9.0.100", "NAT", "10.0.0.5")
		      SERVICE("10.9.0.101", "NAT", "10.0.0.5"),
	      "net.ipv4.ip_forward=1 virtual_server 10.9.0.100 80 +1\n");
	check(SERVICE("fd00::1", "NAT", "fd01::1"),
	      "net.ipv6.conf.all.forwarding=1 virtual_server fd00::1 80 +0\n");
	/* This machine is the server. */
	check(SERVICE("10.9.0.100", "NAT", "127.0.0.1"), "");
	check(SERVICE("10.9.0.100", "NAT", "10.9.0.100"), "");
}

static void
test_only_the_sorry_server_is_masqueraded(void **state)
{
	(void)state;
	check("virtual_server 10.9.0.100 80 {\n lvs_sched rr\n lvs_method DR\n"
	      " protocol TCP\n sorry_server 10.0.0.9 80\n"
	      " sorry_server_lvs_method NAT\n"
	      " real_server 10.0.0.5 80 {\n }\n}\n",
	      "net.ipv4.ip_forward=1 virtual_server 10.9.0.100 80 +0\n");
}

static void
test_one_arm(void **state)
{
	(void)state;
	check(SERVICE("10.0.0.100", "NAT", "10.0.0.5"),
	      "net.ipv4.ip_forward=1 virtual_server 10.0.0.100 80 +0\n"
	      "net.ipv4.conf.all.send_redirects=0 virtual_server 10.0.0.100 "
	      "80 +0\n"
	      "net.ipv4.conf.eth0.send_redirects=0 virtual_server 10.0.0.100 "
	      "80 +0\n");
	/* Two arms. */
	check(SERVICE("10.0.0.100", "NAT", "10.1.0.5"),
	      "net.ipv4.ip_forward=1 virtual_server 10.0.0.100 80 +0\n");
	/* The smallest network counts; a dot in a name. */
	check(SERVICE("10.1.1.100", "NAT", "10.1.1.5"),
	      "net.ipv4.ip_forward=1 virtual_server 10.1.1.100 80 +0\n"
	      "net.ipv4.conf.all.send_redirects=0 virtual_server 10.1.1.100 "
	      "80 +0\n"
	      "net.ipv4.conf.eth1/5.send_redirects=0 virtual_server "
	      "10.1.1.100 80 +0\n");
	check(SERVICE("10.1.2.100", "NAT", "10.1.1.5"),
	      "net.ipv4.ip_forward=1 virtual_server 10.1.2.100 80 +0\n");
}

static void
test_vrrp_says_where_an_address_is(void **state)
{
	(void)state;
	check("vrrp_instance V {\n interface eth0\n virtual_router_id 5\n"
	      " priority 100\n virtual_ipaddress {\n  192.0.2.7/32\n "
	      "}\n}\n" SERVICE("192.0.2.7", "NAT", "10.0.0.5"),
	      "net.ipv4.ip_forward=1 virtual_server 192.0.2.7 80 +0\n"
	      "net.ipv4.conf.all.send_redirects=0 virtual_server 192.0.2.7 80 "
	      "+0\n"
	      "net.ipv4.conf.eth0.send_redirects=0 virtual_server 192.0.2.7 80 "
	      "+0\n");
}

#define ON_DOWN(port, words)                                                   \
	"virtual_server 10.9.0.100 " port " {\n lvs_sched rr\n lvs_method "    \
	"DR\n protocol UDP\n" words "\n real_server 10.0.0.5 " port            \
	" {\n }\n}\n"
#define NODEST	 "net.ipv4.vs.expire_nodest_conn"
#define TEMPLATE "net.ipv4.vs.expire_quiescent_template"

static void
test_on_down(void **state)
{
	(void)state;
	check(ON_DOWN("53", "on_down expire"),
	      NODEST "=1 virtual_server 10.9.0.100 53 +0\n");
	check(ON_DOWN("53", "on_down drain 5\n persistence_timeout 9"),
	      NODEST "=1 virtual_server 10.9.0.100 53 +0\n" TEMPLATE
		     "=1 virtual_server 10.9.0.100 53 +0\n");
	check(ON_DOWN("53", "on_down keep\n persistence_timeout 9"),
	      NODEST "=0 virtual_server 10.9.0.100 53 +0\n" TEMPLATE
		     "=0 virtual_server 10.9.0.100 53 +0\n");
	/* The first is heard. */
	check(ON_DOWN("53", "on_down keep") ON_DOWN("54", "on_down expire"),
	      NODEST "=0 virtual_server 10.9.0.100 53 +0\n");
	/* Nobody said anything: advice, which gives way. */
	check(ON_DOWN("53", "persistence_timeout 9"),
	      "advice " NODEST "=1 virtual_server 10.9.0.100 53 +0\n"
	      "advice " TEMPLATE "=1 virtual_server 10.9.0.100 53 +0\n");
	check(ON_DOWN("53", "") ON_DOWN("54", "on_down keep"),
	      NODEST "=0 virtual_server 10.9.0.100 54 +0\n");
	check(ON_DOWN("53", "ops"), "");
}

/* eth0's own address is one of the servers. */
static void
test_a_director_that_is_a_server(void **state)
{
	const char *instance = "vrrp_instance V {\n interface eth0\n "
			       "virtual_router_id 5\n priority 100\n}\n";
	const char *own = SERVICE("10.9.0.100", "DR", "10.0.0.1");
	char text[1024];

	(void)state;
	check(own, ""); /* nothing would tell the kernel who is backup */
	(void)snprintf(text, sizeof(text), "%s%s%s",
		       "global_defs {\n lvs_sync_daemon eth0 V\n}\n", instance,
		       own);
	check(text, "net.ipv4.vs.backup_only=1 virtual_server 10.9.0.100 80 "
		    "+0\n");
	/* Both roles at once are no role. */
	(void)snprintf(text, sizeof(text), "%s%s%s",
		       "global_defs {\n lvs_sync_daemon eth0\n}\n", instance,
		       own);
	check(text, "");
	(void)snprintf(text, sizeof(text), "%s%s%s",
		       "global_defs {\n lvs_sync_daemon eth0 V\n}\n", instance,
		       SERVICE("10.9.0.100", "DR", "10.0.0.5"));
	check(text, "");
}

static void
test_words(void **state)
{
	struct sysctl_need n = {.path = "ipv4/ip_forward",
				.value = 1,
				.min = 1,
				.max = 9,
				.why = "so it is",
				.who = "virtual_server a",
				.n_who = 1};
	char buf[200];

	(void)state;
	assert_string_equal(sysctl_need_explain(&n, buf, sizeof(buf)),
			    "so it is (virtual_server a)");
	n.n_who = 3;
	assert_string_equal(sysctl_need_explain(&n, buf, sizeof(buf)),
			    "so it is (virtual_server a and 2 more)");
	assert_false(sysctl_need_is_met(&n, 0));
	assert_true(sysctl_need_is_met(&n, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_only_the_sorry_server_is_masqueraded),
		cmocka_unit_test(test_one_arm),
		cmocka_unit_test(test_vrrp_says_where_an_address_is),
		cmocka_unit_test(test_on_down),
		cmocka_unit_test(test_a_director_that_is_a_server),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
