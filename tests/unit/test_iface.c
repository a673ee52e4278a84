/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The interface mirror: every interleaving of what the kernel tells about a
 * link and its addresses ends in the same mirror; sources; resyncs.
 */
#include "vrrp/iface.h"

#include <linux/if_addr.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"

enum kind {
	LINK,
	UNLINK,
	ADDR,
	UNADDR,
};

/* One thing that the kernel says. */
struct fact {
	enum kind kind;
	uint32_t ifindex;
	const char *text; /* name or address */
	uint32_t flags;
};

#define UP (IFF_UP | IFF_RUNNING)

static struct iface_addr_fact
addr_fact(uint32_t ifindex, const char *text, uint8_t len, uint32_t flags,
	  uint8_t proto)
{
	struct iface_addr_fact f = {.ifindex = ifindex,
				    .prefix_len = len,
				    .flags = flags,
				    .proto = proto};

	assert_int_equal(addr_parse(text, &f.addr), 0);
	return f;
}

static void
tell(struct iface_table *t, const struct fact *f)
{
	struct iface_link_fact l = {.ifindex = f->ifindex, .flags = f->flags};
	struct iface_addr_fact a;

	switch (f->kind) {
	case LINK:
		strncpy(l.name, f->text, sizeof(l.name) - 1);
		iface_link_set(t, &l);
		return;
	case UNLINK:
		iface_link_del(t, f->ifindex);
		return;
	case ADDR:
		a = addr_fact(f->ifindex, f->text, 24, f->flags, 0);
		iface_addr_set(t, &a);
		return;
	case UNADDR:
		a = addr_fact(f->ifindex, f->text, 24, 0, 0);
		iface_addr_del(t, &a);
		return;
	}
}

static bool
never(const void *arg, const struct addr *a)
{
	(void)arg;
	(void)a;
	return false;
}

/* Everything that conditions depend on, as text. */
static void
describe(const struct iface_table *t, char *out, size_t size)
{
	static const char *const names[] = {"eth0", "eth1"};
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct iface *it = iface_find(t, names[i]);
		struct addr none = {0}, src;
		char text[ADDR_STR_LEN] = "none";

		if (it != NULL &&
		    iface_source_pick(it, AF_INET, &none, never, NULL, &src))
			(void)addr_print(&src, text, sizeof(text));
		n += (size_t)snprintf(
			out + n, size - n, "%s %u %s %s;", names[i],
			it != NULL ? it->fact.ifindex : 0,
			it != NULL && iface_has_carrier(it) ? "running" : "-",
			text);
	}
}

/*
 * Two streams that the kernel may interleave in any way, each in its own
 * order: the links' and the addresses'.  All merges must agree.
 */
struct merge {
	const struct fact *a, *b;
	size_t n_a, n_b;
	const struct fact *taken[32];
	size_t n_taken;
	char expected[256];
	size_t runs;
};

static void
check_merge(struct merge *m)
{
	struct iface_table t;
	char text[256];

	iface_table_init(&t);
	for (size_t i = 0; i < m->n_taken; i++)
		tell(&t, m->taken[i]);
	describe(&t, text, sizeof(text));
	assert_string_equal(text, m->expected);
	iface_table_fini(&t);
	m->runs++;
}

static void
merges(struct merge *m, size_t i, size_t k)
{
	if (i == m->n_a && k == m->n_b) {
		check_merge(m);
		return;
	}
	if (i < m->n_a) {
		m->taken[m->n_taken++] = &m->a[i];
		merges(m, i + 1, k);
		m->n_taken--;
	}
	if (k < m->n_b) {
		m->taken[m->n_taken++] = &m->b[k];
		merges(m, i, k + 1);
		m->n_taken--;
	}
}

static void
link_and_addresses_in_any_order(void **state)
{
	static const struct fact links[] = {
		{LINK, 2, "eth0", 0},	{LINK, 2, "eth0", UP},
		{LINK, 2, "other", UP}, {LINK, 3, "eth1", 0},
		{LINK, 2, "eth0", UP},	{LINK, 3, "eth1", UP},
	};
	static const struct fact addrs[] = {
		{ADDR, 2, "10.0.0.1", 0},
		{ADDR, 2, "10.0.0.2", IFA_F_SECONDARY},
		{UNADDR, 2, "10.0.0.1", 0},
		{ADDR, 2, "10.0.0.2", 0}, /* promoted */
		{ADDR, 3, "10.0.1.1", 0},
	};
	struct merge m = {links,
			  addrs,
			  ARRAY_LEN(links),
			  ARRAY_LEN(addrs),
			  {NULL},
			  0,
			  "eth0 2 running 10.0.0.2;eth1 3 running 10.0.1.1;",
			  0};

	(void)state;
	merges(&m, 0, 0);
	assert_int_equal(m.runs, 462); /* 11 over 5 */
}

/* The link of a name goes and comes back with another index: what was told
 * of either index finds its place. */
static void
deleted_and_recreated(void **state)
{
	static const struct fact links[] = {
		{LINK, 2, "eth0", UP}, {LINK, 2, "eth0", 0},
		{UNLINK, 2, "", 0},    {LINK, 7, "eth0", 0},
		{LINK, 7, "eth0", UP},
	};
	static const struct fact addrs[] = {
		{ADDR, 7, "10.0.0.3", 0},
		{ADDR, 7, "10.0.0.4", 0},
		{UNADDR, 7, "10.0.0.3", 0},
	};
	struct merge m = {links,
			  addrs,
			  ARRAY_LEN(links),
			  ARRAY_LEN(addrs),
			  {NULL},
			  0,
			  "eth0 7 running 10.0.0.4;eth1 0 - none;",
			  0};

	(void)state;
	merges(&m, 0, 0);
	assert_int_equal(m.runs, 56);
}

/* eth0 and eth1 change places over a third name. */
static void
names_follow_renames(void **state)
{
	static const struct fact facts[] = {
		{LINK, 2, "eth0", UP},	  {LINK, 3, "eth1", UP},
		{ADDR, 2, "10.0.0.2", 0}, {ADDR, 3, "10.0.0.3", 0},
		{LINK, 2, "tmp", UP},	  {LINK, 3, "eth0", UP},
		{LINK, 2, "eth1", UP},
	};
	struct iface_table t;
	char text[256];

	(void)state;
	iface_table_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		tell(&t, &facts[i]);
	describe(&t, text, sizeof(text));
	assert_string_equal(text,
			    "eth0 3 running 10.0.0.3;eth1 2 running 10.0.0.2;");
	assert_null(iface_find(&t, "tmp"));
	iface_table_fini(&t);
}

/* A resync ends where the events would have ended, whatever was missed. */
static void
resync_replaces_what_was_missed(void **state)
{
	static const struct fact before[] = {
		{LINK, 2, "eth0", UP},	  {LINK, 3, "eth1", UP},
		{ADDR, 2, "10.0.0.2", 0}, {ADDR, 3, "10.0.0.3", 0},
		{ADDR, 2, "10.0.0.9", 0},
	};
	static const struct fact dump[] = {
		{LINK, 3, "eth0", UP},
		{LINK, 4, "eth1", 0},
		{ADDR, 3, "10.0.0.3", 0},
		{ADDR, 4, "10.0.0.4", 0},
	};
	struct iface_table t;
	char text[256];
	uint64_t losses, generation;

	(void)state;
	iface_table_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(before); i++)
		tell(&t, &before[i]);
	losses = t.losses;
	iface_resync_begin(&t);
	for (size_t i = 0; i < ARRAY_LEN(dump); i++)
		tell(&t, &dump[i]);
	iface_resync_end(&t);
	describe(&t, text, sizeof(text));
	assert_string_equal(text, "eth0 3 running 10.0.0.3;eth1 4 - 10.0.0.4;");
	assert_true(t.losses > losses);
	/* and when nothing was missed, nothing changes */
	losses = t.losses;
	generation = t.generation;
	iface_resync_begin(&t);
	for (size_t i = 0; i < ARRAY_LEN(dump); i++)
		tell(&t, &dump[i]);
	iface_resync_end(&t);
	assert_int_equal(t.losses, losses);
	assert_int_equal(t.generation, generation);
	iface_table_fini(&t);
}

static bool
is_excluded(const void *arg, const struct addr *a)
{
	return addr_is_equal(arg, a);
}

static void
sources_are_chosen_well(void **state)
{
	struct iface_table t;
	struct iface_addr_fact f;
	struct fact l = {LINK, 2, "eth0", UP};
	struct addr keep = {0}, vip, src, got;
	const struct iface *i;

	(void)state;
	iface_table_init(&t);
	tell(&t, &l);
	i = iface_find(&t, "eth0");
	assert_false(iface_source_pick(i, AF_INET, &keep, never, NULL, &got));
	f = addr_fact(2, "10.0.0.100", 32, 0, VRRP_RTPROT); /* a virtual one */
	iface_addr_set(&t, &f);
	f = addr_fact(2, "10.0.0.50", 32, 0, 0);
	iface_addr_set(&t, &f);
	f = addr_fact(2, "10.0.0.7", 24, IFA_F_SECONDARY, 0);
	iface_addr_set(&t, &f);
	f = addr_fact(2, "10.0.0.8", 24, 0, 0);
	iface_addr_set(&t, &f);
	f = addr_fact(2, "10.0.0.9", 24, 0, 0);
	iface_addr_set(&t, &f);
	vip = addr_fact(2, "10.0.0.50", 32, 0, 0).addr;
	src = addr_fact(2, "10.0.0.8", 24, 0, 0).addr;
	assert_true(
		iface_source_pick(i, AF_INET, &keep, is_excluded, &vip, &got));
	assert_true(addr_is_equal(&got, &src));
	/* one that is in use stays, as long as it is there */
	keep = addr_fact(2, "10.0.0.9", 24, 0, 0).addr;
	assert_true(
		iface_source_pick(i, AF_INET, &keep, is_excluded, &vip, &got));
	assert_true(addr_is_equal(&got, &keep));
	f = addr_fact(2, "10.0.0.9", 24, 0, 0);
	iface_addr_del(&t, &f);
	assert_true(
		iface_source_pick(i, AF_INET, &keep, is_excluded, &vip, &got));
	assert_true(addr_is_equal(&got, &src));
	/* IPv6: link-local and no longer tentative */
	f = addr_fact(2, "2001:db8::1", 64, 0, 0);
	iface_addr_set(&t, &f);
	f = addr_fact(2, "fe80::1", 64, IFA_F_TENTATIVE, 0);
	iface_addr_set(&t, &f);
	assert_false(iface_source_pick(i, AF_INET6, &keep, never, NULL, &got));
	f.flags = 0;
	iface_addr_set(&t, &f);
	assert_true(iface_source_pick(i, AF_INET6, &keep, never, NULL, &got));
	assert_true(addr_is_equal(&got, &f.addr));
	iface_table_fini(&t);
}

/* Ours is what carries our number; a kernel that knows no numbers cannot
 * tell, and there what we manage is ours. */
static void
ownership_of_addresses(void **state)
{
	struct iface_table t;
	struct iface_addr_fact f = addr_fact(2, "10.0.0.100", 32, 0, 0);
	struct vip_addr v = {.addr = f.addr, .ifindex = 2, .prefix_len = 32};
	uint64_t losses;

	(void)state;
	iface_table_init(&t);
	assert_false(iface_vip_actual(&t, &v).is_present);
	iface_addr_set(&t, &f);
	assert_true(iface_vip_actual(&t, &v).is_present);
	assert_true(iface_vip_actual(&t, &v).is_ours);
	v.prefix_len = 24; /* another address to the kernel */
	assert_false(iface_vip_actual(&t, &v).is_present);
	v.prefix_len = 32;
	f = addr_fact(1, "127.0.0.1", 8, 0, IFAPROT_KERNEL_LO);
	iface_addr_set(&t, &f);
	assert_false(iface_vip_actual(&t, &v).is_ours);
	f = addr_fact(2, "10.0.0.100", 32, 0, VRRP_RTPROT);
	iface_addr_set(&t, &f);
	assert_true(iface_vip_actual(&t, &v).is_ours);
	/* what we take away is no loss, what another takes away is */
	losses = t.losses;
	iface_addr_forget(&t, &f);
	iface_addr_del(&t, &f);
	assert_int_equal(t.losses, losses);
	iface_addr_set(&t, &f);
	iface_addr_del(&t, &f);
	assert_int_equal(t.losses, losses + 1);
	iface_table_fini(&t);
}

/* An instance without interface lives where its source address is. */
static void
found_by_address_within_a_vrf(void **state)
{
	static const struct fact facts[] = {
		{LINK, 2, "eth0", IFF_UP}, {LINK, 3, "eth1", UP},
		{LINK, 4, "eth2", UP},	   {ADDR, 2, "10.0.0.1", 0},
		{ADDR, 3, "10.0.0.1", 0},
	};
	struct iface_link_fact slave = {
		.ifindex = 4, .name = "eth2", .flags = UP, .master = 9};
	struct iface_addr_fact a = addr_fact(4, "10.0.0.1", 24, 0, 0);
	struct iface_table t;
	struct addr want;

	(void)state;
	iface_table_init(&t);
	assert_int_equal(addr_parse("10.0.0.1", &want), 0);
	assert_null(iface_find_with(&t, &want, 0));
	tell(&t, &facts[0]);
	tell(&t, &facts[3]);
	assert_int_equal(iface_find_with(&t, &want, 0)->fact.ifindex, 2);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		tell(&t, &facts[i]); /* one that runs is better */
	assert_int_equal(iface_find_with(&t, &want, 0)->fact.ifindex, 3);
	assert_null(iface_find_with(&t, &want, 9));
	iface_link_set(&t, &slave);
	assert_null(iface_find_with(&t, &want, 9));
	iface_addr_set(&t, &a);
	assert_int_equal(iface_find_with(&t, &want, 9)->fact.ifindex, 4);
	iface_table_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_and_addresses_in_any_order),
		cmocka_unit_test(deleted_and_recreated),
		cmocka_unit_test(names_follow_renames),
		cmocka_unit_test(resync_replaces_what_was_missed),
		cmocka_unit_test(sources_are_chosen_well),
		cmocka_unit_test(ownership_of_addresses),
		cmocka_unit_test(found_by_address_within_a_vrf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
