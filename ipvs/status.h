/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The ipvs engine's state as text, for SIGUSR1 and SIGUSR2.  PURE. */
#ifndef DUUMVIR_IPVS_STATUS_H
#define DUUMVIR_IPVS_STATUS_H

#include <stdbool.h>

struct buf;
struct mirror_stats;
struct model;

/* Figures, then, if asked for, every wanted service with its servers. */
void ipvs_status_print(const struct mirror_stats *s, struct model *m,
		       bool has_table, struct buf *out);

#endif
