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

#include "lib/util.h"
#include "tests/unit/ipvs_kernel.h"

/* ---- property ---- */

enum { OURS = 40, STRANGERS = 10 };

/* Services 0..OURS-1 may be ours, those above never are. */
static bool
is_ours(const void *arg, const struct msg_svc_key *k)
{
	(void)arg;
	for (uint32_t id = 0; id < OURS; id++) {
		struct msg_svc s = kernel_make_svc(id, 0);

		if (ipvs_svc_key_compare(&s.key, k) == 0)
			return true;
	}
	return false;
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

/* How many requests there must be, counted entry by entry: each that is
 * missing, each that differs, each that is too much; of a service that goes
 * only itself, and nothing of what is not known. */
static size_t
least_requests(const struct ipvs_table *desired, struct ipvs_table *actual)
{
	size_t n = 0;

	for (size_t i = 0; i < desired->svcs; i++) {
		const struct msg_svc *is =
			kernel_find_svc(actual, &desired->svc[i].key);

		n += is == NULL ||
		     memcmp(is, &desired->svc[i], sizeof(*is)) != 0;
	}
	for (size_t i = 0; i < actual->svcs; i++)
		n += is_ours(NULL, &actual->svc[i].key) &&
		     kernel_find_svc((struct ipvs_table *)desired,
				     &actual->svc[i].key) == NULL;
	for (size_t i = 0; i < desired->dests; i++) {
		const struct msg_dest *is =
			kernel_find_dest(actual, &desired->dest[i].key);

		n += is == NULL ||
		     memcmp(is, &desired->dest[i], sizeof(*is)) != 0;
	}
	for (size_t i = 0; i < actual->dests; i++)
		n += kernel_find_svc((struct ipvs_table *)desired,
				     &actual->dest[i].key.svc) != NULL &&
		     kernel_find_dest((struct ipvs_table *)desired,
				      &actual->dest[i].key) == NULL;
	return n;
}

static void
one_case(uint64_t seed)
{
	size_t least;
	struct ipvs_table desired = IPVS_TABLE_INIT, wanted = IPVS_TABLE_INIT;
	struct kernel k = {0};

	kernel_random_table(&desired, &seed, 0, OURS, kernel_rnd(&seed, 101));
	ipvs_table_sort(&desired);
	kernel_random_table(&wanted, &seed, OURS, OURS + STRANGERS, 50);
	kernel_copy_table(&k.t, &wanted);
	kernel_random_table(&k.t, &seed, 0, OURS, kernel_rnd(&seed, 101));
	kernel_copy_table(&wanted, &desired);

	least = least_requests(&desired, &k.t);
	assert_int_equal(run(&desired, &k), least);
	assert_int_equal(k.touched_right, 0);
	assert_true(kernel_is_same(&k.t, &wanted));
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
	kernel_random_table(&desired, &seed, 0, OURS, 100);
	ipvs_table_sort(&desired);
	kernel_copy_table(&k.t, &desired);
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

/* Of a service whose servers were not read nothing is done about them; what
 * is wrong with itself is, and a missing one gets them all. */
static void
test_unread(void **state)
{
	struct ipvs_table desired = IPVS_TABLE_INIT;
	struct kernel k = {0};
	uint64_t seed = 7;
	struct ipvs_op *ops;
	size_t n, of_first = 0;

	(void)state;
	kernel_random_table(&desired, &seed, 0, OURS, 100);
	ipvs_table_sort(&desired);
	kernel_copy_table(&k.t, &desired);
	ipvs_table_sort(&k.t);
	while (of_first < k.t.dests &&
	       ipvs_svc_key_compare(&k.t.dest[of_first].key.svc,
				    &k.t.svc[0].key) == 0)
		of_first++;
	assert_true(of_first > 0 && of_first < k.t.dests);
	/* Only those of the first are known, and one of them is wrong. */
	k.t.dests = of_first;
	k.t.dest[0].weight += 17;
	for (size_t i = 1; i < k.t.svcs; i++)
		ipvs_table_set_unread(&k.t, i);
	strcpy(k.t.svc[5].sched, "fo");
	ops = xcalloc(ipvs_reconcile_room(&desired, &k.t), sizeof(*ops));
	n = ipvs_reconcile(&desired, &k.t, is_ours, NULL, ops);
	assert_int_equal(n, 2);
	assert_int_equal(ops[0].kind, IPVS_OP_DEST_EDIT);
	assert_int_equal(ops[1].kind, IPVS_OP_SVC_EDIT);
	free(ops);
	ipvs_table_reset(&k.t);
	assert_null(k.t.unread);
	assert_int_equal(run(&desired, &k), desired.svcs + desired.dests);
	ipvs_table_fini(&desired);
	ipvs_table_fini(&k.t);
}

static void
test_empty(void **state)
{
	struct ipvs_table none = IPVS_TABLE_INIT;
	struct kernel k = {0};
	struct msg_svc ours = kernel_make_svc(1, 0),
		       stranger = kernel_make_svc(OURS + 1, 0);

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
		struct msg_svc s = kernel_make_svc(id, variant);

		ipvs_table_add_svc(t, &s);
		for (uint32_t k = 0; k < 10; k++) {
			struct msg_dest d = kernel_make_dest(&s, k, variant);

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

static const char *
said(const struct msg_dest *d, int error)
{
	static char buf[256];
	struct ipvs_op op = {.kind = IPVS_OP_DEST_ADD, .dest = *d};

	(void)ipvs_op_explain(&op, error, buf, sizeof(buf));
	assert_non_null(strstr(buf, "cannot add server [192.0.0.7]:tcp:8080 "
				    "of [10.0.1.0]:tcp:80: "));
	return strstr(buf, ":80: ") + 5;
}

/* What the kernel says of servers, in words of operators. */
static void
test_explain_servers(void **state)
{
	struct msg_svc s = kernel_make_svc(1, 3);
	struct msg_dest d = kernel_make_dest(&s, 7, 1);

	(void)state;
	d.tun_type = IP_VS_CONN_F_TUNNEL_TYPE_GRE;
	assert_string_equal(said(&d, -EOPNOTSUPP),
			    "the kernel is too old for tunnels gre (Linux "
			    "5.3)");
	d.tun_type = IP_VS_CONN_F_TUNNEL_TYPE_GUE;
	assert_string_equal(said(&d, -EOPNOTSUPP),
			    "the kernel is too old for tunnels gue (Linux "
			    "5.2)");
	assert_string_equal(said(&d, -ENOPROTOOPT),
			    "the kernel's IPVS is too old for it, or lacks "
			    "it");
	assert_string_equal(said(&d, -EEXIST), "it is there already");
	assert_string_equal(said(&d, -ESRCH),
			    "the virtual service is not there");
	assert_string_equal(said(&d, -EPERM), "CAP_NET_ADMIN is missing");
	assert_string_equal(said(&d, -ENOMEM), "the kernel is out of memory");
	assert_string_equal(said(&d, -EMSGSIZE),
			    "the request is longer than the kernel takes");
	assert_non_null(strstr(said(&d, -EINVAL), "not that of a host"));
	assert_true(ipvs_dest_is_lacked(&d, IPVS_LACKS_TYPES));
	assert_false(ipvs_dest_is_lacked(&d, IPVS_LACKS_CSUM));
	d.tun_flags = 1;
	assert_true(ipvs_dest_is_lacked(&d, IPVS_LACKS_CSUM));
	d.fwd_method = IP_VS_CONN_F_DROUTE;
	assert_false(ipvs_dest_is_lacked(&d, UINT8_MAX));
}

static void
test_explain(void **state)
{
	struct msg_svc s = kernel_make_svc(1, 3);
	struct ipvs_op op = {.kind = IPVS_OP_SVC_ADD, .svc = s};
	char buf[256];

	(void)state;
	assert_string_equal(
		ipvs_op_explain(&op, -ENOENT, buf, sizeof(buf)),
		"IPVS: cannot add virtual service [10.0.1.0]:tcp:80: the "
		"kernel has no scheduler 'sh' (modprobe ip_vs_sh)");
	op = (struct ipvs_op){.kind = IPVS_OP_DEST_EDIT,
			      .dest = kernel_make_dest(&s, 7, 1)};
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
			op.dest = kernel_make_dest(&s, 7, 1);
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
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_unread),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_explain_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
