/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The log: the door to syslog and stderr.
 *
 * The supervisor owns the real sinks (log_open).  Engines write each line as
 * one datagram to a socket whose other end the supervisor reads
 * (log_open_fd): a slow or missing syslog never blocks an engine; lines that
 * do not fit are counted and the count is logged later.
 */
#ifndef DUUMVIR_LOG_H
#define DUUMVIR_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "lib/monotime.h"

/* Where lines go and how much is said; see keepalived(8) -l -D -G -S. */
struct log_opts {
	const char *ident; /* syslog tag of this process, e.g. "Keepalived" */
	int facility;	   /* LOG_DAEMON, LOG_LOCAL0, ... */
	bool use_console;  /* -l: also to stderr, with a date stamp */
	bool use_syslog;   /* false with -G */
	int detail;	   /* number of -D */
};

void log_open(const struct log_opts *o);
/* In an engine: lines go to this datagram socket, some in one datagram with a
 * NUL between them. */
enum { LOG_DATAGRAM_MAX = 8192 };
void log_open_fd(int fd, const char *ident, int detail);
/* The supervisor: write one line received from an engine. */
void log_relay(const char *ident, int priority, const char *line);
void log_close(void);
int log_detail(void);
/*
 * In an engine: lines are kept back until log_release(), so that what must be
 * on the wire first need not wait for a system call per line, and so that many
 * lines take few.  Lines that find no room are written at once, behind those
 * that wait.
 */
void log_hold(void);
void log_release(void);

void log_at(int priority, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
#define log_err(...)	log_at(LOG_ERR, __VA_ARGS__)
#define log_warn(...)	log_at(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)	log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_at(LOG_DEBUG, __VA_ARGS__)

/* Logs and ends the process with code 1: start-up, memory, broken promise of
 * another process; never for input. */
void fatal(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/*
 * Limits what a peer can trigger: at most burst lines per interval.
 * log_limit_ok() says whether to log now; when it opens again *missed holds
 * how many were held back since.
 */
struct log_limit {
	nsec_t interval;
	uint32_t burst;
	monotime_t since;
	uint32_t used;
	uint32_t missed;
};
bool log_limit_ok(struct log_limit *l, monotime_t now, uint32_t *missed);

#endif
