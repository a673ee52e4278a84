/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Runs that look at configurations and tables, and are no daemon. */
#ifndef DUUMVIR_DAEMON_INSPECT_H
#define DUUMVIR_DAEMON_INSPECT_H

struct options;

/* -t, --plan, --pending and the --print- options; the exit code. */
int inspect_run(const struct options *o);

#endif
