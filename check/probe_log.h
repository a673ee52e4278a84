/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the log says of probes: one line per transition, one per failure of
 * what is not down where that is wanted, few for what is a matter of our own.
 */
#ifndef DUUMVIR_CHECK_PROBE_LOG_H
#define DUUMVIR_CHECK_PROBE_LOG_H

#include "check/probe.h"

/* An attempt has ended: p->health.last; was: what p->health was before. */
void probe_log_result(struct probe *p, bool is_changed,
		      const struct health *was, monotime_t now);

#endif
