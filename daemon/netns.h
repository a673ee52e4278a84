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

/* The same for a moment; NULL: stays where we are.  0 or -errno; *home is for
 * netns_return(). */
int netns_visit(const char *name, int *home);
/* Back; fatal where that is not possible, since all else that this process
 * does would be in the wrong place. */
void netns_return(int *home);

#endif
