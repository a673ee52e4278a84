/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Which packets get which mark (nftables_ipvs): the entries of all groups as
 * ranges of addresses that do not overlap, which is what a map of nf_tables
 * can hold.  Pure.
 *
 * Where two groups name the same address, protocol and port, the one whose
 * virtual server stands first in the file has it, as with two services of one
 * address; an entry with a port is asked before one for all ports.
 */
#ifndef DUUMVIR_CHECK_MARK_MAP_H
#define DUUMVIR_CHECK_MARK_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

struct check_conf;
struct virtual_server_conf;
struct vsg_entry_conf;

struct mark_range {
	struct addr first, last;
	uint16_t protocol;
	uint16_t port; /* 0: all of them */
	uint32_t mark;
};

/* Sorted by family, protocol, port, address. */
struct mark_map {
	struct mark_range *range;
	size_t n, room;
};

/* An entry of which another group has a part; for every one such. */
typedef void mark_map_lost(void *arg, const struct virtual_server_conf *vs,
			   const struct vsg_entry_conf *e);

/* What the configuration asks for; lost may be NULL. */
void mark_map_make(const struct check_conf *c, struct mark_map *out,
		   mark_map_lost *lost, void *arg);
/*
 * What stands between two configurations: all of `old`, and of `next` what is
 * marked in no way by old.  So no packet loses its mark before the service
 * that it goes to is another.
 */
void mark_map_join(const struct mark_map *old, const struct mark_map *next,
		   struct mark_map *out);
bool mark_map_is_equal(const struct mark_map *a, const struct mark_map *b);
void mark_map_fini(struct mark_map *m);

#endif
