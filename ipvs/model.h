/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the check engine wants in the kernel's virtual server table, and which
 * services are therefore ours.
 *
 * A service is ours from the first message that names it until it is known
 * to be gone from the kernel after its deletion: that is all that this
 * program may delete there.
 *
 * It never talks to the kernel and knows no time.
 */
#ifndef DUUMVIR_IPVS_MODEL_H
#define DUUMVIR_IPVS_MODEL_H

#include "ipvs/table.h"

struct model;
struct owned;

/* What a message changed. */
enum model_change {
	MODEL_SAME,
	MODEL_ADDED,
	MODEL_CHANGED,
	MODEL_DELETED,
	MODEL_UNKNOWN, /* a destination of a service that is not wanted */
};

struct model *model_new(void);
/* NULL is allowed. */
void model_free(struct model *m);

/*
 * Values must be in normal form (ipvs_*_clean()).  Deleting a service deletes
 * its destinations; deleting what was never named makes a service ours (a
 * predecessor may have left it).
 */
enum model_change model_svc_set(struct model *m, const struct msg_svc *s);
enum model_change model_svc_del(struct model *m, const struct msg_svc_key *k);
enum model_change model_dest_set(struct model *m, const struct msg_dest *d);
enum model_change model_dest_del(struct model *m, const struct msg_dest_key *k);

/*
 * A full description: what is not set between begin and end goes.
 * model_sync_abort() (its sender died) forgets nothing.
 */
void model_sync_begin(struct model *m);
void model_sync_end(struct model *m);
void model_sync_abort(struct model *m);
bool model_is_syncing(const struct model *m);

/*
 * What is ours is written down in o from now on (the model takes it over, as
 * it is).  What stands there was a predecessor's: nothing is done about it
 * until the end of the first description, or model_settle(), and then what is
 * not wanted waits to be deleted.
 */
void model_remember(struct model *m, struct owned *o);
void model_settle(struct model *m);
/* Services that wait for that. */
size_t model_inherited(const struct model *m);

/* Ours, wanted or waiting to be deleted? */
bool model_owns(const struct model *m, const struct msg_svc_key *k);
bool model_wants(const struct model *m, const struct msg_svc_key *k);
/* A deleted service is gone from the kernel: no longer ours. */
void model_disown(struct model *m, const struct msg_svc_key *k);
/* The same at the end, when also what is wanted goes: only what is written
 * down changes. */
void model_strike(struct model *m, const struct msg_svc_key *k);
void model_strike_all(struct model *m);

/* Everything wanted, sorted; valid until the next change. */
const struct ipvs_table *model_table(struct model *m);
/* The services that are ours but not wanted, sorted; valid until the next
 * change. */
const struct ipvs_table *model_leaving(struct model *m);
size_t model_svcs(const struct model *m);
size_t model_dests(const struct model *m);

/*
 * The last error told for a service or destination: true if this one is new
 * and should be told.  error 0 clears.  dest may be NULL.
 */
bool model_note_error(struct model *m, const struct msg_svc_key *svc,
		      const struct msg_dest_key *dest, int error);
void model_forget_errors(struct model *m);
/* That error: 0 if there is none. */
int model_error(const struct model *m, const struct msg_svc_key *svc,
		const struct msg_dest_key *dest);

#endif
