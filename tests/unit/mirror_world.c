/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A mirror between a model and a model kernel; see mirror_world.h. */
#include "tests/unit/mirror_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/ipvs_door.h"

/* ---- a clock that moves when it is looked at ---- */

struct test_clock test_clock;

monotime_t
monotime_now(void)
{
	test_clock.ns += test_clock.step;
	return (monotime_t){test_clock.ns};
}

/* ---- changes of the model, as the engine makes them ---- */

monotime_t
world_now(struct world *w)
{
	w->now += SEC(2);
	return (monotime_t){w->now};
}

void
note(struct world *w, enum ipvs_op_kind kind, const struct msg_svc *s,
     const struct msg_dest *d)
{
	struct ipvs_op op = {.kind = kind};

	if (d != NULL)
		op.dest = *d;
	else
		op.svc = *s;
	mirror_note(w->mirror, &op);
}

void
set_svc(struct world *w, const struct msg_svc *s)
{
	enum model_change c = model_svc_set(w->model, s);

	if (c != MODEL_SAME)
		note(w, c == MODEL_ADDED ? IPVS_OP_SVC_ADD : IPVS_OP_SVC_EDIT,
		     s, NULL);
}

void
set_dest(struct world *w, const struct msg_dest *d)
{
	enum model_change c = model_dest_set(w->model, d);

	if (c == MODEL_ADDED || c == MODEL_CHANGED)
		note(w, c == MODEL_ADDED ? IPVS_OP_DEST_ADD : IPVS_OP_DEST_EDIT,
		     NULL, d);
}

void
world_init(struct world *w, uint64_t seed)
{
	*w = (struct world){.model = model_new(), .seed = seed};
	assert_int_equal(mirror_open(w->model, &w->mirror), 0);
	kernel_random_table(&w->strangers, &w->seed, OURS, OURS + STRANGERS,
			    70);
	kernel_copy_table(&door->kernel.t, &w->strangers);
}

void
world_fini(struct world *w)
{
	mirror_close(w->mirror);
	model_free(w->model);
	ipvs_table_fini(&w->strangers);
}

/* The kernel holds what is wanted and the strangers, and that is all. */
void
assert_true_table(struct world *w)
{
	struct ipvs_table want = IPVS_TABLE_INIT;

	kernel_copy_table(&want, model_table(w->model));
	kernel_copy_table(&want, &w->strangers);
	assert_true(kernel_is_same(&want, &door->kernel.t));
	ipvs_table_fini(&want);
	assert_int_equal(model_leaving(w->model)->svcs, 0);
}
