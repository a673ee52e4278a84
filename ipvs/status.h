/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The ipvs engine's state as text, for SIGUSR1, and as JSON.  PURE. */
#ifndef DUUMVIR_IPVS_STATUS_H
#define DUUMVIR_IPVS_STATUS_H

#include <stdbool.h>

#include "ipvs/counts.h"
#include "ipvs/mirror.h"
#include "ipvs/syncd.h"

struct buf;
struct model;

struct ipvs_status {
	struct mirror_stats stats;
	struct model *model;
	/* Of the destinations of the model's table; NULL: nobody asked. */
	const struct ipvs_count *count;
	struct syncd_status sync;
	monotime_t now;
};

/* Figures, then, if asked for, every wanted service with its servers. */
void ipvs_status_print(const struct ipvs_status *s, bool has_table,
		       struct buf *out);
/* One object; with the table. */
void ipvs_status_print_json(const struct ipvs_status *s, struct buf *out);

#endif
