/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Two sorted tables walked side by side; see reconcile.h.  It never looks at
 * a kernel and never decides what is wanted.
 */
#include "ipvs/reconcile.h"

#include <string.h>

/* What both walks have in common. */
struct walk {
	const struct ipvs_table *desired, *actual;
	size_t d, a; /* next destination of each */
	struct ipvs_op *ops;
	size_t n;
};

size_t
ipvs_reconcile_room(const struct ipvs_table *desired,
		    const struct ipvs_table *actual)
{
	return desired->svcs + desired->dests + actual->svcs + actual->dests;
}

const struct msg_svc_key *
ipvs_op_svc(const struct ipvs_op *op)
{
	return ipvs_op_is_dest(op->kind) ? &op->dest.key.svc : &op->svc.key;
}

bool
ipvs_op_is_dest(enum ipvs_op_kind kind)
{
	switch (kind) {
	case IPVS_OP_SVC_ADD:
	case IPVS_OP_SVC_EDIT:
	case IPVS_OP_SVC_DEL:
		return false;
	case IPVS_OP_DEST_ADD:
	case IPVS_OP_DEST_EDIT:
	case IPVS_OP_DEST_DEL:
		return true;
	}
	return false;
}

static void
put_svc(struct walk *w, enum ipvs_op_kind kind, const struct msg_svc *s)
{
	w->ops[w->n++] = (struct ipvs_op){.kind = kind, .svc = *s};
}

static void
put_dest(struct walk *w, enum ipvs_op_kind kind, const struct msg_dest *d)
{
	w->ops[w->n++] = (struct ipvs_op){.kind = kind, .dest = *d};
}

/* End of the destinations of k that begin at i (those before k's belong to
 * services nobody asked about and are skipped by the caller). */
static size_t
dests_end(const struct ipvs_table *t, size_t i, const struct msg_svc_key *k)
{
	while (i < t->dests &&
	       ipvs_svc_key_compare(&t->dest[i].key.svc, k) == 0)
		i++;
	return i;
}

static size_t
dests_begin(const struct ipvs_table *t, size_t i, const struct msg_svc_key *k)
{
	while (i < t->dests && ipvs_svc_key_compare(&t->dest[i].key.svc, k) < 0)
		i++;
	return i;
}

/* Order of two destinations, where one that has come to its end is last. */
static int
dests_compare(const struct walk *w, size_t d, size_t d_end, size_t a,
	      size_t a_end)
{
	if (d == d_end)
		return 1;
	if (a == a_end)
		return -1;
	return ipvs_dest_key_compare(&w->desired->dest[d].key,
				     &w->actual->dest[a].key);
}

/* The destinations of one service that both sides have (or ours alone). */
static void
walk_dests(struct walk *w, const struct msg_svc_key *k)
{
	size_t d0 = dests_begin(w->desired, w->d, k);
	size_t a0 = dests_begin(w->actual, w->a, k);
	size_t d_end = dests_end(w->desired, d0, k);
	size_t a_end = dests_end(w->actual, a0, k);

	for (size_t d = d0, a = a0; d < d_end || a < a_end;) {
		int order = dests_compare(w, d, d_end, a, a_end);

		if (order < 0)
			put_dest(w, IPVS_OP_DEST_ADD, &w->desired->dest[d]);
		else if (order == 0 &&
			 memcmp(&w->desired->dest[d], &w->actual->dest[a],
				sizeof(struct msg_dest)) != 0)
			put_dest(w, IPVS_OP_DEST_EDIT, &w->desired->dest[d]);
		d += order <= 0;
		a += order >= 0;
	}
	/* Only now what must go. */
	for (size_t d = d0, a = a0; a < a_end;) {
		int order = dests_compare(w, d, d_end, a, a_end);

		if (order > 0)
			put_dest(w, IPVS_OP_DEST_DEL, &w->actual->dest[a]);
		d += order <= 0;
		a += order >= 0;
	}
	w->d = d_end;
	w->a = a_end;
}

static bool
is_unread(const struct ipvs_table *t, size_t i)
{
	return t->unread != NULL && t->unread[i];
}

static int
svcs_compare(const struct walk *w, size_t d, size_t a)
{
	if (d == w->desired->svcs)
		return 1;
	if (a == w->actual->svcs)
		return -1;
	return ipvs_svc_key_compare(&w->desired->svc[d].key,
				    &w->actual->svc[a].key);
}

size_t
ipvs_reconcile(const struct ipvs_table *desired,
	       const struct ipvs_table *actual,
	       bool (*is_ours)(const void *arg, const struct msg_svc_key *k),
	       const void *arg, struct ipvs_op *ops)
{
	struct walk w = {.desired = desired, .actual = actual, .ops = ops};

	for (size_t d = 0, a = 0; d < desired->svcs || a < actual->svcs;) {
		int order = svcs_compare(&w, d, a);

		if (order < 0)
			put_svc(&w, IPVS_OP_SVC_ADD, &desired->svc[d]);
		else if (order == 0 && memcmp(&desired->svc[d], &actual->svc[a],
					      sizeof(struct msg_svc)) != 0)
			put_svc(&w, IPVS_OP_SVC_EDIT, &desired->svc[d]);
		if (order < 0 || (order == 0 && !is_unread(actual, a)))
			walk_dests(&w, &desired->svc[d].key);
		d += order <= 0;
		a += order >= 0;
	}
	/* Last service first: mirror.c says why. */
	for (size_t d = desired->svcs, a = actual->svcs; a > 0;) {
		int order =
			d == 0 ? -1
			       : ipvs_svc_key_compare(&desired->svc[d - 1].key,
						      &actual->svc[a - 1].key);

		if (order < 0 && is_ours(arg, &actual->svc[a - 1].key))
			put_svc(&w, IPVS_OP_SVC_DEL, &actual->svc[a - 1]);
		d -= order >= 0;
		a -= order <= 0;
	}
	return w.n;
}
