/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the check engine and the supervisor both call one script of a
 * MISC_CHECK: derived from the configuration that each of them has, so that
 * no command ever comes from the process that meets hostile bytes.
 */
#ifndef DUUMVIR_CHECK_MISC_ID_H
#define DUUMVIR_CHECK_MISC_ID_H

#include "check/conf.h"

struct buf;

/* Appends all that makes a run what it is: command line, user, group and
 * time limit. */
void misc_id_add(struct buf *b, const struct misc_check_conf *m);
/* The same in short.  The supervisor refuses to know two scripts of
 * one name. */
uint64_t misc_id(const struct misc_check_conf *m);

#endif
