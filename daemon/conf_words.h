/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Rows of global_defs that need a reader of their own; only for
 * daemon/conf_global.c.
 */
#ifndef DUUMVIR_DAEMON_CONF_WORDS_H
#define DUUMVIR_DAEMON_CONF_WORDS_H

struct kw_block;
struct kw_ops;

extern const struct kw_ops smtp_server_ops, max_auto_priority_ops, fifo_ops,
	umask_ops, include_check_ops, random_seed_ops;
extern const struct kw_block umask_words, include_check_words;

#endif
