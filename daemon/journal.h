/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a process leaves to its successor, should it be killed: the check
 * process what it knows of its probes (check/journal.h), in memory of ours;
 * the ipvs process which services of the kernel's table are ours
 * (ipvs/owned.h), in a file beside the pid file, which outlives us as well.
 * Nobody here ever reads either.
 */
#ifndef DUUMVIR_DAEMON_JOURNAL_H
#define DUUMVIR_DAEMON_JOURNAL_H

struct engine;

/* Hands it to a new process; the first one of a row makes it. */
void journal_give(struct engine *e);
/* The process ended in order: nothing is to be kept. */
void journal_forget(struct engine *e);
/* We end: what is in a file stays, if it still is there. */
void journal_leave(struct engine *e);

#endif
