/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a reload would do: old tree × new tree → plan.
 *
 * Objects are matched by the row they stand under and their name.  Effective
 * values are compared, so writing a default down changes nothing.  A change
 * inside a nested object is also a change of the objects around it, with the
 * reload class of the rows it stands under.  What two trees share (see
 * conf_read_again()) is one item, without those nested in it.
 */
#ifndef DUUMVIR_DIFF_H
#define DUUMVIR_DIFF_H

#include <stddef.h>
#include <stdint.h>

#include "parser/schema.h"

struct buf;

enum plan_op {
	PLAN_SAME,
	PLAN_ADD,
	PLAN_DEL,
	PLAN_CHANGE,
};

struct plan_item {
	enum plan_op op;
	enum kw_reload reload; /* CHANGE: worst class of what changed */
	const struct kw *kw;   /* the row that the object stands under; NULL
				* for a module's root */
	enum conf_module_id module;
	uint32_t depth;		    /* 0: a module's root, 1: top level, ... */
	const struct conf_obj *old; /* NULL for ADD */
	const struct conf_obj *now; /* NULL for DEL */
	const struct kw **field;    /* CHANGE: the object's own rows */
	const char **field_text;    /* "priority 100 -> 150" */
	uint32_t n_fields;
	/* Index after this object's last nested item. */
	uint32_t end;
};

/* Items in order: an object, then what is nested in it.  Deleted objects
 * stand behind their new siblings.  Lives in the arena given. */
struct plan {
	struct plan_item *item;
	uint32_t n_items;
	enum kw_reload worst;
	uint32_t n_add, n_del, n_change, n_same; /* top level objects */
};

struct plan *conf_diff(const struct conf *old, const struct conf *now,
		       const struct conf_module *const *modules, uint32_t mask,
		       struct arena *a);
/* The same, but lists in which no row is KW_FIXED are passed over: cheap if
 * only such changes are asked for. */
struct plan *conf_diff_fixed(const struct conf *old, const struct conf *now,
			     const struct conf_module *const *modules,
			     struct arena *a);
/* Whether anything in the modules of mask changed. */
bool plan_is_empty(const struct plan *p);
/* Lines such as "+ vrrp_instance VI_2", "~ vrrp_instance VI_1 (live)" with
 * "    priority 100 -> 150" below, "- virtual_server 10.0.0.1 80". */
void plan_print(const struct plan *p, struct buf *out);

#endif
