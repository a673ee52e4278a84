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

/* Blocks around a keyword; their names are put together only when needed. */
struct place {
	const struct place *around; /* NULL: outermost */
	const char *name;
};

static const char *
path_of(struct finder *f, const struct place *place, const char *name)
{
	const char *path = name;

	for (; place != NULL; place = place->around)
		path = arena_printf(f->arena, "%s/%s", place->name, path);
	return path;
}

static void
add_path(struct finder *f, const struct place *place, const char *name)
{
	const char *p = path_of(f, place, name);

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->path[i], p) == 0)
			return;
	if (f->n < f->max)
		f->path[f->n++] = p;
}

static void
find_rows(struct finder *f, const struct kw_block *block,
	  const struct place *place, const struct conf_obj *holder,
	  const char *base)
{
	OBJ_FOREACH_GIVEN (holder, i) {
		const struct kw *kw = &block->row[i];
		const struct place inner = {.around = place, .name = kw->name};
		const char *member = base + kw->offset;
		struct conf_obj *o;

		if (f->n >= f->max)
			return;
		if ((kw->flags & KW_PENDING) != 0) {
			add_path(f, place, kw->name);
			continue; /* says it for all that is inside */
		}
		if (kw->sub == NULL)
			continue;
		if (kw->type == KW_BLOCKS || kw->type == KW_LINES)
			STAILQ_FOREACH (
				o,
				(const struct conf_list *)(const void *)member,
				link) {
				if (o->block == kw->sub)
					find_rows(f, kw->sub, &inner, o,
						  (const char *)o);
			}
		else if ((kw->type == KW_BLOCK || kw->type == KW_LINE) &&
			 kw->size >= sizeof(struct conf_obj))
			find_rows(f, kw->sub, &inner, (const void *)member,
				  kw->sub->is_flat ? base : member);
	}
}

size_t
conf_pending(const struct conf *c, const struct conf_module *const *modules,
	     const char **path, size_t max)
{
	struct finder f = {.arena = c->arena, .path = path, .max = max};
	const struct place globals = {.name = "global_defs"};

	for (size_t i = 0; modules[i] != NULL; i++) {
		const struct conf_module *m = modules[i];
		const char *root = c->module[m->id];

		if (root == NULL)
			continue;
		find_rows(&f, &m->root, NULL, (const void *)root, root);
		if (m->global.n_rows > 0)
			find_rows(&f, &m->global, &globals,
				  (const void *)(root + m->global_offset),
				  root);
	}
	return f.n;
}
