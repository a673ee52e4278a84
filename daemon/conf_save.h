/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * config_save_dir: what each reading of the configuration came to, as text in
 * DIR/keepalived.conf.PID.N, for who looks for what a series of reloads did.
 */
#ifndef DUUMVIR_DAEMON_CONF_SAVE_H
#define DUUMVIR_DAEMON_CONF_SAVE_H

#include <stdint.h>

struct conf;

/* Writes c if it asks for it; *n counts the files of this process.  What goes
 * wrong is logged, never more than that. */
void conf_save(const struct conf *c, uint32_t *n);

#endif
