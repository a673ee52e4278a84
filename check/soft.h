/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Between a verdict and the table: slow_start (check/ramp.h) and
 * panic_threshold (check/panic.h) of running services.  Sets what the wanted
 * table is made from, never the table itself.
 */
#ifndef DUUMVIR_CHECK_SOFT_H
#define DUUMVIR_CHECK_SOFT_H

#include "check/service.h"

/* The servers of a new service are as they shall begin: from the predecessor,
 * from hints or new. */
void soft_start(struct service *s, monotime_t now);
void soft_stop(struct service *s);

/* After a verdict.  True if this is the first time that checks have seen the
 * server up. */
bool soft_note_up(struct server *sv);
/* The server came up or went down (its since is set), or was seen up for the
 * first time.  True if other servers of the pool are concerned. */
bool soft_follow(struct server *sv, bool is_recovery, monotime_t now);

/* The next level of a ramp: when, and everything that is due. */
monotime_t soft_next(const struct heap *ramps);
void soft_run(struct heap *ramps, void (*on_step)(struct server *sv),
	      monotime_t now);

#endif
