/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * via_forwarding: where a check that travels like forwarded traffic goes, and
 * where there is no such way.  Pure; linux/ip_vs.h has the methods' numbers.
 */
#include <linux/ip_vs.h>

#include "check/conf_tables.h"
#include "lib/arena.h"
#include "parser/common.h"

/* The first address with a port of a group. */
static struct addr_port
group_address(struct conf_ctx *ctx, const char *name)
{
	const struct virtual_server_group_conf *g =
		(const void *)conf_find(ctx, "virtual_server_group", name);
	struct addr_port none = {.port = 0};

	if (g == NULL)
		return none;
	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry)
		if (!e->is_fwmark)
			return (struct addr_port){e->first, e->port};
	return none;
}

static struct addr_port
find_vip(struct conf_ctx *ctx, const struct virtual_server_conf *vs,
	 const struct checker_conf *c)
{
	struct addr_port vip = vs->kind == VIRTUAL_SERVER_GROUP
				       ? group_address(ctx, vs->group)
			       : vs->kind == VIRTUAL_SERVER_ADDR
				       ? vs->addr
				       : (struct addr_port){.port = 0};

	if (vip.port == 0) /* any port: the one that the check names */
		vip.port = c->connect.port;
	return vip;
}

/* Why there is no such check; NULL: there is. */
static const char *
find_obstacle(const struct virtual_server_conf *vs,
	      const struct real_server_conf *rs, const struct checker_conf *c,
	      const struct addr_port *vip)
{
	const struct lvs_method_conf *m = &rs->lvs_method;

	if (!addr_is_set(&vip->addr))
		return "a service by firewall mark has no address to ask for";
	if (vs->protocol != IPPROTO_TCP)
		return "it asks by TCP, and this is no service of TCP";
	if (vip->port == 0)
		return "there is no port to ask for";
	if (m->method == IP_VS_CONN_F_MASQ)
		return "with NAT the server has its own address, which an "
		       "ordinary check asks";
	if (m->method == IP_VS_CONN_F_TUNNEL &&
	    m->tun_type != IP_VS_CONN_F_TUNNEL_TYPE_IPIP)
		return "of tunnels it knows ipip only";
	if (vip->addr.family != AF_INET || c->connect.addr.family != AF_INET)
		return "it knows IPv4 only: the kernel's IPVS would catch our "
		       "own packets to an IPv6 service";
	return NULL;
}

static const struct via_conf *
via_new(struct conf_ctx *ctx, const struct real_server_conf *rs,
	const struct addr_port *vip)
{
	struct via_conf *v = arena_alloc(conf_ctx_arena(ctx), sizeof(*v));

	v->vip = *vip;
	v->is_tunnelled = rs->lvs_method.method == IP_VS_CONN_F_TUNNEL;
	return v;
}

void
check_conf_resolve_via(struct conf_ctx *ctx,
		       const struct virtual_server_conf *vs,
		       const struct real_server_conf *rs)
{
	CONF_FOREACH (struct checker_conf, c, &rs->checker) {
		struct tcp_check_conf *t = (struct tcp_check_conf *)c;
		struct addr_port vip;
		const char *obstacle;

		if (c->type != CHECKER_TCP || !t->via_forwarding)
			continue;
		vip = find_vip(ctx, vs, c);
		obstacle = find_obstacle(vs, rs, c, &vip);
		if (obstacle == NULL) {
			c->type = CHECKER_VIA;
			c->connect.port = vip.port;
			t->via = via_new(ctx, rs, &vip);
			continue;
		}
		conf_report_at(ctx, &c->obj.pos, DIAG_GENERAL,
			       "via_forwarding is not possible: %s - ignoring",
			       obstacle);
		t->via_forwarding = false;
		conf_set_given(&c->obj, "via_forwarding", false);
	}
}
