/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The memory in which the check process keeps what its successor needs
 * (check/journal.h).  It lives as long as that process is respawned; nobody
 * here ever reads it.
 */
#ifndef DUUMVIR_DAEMON_JOURNAL_H
#define DUUMVIR_DAEMON_JOURNAL_H

struct engine;

/* Hands it to a new process; the first one of a row makes it. */
void journal_give(struct engine *e);
/* The process ended in order, or we do: nothing is to be kept. */
void journal_forget(struct engine *e);

#endif
