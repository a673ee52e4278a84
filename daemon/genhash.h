/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * genhash: fetches one page and prints the digest that `digest` of a url
 * wants.  Runs as who calls it, waits in one place, and shares the requests,
 * the parser and TLS with the checkers.  Never touches the daemon.
 */
#ifndef DUUMVIR_DAEMON_GENHASH_H
#define DUUMVIR_DAEMON_GENHASH_H

#include <stdbool.h>

/* Is genhash meant: by the program's name, or by -T or --genhash as the first
 * word? */
bool genhash_is_wanted(int argc, char **argv);

/* The exit status: 0, or 1 when there is no digest. */
int genhash_run(int argc, char **argv);

#endif
