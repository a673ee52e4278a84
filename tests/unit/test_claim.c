/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Claims of addresses: the packets, the kernel's filter as a program, and how
 * often they are answered; the age of what was received. */
#include "vrrp/claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "lib/util.h"
#include "vrrp/instance.h"
#include "vrrp/rx_age.h"

#define ETHER_LEN 14
#define IPV6_LEN  40

static const uint8_t mac[VRRP_MAC_LEN] = {2, 0, 0, 0, 0, 9};

static struct addr
ip(const char *s)
{
	struct addr a = {0};

	assert_int_equal(addr_parse(s, &a), 0);
	return a;
}

/* What we announce is what we must recognise; returns where it begins. */
static const uint8_t *
announced(const struct addr *a, uint8_t *frame, size_t *len)
{
	size_t head = ETHER_LEN + (a->family == AF_INET6 ? IPV6_LEN : 0);

	*len = vrrp_frame_announce(a, mac, true, frame) - head;
	return frame + head;
}

static void
reads_what_others_announce(void **state)
{
	uint8_t frame[VRRP_FRAME_MAX];
	struct vrrp_claim c = {0};
	struct addr a = ip("192.168.3.110"), b = ip("fe80::5");
	size_t len;
	const uint8_t *p;

	(void)state;
	p = announced(&a, frame, &len);
	assert_true(vrrp_claim_from_arp(p, len, &c));
	assert_true(addr_is_equal(&c.addr, &a));
	assert_memory_equal(c.mac, mac, sizeof(mac));
	for (size_t cut = 0; cut < 18; cut++)
		assert_false(vrrp_claim_from_arp(p, cut, &c));
	p = announced(&b, frame, &len);
	memset(&c, 0, sizeof(c));
	assert_true(vrrp_claim_from_na(p, len, &c));
	assert_true(addr_is_equal(&c.addr, &b));
	assert_memory_equal(c.mac, mac, sizeof(mac));
	for (size_t cut = 0; cut < len; cut++)
		assert_false(vrrp_claim_from_na(p, cut, &c));
}

static void
refuses_what_is_no_claim(void **state)
{
	uint8_t frame[VRRP_FRAME_MAX], probe[28];
	struct vrrp_claim c;
	struct addr a = ip("192.168.3.110"), b = ip("fe80::5");
	size_t len;
	const uint8_t *p = announced(&a, frame, &len);

	(void)state;
	memcpy(probe, p, sizeof(probe));
	memset(probe + 14, 0, 4); /* a probe: no sender */
	assert_false(vrrp_claim_from_arp(probe, sizeof(probe), &c));
	memcpy(probe, p, sizeof(probe));
	probe[4] = 8; /* not a MAC */
	assert_false(vrrp_claim_from_arp(probe, sizeof(probe), &c));
	memset(frame, 0, sizeof(frame));
	p = announced(&b, frame, &len);
	frame[ETHER_LEN + IPV6_LEN + 24] = 1; /* another option */
	assert_false(vrrp_claim_from_na(p, len, &c));
	frame[ETHER_LEN + IPV6_LEN + 25] = 0; /* of no length */
	assert_false(vrrp_claim_from_na(p, len, &c));
}

/* What the kernel would make of it: the three instructions that we use. */
static bool
passes(const struct sock_filter *f, size_t n, const uint8_t *p, size_t len)
{
	uint32_t acc = 0;

	for (size_t i = 0; i < n; i++)
		switch (f[i].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f[i].k + 4 > len)
				return false;
			acc = (uint32_t)p[f[i].k] << 24 |
			      (uint32_t)p[f[i].k + 1] << 16 |
			      (uint32_t)p[f[i].k + 2] << 8 | p[f[i].k + 3];
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += acc == f[i].k ? f[i].jt : f[i].jf;
			break;
		case BPF_RET | BPF_K:
			return f[i].k != 0;
		default:
			fail_msg("instruction %x", f[i].code);
		}
	fail_msg("runs off its end");
	return false;
}

static void
the_filter_names_our_addresses(void **state)
{
	struct sock_filter code[VRRP_CLAIM_FILTER_MAX];
	uint8_t frame[VRRP_FRAME_MAX];
	struct addr own[VRRP_CLAIM_ADDRS];
	size_t len, n;
	const uint8_t *p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		own[i] = ip(i % 2 ? "fe80::1:0" : "10.0.0.0");
		own[i].bytes[i % 2 ? 15 : 3] = (uint8_t)i;
	}
	for (int family = 0; family < 2; family++) {
		int af = family ? AF_INET6 : AF_INET;
		struct addr other = ip(family ? "fe80::2:1" : "10.0.1.0");

		n = vrrp_claim_filter(af, own, ARRAY_LEN(own), code);
		assert_true(n <= VRRP_CLAIM_FILTER_MAX);
		for (size_t i = (size_t)family; i < ARRAY_LEN(own); i += 2) {
			p = announced(&own[i], frame, &len);
			assert_true(passes(code, n, p, len));
			assert_false(passes(code, n, p, 12));
		}
		p = announced(&other, frame, &len);
		assert_false(passes(code, n, p, len));
		/* too many to name: all of the kind */
		n = vrrp_claim_filter(af, NULL, VRRP_CLAIM_ADDRS + 1, code);
		assert_true(passes(code, n, p, len));
	}
}

static void
answers_get_rarer(void **state)
{
	struct vrrp_claim_limit l = {0};
	monotime_t now = {SEC(100)}, last = now;
	nsec_t gap = 0;
	unsigned int answers = 0;

	(void)state;
	/* an hour of a claim every 10 ms */
	for (; now.ns < SEC(3700); now = monotime_add(now, MSEC(10)))
		if (vrrp_claim_allow(&l, now)) {
			nsec_t since = monotime_sub(now, last);

			assert_true(answers < 2 || since >= gap);
			gap = since;
			last = now;
			answers++;
		}
	assert_true(answers < 80);
	assert_true(gap <= SEC(65));
	/* silence makes it a new affair */
	now = monotime_add(now, SEC(300));
	assert_true(vrrp_claim_allow(&l, now));
	now = monotime_add(now, MSEC(250));
	assert_true(vrrp_claim_allow(&l, now));
}

/* The age of what was received: whatever is done to the wall clock, a packet
 * is never from the future, nor older than the last reading. */
static void
no_step_of_the_wall_clock_ages_a_packet(void **state)
{
	const nsec_t wall = SEC(1800000000), year = SEC(365 * 86400);
	const nsec_t steps[] = {year, -year, SEC(1), -SEC(1), MSEC(200)};
	monotime_t t0 = {SEC(500)}, now = {SEC(510)};
	struct rx_age a;

	(void)state;
	rx_age_drained(&a, wall, t0);
	/* an even clock: exact */
	assert_int_equal(rx_age_of(&a, wall + SEC(7), wall + SEC(10), now),
			 SEC(3));
	assert_int_equal(rx_age_of(&a, wall - SEC(7), wall + SEC(10), now),
			 SEC(10));
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		nsec_t set = wall + SEC(10) + steps[i];

		/* stamped before the step, read after it */
		assert_int_equal(rx_age_of(&a, wall + SEC(7), set, now), 0);
		/* stamped after it */
		assert_int_equal(rx_age_of(&a, set, set, now), 0);
		/* the next reading goes on with the new clock */
		rx_age_drained(&a, set, now);
		assert_int_equal(rx_age_of(&a, set + MSEC(10), set + MSEC(30),
					   monotime_add(now, MSEC(30))),
				 MSEC(20));
		rx_age_drained(&a, wall, t0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_others_announce),
		cmocka_unit_test(refuses_what_is_no_claim),
		cmocka_unit_test(the_filter_names_our_addresses),
		cmocka_unit_test(answers_get_rarer),
		cmocka_unit_test(no_step_of_the_wall_clock_ages_a_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
