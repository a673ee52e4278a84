/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword tables of all modules: effective values after resolution, and
 * that an engine which reads the canonical text of its modules comes to the
 * same tree as the supervisor that printed it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "check/conf.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "parser/diag.h"
#include "parser/diff.h"
#include "parser/parse.h"
#include "parser/print.h"
#include "parser/schema.h"
#include "parser/script.h"
#include "tests/unit/conf_world.h"
#include "vrrp/conf.h"

static const struct vrrp_instance_conf *
first_instance(const struct conf *c)
{
	return (const void *)STAILQ_FIRST(&vrrp_conf_get(c)->vrrp_instance);
}

static const struct virtual_server_conf *
first_service(const struct conf *c)
{
	return (const void *)STAILQ_FIRST(&check_conf_get(c)->virtual_server);
}

#define INSTANCE(words)                                                        \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 1\n" words     \
	"\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n"

/* ---- vrrp ---- */

static void
test_instance_defaults(void **state)
{
	(void)state;
	struct conf *c = conf_world_read_as(
		"global_defs {\n dynamic_interfaces\n}\n" INSTANCE(""),
		CONF_MASK_ALL, false);
	const struct vrrp_instance_conf *i = first_instance(c);
	const struct vip_conf *v =
		(const void *)STAILQ_FIRST(&i->virtual_ipaddress);
	assert_int_equal(i->family, AF_INET);
	assert_int_equal(i->version, 2);
	assert_int_equal(i->priority, 100);
	assert_false(i->is_master_state);
	assert_int_equal(i->advert_int, SEC(1));
	assert_int_equal(i->down_timer_adverts, 3);
	assert_int_equal(i->garp_master_delay, SEC(5));
	assert_int_equal(i->garp_master_repeat, 5);
	assert_int_equal(i->garp_lower_prio_delay, SEC(5));
	assert_int_equal(i->garp_master_refresh_repeat, 1);
	assert_true(i->accept);
	assert_string_equal(v->dev, "eth0");
	assert_int_equal(v->prefix_len, 32);
	assert_int_equal(v->preferred_lft, UINT32_MAX);
	char text[ADDR_STR_LEN];
	assert_string_equal(addr_print(&i->mcast_dst_ip, text, sizeof(text)),
			    "224.0.0.18");
	conf_free(c);
}

static void
test_instance_inherits(void **state)
{
	(void)state;
	struct conf *c = conf_world_read_as(
		"global_defs {\n vrrp_version 3\n vrrp_garp_master_delay 7\n"
		" vrrp_down_timer_adverts 9\n smtp_alert\n"
		" smtp_alert_vrrp off\n}\n" INSTANCE(
			" state MASTER\n garp_master_repeat 2"),
		CONF_MASK_ALL, false);
	const struct vrrp_instance_conf *i = first_instance(c);
	assert_int_equal(i->version, 3);
	assert_int_equal(i->priority, 255); /* state MASTER alone */
	assert_true(i->is_master_state);
	assert_int_equal(i->garp_master_delay, SEC(7));
	assert_int_equal(i->garp_lower_prio_delay, SEC(7));
	assert_int_equal(i->garp_master_repeat, 2);
	assert_int_equal(i->garp_lower_prio_repeat, 5);
	assert_int_equal(i->down_timer_adverts, 9);
	assert_false(i->smtp_alert);
	conf_free(c);
}

static void
test_instance_strict(void **state)
{
	(void)state;
	struct conf *c = conf_world_read_as(
		INSTANCE(" strict_mode\n state MASTER\n priority 100\n"
			 " preempt_delay 5\n authentication {\n"
			 " auth_type PASS\n auth_pass x\n }"),
		CONF_MASK_ALL, false);
	const struct vrrp_instance_conf *i = first_instance(c);
	assert_false(i->is_master_state);
	assert_int_equal(i->preempt_delay, 0);
	assert_int_equal(i->auth_type, VRRP_AUTH_NONE);
	assert_int_equal(i->garp_lower_prio_repeat, 0);
	assert_true(i->lower_prio_no_advert);
	assert_false(i->accept);
	conf_free(c);
}

static void
test_track_weights(void **state)
{
	(void)state;
	struct conf *c = conf_world_read_as(
		INSTANCE(" track_script {\n s\n t weight 3\n "
			 "}") "vrrp_script s {\n script "
			      "\"</dev/null\"\n weight -7\n}\n"
			      "vrrp_script t {\n script "
			      "\"</dev/null\"\n weight 9 "
			      "reverse\n"
			      "}\n",
		CONF_MASK_ALL, false);
	const struct track_ref_conf *s =
		(const void *)STAILQ_FIRST(&first_instance(c)->track_script);
	assert_int_equal(s->weight, -7);
	assert_false(s->reverse);
	const struct track_ref_conf *t =
		(const void *)STAILQ_NEXT(&s->obj, link);
	assert_int_equal(t->weight, 3);
	assert_true(t->reverse);
	conf_free(c);
}

/* ---- check ---- */

static const struct checker_conf *
nth_checker(const struct real_server_conf *rs, unsigned n)
{
	const struct conf_obj *o = STAILQ_FIRST(&rs->checker);
	while (n-- > 0)
		o = STAILQ_NEXT(o, link);
	return (const void *)o;
}

static void
test_checker_inherits(void **state)
{
	(void)state;
	struct conf *c = conf_world_read_as(
		"virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_sched rr\n"
		" lvs_method DR\n weight 3\n delay_loop 6\n alpha\n retry 4\n"
		" real_server 10.0.0.2 80 {\n  delay_before_retry 2\n"
		"  TCP_CHECK {\n  }\n"
		"  TCP_CHECK {\n   retry 0\n   connect_port 81\n"
		"   alpha off\n   warmup 0\n   delay_loop 9\n  }\n }\n}\n",
		CONF_MASK_ALL, false);
	const struct virtual_server_conf *vs = first_service(c);
	const struct real_server_conf *rs =
		(const void *)STAILQ_FIRST(&vs->real_server);
	const struct checker_conf *a = nth_checker(rs, 0);
	const struct checker_conf *b = nth_checker(rs, 1);
	assert_int_equal(rs->weight, 3);
	assert_int_equal(rs->lvs_method.method, IP_VS_CONN_F_DROUTE);
	assert_int_equal(vs->persistence_granularity, htonl(UINT32_MAX));
	assert_int_equal(a->type, CHECKER_TCP);
	assert_int_equal(a->connect.port, 80);
	assert_int_equal(a->retry, 4);
	assert_int_equal(a->delay_before_retry, SEC(2));
	assert_int_equal(a->connect_timeout, SEC(5));
	assert_int_equal(a->delay_loop, SEC(6));
	assert_int_equal(a->warmup, SEC(6));
	assert_true(a->alpha);
	assert_int_equal(b->connect.port, 81);
	assert_int_equal(b->retry, 0);
	assert_int_equal(b->delay_loop, SEC(9));
	assert_int_equal(b->warmup, 0);
	assert_false(b->alpha);
	assert_string_equal(b->obj.name, "TCP_CHECK#2");
	conf_free(c);
}

/* The nearest word counts, and fall outweighs retry in one block. */
static void
test_checker_damping(void **state)
{
	(void)state;
	struct conf *c = conf_world_read_as(
		"virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_sched rr\n"
		" lvs_method DR\n rise 3\n fall 4\n fast_interval 0.5\n"
		" real_server 10.0.0.2 80 {\n  down_interval 30\n"
		"  TCP_CHECK {\n  }\n"
		"  TCP_CHECK {\n   retry 7\n   rise 1\n  }\n"
		"  TCP_CHECK {\n   retry 7\n   fall 1\n  }\n }\n"
		" real_server 10.0.0.3 80 {\n  retry 6\n"
		"  TCP_CHECK {\n  }\n }\n}\n",
		CONF_MASK_ALL, false);
	const struct real_server_conf *rs =
		(const void *)STAILQ_FIRST(&first_service(c)->real_server);
	const struct checker_conf *k = nth_checker(rs, 0);
	assert_int_equal(k->retry, 3);
	assert_int_equal(k->rise, 3);
	assert_int_equal(k->fast_interval, MSEC(500));
	assert_int_equal(k->down_interval, SEC(30));
	k = nth_checker(rs, 1);
	assert_int_equal(k->retry, 7);
	assert_int_equal(k->rise, 1);
	assert_int_equal(nth_checker(rs, 2)->retry, 0);
	rs = (const void *)STAILQ_NEXT(&rs->obj, link);
	k = nth_checker(rs, 0);
	assert_int_equal(k->retry, 6);
	assert_int_equal(k->down_interval, 0);
	conf_free(c);
}

static void
test_checker_kinds(void **state)
{
	(void)state;
	struct conf *c = conf_world_read_as(
		"virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_sched rr\n"
		" lvs_method DR\n virtualhost www\n delay_loop 8\n"
		" real_server 10.0.0.2 80 {\n"
		"  HTTP_GET {\n   url {\n    path /\n   }\n  }\n"
		"  DNS_CHECK {\n  }\n"
		"  MISC_CHECK {\n   misc_path /bin/nope\n  }\n"
		"  UDP_CHECK {\n   payload 01 a0b\n   require_reply x1\n  }\n"
		" }\n}\n",
		CONF_MASK_ALL, true);
	const struct real_server_conf *rs =
		(const void *)STAILQ_FIRST(&first_service(c)->real_server);
	const struct http_check_conf *h = (const void *)nth_checker(rs, 0);
	const struct url_conf *u = (const void *)STAILQ_FIRST(&h->url);
	assert_int_equal(h->checker.retry, 1);
	assert_int_equal(h->checker.delay_before_retry, SEC(3));
	assert_string_equal(u->virtualhost, "www");
	assert_true(u->status_code[200 / 64] >> (200 % 64) & 1);
	assert_false(u->status_code[300 / 64] >> (300 % 64) & 1);
	const struct dns_check_conf *d = (const void *)nth_checker(rs, 1);
	assert_int_equal(d->checker.retry, 3);
	assert_int_equal(d->checker.delay_before_retry, SEC(8));
	assert_int_equal(d->type, 6);
	assert_string_equal(d->name, ".");
	const struct misc_check_conf *m = (const void *)nth_checker(rs, 2);
	assert_int_equal(m->checker.retry, 0);
	assert_int_equal(m->misc_timeout, SEC(8));
	const struct udp_check_conf *p = (const void *)nth_checker(rs, 3);
	assert_int_equal(p->payload_len, 3);
	assert_memory_equal(p->payload, "\x01\xa0\x0b", 3);
	assert_int_equal(p->reply_mask[0], 0x0f);
	conf_free(c);
}

static void
test_service_rules(void **state)
{
	(void)state;
	struct conf *c = conf_world_read_as(
		"virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_sched sh\n"
		" sh-port\n lvs_method DR\n persistence_timeout\n quorum 9\n"
		" hysteresis 8\n"
		" real_server 10.0.0.2 8080 {\n  weight 2\n }\n}\n",
		CONF_MASK_ALL, false);
	const struct virtual_server_conf *vs = first_service(c);
	const struct real_server_conf *rs =
		(const void *)STAILQ_FIRST(&vs->real_server);
	assert_int_equal(vs->flags,
			 IP_VS_SVC_F_SCHED_SH_PORT | IP_VS_SVC_F_PERSISTENT);
	assert_int_equal(vs->persistence_timeout, 360);
	assert_int_equal(vs->quorum, 2);     /* no more than there is */
	assert_int_equal(vs->hysteresis, 1); /* below quorum */
	assert_int_equal(rs->addr.port, 80); /* DR rewrites no port */
	conf_free(c);
}

/* ---- an engine's reading ---- */

/* Each engine reads its modules' canonical text: the same tree. */
static void
assert_engines_agree(const char *name, const struct conf *whole)
{
	static const uint32_t mask[] = {
		CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_VRRP) |
			CONF_MASK(CONF_BFD),
		CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_CHECK),
		CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_IPVS),
	};
	for (size_t k = 0; k < ARRAY_LEN(mask); k++) {
		struct buf text = BUF_INIT, said = BUF_INIT;
		struct arena *a = arena_new();
		conf_print(whole, engines_modules, mask[k], &text);
		struct conf *part =
			conf_world_read_as(buf_str(&text), mask[k], true);
		const struct plan *p =
			conf_diff(whole, part, engines_modules, mask[k], a);
		plan_print(p, &said);
		if (!plan_is_empty(p))
			print_error("%s, engine %zu:\n%s", name, k,
				    buf_str(&said));
		assert_true(plan_is_empty(p));
		buf_fini(&said);
		buf_fini(&text);
		arena_free(a);
		conf_free(part);
	}
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

static void
test_engines_agree(void **state)
{
	const struct conf_opts opts = {.modules = engines_modules,
				       .mask = CONF_MASK_ALL};
	(void)state;
	DIR *d = opendir(TEST_CONF_DIR);
	assert_non_null(d);
	unsigned n = 0;
	const struct dirent *e;
	while ((e = readdir(d)) != NULL) {
		char path[4096];
		if (!ends_with(e->d_name, ".in"))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", TEST_CONF_DIR,
			       e->d_name);
		struct diag_sink *sink = diag_sink_new();
		struct conf_result r = conf_read_file(path, &opts, sink);
		if (!r.is_stopped) {
			assert_engines_agree(e->d_name, r.conf);
			n++;
		}
		conf_free(r.conf);
		diag_sink_free(sink);
	}
	(void)closedir(d); /* was only read */
	assert_true(n > 50);
}

/* ---- scripts ---- */

static void
test_script_lookups(void **state)
{
	uid_t uid = 1;
	gid_t gid = 1;
	(void)state;
	assert_int_equal(script_probe("/bin/sh", false), SCRIPT_OK);
	assert_int_equal(script_probe("sh", false), SCRIPT_OK);
	assert_int_equal(script_probe("/bin/no-such-command", false),
			 SCRIPT_NOT_FOUND);
	assert_int_equal(script_probe("no-such-command", false),
			 SCRIPT_NOT_FOUND);
	assert_int_equal(script_probe("/etc/passwd", false),
			 SCRIPT_NOT_EXECUTABLE);
	assert_int_equal(script_user_find("root", ":", &uid, &gid), 0);
	assert_int_equal(uid, 0);
	assert_int_equal(gid, 0);
	assert_true(script_user_find("no_such_user", NULL, &uid, &gid) < 0);
	assert_true(script_user_find("root", ":no_such_group", &uid, &gid) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instance_defaults),
		cmocka_unit_test(test_instance_inherits),
		cmocka_unit_test(test_instance_strict),
		cmocka_unit_test(test_track_weights),
		cmocka_unit_test(test_checker_inherits),
		cmocka_unit_test(test_checker_damping),
		cmocka_unit_test(test_checker_kinds),
		cmocka_unit_test(test_service_rules),
		cmocka_unit_test(test_engines_agree),
		cmocka_unit_test(test_script_lookups),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
