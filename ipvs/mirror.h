/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Keeps the kernel's virtual server table what the model wants: dump,
 * reconcile, apply.
 *
 * Everything the kernel refuses is told once, until it changes; what only
 * raced with another writer is read and reconciled again.  A kernel without
 * IPVS is told once, too, and asked again when the engine says so.  It knows
 * no timers and no messages.
 */
#ifndef DUUMVIR_IPVS_MIRROR_H
#define DUUMVIR_IPVS_MIRROR_H

#include "ipvs/codec.h"
#include "ipvs/model.h"
#include "ipvs/reconcile.h"
#include "lib/monotime.h"

struct mirror;
struct ipvs_count;

/* Why the kernel is compared with the model. */
enum mirror_why {
	MIRROR_SYNC,  /* the model changed as a whole */
	MIRROR_ERROR, /* a request failed: the kernel is not as it was */
	MIRROR_TICK,  /* just to see: a difference is somebody else's doing */
};

struct mirror_stats {
	bool is_available;
	uint32_t repairs;  /* requests that put somebody else's change back */
	uint64_t requests; /* that changed the table, or tried to */
	uint64_t refused;  /* of those: with an error */
	uint64_t passes;   /* comparisons */
	nsec_t last_read;  /* how long the last one took without its writes, */
	nsec_t last_svcs;  /* and how long of it reading the services alone */
};

/* model stays the caller's and outlives the mirror.  0 or -errno. */
int mirror_open(struct model *model, struct mirror **out);
/* NULL is allowed.  The kernel's table stays as it is. */
void mirror_close(struct mirror *m);
/* lvs_netlink_cmd_rcv_bufs; a failure is logged. */
void mirror_set_rcvbuf(struct mirror *m, size_t bytes, bool is_forced);

/* lvs_timeouts, now or as soon as the kernel has IPVS; NULL: as they stood
 * before. */
void mirror_set_timeouts(struct mirror *m, const struct ipvs_timeouts *t);

/*
 * Notes one change that the model has just taken; mirror_send() does what was
 * noted since, in order, pipelined: a change is one request.  Returns false
 * if something failed and a pass must follow (MIRROR_ERROR).
 */
void mirror_note(struct mirror *m, const struct ipvs_op *op);
bool mirror_has_notes(const struct mirror *m);
bool mirror_send(struct mirror *m);

/*
 * Compares kernel and model and makes them equal; notes are dropped, the
 * model has them.  now is for retries of what the kernel refuses.  0; 1 if
 * there is so much to do that other work should have a turn before the next
 * call, with the same why; or -errno if the table cannot be read or written
 * (-ENOENT: no IPVS).
 */
int mirror_pass(struct mirror *m, enum mirror_why why, monotime_t now);

/* lvs_flush: clears the whole table, strangers' services too. */
int mirror_flush(struct mirror *m);
/* Stop: deletes every service that is ours. */
int mirror_leave(struct mirror *m);

/* Connections of each destination of the model's table (counts.h); false: the
 * kernel's table is not available. */
bool mirror_count(struct mirror *m, struct ipvs_count *out);

struct mirror_stats mirror_stats_get(const struct mirror *m);

#endif
