/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a real server must hold; see rs_want.h. */
#include "daemon/rs_want.h"

#include <stdlib.h>
#include <string.h>

#include "check/conf.h"
#include "check/conf_forward.h"
#include "daemon/conf_global.h"
#include "lib/addr_range.h"
#include "lib/arena.h"

#define LABEL_LEN 128

struct making {
	const struct check_conf *check;
	const struct realserver_conf *words;
	const struct addr *own;
	size_t n_own;
	struct arena *arena;
	struct rs_want *out;
	unsigned inner; /* of the virtual server at hand */
	bool is_full;
};

const char *
rs_kind_name(enum rs_kind kind)
{
	static const char *const name[RS_KINDS] = {
		[RS_IPIP] = "ipip",	[RS_SIT] = "sit",
		[RS_IP6TNL] = "ip6tnl", [RS_GRE] = "gre",
		[RS_IP6GRE] = "ip6gre",
	};

	return name[kind];
}

static void
note(struct making *m, const char *text)
{
	struct rs_want *w = m->out;

	for (size_t i = 0; i < w->n_notes; i++)
		if (strcmp(w->note[i], text) == 0)
			return;
	if (w->n_notes < RS_NOTES_MAX)
		w->note[w->n_notes++] = text;
}

/* ---- virtual addresses ---- */

static unsigned
inner_of(int family)
{
	return family == AF_INET6 ? RS_INNER_V6 : RS_INNER_V4;
}

static void
add_vips(void *arg, const struct virtual_server_conf *vs,
	 const struct addr *first, const struct addr *last)
{
	struct making *m = arg;
	struct rs_want *w = m->out;
	size_t room = RS_VIPS_MAX - w->n_vips;
	size_t n = addr_range_count(first, last, room);
	struct addr a = *first;

	m->inner |= inner_of(first->family);
	m->is_full |= n > room;
	for (size_t i = 0; i < n && i < room; i++) {
		w->vip[w->n_vips++] = (struct rs_vip){.addr = a, .vs = vs};
		a = addr_next(a);
	}
}

static int
compare_vips(const void *a, const void *b)
{
	const struct rs_vip *x = a, *y = b;

	return addr_compare(&x->addr, &y->addr);
}

/* In order, each once. */
static void
settle_vips(struct making *m)
{
	struct rs_want *w = m->out;
	size_t n = 0;

	if (m->is_full)
		note(m, arena_printf(m->arena,
				     "more than %d virtual addresses: the rest "
				     "is not set up; a local route holds a "
				     "whole prefix (ip route add local PREFIX "
				     "dev lo)",
				     RS_VIPS_MAX));
	if (w->n_vips > 0)
		qsort(w->vip, w->n_vips, sizeof(w->vip[0]), compare_vips);
	for (size_t i = 0; i < w->n_vips; i++)
		if (n == 0 || compare_vips(&w->vip[n - 1], &w->vip[i]) != 0)
			w->vip[n++] = w->vip[i];
	w->n_vips = n;
}

/* ---- tunnels ---- */

static void
add_tunnel(struct making *m, const struct forward *f, enum rs_kind kind,
	   unsigned inner)
{
	struct rs_want *w = m->out;
	char label[LABEL_LEN], text[ADDR_STR_LEN];

	if (inner == 0)
		return;
	for (size_t i = 0; i < w->n_tunnels; i++) {
		struct rs_tunnel *t = &w->tunnel[i];

		if (t->kind != kind || !addr_is_equal(&t->local, &f->server))
			continue;
		t->inner |= inner;
		if (f->method == FORWARD_GRE && t->has_csum != f->has_csum)
			note(m,
			     arena_printf(
				     m->arena,
				     "%s: gre to %s %s checksum, but that "
				     "of another service %s: one device "
				     "cannot take both",
				     forward_label(f->vs, label, sizeof(label)),
				     addr_print(&f->server, text, sizeof(text)),
				     f->has_csum ? "with" : "without",
				     t->has_csum ? "with" : "without"));
		return;
	}
	if (w->n_tunnels == RS_TUNNELS_MAX) {
		note(m, "too many addresses of this machine are ends of "
			"tunnels: the rest is not set up");
		return;
	}
	w->tunnel[w->n_tunnels++] = (struct rs_tunnel){
		.kind = kind,
		.local = f->server,
		.inner = inner,
		.has_csum = f->method == FORWARD_GRE && f->has_csum,
	};
}

static void
add_fou(struct making *m, const struct forward *f)
{
	struct rs_want *w = m->out;

	for (size_t i = 0; i < w->n_fous; i++)
		if (w->fou[i].family == f->server.family &&
		    w->fou[i].port == f->port)
			return;
	if (w->n_fous == RS_FOUS_MAX) {
		note(m, "too many ports of gue: the rest is not set up");
		return;
	}
	w->fou[w->n_fous++] =
		(struct rs_fou){.family = f->server.family, .port = f->port};
}

/* What comes out of GUE is what comes without it: IP in IP. */
static void
add_ends(struct making *m, const struct forward *f)
{
	bool is_v6 = f->server.family == AF_INET6;

	switch (f->method) {
	case FORWARD_OTHER:
	case FORWARD_DIRECT:
		return;
	case FORWARD_GRE:
		add_tunnel(m, f, is_v6 ? RS_IP6GRE : RS_GRE, m->inner);
		return;
	case FORWARD_GUE:
		add_fou(m, f);
		break;
	case FORWARD_IPIP:
		break;
	}
	if (is_v6) {
		add_tunnel(m, f, RS_IP6TNL, m->inner);
		return;
	}
	add_tunnel(m, f, RS_IPIP, m->inner & RS_INNER_V4);
	add_tunnel(m, f, RS_SIT, m->inner & RS_INNER_V6);
}

/* ---- who is meant ---- */

static bool
is_own(const struct making *m, const struct addr *a)
{
	for (size_t i = 0; i < m->n_own; i++)
		if (addr_is_equal(&m->own[i], a))
			return true;
	CONF_FOREACH (const struct addr_range_conf, r, &m->words->address)
		if (addr_is_equal(&r->first, a))
			return true;
	return false;
}

static void
on_mark(struct making *m, const struct forward *f)
{
	char label[LABEL_LEN];

	m->inner |=
		inner_of(f->vs->family != 0 ? f->vs->family : f->server.family);
	if (STAILQ_EMPTY(&m->words->virtual_address))
		note(m,
		     arena_printf(m->arena,
				  "%s names this machine, but a firewall "
				  "mark does not tell its addresses: give "
				  "them as virtual_address in "
				  "realserver { }",
				  forward_label(f->vs, label, sizeof(label))));
}

static void
on_forward(void *arg, const struct forward *f)
{
	struct making *m = arg;

	if (f->method == FORWARD_OTHER || !is_own(m, &f->server))
		return;
	m->out->is_named = true;
	m->inner = 0;
	if (forward_each_vip(m->check, f->vs, add_vips, m))
		on_mark(m, f);
	add_ends(m, f);
}

void
rs_want_make(const struct conf *conf, const struct addr *own, size_t n_own,
	     struct arena *arena, struct rs_want *out)
{
	const struct realserver_conf *words =
		&daemon_conf_get(conf)->realserver;
	struct making m = {.check = check_conf_get(conf),
			   .words = words,
			   .own = own,
			   .n_own = n_own,
			   .arena = arena,
			   .out = out};

	*out = (struct rs_want){.ifname = words->interface};
	out->vip = arena_alloc(arena, RS_VIPS_MAX * sizeof(out->vip[0]));
	forward_each(m.check, on_forward, &m);
	CONF_FOREACH (const struct addr_range_conf, r, &words->virtual_address)
		add_vips(&m, NULL, &r->first, &r->last);
	settle_vips(&m);
}

bool
rs_want_has_family(const struct rs_want *w, int family)
{
	for (size_t i = 0; i < w->n_vips; i++)
		if (w->vip[i].addr.family == family)
			return true;
	return false;
}
