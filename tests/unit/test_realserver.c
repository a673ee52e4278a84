/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a real server must hold, and what is done about it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <linux/if_addr.h>

#include "daemon/engines.h"
#include "daemon/rs_memory.h"
#include "daemon/rs_plan.h"
#include "daemon/rs_text.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"

struct world {
	struct arena *arena;
	struct conf *conf;
	struct rs_want want;
	struct snap_link link[8];
	struct snap_addr addr[32];
	struct fou_port fou[4];
	struct rs_seen seen;
	struct rs_sysctl sysctl[RS_SYSCTLS_MAX];
	size_t n_sysctls;
	int32_t value; /* of all numbers */
	struct rs_memory memory;
	struct rs_plan plan;
};

static struct addr
addr(const char *s)
{
	struct addr a = {0};

	assert_int_equal(addr_parse(s, &a), 0);
	return a;
}

static void
plug(struct world *w, const char *name, const char *kind)
{
	struct snap_link *l = &w->link[w->seen.n_links++];

	*l = (struct snap_link){.ifindex = (uint32_t)w->seen.n_links,
				.is_up = true,
				.is_loopback = strcmp(name, "lo") == 0};
	str_fill(l->name, sizeof(l->name), name);
	str_fill(l->kind, sizeof(l->kind), kind);
}

static void
give(struct world *w, uint32_t ifindex, const char *a, uint8_t len,
     uint8_t proto)
{
	w->addr[w->seen.n_addrs++] = (struct snap_addr){
		.ifindex = ifindex,
		.addr = addr(a),
		.prefix_len = len,
		.proto = proto,
		.flags = IFA_F_DEPRECATED,
	};
}

static int
setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->arena = arena_new();
	w->seen = (struct rs_seen){
		.link = w->link, .addr = w->addr, .fou = w->fou};
	plug(w, "lo", "");
	plug(w, "eth0", "");
	give(w, 2, "10.0.0.2", 24, 0);
	give(w, 2, "2001:db8::2", 64, 0);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	conf_free(w->conf);
	rs_memory_fini(&w->memory);
	arena_free(w->arena);
	free(w);
	return 0;
}

static void
read_text(struct world *w, const char *text)
{
	const struct conf_opts opts = {.modules = engines_modules,
				       .mask = CONF_MASK_ALL,
				       .is_engine = true};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r =
		conf_read_text("text", text, strlen(text), &opts, sink);

	diag_sink_free(sink);
	assert_false(r.is_stopped);
	conf_free(w->conf);
	w->conf = r.conf;
}

static void
plan(struct world *w)
{
	struct addr *own;
	size_t n = rs_own_addresses(&w->seen, &w->memory, w->arena, &own);

	if (w->conf != NULL)
		rs_want_make(w->conf, own, n, w->arena, &w->want);
	else
		w->want = (struct rs_want){.ifname = ""};
	w->n_sysctls = rs_sysctls(&w->want, &w->seen, w->sysctl);
	for (size_t i = 0; i < w->n_sysctls; i++) {
		w->sysctl[i].is_known = true;
		w->sysctl[i].value = w->value;
	}
	rs_reconcile(&w->want, &w->seen, w->sysctl, w->n_sysctls, &w->memory,
		     w->arena, &w->plan);
}

/* All operations as commands, one a line. */
static void
expect(struct world *w, const char *commands)
{
	struct buf b = BUF_INIT;

	plan(w);
	for (size_t i = 0; i < w->plan.n; i++) {
		rs_text_command(&w->plan.op[i], &b);
		buf_addc(&b, '\n');
	}
	assert_string_equal(buf_str(&b), commands);
	buf_fini(&b);
}

#define DR                                                                     \
	"virtual_server 10.0.0.100 80 {\n"                                     \
	"lvs_sched rr\nlvs_method DR\nprotocol TCP\n"                          \
	"real_server 10.0.0.2 80 {\nweight 1\n}\n"                             \
	"real_server 10.0.0.3 80 {\nweight 1\n}\n}\n"
#define ARP                                                                    \
	"sysctl -w net.ipv4.conf.all.arp_ignore=1\n"                           \
	"sysctl -w net.ipv4.conf.all.arp_announce=2\n"                         \
	"sysctl -w net.ipv4.conf.lo.arp_ignore=1\n"                            \
	"sysctl -w net.ipv4.conf.lo.arp_announce=2\n"

static void
direct_routing_needs_the_address_and_silence(void **state)
{
	struct world *w = *state;

	read_text(w, DR);
	expect(w, ARP "ip addr add 10.0.0.100/32 dev lo scope host\n");
	assert_true(w->want.is_named);
	/* And is content with what is there, whoever put it there. */
	give(w, 1, "10.0.0.100", 32, 0);
	w->value = 2;
	expect(w, "");
}

static void
only_those_that_name_this_machine_count(void **state)
{
	struct world *w = *state;

	read_text(w, "virtual_server 10.0.0.100 80 {\nlvs_sched rr\n"
		     "lvs_method DR\nprotocol TCP\n"
		     "real_server 10.0.0.3 80 {\nweight 1\n}\n}\n"
		     "virtual_server 10.0.0.101 80 {\nlvs_sched rr\n"
		     "lvs_method NAT\nprotocol TCP\n"
		     "real_server 10.0.0.2 80 {\nweight 1\n}\n}\n");
	expect(w, "");
	assert_false(w->want.is_named);
}

static void
a_sorry_server_is_a_server(void **state)
{
	struct world *w = *state;

	w->value = 2;
	read_text(w, "virtual_server 2001:db8::100 80 {\nlvs_sched rr\n"
		     "lvs_method DR\nprotocol TCP\n"
		     "sorry_server 2001:db8::2 80\n"
		     "sorry_server_lvs_method DR\n"
		     "real_server 2001:db8::3 80 {\nweight 1\n}\n}\n");
	expect(w, "sysctl -w net.ipv6.conf.lo.disable_ipv6=0\n"
		  "ip -6 addr add 2001:db8::100/128 dev lo nodad "
		  "preferred_lft 0\n");
}

#define GROUP                                                                  \
	"virtual_server_group G {\n10.1.0.254-10.1.1.1 80\n10.0.0.100 80\n"    \
	"10.0.0.100 443\n}\n"                                                  \
	"virtual_server group G {\nlvs_sched rr\nlvs_method DR\n"              \
	"protocol TCP\nreal_server 10.0.0.2 80 {\nweight 1\n}\n}\n"

static void
a_group_brings_all_its_addresses_once(void **state)
{
	struct world *w = *state;

	w->value = 2;
	read_text(w, GROUP);
	expect(w, "ip addr add 10.0.0.100/32 dev lo scope host\n"
		  "ip addr add 10.1.0.254/32 dev lo scope host\n"
		  "ip addr add 10.1.0.255/32 dev lo scope host\n"
		  "ip addr add 10.1.1.0/32 dev lo scope host\n"
		  "ip addr add 10.1.1.1/32 dev lo scope host\n");
}

static void
ranges_have_an_end(void **state)
{
	struct world *w = *state;

	read_text(w, "virtual_server_group G {\n10.16.0.0/12 80\n}\n"
		     "virtual_server group G {\nlvs_sched rr\nlvs_method DR\n"
		     "protocol TCP\n"
		     "real_server 10.0.0.2 80 {\nweight 1\n}\n}\n");
	plan(w);
	assert_int_equal(w->want.n_vips, RS_VIPS_MAX);
	assert_int_equal(w->want.n_notes, 1);
	assert_non_null(strstr(w->want.note[0], "more than 4096"));
}

#define MARK                                                                   \
	"virtual_server fwmark 5 {\nlvs_sched rr\nlvs_method DR\n"             \
	"real_server 10.0.0.2 80 {\nweight 1\n}\n}\n"

static void
a_mark_needs_a_word(void **state)
{
	struct world *w = *state;

	w->value = 2;
	read_text(w, MARK);
	expect(w, "");
	assert_int_equal(w->want.n_notes, 1);
	assert_non_null(strstr(w->want.note[0], "FWM 5"));
	read_text(w, MARK "realserver {\nvirtual_address 10.0.0.100-101\n}\n");
	expect(w, "ip addr add 10.0.0.100/32 dev lo scope host\n"
		  "ip addr add 10.0.0.101/32 dev lo scope host\n");
	assert_int_equal(w->want.n_notes, 0);
}

static void
an_address_may_be_said(void **state)
{
	struct world *w = *state;

	w->value = 2;
	w->seen.n_addrs = 0;
	read_text(w, DR "realserver {\naddress 10.0.0.2\n"
			"interface dummy0\n}\n");
	expect(w, "ip link add dummy0 type dummy\n");
	plug(w, "dummy0", "dummy");
	w->link[2].is_up = false;
	expect(w, "ip link set dummy0 up\n"
		  "ip addr add 10.0.0.100/32 dev dummy0 scope host\n");
}

static void
an_interface_that_answers_is_refused(void **state)
{
	struct world *w = *state;
	const char *text[4];
	size_t bad;

	w->value = 2;
	read_text(w, DR "realserver {\ninterface eth0\n}\n");
	expect(w, "");
	assert_int_equal(rs_remarks(&w->want, &w->seen, &w->memory, w->arena,
				    text, 4, &bad),
			 1);
	assert_int_equal(bad, 1);
	assert_non_null(strstr(text[0], "neither lo nor a dummy"));
}

/* ---- tunnels ---- */

#define TUN(vip, rs, words)                                                    \
	"virtual_server " vip " 80 {\nlvs_sched rr\nlvs_method TUN " words     \
	"\nprotocol TCP\nreal_server " rs " 80 {\nweight 1\n}\n}\n"

static void
tunnels_get_devices(void **state)
{
	struct world *w = *state;

	w->value = 2;
	read_text(w, TUN("10.9.0.1", "10.0.0.2", ""));
	expect(w, "ip link add dvipip0 type ipip local 10.0.0.2 && "
		  "sysctl -w net.ipv4.conf.dvipip0.rp_filter=2 && "
		  "ip addr add 10.9.0.1/32 dev dvipip0 scope host && "
		  "ip link set dvipip0 up\n"
		  "ip addr add 10.9.0.1/32 dev lo scope host\n");
	read_text(w, TUN("2001:db8:9::1", "10.0.0.2", ""));
	expect(w, "sysctl -w net.ipv6.conf.lo.disable_ipv6=0\n"
		  "ip link add dvsit0 type sit local 10.0.0.2 && "
		  "ip link set dvsit0 up\n"
		  "ip -6 addr add 2001:db8:9::1/128 dev lo nodad "
		  "preferred_lft 0\n");
	w->value = 0;
	give(w, 1, "10.9.0.1", 32, 0);
	read_text(w, TUN("10.9.0.1", "2001:db8::2", "type gue port 5555 csum"));
	w->value = 2;
	expect(w, "ip link add dvip6tnl0 type ip6tnl mode any local "
		  "2001:db8::2 && "
		  "sysctl -w net.ipv4.conf.dvip6tnl0.rp_filter=2 && "
		  "ip addr add 10.9.0.1/32 dev dvip6tnl0 scope host && "
		  "ip link set dvip6tnl0 up\n"
		  "modprobe fou; ip -6 fou add port 5555 gue\n");
	read_text(w, TUN("10.9.0.1", "10.0.0.2", "type gre csum"));
	expect(w, "ip link add dvgre0 type gre local 10.0.0.2 icsum && "
		  "sysctl -w net.ipv4.conf.dvgre0.rp_filter=2 && "
		  "ip addr add 10.9.0.1/32 dev dvgre0 scope host && "
		  "ip link set dvgre0 up\n");
}

static void
a_device_that_fits_is_enough(void **state)
{
	struct world *w = *state;

	give(w, 1, "10.9.0.1", 32, 0);
	read_text(w, TUN("10.9.0.1", "10.0.0.2", ""));
	plug(w, "tunl0", "ipip");
	w->value = 1;
	w->seen.rp_all = 1;
	/* Strict for all: only looser helps, and that wants an address. */
	expect(w, "sysctl -w net.ipv4.conf.all.arp_announce=2\n"
		  "sysctl -w net.ipv4.conf.lo.arp_announce=2\n"
		  "sysctl -w net.ipv4.conf.tunl0.rp_filter=2\n"
		  "ip addr add 10.9.0.1/32 dev tunl0 scope host\n");
	w->value = 2;
	give(w, 3, "10.9.0.1", 32, RS_ADDR_PROTO);
	expect(w, "");
	/* Not ours to raise; one of another server. */
	w->link[2].is_up = false;
	plan(w);
	assert_int_equal(w->plan.op[0].kind, RS_OP_TUNNEL_ADD);
	w->link[2].is_up = true;
	w->link[2].local = addr("10.0.0.77");
	plan(w);
	assert_int_equal(w->plan.op[0].kind, RS_OP_TUNNEL_ADD);
}

static void
two_checksums_cannot_be(void **state)
{
	struct world *w = *state;

	read_text(w, TUN("10.9.0.1", "10.0.0.2", "type gre csum")
			     TUN("10.9.0.2", "10.0.0.2", "type gre"));
	plan(w);
	assert_int_equal(w->want.n_tunnels, 1);
	assert_int_equal(w->want.n_notes, 1);
}

/* ---- taking back ---- */

static void
only_what_is_ours_is_taken_back(void **state)
{
	struct world *w = *state;

	give(w, 1, "10.0.0.100", 32, RS_ADDR_PROTO);
	give(w, 1, "10.0.0.101", 32, 0);
	give(w, 1, "10.0.0.102", 32, 18);
	plug(w, "dvipip0", "ipip");
	str_fill(w->link[2].alias, sizeof(w->link[2].alias), RS_ALIAS);
	plug(w, "tunl0", "ipip");
	rs_memory_fou(&w->memory, &(struct rs_fou){AF_INET, 5555});
	rs_memory_up(&w->memory, "lo");
	rs_memory_sysctl(&w->memory,
			 &(struct rs_kept_sysctl){RS_ARP_IGNORE, "all", 0, 1});
	expect(w, "ip addr del 10.0.0.100/32 dev lo\n"
		  "ip fou del port 5555\n"
		  "ip link del dvipip0\n"
		  "ip link set lo down\n"
		  "sysctl -w net.ipv4.conf.all.arp_ignore=0\n");
	for (size_t i = 0; i < w->plan.n; i++)
		rs_memory_done(&w->memory, &w->plan.op[i]);
	assert_int_equal(
		w->memory.n_fous + w->memory.n_ups + w->memory.n_sysctls, 0);
}

static void
an_old_kernel_has_our_memory(void **state)
{
	struct world *w = *state;
	struct addr a = addr("10.0.0.100");

	give(w, 1, "10.0.0.100", 32, 0);
	rs_memory_addr(&w->memory, "lo", &a);
	expect(w, "ip addr del 10.0.0.100/32 dev lo\n");
	rs_memory_done(&w->memory, &w->plan.op[0]);
	assert_int_equal(w->memory.n_addrs, 0);
}

static void
a_source_is_no_virtual_address(void **state)
{
	struct world *w = *state;

	w->value = 0;
	read_text(w, "virtual_server 2001:db8::100 80 {\nlvs_sched rr\n"
		     "lvs_method DR\nprotocol TCP\n"
		     "real_server 2001:db8::2 80 {\nweight 1\n}\n}\n");
	give(w, 1, "2001:db8::100", 128, RS_ADDR_PROTO);
	w->addr[2].flags = 0;
	expect(w, "ip -6 addr change 2001:db8::100/128 dev lo nodad "
		  "preferred_lft 0\n");
}

static void
memory_survives_as_text(void **state)
{
	struct world *w = *state;
	struct rs_memory *m = &w->memory, got = {0};
	struct buf one = BUF_INIT, two = BUF_INIT;
	struct addr a4 = addr("10.0.0.100"), a6 = addr("2001:db8::100");

	rs_memory_sysctl(
		m, &(struct rs_kept_sysctl){RS_RP_FILTER, "eth0.5", 1, 2});
	rs_memory_sysctl(
		m, &(struct rs_kept_sysctl){RS_RP_FILTER, "eth0.5", 7, 0});
	rs_memory_up(m, "dummy0");
	rs_memory_fou(m, &(struct rs_fou){AF_INET6, 6080});
	rs_memory_addr(m, "lo", &a4);
	rs_memory_addr(m, "lo", &a6);
	rs_memory_addr(m, "lo", &a6);
	assert_int_equal(m->n_addrs, 2);
	rs_memory_print(m, "here", &one);
	assert_int_equal(rs_memory_parse(buf_str(&one), "there", &got),
			 -ESTALE);
	assert_int_equal(rs_memory_parse(buf_str(&one), "here", &got), 0);
	rs_memory_print(&got, "here", &two);
	assert_string_equal(buf_str(&one), buf_str(&two));
	assert_int_equal(got.sysctl[0].was, 1);
	assert_int_equal(got.sysctl[0].made, 0);
	rs_memory_fini(&got);
	assert_int_equal(rs_memory_parse("rubbish\n", "here", &got), -EINVAL);
	assert_int_equal(rs_memory_parse("duumvir real server 1 here\n"
					 "sysctl 99 x 1 2\naddr lo what\n"
					 "fou\nup\n\nsysctl",
					 "here", &got),
			 0);
	assert_int_equal(got.n_sysctls + got.n_addrs + got.n_fous + got.n_ups,
			 0);
	rs_memory_fini(&got);
	buf_fini(&one);
	buf_fini(&two);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(direct_routing_needs_the_address_and_silence),
		TEST(only_those_that_name_this_machine_count),
		TEST(a_sorry_server_is_a_server),
		TEST(a_group_brings_all_its_addresses_once),
		TEST(ranges_have_an_end),
		TEST(a_mark_needs_a_word),
		TEST(an_address_may_be_said),
		TEST(an_interface_that_answers_is_refused),
		TEST(tunnels_get_devices),
		TEST(a_device_that_fits_is_enough),
		TEST(two_checksums_cannot_be),
		TEST(only_what_is_ours_is_taken_back),
		TEST(an_old_kernel_has_our_memory),
		TEST(a_source_is_no_virtual_address),
		TEST(memory_survives_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
