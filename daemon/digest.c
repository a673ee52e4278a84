/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Gathering and rate of mails; see digest.h.  It knows no clock and sends
 * nothing.
 *
 * The rate is a virtual schedule (GCRA): each mail costs interval / mails,
 * and the schedule may run ahead of the clock by one interval less one such
 * step, so that a few mails after a quiet time go at once.
 */
#include "daemon/digest.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

void
digest_init(struct digest *d)
{
	*d = (struct digest){
		.limits = {.gather = SEC(2), .mails = 10, .interval = SEC(60)},
	};
}

void
digest_batch_fini(struct digest_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->alert[i].subject);
		free(b->alert[i].text);
	}
	free(b->alert);
	*b = (struct digest_batch){0};
}

void
digest_fini(struct digest *d)
{
	digest_batch_fini(&d->waiting);
}

void
digest_add(struct digest *d, const char *subject, const char *text,
	   const char *stamp, monotime_t now)
{
	struct digest_batch *w = &d->waiting;
	struct digest_alert *a;

	if (w->n == 0)
		d->first = now;
	if (w->n == DIGEST_MAX) {
		w->omitted++;
		return;
	}
	if (w->n == d->room) {
		d->room = d->room * 2 + 8;
		w->alert = xrealloc(w->alert, d->room * sizeof(*a));
	}
	a = &w->alert[w->n++];
	a->subject = xstrdup(subject);
	a->text = xstrdup(text);
	(void)strlcpy(a->stamp, stamp, sizeof(a->stamp));
}

/* What one mail costs on the schedule. */
static nsec_t
step(const struct digest_limits *l)
{
	return l->interval / (l->mails > 0 ? l->mails : 1);
}

static monotime_t
later(monotime_t a, monotime_t b)
{
	return monotime_before(a, b) ? b : a;
}

monotime_t
digest_due(const struct digest *d)
{
	const struct digest_limits *l = &d->limits;
	monotime_t due;

	if (d->waiting.n == 0)
		return MONOTIME_NEVER;
	due = monotime_add(d->first, l->gather);
	due = later(due, monotime_add(d->tat, step(l) - l->interval));
	return later(due, d->not_before);
}

struct digest_batch
digest_take(struct digest *d, monotime_t now)
{
	struct digest_batch b = d->waiting;

	d->waiting = (struct digest_batch){0};
	d->room = 0;
	d->tat = monotime_add(later(d->tat, now), step(&d->limits));
	return b;
}

void
digest_return(struct digest *d, struct digest_batch *b, monotime_t not_before)
{
	struct digest_batch newer = d->waiting;
	size_t keep;

	/* The old ones first; of the newer what there is room for. */
	keep = newer.n < DIGEST_MAX - b->n ? newer.n : DIGEST_MAX - b->n;
	b->alert = xrealloc(b->alert, (b->n + keep + 1) * sizeof(*b->alert));
	if (keep > 0)
		memcpy(b->alert + b->n, newer.alert, keep * sizeof(*b->alert));
	d->room = b->n + keep + 1;
	b->n += keep;
	b->omitted += newer.omitted + (uint32_t)(newer.n - keep);
	for (size_t i = keep; i < newer.n; i++) {
		free(newer.alert[i].subject);
		free(newer.alert[i].text);
	}
	free(newer.alert);
	d->waiting = *b;
	d->not_before = not_before;
	d->first = not_before;
	*b = (struct digest_batch){0};
}
