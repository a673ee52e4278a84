/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Sockets that many probes share: a raw socket for each ping would be 20,000
 * descriptors, and each would hear the answers to all others.  Sockets of one
 * kind, source and mark are one; the supervisor makes it when the first probe
 * wants it, and it is closed when the last probe goes.
 *
 * Each attempt takes a slot, a number that comes back in its answers.
 */
#ifndef DUUMVIR_CHECK_SHARED_H
#define DUUMVIR_CHECK_SHARED_H

#include "check/probe.h"

struct shared;

struct shared_ops {
	uint32_t kind; /* enum msg_sock_kind */
	/* The socket has come: for each attempt that waits. */
	void (*on_ready)(struct probe *p, monotime_t now);
	/* from: of whom the packet is, without a port. */
	void (*on_packet)(struct shared *s, const uint8_t *data, size_t len,
			  const struct addr *from, monotime_t now);
};

/* The socket for this probe's family, source, interface and mark; it has one
 * user more.  It may not be open yet. */
struct shared *shared_get(struct probe *p, const struct shared_ops *ops);
/* One user less; NULL is nothing. */
void shared_put(struct shared *s);

/* -1: it comes, or shared_ops.on_ready or the end of the attempt follows. */
int shared_fd(struct shared *s);
/* Ours among all who hear what we hear: of each socket another one. */
uint16_t shared_number(const struct shared *s);
/* A call on it failed: if only a new socket can help, there will be one. */
void shared_failed(struct shared *s, int error);

/* A slot below 65536 for this attempt; -1: all are taken. */
int shared_take(struct shared *s, struct probe *p);
void shared_release(struct shared *s, uint16_t slot);
/* Whose slot it is, or NULL. */
struct probe *shared_find(const struct shared *s, uint16_t slot);

/* SOCK_HAVE (owns fd) or SOCK_FAIL for a socket that no single probe wants. */
void shared_on_sock(struct probes *ps, uint64_t id, int fd, int error,
		    monotime_t now);

#endif
