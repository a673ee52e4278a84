/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Typed messages of exact size over a stream socketpair, with descriptors.
 *
 * A channel (struct imsg) frames messages, queues what the socket does not
 * take at once and hands each received message, checked against the table in
 * lib/msg.h, to one function.  A message of unknown type, wrong size, wrong
 * sender or missing descriptor breaks the channel: the owner is told through
 * on_close and must treat the peer as dead.
 */
#ifndef DUUMVIR_IMSG_H
#define DUUMVIR_IMSG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/event.h"
#include "lib/msg.h"

/* Bytes a queue may hold before the channel counts as broken. */
#define IMSG_QUEUE_MAX (256u << 20)

struct imsg;

struct imsg_ops {
	/*
	 * One message.  data has the exact size of the type and is aligned;
	 * fd is -1 or a descriptor that the callee now owns.
	 */
	void (*on_msg)(void *arg, enum msg_type type, const void *data, int fd);
	/* The peer is gone or broke its promise (reason is for the log). */
	void (*on_close)(void *arg, const char *reason);
};

/* Takes ownership of sock (made non-blocking).  me and peer are whose
 * messages are sent and accepted. */
struct imsg *imsg_new(struct ev_loop *loop, int sock, enum proc_id me,
		      enum proc_id peer, const struct imsg_ops *ops, void *arg);
void imsg_free(struct imsg *im);

/* In on_close: did the peer only go away (true), or break its promise? */
bool imsg_is_gone(const struct imsg *im);

/*
 * Sends one message; fd is -1 or a descriptor that is duplicated into the
 * peer (the caller keeps its own).  Never blocks.  data must have the size of
 * the type in the table (a programmer's promise, asserted).
 */
void imsg_send(struct imsg *im, enum msg_type type, const void *data, int fd);
/* Hands on, now, all that has arrived: the last words of a dead peer.  As in
 * the loop, on_close may be called. */
void imsg_receive(struct imsg *im);
/* Bytes waiting to be taken by the socket. */
size_t imsg_queued(const struct imsg *im);
/* Tries to write all that is queued before returning (start-up, stop);
 * 0 or -errno; -ETIMEDOUT after the given duration. */
int imsg_flush(struct imsg *im, nsec_t timeout);

#endif
