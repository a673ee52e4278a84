/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A real server's kernel; see rs_kernel.h. */
#include "daemon/rs_kernel.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/sysctl.h"
#include "lib/util.h"
#include "vrrp/port.h"
#include "vrrp/reconcile.h"
#include "vrrp/rtnl_addr.h"
#include "vrrp/rtnl_tunnel.h"

#define SCOPE_HOST 254 /* RT_SCOPE_HOST: never a source for others */

struct rs_kernel {
	struct rtnl_snap *snap;
	struct rtnl_addr *addr;
	struct rtnl_tunnel *tunnel;
	struct rtnl_fou *fou;
};

int
rs_kernel_open(struct rs_kernel **out)
{
	struct rs_kernel *k = xcalloc(1, sizeof(*k));
	int r = rtnl_snap_open(&k->snap);

	if (r == 0)
		r = rtnl_addr_open(&k->addr);
	if (r == 0)
		r = rtnl_tunnel_open(&k->tunnel);
	if (r == 0)
		r = rtnl_fou_open(&k->fou);
	if (r < 0) {
		rs_kernel_close(k);
		return r;
	}
	*out = k;
	return 0;
}

void
rs_kernel_close(struct rs_kernel *k)
{
	if (k == NULL)
		return;
	rtnl_snap_close(k->snap);
	rtnl_addr_close(k->addr);
	rtnl_tunnel_close(k->tunnel);
	rtnl_fou_close(k->fou);
	free(k);
}

int
rs_kernel_fd(const struct rs_kernel *k)
{
	return rtnl_snap_fd(k->snap);
}

bool
rs_kernel_read(struct rs_kernel *k)
{
	return rtnl_snap_read(k->snap);
}

/* ---- looking ---- */

/* Room grows by doubling; what is outgrown dies with the arena. */
struct looking {
	struct arena *arena;
	struct rs_seen *seen;
	size_t link_room, addr_room, fou_room;
};

static void *
grow(struct arena *arena, void *old, size_t n, size_t *room, size_t size)
{
	void *more;

	if (n < *room)
		return old;
	*room = *room == 0 ? 32 : 2 * *room;
	more = arena_alloc(arena, *room * size);
	if (n > 0)
		memcpy(more, old, n * size);
	return more;
}

static void
on_begin(void *arg)
{
	struct looking *l = arg;

	l->seen->n_links = l->seen->n_addrs = 0;
}

static void
on_link(void *arg, const struct snap_link *link)
{
	struct looking *l = arg;
	struct rs_seen *s = l->seen;

	s->link = grow(l->arena, s->link, s->n_links, &l->link_room,
		       sizeof(*link));
	s->link[s->n_links++] = *link;
}

static void
on_addr(void *arg, const struct snap_addr *a)
{
	struct looking *l = arg;
	struct rs_seen *s = l->seen;

	s->addr =
		grow(l->arena, s->addr, s->n_addrs, &l->addr_room, sizeof(*a));
	s->addr[s->n_addrs++] = *a;
}

static void
on_fou(void *arg, const struct fou_port *p)
{
	struct looking *l = arg;
	struct rs_seen *s = l->seen;

	s->fou = grow(l->arena, s->fou, s->n_fous, &l->fou_room, sizeof(*p));
	s->fou[s->n_fous++] = *p;
}

int
rs_kernel_look(struct rs_kernel *k, struct arena *arena, struct rs_seen *out)
{
	struct looking l = {.arena = arena, .seen = out};
	int r;

	*out = (struct rs_seen){0};
	r = rtnl_snap_take(k->snap, on_begin, on_link, on_addr, &l);
	if (r < 0)
		return r;
	/* Without the module there are none. */
	out->has_fou = rtnl_fou_dump(k->fou, on_fou, &l) == 0;
	/* What cannot be read is as it is by default. */
	(void)sysctl_get("ipv4/conf/all/rp_filter", "", &out->rp_all);
	return 0;
}

void
rs_kernel_read_sysctls(struct rs_sysctl *n, size_t count)
{
	for (size_t i = 0; i < count; i++)
		n[i].is_known = sysctl_get(rs_rule_path(n[i].rule), n[i].ifname,
					   &n[i].value) == 0;
}

/* ---- changing ---- */

static void
remember_sysctl(const struct rs_op *op, struct rs_memory *m)
{
	struct rs_kept_sysctl k = {.rule = op->rule, .made = op->value};

	if (sysctl_get(rs_rule_path(op->rule), op->ifname, &k.was) < 0)
		return; /* then it cannot be set either */
	str_fill(k.ifname, sizeof(k.ifname), op->ifname);
	rs_memory_sysctl(m, &k);
}

void
rs_kernel_remember(const struct rs_plan *plan, struct rs_memory *m)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct rs_op *op = &plan->op[i];

		/* Those of a device of ours go with it. */
		if (op->kind == RS_OP_SYSCTL && !op->is_ours)
			remember_sysctl(op, m);
		else if (op->kind == RS_OP_UP && !op->is_ours)
			rs_memory_up(m, op->ifname);
		else if (op->kind == RS_OP_FOU_ADD)
			rs_memory_fou(m, &op->fou);
		else if (op->kind == RS_OP_ADDR_ADD)
			rs_memory_addr(m, op->ifname, &op->addr);
	}
}

static int
sysctl_back(const struct rs_op *op, const struct rs_memory *m)
{
	const struct rs_kept_sysctl *k =
		rs_memory_find(m, op->rule, op->ifname);
	const char *path = rs_rule_path(op->rule);
	int32_t now;
	int r = sysctl_get(path, op->ifname, &now);

	/* Its device is gone, or somebody else has a word in it. */
	if (r == -ENOENT || (r == 0 && (k == NULL || now != k->made)))
		return 0;
	return r < 0 ? r : sysctl_set(path, op->ifname, op->value);
}

static int
make(struct rs_kernel *k, const struct rs_op *op)
{
	struct tunnel_make t = {
		.kind = "dummy", .name = op->ifname, .alias = RS_ALIAS};

	if (op->kind == RS_OP_TUNNEL_ADD) {
		t.kind = rs_kind_name(op->tunnel->kind);
		t.local = op->tunnel->local;
		t.has_csum = op->tunnel->has_csum;
	}
	return rtnl_tunnel_add(k->tunnel, &t);
}

/* What is gone by itself is as good as taken. */
static int
unless_gone(int r)
{
	return r == -ENODEV || r == -ENOENT ? 0 : r;
}

static int
apply_one(struct rs_kernel *k, const struct rs_op *op,
	  const struct rs_memory *m)
{
	struct fou_port fou = {op->fou.family, op->fou.port, true};

	switch (op->kind) {
	case RS_OP_SYSCTL:
		return sysctl_set(rs_rule_path(op->rule), op->ifname,
				  op->value);
	case RS_OP_DUMMY_ADD:
	case RS_OP_TUNNEL_ADD:
		return make(k, op);
	case RS_OP_UP:
		return rtnl_tunnel_set_up(k->tunnel, op->ifindex, true);
	case RS_OP_FOU_ADD:
		return rtnl_fou_add(k->fou, &fou);
	case RS_OP_FOU_DEL:
		return unless_gone(rtnl_fou_del(k->fou, &fou));
	case RS_OP_LINK_DEL:
		return unless_gone(rtnl_tunnel_del(k->tunnel, op->ifindex));
	case RS_OP_DOWN:
		return op->ifindex == 0
			       ? 0
			       : unless_gone(rtnl_tunnel_set_up(
					 k->tunnel, op->ifindex, false));
	case RS_OP_SYSCTL_BACK:
		return sysctl_back(op, m);
	case RS_OP_ADDR_ADD:
	case RS_OP_ADDR_FIX:
	case RS_OP_ADDR_DEL:
		break; /* all in one go: apply_addresses() */
	}
	return 0;
}

static bool
is_address(const struct rs_op *op)
{
	return op->kind == RS_OP_ADDR_ADD || op->kind == RS_OP_ADDR_FIX ||
	       op->kind == RS_OP_ADDR_DEL;
}

/* Never a source: of host scope in IPv4, deprecated in IPv6. */
static struct vip_addr
vip_of(const struct rs_op *op)
{
	bool is_v6 = op->addr.family == AF_INET6;

	return (struct vip_addr){
		.addr = op->addr,
		.ifindex = op->ifindex,
		.prefix_len = op->prefix_len,
		.scope = SCOPE_HOST,
		.flags = is_v6 ? IFA_F_NODAD : 0,
		.preferred_lft = is_v6 ? 0 : VIP_LFT_FOREVER,
		.proto = RS_ADDR_PROTO,
	};
}

/* A run of operations on addresses, at op[0..n-1]. */
static void
apply_addresses(struct rs_kernel *k, struct rs_op *op, size_t n)
{
	struct vip_addr *vip = xcalloc(n, sizeof(*vip));
	struct vip_op *ops = xcalloc(n, sizeof(*ops));

	for (size_t i = 0; i < n; i++) {
		vip[i] = vip_of(&op[i]);
		ops[i].addr = &vip[i];
		ops[i].kind = op[i].kind == RS_OP_ADDR_ADD   ? VIP_OP_ADD
			      : op[i].kind == RS_OP_ADDR_DEL ? VIP_OP_DEL
							     : VIP_OP_REFRESH;
	}
	rtnl_addr_apply(k->addr, ops, n);
	for (size_t i = 0; i < n; i++) {
		op[i].error = ops[i].error;
		if (op[i].kind == RS_OP_ADDR_DEL &&
		    (op[i].error == -EADDRNOTAVAIL || op[i].error == -ENODEV))
			op[i].error = 0;
	}
	free(ops);
	free(vip);
}

void
rs_kernel_apply(struct rs_kernel *k, struct rs_plan *plan, struct rs_memory *m)
{
	size_t i = 0, end;

	while (i < plan->n) {
		for (end = i; end < plan->n && is_address(&plan->op[end]);)
			end++;
		if (end > i) {
			apply_addresses(k, &plan->op[i], end - i);
		} else {
			plan->op[i].error = apply_one(k, &plan->op[i], m);
			end = i + 1;
		}
		for (; i < end; i++)
			if (plan->op[i].error == 0)
				rs_memory_done(m, &plan->op[i]);
	}
}
