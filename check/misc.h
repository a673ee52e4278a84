/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What comes from the supervisor for MISC_CHECK (check/misc.c). */
#ifndef DUUMVIR_CHECK_MISC_H
#define DUUMVIR_CHECK_MISC_H

#include "lib/monotime.h"
#include "lib/msg.h"

struct probes;

/* A run has ended; one that nobody waits for any more is ignored. */
void misc_on_done(struct probes *ps, const struct msg_misc_done *m,
		  monotime_t now);

#endif
