/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Steps of resolving the vrrp module; only for vrrp/conf_resolve*.c.
 */
#ifndef DUUMVIR_VRRP_CONF_RESOLVE_H
#define DUUMVIR_VRRP_CONF_RESOLVE_H

#include <stdbool.h>

struct conf_ctx;
struct vrrp_conf;

/* Groups with the members that exist; groups without are dropped. */
void vrrp_conf_settle_groups(struct conf_ctx *ctx, struct vrrp_conf *c);
/* Scripts that cannot run are dropped; whether one does run. */
bool vrrp_conf_resolve_scripts(struct conf_ctx *ctx, struct vrrp_conf *c);
/* What is tracked for nothing goes; weights come from the tracked objects. */
void vrrp_conf_inherit_weights(struct conf_ctx *ctx, struct vrrp_conf *c);

#endif
