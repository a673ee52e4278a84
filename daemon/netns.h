/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Moving the whole daemon into a named network namespace. */
#ifndef DUUMVIR_DAEMON_NETNS_H
#define DUUMVIR_DAEMON_NETNS_H

/*
 * Enters the namespace of `ip netns` with this name, and a mount namespace
 * in which /run/keepalived is private to it.  0 or -errno with *what naming
 * the step that failed.
 */
int netns_enter(const char *name, const char **what);

/* Enters only the network namespace; "" is that of process 1.  0 or -errno. */
int netns_join(const char *name);

#endif
