/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The laws of pool_model.h for all small pools: quorum, hysteresis, weights,
 * sorry servers, inhibition, alpha, twins, marks, groups; reloads between
 * plans that differ in each way; the ipvs engine and the check engine dying.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/log.h"
#include "lib/util.h"
#include "tests/unit/pool_model.h"

static void
say(const char *what, const struct model_stats *s)
{
	printf("%s: %llu states, %llu events, %llu messages\n", what,
	       (unsigned long long)s->states, (unsigned long long)s->steps,
	       (unsigned long long)s->messages);
}

/* n servers 10.0.1.1..n of these weights. */
static struct model_plan
plan_of(size_t n, const uint32_t *weight)
{
	struct model_plan p = {.quorum = 1};

	for (size_t i = 0; i < n; i++)
		p.rs[i] = (struct model_server){.host = (uint8_t)(i + 1),
						.port = 80,
						.weight = weight[i]};
	return p;
}

enum { SORRY_NONE, SORRY_OTHER, SORRY_KEPT, SORRY_SELF, SORRY_SELF_KEPT };

static void
set_sorry(struct model_plan *p, unsigned kind)
{
	p->sorry = kind == SORRY_NONE ? 0 : kind < SORRY_SELF ? 200 : 1;
	p->is_sorry_inhibited = kind == SORRY_KEPT || kind == SORRY_SELF_KEPT;
}

static void
set_masks(struct model_plan *p, unsigned inhibits, unsigned alpha)
{
	for (size_t i = 0; i < MODEL_SERVERS; i++) {
		p->rs[i].inhibits = (inhibits >> i) & 1;
		p->rs[i].alpha = (alpha >> i) & 1;
	}
}

/* One configuration, every combination of its options. */
static void
sweep(size_t n, const uint32_t *weight, struct model_stats *s)
{
	const unsigned all = (1u << n) - 1;

	for (uint32_t q = 1; q <= 4; q++)
		for (uint32_t h = 0; h < q && h < 3; h++)
			for (unsigned k = 0; k <= SORRY_SELF_KEPT; k++)
				for (unsigned in = 0; in <= all; in++) {
					struct model_plan p =
						plan_of(n, weight);

					p.quorum = q;
					p.hysteresis = h;
					set_sorry(&p, k);
					set_masks(&p, in, in & 1 ? all : 0);
					assert_true(
						model_check(&p, 1, true, s));
				}
}

static void
all_options(void **state)
{
	static const uint32_t weights[][3] = {
		{1, 1, 1}, {1, 2, 3}, {0, 1, 2}, {2, 0, 0}, {0, 0, 0}};
	struct model_stats s = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(weights); i++)
		for (size_t n = 1; n <= 2; n++)
			sweep(n, weights[i], &s);
	sweep(3, weights[1], &s);
	say("options", &s);
}

static void
four_servers(void **state)
{
	static const uint32_t weight[] = {2, 1, 0, 1};
	struct model_stats s = {0};

	(void)state;
	for (unsigned k = 0; k <= SORRY_SELF_KEPT; k++) {
		struct model_plan p = plan_of(4, weight);

		p.quorum = 3;
		p.hysteresis = 1;
		set_sorry(&p, k);
		set_masks(&p, 5, 2);
		assert_true(model_check(&p, 1, false, &s));
	}
	say("four servers", &s);
}

/* Servers that are one destination: under a mark ports do not count. */
static void
twins(void **state)
{
	static const uint32_t weights[][3] = {{1, 2, 3}, {0, 2, 1}, {2, 0, 1}};
	struct model_stats s = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(weights); i++)
		for (unsigned k = 0; k <= SORRY_SELF_KEPT; k++)
			for (unsigned in = 0; in < 8; in++) {
				struct model_plan p = plan_of(3, weights[i]);

				p.is_fwmark = true;
				p.rs[1].host = 1;
				p.rs[1].port = 81;
				p.quorum = 2;
				set_sorry(&p, k);
				set_masks(&p, in, 0);
				assert_true(model_check(&p, 1, true, &s));
			}
	say("twins", &s);
}

/* ---- reloads ---- */

#define VARIANTS 20

/* Ways in which a configuration may differ from the first one. */
static struct model_plan
variant(unsigned v, unsigned sorry)
{
	static const uint32_t weight[] = {1, 2, 1, 1};
	struct model_plan p = plan_of(2, weight);

	set_sorry(&p, sorry);
	switch (v) {
	case 0:
		break;
	case 1:
		p.rs[0].weight = 5;
		break;
	case 2:
		p.rs[0].weight = 0;
		break;
	case 3:
		p.rs[0].inhibits = true;
		break;
	case 4:
		set_masks(&p, 3, 0);
		break;
	case 5:
		p.rs[1].uthreshold = 100;
		break;
	case 6:
		p.rs[0].is_nat = true;
		break;
	case 7: /* NAT to another port: another destination */
		p.rs[1].is_nat = true;
		p.rs[1].port = 8080;
		break;
	case 8:
		p.rs[0] = p.rs[1];
		p.rs[1].host = 0;
		break;
	case 9:
		p = plan_of(3, weight);
		set_sorry(&p, sorry);
		break;
	case 10: /* all others */
		p.rs[0].host = 3;
		p.rs[1].host = 4;
		break;
	case 11:
		p.rs[0].host = 3;
		p.rs[0].alpha = true;
		break;
	case 12:
		set_masks(&p, 0, 3);
		break;
	case 13:
		p.quorum = 3;
		break;
	case 14:
		p.quorum = 2;
		p.hysteresis = 1;
		break;
	case 15:
		set_sorry(&p, sorry == SORRY_NONE ? SORRY_OTHER : SORRY_NONE);
		break;
	case 16:
		set_sorry(&p, SORRY_SELF_KEPT);
		p.quorum = 3;
		break;
	case 17:
		set_sorry(&p, SORRY_KEPT);
		p.quorum = 3;
		break;
	case 18: /* the checks are other ones */
		p.rs[0].timeout = p.rs[1].timeout = 1;
		break;
	case 19: /* the other way round */
		p.rs[0] = plan_of(2, weight).rs[1];
		p.rs[1] = plan_of(2, weight).rs[0];
		break;
	}
	return p;
}

static void
reloads(void **state)
{
	struct model_stats s = {0};

	(void)state;
	for (unsigned a = 0; a < VARIANTS; a++)
		for (unsigned b = a + 1; b < VARIANTS; b++)
			for (unsigned k = 0; k <= SORRY_SELF_KEPT; k++) {
				struct model_plan p[] = {variant(a, k),
							 variant(b, k)};

				assert_true(model_check(p, 2, true, &s));
			}
	say("reloads", &s);
}

/* Members of a group come and go. */
static void
groups(void **state)
{
	static const uint32_t weight[] = {1, 2};
	struct model_stats s = {0};

	(void)state;
	for (unsigned k = 0; k <= SORRY_SELF_KEPT; k++)
		for (unsigned in = 0; in < 4; in++) {
			struct model_plan p[] = {plan_of(2, weight),
						 plan_of(2, weight),
						 plan_of(1, weight)};

			for (size_t i = 0; i < ARRAY_LEN(p); i++) {
				set_sorry(&p[i], k);
				set_masks(&p[i], in, 0);
				p[i].quorum = i == 2 ? 1 : 3;
			}
			p[0].n_addrs = 1;
			p[0].first_addr = 20;
			p[1].n_addrs = 3;
			p[1].first_addr = 20;
			p[2].n_addrs = 2;
			p[2].first_addr = 21;
			assert_true(model_check(p, 3, true, &s));
		}
	say("groups", &s);
}

/* Weights that grow, while everything else goes on. */
static void
slow_start(void **state)
{
	static const uint32_t weights[][3] = {{100, 10, 1}, {7, 0, 3}};
	struct model_stats s = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(weights); i++)
		for (unsigned k = 0; k <= SORRY_SELF_KEPT; k++) {
			struct model_plan p[] = {plan_of(2, weights[i]),
						 plan_of(2, weights[i])};

			p[0].slow_start = 3;
			p[1].slow_start = k % 2 ? 2 : 0;
			p[1].quorum = 11;
			for (size_t v = 0; v < 2; v++) {
				set_sorry(&p[v], k);
				set_masks(&p[v], 2, 1);
			}
			assert_true(model_check(p, 2, true, &s));
			p[0].is_fwmark = true;
			p[0].rs[1].host = 1;
			p[0].rs[1].port = 81;
			assert_true(model_check(p, 1, true, &s));
		}
	say("slow start", &s);
}

/* Who leaves stays for a while: by failure, with the quorum, by a reload. */
static void
drain(void **state)
{
	static const unsigned other[] = {1, 4, 7, 8, 10, 11, 14, 15, 16};
	struct model_stats s = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		for (unsigned k = 0; k <= SORRY_SELF_KEPT; k++) {
			struct model_plan p[] = {variant(0, k),
						 variant(other[i], k)};

			p[0].drain = 2;
			p[1].drain = i % 3 == 0 ? 2 : i % 3 == 1 ? 1 : 0;
			p[0].quorum = 1 + k % 2 * 2;
			assert_true(model_check(p, 2, true, &s));
		}
	say("drain", &s);
}

/* Together with all else that knows time, and with servers that are one. */
static void
drain_and_others(void **state)
{
	static const uint32_t weight[] = {4, 3, 0};
	struct model_stats s = {0};

	(void)state;
	for (unsigned k = 0; k <= SORRY_SELF_KEPT; k++)
		for (unsigned in = 0; in < 4; in++) {
			struct model_plan p = plan_of(2, weight);

			set_sorry(&p, k);
			set_masks(&p, in, in == 3 ? 1 : 0);
			p.drain = 2;
			p.quorum = 1 + in * 2;
			p.slow_start = 2;
			assert_true(model_check(&p, 1, true, &s));
			p.slow_start = 0;
			p.n_addrs = 2;
			p.first_addr = 20;
			assert_true(model_check(&p, 1, true, &s));
			p.n_addrs = 0;
			p.is_fwmark = true;
			p.rs[1].host = 1;
			p.rs[1].port = 81;
			assert_true(model_check(&p, 1, true, &s));
		}
	say("drain and others", &s);
}

static void
panic(void **state)
{
	static const uint32_t percents[] = {1, 33, 50, 67, 99};
	static const uint32_t weight[] = {1, 2, 1, 1};
	struct model_stats s = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(percents); i++)
		for (unsigned k = 0; k <= SORRY_SELF_KEPT; k++) {
			struct model_plan p[] = {plan_of(3, weight),
						 plan_of(2, weight)};

			p[0].panic = p[1].panic = percents[i];
			if (k % 2)
				p[1].panic = 0;
			p[0].quorum = 1 + (uint32_t)i % 3;
			for (size_t v = 0; v < 2; v++) {
				set_sorry(&p[v], k);
				set_masks(&p[v], 2, 1);
			}
			assert_true(model_check(p, i == 2 ? 2 : 1, true, &s));
		}
	say("panic", &s);
}

static void
panic_of_four(void **state)
{
	static const uint32_t weight[] = {1, 1, 1, 1};
	struct model_stats s = {0};
	struct model_plan p = plan_of(4, weight);

	(void)state;
	p.panic = 50;
	set_sorry(&p, SORRY_OTHER);
	assert_true(model_check(&p, 1, false, &s));
	say("panic of four", &s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_options),
		cmocka_unit_test(four_servers),
		cmocka_unit_test(twins),
		cmocka_unit_test(reloads),
		cmocka_unit_test(groups),
		cmocka_unit_test(slow_start),
		cmocka_unit_test(panic),
		cmocka_unit_test(panic_of_four),
		cmocka_unit_test(drain),
		cmocka_unit_test(drain_and_others),
	};

	/* Millions of events, each with its line: not here. */
	log_open_fd(open("/dev/null", O_WRONLY | O_CLOEXEC), "model", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
