/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The reconciler against a model kernel: random desired tables, kernels and
 * strangers.  After its operations the kernel holds what is desired and what
 * is a stranger's, no operation failed, and none touched what was right.
 */
#include <errno.h>
#include <linux/ip_vs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipvs/reconcile.h"
#include "lib/monotime.h"
#include "lib/util.h"

/* ---- a small generator, the same on every machine ---- */

static uint32_t
rnd(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

static struct msg_svc
make_svc(uint32_t id, uint32_t variant)
{
	static const char *const sched[] = {"rr", "wrr", "lc", "sh"};
	struct msg_svc s = {
		.key = {.addr = {.family = AF_INET}, .protocol = IPPROTO_TCP}};

	s.key.addr.bytes[0] = 10;
	s.key.addr.bytes[1] = (uint8_t)(id >> 8);
	s.key.addr.bytes[2] = (uint8_t)id;
	s.key.port = 80;
	if (id % 5 == 0)
		s.key.addr.family = AF_INET6;
	if (id % 7 == 0)
		s.key.fwmark = id + 1;
	strcpy(s.sched, sched[variant % 4]);
	s.timeout = variant / 4 % 2 * 300;
	assert_int_equal(ipvs_svc_clean(&s, &s), 0);
	return s;
}

static struct msg_dest
make_dest(const struct msg_svc *s, uint32_t id, uint32_t variant)
{
	struct msg_dest d = {.key = {.svc = s->key,
				     .addr = {.family = AF_INET},
				     .port = 8080},
			     .weight = variant % 3,
			     .fwd_method = IP_VS_CONN_F_TUNNEL};

	d.key.addr.bytes[0] = 192;
	d.key.addr.bytes[2] = (uint8_t)(id >> 8);
	d.key.addr.bytes[3] = (uint8_t)id;
	assert_int_equal(ipvs_dest_clean(&d, &d), 0);
	return d;
}

/* ---- the model kernel ---- */

struct kernel {
	struct ipvs_table t;
	unsigned touched_right; /* operations on entries already right */
};

static struct msg_svc *
find_svc(struct ipvs_table *t, const struct msg_svc_key *k)
{
	for (size_t i = 0; i < t->svcs; i++)
		if (ipvs_svc_key_compare(&t->svc[i].key, k) == 0)
			return &t->svc[i];
	return NULL;
}

static struct msg_dest *
find_dest(struct ipvs_table *t, const struct msg_dest_key *k)
{
	for (size_t i = 0; i < t->dests; i++)
		if (ipvs_dest_key_compare(&t->dest[i].key, k) == 0)
			return &t->dest[i];
	return NULL;
}

static void
drop_svc(struct ipvs_table *t, const struct msg_svc_key *k)
{
	for (size_t i = t->dests; i-- > 0;)
		if (ipvs_svc_key_compare(&t->dest[i].key.svc, k) == 0)
			t->dest[i] = t->dest[--t->dests];
	*find_svc(t, k) = t->svc[t->svcs - 1];
	t->svcs--;
}

static int
kernel_svc(struct kernel *n, const struct ipvs_op *op)
{
	struct msg_svc *s = find_svc(&n->t, ipvs_op_svc(op));

	if (op->kind == IPVS_OP_SVC_ADD) {
		if (s != NULL)
			return -EEXIST;
		ipvs_table_add_svc(&n->t, &op->svc);
		return 0;
	}
	if (s == NULL)
		return -ESRCH;
	if (op->kind == IPVS_OP_SVC_DEL) {
		drop_svc(&n->t, &op->svc.key);
		return 0;
	}
	n->touched_right += memcmp(s, &op->svc, sizeof(*s)) == 0;
	*s = op->svc;
	return 0;
}

/* Adds, edits and deletes with the kernel's errors. */
static int
kernel_do(struct kernel *n, const struct ipvs_op *op)
{
	struct msg_dest *d;

	if (!ipvs_op_is_dest(op->kind))
		return kernel_svc(n, op);
	if (find_svc(&n->t, ipvs_op_svc(op)) == NULL)
		return -ESRCH;
	d = find_dest(&n->t, &op->dest.key);
	if (op->kind == IPVS_OP_DEST_ADD) {
		if (d != NULL)
			return -EEXIST;
		ipvs_table_add_dest(&n->t, &op->dest);
		return 0;
	}
	if (d == NULL)
		return -ENOENT;
	if (op->kind == IPVS_OP_DEST_DEL) {
		*d = n->t.dest[--n->t.dests];
		return 0;
	}
	n->touched_right += memcmp(d, &op->dest, sizeof(*d)) == 0;
	*d = op->dest;
	return 0;
}

/* ---- property ---- */

enum { OURS = 40, STRANGERS = 10 };

/* Services 0..OURS-1 may be ours, those above never are. */
static bool
is_ours(const void *arg, const struct msg_svc_key *k)
{
	(void)arg;
	for (uint32_t id = 0; id < OURS; id++) {
		struct msg_svc s = make_svc(id, 0);

		if (ipvs_svc_key_compare(&s.key, k) == 0)
			return true;
	}
	return false;
}

static void
random_table(struct ipvs_table *t, uint64_t *seed, uint32_t from, uint32_t to,
	     uint32_t fill)
{
	for (uint32_t id = from; id < to; id++) {
		struct msg_svc s = make_svc(id, rnd(seed, 3));

		if (rnd(seed, 100) >= fill)
			continue;
		ipvs_table_add_svc(t, &s);
		for (uint32_t k = 0; k < 6; k++) {
			struct msg_dest d = make_dest(&s, k, rnd(seed, 4));

			if (rnd(seed, 100) < 60)
				ipvs_table_add_dest(t, &d);
		}
	}
}

static void
copy_table(struct ipvs_table *to, const struct ipvs_table *from)
{
	for (size_t i = 0; i < from->svcs; i++)
		ipvs_table_add_svc(to, &from->svc[i]);
	for (size_t i = 0; i < from->dests; i++)
		ipvs_table_add_dest(to, &from->dest[i]);
}

static void
assert_same(struct ipvs_table *a, struct ipvs_table *b)
{
	ipvs_table_sort(a);
	ipvs_table_sort(b);
	assert_int_equal(a->svcs, b->svcs);
	assert_int_equal(a->dests, b->dests);
	if (a->svcs > 0)
		assert_memory_equal(a->svc, b->svc, a->svcs * sizeof(*a->svc));
	if (a->dests > 0)
		assert_memory_equal(a->dest, b->dest,
				    a->dests * sizeof(*a->dest));
}

/* Additions before deletions, services before their destinations. */
static void
assert_order(const struct ipvs_op *ops, size_t n)
{
	bool svc_deleted = false;

	for (size_t i = 0; i < n; i++) {
		if (ops[i].kind == IPVS_OP_SVC_DEL)
			svc_deleted = true;
		else
			assert_false(svc_deleted);
		if (ops[i].kind != IPVS_OP_DEST_DEL || i + 1 == n ||
		    !ipvs_op_is_dest(ops[i + 1].kind))
			continue;
		if (ipvs_svc_key_compare(ipvs_op_svc(&ops[i]),
					 ipvs_op_svc(&ops[i + 1])) == 0)
			assert_int_equal(ops[i + 1].kind, IPVS_OP_DEST_DEL);
	}
}

static size_t
run(const struct ipvs_table *desired, struct kernel *k)
{
	struct ipvs_op *ops;
	size_t n, room;

	ipvs_table_sort(&k->t);
	room = ipvs_reconcile_room(desired, &k->t);
	ops = xcalloc(room + 1, sizeof(*ops));
	n = ipvs_reconcile(desired, &k->t, is_ours, NULL, ops);
	assert_true(n <= room);
	assert_order(ops, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(kernel_do(k, &ops[i]), 0);
	free(ops);
	return n;
}

static void
one_case(uint64_t seed)
{
	struct ipvs_table desired = IPVS_TABLE_INIT, wanted = IPVS_TABLE_INIT;
	struct kernel k = {0};

	random_table(&desired, &seed, 0, OURS, rnd(&seed, 101));
	ipvs_table_sort(&desired);
	random_table(&wanted, &seed, OURS, OURS + STRANGERS, 50);
	copy_table(&k.t, &wanted);
	random_table(&k.t, &seed, 0, OURS, rnd(&seed, 101));
	copy_table(&wanted, &desired);

	(void)run(&desired, &k);
	assert_int_equal(k.touched_right, 0);
	assert_same(&k.t, &wanted);
	/* And then there is nothing left to do. */
	assert_int_equal(run(&desired, &k), 0);
	ipvs_table_fini(&desired);
	ipvs_table_fini(&wanted);
	ipvs_table_fini(&k.t);
}

static void
test_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++)
		one_case(seed);
}

/* One different weight is one edit and nothing else. */
static void
test_minimal(void **state)
{
	struct ipvs_table desired = IPVS_TABLE_INIT;
	struct kernel k = {0};
	uint64_t seed = 7;

	(void)state;
	random_table(&desired, &seed, 0, OURS, 100);
	ipvs_table_sort(&desired);
	copy_table(&k.t, &desired);
	assert_int_equal(run(&desired, &k), 0);
	k.t.dest[3].weight += 17;
	assert_int_equal(run(&desired, &k), 1);
	k.t.dests--; /* one destination lost */
	assert_int_equal(run(&desired, &k), 1);
	strcpy(k.t.svc[5].sched, "fo");
	assert_int_equal(run(&desired, &k), 1);
	ipvs_table_fini(&desired);
	ipvs_table_fini(&k.t);
}

static void
test_empty(void **state)
{
	struct ipvs_table none = IPVS_TABLE_INIT;
	struct kernel k = {0};
	struct msg_svc ours = make_svc(1, 0), stranger = make_svc(OURS + 1, 0);

	(void)state;
	assert_int_equal(run(&none, &k), 0);
	ipvs_table_add_svc(&k.t, &ours);
	ipvs_table_add_svc(&k.t, &stranger);
	assert_int_equal(run(&none, &k), 1);
	assert_int_equal(k.t.svcs, 1);
	assert_memory_equal(&k.t.svc[0], &stranger, sizeof(stranger));
	ipvs_table_fini(&k.t);
}

static bool
owns_all(const void *arg, const struct msg_svc_key *k)
{
	(void)arg;
	(void)k;
	return true;
}

static void
large_table(struct ipvs_table *t, uint32_t svcs, uint32_t variant)
{
	for (uint32_t id = 0; id < svcs; id++) {
		struct msg_svc s = make_svc(id, variant);

		ipvs_table_add_svc(t, &s);
		for (uint32_t k = 0; k < 10; k++) {
			struct msg_dest d = make_dest(&s, k, variant);

			ipvs_table_add_dest(t, &d);
		}
	}
	ipvs_table_sort(t);
}

/* The number of entries looked at, by the tables' own sizes: 4,000 × 10
 * against itself, against nothing and against all changed. */
static void
test_large(void **state)
{
	struct ipvs_table a = IPVS_TABLE_INIT, b = IPVS_TABLE_INIT;
	struct ipvs_table none = IPVS_TABLE_INIT;
	struct ipvs_op *ops = xcalloc(200000, sizeof(*ops));

	(void)state;
	large_table(&a, 4000, 0);
	large_table(&b, 4000, 1);
	assert_int_equal(ipvs_reconcile(&a, &a, owns_all, NULL, ops), 0);
	assert_int_equal(ipvs_reconcile(&a, &b, owns_all, NULL, ops), 44000);
	assert_int_equal(ipvs_reconcile(&a, &none, owns_all, NULL, ops), 44000);
	assert_int_equal(ipvs_reconcile(&none, &a, owns_all, NULL, ops), 4000);
	free(ops);
	ipvs_table_fini(&a);
	ipvs_table_fini(&b);
}

/* ---- words ---- */

static void
test_explain(void **state)
{
	struct msg_svc s = make_svc(1, 3);
	struct ipvs_op op = {.kind = IPVS_OP_SVC_ADD, .svc = s};
	char buf[256];

	(void)state;
	assert_string_equal(
		ipvs_op_explain(&op, -ENOENT, buf, sizeof(buf)),
		"IPVS: cannot add virtual service [10.0.1.0]:tcp:80: the "
		"kernel has no scheduler 'sh' (modprobe ip_vs_sh)");
	op = (struct ipvs_op){.kind = IPVS_OP_DEST_EDIT,
			      .dest = make_dest(&s, 7, 1)};
	assert_string_equal(
		ipvs_op_explain(&op, -ENOENT, buf, sizeof(buf)),
		"IPVS: cannot change server [192.0.0.7]:tcp:8080 of "
		"[10.0.1.0]:tcp:80: it is not there");
	assert_string_equal(ipvs_op_print(&op, buf, sizeof(buf)),
			    "changed server [192.0.0.7]:tcp:8080 of "
			    "[10.0.1.0]:tcp:80 (tunnel, weight 1)");
	/* Every operation and error has words, and none overruns. */
	for (int kind = IPVS_OP_SVC_ADD; kind <= IPVS_OP_DEST_DEL; kind++) {
		op.kind = (enum ipvs_op_kind)kind;
		if (ipvs_op_is_dest(op.kind))
			op.dest = make_dest(&s, 7, 1);
		else
			op.svc = s;
		for (int e = 1; e < 134; e++) {
			char tiny[24];

			assert_non_null(strstr(
				ipvs_op_explain(&op, -e, buf, sizeof(buf)),
				"10.0.1.0"));
			(void)ipvs_op_explain(&op, -e, tiny, sizeof(tiny));
			assert_true(strlen(tiny) < sizeof(tiny));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_empty),	cmocka_unit_test(test_large),
		cmocka_unit_test(test_explain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
