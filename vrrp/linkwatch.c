/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Whether a link is up, as VRRP is to see it; see linkwatch.h. */
#include "vrrp/linkwatch.h"

#include <string.h>

#include "lib/util.h"

static struct linkwatch *
find(const struct iface_table *t, const char *name)
{
	struct linkwatch *w;

	HASH_FIND_STR(t->watches, name, w);
	return w;
}

bool
linkwatch_is_waiting(const struct iface_table *t, const char *name)
{
	const struct linkwatch *w = find(t, name);

	return w != NULL && !monotime_is_never(w->due);
}

static struct linkwatch *
get(struct iface_table *t, const char *name)
{
	struct linkwatch *w = find(t, name);

	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		str_fill(w->name, sizeof(w->name), name);
		w->due = MONOTIME_NEVER;
		HASH_ADD_STR(t->watches, name, w);
	} else if (w->is_stale) {
		w->down = w->up = 0;
		w->is_polled = false;
	}
	w->is_stale = false;
	return w;
}

void
linkwatch_begin(struct iface_table *t)
{
	struct linkwatch *w, *next;

	HASH_ITER (hh, t->watches, w, next)
		w->is_stale = true;
}

void
linkwatch_delay(struct iface_table *t, const char *name, nsec_t down, nsec_t up)
{
	struct linkwatch *w = get(t, name);

	w->down = down;
	w->up = up;
}

void
linkwatch_poll(struct iface_table *t, const char *name, uint32_t method)
{
	struct linkwatch *w = get(t, name);

	w->is_polled = true;
	if (method != 0)
		w->method = method;
}

static void
drop_stale(struct iface_table *t)
{
	struct linkwatch *w, *next;

	HASH_ITER (hh, t->watches, w, next)
		if (w->is_stale) {
			HASH_DELETE(hh, t->watches, w);
			free(w);
			t->generation++;
		}
}

void
linkwatch_end(struct iface_table *t, monotime_t now)
{
	drop_stale(t);
	linkwatch_step(t, now);
}

void
linkwatch_fini(struct iface_table *t)
{
	linkwatch_begin(t);
	drop_stale(t);
}

void
linkwatch_beat(struct iface_table *t, const char *name, bool has_link)
{
	struct linkwatch *w = find(t, name);

	if (w == NULL || !w->is_polled)
		return;
	w->was_beat = true;
	w->has_beat = has_link;
}

/* Polling speaks of the carrier; that the link is set up is told at once. */
static bool
is_up_now(const struct iface_table *t, const struct linkwatch *w)
{
	const struct iface *i = iface_find(t, w->name);

	if (i == NULL || !(i->fact.flags & IFF_UP))
		return false;
	return w->is_polled && w->was_beat ? w->has_beat
					   : (i->fact.flags & IFF_RUNNING) != 0;
}

static void
see(struct iface_table *t, struct linkwatch *w, bool is_up)
{
	w->due = MONOTIME_NEVER;
	w->is_begun = true;
	if (w->is_up == is_up)
		return;
	w->is_up = is_up;
	t->generation++;
}

void
linkwatch_step(struct iface_table *t, monotime_t now)
{
	struct linkwatch *w, *next;

	t->watch_due = MONOTIME_NEVER;
	HASH_ITER (hh, t->watches, w, next) {
		bool is_up = is_up_now(t, w);
		nsec_t delay = is_up ? w->up : w->down;

		if (!w->is_begun || is_up == w->is_up) {
			see(t, w, is_up);
			continue;
		}
		if (monotime_is_never(w->due))
			w->due = monotime_add(now, delay);
		if (!monotime_before(now, w->due))
			see(t, w, is_up);
		t->watch_due = monotime_min(t->watch_due, w->due);
	}
}

monotime_t
linkwatch_next(const struct iface_table *t)
{
	return t->watch_due;
}

bool
iface_is_running(const struct iface_table *t, const struct iface *i)
{
	const struct linkwatch *w =
		t->watches == NULL ? NULL : find(t, i->fact.name);

	return w != NULL ? w->is_up : iface_has_carrier(i);
}
