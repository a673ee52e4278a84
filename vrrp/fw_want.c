/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the firewall is to hold; see fw_want.h.  Pure. */
#include "vrrp/fw_want.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/util.h"
#include "parser/schema.h"
#include "vrrp/conf.h"

#define DEFAULT_TABLE "keepalived"
#define DEFAULT_SET   "keepalived"
#define OWNER	      255

/* ---- names ---- */

static const char *
word(const struct conf_words *w, uint32_t i)
{
	return i < w->n ? w->word[i] : NULL;
}

static void
name_chains(const struct vrrp_global_conf *g, struct fw_want *out)
{
	const struct conf_words *w = &g->vrrp_iptables;

	if (w->n == 0) {
		str_fill(out->chain_in, FW_NAME_LEN, "INPUT");
		str_fill(out->chain_out, FW_NAME_LEN, "OUTPUT");
		return;
	}
	str_fill(out->chain_in, FW_NAME_LEN, w->word[0]);
	if (w->n > 1)
		str_fill(out->chain_out, FW_NAME_LEN, w->word[1]);
}

/* A name that is not given comes from the first one. */
static void
name_sets(const struct vrrp_global_conf *g, struct fw_want *out)
{
	static const char *const suffix[FW_SET_COUNT] = {
		[FW_SET_VIPS4] = "",	 [FW_SET_VIPS6] = "6",
		[FW_SET_LINK6] = "_if6", [FW_SET_IGMP] = "_igmp",
		[FW_SET_MLD] = "_mld",	 [FW_SET_ND] = "_nd",
	};
	const char *first = word(&g->vrrp_ipsets, 0);

	if (first == NULL)
		first = DEFAULT_SET;
	for (uint32_t i = 0; i < FW_SET_COUNT; i++) {
		const char *given = word(&g->vrrp_ipsets, i);
		size_t room = FW_NAME_LEN - 1 - strlen(suffix[i]);
		int len = (int)strnlen(first, room);

		if (given != NULL)
			str_fill(out->set[i], FW_NAME_LEN, given);
		else
			(void)snprintf(out->set[i], FW_NAME_LEN, "%.*s%s", len,
				       first, suffix[i]);
	}
}

static void
choose(const struct vrrp_conf *c, const struct fw_env *env, struct fw_want *out)
{
	const struct conf_obj *o = &c->global_defs;
	const struct vrrp_global_conf *g = &c->global;
	bool wants_nft = conf_is_given(o, "nftables");
	bool wants_iptables = conf_is_given(o, "vrrp_iptables");

	str_fill(out->table, FW_NAME_LEN,
		 g->nftables != NULL ? g->nftables : DEFAULT_TABLE);
	out->priority = g->nftables_priority;
	out->by_index = g->nftables_ifindex;
	out->has_counters = g->nftables_counters;
	out->by = FW_BY_NFT;
	if (!wants_iptables || wants_nft || !env->has_iptables)
		return;
	out->by = FW_BY_IPTABLES;
	name_chains(g, out);
	/* The bare word says: without sets. */
	out->uses_sets = conf_is_given(o, "vrrp_ipsets") ? g->vrrp_ipsets.n > 0
							 : env->has_sets;
	name_sets(g, out);
}

/* ---- addresses ---- */

static bool
is_blocking(const struct vrrp_instance_conf *i)
{
	return !i->accept && i->priority != OWNER;
}

static size_t
count(const struct conf_list *list)
{
	size_t n = 0;

	CONF_FOREACH (const struct conf_obj, o, list)
		n++;
	return n;
}

/* Where an address lives: on the VMAC, if its instance has one there. */
static const char *
device_of(const struct vrrp_instance_conf *i, const struct vip_conf *v,
	  const struct fw_env *env)
{
	const char *dev = v->dev != NULL ? v->dev : i->interface;

	if (dev == NULL)
		return "";
	for (size_t k = 0; k < env->n_vmac; k++) {
		const struct fw_vmac *m = &env->vmac[k];

		if (strcmp(m->instance, i->obj.name) == 0 &&
		    strcmp(m->base, dev) == 0 &&
		    (m->family == 0 || m->family == v->addr.family))
			return m->name;
	}
	return dev;
}

static void
add_list(struct fw_want *out, const struct vrrp_instance_conf *i,
	 const struct conf_list *list, const struct fw_env *env)
{
	CONF_FOREACH (const struct vip_conf, v, list) {
		struct fw_block *b = &out->block[out->n_block++];

		*b = (struct fw_block){.addr = v->addr};
		if (v->addr.family == AF_INET6 && addr_is_linklocal(&v->addr))
			str_fill(b->dev, sizeof(b->dev), device_of(i, v, env));
	}
}

static int
compare_blocks(const void *pa, const void *pb)
{
	const struct fw_block *a = pa, *b = pb;
	int r = addr_compare(&a->addr, &b->addr);

	return r != 0 ? r : strcmp(a->dev, b->dev);
}

static int
compare_vmacs(const void *pa, const void *pb)
{
	const struct fw_vmac *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

static void
sort(struct fw_want *w)
{
	size_t n = 0;

	if (w->n_block > 0)
		qsort(w->block, w->n_block, sizeof(*w->block), compare_blocks);
	for (size_t i = 0; i < w->n_block; i++)
		if (n == 0 ||
		    compare_blocks(&w->block[n - 1], &w->block[i]) != 0)
			w->block[n++] = w->block[i];
	w->n_block = n;
	n = 0;
	if (w->n_vmac > 0)
		qsort(w->vmac, w->n_vmac, sizeof(*w->vmac), compare_vmacs);
	for (size_t i = 0; i < w->n_vmac; i++)
		if (n == 0 || compare_vmacs(&w->vmac[n - 1], &w->vmac[i]) != 0)
			w->vmac[n++] = w->vmac[i];
	w->n_vmac = n;
}

static void
make_room(struct fw_want *w, size_t n_block, size_t n_vmac, struct arena *arena)
{
	w->block = arena_alloc(arena, (n_block + 1) * sizeof(*w->block));
	w->vmac = arena_alloc(arena, (n_vmac + 1) * sizeof(*w->vmac));
	w->n_block = w->n_vmac = 0;
}

static void
add_all(struct fw_want *w, const struct fw_block *block, size_t n_block,
	const struct fw_vmac *vmac, size_t n_vmac)
{
	for (size_t i = 0; i < n_block; i++)
		w->block[w->n_block++] = block[i];
	for (size_t i = 0; i < n_vmac; i++) {
		if (!vmac[i].has_mac)
			continue;
		w->vmac[w->n_vmac] = vmac[i];
		w->vmac[w->n_vmac++].instance = "";
	}
}

void
fw_want_make(const struct vrrp_conf *c, const struct fw_env *env,
	     struct arena *arena, struct fw_want *out)
{
	size_t n = 0;

	*out = (struct fw_want){.by = FW_BY_NONE};
	choose(c, env, out);
	CONF_FOREACH (const struct vrrp_instance_conf, i, &c->vrrp_instance)
		n += count(&i->virtual_ipaddress) +
		     count(&i->virtual_ipaddress_excluded);
	make_room(out, n, env->n_vmac, arena);
	CONF_FOREACH (const struct vrrp_instance_conf, i, &c->vrrp_instance) {
		if (!is_blocking(i))
			continue;
		add_list(out, i, &i->virtual_ipaddress, env);
		add_list(out, i, &i->virtual_ipaddress_excluded, env);
	}
	add_all(out, NULL, 0, env->vmac, env->n_vmac);
	sort(out);
	if (out->n_block == 0 && out->n_vmac == 0)
		out->by = FW_BY_NONE;
}

/* ---- comparing and joining ---- */

void
fw_want_copy(const struct fw_want *a, struct arena *arena, struct fw_want *out)
{
	struct fw_want w = *a;

	make_room(&w, a->n_block, a->n_vmac, arena);
	add_all(&w, a->block, a->n_block, a->vmac, a->n_vmac);
	*out = w;
}

void
fw_want_join(const struct fw_want *a, const struct fw_want *b,
	     struct arena *arena, struct fw_want *out)
{
	struct fw_want w = *b;

	make_room(&w, a->n_block + b->n_block, b->n_vmac, arena);
	add_all(&w, b->block, b->n_block, b->vmac, b->n_vmac);
	add_all(&w, a->block, a->n_block, NULL, 0);
	sort(&w);
	if (w.by == FW_BY_NONE)
		w.n_block = w.n_vmac = 0;
	*out = w;
}

static bool
are_sets_equal(const struct fw_want *a, const struct fw_want *b)
{
	for (size_t i = 0; i < FW_SET_COUNT; i++)
		if (strcmp(a->set[i], b->set[i]) != 0)
			return false;
	return a->uses_sets == b->uses_sets;
}

static bool
is_way_equal(const struct fw_want *a, const struct fw_want *b)
{
	return a->by == b->by && strcmp(a->table, b->table) == 0 &&
	       a->priority == b->priority && a->by_index == b->by_index &&
	       a->has_counters == b->has_counters &&
	       strcmp(a->chain_in, b->chain_in) == 0 &&
	       strcmp(a->chain_out, b->chain_out) == 0 && are_sets_equal(a, b);
}

bool
fw_want_is_equal(const struct fw_want *a, const struct fw_want *b)
{
	if (a->by == FW_BY_NONE && b->by == FW_BY_NONE)
		return true;
	if (!is_way_equal(a, b) || a->n_block != b->n_block ||
	    a->n_vmac != b->n_vmac)
		return false;
	for (size_t i = 0; i < a->n_block; i++)
		if (compare_blocks(&a->block[i], &b->block[i]) != 0)
			return false;
	for (size_t i = 0; i < a->n_vmac; i++)
		if (strcmp(a->vmac[i].name, b->vmac[i].name) != 0 ||
		    strcmp(a->vmac[i].base, b->vmac[i].base) != 0)
			return false;
	return true;
}

bool
fw_want_has_family(const struct fw_want *w, int family)
{
	if (w->n_vmac > 0)
		return true; /* it has both */
	for (size_t i = 0; i < w->n_block; i++)
		if (w->block[i].addr.family == family)
			return true;
	return false;
}
