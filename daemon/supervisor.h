/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The supervisor: one life from a parsed configuration to the last exit. */
#ifndef DUUMVIR_DAEMON_SUPERVISOR_H
#define DUUMVIR_DAEMON_SUPERVISOR_H

struct options;

/* The daemon in this process: reads the configuration, runs until stopped;
 * its exit status.  ready() is called once when the configuration is in
 * force (to release a waiting parent). */
int supervisor_run(const struct options *o, void (*ready)(void *arg),
		   void *arg);

#endif
