/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The announce queue, the agenda, the frames, the filter: small pure parts. */
#include "vrrp/announce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"
#include "vrrp/agenda.h"
#include "vrrp/filter.h"
#include "vrrp/reconcile.h"

static const monotime_t t0 = {SEC(50)};

static struct announce_item
item(uint32_t ifindex)
{
	return (struct announce_item){
		.ifindex = ifindex, .family = AF_INET, .frame_len = 42};
}

static void
all_once_before_any_twice(void **state)
{
	struct announce a;
	struct announce_item it[4];

	(void)state;
	announce_init(&a);
	for (size_t i = 0; i < 4; i++) {
		it[i] = item(2);
		announce_add(&a, &it[i], 5);
	}
	for (size_t i = 0; i < 20; i++)
		assert_ptr_equal(announce_take(&a, t0), &it[i % 4]);
	assert_null(announce_take(&a, t0));
	assert_true(monotime_is_never(announce_next(&a)));
	announce_fini(&a);
}

static void
gaps_are_kept_per_interface(void **state)
{
	struct announce a;
	struct announce_item x = item(2), y = item(3), z = item(2);
	monotime_t t = t0;

	(void)state;
	announce_init(&a);
	announce_set_gaps(&a, MSEC(10), 0);
	announce_add(&a, &x, 2);
	announce_add(&a, &y, 1);
	announce_add(&a, &z, 1);
	assert_ptr_equal(announce_take(&a, t), &x);
	assert_ptr_equal(announce_take(&a, t), &y); /* its own lane */
	assert_null(announce_take(&a, t));
	assert_int_equal(monotime_sub(announce_next(&a), t), MSEC(10));
	t = monotime_add(t, MSEC(10));
	assert_ptr_equal(announce_take(&a, t), &z);
	assert_null(announce_take(&a, t));
	t = monotime_add(t, MSEC(10));
	assert_ptr_equal(announce_take(&a, t), &x);
	assert_true(monotime_is_never(announce_next(&a)));
	/* the gap also lies between two bursts */
	announce_add(&a, &x, 1);
	assert_null(announce_take(&a, t));
	announce_fini(&a);
}

static void
cancelled_and_unready_items_are_not_sent(void **state)
{
	struct announce a;
	struct announce_item x = item(2), y = item(0), z = item(2);

	(void)state;
	announce_init(&a);
	z.frame_len = 0;
	announce_add(&a, &x, 3);
	announce_add(&a, &y, 3);
	announce_add(&a, &z, 3);
	announce_cancel(&a, &x);
	announce_cancel(&a, &x);
	assert_null(announce_take(&a, t0));
	announce_add(&a, &x, 1);
	announce_add(&a, &x, 3); /* more of the same, not another turn */
	for (int i = 0; i < 3; i++)
		assert_ptr_equal(announce_take(&a, t0), &x);
	assert_null(announce_take(&a, t0));
	announce_fini(&a);
}

/* Against a plain scan for the least, with moves in both directions. */
static void
agenda_is_in_order(void **state)
{
	struct agenda a = {0};
	static struct agenda_item it[500];
	unsigned int seed = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(it); i++)
		agenda_register(&a, &it[i]);
	for (int round = 0; round < 20000; round++) {
		size_t i = (size_t)rand_r(&seed) % ARRAY_LEN(it);
		monotime_t least = MONOTIME_NEVER;
		struct agenda_item *first;

		agenda_set(&a, &it[i],
			   rand_r(&seed) % 5 == 0
				   ? MONOTIME_NEVER
				   : (monotime_t){rand_r(&seed) % 100000});
		if (round % 50 != 0)
			continue;
		for (size_t k = 0; k < ARRAY_LEN(it); k++)
			least = monotime_min(least, it[k].at);
		assert_int_equal(agenda_next(&a).ns, least.ns);
		if (monotime_is_never(least))
			continue;
		assert_null(agenda_pop(&a, monotime_add(least, -1)));
		first = agenda_pop(&a, least);
		assert_non_null(first);
		assert_int_equal(first->pos, 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(it); i++)
		agenda_unregister(&a, &it[i]);
	assert_true(monotime_is_never(agenda_next(&a)));
	agenda_fini(&a);
}

/* Frames captured from keepalived 2.2.7; our NA also has the router flag
 * (RFC 9568 §6.4.2: R=1 S=0 O=1), which the checksum then covers. */
static void
frames_are_what_neighbours_know(void **state)
{
	static const uint8_t mac[] = {0x9e, 0xc7, 0x95, 0xdc, 0xb6, 0x81};
	static const uint8_t arp[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x9e, 0xc7, 0x95,
		0xdc, 0xb6, 0x81, 0x08, 0x06, 0x00, 0x01, 0x08, 0x00,
		0x06, 0x04, 0x00, 0x01, 0x9e, 0xc7, 0x95, 0xdc, 0xb6,
		0x81, 0x0a, 0x09, 0x00, 0x64, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0x0a, 0x09, 0x00, 0x64,
	};
	static const uint8_t na[] = {
		0x33, 0x33, 0x00, 0x00, 0x00, 0x01, 0x9e, 0xc7, 0x95, 0xdc,
		0xb6, 0x81, 0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x20,
		0x3a, 0xff, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0xff, 0x02,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x01, 0x88, 0x00, 0x10, 0x06, 0x20, 0x00,
		0x00, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x01,
		0x9e, 0xc7, 0x95, 0xdc, 0xb6, 0x81,
	};
	uint8_t out[VRRP_FRAME_MAX];
	struct addr a;

	(void)state;
	assert_int_equal(addr_parse("10.9.0.100", &a), 0);
	assert_int_equal(vrrp_frame_announce(&a, mac, true, out), sizeof(arp));
	assert_memory_equal(out, arp, sizeof(arp));
	assert_int_equal(addr_parse("2001:db8::1", &a), 0);
	assert_int_equal(vrrp_frame_announce(&a, mac, false, out), sizeof(na));
	assert_memory_equal(out, na, sizeof(na));
	assert_int_equal(vrrp_frame_announce(&a, mac, true, out), sizeof(na));
	assert_int_equal(out[58], 0xa0);
	assert_int_equal(out[56] << 8 | out[57], 0x1006 - 0x8000 + 0xffff);
}

/* The kernel's machine, as far as the program uses it. */
static uint32_t
run_filter(const struct sock_filter *f, size_t n, const uint8_t *pkt)
{
	uint32_t a = 0, x = 0, mem[2] = {0};

	for (size_t i = 0; i < n; i++) {
		uint32_t k = f[i].k;

		switch (f[i].code) {
		case BPF_LDX | BPF_B | BPF_MSH:
			x = (pkt[k] & 0xfu) * 4;
			break;
		case BPF_LD | BPF_B | BPF_IND:
			a = pkt[x + k];
			break;
		case BPF_LD | BPF_B | BPF_ABS:
			a = pkt[k];
			break;
		case BPF_LD | BPF_IMM:
			a = k;
			break;
		case BPF_ST:
			mem[k] = a;
			break;
		case BPF_LD | BPF_MEM:
			a = mem[k];
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			a >>= k;
			break;
		case BPF_ALU | BPF_RSH | BPF_X:
			a >>= x;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= k;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_JMP | BPF_JA:
			i += k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += a == k ? f[i].jt : f[i].jf;
			break;
		case BPF_RET | BPF_K:
			return k;
		default:
			fail_msg("unknown instruction %u", f[i].code);
		}
	}
	fail_msg("ran over the end");
	return 0;
}

static void
filter_lets_only_our_ids_through(void **state)
{
	uint32_t bits[8] = {0};
	struct sock_filter f[VRRP_FILTER_MAX];
	size_t n;

	(void)state;
	for (unsigned int id = 0; id < 256; id += 7)
		bits[id / 32] |= 1u << id % 32;
	for (int kind = 0; kind < VRRP_RX_COUNT; kind++) {
		static const size_t at[] = {25, 1, 49};

		n = vrrp_filter_make((enum vrrp_rx)kind, bits, f);
		assert_true(n <= VRRP_FILTER_MAX);
		for (unsigned int id = 0; id < 256; id++) {
			uint8_t pkt[64] = {0};

			pkt[0] = 0x46; /* a header with options */
			pkt[24] = kind == VRRP_RX_AH ? 112 : 0;
			pkt[at[kind]] = (uint8_t)id;
			assert_int_equal(run_filter(f, n, pkt) != 0,
					 id % 7 == 0);
			if (kind != VRRP_RX_AH)
				continue;
			pkt[24] = 6; /* somebody's IPsec */
			assert_int_equal(run_filter(f, n, pkt), 0);
		}
	}
}

static struct vip_slot
slot(bool is_wanted, bool is_present, bool is_ours)
{
	struct vip_slot s = {.is_wanted = is_wanted};

	s.want.addr.family = AF_INET;
	s.want.ifindex = 2;
	s.actual.is_present = is_present;
	s.actual.is_ours = is_ours;
	return s;
}

static void
reconciles(void **state)
{
	struct vip_slot s;

	(void)state;
	s = slot(true, false, false);
	assert_int_equal(vip_reconcile(&s), VIP_OP_ADD);
	s.want.ifindex = 0; /* gone with its interface */
	assert_int_equal(vip_reconcile(&s), VIP_OP_NONE);
	s = slot(true, true, true);
	assert_int_equal(vip_reconcile(&s), VIP_OP_NONE);
	s = slot(true, true, false); /* a stranger's serves as well */
	s.want.scope = 253;
	assert_int_equal(vip_reconcile(&s), VIP_OP_NONE);
	s = slot(false, true, true);
	assert_int_equal(vip_reconcile(&s), VIP_OP_DEL);
	s = slot(false, true, false); /* never another's */
	assert_int_equal(vip_reconcile(&s), VIP_OP_NONE);
	s = slot(false, false, false);
	assert_int_equal(vip_reconcile(&s), VIP_OP_NONE);
	s = slot(true, true, true);
	s.want.scope = 253;
	assert_int_equal(vip_reconcile(&s), VIP_OP_REPLACE);
	s = slot(true, true, true);
	memcpy(s.actual.label, "eth0", 5);
	assert_int_equal(vip_reconcile(&s), VIP_OP_NONE);
	memcpy(s.want.label, "eth0:1", 7);
	assert_int_equal(vip_reconcile(&s), VIP_OP_REPLACE);
}

/* Only ours are renewed, and only where their lifetime is not as wanted. */
static void
lifetimes_are_renewed(void **state)
{
	struct vip_slot s = slot(true, true, true), old = s;

	(void)state;
	s.is_stale = true;
	assert_int_equal(vip_reconcile(&s), VIP_OP_REFRESH);
	s.actual.is_ours = false;
	assert_int_equal(vip_reconcile(&s), VIP_OP_NONE);
	s = slot(true, true, true);
	s.want.valid_lft = 30; /* one that a life without it has left */
	assert_int_equal(vip_reconcile(&s), VIP_OP_REFRESH);
	s.actual.is_finite = true;
	assert_int_equal(vip_reconcile(&s), VIP_OP_NONE);
	s.want.valid_lft = 0; /* switched off by a reload */
	assert_int_equal(vip_reconcile(&s), VIP_OP_REFRESH);
	s = slot(true, true, true);
	s.want.preferred_lft = 5;
	vip_slot_inherit(&s, &old);
	assert_int_equal(vip_reconcile(&s), VIP_OP_REFRESH);
	s = slot(true, true, true);
	s.want.flags = 1;
	vip_slot_inherit(&s, &old);
	assert_int_equal(vip_reconcile(&s), VIP_OP_REPLACE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_once_before_any_twice),
		cmocka_unit_test(gaps_are_kept_per_interface),
		cmocka_unit_test(cancelled_and_unready_items_are_not_sent),
		cmocka_unit_test(agenda_is_in_order),
		cmocka_unit_test(frames_are_what_neighbours_know),
		cmocka_unit_test(filter_lets_only_our_ids_through),
		cmocka_unit_test(reconciles),
		cmocka_unit_test(lifetimes_are_renewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
