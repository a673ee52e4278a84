/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Interfaces of our own: wanted × mirror; see vmac.h. */
#include "vrrp/vmac.h"

#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"

#define ARP_IGNORE_OTHERS 1 /* answer for addresses of this interface only */
#define ARP_ANNOUNCE_BEST 2 /* ask from addresses of this interface only */
#define NAMES_MAX	  1000
#define ARP_IGNORE_FORMAT " arp_ignore=%u arp_announce=%u"

/* ---- the set ---- */

void
vmac_set_init(struct vmac_set *s)
{
	*s = (struct vmac_set){.retry = MONOTIME_NEVER};
	TAILQ_INIT(&s->list);
}

void
vmac_free(struct vmac_set *s, struct vmac *v)
{
	TAILQ_REMOVE(&s->list, v, link);
	s->n--;
	free(v);
}

void
vmac_set_fini(struct vmac_set *s)
{
	struct vmac *v;

	while ((v = TAILQ_FIRST(&s->list)) != NULL)
		vmac_free(s, v);
}

void
vmac_mac_rfc(uint16_t family, uint8_t vrid, uint8_t mac[VRRP_MAC_LEN])
{
	const uint8_t rfc[VRRP_MAC_LEN] = {
		0, 0, 0x5e, 0, family == AF_INET6 ? 2 : 1, vrid};

	memcpy(mac, rfc, VRRP_MAC_LEN);
}

static bool
is_same_spec(const struct vmac_spec *a, const struct vmac_spec *b)
{
	return a->kind == b->kind && strcmp(a->base, b->base) == 0 &&
	       a->flags == b->flags &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0 &&
	       addr_is_equal(&a->addr, &b->addr) &&
	       a->has_group == b->has_group && a->group == b->group;
}

/* One that serves the same purpose; an ipvlan has no MAC to be known by. */
static struct vmac *
find_same(const struct vmac_set *s, const struct vmac_spec *w)
{
	struct vmac *v;

	TAILQ_FOREACH (v, &s->list, link)
		if (is_same_spec(&v->spec, w) &&
		    (w->name[0] == '\0' ? w->kind == IFACE_MACVLAN
					: strcmp(v->spec.name, w->name) == 0))
			return v;
	return NULL;
}

static const struct vmac *
find_name(const struct vmac_set *s, const char *name)
{
	const struct vmac *v;

	TAILQ_FOREACH (v, &s->list, link)
		if (v->users > 0 && strcmp(v->spec.name, name) == 0)
			return v;
	return NULL;
}

/* ---- what exists ---- */

bool
vmac_is_marked(const struct iface *i)
{
	return strncmp(i->fact.alias, VMAC_MARK, strlen(VMAC_MARK)) == 0;
}

static bool
is_mac_right(const struct vmac_spec *w, const struct iface *i)
{
	return w->kind != IFACE_MACVLAN ||
	       (i->fact.has_mac &&
		memcmp(i->fact.mac, w->mac, sizeof(w->mac)) == 0);
}

static bool
is_right(const struct vmac_spec *w, const struct iface *i,
	 const struct iface *base)
{
	uint32_t mode = w->kind == IFACE_MACVLAN ? MACVLAN_MODE_PRIVATE
						 : IPVLAN_MODE_L2;

	return base != NULL && i->fact.kind == w->kind &&
	       i->fact.parent == base->fact.ifindex && i->fact.mode == mode &&
	       is_mac_right(w, i);
}

/* One of ours that does the same under another name: after a crash, or
 * renamed.  Two macvlans with one MAC cannot both be up on a base. */
static const struct iface *
find_twin(const struct vmac_set *s, const struct vmac_spec *w,
	  const struct iface_table *t, const struct iface *base)
{
	const struct iface *i, *next;

	if (base == NULL || w->kind != IFACE_MACVLAN)
		return NULL;
	HASH_ITER (hh_index, t->by_index, i, next)
		if (i->is_known && vmac_is_marked(i) && is_right(w, i, base) &&
		    strcmp(i->fact.name, w->name) != 0 &&
		    find_name(s, i->fact.name) == NULL)
			return i;
	return NULL;
}

/* ---- names ---- */

/* Free, or ours for another turn. */
static bool
is_name_free(const struct vmac_set *s, const struct iface_table *t,
	     const char *name)
{
	const struct iface *i = iface_find(t, name);

	return find_name(s, name) == NULL && (i == NULL || vmac_is_marked(i));
}

static void
name_print(char *out, const struct vmac_naming *n, const char *more)
{
	char text[64];
	const char *prefix = n->prefix != NULL ? n->prefix : "vrrp";
	int tail = snprintf(text, sizeof(text), "%s.%u", more, n->vrid);

	/* A prefix that leaves no room is cut. */
	(void)snprintf(text, sizeof(text), "%.*s%s.%u", IFNAMSIZ - 1 - tail,
		       prefix, more, n->vrid);
	str_fill(out, IFNAMSIZ, text);
}

static void
name_make(const struct vmac_set *s, const struct iface_table *t,
	  const struct vmac_naming *n, char *out)
{
	char more[8];

	name_print(out, n, "");
	if (is_name_free(s, t, out))
		return;
	if (n->family == AF_INET6) {
		name_print(out, n, "6");
		if (is_name_free(s, t, out))
			return;
	}
	for (unsigned int k = 1; k < NAMES_MAX; k++) {
		(void)snprintf(more, sizeof(more), "%u", k);
		name_print(out, n, more);
		if (is_name_free(s, t, out))
			return;
	}
}

struct vmac *
vmac_want(struct vmac_set *s, const struct iface_table *t,
	  const struct vmac_spec *spec, const struct vmac_naming *n)
{
	struct vmac *v = find_same(s, spec);
	const struct iface *twin;

	if (v != NULL) {
		v->users++;
		return v;
	}
	v = xcalloc(1, sizeof(*v));
	v->spec = *spec;
	v->users = 1;
	v->retry = MONOTIME_NEVER;
	v->tries = (struct log_limit){.interval = SEC(1), .burst = VMAC_TRIES};
	if (spec->name[0] == '\0') {
		twin = find_twin(s, spec, t, iface_find(t, spec->base));
		if (twin != NULL)
			str_fill(v->spec.name, IFNAMSIZ, twin->fact.name);
		else
			name_make(s, t, n, v->spec.name);
	}
	TAILQ_INSERT_TAIL(&s->list, v, link);
	s->n++;
	s->has_new = true;
	return v;
}

void
vmac_drop(struct vmac_set *s, struct vmac *v)
{
	if (v == NULL)
		return;
	v->users--;
	s->has_unused |= v->users == 0;
}

/* ---- what to do ---- */

const struct iface *
vmac_ready(const struct vmac *v, const struct iface_table *t)
{
	const struct iface *i = iface_find(t, v->spec.name);

	return i != NULL &&
			       is_right(&v->spec, i,
					iface_find(t, v->spec.base)) &&
			       (i->fact.flags & IFF_UP)
		       ? i
		       : NULL;
}

/* What the base had, or is known to have had before a crash of ours. */
static void
learn_before(struct vmac *v, const struct vmac_set *s, const struct iface *have,
	     const struct iface *base)
{
	const struct vmac *o;
	struct iface_devconf c = {.is_known = true};

	if (v->before.is_known)
		return;
	TAILQ_FOREACH (o, &s->list, link)
		if (o != v && o->before.is_known &&
		    strcmp(o->spec.base, v->spec.base) == 0) {
			v->before = o->before;
			return;
		}
	if (have != NULL && vmac_is_marked(have) &&
	    sscanf(have->fact.alias, VMAC_MARK ARP_IGNORE_FORMAT, &c.arp_ignore,
		   &c.arp_announce) == 2)
		v->before = c;
	else
		v->before = base->fact.conf;
}

static void
alias_print(const struct vmac *v, char *out)
{
	if (v->before.is_known)
		(void)snprintf(out, IFACE_ALIAS_LEN,
			       VMAC_MARK ARP_IGNORE_FORMAT,
			       v->before.arp_ignore, v->before.arp_announce);
	else
		(void)snprintf(out, IFACE_ALIAS_LEN, VMAC_MARK);
}

static bool
lacks_address(const struct vmac *v, const struct iface *have)
{
	return addr_is_set(&v->spec.addr) &&
	       !iface_has_addr(have, &v->spec.addr);
}

static enum vmac_op_kind
existing_step(struct vmac *v, const struct iface *have,
	      const struct iface *base, struct vmac_op *op)
{
	op->ifindex = have->fact.ifindex;
	if (!is_right(&v->spec, have, base))
		return vmac_is_marked(have) ? VMAC_OP_DELETE : VMAC_OP_NONE;
	if (v->is_fresh) {
		v->is_fresh = false;
		v->set_up = have->fact.ifindex;
	}
	if (vmac_is_marked(have))
		alias_print(v, op->alias);
	if (v->set_up == have->fact.ifindex &&
	    ((have->fact.flags & IFF_UP) || !(base->fact.flags & IFF_UP)) &&
	    !lacks_address(v, have))
		return VMAC_OP_NONE;
	return VMAC_OP_SETUP;
}

enum vmac_op_kind
vmac_step(struct vmac *v, const struct vmac_set *s, const struct iface_table *t,
	  struct vmac_op *op)
{
	const struct iface *base = iface_find(t, v->spec.base);
	const struct iface *have = iface_find(t, v->spec.name), *twin;

	*op = (struct vmac_op){.owner = v};
	if (base == NULL && have == NULL)
		return op->kind = VMAC_OP_NONE;
	if (base != NULL)
		learn_before(v, s, have, base);
	if (have != NULL)
		return op->kind = existing_step(v, have, base, op);
	twin = find_twin(s, &v->spec, t, base);
	if (twin != NULL) {
		op->ifindex = twin->fact.ifindex;
		return op->kind = VMAC_OP_DELETE;
	}
	op->base_ifindex = base->fact.ifindex;
	op->base_group = base->fact.group;
	op->group = v->spec.has_group ? v->spec.group : base->fact.group;
	alias_print(v, op->alias);
	return op->kind = VMAC_OP_CREATE;
}

enum vmac_op_kind
vmac_base_step(struct vmac *v, const struct vmac_set *s,
	       const struct iface_table *t, struct vmac_op *op)
{
	const struct iface *base = iface_find(t, v->spec.base);

	*op = (struct vmac_op){.owner = v};
	if (base == NULL || !base->fact.conf.is_known)
		return VMAC_OP_NONE;
	learn_before(v, s, iface_find(t, v->spec.name), base);
	op->ifindex = base->fact.ifindex;
	op->conf = base->fact.conf;
	if (op->conf.arp_ignore == 0 && v->spec.kind == IFACE_MACVLAN)
		op->conf.arp_ignore = ARP_IGNORE_OTHERS;
	/* An ipvlan has the base's MAC: an answer to a question that the base
	 * asked in a virtual address's name would go to the ipvlan. */
	op->conf.arp_announce = ARP_ANNOUNCE_BEST;
	if (op->conf.arp_ignore == base->fact.conf.arp_ignore &&
	    op->conf.arp_announce == base->fact.conf.arp_announce)
		return VMAC_OP_NONE;
	return op->kind = VMAC_OP_BASE;
}

enum vmac_op_kind
vmac_end_step(struct vmac *v, const struct vmac_set *s,
	      const struct iface_table *t, struct vmac_op *op)
{
	const struct iface *have = iface_find(t, v->spec.name);

	*op = (struct vmac_op){.owner = v};
	if (have == NULL || !vmac_is_marked(have) ||
	    have->fact.kind != v->spec.kind || !is_mac_right(&v->spec, have) ||
	    find_name(s, v->spec.name) != NULL)
		return VMAC_OP_NONE;
	op->ifindex = have->fact.ifindex;
	return op->kind = VMAC_OP_DELETE;
}

enum vmac_op_kind
vmac_base_end_step(struct vmac *v, const struct vmac_set *s,
		   const struct iface_table *t, struct vmac_op *op)
{
	const struct iface *base = iface_find(t, v->spec.base);
	const struct vmac *o;

	*op = (struct vmac_op){.owner = v};
	if (base == NULL || !v->before.is_known)
		return VMAC_OP_NONE;
	TAILQ_FOREACH (o, &s->list, link)
		if (o->users > 0 && strcmp(o->spec.base, v->spec.base) == 0)
			return VMAC_OP_NONE;
	if (base->fact.conf.arp_ignore == v->before.arp_ignore &&
	    base->fact.conf.arp_announce == v->before.arp_announce)
		return VMAC_OP_NONE;
	op->ifindex = base->fact.ifindex;
	op->conf = base->fact.conf;
	op->conf.arp_ignore = v->before.arp_ignore;
	op->conf.arp_announce = v->before.arp_announce;
	return op->kind = VMAC_OP_BASE;
}

int
vmac_reason(const struct vmac *v, const struct iface_table *t, char *buf,
	    size_t size)
{
	const struct iface *base = iface_find(t, v->spec.base);
	const struct iface *have = iface_find(t, v->spec.name);
	const char *name = v->spec.name;

	if (have == NULL && v->error != 0)
		return snprintf(buf, size, "cannot make %s on %s: %s", name,
				v->spec.base, strerror(-v->error));
	if (have == NULL)
		return snprintf(buf, size, "%s does not exist", name);
	if (!is_right(&v->spec, have, base))
		return snprintf(buf, size, "%s is not what it should be%s",
				name,
				vmac_is_marked(have) ? "" : ", and not ours");
	return snprintf(buf, size, "%s is down", name);
}
