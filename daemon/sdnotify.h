/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * systemd's notification protocol: datagrams to $NOTIFY_SOCKET.  Without
 * that variable every function does nothing.
 */
#ifndef DUUMVIR_DAEMON_SDNOTIFY_H
#define DUUMVIR_DAEMON_SDNOTIFY_H

#include "lib/monotime.h"

struct sdnotify {
	int fd;		 /* -1: nobody listens */
	nsec_t watchdog; /* 0: none wanted; else ping at half of it */
};

/* Reads and removes the variables, so that scripts do not see them. */
void sdnotify_open(struct sdnotify *sd);
void sdnotify_close(struct sdnotify *sd);
void sdnotify_ready(const struct sdnotify *sd, const char *status);
void sdnotify_reloading(const struct sdnotify *sd, monotime_t now);
void sdnotify_stopping(const struct sdnotify *sd);
void sdnotify_watchdog(const struct sdnotify *sd);

#endif
