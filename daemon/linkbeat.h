/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Polls the carrier of links (linkbeat_interfaces, linkbeat_use_polling) and
 * tells the vrrp engine what it finds.
 *
 * It is the supervisor's work: asking a PHY over its management bus takes
 * milliseconds, and no advert may wait for that.
 */
#ifndef DUUMVIR_DAEMON_LINKBEAT_H
#define DUUMVIR_DAEMON_LINKBEAT_H

#include "lib/msg.h"

struct ev_loop;
struct linkbeat;

/* tell is called for each link at first and at each change. */
struct linkbeat *
linkbeat_new(struct ev_loop *loop,
	     void (*tell)(void *arg, const struct msg_link_beat *m), void *arg);
/* NULL is allowed. */
void linkbeat_free(struct linkbeat *l);
/* The engine asks; what it asked before stays unless it says so. */
void linkbeat_on_poll(struct linkbeat *l, const struct msg_link_poll *m);

#endif
