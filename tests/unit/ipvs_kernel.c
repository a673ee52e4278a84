/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A model of the kernel's virtual server table; see ipvs_kernel.h. */
#include "tests/unit/ipvs_kernel.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

uint32_t
kernel_rnd(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

struct msg_svc
kernel_make_svc(uint32_t id, uint32_t variant)
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
	if (ipvs_svc_clean(&s, &s) < 0)
		abort();
	return s;
}

struct msg_dest
kernel_make_dest(const struct msg_svc *s, uint32_t id, uint32_t variant)
{
	struct msg_dest d = {.key = {.svc = s->key,
				     .addr = {.family = AF_INET},
				     .port = 8080},
			     .weight = variant % 3,
			     .fwd_method = IP_VS_CONN_F_TUNNEL};

	d.key.addr.bytes[0] = 192;
	d.key.addr.bytes[2] = (uint8_t)(id >> 8);
	d.key.addr.bytes[3] = (uint8_t)id;
	if (ipvs_dest_clean(&d, &d) < 0)
		abort();
	return d;
}

struct msg_svc *
kernel_find_svc(struct ipvs_table *t, const struct msg_svc_key *k)
{
	for (size_t i = 0; i < t->svcs; i++)
		if (ipvs_svc_key_compare(&t->svc[i].key, k) == 0)
			return &t->svc[i];
	return NULL;
}

struct msg_dest *
kernel_find_dest(struct ipvs_table *t, const struct msg_dest_key *k)
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
	*kernel_find_svc(t, k) = t->svc[t->svcs - 1];
	t->svcs--;
}

static int
kernel_svc(struct kernel *n, const struct ipvs_op *op)
{
	struct msg_svc *s = kernel_find_svc(&n->t, ipvs_op_svc(op));

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
int
kernel_do(struct kernel *n, const struct ipvs_op *op)
{
	struct msg_dest *d;

	if (!ipvs_op_is_dest(op->kind))
		return kernel_svc(n, op);
	if (kernel_find_svc(&n->t, ipvs_op_svc(op)) == NULL)
		return -ESRCH;
	d = kernel_find_dest(&n->t, &op->dest.key);
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

void
kernel_random_table(struct ipvs_table *t, uint64_t *seed, uint32_t from,
		    uint32_t to, uint32_t fill)
{
	for (uint32_t id = from; id < to; id++) {
		struct msg_svc s = kernel_make_svc(id, kernel_rnd(seed, 3));

		if (kernel_rnd(seed, 100) >= fill)
			continue;
		ipvs_table_add_svc(t, &s);
		for (uint32_t k = 0; k < 6; k++) {
			struct msg_dest d =
				kernel_make_dest(&s, k, kernel_rnd(seed, 4));

			if (kernel_rnd(seed, 100) < 60)
				ipvs_table_add_dest(t, &d);
		}
	}
}

void
kernel_copy_table(struct ipvs_table *to, const struct ipvs_table *from)
{
	for (size_t i = 0; i < from->svcs; i++)
		ipvs_table_add_svc(to, &from->svc[i]);
	for (size_t i = 0; i < from->dests; i++)
		ipvs_table_add_dest(to, &from->dest[i]);
}

bool
kernel_is_same(struct ipvs_table *a, struct ipvs_table *b)
{
	ipvs_table_sort(a);
	ipvs_table_sort(b);
	if (a->svcs != b->svcs || a->dests != b->dests)
		return false;
	return (a->svcs == 0 ||
		memcmp(a->svc, b->svc, a->svcs * sizeof(*a->svc)) == 0) &&
	       (a->dests == 0 ||
		memcmp(a->dest, b->dest, a->dests * sizeof(*a->dest)) == 0);
}
