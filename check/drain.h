/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * on_down drain SECONDS: entries that nobody wants any more and that stay in
 * the table with weight 0 until their time is over, so that their connections
 * can end.  Whatever took them out: a failure, a lost quorum, a reload.
 *
 * One is known by what the kernel knows it by, not by a server of the
 * configuration: that may be gone.  The supervisor remembers them for a
 * successor of this process.  What the ipvs engine is told is check/table.h's.
 */
#ifndef DUUMVIR_CHECK_DRAIN_H
#define DUUMVIR_CHECK_DRAIN_H

#include "check/service.h"

/* Of one service at a time; who leaves beyond that is deleted at once. */
#define DRAIN_MAX 4096

struct leaver {
	TAILQ_ENTRY(leaver) link;
	struct service *service;
	struct dest_want want; /* of weight 0 */
	monotime_t left;
	struct heap_node timer;
};

/* Does this service drain at all? */
bool drain_is_on(const struct service *s);
/* This entry leaves the table now: it drains, or nothing happens if it cannot
 * (then it is to be deleted). */
void drain_begin(struct service *s, const struct dest_want *told,
		 monotime_t now);
/* As drain_begin(), of what drained in another incarnation or in old. */
void drain_hint(struct service *s, const struct msg_rs_drain *m,
		monotime_t now);
void drain_inherit(struct service *s, const struct service *old,
		   monotime_t now);
/* The one of this key; NULL. */
struct leaver *drain_find(const struct service *s,
			  const struct msg_svc_key *key,
			  const struct msg_dest_key *dest);
/* It is wanted again, or over. */
void drain_end(struct leaver *l);
/* The service goes; is_for_good: the supervisor forgets them, too. */
void drain_end_all(struct service *s, bool is_for_good);
/* Still so long. */
nsec_t drain_rest(const struct leaver *l, monotime_t now);

monotime_t drain_next(const struct heap *drains);
/* Each whose time is over, once; on_over ends it. */
void drain_run(struct heap *drains, void (*on_over)(struct leaver *l),
	       monotime_t now);

#endif
