/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Wanted × there × remembered → what to do; see rs_plan.h. */
#include "daemon/rs_plan.h"

#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/util.h"

struct planning {
	const struct rs_want *w;
	const struct rs_seen *s;
	const struct rs_memory *m;
	const struct snap_link *holder; /* of the virtual addresses */
	struct rs_plan *out;
	size_t n_made; /* devices of ours to be made, for their names */
};

/* ---- numbers ---- */

const char *
rs_rule_path(enum rs_rule rule)
{
	static const char *const path[RS_RULES] = {
		[RS_ARP_IGNORE] = "ipv4/conf/%s/arp_ignore",
		[RS_ARP_ANNOUNCE] = "ipv4/conf/%s/arp_announce",
		[RS_RP_FILTER] = "ipv4/conf/%s/rp_filter",
		[RS_DISABLE_IPV6] = "ipv6/conf/%s/disable_ipv6",
	};

	return path[rule];
}

/* The kernel takes the greater of "all" and the interface's own. */
static bool
is_good(const struct rs_sysctl *n, int32_t rp_all)
{
	switch (n->rule) {
	case RS_ARP_IGNORE: /* 4 to 7 mean nothing, as 0 */
		return (n->value >= 1 && n->value <= 3) || n->value == 8;
	case RS_ARP_ANNOUNCE:
		return n->value >= 2;
	case RS_RP_FILTER:
		return (n->value > rp_all ? n->value : rp_all) != 1;
	case RS_DISABLE_IPV6:
		return n->value == 0;
	case RS_RULES:
		break;
	}
	return true;
}

static int32_t
good_value(enum rs_rule rule, int32_t rp_all)
{
	switch (rule) {
	case RS_ARP_IGNORE:
		return 1;
	case RS_ARP_ANNOUNCE:
		return 2;
	case RS_RP_FILTER: /* loose beats strict of all, off does not */
		return rp_all == 0 ? 0 : 2;
	case RS_DISABLE_IPV6:
	case RS_RULES:
		break;
	}
	return 0;
}

/* ---- devices ---- */

static const struct snap_link *
link_find(const struct rs_seen *s, const char *name)
{
	for (size_t i = 0; i < s->n_links; i++)
		if (strcmp(s->link[i].name, name) == 0)
			return &s->link[i];
	return NULL;
}

static bool
link_is_ours(const struct snap_link *l)
{
	return strcmp(l->alias, RS_ALIAS) == 0;
}

/* Would it take what directors send? */
static bool
is_end(const struct snap_link *l, const struct rs_tunnel *t)
{
	uint8_t inner = t->inner == RS_INNER_V4	  ? IPPROTO_IPIP
			: t->inner == RS_INNER_V6 ? IPPROTO_IPV6
						  : 0;

	if (strcmp(l->kind, rs_kind_name(t->kind)) != 0 || l->is_narrow ||
	    addr_is_set(&l->remote) ||
	    (addr_is_set(&l->local) && !addr_is_equal(&l->local, &t->local)))
		return false;
	if (t->kind == RS_IP6TNL && l->proto != 0 && l->proto != inner)
		return false;
	return (t->kind != RS_GRE && t->kind != RS_IP6GRE) ||
	       l->has_csum == t->has_csum;
}

/* The kernel prefers a device with a local address to one for all; who is
 * down is nobody, unless we may raise it. */
static const struct snap_link *
end_find(const struct rs_seen *s, const struct rs_tunnel *t)
{
	const struct snap_link *best = NULL;

	for (size_t i = 0; i < s->n_links; i++) {
		const struct snap_link *l = &s->link[i];

		if (!is_end(l, t) || (!l->is_up && !link_is_ours(l)))
			continue;
		if (best == NULL || addr_is_set(&l->local))
			best = l;
	}
	return best;
}

/* "lo", or a dummy. */
static bool
may_hold(const struct snap_link *l)
{
	return l->is_loopback || strcmp(l->kind, "dummy") == 0;
}

size_t
rs_sysctls(const struct rs_want *w, const struct rs_seen *s,
	   struct rs_sysctl out[static RS_SYSCTLS_MAX])
{
	size_t n = 0;
	bool has_link = link_find(s, w->ifname) != NULL;

#define ADD(r, name)                                                           \
	do {                                                                   \
		out[n] = (struct rs_sysctl){.rule = (r)};                      \
		str_fill(out[n++].ifname, SNAP_NAME_LEN, name);                \
	} while (0)
	if (rs_want_has_family(w, AF_INET)) {
		ADD(RS_ARP_IGNORE, "all");
		ADD(RS_ARP_ANNOUNCE, "all");
	}
	if (rs_want_has_family(w, AF_INET) && has_link) {
		ADD(RS_ARP_IGNORE, w->ifname);
		ADD(RS_ARP_ANNOUNCE, w->ifname);
	}
	if (rs_want_has_family(w, AF_INET6) && has_link)
		ADD(RS_DISABLE_IPV6, w->ifname);
	for (size_t i = 0; i < w->n_tunnels; i++) {
		const struct snap_link *l = end_find(s, &w->tunnel[i]);

		if (l != NULL && (w->tunnel[i].inner & RS_INNER_V4))
			ADD(RS_RP_FILTER, l->name);
		if (l != NULL && (w->tunnel[i].inner & RS_INNER_V6))
			ADD(RS_DISABLE_IPV6, l->name);
	}
#undef ADD
	return n;
}

/* ---- operations ---- */

static struct rs_op *
op_add(struct planning *p, enum rs_op_kind kind, const char *ifname,
       const struct snap_link *l)
{
	struct rs_op *op = &p->out->op[p->out->n++];

	*op = (struct rs_op){.kind = kind,
			     .ifindex = l != NULL ? l->ifindex : 0,
			     .is_ours = l != NULL && link_is_ours(l)};
	str_fill(op->ifname, sizeof(op->ifname), ifname);
	return op;
}

static void
plan_sysctls(struct planning *p, const struct rs_sysctl *n, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rs_op *op;

		if (!n[i].is_known || is_good(&n[i], p->s->rp_all))
			continue;
		op = op_add(p, RS_OP_SYSCTL, n[i].ifname,
			    link_find(p->s, n[i].ifname));
		op->rule = n[i].rule;
		op->value = good_value(n[i].rule, p->s->rp_all);
	}
}

/* The first name of this kind that nobody has: "dvipip0", ... */
static void
free_name(struct planning *p, enum rs_kind kind, char name[SNAP_NAME_LEN])
{
	size_t i = p->n_made++;

	for (size_t tries = 0; tries <= p->s->n_links; tries++) {
		(void)snprintf(name, SNAP_NAME_LEN, "dv%s%zu",
			       rs_kind_name(kind), i++ % 10000);
		if (link_find(p->s, name) == NULL)
			return;
	}
}

/* The loose filter of sources takes nothing on a device without an IPv4
 * address, so a tunnel's end gets the first virtual address.  NULL: none. */
static const struct rs_vip *
end_address(const struct rs_want *w, const struct rs_tunnel *t)
{
	return (t->inner & RS_INNER_V4) && w->n_vips > 0 &&
			       w->vip[0].addr.family == AF_INET
		       ? &w->vip[0]
		       : NULL;
}

static void
plan_tunnels(struct planning *p)
{
	char name[SNAP_NAME_LEN];
	struct rs_op *op;

	for (size_t i = 0; i < p->w->n_tunnels; i++) {
		const struct rs_tunnel *t = &p->w->tunnel[i];

		if (end_find(p->s, t) != NULL)
			continue;
		free_name(p, t->kind, name);
		op = op_add(p, RS_OP_TUNNEL_ADD, name, NULL);
		op->tunnel = t;
		if (end_address(p->w, t) != NULL)
			op->addr = end_address(p->w, t)->addr;
	}
	for (size_t i = 0; i < p->w->n_tunnels; i++) {
		const struct snap_link *l = end_find(p->s, &p->w->tunnel[i]);

		if (l != NULL && !l->is_up)
			op_add(p, RS_OP_UP, l->name, l);
	}
}

static void
plan_holder(struct planning *p)
{
	const struct snap_link *l = p->holder;

	if (p->w->n_vips == 0)
		return;
	if (l == NULL && strcmp(p->w->ifname, "lo") != 0)
		(void)op_add(p, RS_OP_DUMMY_ADD, p->w->ifname, NULL);
	if (l != NULL && !l->is_up && may_hold(l))
		(void)op_add(p, RS_OP_UP, l->name, l);
}

static void
plan_fous(struct planning *p)
{
	for (size_t i = 0; i < p->w->n_fous; i++) {
		const struct rs_fou *f = &p->w->fou[i];
		bool is_there = false;

		for (size_t k = 0; k < p->s->n_fous; k++)
			is_there |= p->s->fou[k].family == f->family &&
				    p->s->fou[k].port == f->port &&
				    p->s->fou[k].is_gue;
		if (!is_there)
			op_add(p, RS_OP_FOU_ADD, "", NULL)->fou = *f;
	}
}

/* ---- addresses ---- */

static int
compare_vip(const void *key, const void *vip)
{
	return addr_compare(key, &((const struct rs_vip *)vip)->addr);
}

/* Its place in the sorted list; NULL: not wanted. */
static const struct rs_vip *
vip_find(const struct rs_want *w, const struct addr *a)
{
	return w->n_vips == 0 ? NULL
			      : bsearch(a, w->vip, w->n_vips, sizeof(w->vip[0]),
					compare_vip);
}

static const struct snap_link *
link_of(const struct rs_seen *s, uint32_t ifindex)
{
	for (size_t i = 0; i < s->n_links; i++)
		if (s->link[i].ifindex == ifindex)
			return &s->link[i];
	return NULL;
}

static bool
addr_is_ours(const struct rs_seen *s, const struct rs_memory *m,
	     const struct snap_addr *a)
{
	const struct snap_link *l;

	if (a->proto != 0 || m->n_addrs == 0)
		return a->proto == RS_ADDR_PROTO;
	l = link_of(s, a->ifindex);
	for (size_t i = 0; l != NULL && i < m->n_addrs; i++)
		if (addr_is_equal(&m->addr[i].addr, &a->addr) &&
		    strcmp(m->addr[i].ifname, l->name) == 0)
			return true;
	return false;
}

static bool
is_whole(const struct snap_addr *a)
{
	return a->prefix_len == 8 * addr_len(&a->addr);
}

static void
addr_op(struct planning *p, enum rs_op_kind kind, const struct snap_link *l,
	const struct addr *a, const struct rs_vip *v)
{
	struct rs_op *op = op_add(p, kind, l->name, l);

	op->addr = *a;
	op->prefix_len = (uint8_t)(8 * addr_len(a));
	op->vs = v != NULL ? v->vs : NULL;
}

static bool
has_v4(const struct rs_seen *s, const struct snap_link *l)
{
	for (size_t i = 0; i < s->n_addrs; i++)
		if (s->addr[i].ifindex == l->ifindex &&
		    s->addr[i].addr.family == AF_INET)
			return true;
	return false;
}

static void
plan_end_addresses(struct planning *p)
{
	for (size_t i = 0; i < p->w->n_tunnels; i++) {
		const struct rs_tunnel *t = &p->w->tunnel[i];
		const struct snap_link *l = end_find(p->s, t);
		const struct rs_vip *v = end_address(p->w, t);

		if (l != NULL && v != NULL && !has_v4(p->s, l))
			addr_op(p, RS_OP_ADDR_ADD, l, &v->addr, v);
	}
}

/* Is this address at a tunnel's end to stay there? */
static bool
is_end_address(const struct rs_want *w, const struct rs_seen *s,
	       const struct snap_link *l, const struct addr *a)
{
	for (size_t i = 0; i < w->n_tunnels; i++) {
		const struct rs_vip *v = end_address(w, &w->tunnel[i]);

		if (v != NULL && addr_is_equal(&v->addr, a) &&
		    end_find(s, &w->tunnel[i]) == l)
			return true;
	}
	return false;
}

static void
plan_addresses(struct planning *p, struct arena *arena)
{
	const struct rs_want *w = p->w;
	bool *is_there = arena_alloc(arena, w->n_vips + 1);

	if (p->holder == NULL || !may_hold(p->holder))
		return;
	for (size_t i = 0; i < p->s->n_addrs; i++) {
		const struct snap_addr *a = &p->s->addr[i];
		const struct rs_vip *v = vip_find(w, &a->addr);

		if (v == NULL || a->ifindex != p->holder->ifindex ||
		    !is_whole(a))
			continue;
		is_there[v - w->vip] = true;
		if (a->addr.family == AF_INET6 &&
		    !(a->flags & IFA_F_DEPRECATED) &&
		    addr_is_ours(p->s, p->m, a))
			addr_op(p, RS_OP_ADDR_FIX, p->holder, &a->addr, v);
	}
	for (size_t i = 0; i < w->n_vips; i++)
		if (!is_there[i])
			addr_op(p, RS_OP_ADDR_ADD, p->holder, &w->vip[i].addr,
				&w->vip[i]);
}

/* ---- taking back ---- */

static void
plan_old_addresses(struct planning *p)
{
	for (size_t i = 0; i < p->s->n_addrs; i++) {
		const struct snap_addr *a = &p->s->addr[i];
		const struct snap_link *l = link_of(p->s, a->ifindex);

		if (l == NULL || !addr_is_ours(p->s, p->m, a) ||
		    (p->holder == l && vip_find(p->w, &a->addr) != NULL) ||
		    is_end_address(p->w, p->s, l, &a->addr))
			continue;
		addr_op(p, RS_OP_ADDR_DEL, l, &a->addr, NULL);
	}
}

static bool
is_fou_wanted(const struct rs_want *w, const struct rs_fou *f)
{
	for (size_t i = 0; i < w->n_fous; i++)
		if (w->fou[i].family == f->family && w->fou[i].port == f->port)
			return true;
	return false;
}

static void
plan_old_fous(struct planning *p)
{
	for (size_t i = 0; i < p->m->n_fous; i++)
		if (!is_fou_wanted(p->w, &p->m->fou[i]))
			op_add(p, RS_OP_FOU_DEL, "", NULL)->fou = p->m->fou[i];
}

static bool
is_link_wanted(const struct planning *p, const struct snap_link *l)
{
	if (p->w->n_vips > 0 && l == p->holder)
		return true;
	for (size_t i = 0; i < p->w->n_tunnels; i++)
		if (end_find(p->s, &p->w->tunnel[i]) == l)
			return true;
	return false;
}

static void
plan_old_links(struct planning *p)
{
	for (size_t i = 0; i < p->s->n_links; i++) {
		const struct snap_link *l = &p->s->link[i];

		if (link_is_ours(l) && !is_link_wanted(p, l))
			(void)op_add(p, RS_OP_LINK_DEL, l->name, l);
	}
	for (size_t i = 0; i < p->m->n_ups; i++) {
		const struct snap_link *l = link_find(p->s, p->m->up[i]);

		if (l == NULL || !is_link_wanted(p, l))
			(void)op_add(p, RS_OP_DOWN, p->m->up[i], l);
	}
}

static void
plan_old_sysctls(struct planning *p, const struct rs_sysctl *n, size_t count)
{
	for (size_t i = 0; i < p->m->n_sysctls; i++) {
		const struct rs_kept_sysctl *k = &p->m->sysctl[i];
		bool is_wanted = false;
		struct rs_op *op;

		for (size_t j = 0; j < count; j++)
			is_wanted |= n[j].rule == k->rule &&
				     strcmp(n[j].ifname, k->ifname) == 0;
		if (is_wanted)
			continue;
		op = op_add(p, RS_OP_SYSCTL_BACK, k->ifname, NULL);
		op->rule = k->rule;
		op->value = k->was;
	}
}

void
rs_reconcile(const struct rs_want *w, const struct rs_seen *s,
	     const struct rs_sysctl *sysctl, size_t n_sysctls,
	     const struct rs_memory *m, struct arena *arena,
	     struct rs_plan *out)
{
	struct planning p = {.w = w,
			     .s = s,
			     .m = m,
			     .holder = link_find(s, w->ifname),
			     .out = out};
	size_t most = n_sysctls + 3 * w->n_tunnels + 2 + w->n_fous + w->n_vips +
		      2 * s->n_addrs + m->n_fous + s->n_links + m->n_ups +
		      m->n_sysctls;

	*out = (struct rs_plan){
		.op = arena_alloc(arena, most * sizeof(out->op[0]))};
	plan_sysctls(&p, sysctl, n_sysctls);
	plan_holder(&p);
	plan_tunnels(&p);
	plan_fous(&p);
	plan_addresses(&p, arena);
	plan_end_addresses(&p);
	plan_old_addresses(&p);
	plan_old_fous(&p);
	plan_old_links(&p);
	plan_old_sysctls(&p, sysctl, n_sysctls);
}

/* ---- for people ---- */

struct remarks {
	struct arena *arena;
	const char **out;
	size_t n, max;
};

static void
remark(struct remarks *r, const char *text)
{
	if (r->n < r->max)
		r->out[r->n++] = text;
}

static void
remark_address(struct remarks *r, const struct rs_want *w,
	       const struct snap_link *l, const struct snap_addr *a)
{
	char text[ADDR_STR_LEN];

	addr_print(&a->addr, text, sizeof(text));
	if (strcmp(l->name, w->ifname) != 0)
		remark(r,
		       arena_printf(r->arena,
				    "%s is on %s, too, which answers for it: "
				    "right only while this machine is the "
				    "director that holds it",
				    text, l->name));
	else if (!is_whole(a))
		remark(r, arena_printf(r->arena,
				       "%s/%u on %s makes all of that prefix "
				       "this machine's own",
				       text, a->prefix_len, l->name));
}

size_t
rs_remarks(const struct rs_want *w, const struct rs_seen *s,
	   const struct rs_memory *m, struct arena *arena, const char **out,
	   size_t max, size_t *bad)
{
	struct remarks r = {.arena = arena, .out = out, .max = max};
	const struct snap_link *holder = link_find(s, w->ifname);

	for (size_t i = 0; i < w->n_notes; i++)
		remark(&r, w->note[i]);
	if (w->n_vips > 0 && holder != NULL && !may_hold(holder))
		remark(&r, arena_printf(arena,
					"interface %s is neither lo nor a "
					"dummy: it would answer for the "
					"virtual addresses",
					w->ifname));
	*bad = r.n;
	for (size_t i = 0; i < s->n_addrs; i++) {
		const struct snap_addr *a = &s->addr[i];
		const struct snap_link *l = link_of(s, a->ifindex);

		if (l != NULL && vip_find(w, &a->addr) != NULL &&
		    !addr_is_ours(s, m, a) &&
		    !is_end_address(w, s, l, &a->addr))
			remark_address(&r, w, l, a);
	}
	return r.n;
}

size_t
rs_own_addresses(const struct rs_seen *s, const struct rs_memory *m,
		 struct arena *arena, struct addr **out)
{
	size_t n = 0;

	*out = arena_alloc(arena, (s->n_addrs + 1) * sizeof(**out));
	for (size_t i = 0; i < s->n_addrs; i++)
		if (!addr_is_ours(s, m, &s->addr[i]))
			(*out)[n++] = s->addr[i].addr;
	return n;
}
