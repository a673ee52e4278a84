/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * ipvsadm -R: each line of a stream is a command line.  Requests about services
 * and servers go to the kernel many at a time.
 *
 * As with ipvsadm what the kernel refuses is told and the rest goes on, what
 * is no command ends it; unlike there the line is named, and '#' begins a
 * comment.
 */
#ifndef DUUMVIR_CLI_IPVSADM_RESTORE_H
#define DUUMVIR_CLI_IPVSADM_RESTORE_H

#include <stdio.h>

#include "cli/ipvsadm_args.h"
#include "ipvs/genl.h"

#define RESTORE_LINE_MAX  65536 /* bytes of a line */
#define RESTORE_WORDS_MAX 1024	/* in a line */

/* Cuts a line into words in place: blanks between them, a comment after
 * them, "ipvsadm" before them do not count.  Their number, or -E2BIG.  PURE. */
int restore_split(char *line, const char **word, size_t room);

/* Called with each order before it is done. */
typedef void restore_look(void *arg, const struct ipvsadm_order *o);

/* The exit status. */
int restore_run(struct ipvs_genl *g, FILE *in, restore_look *look, void *arg);

#endif
