/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A probe as a record of the journal, and back.  Back is with suspicion: what
 * cannot be true of a probe is not taken over, however it came there.
 */
#ifndef DUUMVIR_CHECK_RECALL_H
#define DUUMVIR_CHECK_RECALL_H

#include "check/journal.h"
#include "check/probe.h"

/* All but the sum. */
void recall_write(const struct probe *p, struct journal_record *r);
/*
 * Takes over state, counters, rows, value and the plan (p->due) of what was
 * written; p is new.  False, and nothing is changed, if it is implausible.
 */
bool recall_read(struct probe *p, const struct journal_record *r,
		 monotime_t now);

#endif
