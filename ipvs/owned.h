/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Which services of the kernel's table are ours, kept where neither the
 * death of this process nor that of the supervisor reaches: a file that the
 * supervisor opens (daemon/journal.c), mapped by each incarnation of the ipvs
 * process in turn.
 *
 * A service is written down before its first request and struck out after the
 * kernel has confirmed its end, so whatever was done stands here, whenever
 * somebody is killed.  A record is 32 bytes with a checksum, a write is a
 * copy.  What is read was written by anybody: only what can be is believed,
 * and nothing of another boot or network namespace.
 */
#ifndef DUUMVIR_IPVS_OWNED_H
#define DUUMVIR_IPVS_OWNED_H

#include "lib/msg.h"

struct owned_record {
	struct msg_svc_key key;
	uint32_t sum; /* of it; no service if it is not right */
};
_Static_assert(sizeof(struct owned_record) == 32, "32 bytes a service");

/* Services beyond this many are not kept; untouched pages cost nothing. */
#define OWNED_SLOTS 65536u
/* What the supervisor makes: a front and the slots. */
#define OWNED_BYTES   ((OWNED_SLOTS + 1) * sizeof(struct owned_record))
#define OWNED_NO_SLOT UINT32_MAX

struct owned;

/* Where this process is: a number of this boot and network namespace.  Reads
 * a file, so only before privileges are given up. */
uint64_t owned_place(void);

/* Maps the file, which may be closed afterwards; empties one of another
 * place.  0, or -errno: nothing is remembered, all else works. */
int owned_open(int fd, uint64_t place, struct owned **out);
/* NULL is allowed; what is written stays. */
void owned_close(struct owned *o);

/* The service in a slot, for slots below owned_top(); false: none. */
bool owned_read(const struct owned *o, uint32_t slot, struct msg_svc_key *k);
uint32_t owned_top(const struct owned *o);

/* Writes one down; its slot, or OWNED_NO_SLOT. */
uint32_t owned_add(struct owned *o, const struct msg_svc_key *k);
/* Strikes it out; OWNED_NO_SLOT is allowed. */
void owned_drop(struct owned *o, uint32_t slot);

#endif
