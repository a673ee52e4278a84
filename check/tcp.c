/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * TCP_CHECK: a server is up when it accepts a connection.  Nothing is sent;
 * the connection is closed at once, as keepalived does.
 */
#include <sys/socket.h>

#include "check/checkers.h"
#include "check/conn.h"

static void
tcp_start(struct probe *p, monotime_t now)
{
	conn_start(p, SOCK_STREAM, now);
}

static void
tcp_io(struct probe *p, int what, monotime_t now)
{
	enum check_reason r = conn_result(p, what);

	/* Before the connection stands a reset is a refusal; this one came
	 * after, and whether we still see it depends on who is faster.  The
	 * verdict must not: the server did accept. */
	if (r == REASON_RESET)
		r = REASON_NONE;
	probe_done(p, r, now);
}

const struct checker_ops tcp_checker_ops = {
	.type = CHECKER_TCP,
	.name = "TCP_CHECK",
	.label = "TCP connection to",
	.protocol = IPPROTO_TCP,
	.start = tcp_start,
	.io = tcp_io,
	.on_sock = conn_on_sock,
	.stop = conn_stop,
};
