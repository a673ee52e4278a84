/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * FULLNAT over the life of the daemon; see fullnat.h.
 */
#include "daemon/fullnat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "check/conf.h"
#include "check/fullnat_nft.h"
#include "check/fullnat_want.h"
#include "daemon/conf_global.h"
#include "daemon/engines.h"
#include "daemon/netns.h"
#include "daemon/nft_keep.h"
#include "daemon/super.h"
#include "lib/arena.h"
#include "lib/event.h"
#include "lib/log.h"
#include "lib/util.h"
#include "vrrp/conf.h"

#define TABLE "duumvir_fullnat"
/* Addresses may be configured at this very moment; IPv6 ones are probed. */
#define LOOK_DELAY SEC(5)

struct fullnat {
	struct super *s;
	struct nft_keep_conf keep_conf;
	struct nft_keep *keep;
	struct ev_timer look; /* are the addresses here? */
	char *netns;
};

static void
write_tables(struct nft_batch *b, const void *want, bool with_six)
{
	fullnat_nft_write(b, want, with_six);
}

static void
set(struct fullnat *f, const struct conf *c, const struct conf *old)
{
	const struct check_conf *was = old != NULL ? check_conf_get(old) : NULL;
	struct arena *arena = arena_new();
	struct fullnat_want w;

	fullnat_want_make(check_conf_get(c), was, arena, &w);
	/* What fails is said there, and tried again. */
	(void)nft_keep_set(f->keep, w.n_pairs > 0 ? &w : NULL);
	if (w.n_groups > 0)
		ev_timer_at(&f->look, monotime_add(monotime_now(), LOOK_DELAY));
	arena_free(arena);
}

static bool
is_wanted(const struct fullnat *f, const struct conf *c)
{
	return engines_is_wanted(engines_find(PROC_IPVS), f->s->opt, c);
}

void
fullnat_begin(struct fullnat *f, const struct conf *next)
{
	if (f != NULL && is_wanted(f, next))
		set(f, next, f->s->conf);
}

void
fullnat_settle(struct fullnat *f)
{
	if (f == NULL || f->s->conf == NULL)
		return;
	if (is_wanted(f, f->s->conf))
		set(f, f->s->conf, NULL);
	else
		(void)nft_keep_set(f->keep, NULL); /* tried again */
}

void
fullnat_stop(struct fullnat *f)
{
	ev_timer_stop(&f->look);
	(void)nft_keep_set(f->keep, NULL); /* said */
}

/* ---- are the addresses here? ---- */

static bool
is_among(const struct conf_list *list, const struct addr *a)
{
	CONF_FOREACH (const struct vip_conf, v, list)
		if (addr_is_equal(&v->addr, a))
			return true;
	return false;
}

/* A backup does not have it, and sends nothing. */
static bool
is_virtual(const struct conf *c, const struct addr *a)
{
	CONF_FOREACH (const struct vrrp_instance_conf, i,
		      &vrrp_conf_get(c)->vrrp_instance)
		if (is_among(&i->virtual_ipaddress, a) ||
		    is_among(&i->virtual_ipaddress_excluded, a))
			return true;
	return false;
}

/* Only what is here can be bound (a local route will do, too). */
static bool
is_here(const struct addr *a)
{
	const struct addr_port ap = {.addr = *a};
	struct sockaddr_storage ss;
	socklen_t len = addr_port_to_sockaddr(&ap, &ss);
	CLEANUP_FD int fd = socket(a->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 || bind(fd, (struct sockaddr *)&ss, len) == 0 ||
	       errno != EADDRNOTAVAIL;
}

static void
look_at(const struct conf *c, const struct fullnat_group *g)
{
	const struct addr *first = NULL;
	char text[ADDR_STR_LEN], more[48] = "";
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		if (is_here(&g->addr[i]) || is_virtual(c, &g->addr[i]))
			continue;
		if (n++ == 0)
			first = &g->addr[i];
	}
	if (n == 0)
		return;
	if (n > 1)
		(void)snprintf(more, sizeof(more), " (and %zu more)", n - 1);
	log_warn("local_address_group %s: %s%s is not an address of this "
		 "machine: the servers' answers to it are lost",
		 g->name, addr_print(first, text, sizeof(text)), more);
}

static void
on_look(void *arg, monotime_t now)
{
	struct fullnat *f = arg;
	struct fullnat_want w;
	struct arena *arena;
	int home;

	(void)now;
	if (f->s->conf == NULL || netns_visit(f->netns, &home) < 0)
		return;
	arena = arena_new();
	fullnat_want_make(check_conf_get(f->s->conf), NULL, arena, &w);
	for (size_t i = 0; i < w.n_groups; i++)
		look_at(f->s->conf, &w.group[i]);
	arena_free(arena);
	netns_return(&home);
}

/* ---- life ---- */

struct fullnat *
fullnat_new(struct super *s, const struct conf *c)
{
	const char *netns = daemon_conf_get(c)->net_namespace_ipvs;
	struct fullnat *f = xcalloc(1, sizeof(*f));

	f->s = s;
	f->netns = netns != NULL ? xstrdup(netns) : NULL;
	f->keep_conf = (struct nft_keep_conf){.table = TABLE,
					      .what = "FULLNAT",
					      .netns = f->netns,
					      .write = write_tables};
	f->keep = nft_keep_new(s->loop, &f->keep_conf);
	ev_timer_init(&f->look, s->loop, on_look, f);
	return f;
}

void
fullnat_free(struct fullnat *f)
{
	if (f == NULL)
		return;
	ev_timer_fini(&f->look);
	nft_keep_free(f->keep);
	free(f->netns);
	free(f);
}
