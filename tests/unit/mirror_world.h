/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * For tests of the mirror: one between a model and a model kernel (the door of
 * ipvs_door.h) that has services of strangers, and a clock that moves when it
 * is looked at.
 */
#ifndef DUUMVIR_TESTS_MIRROR_WORLD_H
#define DUUMVIR_TESTS_MIRROR_WORLD_H

#include "ipvs/mirror.h"

/* Services below OURS are ours, so many after them strangers'. */
enum { OURS = 24, STRANGERS = 6 };

/* monotime_now() is ns, and step later each time. */
struct test_clock {
	int64_t ns, step;
};
extern struct test_clock test_clock;

struct world {
	struct model *model;
	struct mirror *mirror;
	struct ipvs_table strangers;
	uint64_t seed;
	int64_t now;
};

void world_init(struct world *w, uint64_t seed);
void world_fini(struct world *w);
/* Two seconds after the last. */
monotime_t world_now(struct world *w);

/* Changes of the model, as the engine makes them. */
void note(struct world *w, enum ipvs_op_kind kind, const struct msg_svc *s,
	  const struct msg_dest *d);
void set_svc(struct world *w, const struct msg_svc *s);
void set_dest(struct world *w, const struct msg_dest *d);

/* The kernel holds what is wanted and the strangers, and that is all. */
void assert_true_table(struct world *w);

#endif
