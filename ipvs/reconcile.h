/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * desired × actual → operations that make actual what is desired.  PURE.
 *
 * Nothing is done for an entry that is already right, so its connections and
 * counters stay; a changed one is edited in place.  Services come before
 * their destinations, within a service additions before deletions (traffic
 * always has somewhere to go), deleted services last.  A service that is not
 * desired is deleted if it is ours and else never touched; a desired one is
 * ours with all its destinations.
 */
#ifndef DUUMVIR_IPVS_RECONCILE_H
#define DUUMVIR_IPVS_RECONCILE_H

#include "ipvs/table.h"

enum ipvs_op_kind {
	IPVS_OP_SVC_ADD,
	IPVS_OP_SVC_EDIT,
	IPVS_OP_SVC_DEL,
	IPVS_OP_DEST_ADD,
	IPVS_OP_DEST_EDIT,
	IPVS_OP_DEST_DEL,
};

/* One request; of a deletion only the key counts. */
struct ipvs_op {
	enum ipvs_op_kind kind;
	union {
		struct msg_svc svc;
		struct msg_dest dest;
	};
};

/* More operations than this never come out. */
size_t ipvs_reconcile_room(const struct ipvs_table *desired,
			   const struct ipvs_table *actual);

/*
 * Both tables are sorted and in normal form, without duplicates; actual
 * needs the destinations of desired services only, and of those that are
 * unread nothing is done about them.  ops has the room above.
 * Returns the number of operations.  O(n).
 */
size_t ipvs_reconcile(const struct ipvs_table *desired,
		      const struct ipvs_table *actual,
		      bool (*is_ours)(const void *arg,
				      const struct msg_svc_key *k),
		      const void *arg, struct ipvs_op *ops);

/* The service that an operation is about. */
const struct msg_svc_key *ipvs_op_svc(const struct ipvs_op *op);
bool ipvs_op_is_dest(enum ipvs_op_kind kind);

/* A sentence for the log: what could not be done, with service and server,
 * and why.  error is -errno as the kernel gave it.  Returns buf. */
const char *ipvs_op_explain(const struct ipvs_op *op, int error, char *buf,
			    size_t size);
/* What an operation does, e.g. "added server [..]:tcp:80 (route, weight 1)
 * to [..]:tcp:80".  Returns buf. */
const char *ipvs_op_print(const struct ipvs_op *op, char *buf, size_t size);

#endif
