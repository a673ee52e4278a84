/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Model → kernel; see mirror.h. */
#include "ipvs/mirror.h"

#include <errno.h>
#include <string.h>

#include "ipvs/genl.h"
#include "lib/log.h"
#include "lib/util.h"

enum {
	SLICE = 4096,	/* requests between two looks at the clock */
	TRIES = 4,	/* per pass, while another writer races with us */
	LINES_MAX = 10, /* repairs told one by one per pass */
	LINE_LEN = 256,
};
#define TURN  SEC(1)  /* after this other work has its turn, too */
#define RETRY SEC(30) /* what the kernel refuses is tried again after this */

struct mirror {
	struct model *model;
	struct ipvs_genl *genl;
	bool is_resolved; /* the family's number is known */
	int unavailable;  /* error last told about the family, 0 none */
	struct ipvs_table actual;
	struct ipvs_op *note;
	size_t notes, note_room;
	struct ipvs_timeouts timeouts;
	bool has_timeouts;
	monotime_t retry_at; /* of what was refused; never: nothing was */
	struct mirror_stats stats;
};

/* One run of operations. */
struct run {
	struct mirror *m;
	const struct ipvs_op *ops;
	bool is_told;	 /* false: errors lead to a pass, which tells them */
	bool is_repair;	 /* somebody else changed the table */
	bool is_sync;	 /* a line for what was done */
	bool must_again; /* something raced */
	bool is_refused; /* the kernel will not have something */
	bool has_more;	 /* its turn is over */
	unsigned done[IPVS_OP_DEST_DEL + 1];
	unsigned lines;	   /* repairs, told up to LINES_MAX */
	unsigned refusals; /* the same */
};

int
mirror_open(struct model *model, struct mirror **out)
{
	struct ipvs_genl *genl;
	struct mirror *m;
	int err = ipvs_genl_open(&genl);

	if (err < 0)
		return err;
	m = xcalloc(1, sizeof(*m));
	m->model = model;
	m->genl = genl;
	m->retry_at = MONOTIME_NEVER;
	*out = m;
	return 0;
}

void
mirror_close(struct mirror *m)
{
	if (m == NULL)
		return;
	ipvs_genl_close(m->genl);
	ipvs_table_fini(&m->actual);
	free(m->note);
	free(m);
}

void
mirror_set_rcvbuf(struct mirror *m, size_t bytes, bool is_forced)
{
	int err = ipvs_genl_set_rcvbuf(m->genl, bytes, is_forced);

	if (err < 0)
		log_warn("IPVS: cannot set the netlink receive buffer to %zu "
			 "bytes: %s",
			 bytes, strerror(-err));
}

struct mirror_stats
mirror_stats_get(const struct mirror *m)
{
	struct mirror_stats s = m->stats;

	s.is_available = m->is_resolved;
	s.requests = ipvs_genl_requests(m->genl);
	return s;
}

/* ---- the family ---- */

static void
tell_unavailable(struct mirror *m, int err)
{
	if (m->unavailable == err)
		return;
	m->unavailable = err;
	if (err == -ENOENT)
		log_err("IPVS: this kernel has no IPVS (modprobe ip_vs): "
			"virtual services are not put in place until it has");
	else
		log_err("IPVS: the kernel's table cannot be used: %s; "
			"will be tried again",
			strerror(-err));
}

static void
apply_timeouts(struct mirror *m)
{
	int err;

	if (!m->has_timeouts || !m->is_resolved)
		return;
	err = ipvs_genl_set_timeouts(m->genl, &m->timeouts);
	if (err < 0)
		log_err("IPVS: cannot set lvs_timeouts: %s", strerror(-err));
}

void
mirror_set_timeouts(struct mirror *m, const struct ipvs_timeouts *t)
{
	m->has_timeouts = t != NULL;
	if (t != NULL)
		m->timeouts = *t;
	apply_timeouts(m);
}

static int
resolve(struct mirror *m)
{
	int err;

	if (m->is_resolved)
		return 0;
	err = ipvs_genl_resolve(m->genl);
	if (err < 0) {
		tell_unavailable(m, err);
		return err;
	}
	if (m->unavailable != 0)
		log_notice("IPVS: the kernel's table can be used now");
	m->unavailable = 0;
	m->is_resolved = true;
	apply_timeouts(m);
	return 0;
}

/* ---- answers ---- */

/* Did an error only say that somebody else was faster, or that an answer
 * was lost?  Then the table must be read again. */
static bool
is_race(const struct ipvs_op *op, int error)
{
	switch (op->kind) {
	case IPVS_OP_SVC_ADD:
	case IPVS_OP_DEST_ADD:
		if (error == -EEXIST)
			return true;
		break;
	case IPVS_OP_DEST_EDIT:
	case IPVS_OP_DEST_DEL:
		if (error == -ENOENT)
			return true;
		break;
	case IPVS_OP_SVC_EDIT:
	case IPVS_OP_SVC_DEL:
		break;
	}
	return error == -ESRCH || error == -ENOBUFS || error == -ETIMEDOUT;
}

static const struct msg_dest_key *
dest_of(const struct ipvs_op *op)
{
	return ipvs_op_is_dest(op->kind) ? &op->dest.key : NULL;
}

static void
take_refusal(struct run *r, const struct ipvs_op *op, int error)
{
	struct model *model = r->m->model;
	const struct msg_svc_key *k = ipvs_op_svc(op);
	char line[LINE_LEN];

	r->m->stats.refused++;
	/* Without its service a server cannot be: told already. */
	if (ipvs_op_is_dest(op->kind) && error == -ESRCH &&
	    model_error(model, k, NULL) != 0)
		return;
	if (is_race(op, error) || !r->is_told) {
		r->must_again = true;
		return;
	}
	r->is_refused = true;
	if (model_note_error(model, k, dest_of(op), error) &&
	    r->refusals++ < LINES_MAX)
		log_err("%s", ipvs_op_explain(op, error, line, sizeof(line)));
}

static void
on_result(void *arg, size_t i, int error)
{
	struct run *r = arg;
	const struct ipvs_op *op = &r->ops[i];
	struct model *model = r->m->model;
	char line[LINE_LEN];

	if (op->kind == IPVS_OP_SVC_DEL && error == -ESRCH)
		error = 0; /* gone is gone */
	if (error < 0) {
		take_refusal(r, op, error);
		return;
	}
	if (op->kind == IPVS_OP_SVC_DEL)
		model_disown(model, &op->svc.key);
	else
		(void)model_note_error(model, ipvs_op_svc(op), dest_of(op), 0);
	r->done[op->kind]++;
	if (!r->is_repair)
		return;
	r->m->stats.repairs++;
	if (r->lines++ < LINES_MAX)
		log_warn("IPVS: the kernel's table was changed by somebody "
			 "else, put back: %s",
			 ipvs_op_print(op, line, sizeof(line)));
}

static void
tell_run(const struct run *r, nsec_t took)
{
	unsigned added = r->done[IPVS_OP_SVC_ADD] + r->done[IPVS_OP_DEST_ADD];
	unsigned edited =
		r->done[IPVS_OP_SVC_EDIT] + r->done[IPVS_OP_DEST_EDIT];
	unsigned deleted = r->done[IPVS_OP_SVC_DEL] + r->done[IPVS_OP_DEST_DEL];

	if (r->lines > LINES_MAX)
		log_warn("IPVS: put back %u more changes of somebody else",
			 r->lines - LINES_MAX);
	if (r->refusals > LINES_MAX)
		log_err("IPVS: the kernel refused %u more changes",
			r->refusals - LINES_MAX);
	if (r->is_sync && r->has_more)
		log_info("IPVS: added %u, changed %u, deleted %u in %.3f s "
			 "and go on",
			 added, edited, deleted, (double)took / 1e9);
	else if (r->is_sync && model_svcs(r->m->model) + deleted > 0)
		log_info("IPVS: in place: virtual services %zu, servers %zu "
			 "(added %u, changed %u, deleted %u in %.3f s)",
			 model_svcs(r->m->model), model_dests(r->m->model),
			 added, edited, deleted, (double)took / 1e9);
}

/* ---- single changes ---- */

void
mirror_note(struct mirror *m, const struct ipvs_op *op)
{
	if (m->notes == m->note_room) {
		m->note_room = m->note_room * 2 + 16;
		m->note = xrealloc(m->note, m->note_room * sizeof(*m->note));
	}
	m->note[m->notes++] = *op;
}

bool
mirror_has_notes(const struct mirror *m)
{
	return m->notes > 0;
}

bool
mirror_send(struct mirror *m)
{
	struct run r = {.m = m, .ops = m->note};
	size_t n = m->notes;

	m->notes = 0;
	if (n == 0)
		return true;
	if (!m->is_resolved)
		return false; /* the model has it all: a pass will do */
	if (ipvs_genl_apply(m->genl, m->note, n, on_result, &r) < 0)
		return false;
	return !r.must_again;
}

/* ---- passes ---- */

/* Reads the kernel's services and the destinations of those we want. */
static int
read_kernel(struct mirror *m)
{
	struct ipvs_table *t = &m->actual;
	int err;

	ipvs_table_reset(t);
	err = ipvs_genl_dump_svcs(m->genl, t);
	for (size_t i = 0; err == 0 && i < t->svcs; i++) {
		if (!model_wants(m->model, &t->svc[i].key))
			continue;
		err = ipvs_genl_dump_dests(m->genl, &t->svc[i].key, t);
	}
	if (err < 0)
		return err;
	ipvs_table_sort(t);
	return 0;
}

/* Deleted services that the kernel does not hold are ours no longer. */
static void
disown_gone(struct mirror *m)
{
	struct ipvs_table gone = IPVS_TABLE_INIT;
	const struct ipvs_table *leaving = model_leaving(m->model);

	for (size_t d = 0, a = 0; d < leaving->svcs;) {
		int order =
			a == m->actual.svcs
				? -1
				: ipvs_svc_key_compare(&leaving->svc[d].key,
						       &m->actual.svc[a].key);

		if (order < 0)
			ipvs_table_add_svc(&gone, &leaving->svc[d]);
		d += order <= 0;
		a += order >= 0;
	}
	for (size_t i = 0; i < gone.svcs; i++)
		model_disown(m->model, &gone.svc[i].key);
	ipvs_table_fini(&gone);
}

static bool
owns(const void *arg, const struct msg_svc_key *k)
{
	return model_owns(arg, k);
}

/*
 * Leaves out what the kernel has refused lately, and the servers of a service
 * that is left out.  Returns what remains.
 */
static size_t
leave_out_refused(const struct mirror *m, struct ipvs_op *ops, size_t n)
{
	struct msg_svc_key missing = {0};
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct msg_svc_key *k = ipvs_op_svc(&ops[i]);
		bool is_dest = ipvs_op_is_dest(ops[i].kind);

		if (is_dest && ipvs_svc_key_compare(k, &missing) == 0)
			continue;
		if (model_error(m->model, k, dest_of(&ops[i])) == 0)
			ops[kept++] = ops[i];
		else if (ops[i].kind == IPVS_OP_SVC_ADD)
			missing = *k;
	}
	return kept;
}

/* Does the operations in slices, while its turn lasts. */
static int
apply(struct run *r, const struct ipvs_op *ops, size_t n, monotime_t begin)
{
	int err = 0;

	for (size_t at = 0; at < n && err == 0; at += SLICE) {
		if (monotime_sub(monotime_now(), begin) > TURN) {
			r->has_more = true;
			break;
		}
		r->ops = ops + at;
		err = ipvs_genl_apply(r->m->genl, r->ops,
				      n - at < SLICE ? n - at : SLICE,
				      on_result, r);
	}
	r->ops = NULL;
	return err;
}

/* One comparison.  Returns 1 if there must be another, 0, or -errno. */
static int
pass_once(struct mirror *m, struct run *r, bool is_retry)
{
	const struct ipvs_table *want;
	struct ipvs_op *ops;
	size_t n;
	int err = resolve(m);
	monotime_t begin = monotime_now();

	if (err == 0)
		err = read_kernel(m);
	if (err == -EINTR || err == -ESRCH)
		return 1; /* changed while it was read */
	if (err == -ENOENT && m->is_resolved) {
		m->is_resolved = false; /* the module went away */
		return 1;
	}
	if (err < 0)
		return err;
	disown_gone(m);
	want = model_table(m->model);
	ops = xcalloc(ipvs_reconcile_room(want, &m->actual) + 1, sizeof(*ops));
	n = ipvs_reconcile(want, &m->actual, owns, m->model, ops);
	if (!is_retry)
		n = leave_out_refused(m, ops, n);
	m->stats.last_read = monotime_sub(monotime_now(), begin);
	r->must_again = false;
	err = apply(r, ops, n, begin);
	free(ops);
	return err < 0 ? err : r->must_again;
}

int
mirror_pass(struct mirror *m, enum mirror_why why, monotime_t now)
{
	struct run r = {.m = m,
			.is_told = true,
			.is_repair = why != MIRROR_SYNC,
			.is_sync = why == MIRROR_SYNC};
	monotime_t begin = monotime_now();
	/* A pass that tries again also what was refused. */
	bool is_retry = why != MIRROR_TICK || monotime_before(m->retry_at, now);
	int again = 1;

	m->notes = 0;
	for (int i = 0; again == 1 && !r.has_more && i < TRIES; i++)
		again = pass_once(m, &r, is_retry);
	if (r.has_more && again >= 0)
		again = 1;
	else if (again == 1)
		again = -EAGAIN;
	m->stats.passes++;
	if (again < 0 && m->is_resolved)
		tell_unavailable(m, again);
	else if (m->is_resolved)
		m->unavailable = 0;
	if (r.is_refused) {
		m->retry_at = monotime_add(now, RETRY);
	} else if (is_retry && again == 0 && !monotime_is_never(m->retry_at)) {
		m->retry_at = MONOTIME_NEVER;
		model_forget_errors(m->model);
	}
	if (again < 0)
		r.is_sync = false; /* nothing is in place */
	tell_run(&r, monotime_sub(monotime_now(), begin));
	return again;
}

int
mirror_flush(struct mirror *m)
{
	int err = resolve(m);

	if (err == 0)
		err = ipvs_genl_flush(m->genl);
	if (err == 0)
		log_info("IPVS: cleared the whole table");
	else if (m->is_resolved)
		log_err("IPVS: cannot clear the table: %s", strerror(-err));
	return err;
}

/*
 * Last service first.  The kernel keeps deleted servers for two minutes in a
 * list that it searches for each one added, newest first: who starts again
 * and adds in order then finds each at the list's head.  In any other order
 * 40,000 servers take a minute instead of a second.
 */
static size_t
put_deletions(const struct ipvs_table *t, struct ipvs_op *ops)
{
	for (size_t i = 0; i < t->svcs; i++)
		ops[i] = (struct ipvs_op){.kind = IPVS_OP_SVC_DEL,
					  .svc = t->svc[t->svcs - 1 - i]};
	return t->svcs;
}

int
mirror_leave(struct mirror *m)
{
	const struct ipvs_table *wanted = model_table(m->model);
	const struct ipvs_table *leaving = model_leaving(m->model);
	size_t n = wanted->svcs + leaving->svcs;
	struct ipvs_op *ops = xcalloc(n + 1, sizeof(*ops));
	struct run r = {.m = m, .ops = ops, .is_told = true};
	int err = 0;

	m->notes = 0;
	n = put_deletions(leaving, ops);
	n += put_deletions(wanted, ops + n);
	if (n > 0)
		err = resolve(m);
	if (n > 0 && err == 0)
		err = ipvs_genl_apply(m->genl, ops, n, on_result, &r);
	if (r.done[IPVS_OP_SVC_DEL] > 0)
		log_info("IPVS: virtual services deleted: %u",
			 r.done[IPVS_OP_SVC_DEL]);
	free(ops);
	return err;
}
