/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* From a configuration's difference to the router's work; see plan.h. */
#include "vrrp/plan.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/msg.h"
#include "parser/diff.h"
#include "vrrp/router.h"

#define INSTANCE "vrrp_instance"

static size_t
all_new(const struct conf *now, struct arena *a, struct vrrp_change **out)
{
	const struct vrrp_conf *c = vrrp_conf_get(now);
	size_t n = 0;

	CONF_FOREACH (const struct vrrp_instance_conf, i, &c->vrrp_instance)
		n++;
	*out = arena_alloc(a, (n + 1) * sizeof(**out));
	n = 0;
	CONF_FOREACH (const struct vrrp_instance_conf, i, &c->vrrp_instance)
		(*out)[n++] =
			(struct vrrp_change){.op = VRRP_CHANGE_ADD, .now = i};
	return n;
}

static enum vrrp_change_op
op_of(const struct plan_item *it)
{
	switch (it->op) {
	case PLAN_SAME:
		return VRRP_CHANGE_SAME;
	case PLAN_ADD:
		return VRRP_CHANGE_ADD;
	case PLAN_DEL:
		return VRRP_CHANGE_DEL;
	case PLAN_CHANGE:
		return it->reload == KW_LIVE ? VRRP_CHANGE_LIVE
					     : VRRP_CHANGE_RESTART;
	}
	return VRRP_CHANGE_SAME;
}

void
vrrp_plan_count(const struct vrrp_change *c, size_t n, struct msg_done *done)
{
	for (size_t i = 0; i < n; i++) {
		switch (c[i].op) {
		case VRRP_CHANGE_SAME:
			done->same++;
			break;
		case VRRP_CHANGE_ADD:
			done->added++;
			break;
		case VRRP_CHANGE_DEL:
			done->deleted++;
			break;
		case VRRP_CHANGE_LIVE:
		case VRRP_CHANGE_RESTART:
			done->changed++;
			break;
		}
	}
}

size_t
vrrp_plan_make(const struct conf *old, const struct conf *now, struct arena *a,
	       struct vrrp_change **out)
{
	static const struct conf_module *const modules[] = {&vrrp_conf_module,
							    NULL};
	const struct plan *p;
	size_t n = 0;

	if (old == NULL)
		return all_new(now, a, out);
	p = conf_diff(old, now, modules, CONF_MASK(CONF_VRRP), a);
	*out = arena_alloc(a, (p->n_items + 1) * sizeof(**out));
	for (uint32_t i = 0; i < p->n_items; i++) {
		const struct plan_item *it = &p->item[i];

		if (it->depth != 1 || it->kw == NULL ||
		    strcmp(it->kw->name, INSTANCE) != 0)
			continue;
		(*out)[n++] = (struct vrrp_change){
			.op = op_of(it),
			.old = (const struct vrrp_instance_conf *)it->old,
			.now = (const struct vrrp_instance_conf *)it->now,
		};
	}
	return n;
}
