/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One datagram out, answers in, over the connected socket of a probe
 * (check/conn.h): for checkers with is_datagram.  What is in them is the
 * checker's business.
 */
#ifndef DUUMVIR_CHECK_DGRAM_H
#define DUUMVIR_CHECK_DGRAM_H

#include <sys/types.h>

#include "check/probe.h"

/* Datagrams to read in one turn of one probe: who floods us waits for the
 * others' turns. */
#define DGRAM_TURN 256

/* Sends it whole; false: the attempt has ended. */
bool dgram_send(struct probe *p, const void *data, size_t len, monotime_t now);

/*
 * The next datagram that waits: its length, which is more than size if it was
 * cut; -EAGAIN: none waits, else -errno as the network said it.
 */
ssize_t dgram_recv(struct probe *p, void *buf, size_t size);

/* Is what was sent still on this machine?  So it is while the neighbour search
 * goes on. */
bool dgram_is_unsent(const struct probe *p);

#endif
