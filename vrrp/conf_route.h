/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Readers for the words of routes; only for vrrp/conf_r*.c. */
#ifndef DUUMVIR_VRRP_CONF_ROUTE_H
#define DUUMVIR_VRRP_CONF_ROUTE_H

#include "vrrp/conf_tables.h"

extern const struct kw_ops route_to_ops, route_as_ops, route_via_ops,
	route_gw_ops, route_or_ops, route_from_ops, encap_ops, nexthop_ops,
	lock_metric_ops, metric_ops, hoplimit_ops, bit_metric_ops, rtt_ops,
	rttvar_ops, rto_min_ops, features_ops, congctl_ops, pref_ops;

struct arena;

/* A leg with its defaults. */
struct nexthop_conf *conf_nexthop_new(struct arena *a);
/* Names a route or rule by the words of its line that were taken. */
void conf_name_by_line(struct conf_ctx *ctx, struct conf_obj *line);
/* Words of encap from in->word[1] on: how many were taken, or -EINVAL. */
int conf_encap_parse(struct kw_in *in, struct route_encap_conf *e);

#endif
