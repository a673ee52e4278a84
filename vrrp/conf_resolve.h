/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Steps of resolving the vrrp module; only for vrrp/conf_resolve*.c.
 */
#ifndef DUUMVIR_VRRP_CONF_RESOLVE_H
#define DUUMVIR_VRRP_CONF_RESOLVE_H

#include <stdbool.h>

#include "parser/schema.h"
#include "vrrp/conf.h"

#define REPORT(ctx, i, cls, fmt, ...)                                          \
	conf_report_at(ctx, &(i)->obj.pos, cls, "(%s) " fmt, (i)->obj.name,    \
		       ##__VA_ARGS__)

static inline bool
given(const struct vrrp_instance_conf *i, const char *keyword)
{
	return conf_is_given(&i->obj, keyword);
}

/* conf_resolve_proto.c: one instance, in this order. */
void vrrp_conf_resolve_family(struct conf_ctx *ctx,
			      struct vrrp_instance_conf *i,
			      const struct vrrp_global_conf *g);
void vrrp_conf_resolve_unicast(struct conf_ctx *ctx,
			       struct vrrp_instance_conf *i);
void vrrp_conf_resolve_group(struct conf_ctx *ctx, struct vrrp_instance_conf *i,
			     const struct vrrp_global_conf *g);
void vrrp_conf_resolve_strict(struct conf_ctx *ctx,
			      struct vrrp_instance_conf *i);
void vrrp_conf_resolve_auth(struct conf_ctx *ctx, struct vrrp_instance_conf *i);
bool vrrp_conf_needs_vip(const struct vrrp_instance_conf *i);
/* False: it could only break the protocol. */
bool vrrp_conf_is_runnable(const struct vrrp_instance_conf *i);
bool vrrp_conf_is_link_local_group(const struct addr *a);

/* Groups with the members that exist; groups without are dropped. */
void vrrp_conf_settle_groups(struct conf_ctx *ctx, struct vrrp_conf *c);
/* Scripts that cannot run are dropped; whether one does run. */
bool vrrp_conf_resolve_scripts(struct conf_ctx *ctx, struct vrrp_conf *c);
/* What is tracked for nothing goes; weights come from the tracked objects. */
void vrrp_conf_inherit_weights(struct conf_ctx *ctx, struct vrrp_conf *c);
/* Says what is allowed and hardly meant, as notes (conf_advice.c). */
void vrrp_conf_advise(struct conf_ctx *ctx, const struct vrrp_conf *c);

#endif
