/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The wanted table; see desired.h.  Pure. */
#include "check/desired.h"

#include <linux/ip_vs.h>
#include <string.h>

#include "check/ramp.h"
#include "lib/util.h"

#define SORRY_WEIGHT 1

static void
set_method(struct dest_want *w, const struct lvs_method_conf *m)
{
	w->fwd_method = m->method;
	if (m->method != IP_VS_CONN_F_TUNNEL)
		return;
	w->tun_type = m->tun_type;
	w->tun_port = m->tun_port;
	w->tun_flags = m->tun_flags;
}

static bool
has_sorry(const struct virtual_server_conf *vs)
{
	return addr_is_set(&vs->sorry_server.addr);
}

struct dest_want
desired_server(const struct virtual_server_conf *vs,
	       const struct real_server_conf *rs, const struct pool_state *pool,
	       const struct server_state *s)
{
	struct dest_want w = {0};
	bool is_retired = !pool->has_quorum && has_sorry(vs);
	bool is_serving = (s->is_alive || s->is_kept) && !is_retired;

	if (!is_serving && !rs->inhibit_on_failure)
		return w;
	if (is_retired && s->is_sorry)
		return w; /* there once, as the sorry server */
	w.is_present = true;
	w.addr = rs->addr;
	w.weight = is_serving ? ramp_weight(s->weight, s->ramp) : 0;
	w.u_threshold = rs->uthreshold;
	w.l_threshold = rs->lthreshold;
	set_method(&w, &rs->lvs_method);
	return w;
}

/* is_shadowed: a real server of the same address is present itself. */
static struct dest_want
want_sorry(const struct virtual_server_conf *vs, const struct pool_state *pool,
	   bool is_shadowed)
{
	struct dest_want w = {0};

	if (!has_sorry(vs))
		return w;
	if (pool->has_quorum && (is_shadowed || !vs->sorry_server_inhibit))
		return w;
	w.is_present = true;
	w.addr = vs->sorry_server;
	w.weight = pool->has_quorum ? 0 : SORRY_WEIGHT;
	set_method(&w, &vs->sorry_server_lvs_method);
	return w;
}

#define PORT_OF_KEY (-1)

/* The port under which the kernel knows a server. */
static int
kernel_port(const struct virtual_server_conf *vs, const struct addr_port *ap,
	    const struct lvs_method_conf *m)
{
	if (m->method == IP_VS_CONN_F_MASQ)
		return ap->port;
	switch (vs->kind) {
	case VIRTUAL_SERVER_ADDR:
		return vs->addr.port;
	case VIRTUAL_SERVER_FWMARK:
		return 0;
	case VIRTUAL_SERVER_GROUP:
		break;
	}
	if (vs->nftables_fwmark != 0)
		return 0;
	return PORT_OF_KEY;
}

bool
desired_is_same_dest(const struct virtual_server_conf *vs,
		     const struct addr_port *a,
		     const struct lvs_method_conf *am,
		     const struct addr_port *b,
		     const struct lvs_method_conf *bm)
{
	int pa = kernel_port(vs, a, am), pb = kernel_port(vs, b, bm);

	return addr_is_equal(&a->addr, &b->addr) &&
	       (pa == pb || pa == PORT_OF_KEY || pb == PORT_OF_KEY);
}

bool
desired_is_same_key(const struct msg_svc_key *key, const struct dest_want *a,
		    const struct dest_want *b)
{
	struct msg_dest_key ka, kb;

	if (!a->is_present || !b->is_present)
		return false;
	ka = desired_dest_key(key, a);
	kb = desired_dest_key(key, b);
	return memcmp(&ka, &kb, sizeof(ka)) == 0;
}

bool
dest_want_is_equal(const struct dest_want *a, const struct dest_want *b)
{
	if (!a->is_present || !b->is_present)
		return a->is_present == b->is_present;
	return addr_is_equal(&a->addr.addr, &b->addr.addr) &&
	       a->addr.port == b->addr.port && a->weight == b->weight &&
	       a->fwd_method == b->fwd_method &&
	       a->u_threshold == b->u_threshold &&
	       a->l_threshold == b->l_threshold && a->tun_type == b->tun_type &&
	       a->tun_port == b->tun_port && a->tun_flags == b->tun_flags;
}

static bool
is_serving(const struct dest_want *w)
{
	return w->is_present && w->weight > 0;
}

/* Of the i-th server and those before it that are the same destination to the
 * kernel, one keeps its entry. */
static void
settle_twin(const struct server_state *s, size_t i, struct dest_want *out)
{
	for (size_t j = s[i].first; j < i; j++) {
		if (!out[j].is_present ||
		    (j != s[i].first &&
		     !(s[j].is_twin && s[j].first == s[i].first)))
			continue;
		if (is_serving(&out[i]) && !is_serving(&out[j]))
			out[j] = (struct dest_want){0};
		else
			out[i] = (struct dest_want){0};
		return;
	}
}

void
desired_table(const struct virtual_server_conf *vs,
	      const struct pool_state *pool, const struct server_state *s,
	      size_t n, struct dest_want *out)
{
	bool is_shadowed = false;
	size_t i = 0;

	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server) {
		if (i == n)
			break;
		out[i] = desired_server(vs, rs, pool, &s[i]);
		if (s[i].is_sorry && out[i].is_present)
			is_shadowed = true;
		if (s[i].is_twin)
			settle_twin(s, i, out);
		i++;
	}
	out[n] = want_sorry(vs, pool, is_shadowed);
}

/* Written for one family; a group may have both. */
static uint32_t
netmask_of(const struct virtual_server_conf *vs, uint16_t family)
{
	uint32_t mask = vs->persistence_granularity;

	if (family == AF_INET6)
		return vs->family == AF_INET || mask > 128 ? 128 : mask;
	return vs->family == AF_INET6 ? UINT32_MAX : mask;
}

struct msg_svc
desired_svc(const struct virtual_server_conf *vs, const struct msg_svc_key *key)
{
	struct msg_svc m;

	/* Messages are compared as bytes: no padding left to chance. */
	memset(&m, 0, sizeof(m));
	m.key = *key;
	if (vs->lvs_sched != NULL)
		str_fill(m.sched, sizeof(m.sched), vs->lvs_sched);
	if (vs->persistence_engine != NULL)
		str_fill(m.pe, sizeof(m.pe), vs->persistence_engine);
	m.flags = vs->flags;
	m.timeout = vs->persistence_timeout;
	m.netmask = netmask_of(vs, key->addr.family);
	return m;
}

struct msg_dest_key
desired_dest_key(const struct msg_svc_key *key, const struct dest_want *w)
{
	struct msg_dest_key k;

	memset(&k, 0, sizeof(k));
	k.svc = *key;
	k.addr = w->addr.addr;
	/* Only NAT rewrites ports: elsewhere it is the service's (0 under a
	 * firewall mark), whatever was configured. */
	k.port = w->fwd_method == IP_VS_CONN_F_MASQ ? w->addr.port : key->port;
	return k;
}

struct msg_dest
desired_dest(const struct msg_svc_key *key, const struct dest_want *w)
{
	struct msg_dest m;

	memset(&m, 0, sizeof(m));
	m.key = desired_dest_key(key, w);
	m.weight = w->weight;
	m.fwd_method = w->fwd_method;
	m.u_threshold = w->u_threshold;
	m.l_threshold = w->l_threshold;
	m.tun_type = w->tun_type;
	m.tun_port = w->tun_port;
	m.tun_flags = w->tun_flags;
	return m;
}
