/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Which keywords of a configuration nothing acts on yet: so that it can be
 * told at start.
 */
#include <string.h>

#include "lib/util.h"
#include "parser/reader.h"

struct finder {
	struct arena *arena;
	const char **path;
	size_t n, max;
};

static void
add_path(struct finder *f, const char *prefix, const char *name)
{
	const char *p = *prefix != '\0'
				? arena_printf(f->arena, "%s/%s", prefix, name)
				: name;

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->path[i], p) == 0)
			return;
	if (f->n < f->max)
		f->path[f->n++] = p;
}

static void
find_rows(struct finder *f, const struct kw_block *block, const char *prefix,
	  const struct conf_obj *holder, const char *base)
{
	OBJ_FOREACH_GIVEN (holder, i) {
		const struct kw *kw = &block->row[i];
		const char *member = base + kw->offset, *path;
		struct conf_obj *o;

		if (f->n >= f->max)
			return;
		if ((kw->flags & KW_PENDING) != 0) {
			add_path(f, prefix, kw->name);
			continue; /* says it for all that is inside */
		}
		if (kw->sub == NULL)
			continue;
		path = *prefix != '\0' ? arena_printf(f->arena, "%s/%s", prefix,
						      kw->name)
				       : kw->name;
		if (kw->type == KW_BLOCKS || kw->type == KW_LINES)
			STAILQ_FOREACH (
				o,
				(const struct conf_list *)(const void *)member,
				link) {
				if (o->block == kw->sub)
					find_rows(f, kw->sub, path, o,
						  (const char *)o);
			}
		else if ((kw->type == KW_BLOCK || kw->type == KW_LINE) &&
			 kw->size >= sizeof(struct conf_obj))
			find_rows(f, kw->sub, path, (const void *)member,
				  kw->sub->is_flat ? base : member);
	}
}

size_t
conf_pending(const struct conf *c, const struct conf_module *const *modules,
	     const char **path, size_t max)
{
	struct finder f = {.arena = c->arena, .path = path, .max = max};

	for (size_t i = 0; modules[i] != NULL; i++) {
		const struct conf_module *m = modules[i];
		const char *root = c->module[m->id];

		if (root == NULL)
			continue;
		find_rows(&f, &m->root, "", (const void *)root, root);
		if (m->global.n_rows > 0)
			find_rows(&f, &m->global, "global_defs",
				  (const void *)(root + m->global_offset),
				  root);
	}
	return f.n;
}
