/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Who drains, and how long; see drain.h. */
#include "check/drain.h"

#include <stddef.h>
#include <string.h>

#include "check/name.h"
#include "check/sched.h"
#include "lib/log.h"
#include "lib/util.h"

bool
drain_is_on(const struct service *s)
{
	return s->conf->on_down.what == ON_DOWN_DRAIN;
}

nsec_t
drain_rest(const struct leaver *l, monotime_t now)
{
	return l->service->conf->on_down.drain - monotime_sub(now, l->left);
}

static const char *
name_of(const struct leaver *l, char buf[static SERVER_NAME_LEN])
{
	return server_name(&l->want.addr, l->service->conf->protocol, buf);
}

/* The supervisor remembers it, or forgets it. */
static void
report(const struct leaver *l, bool is_over)
{
	const struct service *s = l->service;
	const struct dest_want *w = &l->want;
	struct msg_rs_drain m;

	memset(&m, 0, sizeof(m));
	memcpy(m.vs, s->name, sizeof(m.vs));
	m.protocol = s->conf->protocol;
	m.addr = w->addr.addr;
	m.port = w->addr.port;
	m.is_over = is_over;
	m.fwd_method = w->fwd_method;
	m.u_threshold = w->u_threshold;
	m.l_threshold = w->l_threshold;
	m.tun_type = w->tun_type;
	m.tun_port = w->tun_port;
	m.tun_flags = w->tun_flags;
	m.left = l->left.ns;
	check_out_send(s->env->out, PROC_SUPER, MSG_RS_DRAIN, &m);
}

static bool
is_same(const struct dest_want *a, const struct dest_want *b)
{
	return a->addr.port == b->addr.port && a->fwd_method == b->fwd_method &&
	       addr_is_equal(&a->addr.addr, &b->addr.addr);
}

/* NULL: it cannot. */
static struct leaver *
add(struct service *s, const struct dest_want *want, monotime_t left)
{
	struct leaver *l;

	TAILQ_FOREACH (l, &s->leaving, link)
		if (is_same(&l->want, want))
			return l;
	if (s->n_leaving >= DRAIN_MAX)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->service = s;
	l->want = *want;
	l->want.weight = 0;
	l->left = left;
	TAILQ_INSERT_TAIL(&s->leaving, l, link);
	s->n_leaving++;
	heap_set(s->env->drains, &l->timer,
		 monotime_add(left, s->conf->on_down.drain));
	return l;
}

static void
del(struct leaver *l)
{
	heap_remove(l->service->env->drains, &l->timer);
	TAILQ_REMOVE(&l->service->leaving, l, link);
	l->service->n_leaving--;
	free(l);
}

void
drain_begin(struct service *s, const struct dest_want *told, monotime_t now)
{
	char name[SERVER_NAME_LEN];
	struct leaver *l;

	if (!drain_is_on(s))
		return;
	l = add(s, told, now);
	if (l == NULL) {
		log_warn("VS %s has more than %d servers that drain: %s is "
			 "deleted at once",
			 s->name, DRAIN_MAX,
			 server_name(&told->addr, s->conf->protocol, name));
		return;
	}
	report(l, false);
	log_notice("Draining service %s of VS %s: weight 0 for %.1f s, then it "
		   "is deleted",
		   name_of(l, name), s->name,
		   (double)drain_rest(l, now) / (double)SEC(1));
}

void
drain_inherit(struct service *s, const struct service *old, monotime_t now)
{
	const struct leaver *was;

	TAILQ_FOREACH (was, &old->leaving, link)
		if (drain_is_on(s) &&
		    monotime_sub(now, was->left) < s->conf->on_down.drain)
			(void)add(s, &was->want, was->left); /* room for all */
		else
			report(was, true);
}

void
drain_hint(struct service *s, const struct msg_rs_drain *m, monotime_t now)
{
	struct dest_want w = {.addr = {m->addr, m->port},
			      .fwd_method = m->fwd_method,
			      .u_threshold = m->u_threshold,
			      .l_threshold = m->l_threshold,
			      .tun_type = (uint8_t)m->tun_type,
			      .tun_port = m->tun_port,
			      .tun_flags = m->tun_flags,
			      .is_present = true};
	nsec_t since = now.ns - m->left;

	if (drain_is_on(s) && since >= 0 && since < s->conf->on_down.drain)
		(void)add(s, &w, (monotime_t){m->left}); /* room as before */
}

struct leaver *
drain_find(const struct service *s, const struct msg_svc_key *key,
	   const struct msg_dest_key *dest)
{
	struct leaver *l;
	struct msg_dest_key k;

	TAILQ_FOREACH (l, &s->leaving, link) {
		k = desired_dest_key(key, &l->want);
		if (memcmp(&k, dest, sizeof(k)) == 0)
			return l;
	}
	return NULL;
}

void
drain_end(struct leaver *l)
{
	report(l, true);
	del(l);
}

void
drain_end_all(struct service *s, bool is_for_good)
{
	while (!TAILQ_EMPTY(&s->leaving)) {
		if (is_for_good)
			report(TAILQ_FIRST(&s->leaving), true);
		del(TAILQ_FIRST(&s->leaving));
	}
}

/* ---- time ---- */

monotime_t
drain_next(const struct heap *drains)
{
	const struct heap_node *n = heap_first(drains);

	return n == NULL ? MONOTIME_NEVER : sched_wakeup(n->at);
}

void
drain_run(struct heap *drains, void (*on_over)(struct leaver *l),
	  monotime_t now)
{
	struct heap_node *n;

	while ((n = heap_first(drains)) != NULL && !monotime_before(now, n->at))
		on_over((struct leaver *)((char *)n -
					  offsetof(struct leaver, timer)));
}
