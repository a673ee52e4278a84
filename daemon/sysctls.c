/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sysctls over the daemon's life; see sysctls.h. */
#include "daemon/sysctls.h"

#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf_global.h"
#include "daemon/super.h"
#include "daemon/sysctl_keep.h"
#include "daemon/sysctl_need.h"
#include "lib/event.h"
#include "lib/util.h"

/* So often is looked whether somebody changed one ... */
#define LOOK_INTERVAL SEC(10)
/* ... or whether the module came that brings its own, so many times. */
#define AWAIT_INTERVAL SEC(1)
#define AWAIT_TIMES    60
#define NICS_MAX       4096

struct sysctls {
	const struct options *opt;
	struct sysctl_keep *keep;
	struct sysctl_needs needs;
	bool may_set;
	unsigned awaited;
	struct ev_timer timer;
};

/* ---- the networks of this machine ---- */

static bool
take_nic(const struct ifaddrs *i, struct sysctl_nic *out)
{
	struct addr_port a, mask;
	unsigned len = 0;

	if (i->ifa_addr == NULL || i->ifa_netmask == NULL ||
	    addr_port_from_sockaddr(i->ifa_addr, sizeof(struct sockaddr_in6),
				    &a) < 0 ||
	    addr_port_from_sockaddr(i->ifa_netmask, sizeof(struct sockaddr_in6),
				    &mask) < 0)
		return false;
	while (len < addr_len(&mask.addr) * 8 &&
	       (mask.addr.bytes[len / 8] >> (7 - len % 8) & 1) != 0)
		len++;
	str_fill(out->name, sizeof(out->name), i->ifa_name);
	out->addr = a.addr;
	out->prefix_len = (uint8_t)len;
	return true;
}

/* Returns how many; *out is malloc'ed. */
static size_t
list_nics(struct sysctl_nic **out)
{
	struct ifaddrs *list = NULL;
	size_t n = 0;

	*out = xcalloc(NICS_MAX, sizeof(**out));
	if (getifaddrs(&list) < 0)
		return 0; /* no interface is known: no rule about them */
	for (struct ifaddrs *i = list; i != NULL && n < NICS_MAX;
	     i = i->ifa_next)
		n += take_nic(i, &(*out)[n]);
	freeifaddrs(list);
	return n;
}

/* ---- looking ---- */

static void
look(struct sysctls *x, bool is_news)
{
	size_t missing =
		sysctl_keep_check(x->keep, &x->needs, x->may_set, is_news);
	nsec_t next = LOOK_INTERVAL;

	if (x->needs.n == 0) {
		ev_timer_stop(&x->timer);
		return;
	}
	if (is_news || missing == 0)
		x->awaited = 0;
	if (missing > 0 && x->awaited < AWAIT_TIMES) {
		x->awaited++;
		next = AWAIT_INTERVAL;
	}
	ev_timer_at(&x->timer, monotime_add(monotime_now(), next));
}

static void
on_timer(void *arg, monotime_t now)
{
	(void)now;
	look(arg, false);
}

static void
make_needs(struct sysctls *x, const struct conf *c)
{
	CLEANUP_FREE struct sysctl_nic *nic = NULL;
	struct sysctl_env env = {0};

	sysctl_needs_fini(&x->needs);
	if (!engines_is_wanted(engines_find(PROC_IPVS), x->opt, c) ||
	    !sysctl_keep_enter(x->keep))
		return;
	env.n_nic = list_nics(&nic);
	env.nic = nic;
	sysctl_keep_leave(x->keep);
	sysctl_needs_make(c, &env, &x->needs);
}

void
sysctls_begin(struct sysctls *x, const struct conf *next)
{
	if (x == NULL)
		return;
	x->may_set = daemon_conf_get(next)->manage_sysctl;
	make_needs(x, next);
	look(x, true);
}

void
sysctls_settle(struct sysctls *x)
{
	if (x == NULL)
		return;
	sysctl_keep_settle(x->keep, x->may_set ? &x->needs : NULL);
	/* What was just given back may still be needed. */
	look(x, false);
}

void
sysctls_stop(struct sysctls *x)
{
	ev_timer_stop(&x->timer);
	sysctl_keep_settle(x->keep, NULL);
}

/* ---- life ---- */

struct sysctls *
sysctls_new(struct super *s, const struct conf *c)
{
	struct sysctls *x = xcalloc(1, sizeof(*x));
	CLEANUP_FREE char *path = pidfile_beside(&s->pidfile, ".sysctl");

	x->opt = s->opt;
	x->keep = sysctl_keep_new(path, daemon_conf_get(c)->net_namespace_ipvs);
	ev_timer_init(&x->timer, s->loop, on_timer, x);
	return x;
}

void
sysctls_free(struct sysctls *x)
{
	if (x == NULL)
		return;
	ev_timer_fini(&x->timer);
	sysctl_needs_fini(&x->needs);
	sysctl_keep_free(x->keep);
	free(x);
}
