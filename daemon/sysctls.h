/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The sysctls that the virtual servers need, over the life of the daemon:
 * compared at start, at each reload and slowly ever after, set with
 * manage_sysctl, told without.
 */
#ifndef DUUMVIR_DAEMON_SYSCTLS_H
#define DUUMVIR_DAEMON_SYSCTLS_H

#include <stdbool.h>

struct conf;
struct super;
struct sysctls;

/* The pid file is ours.  Never NULL. */
struct sysctls *sysctls_new(struct super *s, const struct conf *c);
/* NULL is allowed. */
void sysctls_free(struct sysctls *x);
/* NULL is allowed from here on.  A configuration is about to come into force: what it needs stands before
 * its services do. */
void sysctls_begin(struct sysctls *x, const struct conf *next);
/* It is in force, or was refused: what only the one before needed goes
 * back. */
void sysctls_settle(struct sysctls *x);
/* The services are gone: everything goes back. */
void sysctls_stop(struct sysctls *x);

#endif
