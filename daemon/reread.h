/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Reading the configuration again, with what the one in force wants around
 * it: reload_file and reload_check_config.
 */
#ifndef DUUMVIR_DAEMON_REREAD_H
#define DUUMVIR_DAEMON_REREAD_H

#include "daemon/confio.h"

struct super;

/* Reads the file.  *objection: NULL, or why it must not be used (static
 * text). */
struct confio_file reread(struct super *s, const char **objection);

#endif
