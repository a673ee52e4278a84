/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Does the configuration ask for this socket?  The check engine gets a mark, a
 * source port or an interface only if one of its checks is written so.  Pure.
 */
#ifndef DUUMVIR_DAEMON_PROBE_WANT_H
#define DUUMVIR_DAEMON_PROBE_WANT_H

#include <stdbool.h>

struct check_conf;
struct msg_sock_want;

/* Is there a check over such connections with this family, source, port,
 * interface and mark? */
bool probe_conn_is_wanted(const struct check_conf *root,
			  const struct msg_sock_want *m);

#endif
