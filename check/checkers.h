/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The kinds of checkers there are, one file each. */
#ifndef DUUMVIR_CHECK_CHECKERS_H
#define DUUMVIR_CHECK_CHECKERS_H

#include "check/probe.h"

extern const struct checker_ops dns_checker_ops;
extern const struct checker_ops file_checker_ops;
extern const struct checker_ops misc_checker_ops;
extern const struct checker_ops ping_checker_ops;
extern const struct checker_ops tcp_checker_ops;
extern const struct checker_ops smtp_checker_ops;
extern const struct checker_ops udp_checker_ops;
extern const struct checker_ops via_checker_ops;
extern const struct checker_ops agent_checker_ops;
extern const struct checker_ops http_checker_ops, ssl_checker_ops;

#endif
