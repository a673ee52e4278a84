/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One route or rule in the kernel; see kobj.h. */
#include "vrrp/kobj.h"

#include <string.h>

#include "lib/util.h"
#include "vrrp/iface.h"
#include "vrrp/reconcile.h"
#include "vrrp/route_mirror.h"

enum kobj_op_kind
kobj_reconcile(const struct kobj_view *v)
{
	if (v->is_wanted && !v->is_ready)
		return KOBJ_OP_NONE; /* it comes with its interfaces */
	if (v->is_wanted && v->is_torn)
		return KOBJ_OP_RENEW;
	if (v->is_wanted)
		return v->state == KOBJ_PRESENT ? KOBJ_OP_NONE : KOBJ_OP_ADD;
	if (v->state == KOBJ_ABSENT || !v->is_known || !v->may_delete)
		return KOBJ_OP_NONE;
	return KOBJ_OP_DEL;
}

uint32_t
kobj_key_make(const struct kobj_msg *m, char *buf)
{
	uint32_t n = 0;

	buf[n++] = (char)m->kind;
	buf[n++] = (char)(m->add_flags >> 8);
	memcpy(buf + n, m->data, m->len);
	n += m->len;
	for (uint32_t i = 0; i < m->n_links; i++) {
		memcpy(buf + n, m->link[i].name, IFNAMSIZ);
		n += IFNAMSIZ;
	}
	return n;
}

static void *
copy_of(const void *p, size_t len)
{
	void *c = xcalloc(1, len + 1);

	if (len > 0)
		memcpy(c, p, len);
	return c;
}

struct kobj *
kobj_new(const struct kobj_msg *m, const char *text)
{
	char key[KOBJ_KEY_MAX];
	struct kobj *k = xcalloc(1, sizeof(*k));

	*k = (struct kobj){
		.kind = m->kind,
		.add_flags = m->add_flags,
		.protocol = m->protocol,
		.dst = m->dst,
		.dst_len = m->dst_len,
		.preference = m->preference,
		.metric = m->metric,
		.n_legs = m->n_legs,
		.len = m->len,
		.n_links = m->n_links,
		.data = copy_of(m->data, m->len),
		.link = copy_of(m->link, m->n_links * sizeof(m->link[0])),
		.text = xstrdup(text),
		.retry_at = MONOTIME_NEVER,
		.put_back = {.interval = SEC(1), .burst = PUT_BACK_BURST},
	};
	k->key_len = kobj_key_make(m, key);
	k->key = copy_of(key, k->key_len);
	TAILQ_INIT(&k->refs);
	return k;
}

void
kobj_free(struct kobj *k, struct route_mirror *mirror)
{
	if (k == NULL)
		return;
	route_mirror_unwatch(mirror, k->watch);
	free(k->data);
	free(k->link);
	free(k->key);
	free(k->text);
	free(k);
}

/* What stays in the kernel under numbers that are no longer meant. */
static struct kobj *
past_of(const struct kobj *k)
{
	struct kobj *was = xcalloc(1, sizeof(*was));

	*was = *k;
	was->data = copy_of(k->data, k->len);
	was->link = copy_of(k->link, k->n_links * sizeof(k->link[0]));
	was->key = copy_of(k->key, k->key_len);
	was->text = xstrdup(k->text);
	was->watch = NULL;
	was->n_wanted = was->n_tracked = 0;
	was->is_dirty = false;
	was->is_orphan = was->is_known = true;
	TAILQ_INIT(&was->refs);
	return was;
}

static uint32_t
number_of(const struct iface *i, const struct kobj_link *l)
{
	if (i == NULL)
		return 0;
	return l->is_table ? i->fact.vrf_table : i->fact.ifindex;
}

bool
kobj_resolve(struct kobj *k, const struct iface_table *t, struct kobj **was)
{
	bool is_moved = false;

	k->is_ready = k->is_known = true;
	for (uint32_t i = 0; i < k->n_links; i++) {
		const struct kobj_link *l = &k->link[i];
		const struct iface *f = iface_find(t, l->name);
		uint32_t now = number_of(f, l), before;

		if (l->is_name)
			continue;
		if (now == 0)
			k->is_known = false;
		if (now == 0 || !(f->fact.flags & IFF_UP))
			k->is_ready = false;
		memcpy(&before, k->data + l->offset, sizeof(before));
		if (before == now)
			continue;
		if (!is_moved && before != 0 && k->state != KOBJ_ABSENT) {
			*was = past_of(k);
			is_moved = true;
		}
		memcpy(k->data + l->offset, &now, sizeof(now));
		k->state = KOBJ_UNKNOWN;
	}
	return is_moved;
}

/* IPv6 loses single legs of a route and tells so. */
static bool
is_torn(const struct kobj *k)
{
	const struct route_leg *l;
	uint32_t n = 0;

	if (k->n_legs < 2 || k->dst.family != AF_INET6 || k->watch == NULL)
		return false;
	TAILQ_FOREACH (l, &k->watch->legs, link)
		n += l->fact.protocol == k->protocol &&
		     (k->metric == 0 || l->fact.metric == k->metric);
	return n > 0 && n < k->n_legs;
}

struct kobj_view
kobj_look(const struct kobj *k)
{
	return (struct kobj_view){
		.state = k->state,
		.is_wanted = k->n_wanted > 0,
		.is_ready = k->is_ready,
		.is_known = k->is_known,
		/* Our number says whose it is; another's number may be used
		 * by others as well. */
		.may_delete = k->protocol == VRRP_RTPROT || k->is_ours,
		.is_torn = is_torn(k),
	};
}
