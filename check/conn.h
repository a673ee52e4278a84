/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A probe's connection: a non-blocking socket made as the parameters want it
 * (source, interface, mark), connected, watched and closed.  For all checkers
 * that speak over a socket of their own.
 */
#ifndef DUUMVIR_CHECK_CONN_H
#define DUUMVIR_CHECK_CONN_H

#include "check/probe.h"

/*
 * Makes the socket and connects; the checker's io is called when it can be
 * written: of datagrams at once, and from then on when it can be read.  What needs privilege is asked of the supervisor.  Failure ends the
 * attempt through probe_done().
 */
void conn_start(struct probe *p, int type, monotime_t now);
/* checker_ops.on_sock. */
void conn_on_sock(struct probe *p, int fd, monotime_t now);
/* After io: why the connection failed, or REASON_NONE if it stands. */
enum check_reason conn_result(const struct probe *p, int what);
/* checker_ops.stop */
void conn_stop(struct probe *p);

#endif
