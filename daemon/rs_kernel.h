/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The real server's shell around rs_plan: looks at the kernel and carries out
 * what was planned, through the doors of vrrp/rtnl_*.c and lib/sysctl.c.
 */
#ifndef DUUMVIR_DAEMON_RS_KERNEL_H
#define DUUMVIR_DAEMON_RS_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/rs_plan.h"

struct arena;
struct rs_kernel;

/* 0 or -errno. */
int rs_kernel_open(struct rs_kernel **out);
void rs_kernel_close(struct rs_kernel *k);
/* Readable when links or addresses have changed. */
int rs_kernel_fd(const struct rs_kernel *k);
/* Reads what waits; has anything changed? */
bool rs_kernel_read(struct rs_kernel *k);
/* What is there, in the arena.  0 or -errno. */
int rs_kernel_look(struct rs_kernel *k, struct arena *arena,
		   struct rs_seen *out);
/* Reads the values of rs_sysctls(). */
void rs_kernel_read_sysctls(struct rs_sysctl *n, size_t count);
/* Notes in memory what is about to be changed, before it is. */
void rs_kernel_remember(const struct rs_plan *plan, struct rs_memory *m);
/* Carries out, sets each one's error, and forgets what is undone. */
void rs_kernel_apply(struct rs_kernel *k, struct rs_plan *plan,
		     struct rs_memory *m);

#endif
