/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Wanted × actual addresses; see reconcile.h. */
#include "vrrp/reconcile.h"

#include <string.h>

static bool
is_alike(const struct vip_slot *s)
{
	if (s->want.addr.family == AF_INET6)
		return true; /* scope follows from the address, no label */
	if (s->want.scope != s->actual.scope)
		return false;
	/* Without a label of ours the kernel puts the interface's name. */
	return s->want.label[0] == '\0' ||
	       strncmp(s->want.label, s->actual.label, VIP_LABEL_LEN) == 0;
}

static bool
is_finite(const struct vip_slot *s)
{
	return s->want.valid_lft != 0;
}

bool
vip_is_same(const struct vip_addr *a, const struct vip_addr *b)
{
	return a->ifindex == b->ifindex && a->prefix_len == b->prefix_len &&
	       addr_is_equal(&a->addr, &b->addr);
}

void
vip_slot_inherit(struct vip_slot *s, const struct vip_slot *old)
{
	const struct vip_addr *a = &s->want, *b = &old->want;

	s->is_changed = old->is_changed || a->flags != b->flags ||
			!addr_is_equal(&a->broadcast, &b->broadcast) ||
			!addr_is_equal(&a->peer, &b->peer);
	s->is_stale = old->is_stale || a->preferred_lft != b->preferred_lft ||
		      a->valid_lft != b->valid_lft;
}

enum vip_op_kind
vip_reconcile(const struct vip_slot *s)
{
	if (s->want.ifindex == 0)
		return VIP_OP_NONE; /* gone with its interface */
	if (!s->is_wanted)
		return s->actual.is_present && s->actual.is_ours ? VIP_OP_DEL
								 : VIP_OP_NONE;
	if (!s->actual.is_present)
		return VIP_OP_ADD;
	/* A stranger's address that serves is left as it is. */
	if (!s->actual.is_ours)
		return VIP_OP_NONE;
	if (s->is_changed || !is_alike(s))
		return VIP_OP_REPLACE;
	return s->is_stale || is_finite(s) != s->actual.is_finite
		       ? VIP_OP_REFRESH
		       : VIP_OP_NONE;
}
