/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The mirror of links and addresses; see iface.h. */
#include "vrrp/iface.h"

#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "vrrp/linkwatch.h"

void
iface_table_init(struct iface_table *t)
{
	*t = (struct iface_table){.watch_due = MONOTIME_NEVER};
}

static struct iface_addr_key
key_of(uint32_t ifindex, const struct addr *a, uint8_t prefix_len)
{
	struct iface_addr_key k = {
		.ifindex = ifindex,
		.family = a->family,
		.prefix_len = a->family == AF_INET6 ? 0 : prefix_len,
	};

	memcpy(k.bytes, a->bytes, sizeof(k.bytes));
	return k;
}

static struct iface_addr *
addr_get(const struct iface_table *t, uint32_t ifindex, const struct addr *a,
	 uint8_t prefix_len)
{
	struct iface_addr_key k = key_of(ifindex, a, prefix_len);
	struct iface_addr *found;

	HASH_FIND(hh, t->addrs, &k, sizeof(k), found);
	return found;
}

static struct iface *
link_get(const struct iface_table *t, uint32_t ifindex)
{
	struct iface *i;

	HASH_FIND(hh_index, t->by_index, &ifindex, sizeof(ifindex), i);
	return i;
}

static void
addr_free(struct iface_table *t, struct iface *i, struct iface_addr *a)
{
	TAILQ_REMOVE(&i->addrs, a, link);
	HASH_DELETE(hh, t->addrs, a);
	free(a);
}

static void
name_drop(struct iface_table *t, struct iface *i)
{
	if (i->fact.name[0] != '\0')
		HASH_DELETE(hh_name, t->by_name, i);
	i->fact.name[0] = '\0';
}

static void
link_free(struct iface_table *t, struct iface *i)
{
	struct iface_addr *a;

	while ((a = TAILQ_FIRST(&i->addrs)) != NULL)
		addr_free(t, i, a);
	name_drop(t, i);
	HASH_DELETE(hh_index, t->by_index, i);
	free(i);
}

void
iface_table_fini(struct iface_table *t)
{
	struct iface *i, *next;

	HASH_ITER (hh_index, t->by_index, i, next)
		link_free(t, i);
	linkwatch_fini(t);
	iface_table_init(t);
}

static struct iface *
link_make(struct iface_table *t, uint32_t ifindex)
{
	struct iface *i = link_get(t, ifindex);

	if (i != NULL)
		return i;
	i = xcalloc(1, sizeof(*i));
	i->fact.ifindex = ifindex;
	TAILQ_INIT(&i->addrs);
	HASH_ADD(hh_index, t->by_index, fact.ifindex, sizeof(uint32_t), i);
	return i;
}

static bool
is_link_alike(const struct iface_link_fact *a, const struct iface_link_fact *b)
{
	return strncmp(a->name, b->name, IFNAMSIZ) == 0 &&
	       a->flags == b->flags && a->mtu == b->mtu &&
	       a->has_mac == b->has_mac &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0 &&
	       a->kind == b->kind && a->mode == b->mode &&
	       a->parent == b->parent && a->master == b->master &&
	       a->group == b->group && strcmp(a->alias, b->alias) == 0;
}

void
iface_link_set(struct iface_table *t, const struct iface_link_fact *f)
{
	struct iface *i = link_make(t, f->ifindex), *other;

	i->is_stale = false;
	if (i->is_known && is_link_alike(&i->fact, f)) {
		i->fact.conf = f->conf;
		return;
	}
	t->generation++;
	t->downs += (i->fact.flags & IFF_UP) && !(f->flags & IFF_UP);
	name_drop(t, i);
	/* The newest word about a name wins: its former owner is about to be
	 * told renamed or deleted. */
	HASH_FIND(hh_name, t->by_name, f->name, strnlen(f->name, IFNAMSIZ - 1),
		  other);
	if (other != NULL)
		name_drop(t, other);
	i->is_known = true;
	i->fact = *f;
	i->fact.name[IFNAMSIZ - 1] = '\0';
	if (i->fact.name[0] != '\0')
		HASH_ADD_KEYPTR(hh_name, t->by_name, i->fact.name,
				strlen(i->fact.name), i);
}

void
iface_link_del(struct iface_table *t, uint32_t ifindex)
{
	struct iface *i = link_get(t, ifindex);

	if (i == NULL)
		return;
	t->generation++;
	t->losses++;
	link_free(t, i);
}

void
iface_addr_set(struct iface_table *t, const struct iface_addr_fact *f)
{
	struct iface_addr *a = addr_get(t, f->ifindex, &f->addr, f->prefix_len);
	struct iface *i;

	if (f->proto != 0)
		t->has_proto = true;
	if (a != NULL) {
		a->is_stale = false;
		if (a->fact.flags != f->flags && f->proto != VRRP_RTPROT)
			t->generation++;
		a->fact = *f;
		return;
	}
	i = link_make(t, f->ifindex);
	a = xcalloc(1, sizeof(*a));
	a->key = key_of(f->ifindex, &f->addr, f->prefix_len);
	a->fact = *f;
	HASH_ADD(hh, t->addrs, key, sizeof(a->key), a);
	TAILQ_INSERT_TAIL(&i->addrs, a, link);
	if (f->proto != VRRP_RTPROT)
		t->generation++;
}

static void
addr_gone(struct iface_table *t, struct iface_addr *a)
{
	struct iface *i = link_get(t, a->fact.ifindex);

	if (a->fact.proto != VRRP_RTPROT)
		t->generation++;
	addr_free(t, i, a);
}

void
iface_addr_del(struct iface_table *t, const struct iface_addr_fact *f)
{
	struct iface_addr *a = addr_get(t, f->ifindex, &f->addr, f->prefix_len);

	if (a == NULL)
		return;
	t->losses++;
	addr_gone(t, a);
}

void
iface_addr_forget(struct iface_table *t, const struct iface_addr_fact *f)
{
	struct iface_addr *a = addr_get(t, f->ifindex, &f->addr, f->prefix_len);

	if (a != NULL)
		addr_gone(t, a);
}

void
iface_resync_begin(struct iface_table *t)
{
	struct iface *i, *inext;
	struct iface_addr *a, *anext;

	HASH_ITER (hh_index, t->by_index, i, inext)
		i->is_stale = true;
	HASH_ITER (hh, t->addrs, a, anext)
		a->is_stale = true;
}

void
iface_resync_end(struct iface_table *t)
{
	struct iface *i, *inext;
	struct iface_addr *a, *anext;

	HASH_ITER (hh, t->addrs, a, anext) {
		if (a->is_stale) {
			t->losses++;
			addr_gone(t, a);
		}
	}
	HASH_ITER (hh_index, t->by_index, i, inext) {
		if (i->is_stale && (i->is_known || TAILQ_EMPTY(&i->addrs)))
			iface_link_del(t, i->fact.ifindex);
	}
}

const struct iface *
iface_find(const struct iface_table *t, const char *name)
{
	struct iface *i;

	HASH_FIND(hh_name, t->by_name, name, strlen(name), i);
	return i;
}

const struct iface *
iface_find_index(const struct iface_table *t, uint32_t ifindex)
{
	struct iface *i = link_get(t, ifindex);

	return i != NULL && i->is_known ? i : NULL;
}

bool
iface_has_carrier(const struct iface *i)
{
	return (i->fact.flags & IFF_UP) && (i->fact.flags & IFF_RUNNING);
}

void
iface_devconf_set(struct iface_table *t, uint32_t ifindex,
		  const struct iface_devconf *c)
{
	struct iface *i = link_get(t, ifindex);

	if (i != NULL)
		i->fact.conf = *c;
}

const struct iface_addr *
iface_addr_find(const struct iface_table *t, uint32_t ifindex,
		const struct addr *a, uint8_t prefix_len)
{
	return addr_get(t, ifindex, a, prefix_len);
}

struct vip_actual
iface_vip_actual(const struct iface_table *t, const struct vip_addr *v)
{
	const struct iface_addr *a =
		addr_get(t, v->ifindex, &v->addr, v->prefix_len);
	struct vip_actual out = {0};

	if (a == NULL)
		return out;
	out.is_present = true;
	/* A kernel that cannot say whose it is: what we manage is ours. */
	out.is_ours = t->has_proto ? a->fact.proto == VRRP_RTPROT : true;
	out.scope = a->fact.scope;
	out.is_finite = a->fact.is_finite;
	memcpy(out.label, a->fact.label, sizeof(out.label));
	return out;
}

static bool
is_usable(const struct iface_addr *a)
{
	return !(a->fact.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

static bool
can_be_source(const struct iface_addr *a, int family)
{
	if (a->fact.addr.family != family || !is_usable(a) ||
	    a->fact.proto == VRRP_RTPROT)
		return false;
	/* IFA_F_SECONDARY is IFA_F_TEMPORARY for IPv6. */
	if (family == AF_INET)
		return !(a->fact.flags & IFA_F_SECONDARY);
	return addr_is_linklocal(&a->fact.addr);
}

bool
iface_source_pick(const struct iface *i, int family, const struct addr *keep,
		  bool (*is_excluded)(const void *arg, const struct addr *a),
		  const void *arg, struct addr *out)
{
	const struct iface_addr *a, *first = NULL;

	TAILQ_FOREACH (a, &i->addrs, link) {
		if (!can_be_source(a, family) ||
		    is_excluded(arg, &a->fact.addr))
			continue;
		if (first == NULL)
			first = a;
		if (addr_is_equal(&a->fact.addr, keep))
			first = a;
	}
	if (first == NULL)
		return false;
	*out = first->fact.addr;
	return true;
}

bool
iface_has_addr(const struct iface *i, const struct addr *a)
{
	const struct iface_addr *it;

	TAILQ_FOREACH (it, &i->addrs, link)
		if (addr_is_equal(&it->fact.addr, a) && is_usable(it))
			return true;
	return false;
}

const struct iface *
iface_find_with(const struct iface_table *t, const struct addr *a,
		uint32_t master)
{
	const struct iface *i, *next, *found = NULL;

	HASH_ITER (hh_index, t->by_index, i, next) {
		if (!i->is_known || !iface_has_addr(i, a) ||
		    (master != 0 && i->fact.master != master))
			continue;
		if (found == NULL ||
		    (iface_has_carrier(i) && !iface_has_carrier(found)))
			found = i;
	}
	return found;
}
