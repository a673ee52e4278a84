/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The kernel's answers; see answer.h. */
#include "ipvs/answer.h"

#include <errno.h>

#include "lib/log.h"

enum {
	LINES_MAX = 10, /* repairs told one by one per pass */
	LINE_LEN = 256,
};

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
	return error == -ESRCH || error == -ENOBUFS || error == -ETIMEDOUT ||
	       error == -EINTR || error == -EAGAIN;
}

const struct msg_dest_key *
run_dest_of(const struct ipvs_op *op)
{
	return ipvs_op_is_dest(op->kind) ? &op->dest.key : NULL;
}

bool
run_lacks_part(const struct model *m, const struct ipvs_op *op)
{
	return op->kind <= IPVS_OP_SVC_EDIT &&
	       model_error(m, &op->svc.key, NULL) == -ENOENT;
}

/* Does this error say that somebody else has changed the table? */
static bool
is_anothers(const struct run *r, const struct ipvs_op *op, int error)
{
	switch (op->kind) {
	case IPVS_OP_SVC_ADD:
		return error == -EEXIST;
	case IPVS_OP_SVC_EDIT:
	case IPVS_OP_SVC_DEL:
		return error == -ESRCH;
	case IPVS_OP_DEST_ADD:
		if (error == -EEXIST)
			return true;
		break;
	case IPVS_OP_DEST_EDIT:
	case IPVS_OP_DEST_DEL:
		if (error == -ENOENT)
			return true;
		break;
	}
	/* The service is missing, and not because of us. */
	return error == -ESRCH &&
	       ipvs_svc_key_compare(ipvs_op_svc(op), &r->failed) != 0;
}

/* May what was refused be taken by the next comparison, without a change?  The
 * kernel takes a server of the other family as soon as no sync daemon runs. */
static bool
is_short(const struct ipvs_op *op, int error)
{
	if (error == -EINVAL && ipvs_op_is_dest(op->kind))
		return op->dest.key.addr.family != op->dest.key.svc.addr.family;
	return error == -ENOMEM;
}

static void
take_refusal(struct run *r, const struct ipvs_op *op, int error)
{
	struct model *model = r->model;
	const struct msg_svc_key *k = ipvs_op_svc(op);
	char line[LINE_LEN];

	r->stats->refused++;
	/* Without its service a server cannot be: told already. */
	if (ipvs_op_is_dest(op->kind) && error == -ESRCH &&
	    model_error(model, k, NULL) != 0)
		return;
	if (op->kind == IPVS_OP_SVC_ADD)
		r->failed = *k;
	r->is_raced = r->is_raced || is_anothers(r, op, error);
	if (is_race(op, error) || !r->is_told) {
		r->must_again = true;
		return;
	}
	r->is_refused = true;
	r->is_short = r->is_short || is_short(op, error);
	/* A scheduler that the kernel lacks, or a family that it has no more. */
	r->is_strange = r->is_strange || error == -ENOENT;
	if (model_note_error(model, k, run_dest_of(op), error) &&
	    r->refusals++ < LINES_MAX)
		log_err("%s", ipvs_op_explain(op, error, line, sizeof(line)));
}

/* Was this only refused till now, or is its service new because of that?
 * Then nobody else has changed anything. */
static bool
is_late(struct run *r, const struct ipvs_op *op)
{
	const struct msg_svc_key *k = ipvs_op_svc(op);

	if (model_error(r->model, k, run_dest_of(op)) != 0) {
		if (op->kind == IPVS_OP_SVC_ADD)
			r->late = *k;
		return true;
	}
	return ipvs_op_is_dest(op->kind) &&
	       ipvs_svc_key_compare(k, &r->late) == 0;
}

void
run_on_result(void *arg, size_t i, int error)
{
	struct run *r = arg;
	const struct ipvs_op *op = &r->ops[i];
	struct model *model = r->model;
	char line[LINE_LEN];
	bool is_gone =
		op->kind == IPVS_OP_SVC_DEL && (error == 0 || error == -ESRCH);
	bool is_ours;

	if (error < 0 && !is_gone) {
		take_refusal(r, op, error);
		return;
	}
	is_ours = !r->is_repair || is_late(r, op);
	if (run_lacks_part(r->model, op)) {
		if (!r->is_back)
			log_notice("IPVS: the kernel has scheduler '%s'%s%s%s "
				   "now: virtual services follow",
				   op->svc.sched,
				   op->svc.pe[0] ? " and engine '" : "",
				   op->svc.pe, op->svc.pe[0] ? "'" : "");
		r->is_back = true;
	}
	if (is_gone && r->is_leaving)
		model_strike(model, &op->svc.key);
	else if (is_gone)
		model_disown(model, &op->svc.key);
	if (is_gone && error < 0)
		return; /* it was gone before: nothing was done */
	if (!is_gone)
		(void)model_note_error(model, ipvs_op_svc(op), run_dest_of(op),
				       0);
	r->done[op->kind]++;
	if (is_ours)
		return;
	r->stats->repairs++;
	if (r->lines++ < LINES_MAX)
		log_warn("IPVS: the kernel's table was changed by somebody "
			 "else, put back: %s",
			 ipvs_op_print(op, line, sizeof(line)));
}

void
run_tell(const struct run *r, nsec_t took)
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
	else if (r->is_sync && model_svcs(r->model) + deleted > 0)
		log_info("IPVS: in place: virtual services %zu, servers %zu "
			 "(added %u, changed %u, deleted %u in %.3f s)",
			 model_svcs(r->model), model_dests(r->model), added,
			 edited, deleted, (double)took / 1e9);
}
