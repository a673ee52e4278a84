/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Tracked objects and references to them; see track_table.h. */
#include "vrrp/track_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/util.h"
#include "vrrp/conf.h"

/* ---- objects ---- */

void
track_table_init(struct track_table *t)
{
	*t = (struct track_table){.all = NULL};
}

void
track_table_fini(struct track_table *t)
{
	struct track_obj *o, *next;

	HASH_ITER (hh, t->all, o, next) {
		HASH_DEL(t->all, o);
		free(o);
	}
}

static struct track_key
key_of(enum track_kind kind, const char *name)
{
	struct track_key k;

	memset(&k, 0, sizeof(k)); /* it is hashed as bytes */
	k.kind = kind;
	str_fill(k.name, sizeof(k.name), name);
	return k;
}

struct track_obj *
track_table_find(const struct track_table *t, enum track_kind kind,
		 const char *name)
{
	struct track_key k = key_of(kind, name);
	struct track_obj *o;

	HASH_FIND(hh, t->all, &k, sizeof(k), o);
	return o;
}

struct track_obj *
track_table_get(struct track_table *t, enum track_kind kind, const char *name,
		monotime_t now)
{
	struct track_obj *o = track_table_find(t, kind, name);

	if (o != NULL)
		return o;
	o = xcalloc(1, sizeof(*o));
	o->key = key_of(kind, name);
	o->state.level = TRACK_UNKNOWN;
	o->since = now;
	HASH_ADD(hh, t->all, key, sizeof(o->key), o);
	return o;
}

void
track_table_sweep(struct track_table *t)
{
	struct track_obj *o, *next;

	HASH_ITER (hh, t->all, o, next) {
		if (o->refs > 0)
			continue;
		HASH_DEL(t->all, o);
		free(o);
	}
}

bool
track_obj_set(struct track_obj *o, const struct track_state *st, monotime_t now)
{
	o->was_told = true;
	if (track_state_is_equal(&o->state, st))
		return false;
	o->state = *st;
	o->since = now;
	return true;
}

/* ---- references ---- */

static void
net_fill(struct track_net *n, const struct track_ref_conf *c)
{
	n->addr = c->addr;
	n->prefix_len = c->prefix_len;
	n->table = c->table;
	if (c->dev != NULL)
		str_fill(n->dev, sizeof(n->dev), c->dev);
	/* Asked as often as whoever wants it most often. */
	if (n->interval == 0 || c->interval < n->interval)
		n->interval = c->interval;
}

/* A neighbour is one of an interface. */
static const char *
name_of(const struct track_ref_conf *c, enum track_kind kind, char *buf,
	size_t size)
{
	char a[ADDR_STR_LEN];

	if (kind != TRACK_GATEWAY)
		return c->obj.name;
	(void)snprintf(buf, size, "%s dev %s",
		       addr_print(&c->addr, a, sizeof(a)),
		       c->dev != NULL ? c->dev : "");
	return buf;
}

void
track_refs_add(struct track_refs *refs, struct track_table *t,
	       enum track_kind kind, const struct conf_list *list,
	       monotime_t now)
{
	uint32_t n = refs->n;

	CONF_FOREACH (const struct conf_obj, o, list)
		n++;
	if (n == refs->n)
		return;
	refs->ref = xrealloc(refs->ref, n * sizeof(*refs->ref));
	CONF_FOREACH (const struct track_ref_conf, c, list) {
		char name[MSG_TRACK_NAME_LEN];
		struct track_obj *o = track_table_get(
			t, kind, name_of(c, kind, name, sizeof(name)), now);

		o->refs++;
		if (kind == TRACK_ROUTE || kind == TRACK_GATEWAY)
			net_fill(&o->net, c);
		refs->ref[refs->n++] = (struct track_ref){
			.obj = o, .weight = c->weight, .reverse = c->reverse};
	}
}

void
track_refs_clear(struct track_refs *refs)
{
	for (uint32_t i = 0; i < refs->n; i++)
		refs->ref[i].obj->refs--;
	free(refs->ref);
	*refs = (struct track_refs){.n = 0};
}

bool
track_refs_has(const struct track_refs *refs, const struct track_obj *o)
{
	for (uint32_t i = 0; i < refs->n; i++)
		if (refs->ref[i].obj == o)
			return true;
	return false;
}

void
track_refs_fold(const struct track_refs *refs, bool has_weights,
		struct track_sum *sum)
{
	for (uint32_t i = 0; i < refs->n; i++) {
		const struct track_ref *r = &refs->ref[i];

		if (has_weights || r->weight == 0)
			track_sum_add(sum, &r->obj->state, r->weight,
				      r->reverse);
	}
}

/* ---- in words ---- */

static const char *
level_text(const struct track_obj *o)
{
	switch (o->state.level) {
	case TRACK_UNKNOWN:
		return "unknown";
	case TRACK_UP:
		return "up";
	case TRACK_DOWN:
		return "down";
	}
	return "";
}

/* What one reference does now. */
static struct track_sum
effect_of(const struct track_ref *r)
{
	struct track_sum sum = {0};

	track_sum_add(&sum, &r->obj->state, r->weight, r->reverse);
	return sum;
}

static double
age(const struct track_obj *o, monotime_t now)
{
	return (double)monotime_sub(now, o->since) / SEC(1);
}

uint32_t
track_refs_print(const struct track_refs *refs, monotime_t now,
		 bool has_weights, struct buf *out)
{
	for (uint32_t i = 0; i < refs->n; i++) {
		const struct track_ref *r = &refs->ref[i];
		const struct track_obj *o = r->obj;
		struct track_sum sum = effect_of(r);
		bool is_idle = r->weight != 0 && !has_weights;

		buf_printf(out, "     %s %s: ",
			   track_kind_name((enum track_kind)o->key.kind),
			   o->key.name);
		if (o->state.has_value)
			buf_printf(out, "value %lld",
				   (long long)o->state.value);
		else
			buf_adds(out, level_text(o));
		buf_printf(out, " for %.3f s, weight %d%s", age(o, now),
			   r->weight, r->reverse ? " reverse" : "");
		if (is_idle)
			buf_adds(out, ", not counted");
		else if (sum.down > 0)
			buf_adds(out, ", asks for FAULT");
		else if (r->weight != 0)
			buf_printf(out, ", adds %lld", (long long)sum.delta);
		buf_addc(out, '\n');
	}
	return refs->n;
}

uint32_t
track_refs_print_json(const struct track_refs *refs, monotime_t now,
		      bool has_weights, const char *sep, struct buf *out)
{
	for (uint32_t i = 0; i < refs->n; i++) {
		const struct track_ref *r = &refs->ref[i];
		const struct track_obj *o = r->obj;
		struct track_sum sum = effect_of(r);
		bool is_idle = r->weight != 0 && !has_weights;

		buf_printf(out,
			   "%s{\"kind\":\"%s\",\"name\":", i > 0 ? "," : sep,
			   track_kind_name((enum track_kind)o->key.kind));
		buf_add_json(out, o->key.name);
		if (o->state.has_value)
			buf_printf(out, ",\"value\":%lld",
				   (long long)o->state.value);
		else
			buf_printf(out, ",\"state\":\"%s\"", level_text(o));
		buf_printf(out,
			   ",\"age\":%.3f,\"weight\":%d,\"reverse\":%s,"
			   "\"adds\":%lld,\"fault\":%s}",
			   age(o, now), r->weight,
			   r->reverse ? "true" : "false",
			   is_idle ? 0LL : (long long)sum.delta,
			   !is_idle && sum.down > 0 ? "true" : "false");
	}
	return refs->n;
}

void
track_table_print_json(const struct track_table *t, enum track_kind kind,
		       monotime_t now, struct buf *out)
{
	const struct track_obj *o, *next;
	const char *sep = "";

	buf_addc(out, '[');
	HASH_ITER (hh, t->all, o, next) {
		if (o->key.kind != kind)
			continue;
		buf_printf(out, "%s{\"name\":", sep);
		buf_add_json(out, o->key.name);
		buf_printf(out, ",\"state\":\"%s\",\"count\":%u,\"age\":%.3f}",
			   level_text(o), o->count, age(o, now));
		sep = ",";
	}
	buf_addc(out, ']');
}

const char *
track_refs_down_text(const struct track_refs *refs, bool has_weights, char *buf,
		     size_t size)
{
	size_t len = strnlen(buf, size);

	for (uint32_t i = 0; i < refs->n; i++) {
		const struct track_ref *r = &refs->ref[i];
		struct track_sum sum = effect_of(r);
		int n;

		if (sum.down == 0 || (r->weight != 0 && !has_weights))
			continue;
		n = snprintf(buf + len, size - len, "%stracked %s %s is %s",
			     len > 0 ? ", " : "",
			     track_kind_name((enum track_kind)r->obj->key.kind),
			     r->obj->key.name,
			     r->obj->state.has_value ? "bad"
						     : level_text(r->obj));
		if (n < 0 || (size_t)n >= size - len)
			break; /* it is cut: there is enough to see */
		len += (size_t)n;
	}
	return buf;
}
