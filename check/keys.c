/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Which services of the kernel a virtual server stands for: its address, its
 * mark, the mark or each entry of its group.  Pure; declared in desired.h.
 */
#include <string.h>

#include "check/desired.h"

struct key_list {
	struct msg_svc_key *keys;
	size_t n, max;
};

static void
add_key(struct key_list *l, const struct msg_svc_key *k)
{
	if (l->n < l->max)
		l->keys[l->n] = *k;
	l->n++;
}

static void
add_mark(struct key_list *l, uint16_t family, uint32_t mark)
{
	struct msg_svc_key k;

	memset(&k, 0, sizeof(k));
	k.addr.family = family;
	k.fwmark = mark;
	add_key(l, &k);
}

static void
add_addr(struct key_list *l, const struct addr *a, uint16_t port,
	 uint16_t protocol)
{
	struct msg_svc_key k;

	memset(&k, 0, sizeof(k));
	k.addr = *a;
	k.port = port;
	k.protocol = protocol;
	add_key(l, &k);
}

/* The next address, carrying over bytes; false after the last one. */
static bool
addr_next(struct addr *a)
{
	for (size_t i = addr_len(a); i-- > 0;)
		if (++a->bytes[i] != 0)
			return true;
	return false;
}

static void
add_entry(struct key_list *l, const struct virtual_server_conf *vs,
	  const struct vsg_entry_conf *e)
{
	struct addr a = e->first;

	if (e->is_fwmark) {
		add_mark(l, e->family != AF_UNSPEC ? e->family : vs->family,
			 e->fwmark);
		return;
	}
	if (!addr_is_set(&e->last)) {
		add_addr(l, &a, e->port, vs->protocol);
		return;
	}
	/* A range is at most a /16 in the grammar; bounded here as well. */
	for (uint32_t i = 0; i < 65536; i++) {
		if (addr_compare(&a, &e->last) > 0)
			return;
		add_addr(l, &a, e->port, vs->protocol);
		if (!addr_next(&a))
			return;
	}
}

/* One by mark for each family that the group has. */
static void
add_group_mark(struct key_list *l, const struct virtual_server_conf *vs,
	       const struct virtual_server_group_conf *g)
{
	bool has_v4 = false, has_v6 = false;

	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry) {
		has_v4 |= e->family == AF_INET;
		has_v6 |= e->family == AF_INET6;
	}
	if (has_v4)
		add_mark(l, AF_INET, vs->nftables_fwmark);
	if (has_v6)
		add_mark(l, AF_INET6, vs->nftables_fwmark);
}

static void
add_group(struct key_list *l, const struct virtual_server_conf *vs,
	  const struct virtual_server_group_conf *g)
{
	if (vs->nftables_fwmark != 0) {
		add_group_mark(l, vs, g);
		return;
	}
	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry)
		add_entry(l, vs, e);
}

size_t
desired_keys(const struct check_conf *conf,
	     const struct virtual_server_conf *vs, struct msg_svc_key *keys,
	     size_t max)
{
	struct key_list l = {.keys = keys, .max = max};

	switch (vs->kind) {
	case VIRTUAL_SERVER_ADDR:
		add_addr(&l, &vs->addr.addr, vs->addr.port, vs->protocol);
		break;
	case VIRTUAL_SERVER_FWMARK:
		add_mark(&l, vs->family, vs->fwmark);
		break;
	case VIRTUAL_SERVER_GROUP:
		CONF_FOREACH (const struct virtual_server_group_conf, g,
			      &conf->virtual_server_group) {
			if (vs->group == NULL || g->obj.name == NULL ||
			    strcmp(g->obj.name, vs->group) != 0)
				continue;
			add_group(&l, vs, g);
			break;
		}
		break;
	}
	return l.n;
}
