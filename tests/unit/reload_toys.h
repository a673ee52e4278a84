/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Toy engines for tests/unit/test_reload.c: they do as the names of their
 * instances say, and keep a ledger of it.
 */
#ifndef DUUMVIR_TEST_RELOAD_TOYS_H
#define DUUMVIR_TEST_RELOAD_TOYS_H

#include "lib/proc.h"

#define COMMITS 64

/* What the toys did, in memory that survives the fork. */
struct ledger {
	int prepared, committed, aborted, stopped, hints;
	int count[COMMITS]; /* instances of each commit */
};

extern struct ledger *ledger; /* one per enum proc_id, shared */
extern const struct engine_ops toy_vrrp, toy_check;

#endif
