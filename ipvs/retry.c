/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What of the refused is tried again; see retry.h. */
#include "ipvs/retry.h"

#include <errno.h>
#include <string.h>

/* Of the services that lack the same part one is tried, a few in all: for each
 * try the kernel runs modprobe and everybody waits. */
static bool
take_probe(struct probes *p, const struct msg_svc *s)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->svc[i].sched, s->sched) == 0 &&
		    strcmp(p->svc[i].pe, s->pe) == 0)
			return false;
	if (p->n == PROBES)
		return false;
	p->svc[p->n++] = *s;
	return true;
}

size_t
retry_choose(const struct model *m, enum retry how, struct ipvs_op *ops,
	     size_t n, struct probes *probes)
{
	struct msg_svc_key missing = {0};
	size_t kept = 0;

	if (how == TRY_ALL)
		return n;
	for (size_t i = 0; i < n; i++) {
		const struct ipvs_op *op = &ops[i];
		const struct msg_svc_key *k = ipvs_op_svc(op);
		bool is_part = run_lacks_part(m, op), is_kept;

		if (ipvs_op_is_dest(op->kind) &&
		    ipvs_svc_key_compare(k, &missing) == 0)
			continue;
		is_kept = model_error(m, k, run_dest_of(op)) == 0 ||
			  (is_part ? take_probe(probes, &op->svc)
				   : how == TRY_REFUSED);
		/* A service that is only probed comes without its servers. */
		if (op->kind == IPVS_OP_SVC_ADD && (is_part || !is_kept))
			missing = *k;
		if (is_kept)
			ops[kept++] = ops[i];
	}
	return kept;
}

size_t
retry_leave_out_lacked(struct run *r, uint8_t lacks, struct ipvs_op *ops,
		       size_t n)
{
	size_t kept = 0;

	if (lacks == 0)
		return n;
	r->ops = ops;
	for (size_t i = 0; i < n; i++) {
		bool is_set = ops[i].kind == IPVS_OP_DEST_ADD ||
			      ops[i].kind == IPVS_OP_DEST_EDIT;

		if (is_set && ipvs_dest_is_lacked(&ops[i].dest, lacks))
			run_on_result(r, i, -EOPNOTSUPP);
		else
			ops[kept++] = ops[i];
	}
	return kept;
}
