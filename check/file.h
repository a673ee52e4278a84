/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What comes from the supervisor for FILE_CHECK (check/file.c). */
#ifndef DUUMVIR_CHECK_FILE_H
#define DUUMVIR_CHECK_FILE_H

#include "lib/monotime.h"
#include "lib/msg.h"

struct probes;

/* A file holds this number now. */
void file_on_value(struct probes *ps, const struct msg_track *m,
		   monotime_t now);
/* Forgets values that nobody has asked for. */
void file_fini(struct probes *ps);

#endif
