/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The wanted table on its way to the ipvs engine: messages for what differs,
 * or the whole table between SYNC_BEGIN and SYNC_END.
 *
 * While no ipvs engine listens nothing is sent; when one comes it gets all,
 * and with it the services that were deleted meanwhile, or so shortly before
 * the last one died that it may not have come to it: they stand in the kernel
 * and nobody else knows whose they are.
 */
#ifndef DUUMVIR_CHECK_PUBLISH_H
#define DUUMVIR_CHECK_PUBLISH_H

#include "check/desired.h"
#include "check/keymap.h"
#include "check/out.h"
#include "lib/monotime.h"

struct publish_gone;

struct publish {
	const struct check_out *out;
	monotime_t now;		   /* of this turn */
	struct publish_gone *gone; /* deletions that may not have been done */
	bool is_open;		   /* the peer has a table to keep true */
	uint32_t sync;		   /* generation of the last full sync */
	uint32_t count;
	bool needs_sync; /* a key changed hands: single messages will not do */
	uint64_t n_sent; /* SET and DEL messages since start */
};

void publish_fini(struct publish *p);
/* The ipvs engine has gone. */
void publish_close(struct publish *p, monotime_t now);
void publish_sync_begin(struct publish *p, monotime_t now);
void publish_sync_end(struct publish *p);
void publish_svc(struct publish *p, const struct msg_svc *svc);
void publish_svc_del(struct publish *p, const struct msg_svc_key *key);

/* One server under one service key, if what is wanted is not what was told. */
void publish_dest_set(struct publish *p, const struct msg_svc_key *key,
		      const struct dest_want *told,
		      const struct dest_want *want);
void publish_dest_del(struct publish *p, const struct msg_dest_key *key);

#endif
