/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A model of the kernel's virtual server table for tests: what requests do to
 * it and what errors they get, and a random generator of entries.
 */
#ifndef DUUMVIR_TESTS_IPVS_KERNEL_H
#define DUUMVIR_TESTS_IPVS_KERNEL_H

#include "ipvs/reconcile.h"

struct kernel {
	struct ipvs_table t;
	unsigned touched_right; /* edits of entries that were already so */
};

/* One request: 0 or the kernel's -errno. */
int kernel_do(struct kernel *k, const struct ipvs_op *op);
struct msg_svc *kernel_find_svc(struct ipvs_table *t,
				const struct msg_svc_key *k);
struct msg_dest *kernel_find_dest(struct ipvs_table *t,
				  const struct msg_dest_key *k);

/* The same numbers on every machine. */
uint32_t kernel_rnd(uint64_t *seed, uint32_t below);
/* Entries by number; variants differ in their settings. */
struct msg_svc kernel_make_svc(uint32_t id, uint32_t variant);
struct msg_dest kernel_make_dest(const struct msg_svc *s, uint32_t id,
				 uint32_t variant);
/* Services from..to-1, fill per cent of them, with some of 6 servers each. */
void kernel_random_table(struct ipvs_table *t, uint64_t *seed, uint32_t from,
			 uint32_t to, uint32_t fill);
void kernel_copy_table(struct ipvs_table *to, const struct ipvs_table *from);
/* Sorts both; are they equal? */
bool kernel_is_same(struct ipvs_table *a, struct ipvs_table *b);

#endif
