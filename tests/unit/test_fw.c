/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the firewall is to hold, from configurations; the texts for iptables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check/conf.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "parser/schema.h"
#include "tests/unit/conf_world.h"
#include "vrrp/conf.h"
#include "vrrp/fw_iptables.h"
#include "vrrp/fw_want.h"

struct world {
	struct arena *arena;
	struct conf *conf[8];
	size_t n_conf;
	struct fw_env env;
};

static int
setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->arena = arena_new();
	w->env = (struct fw_env){.has_iptables = true, .has_sets = true};
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

static struct fw_want
want(struct world *w, const char *text)
{
	struct conf *c = conf_world_read(text);
	struct fw_want out;

	w->conf[w->n_conf++] = c;
	fw_want_make(vrrp_conf_get(c), &w->env, w->arena, &out);
	return out;
}

#define HEAD(name, vrid)                                                       \
	"vrrp_instance " name " {\n interface eth0\n virtual_router_id " vrid  \
	"\n version 3\n"
#define FOUR(words)                                                            \
	HEAD("A", "1")                                                         \
	words "\n virtual_ipaddress {\n 10.0.0.9\n 10.0.0.2/24 dev eth7\n }\n" \
	      " virtual_ipaddress_excluded {\n 2001:db8::5\n }\n}\n"
#define SIX(words)                                                             \
	HEAD("B", "2")                                                         \
	words "\n virtual_ipaddress {\n fe80::1\n 2001:db8::1\n"               \
	      " fe80::2 dev eth7\n }\n}\n"
#define GLOBAL(words) "global_defs {\n" words "\n}\n"

static void
assert_block(const struct fw_want *w, size_t i, const char *addr,
	     const char *dev)
{
	char a[ADDR_STR_LEN];

	assert_true(i < w->n_block);
	assert_string_equal(addr_print(&w->block[i].addr, a, sizeof(a)), addr);
	assert_string_equal(w->block[i].dev, dev);
}

static void
accepting_needs_nothing(void **state)
{
	struct fw_want w = want(*state, GLOBAL("nftables other") FOUR(""));

	assert_int_equal(w.by, FW_BY_NONE);
	assert_string_equal(w.table, "other"); /* where an old one may be */
	w = want(*state, FOUR("accept\n strict_mode"));
	assert_int_equal(w.by, FW_BY_NONE);
	w = want(*state, FOUR("no_accept\n priority 255"));
	assert_int_equal(w.by, FW_BY_NONE);
}

static void
all_addresses_are_blocked(void **state)
{
	struct fw_want w = want(*state, FOUR("no_accept"));

	assert_int_equal(w.by, FW_BY_NFT);
	assert_string_equal(w.table, "keepalived");
	assert_int_equal(w.priority, -1);
	assert_int_equal(w.n_block, 3);
	assert_block(&w, 0, "10.0.0.2", "");
	assert_block(&w, 1, "10.0.0.9", "");
	assert_block(&w, 2, "2001:db8::5", "");
	assert_true(fw_want_has_family(&w, AF_INET));
	assert_true(fw_want_has_family(&w, AF_INET6));
	/* Strict mode does not accept, unless it is told to. */
	w = want(*state, GLOBAL("vrrp_strict") FOUR(""));
	assert_int_equal(w.n_block, 3);
}

static void
link_local_by_device(void **state)
{
	struct fw_want w = want(*state, SIX("no_accept"));

	assert_int_equal(w.n_block, 3);
	assert_block(&w, 0, "2001:db8::1", "");
	assert_block(&w, 1, "fe80::1", "eth0");
	assert_block(&w, 2, "fe80::2", "eth7");
	assert_false(fw_want_has_family(&w, AF_INET));
}

static void
vmacs_move_and_carry(void **state)
{
	static const struct fw_vmac own[] = {
		{"vrrp.2", "eth0", "B", AF_INET6, true},
		{"vrrp.1", "eth0", "A", AF_INET, true},
		{"ipv.3", "eth7", "B", 0, false}};
	struct world *y = *state;
	struct fw_want w;

	y->env.vmac = own;
	y->env.n_vmac = 3;
	w = want(y, FOUR("") SIX("no_accept"));
	assert_int_equal(w.by, FW_BY_NFT);
	assert_int_equal(w.n_vmac, 2);
	assert_string_equal(w.vmac[0].name, "vrrp.1");
	assert_string_equal(w.vmac[1].name, "vrrp.2");
	assert_block(&w, 2, "fe80::2", "ipv.3");
	assert_block(&w, 1, "fe80::1", "vrrp.2");
}

static void
ways(void **state)
{
	struct world *y = *state;
	struct fw_want w;

	w = want(y, GLOBAL("vrrp_iptables") FOUR("no_accept"));
	assert_int_equal(w.by, FW_BY_IPTABLES);
	assert_string_equal(w.chain_in, "INPUT");
	assert_string_equal(w.chain_out, "OUTPUT");
	assert_true(w.uses_sets);
	assert_string_equal(w.set[FW_SET_LINK6], "keepalived_if6");
	w = want(y, GLOBAL("vrrp_iptables VIPS\n vrrp_ipsets a b")
			    FOUR("no_accept"));
	assert_string_equal(w.chain_in, "VIPS");
	assert_string_equal(w.chain_out, "");
	assert_string_equal(w.set[FW_SET_VIPS6], "b");
	assert_string_equal(w.set[FW_SET_ND], "a_nd");
	w = want(y, GLOBAL("vrrp_iptables\n vrrp_ipsets") FOUR("no_accept"));
	assert_false(w.uses_sets);
	y->env.has_sets = false;
	w = want(y, GLOBAL("vrrp_iptables") FOUR("no_accept"));
	assert_false(w.uses_sets);
}

static void
nftables_wins(void **state)
{
	struct world *y = *state;
	struct fw_want w =
		want(y, GLOBAL("vrrp_iptables\n nftables\n"
			       "nftables_priority -5\n"
			       "nftables_ifindex\n"
			       "nftables_counters") FOUR("no_accept"));

	assert_int_equal(w.by, FW_BY_NFT);
	assert_int_equal(w.priority, -5);
	assert_true(w.by_index && w.has_counters);
	y->env.has_iptables = false;
	w = want(y, GLOBAL("vrrp_iptables") FOUR("no_accept"));
	assert_int_equal(w.by, FW_BY_NFT);
}

static void
between_two(void **state)
{
	struct world *y = *state;
	struct fw_want a = want(y, FOUR("no_accept"));
	struct fw_want b = want(y, SIX("no_accept")), c, d;

	fw_want_join(&a, &b, y->arena, &c);
	assert_int_equal(c.n_block, 6);
	assert_false(fw_want_is_equal(&a, &c));
	fw_want_join(&c, &b, y->arena, &d);
	assert_true(fw_want_is_equal(&c, &d));
	fw_want_copy(&a, y->arena, &d);
	assert_true(fw_want_is_equal(&a, &d));
	d.priority++;
	assert_false(fw_want_is_equal(&a, &d));
}

static void
rules_with_sets(void **state)
{
	static const bool none[2] = {false, false}, both[2] = {true, true};
	struct fw_want w =
		want(*state, GLOBAL("vrrp_iptables IN OUT") FOUR("no_accept"));
	struct buf b = BUF_INIT;

	fw_iptables_sets(&w, &b);
	assert_string_equal(
		buf_str(&b),
		"create keepalived~ hash:ip family inet -exist\n"
		"flush keepalived~\n"
		"add keepalived~ 10.0.0.2\nadd keepalived~ 10.0.0.9\n"
		"create keepalived hash:ip family inet -exist\n"
		"swap keepalived~ keepalived\ndestroy keepalived~\n"
		"create keepalived6~ hash:ip family inet6 -exist\n"
		"flush keepalived6~\nadd keepalived6~ 2001:db8::5\n"
		"create keepalived6 hash:ip family inet6 -exist\n"
		"swap keepalived6~ keepalived6\ndestroy keepalived6~\n");
	buf_reset(&b);
	fw_iptables_rules(&w, AF_INET, none, &b);
	assert_string_equal(
		buf_str(&b),
		"*filter\n:duumvir_keepalived_in - [0:0]\n"
		"-A duumvir_keepalived_in -m set --match-set keepalived dst "
		"-j DROP\n"
		"-A IN -j duumvir_keepalived_in\n"
		":duumvir_keepalived_out - [0:0]\n"
		"-A duumvir_keepalived_out -p igmp -j RETURN\n"
		"-A duumvir_keepalived_out ! -p icmp -m set --match-set "
		"keepalived src -j DROP\n"
		"-A OUT -j duumvir_keepalived_out\nCOMMIT\n");
	buf_reset(&b);
	fw_iptables_rules_away(&w, both, &b);
	assert_string_equal(
		buf_str(&b),
		"*filter\n:duumvir_keepalived_in - [0:0]\n"
		"-D IN -j duumvir_keepalived_in\n-X duumvir_keepalived_in\n"
		":duumvir_keepalived_out - [0:0]\n"
		"-D OUT -j duumvir_keepalived_out\n"
		"-X duumvir_keepalived_out\nCOMMIT\n");
	buf_reset(&b);
	fw_iptables_sets_gone(&w, NULL, &b);
	assert_string_equal(buf_str(&b),
			    "destroy keepalived\ndestroy keepalived6\n");
	buf_fini(&b);
}

static void
rules_without_sets(void **state)
{
	static const struct fw_vmac own = {"vrrp.2", "eth0", "B", AF_INET6,
					   true};
	static const bool both[2] = {true, true};
	struct world *y = *state;
	struct buf b = BUF_INIT;
	struct fw_want w;

	y->env.vmac = &own;
	y->env.n_vmac = 1;
	w = want(y, GLOBAL("vrrp_iptables\n vrrp_ipsets") SIX("no_accept"));
	fw_iptables_sets(&w, &b);
	assert_string_equal(buf_str(&b), "");
	fw_iptables_rules(&w, AF_INET6, both, &b);
#define IN  "-A duumvir_keepalived_in "
#define OUT "-A duumvir_keepalived_out "
	assert_string_equal(
		buf_str(&b),
		"*filter\n:duumvir_keepalived_in - [0:0]\n" IN
		"-p icmpv6 --icmpv6-type 135 -j RETURN\n" IN
		"-p icmpv6 --icmpv6-type 136 -j RETURN\n" IN
		"-d 2001:db8::1/128 -j DROP\n" IN
		"-d fe80::1/128 -i vrrp.2 -j DROP\n" IN
		"-d fe80::2/128 -i eth7 -j DROP\n"
		":duumvir_keepalived_out - [0:0]\n" OUT
		"-p icmpv6 --icmpv6-type 143 -o vrrp.2 -j DROP\n" OUT
		"-p icmpv6 --icmpv6-type 131 -o vrrp.2 -j DROP\n" OUT
		"-p icmpv6 --icmpv6-type 132 -o vrrp.2 -j DROP\n" OUT
		"-p icmpv6 --icmpv6-type 133 -o vrrp.2 -j DROP\n" OUT
		"! -p icmpv6 -s 2001:db8::1/128 -j DROP\n" OUT
		"! -p icmpv6 -s fe80::1/128 -o vrrp.2 -j DROP\n" OUT
		"! -p icmpv6 -s fe80::2/128 -o eth7 -j DROP\nCOMMIT\n");
	buf_fini(&b);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(accepting_needs_nothing),
		T(all_addresses_are_blocked),
		T(link_local_by_device),
		T(vmacs_move_and_carry),
		T(ways),
		T(nftables_wins),
		T(between_two),
		T(rules_with_sets),
		T(rules_without_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
