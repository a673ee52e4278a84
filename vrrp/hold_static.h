/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Static addresses, routes and rules: there while we run, whatever the state
 * of any instance; and the track_groups whose instances cannot be without
 * them.  Added at start, changed by difference at a reload, removed at the
 * end, put back when somebody deletes them.
 */
#ifndef DUUMVIR_VRRP_HOLD_STATIC_H
#define DUUMVIR_VRRP_HOLD_STATIC_H

#include "lib/buf.h"
#include "lib/monotime.h"
#include "vrrp/kobj.h"
#include "vrrp/reconcile.h"

struct static_addr;
struct vip_op;
struct vrrp_conf;
struct vrrp_instance;
struct vrrp_router;

struct hold_static {
	const struct vrrp_conf *conf; /* NULL: nothing is static */
	struct kobj_ref *refs;
	uint32_t n_refs;
	struct static_addr *addrs;
	uint32_t n_addrs;
	struct vip_op *ops; /* room for one per address */
	bool is_dirty;	    /* addresses are to be looked at */
	bool has_news;	    /* track_groups are to be looked at */
	monotime_t retry_at;
	uint64_t repairs, errors; /* of addresses */
};

void vrrp_static_init(struct vrrp_router *r);
void vrrp_static_fini(struct vrrp_router *r);
/* Takes a new configuration's; NULL: all end.  It is carried out by the next
 * flush; *c must live until the next call. */
void vrrp_static_apply(struct vrrp_router *r, const struct vrrp_conf *c);
/* Addresses that are missing are added, in one batch. */
void vrrp_static_flush(struct vrrp_router *r, monotime_t now);
/* Is this address a static one? */
bool vrrp_static_wants(const struct vrrp_router *r, const struct vip_addr *a);

/* The first static thing of this instance's track_groups that cannot be
 * there, as snprintf(); 0: none. */
int vrrp_static_unmet_text(const struct vrrp_instance *in, char *buf,
			   size_t size);
bool vrrp_static_is_met(const struct vrrp_instance *in);
/* Lines for the status text. */
void vrrp_static_print(const struct vrrp_router *r, struct buf *out);

#endif
