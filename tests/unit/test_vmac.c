/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Interfaces of our own: names, and wanted × mirror → operations. */
#include "vrrp/vmac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"

#define PRIVATE 1 /* MACVLAN_MODE_PRIVATE */

struct world {
	struct iface_table t;
	struct vmac_set s;
	struct vmac_op op;
};

static int
setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	iface_table_init(&w->t);
	vmac_set_init(&w->s);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	vmac_set_fini(&w->s);
	iface_table_fini(&w->t);
	free(w);
	return 0;
}

static struct iface_link_fact
base_fact(const char *name, uint32_t ifindex)
{
	struct iface_link_fact f = {.ifindex = ifindex,
				    .flags = IFF_UP | IFF_RUNNING,
				    .has_mac = true,
				    .mac = {2, 0, 0, 0, 0, (uint8_t)ifindex},
				    .conf = {.is_known = true}};

	str_fill(f.name, sizeof(f.name), name);
	return f;
}

static struct iface_link_fact
vmac_fact(const struct vmac *v, uint32_t ifindex, uint32_t parent)
{
	struct iface_link_fact f = base_fact(v->spec.name, ifindex);

	f.kind = v->spec.kind;
	f.mode = PRIVATE;
	f.parent = parent;
	memcpy(f.mac, v->spec.mac, sizeof(f.mac));
	str_fill(f.alias, sizeof(f.alias),
		 VMAC_MARK " arp_ignore=0 arp_announce=0");
	return f;
}

static void
add(struct world *w, const struct iface_link_fact *f)
{
	iface_link_set(&w->t, f);
}

static void
add_base(struct world *w, const char *name, uint32_t ifindex)
{
	struct iface_link_fact f = base_fact(name, ifindex);

	add(w, &f);
}

static struct vmac *
want(struct world *w, const char *name, const char *base, uint8_t vrid,
     uint16_t family)
{
	struct vmac_spec spec = {.kind = IFACE_MACVLAN};
	struct vmac_naming n = {"vrrp", vrid, family};

	str_fill(spec.name, sizeof(spec.name), name);
	str_fill(spec.base, sizeof(spec.base), base);
	vmac_mac_rfc(family, vrid, spec.mac);
	return vmac_want(&w->s, &w->t, &spec, &n);
}

static enum vmac_op_kind
step(struct world *w, struct vmac *v)
{
	return vmac_step(v, &w->s, &w->t, &w->op);
}

static void
test_mac_of_rfc(void **state)
{
	const uint8_t four[] = {0, 0, 0x5e, 0, 1, 51};
	const uint8_t six[] = {0, 0, 0x5e, 0, 2, 255};
	uint8_t mac[VRRP_MAC_LEN];

	(void)state;
	vmac_mac_rfc(AF_INET, 51, mac);
	assert_memory_equal(mac, four, sizeof(four));
	vmac_mac_rfc(AF_INET6, 255, mac);
	assert_memory_equal(mac, six, sizeof(six));
}

static void
test_names(void **state)
{
	struct world *w = *state;
	struct vmac_spec spec = {.kind = IFACE_MACVLAN, .base = "eth3"};
	struct vmac_naming n = {"a-long-prefix-that", 251, AF_INET};

	add_base(w, "vrrp2.51", 9); /* a stranger's */
	assert_string_equal(want(w, "", "eth0", 51, AF_INET)->spec.name,
			    "vrrp.51");
	assert_string_equal(want(w, "", "eth0", 51, AF_INET6)->spec.name,
			    "vrrp6.51");
	assert_string_equal(want(w, "", "eth1", 51, AF_INET)->spec.name,
			    "vrrp1.51");
	assert_string_equal(want(w, "", "eth1", 51, AF_INET6)->spec.name,
			    "vrrp3.51");
	assert_string_equal(want(w, "own", "eth2", 51, AF_INET)->spec.name,
			    "own");
	assert_string_equal(vmac_want(&w->s, &w->t, &spec, &n)->spec.name,
			    "a-long-pref.251");
}

static void
test_shared(void **state)
{
	struct world *w = *state;
	struct vmac *v = want(w, "", "eth0", 51, AF_INET);

	assert_ptr_equal(want(w, "", "eth0", 51, AF_INET), v);
	assert_int_equal(v->users, 2);
	vmac_drop(&w->s, v);
	assert_false(w->s.has_unused);
	vmac_drop(&w->s, v);
	assert_true(w->s.has_unused);
	vmac_drop(&w->s, NULL);
	assert_ptr_equal(want(w, "", "eth0", 51, AF_INET), v);
}

static void
test_created(void **state)
{
	struct world *w = *state;
	struct vmac *v = want(w, "", "eth0", 51, AF_INET);
	struct iface_link_fact f;

	assert_int_equal(step(w, v), VMAC_OP_NONE); /* no base yet */
	add_base(w, "eth0", 2);
	assert_int_equal(step(w, v), VMAC_OP_CREATE);
	assert_int_equal(w->op.base_ifindex, 2);
	assert_string_equal(w->op.alias,
			    VMAC_MARK " arp_ignore=0 arp_announce=0");
	v->is_fresh = true;
	f = vmac_fact(v, 7, 2);
	add(w, &f);
	assert_int_equal(step(w, v), VMAC_OP_NONE);
	assert_non_null(vmac_ready(v, &w->t));
	f.flags = 0; /* someone set it down */
	add(w, &f);
	assert_null(vmac_ready(v, &w->t));
	assert_int_equal(step(w, v), VMAC_OP_SETUP);
	f.flags = IFF_UP;
	f.mac[5]++; /* or gave it another address */
	add(w, &f);
	assert_int_equal(step(w, v), VMAC_OP_DELETE);
	assert_int_equal(w->op.ifindex, 7);
}

static void
test_not_up_before_its_base(void **state)
{
	struct world *w = *state;
	struct vmac *v = want(w, "", "eth0", 51, AF_INET);
	struct iface_link_fact b = base_fact("eth0", 2), f;

	b.flags = 0;
	add(w, &b);
	v->is_fresh = true;
	f = vmac_fact(v, 7, 2);
	f.flags = 0;
	add(w, &f);
	assert_int_equal(step(w, v), VMAC_OP_NONE);
	b.flags = IFF_UP;
	add(w, &b);
	assert_int_equal(step(w, v), VMAC_OP_SETUP);
}

static void
test_adopted(void **state)
{
	struct world *w = *state;
	struct vmac *v = want(w, "", "eth0", 51, AF_INET), *again;
	struct iface_link_fact f = vmac_fact(v, 7, 2);

	/* Left by a crash, under another name than would be made up now; the
	 * base's settings then were 0 and 1, though they are ours now. */
	vmac_drop(&w->s, v);
	vmac_free(&w->s, v);
	add_base(w, "eth0", 2);
	str_fill(f.name, sizeof(f.name), "vrrp1.51");
	str_fill(f.alias, sizeof(f.alias),
		 VMAC_MARK " arp_ignore=0 arp_announce=1");
	add(w, &f);
	again = want(w, "", "eth0", 51, AF_INET);
	assert_string_equal(again->spec.name, "vrrp1.51");
	assert_int_equal(step(w, again), VMAC_OP_SETUP);
	assert_int_equal(again->before.arp_announce, 1);
	again->set_up = 7;
	assert_int_equal(step(w, again), VMAC_OP_NONE);
}

static void
test_twin_is_in_the_way(void **state)
{
	struct world *w = *state;
	struct vmac *v = want(w, "own", "eth0", 51, AF_INET);
	struct iface_link_fact f = vmac_fact(v, 7, 2);

	add_base(w, "eth0", 2);
	str_fill(f.name, sizeof(f.name), "renamed");
	add(w, &f);
	assert_int_equal(step(w, v), VMAC_OP_DELETE);
	assert_int_equal(w->op.ifindex, 7);
	f.alias[0] = '\0'; /* not ours: the kernel may refuse, we do not dare */
	add(w, &f);
	assert_int_equal(step(w, v), VMAC_OP_CREATE);
}

static void
test_stranger_is_left_alone(void **state)
{
	struct world *w = *state;
	struct vmac *v = want(w, "own", "eth0", 51, AF_INET);
	struct iface_link_fact f;
	char text[128];

	add_base(w, "eth0", 2);
	add_base(w, "own", 5);
	assert_int_equal(step(w, v), VMAC_OP_NONE);
	assert_null(vmac_ready(v, &w->t));
	(void)vmac_reason(v, &w->t, text, sizeof(text));
	assert_string_equal(text, "own is not what it should be, and not ours");
	vmac_drop(&w->s, v);
	assert_int_equal(vmac_end_step(v, &w->s, &w->t, &w->op), VMAC_OP_NONE);
	/* One that is right is used, but stays when we go. */
	v->users = 1;
	f = vmac_fact(v, 5, 2);
	f.alias[0] = '\0';
	add(w, &f);
	assert_int_equal(step(w, v), VMAC_OP_SETUP);
	assert_string_equal(w->op.alias, "");
	assert_non_null(vmac_ready(v, &w->t));
	vmac_drop(&w->s, v);
	assert_int_equal(vmac_end_step(v, &w->s, &w->t, &w->op), VMAC_OP_NONE);
}

static void
test_base_settings(void **state)
{
	struct world *w = *state;
	struct vmac *a = want(w, "", "eth0", 51, AF_INET);
	struct vmac *b = want(w, "", "eth0", 52, AF_INET);
	struct iface_link_fact f = base_fact("eth0", 2);

	f.conf.arp_ignore = 0;
	f.conf.arp_announce = 1;
	add(w, &f);
	assert_int_equal(vmac_base_step(a, &w->s, &w->t, &w->op), VMAC_OP_BASE);
	assert_int_equal(w->op.conf.arp_ignore, 1);
	assert_int_equal(w->op.conf.arp_announce, 2);
	iface_devconf_set(&w->t, 2, &w->op.conf);
	assert_int_equal(vmac_base_step(a, &w->s, &w->t, &w->op), VMAC_OP_NONE);
	assert_int_equal(vmac_base_step(b, &w->s, &w->t, &w->op), VMAC_OP_NONE);
	assert_int_equal(b->before.arp_announce, 1);
	vmac_drop(&w->s, a);
	assert_int_equal(vmac_base_end_step(a, &w->s, &w->t, &w->op),
			 VMAC_OP_NONE);
	vmac_drop(&w->s, b);
	assert_int_equal(vmac_base_end_step(b, &w->s, &w->t, &w->op),
			 VMAC_OP_BASE);
	assert_int_equal(w->op.conf.arp_ignore, 0);
	assert_int_equal(w->op.conf.arp_announce, 1);
}

static void
test_end(void **state)
{
	struct world *w = *state;
	struct vmac *v = want(w, "vrrp.51", "eth0", 51, AF_INET), *other;
	struct iface_link_fact f = vmac_fact(v, 7, 2);

	add_base(w, "eth0", 2);
	add_base(w, "eth1", 3);
	add(w, &f);
	vmac_drop(&w->s, v);
	assert_int_equal(vmac_end_step(v, &w->s, &w->t, &w->op),
			 VMAC_OP_DELETE);
	/* The name has another master already: it sees to the rest. */
	other = want(w, "vrrp.51", "eth1", 51, AF_INET);
	assert_ptr_not_equal(other, v);
	assert_int_equal(vmac_end_step(v, &w->s, &w->t, &w->op), VMAC_OP_NONE);
	assert_int_equal(step(w, other), VMAC_OP_DELETE);
}

static void
test_ipvlan(void **state)
{
	struct world *w = *state;
	struct vmac_spec spec = {.kind = IFACE_IPVLAN, .base = "eth0"};
	struct vmac_naming n = {"vrrp", 51, AF_INET};
	struct iface_link_fact f = base_fact("vrrp.51", 7);
	struct iface_addr_fact a = {.ifindex = 7, .prefix_len = 24};
	struct vmac *v;

	(void)addr_parse("10.0.0.9", &spec.addr);
	spec.prefix_len = 24;
	a.addr = spec.addr;
	v = vmac_want(&w->s, &w->t, &spec, &n);
	add_base(w, "eth0", 2);
	assert_int_equal(step(w, v), VMAC_OP_CREATE);
	assert_string_equal(w->op.alias,
			    VMAC_MARK " arp_ignore=0 arp_announce=0");
	/* The base asks in no virtual address's name, but answers as before. */
	assert_int_equal(vmac_base_step(v, &w->s, &w->t, &w->op), VMAC_OP_BASE);
	assert_int_equal(w->op.conf.arp_announce, 2);
	assert_int_equal(w->op.conf.arp_ignore, 0);
	v->is_fresh = true;
	f.kind = IFACE_IPVLAN;
	f.parent = 2;
	str_fill(f.alias, sizeof(f.alias), VMAC_MARK);
	add(w, &f);
	assert_int_equal(step(w, v), VMAC_OP_SETUP); /* lacks its address */
	iface_addr_set(&w->t, &a);
	assert_int_equal(step(w, v), VMAC_OP_NONE);
}

int
main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_mac_of_rfc),
		T(test_names),
		T(test_shared),
		T(test_created),
		T(test_not_up_before_its_base),
		T(test_adopted),
		T(test_twin_is_in_the_way),
		T(test_stranger_is_left_alone),
		T(test_base_settings),
		T(test_end),
		T(test_ipvlan),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
