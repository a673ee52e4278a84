/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The state of the check engine as text, for SIGUSR1. */
#ifndef DUUMVIR_CHECK_STATUS_H
#define DUUMVIR_CHECK_STATUS_H

#include "check/pools.h"

struct buf;

void status_print(const struct pools *p, monotime_t now, struct buf *out);

#endif
