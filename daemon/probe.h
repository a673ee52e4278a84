/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Probe sockets that need privilege, made for the check engine. */
#ifndef DUUMVIR_DAEMON_PROBE_H
#define DUUMVIR_DAEMON_PROBE_H

struct engine;
struct msg_sock_want;

/* Makes, marks and binds the socket and sends it, or why not. */
void probe_on_want(struct engine *e, const struct msg_sock_want *m);

#endif
