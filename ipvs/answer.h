/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the kernel answered to a run of operations: errors that only say that
 * somebody else was faster, refusals that are told once, repairs that are
 * counted and logged.
 *
 * It sends nothing and decides nothing about the next comparison; it says
 * what it saw.
 */
#ifndef DUUMVIR_IPVS_ANSWER_H
#define DUUMVIR_IPVS_ANSWER_H

#include "ipvs/mirror.h"

/* One run of operations. */
struct run {
	struct model *model;
	struct mirror_stats *stats;
	const struct ipvs_op *ops;
	bool is_told;	 /* false: errors lead to a pass, which tells them */
	bool is_repair;	 /* what is to be done, somebody else has caused */
	bool is_sync;	 /* a line for what was done */
	bool is_leaving; /* the end: also what is wanted goes */
	bool has_more;	 /* its turn is over */
	/* Seen: */
	bool must_again;	   /* something raced, */
	bool is_raced;		   /* with somebody else */
	bool is_refused;	   /* the kernel will not have something, ... */
	bool is_short;		   /* ... or had no memory for it */
	bool is_strange;	   /* an error that also a new module makes */
	bool is_back;		   /* a scheduler that was missing */
	struct msg_svc_key late;   /* a service that was refused till now */
	struct msg_svc_key failed; /* the last one that could not be added */
	unsigned done[IPVS_OP_DEST_DEL + 1];
	unsigned lines;	   /* repairs, told up to a limit */
	unsigned refusals; /* the same */
};

/* The destination of an operation, NULL for one on a service. */
const struct msg_dest_key *run_dest_of(const struct ipvs_op *op);
/* Was the service of this operation refused because a part of it is missing in
 * the kernel, a scheduler or a persistence engine? */
bool run_lacks_part(const struct model *m, const struct ipvs_op *op);
/* For ipvs_genl_apply(): arg is the run, i counts from run->ops. */
void run_on_result(void *arg, size_t i, int error);
/* The line or lines about it all. */
void run_tell(const struct run *r, nsec_t took);

#endif
