/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a predecessor of this process had reported, kept until the services
 * exist: the supervisor sends it before the first CONF_COMMIT.
 */
#ifndef DUUMVIR_CHECK_HINT_H
#define DUUMVIR_CHECK_HINT_H

#include "check/service.h"

struct hint;
struct hint_drain;

struct hints {
	struct hint *head;
	struct hint_drain *drain;
	uint32_t n_drains;
};

void hints_add_server(struct hints *h, const struct msg_rs_state *m);
void hints_add_quorum(struct hints *h, const struct msg_vs_state *m);
void hints_add_drain(struct hints *h, const struct msg_rs_drain *m);
/* Tells a new service what is known of it and its servers. */
void hints_apply(const struct hints *h, struct service *s, monotime_t now);
void hints_fini(struct hints *h);

#endif
