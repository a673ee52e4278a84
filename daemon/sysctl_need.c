/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Needed sysctls, one row of rules[] each; see sysctl_need.h.
 */
#include "daemon/sysctl_need.h"

#include <linux/ip_vs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/conf.h"
#include "ipvs/conf.h"
#include "lib/util.h"
#include "vrrp/conf.h"

/* A virtual address that vrrp sets, and where. */
struct vip_dev {
	const struct addr *addr;
	const char *dev;
};

/* One service, and what else a rule may look at. */
struct place {
	const struct conf *c;
	const struct sysctl_env *env;
	const struct vip_dev *vip; /* sorted */
	size_t n_vip;
	const struct virtual_server_conf *vs;
};

struct rule {
	const char *path; /* %s: the interface that find() names */
	int32_t value, min, max;
	/* Does this service need it?  Sets *dev if the path has a %s. */
	bool (*find)(const struct place *p, const char **dev);
	const char *why;
};

/* ---- what services are ---- */

/* A server that is this machine needs nothing on the way. */
static bool
is_masqueraded(const struct place *p, const struct addr *server,
	       const struct lvs_method_conf *m)
{
	return addr_is_set(server) && m->method == IP_VS_CONN_F_MASQ &&
	       !addr_is_loopback(server) &&
	       !addr_is_equal(server, &p->vs->addr.addr);
}

typedef bool server_fn(const struct place *p, const struct addr *server,
		       const char **dev);

/* Is there a masqueraded server, the sorry server among them, of which fn is
 * true? */
static bool
any_masqueraded(const struct place *p, server_fn *fn, const char **dev)
{
	const struct virtual_server_conf *vs = p->vs;

	if (is_masqueraded(p, &vs->sorry_server.addr,
			   &vs->sorry_server_lvs_method) &&
	    fn(p, &vs->sorry_server.addr, dev))
		return true;
	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server)
		if (is_masqueraded(p, &rs->addr.addr, &rs->lvs_method) &&
		    fn(p, &rs->addr.addr, dev))
			return true;
	return false;
}

static bool
is_v4(const struct place *p, const struct addr *server, const char **dev)
{
	(void)p, (void)dev;
	return server->family == AF_INET;
}

static bool
is_v6(const struct place *p, const struct addr *server, const char **dev)
{
	(void)p, (void)dev;
	return server->family == AF_INET6;
}

static bool
has_nat_v4(const struct place *p, const char **dev)
{
	return any_masqueraded(p, is_v4, dev);
}

static bool
has_nat_v6(const struct place *p, const char **dev)
{
	return any_masqueraded(p, is_v6, dev);
}

static bool
has_fullnat(const struct place *p, const char **dev)
{
	(void)dev;
	if (addr_is_set(&p->vs->sorry_server.addr) &&
	    p->vs->sorry_server_lvs_method.is_full)
		return true;
	CONF_FOREACH (const struct real_server_conf, rs, &p->vs->real_server)
		if (rs->lvs_method.is_full)
			return true;
	return false;
}

/* ---- interfaces ---- */

static bool
is_in(const struct addr *a, const struct nic *n)
{
	size_t whole = n->prefix_len / 8;
	unsigned rest = n->prefix_len % 8;

	if (a->family != n->addr.family || n->prefix_len > addr_len(a) * 8 ||
	    memcmp(a->bytes, n->addr.bytes, whole) != 0)
		return false;
	return rest == 0 ||
	       ((a->bytes[whole] ^ n->addr.bytes[whole]) >> (8 - rest)) == 0;
}

/* The interface of the smallest network that a is in; NULL. */
static const char *
find_nic(const struct sysctl_env *env, const struct addr *a)
{
	const struct nic *best = NULL;

	for (size_t i = 0; i < env->n_nic; i++)
		if (is_in(a, &env->nic[i]) &&
		    (best == NULL || env->nic[i].prefix_len > best->prefix_len))
			best = &env->nic[i];
	return best != NULL ? best->name : NULL;
}

static int
compare_vip(const void *a, const void *b)
{
	const struct vip_dev *x = a, *y = b;

	return addr_compare(x->addr, y->addr);
}

static const char *
find_vip_dev(const struct place *p)
{
	const struct vip_dev key = {.addr = &p->vs->addr.addr};
	const struct vip_dev *v = NULL;

	if (!addr_is_set(key.addr))
		return NULL;
	if (p->n_vip > 0)
		v = bsearch(&key, p->vip, p->n_vip, sizeof(*v), compare_vip);
	return v != NULL ? v->dev : find_nic(p->env, key.addr);
}

/* Do clients and this server come by the same interface? */
static bool
is_beside_vip(const struct place *p, const struct addr *server,
	      const char **dev)
{
	const char *theirs = find_nic(p->env, server);
	const char *ours = theirs != NULL ? find_vip_dev(p) : NULL;

	if (ours == NULL || strcmp(theirs, ours) != 0)
		return false;
	*dev = theirs;
	return true;
}

static bool
is_one_armed_v4(const struct place *p, const char **dev)
{
	return p->vs->family != AF_INET6 &&
	       any_masqueraded(p, is_beside_vip, dev);
}

/* ---- connections of servers that leave ---- */

static bool
ends_them(const struct place *p, const char **dev)
{
	(void)dev;
	return p->vs->on_down.what == ON_DOWN_EXPIRE ||
	       p->vs->on_down.what == ON_DOWN_DRAIN;
}

static bool
ends_templates(const struct place *p, const char **dev)
{
	return p->vs->persistence_timeout > 0 && ends_them(p, dev);
}

static bool
keeps_them(const struct place *p, const char **dev)
{
	(void)dev;
	return p->vs->on_down.what == ON_DOWN_KEEP;
}

static bool
keeps_templates(const struct place *p, const char **dev)
{
	return p->vs->persistence_timeout > 0 && keeps_them(p, dev);
}

/* Flows without an end of their own, and nobody said what shall become of
 * them. */
static bool
is_endless(const struct place *p, const char **dev)
{
	(void)dev;
	return p->vs->on_down.what == ON_DOWN_UNSET &&
	       p->vs->protocol == IPPROTO_UDP &&
	       (p->vs->flags & IP_VS_SVC_F_ONEPACKET) == 0;
}

static bool
is_persistent(const struct place *p, const char **dev)
{
	(void)dev;
	return p->vs->on_down.what == ON_DOWN_UNSET &&
	       p->vs->persistence_timeout > 0;
}

/* ---- a director that is a server, too ---- */

static bool
is_own(const struct sysctl_env *env, const struct addr *a)
{
	for (size_t i = 0; i < env->n_nic; i++)
		if (addr_is_equal(&env->nic[i].addr, a))
			return true;
	return false;
}

/* Is one of the servers that get packets as they came this machine? */
static bool
has_own_server(const struct place *p)
{
	CONF_FOREACH (const struct real_server_conf, rs, &p->vs->real_server)
		if (rs->lvs_method.method != IP_VS_CONN_F_MASQ &&
		    is_own(p->env, &rs->addr.addr))
			return true;
	return false;
}

/* Does the kernel know by the sync daemon's role whether it is the backup? */
static bool
is_role_known(const struct place *p)
{
	const struct lvs_sync_daemon_conf *d =
		&ipvs_conf_get(p->c)->lvs_sync_daemon;

	return d->interface != NULL && d->inst != NULL;
}

static bool
may_bounce(const struct place *p, const char **dev)
{
	(void)dev;
	return has_own_server(p) && is_role_known(p);
}

/* ---- the rules ---- */

#define EXPIRE_NODEST	"ipv4/vs/expire_nodest_conn"
#define EXPIRE_TEMPLATE "ipv4/vs/expire_quiescent_template"
#define REDIRECT                                                               \
	"masqueraded servers are on the interface of the clients: an ICMP "    \
	"redirect would lead their answers past this machine"

/* clang-format off */
static const struct rule rules[] = {
	{"ipv4/ip_forward", 1, 1, INT32_MAX, has_nat_v4,
	 "answers of masqueraded servers are forwarded by this machine"},
	{"ipv6/conf/all/forwarding", 1, 1, INT32_MAX, has_nat_v6,
	 "answers of masqueraded servers are forwarded by this machine"},
	{"ipv4/vs/conntrack", 1, 1, INT32_MAX, has_fullnat,
	 "without it FULLNAT is plain NAT: servers see the clients' addresses, and their answers do not come back"},
	/* The kernel sends them if either of the two is set. */
	{"ipv4/conf/all/send_redirects", 0, 0, 0, is_one_armed_v4, REDIRECT},
	{"ipv4/conf/%s/send_redirects", 0, 0, 0, is_one_armed_v4, REDIRECT},
	{EXPIRE_NODEST, 1, 1, INT32_MAX, ends_them,
	 "on_down: connections end when their server leaves"},
	{EXPIRE_TEMPLATE, 1, 1, INT32_MAX, ends_templates,
	 "on_down: persistent clients are free when their server leaves"},
	{EXPIRE_NODEST, 0, 0, 0, keeps_them,
	 "on_down keep: connections outlive their server"},
	{EXPIRE_TEMPLATE, 0, 0, 0, keeps_templates,
	 "on_down keep: persistent clients wait for their server"},
	{"ipv4/vs/backup_only", 1, 1, 1, may_bounce,
	 "this machine is one of the servers: as the backup it must answer what "
	 "the other director sends, not send it on"},
};
/* Nobody has asked for these: told only. */
static const struct rule advice[] = {
	{EXPIRE_NODEST, 1, 1, INT32_MAX, is_endless,
	 "UDP flows of a server that leaves are dropped until they pause; "
	 "say on_down expire, drain or keep"},
	{EXPIRE_TEMPLATE, 1, 1, INT32_MAX, is_persistent,
	 "persistent clients of a server that leaves stay with it; "
	 "say on_down expire, drain or keep"},
};
/* clang-format on */

static void
add_vips(const struct conf_list *list, struct vip_dev *out, size_t *n)
{
	CONF_FOREACH (const struct vip_conf, v, list) {
		if (out != NULL)
			out[*n] = (struct vip_dev){&v->addr, v->dev};
		*n += v->dev != NULL;
	}
}

/* With out NULL only counts. */
static size_t
list_vips(const struct conf *c, struct vip_dev *out)
{
	size_t n = 0;

	CONF_FOREACH (const struct vrrp_instance_conf, i,
		      &vrrp_conf_get(c)->vrrp_instance) {
		add_vips(&i->virtual_ipaddress, out, &n);
		add_vips(&i->virtual_ipaddress_excluded, out, &n);
	}
	return n;
}

static void
try_rule(const struct rule *r, const struct place *p, bool is_advice,
	 struct sysctl_needs *out)
{
	struct sysctl_need n = {.value = r->value,
				.min = r->min,
				.max = r->max,
				.why = r->why,
				.is_advice = is_advice,
				.n_who = 1};
	const char *dev = NULL, *mark = strstr(r->path, "%s");

	if (!r->find(p, &dev))
		return;
	if (mark == NULL)
		str_fill(n.path, sizeof(n.path), r->path);
	else
		(void)snprintf(n.path, sizeof(n.path), "%.*s%s%s",
			       (int)(mark - r->path), r->path, dev, mark + 2);
	(void)snprintf(n.who, sizeof(n.who), "virtual_server %s",
		       p->vs->obj.name);
	sysctl_needs_add(out, &n);
}

void
sysctl_needs_make(const struct conf *c, const struct sysctl_env *env,
		  struct sysctl_needs *out)
{
	size_t n = list_vips(c, NULL);
	CLEANUP_FREE struct vip_dev *vip = xcalloc(n + 1, sizeof(*vip));
	struct place p = {.c = c, .env = env, .vip = vip};

	p.n_vip = list_vips(c, vip);
	qsort(vip, p.n_vip, sizeof(*vip), compare_vip);
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &check_conf_get(c)->virtual_server) {
		p.vs = vs;
		for (size_t i = 0; i < ARRAY_LEN(rules); i++)
			try_rule(&rules[i], &p, false, out);
	}
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &check_conf_get(c)->virtual_server) {
		p.vs = vs;
		for (size_t i = 0; i < ARRAY_LEN(advice); i++)
			try_rule(&advice[i], &p, true, out);
	}
}

/* ---- lists ---- */

const struct sysctl_need *
sysctl_needs_find(const struct sysctl_needs *s, const char *path)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->need[i].path, path) == 0)
			return &s->need[i];
	return NULL;
}

void
sysctl_needs_add(struct sysctl_needs *s, const struct sysctl_need *n)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->need[i].path, n->path) == 0) {
			if (s->need[i].value == n->value &&
			    s->need[i].is_advice == n->is_advice)
				s->need[i].n_who += n->n_who;
			return;
		}
	if (s->n == s->room) {
		s->room = s->room * 2 + 8;
		s->need = xrealloc(s->need, s->room * sizeof(*s->need));
	}
	s->need[s->n++] = *n;
}

void
sysctl_needs_fini(struct sysctl_needs *s)
{
	free(s->need);
	*s = SYSCTL_NEEDS_INIT;
}

/* ---- words ---- */

bool
sysctl_need_is_met(const struct sysctl_need *n, int32_t have)
{
	return have >= n->min && have <= n->max;
}

const char *
sysctl_name(const char *path, char *buf, size_t size)
{
	(void)snprintf(buf, size, "net.%s", path);
	/* A dot of an interface's name becomes the slash. */
	for (size_t i = 4; i < size && buf[i] != '\0'; i++)
		buf[i] = (char)(buf[i] == '/'	? '.'
				: buf[i] == '.' ? '/'
						: buf[i]);
	return buf;
}

const char *
sysctl_need_explain(const struct sysctl_need *n, char *buf, size_t size)
{
	if (n->n_who > 1)
		(void)snprintf(buf, size, "%s (%s and %u more)", n->why, n->who,
			       n->n_who - 1);
	else
		(void)snprintf(buf, size, "%s (%s)", n->why, n->who);
	return buf;
}
