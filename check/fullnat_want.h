/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * FULLNAT as a pure function of the configuration.
 *
 * To IPVS such a server is a masqueraded one.  That its packets leave with an
 * address of ours is a source NAT of the kernel's connection tracking, which
 * knows what the client asked for (the original direction) and where IPVS
 * sent it.  Here is which of these pairs get which address; it depends on
 * nothing that happens, so a server that dies or returns changes nothing.
 */
#ifndef DUUMVIR_CHECK_FULLNAT_WANT_H
#define DUUMVIR_CHECK_FULLNAT_WANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/msg.h"

struct arena;
struct check_conf;

#define FULLNAT_OUTGOING UINT32_MAX /* no group: the outgoing address */

/* What was asked for (port 0: any) and the server that has it. */
struct fullnat_pair {
	struct msg_svc_key service;
	struct addr server;
	uint32_t group; /* index, or FULLNAT_OUTGOING */
	bool is_old;	/* of the configuration that goes */
};

/* The addresses of a group that are of one family. */
struct fullnat_group {
	const char *name;
	uint16_t family;
	const struct addr *addr;
	size_t n;
};

struct fullnat_want {
	struct fullnat_pair *pair; /* sorted, no service and server twice */
	size_t n_pairs;
	struct fullnat_group *group; /* that a pair uses */
	size_t n_groups;
};

/* What c needs, and between two configurations what old (else NULL) still
 * has.  Allocates from the arena. */
void fullnat_want_make(const struct check_conf *c, const struct check_conf *old,
		       struct arena *arena, struct fullnat_want *out);
/* Is there anything for servers of this family? */
bool fullnat_want_has_family(const struct fullnat_want *w, uint16_t family);

#endif
