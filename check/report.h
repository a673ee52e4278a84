/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the check engine says about servers and services: log lines in
 * keepalived's words with our reason behind, and states to the supervisor,
 * which runs the scripts and keeps them as hints.  A state is sent only when
 * it differs from the last one sent.
 */
#ifndef DUUMVIR_CHECK_REPORT_H
#define DUUMVIR_CHECK_REPORT_H

#include "check/service.h"

/* A server came up or went down because of this checker. */
void report_server_line(const struct server *s, const struct checker *cause);
void report_quorum_line(const struct service *s, uint64_t weight);

/* ha_suspend: its checkers rest, or go on. */
void report_suspended_lines(const struct service *s, bool is_begin);
/* panic_threshold begins or ends to hold servers back. */
void report_panic_line(const struct service *s);

/* is_news: a verdict changed it, which the scripts shall hear. */
void report_server(struct server *s, bool is_news);
void report_quorum(struct service *s);
/* A reload changed the configured weight. */
void report_weight_line(const struct server *s, uint32_t old);
/* The server is no longer configured. */
void report_server_gone(const struct server *s);
/* The daemon stops: whatever is up goes down, for the scripts. */
void report_omega(struct service *s);

#endif
