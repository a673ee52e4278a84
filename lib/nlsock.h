/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Netlink transport: the door to libmnl.  Pipelined requests with one answer
 * each, dumps, and notifications; what the bytes mean is the caller's.
 *
 * A socket that joined multicast groups only receives (nlsock_recv); requests
 * and dumps run on a socket of their own, so that neither can swallow or
 * overflow the other.
 */
#ifndef DUUMVIR_NLSOCK_H
#define DUUMVIR_NLSOCK_H

#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;
struct nlsock;

/* Room that nlsock_batch_next() gives for one message, header included. */
#define NLSOCK_MSG_MAX 8192

/* Opens and binds a socket of this netlink family (NETLINK_ROUTE, ...) to the
 * multicast groups in the RTMGRP_* style bit mask.  0 or -errno. */
int nlsock_open(int bus, uint32_t groups, struct nlsock **out);
/* Joins one multicast group by number (RTNLGRP_*, genl groups). */
int nlsock_join(struct nlsock *s, uint32_t group);
/* NULL is allowed. */
void nlsock_close(struct nlsock *s);
int nlsock_fd(const struct nlsock *s);
/* SO_RCVBUF, or SO_RCVBUFFORCE if force. */
int nlsock_set_rcvbuf(struct nlsock *s, size_t bytes, int force);
struct sock_fprog;
/* A filter of the kernel's classic BPF on what is received, before it takes
 * room in the buffer: A counts from the nlmsghdr.  0 or -errno. */
int nlsock_set_filter(struct nlsock *s, const struct sock_fprog *prog);

/*
 * A batch of requests.  nlsock_batch_next() gives room for one message
 * (NLSOCK_MSG_MAX bytes) with header set up (type, flags | NLM_F_REQUEST);
 * the caller appends to it with libmnl and calls nlsock_batch_commit() with
 * its token.  The pointer is valid until then; a message that is not committed
 * is forgotten.
 *
 * nlsock_batch_run() sends everything pipelined, in as few system calls as
 * the socket's buffers allow, and calls on_ack for each request, in order:
 * error is 0 or -errno as the kernel answered (netlink(7): an error always,
 * success where NLM_F_ACK asks, which the last of each part does).  -EINTR is
 * handled inside; parts are so small that answers fit the receive buffer, and if some are
 * lost nevertheless their requests get -ENOBUFS: whether the kernel did them
 * is unknown, ask it with a dump.  Returns 0, or -errno if the transport
 * failed (requests without an answer then got on_ack with that error).
 * Afterwards the batch is empty and can be filled again.  on_ack must not
 * touch the batch.
 */
struct nlsock_batch;
struct nlsock_batch *nlsock_batch_new(struct nlsock *s);
void nlsock_batch_free(struct nlsock_batch *b);
struct nlmsghdr *nlsock_batch_next(struct nlsock_batch *b, uint16_t type,
				   uint16_t flags);
void nlsock_batch_commit(struct nlsock_batch *b, uint64_t token);
size_t nlsock_batch_count(const struct nlsock_batch *b);
int nlsock_batch_run(struct nlsock_batch *b,
		     void (*on_ack)(void *arg, uint64_t token, int error),
		     void *arg);

/*
 * Sends one dump request (NLM_F_REQUEST | NLM_F_DUMP is added) and calls
 * on_msg for each answer until it is done.  on_msg returns 0 or -errno to
 * fail the dump (it is read to its end, but no longer handed on).
 * -EINTR: the dump was inconsistent, ask again.  req is built by the caller
 * in a buffer of its own.
 */
int nlsock_dump(struct nlsock *s, struct nlmsghdr *req,
		int (*on_msg)(void *arg, const struct nlmsghdr *nlh),
		void *arg);

/*
 * The same in slices, for a dump that may be long: begin sends the request,
 * more reads at most parts datagrams without blocking and hands their messages
 * on.  1: there is more, call again when the descriptor is readable; 0: it is
 * complete; -EINTR: inconsistent or incomplete, begin again; else -errno.
 * Nothing else may be asked on this socket in between.
 */
int nlsock_dump_begin(struct nlsock *s, struct nlmsghdr *req);
int nlsock_dump_more(struct nlsock *s, size_t parts,
		     int (*on_msg)(void *arg, const struct nlmsghdr *nlh),
		     void *arg);
/* The kernel refuses filters of dumps that it does not know instead of
 * ignoring them (NETLINK_GET_STRICT_CHK, 4.20).  0 or -errno. */
int nlsock_set_strict(struct nlsock *s);

/*
 * Sends one request (NLM_F_REQUEST | NLM_F_ACK is added) and calls on_msg
 * (may be NULL) for what the kernel answers before the acknowledgement.
 * Returns the acknowledgement: 0 or -errno; or on_msg's error.
 */
int nlsock_ask(struct nlsock *s, struct nlmsghdr *req,
	       int (*on_msg)(void *arg, const struct nlmsghdr *nlh), void *arg);

/*
 * Reads waiting notifications without blocking.  -ENOBUFS: some were lost,
 * resynchronise with a dump.  0 when the socket is drained (or after so many
 * that other work must have its turn: the descriptor is then still readable).
 */
int nlsock_recv(struct nlsock *s,
		void (*on_msg)(void *arg, const struct nlmsghdr *nlh),
		void *arg);

#endif
