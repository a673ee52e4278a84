/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Wall time in words, for people: mails and the like.  Nothing is ever
 * decided by it.
 */
#ifndef DUUMVIR_WALLTIME_H
#define DUUMVIR_WALLTIME_H

#include <stddef.h>
#include <stdint.h>

/* "Sat, 21 Nov 2026 11:42:58 +0000" (RFC 5322); returns buf. */
const char *walltime_mail(char *buf, size_t size);
/* "2026-11-21 11:42:58", local; returns buf. */
const char *walltime_stamp(char *buf, size_t size);
/* The same of a moment in seconds since 1970. */
const char *walltime_stamp_at(int64_t at, char *buf, size_t size);

#endif
