/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Who gets what how; see conf_forward.h. */
#include "check/conf_forward.h"

#include <linux/ip_vs.h>
#include <string.h>

#include "check/conf.h"
#include "check/conf_tables.h"

static enum forward_method
method_of(const struct lvs_method_conf *m)
{
	if (m->method == IP_VS_CONN_F_DROUTE)
		return FORWARD_DIRECT;
	if (m->method != IP_VS_CONN_F_TUNNEL)
		return FORWARD_OTHER;
	switch (m->tun_type) {
	case IP_VS_CONN_F_TUNNEL_TYPE_GUE:
		return FORWARD_GUE;
	case IP_VS_CONN_F_TUNNEL_TYPE_GRE:
		return FORWARD_GRE;
	default:
		return FORWARD_IPIP;
	}
}

static struct forward
forward_make(const struct virtual_server_conf *vs, const struct addr *server,
	     const struct lvs_method_conf *m)
{
	return (struct forward){
		.vs = vs,
		.server = *server,
		.method = method_of(m),
		.port = m->tun_port,
		.has_csum = m->tun_flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM,
	};
}

void
forward_each(const struct check_conf *c, forward_fn *fn, void *arg)
{
	struct forward f;

	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &c->virtual_server) {
		CONF_FOREACH (const struct real_server_conf, rs,
			      &vs->real_server) {
			f = forward_make(vs, &rs->addr.addr, &rs->lvs_method);
			fn(arg, &f);
		}
		if (!addr_is_set(&vs->sorry_server.addr))
			continue;
		f = forward_make(vs, &vs->sorry_server.addr,
				 &vs->sorry_server_lvs_method);
		f.is_sorry = true;
		fn(arg, &f);
	}
}

static const struct virtual_server_group_conf *
group_find(const struct check_conf *c, const char *name)
{
	CONF_FOREACH (const struct virtual_server_group_conf, g,
		      &c->virtual_server_group)
		if (strcmp(g->obj.name, name) == 0)
			return g;
	return NULL;
}

bool
forward_each_vip(const struct check_conf *c,
		 const struct virtual_server_conf *vs, forward_vip_fn *fn,
		 void *arg)
{
	const struct virtual_server_group_conf *g;
	const struct addr none = {0};
	bool has_mark = false;

	switch (vs->kind) {
	case VIRTUAL_SERVER_FWMARK:
		return true;
	case VIRTUAL_SERVER_ADDR:
		fn(arg, vs, &vs->addr.addr, &none);
		return false;
	case VIRTUAL_SERVER_GROUP:
		break;
	}
	g = group_find(c, vs->group);
	if (g == NULL)
		return false;
	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry) {
		has_mark |= e->is_fwmark;
		if (!e->is_fwmark)
			fn(arg, vs, &e->first, &e->last);
	}
	return has_mark;
}

const char *
forward_label(const struct virtual_server_conf *vs, char *buf, size_t size)
{
	return service_conf_label(vs, buf, size);
}
