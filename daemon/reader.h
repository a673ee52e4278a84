/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The program that reads a FIFO: started once, started again when it dies,
 * ended with the FIFO.
 */
#ifndef DUUMVIR_DAEMON_READER_H
#define DUUMVIR_DAEMON_READER_H

#include <stdbool.h>
#include <sys/types.h>

struct conf_script;
struct ev_loop;
struct reader;
struct runner;

/* Starts the script with the FIFO as its last argument, by the runner's
 * rules (copies both texts). */
struct reader *reader_new(struct ev_loop *loop, const struct runner *runner,
			  const struct conf_script *s, const char *fifo);
void reader_free(struct reader *r);
/* Is it this program for this FIFO? */
bool reader_is(const struct reader *r, const struct conf_script *s,
	       const char *fifo);
/*
 * The FIFO is closed: it may read what is left and go.  If it does not, it
 * gets SIGTERM, then SIGKILL.
 */
void reader_end(struct reader *r);
void reader_kill(struct reader *r);
/* A child is gone: was it this one? */
bool reader_reap(struct reader *r, pid_t pid, int status);
/* Its end was asked for and has come. */
bool reader_has_ended(const struct reader *r);

#endif
