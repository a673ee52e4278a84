/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Two trees side by side; see diff.h.  One walk over the tables: rows of a
 * pair of objects, then the objects nested in them, matched by row and name.
 */
#include "parser/diff.h"

#include <string.h>
#include <uthash.h>

#include "lib/util.h"
#include "parser/diff_text.h"
#include "parser/reader.h"

#define FIXED_DEPTH 8 /* no block lies deeper */

struct side {
	UT_hash_handle hh;
	struct conf_obj *obj;
	bool is_used;
	size_t len;
	char key[]; /* block pointer, name */
};

struct differ {
	struct arena *arena;
	struct plan *plan;
	uint32_t size;
	enum conf_module_id module;
	bool is_fixed_only; /* lists without a fixed row are passed over */
};

/* What was found about one pair of objects.  Of the arrays only the first n
 * are ever written: there is one verdict for each object. */
struct verdict {
	const struct kw *field[256];
	const char *text[256];
	uint32_t n;
	enum kw_reload worst;
	bool has_change; /* also nested ones */
};

static enum kw_reload
worse(enum kw_reload a, enum kw_reload b)
{
	if (a == KW_FIXED || b == KW_FIXED)
		return KW_FIXED;
	return a == KW_RESTART || b == KW_RESTART ? KW_RESTART : KW_LIVE;
}

static void
verdict_init(struct verdict *v)
{
	v->n = 0;
	v->worst = KW_LIVE;
	v->has_change = false;
}

static uint32_t
add_item(struct differ *d, const struct plan_item *item)
{
	struct plan *p = d->plan;

	if (p->n_items == d->size) {
		struct plan_item *old = p->item;

		d->size = d->size == 0 ? 16 : d->size * 2;
		p->item = arena_alloc(d->arena, d->size * sizeof(*p->item));
		if (old != NULL)
			memcpy(p->item, old, p->n_items * sizeof(*old));
	}
	p->item[p->n_items] = *item;
	p->item[p->n_items].module = d->module;
	p->item[p->n_items].end = p->n_items + 1;
	return p->n_items++;
}

static void
note_field(struct verdict *v, const struct kw *kw, const char *text)
{
	/* two rows of one member (preempt, nopreempt): the first speaks */
	for (uint32_t i = 0; i < v->n && kw->size > 0; i++)
		if (v->field[i]->offset == kw->offset &&
		    v->field[i]->size == kw->size)
			return;
	if (v->n < ARRAY_LEN(v->field)) {
		v->text[v->n] = text;
		v->field[v->n++] = kw;
	}
	v->worst = v->has_change ? worse(v->worst, kw->reload) : kw->reload;
	v->has_change = true;
}

/* Words that were kept for a row, all of them in order. */
static bool
is_same_raw(const struct conf_obj *a, const struct conf_obj *b, uint32_t row,
	    bool is_multi)
{
	const struct conf_raw *ra = a->raw, *rb = b->raw;

	if (!is_multi)
		return raw_is_equal(raw_find(a, row), raw_find(b, row));
	for (;;) {
		while (ra != NULL && ra->row != row)
			ra = ra->next;
		while (rb != NULL && rb->row != row)
			rb = rb->next;
		if (ra == NULL || rb == NULL)
			return ra == rb;
		if (!raw_is_equal(ra, rb))
			return false;
		ra = ra->next;
		rb = rb->next;
	}
}

static bool is_same_rows(const struct kw_block *block,
			 const struct conf_obj *ho, const struct conf_obj *hn,
			 const char *old, const char *now);

/* One row of two objects; nested lists are not looked at. */
static bool
is_same_value(const struct kw *kw, uint32_t row, const struct conf_obj *ho,
	      const struct conf_obj *hn, const char *old, const char *now)
{
	const void *a = old + kw->offset, *b = now + kw->offset;

	if (kw->type == KW_ALIAS || kw->type == KW_IGNORED ||
	    kw->type == KW_DOC)
		return true;
	if (kw->size > 0 && kw->type != KW_LINE && !value_is_equal(kw, a, b))
		return false;
	if (kw->sub != NULL && kw->type != KW_LINE && kw->type != KW_CUSTOM &&
	    !is_same_rows(kw->sub, ho, hn, old, now))
		return false;
	if (kw->type == KW_LINE && !kw->sub->is_flat && kw->size > 0 &&
	    !is_same_rows(kw->sub, a, b, a, b))
		return false;
	/* no typed value: what was written counts */
	if (ho != NULL && hn != NULL &&
	    (kw->size == 0 || kw->type == KW_LINE ||
	     (kw->type == KW_CUSTOM && kw->ops->equal == NULL)))
		return is_same_raw(ho, hn, row, (kw->flags & KW_MULTI) != 0);
	return true;
}

/* Option words: those with a member are compared by it. */
static bool
is_same_rows(const struct kw_block *block, const struct conf_obj *ho,
	     const struct conf_obj *hn, const char *old, const char *now)
{
	(void)ho; /* words keep nothing of their own */
	(void)hn;
	for (uint32_t i = 0; i < block->n_rows; i++)
		if (block->row[i].size > 0 &&
		    !is_same_value(&block->row[i], i, NULL, NULL, old, now))
			return false;
	return true;
}

/* A line of a list: option words by value; the whole line if a word that was
 * given has no member. */
static bool
is_same_line(const struct conf_obj *a, const struct conf_obj *b)
{
	const struct kw_block *block = a->block;
	bool is_typed = true;

	if (a->block != b->block)
		return false;
	for (uint32_t i = 0; i < block->n_rows; i++)
		if (block->row[i].size == 0 &&
		    (obj_is_given(a, i) || obj_is_given(b, i)))
			is_typed = false;
	if (!is_same_rows(block, a, b, (const char *)a, (const char *)b))
		return false;
	return is_typed || is_same_raw(a, b, CONF_RAW_LINE, false);
}

/* ---- lists ---- */

/* What an object is matched by.  Blocks without a head are told apart by
 * their order: their numbered names count refused ones, too. */
static const char *
identity(const struct kw *first, const struct conf_obj *o)
{
	bool is_nameless =
		first->type == KW_BLOCKS && o->block->head == KW_HEAD_NONE;

	if (o->key != NULL)
		return o->key;
	return is_nameless || o->name == NULL ? "" : o->name;
}

static bool
is_same_identity(const struct kw *first, const struct conf_obj *a,
		 const struct conf_obj *b)
{
	return a->block == b->block &&
	       strcmp(identity(first, a), identity(first, b)) == 0;
}

/* Whether both lists name the same objects in the same order. */
static bool
is_same_order(const struct kw *first, const struct conf_list *old,
	      const struct conf_list *now)
{
	const struct conf_obj *a = STAILQ_FIRST(old), *b = STAILQ_FIRST(now);

	while (a != NULL && b != NULL && is_same_identity(first, a, b)) {
		a = STAILQ_NEXT(a, link);
		b = STAILQ_NEXT(b, link);
	}
	return a == NULL && b == NULL;
}

static struct side *
index_side(struct arena *a, const struct kw *first,
	   const struct conf_list *list)
{
	struct side *index = NULL, *s, *dup;
	struct buf key = BUF_INIT;
	struct conf_obj *o;

	STAILQ_FOREACH (o, list, link) {
		buf_reset(&key);
		buf_add(&key, &o->block, sizeof(o->block));
		buf_adds(&key, identity(first, o));
		/* equal names: the second gets another key */
		HASH_FIND(hh, index, key.data, key.len, dup);
		for (uint32_t n = 2; dup != NULL && n < 1000; n++) {
			buf_printf(&key, "\n%u", n);
			HASH_FIND(hh, index, key.data, key.len, dup);
		}
		s = arena_alloc(a, sizeof(*s) + key.len);
		s->obj = o;
		s->len = key.len;
		memcpy(s->key, key.data, key.len);
		HASH_ADD_KEYPTR(hh, index, s->key, s->len, s);
	}
	buf_fini(&key);
	return index;
}

static void diff_pair(struct differ *d, const struct kw *kw, uint32_t depth,
		      const struct conf_obj *old, const struct conf_obj *now,
		      struct verdict *outer);

static void
note_nested(struct verdict *outer, const struct kw *kw, enum kw_reload reload)
{
	/* what an object inside needs is its own affair, except to refuse */
	enum kw_reload r = reload == KW_FIXED ? KW_FIXED : kw->reload;

	outer->worst = outer->has_change ? worse(outer->worst, r) : r;
	outer->has_change = true;
}

static void
note_one_side(struct differ *d, const struct kw *kw, uint32_t depth,
	      const struct conf_obj *obj, bool is_new, struct verdict *outer)
{
	struct plan_item item = {.op = is_new ? PLAN_ADD : PLAN_DEL,
				 .kw = kw,
				 .depth = depth,
				 .reload = kw->reload,
				 .old = is_new ? NULL : obj,
				 .now = is_new ? obj : NULL};

	add_item(d, &item);
	note_nested(outer, kw, kw->reload);
}

static const struct kw *
row_for(const struct kw_block *block, const struct kw *first,
	const struct conf_obj *o)
{
	for (uint32_t i = 0; i < block->n_rows; i++)
		if (block->row[i].offset == first->offset &&
		    block->row[i].type == first->type &&
		    block->row[i].sub == o->block)
			return &block->row[i];
	return first;
}

static void
diff_in_order(struct differ *d, const struct kw_block *block,
	      const struct kw *first, uint32_t depth,
	      const struct conf_list *old, const struct conf_list *now,
	      struct verdict *outer)
{
	const struct conf_obj *b = STAILQ_FIRST(now), *a;

	STAILQ_FOREACH (a, old, link) {
		diff_pair(d, row_for(block, first, b), depth, a, b, outer);
		b = STAILQ_NEXT(b, link);
	}
}

static void
diff_lists(struct differ *d, const struct kw_block *block,
	   const struct kw *first, uint32_t depth, const struct conf_list *old,
	   const struct conf_list *now, struct verdict *outer)
{
	struct side *io, *in, *s, *t;
	struct conf_obj *o;

	if (is_same_order(first, old, now)) {
		diff_in_order(d, block, first, depth, old, now, outer);
		return;
	}
	io = index_side(d->arena, first, old);
	in = index_side(d->arena, first, now);
	for (s = in; s != NULL; s = s->hh.next) {
		const struct kw *kw = row_for(block, first, s->obj);

		HASH_FIND(hh, io, s->key, s->len, t);
		if (t == NULL) {
			note_one_side(d, kw, depth, s->obj, true, outer);
			continue;
		}
		t->is_used = true;
		diff_pair(d, kw, depth, t->obj, s->obj, outer);
	}
	for (t = io; t != NULL; t = t->hh.next) {
		o = t->obj;
		if (!t->is_used)
			note_one_side(d, row_for(block, first, o), depth, o,
				      false, outer);
	}
	HASH_CLEAR(hh, io);
	HASH_CLEAR(hh, in);
}

static bool
is_first_of_list(const struct kw_block *block, uint32_t row)
{
	for (uint32_t i = 0; i < row; i++)
		if ((block->row[i].type == KW_BLOCKS ||
		     block->row[i].type == KW_LINES) &&
		    block->row[i].offset == block->row[row].offset)
			return false;
	return true;
}

static bool
has_fixed(const struct kw_block *b, int depth)
{
	for (uint32_t i = 0; b != NULL && i < b->n_rows; i++)
		if (b->row[i].reload == KW_FIXED ||
		    (depth > 0 && has_fixed(b->row[i].sub, depth - 1)))
			return true;
	return false;
}

/* Whether a list is to be looked at. */
static bool
is_asked_for(const struct differ *d, const struct kw *kw)
{
	return !d->is_fixed_only || kw->reload == KW_FIXED ||
	       has_fixed(kw->sub, FIXED_DEPTH);
}

static bool
has_items(const void *old, const void *now)
{
	const struct conf_list *a = old, *b = now;

	return !STAILQ_EMPTY(a) || !STAILQ_EMPTY(b);
}

/* Most rows of most objects are as they were: a typed value of the same bytes
 * is the same value.  Words that are compared as written have none. */
static bool
is_same_bytes(const struct kw *kw, const void *a, const void *b)
{
	return kw->size > 0 && kw->sub == NULL && kw->type != KW_LINE &&
	       (kw->type != KW_CUSTOM || kw->ops->equal != NULL) &&
	       memcmp(a, b, kw->size) == 0;
}

/* Rows of a block: values into v, nested objects as items of their own. */
static void
diff_rows(struct differ *d, const struct kw_block *block, uint32_t depth,
	  const struct conf_obj *ho, const struct conf_obj *hn, const char *old,
	  const char *now, struct verdict *v)
{
	for (uint32_t i = 0; i < block->n_rows; i++) {
		const struct kw *kw = &block->row[i];
		const char *a = old + kw->offset, *b = now + kw->offset;

		if (kw->type == KW_BLOCKS || kw->type == KW_LINES) {
			if (has_items(a, b) && is_first_of_list(block, i) &&
			    is_asked_for(d, kw))
				diff_lists(d, block, kw, depth, (const void *)a,
					   (const void *)b, v);
		} else if (kw->type == KW_BLOCK && kw->sub != NULL) {
			if (kw->sub->is_flat)
				diff_rows(d, kw->sub, depth,
					  kw->size > 0 ? (const void *)a : ho,
					  kw->size > 0 ? (const void *)b : hn,
					  old, now, v);
			else
				diff_rows(d, kw->sub, depth, (const void *)a,
					  (const void *)b, a, b, v);
		} else if (kw->type != KW_BLOCK && !is_same_bytes(kw, a, b) &&
			   !is_same_value(kw, i, ho, hn, old, now)) {
			note_field(v, kw,
				   diff_change_text(d->arena, kw, i, ho, hn,
						    old, now));
		}
	}
}

static void
settle(struct differ *d, uint32_t at, const struct verdict *v,
       struct verdict *outer, const struct kw *kw)
{
	struct plan_item *item = &d->plan->item[at];

	item->end = d->plan->n_items;
	if (!v->has_change)
		return;
	item->op = PLAN_CHANGE;
	item->reload = v->worst;
	item->n_fields = v->n;
	item->field = arena_alloc(d->arena, (v->n + 1) * sizeof(*item->field));
	memcpy(item->field, v->field, v->n * sizeof(*item->field));
	item->field_text =
		arena_alloc(d->arena, (v->n + 1) * sizeof(*item->field_text));
	memcpy(item->field_text, v->text, v->n * sizeof(*item->field_text));
	if (outer != NULL)
		note_nested(outer, kw, v->worst);
}

/* One object, or copies of one that share what is in it; see
 * conf_read_again(). */
static bool
is_shared(const struct conf_obj *a, const struct conf_obj *b)
{
	const size_t head = offsetof(struct conf_obj, block);
	const size_t mid = offsetof(struct conf_obj, is_void);
	const size_t tail = offsetof(struct conf_obj, pos);

	if (a == b)
		return true;
	return b->is_taken && a->block == b->block &&
	       memcmp((const char *)a + head, (const char *)b + head,
		      mid - head) == 0 &&
	       memcmp((const char *)a + tail, (const char *)b + tail,
		      a->block->size - tail) == 0;
}

static void
diff_pair(struct differ *d, const struct kw *kw, uint32_t depth,
	  const struct conf_obj *old, const struct conf_obj *now,
	  struct verdict *outer)
{
	struct plan_item item = {.op = PLAN_SAME,
				 .kw = kw,
				 .depth = depth,
				 .reload = KW_LIVE,
				 .old = old,
				 .now = now};
	uint32_t at = add_item(d, &item);
	struct verdict v;

	verdict_init(&v);
	if (is_shared(old, now))
		return; /* what is nested in it is not listed either */
	if (kw->type == KW_LINES) {
		if (!is_same_line(old, now)) {
			v.has_change = true;
			v.worst = kw->reload;
		}
	} else {
		diff_rows(d, now->block, depth + 1, old, now, (const char *)old,
			  (const char *)now, &v);
	}
	settle(d, at, &v, outer, kw);
}

static void
count_items(struct plan *p)
{
	p->worst = KW_LIVE;
	for (uint32_t i = 0; i < p->n_items; i++) {
		const struct plan_item *item = &p->item[i];

		if (item->depth == 0 && item->op == PLAN_CHANGE)
			p->worst = worse(p->worst, item->reload);
		if (item->depth != 1)
			continue;
		p->n_add += item->op == PLAN_ADD;
		p->n_del += item->op == PLAN_DEL;
		p->n_change += item->op == PLAN_CHANGE;
		p->n_same += item->op == PLAN_SAME;
	}
}

static void
diff_module(struct differ *d, const struct conf_module *m, const char *old,
	    const char *now)
{
	struct plan_item item = {.op = PLAN_SAME,
				 .reload = KW_LIVE,
				 .old = (const void *)old,
				 .now = (const void *)now};
	struct verdict v;
	uint32_t at;

	verdict_init(&v);
	d->module = m->id;
	at = add_item(d, &item);
	diff_rows(d, &m->root, 1, (const void *)old, (const void *)now, old,
		  now, &v);
	if (m->global.n_rows > 0)
		diff_rows(d, &m->global, 1,
			  (const void *)(old + m->global_offset),
			  (const void *)(now + m->global_offset), old, now, &v);
	settle(d, at, &v, NULL, NULL);
}

static struct plan *
diff_all(struct differ *d, const struct conf *old, const struct conf *now,
	 const struct conf_module *const *modules, uint32_t mask)
{
	d->plan = arena_alloc(d->arena, sizeof(*d->plan));
	for (size_t i = 0; modules[i] != NULL; i++) {
		const struct conf_module *m = modules[i];

		if ((mask & CONF_MASK(m->id)) != 0 &&
		    old->module[m->id] != NULL && now->module[m->id] != NULL)
			diff_module(d, m, old->module[m->id],
				    now->module[m->id]);
	}
	count_items(d->plan);
	return d->plan;
}

struct plan *
conf_diff(const struct conf *old, const struct conf *now,
	  const struct conf_module *const *modules, uint32_t mask,
	  struct arena *a)
{
	struct differ d = {.arena = a};

	return diff_all(&d, old, now, modules, mask);
}

struct plan *
conf_diff_fixed(const struct conf *old, const struct conf *now,
		const struct conf_module *const *modules, struct arena *a)
{
	struct differ d = {.arena = a, .is_fixed_only = true};

	return diff_all(&d, old, now, modules, CONF_MASK_ALL);
}

bool
plan_is_empty(const struct plan *p)
{
	for (uint32_t i = 0; i < p->n_items; i++)
		if (p->item[i].op != PLAN_SAME)
			return false;
	return true;
}
