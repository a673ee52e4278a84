/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * All links and addresses as they are now, and word that something of it has
 * changed: for who compares the whole again instead of following each change.
 * Changes nothing in the kernel.
 */
#ifndef DUUMVIR_VRRP_RTNL_SNAP_H
#define DUUMVIR_VRRP_RTNL_SNAP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

#define SNAP_NAME_LEN  16
#define SNAP_ALIAS_LEN 32

struct rtnl_snap;

struct snap_link {
	uint32_t ifindex;
	char name[SNAP_NAME_LEN];
	char kind[SNAP_NAME_LEN];   /* "dummy", "ipip", ...; "" */
	char alias[SNAP_ALIAS_LEN]; /* its beginning */
	bool is_up, is_loopback;
	/* Of a tunnel; unset: any. */
	struct addr local, remote;
	uint8_t proto;	/* what may be inside; 0: anything */
	bool has_csum;	/* takes only what has a checksum */
	bool is_narrow; /* takes a key, or what others decide by metadata */
};

struct snap_addr {
	uint32_t ifindex;
	struct addr addr;
	uint8_t prefix_len;
	uint8_t proto; /* who put it there; 0: not told */
	uint32_t flags;
};

/* 0 or -errno. */
int rtnl_snap_open(struct rtnl_snap **out);
void rtnl_snap_close(struct rtnl_snap *s);
/* Readable when something has changed. */
int rtnl_snap_fd(const struct rtnl_snap *s);
/* Reads what waits; has anything changed? */
bool rtnl_snap_read(struct rtnl_snap *s);
/* Tells all links, then all addresses; begin is called before, and again if
 * the kernel had to be asked anew.  0 or -errno. */
int rtnl_snap_take(struct rtnl_snap *s, void (*begin)(void *arg),
		   void (*on_link)(void *arg, const struct snap_link *l),
		   void (*on_addr)(void *arg, const struct snap_addr *a),
		   void *arg);

#endif
