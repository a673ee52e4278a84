/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Raw sockets for the checks of the check engine: made only for a check that
 * stands in the configuration, with a filter that the engine cannot change.
 */
#ifndef DUUMVIR_DAEMON_PROBE_RAW_H
#define DUUMVIR_DAEMON_PROBE_RAW_H

#include <stdbool.h>

struct conf;
struct msg_sock_want;

/* Is there a check with this family, source, interface and mark? */
bool probe_raw_is_wanted(const struct conf *conf,
			 const struct msg_sock_want *m);
/* The socket, or -errno. */
int probe_raw_make(const struct msg_sock_want *m);

#endif
