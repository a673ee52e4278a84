/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A plan as text, for `duumvir --plan` and the reload goldens. */
#include "lib/buf.h"
#include "parser/diff.h"

static const char *
reload_word(enum kw_reload r)
{
	switch (r) {
	case KW_RESTART:
		return "restart";
	case KW_LIVE:
		return "live";
	case KW_FIXED:
		return "needs a restart of the daemon";
	}
	return "?";
}

static void
indent(uint32_t depth, struct buf *out)
{
	for (uint32_t i = 1; i < depth; i++)
		buf_adds(out, "    ");
}

/* "vrrp_instance VI_1"; lines of a list also say which list. */
static void
print_object(const struct plan_item *item, struct buf *out)
{
	const struct conf_obj *o = item->now != NULL ? item->now : item->old;

	buf_adds(out, item->kw->name);
	if (o->name != NULL &&
	    (item->kw->type == KW_LINES || o->block->head != KW_HEAD_NONE))
		buf_printf(out, " %s", o->name);
}

static void
print_item(const struct plan_item *item, struct buf *out)
{
	static const char sign[] = {
		[PLAN_SAME] = ' ',
		[PLAN_ADD] = '+',
		[PLAN_DEL] = '-',
		[PLAN_CHANGE] = '~',
	};

	if (item->op == PLAN_SAME)
		return;
	if (item->kw != NULL) {
		indent(item->depth, out);
		buf_printf(out, "%c ", sign[item->op]);
		print_object(item, out);
		if (item->op == PLAN_CHANGE)
			buf_printf(out, " (%s)", reload_word(item->reload));
		buf_addc(out, '\n');
	}
	for (uint32_t i = 0; i < item->n_fields; i++) {
		indent(item->depth, out);
		/* a root has no line of its own */
		buf_adds(out, item->kw == NULL ? "~ " : "    ");
		buf_adds(out, item->field_text[i]);
		if (item->kw == NULL)
			buf_printf(out, " (%s)",
				   reload_word(item->field[i]->reload));
		buf_addc(out, '\n');
	}
}

void
plan_print(const struct plan *p, struct buf *out)
{
	if (plan_is_empty(p)) {
		buf_adds(out, "no change\n");
		return;
	}
	for (uint32_t i = 0; i < p->n_items; i++)
		print_item(&p->item[i], out);
}
