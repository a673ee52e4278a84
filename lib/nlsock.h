/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Netlink transport: the door to libmnl.  Pipelined requests with one answer
 * each, dumps, and notifications; what the bytes mean is the caller's.
 */
#ifndef DUUMVIR_NLSOCK_H
#define DUUMVIR_NLSOCK_H

#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;
struct nlsock;

/* Opens and binds a socket of this netlink family (NETLINK_ROUTE, ...) to the
 * multicast groups in the RTMGRP_* style bit mask.  0 or -errno. */
int nlsock_open(int bus, uint32_t groups, struct nlsock **out);
/* Joins one multicast group by number (RTNLGRP_*, genl groups). */
int nlsock_join(struct nlsock *s, uint32_t group);
void nlsock_close(struct nlsock *s);
int nlsock_fd(const struct nlsock *s);
/* SO_RCVBUF, or SO_RCVBUFFORCE if force. */
int nlsock_set_rcvbuf(struct nlsock *s, size_t bytes, int force);

/*
 * A batch of requests.  nlsock_batch_next() gives room for one message with
 * header set up (type, flags | NLM_F_REQUEST | NLM_F_ACK, own sequence
 * number); the caller appends to it with libmnl and calls
 * nlsock_batch_commit() with its token.  nlsock_batch_run() sends everything
 * pipelined in as few system calls as the socket takes and calls on_ack for
 * each request, in order: error is 0 or -errno.  -ENOBUFS and -EINTR are
 * handled inside.  Returns 0, or -errno if the transport failed (requests
 * without an answer then got on_ack with that error).
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
 * Sends one dump request (NLM_F_DUMP is added) and calls on_msg for each
 * answer until it is done.  on_msg returns 0 or -errno to fail the dump.
 * -EINTR: the dump was inconsistent, ask again.  req is built by the caller
 * in a buffer of its own.
 */
int nlsock_dump(struct nlsock *s, struct nlmsghdr *req,
		int (*on_msg)(void *arg, const struct nlmsghdr *nlh),
		void *arg);

/*
 * Reads all waiting notifications without blocking.  -ENOBUFS: some were
 * lost, resynchronise with a dump.  0 when the socket is drained.
 */
int nlsock_recv(struct nlsock *s,
		void (*on_msg)(void *arg, const struct nlmsghdr *nlh),
		void *arg);

#endif
