/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The system call filters of the engines: the door to libseccomp. */
#ifndef DUUMVIR_PRIV_CALLS_H
#define DUUMVIR_PRIV_CALLS_H

#include "lib/priv.h"

/* Filters this process's system calls for good.  0 or -errno. */
int priv_calls_filter(enum priv_calls calls);

#endif
