/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The routes and rules that the masters of this node hold, and the static
 * ones: who wants which, what becomes of it, and what is said about it.
 *
 * Order of a flush: rules and routes that go, in one batch, before addresses
 * are touched; routes and rules that come, in one batch, after them.  What is
 * refused is tried again, less and less often, and at once when interfaces
 * change; what somebody else deletes is put back.
 */
#ifndef DUUMVIR_VRRP_HOLD_H
#define DUUMVIR_VRRP_HOLD_H

#include "lib/buf.h"
#include "vrrp/kobj.h"

struct conf_list;
struct vrrp_instance;
struct vrrp_instance_conf;
struct vrrp_router;

struct hold {
	struct kobj *objs; /* by key */
	struct kobj_list dirty;
	struct kobj_op *ops;
	size_t n_ops, room_ops;
	monotime_t retry_at;
	uint64_t repairs, errors; /* of all time */
};

void vrrp_hold_init(struct vrrp_router *r);
void vrrp_hold_fini(struct vrrp_router *r);

/* The references for lists of routes and rules, in their order; *n of them,
 * in an array that the caller frees after vrrp_hold_drop(). */
struct kobj_ref *vrrp_hold_take_conf(struct vrrp_router *r,
				     const struct conf_list *routes,
				     const struct conf_list *rules,
				     struct vrrp_instance *owner, uint32_t *n);
void vrrp_hold_drop(struct vrrp_router *r, struct kobj_ref *refs, uint32_t n);
/* Wanted from now on, or no longer. */
void vrrp_hold_want(struct vrrp_router *r, struct kobj_ref *refs, uint32_t n,
		    bool is_wanted);

/* What an instance holds, from its configuration: kept lines are kept. */
void vrrp_hold_fill(struct vrrp_instance *in,
		    const struct vrrp_instance_conf *c);
/* Are all interfaces usable that what it holds needs? */
bool vrrp_hold_is_met(const struct vrrp_instance *in);
/* The first that is not, in words; as snprintf(). */
int vrrp_hold_unmet_text(const struct vrrp_instance *in, char *buf,
			 size_t size);

/* Interfaces, or watched prefixes, have changed. */
void vrrp_hold_news(struct vrrp_router *r);
/* Somebody deleted a rule of this preference; family 0: unknown which. */
void vrrp_hold_rule_deleted(struct vrrp_router *r, uint16_t family,
			    uint32_t preference);
/* Retries that are due. */
void vrrp_hold_due(struct vrrp_router *r, monotime_t now);
bool vrrp_hold_is_dirty(const struct vrrp_router *r);
/* The two halves of a flush. */
void vrrp_hold_release(struct vrrp_router *r, monotime_t now);
void vrrp_hold_acquire(struct vrrp_router *r, monotime_t now);

/* Lines for the status text. */
void vrrp_hold_print(const struct kobj_ref *refs, uint32_t n, const char *what,
		     enum kobj_kind kind, struct buf *out);

#endif
