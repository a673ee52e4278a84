/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Probes and records; see recall.h. */
#include "check/recall.h"

#include <string.h>

#include "lib/util.h"

static uint8_t
flags_of(const struct probe *p)
{
	return (uint8_t)((p->has_value ? JOURNAL_HAS_VALUE : 0) |
			 (p->had_attempt ? JOURNAL_HAD_ATTEMPT : 0) |
			 (p->health.is_presumed_up ? JOURNAL_PRESUMED_UP : 0) |
			 (p->health.is_presumed_down ? JOURNAL_PRESUMED_DOWN
						     : 0));
}

void
recall_write(const struct probe *p, struct journal_record *r)
{
	const struct health *h = &p->health;

	*r = (struct journal_record){
		.key = p->journal_key,
		.since = h->since.ns,
		.failed_at = h->failed_at.ns,
		.ok_at = h->ok_at.ns,
		.due = p->due.ns,
		.n_ok = h->n_ok,
		.n_failed = h->n_failed,
		.n_unknown = h->n_unknown,
		.transitions = h->transitions,
		.ok_in_row = h->ok_in_row,
		.failed_in_row = h->failed_in_row,
		.value = p->value,
		.last = (uint16_t)h->last,
		.last_failure = (uint16_t)h->last_failure,
		.state = (uint8_t)h->state,
		.flags = flags_of(p),
		.type = (uint8_t)p->key.terms->params.type,
	};
	if (p->detail != NULL)
		str_fill(r->detail, sizeof(r->detail), p->detail);
}

static bool
is_past(int64_t ns, monotime_t now)
{
	return ns >= 0 && ns <= now.ns;
}

static bool
is_printable(const char detail[static JOURNAL_DETAIL_LEN])
{
	const char *end = memchr(detail, '\0', JOURNAL_DETAIL_LEN);

	if (end == NULL)
		return false;
	for (const char *c = detail; c < end; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return true;
}

/* Do the parts belong to the ranges they are of? */
static bool
is_in_range(const struct journal_record *r, monotime_t now)
{
	return r->state <= HEALTH_DOWN && r->last < REASON_COUNT &&
	       r->last_failure < REASON_COUNT &&
	       (r->flags & ~JOURNAL_FLAGS) == 0 && is_past(r->since, now) &&
	       is_past(r->failed_at, now) && is_past(r->ok_at, now) &&
	       is_printable(r->detail);
}

/* Do the parts agree with one another? */
static bool
is_consistent(const struct journal_record *r)
{
	enum check_class last = check_reason_class((enum check_reason)r->last);
	enum check_class failure =
		check_reason_class((enum check_reason)r->last_failure);
	bool has_results = r->n_ok > 0 || r->n_failed > 0 || r->n_unknown > 0;

	if (failure != (r->n_failed > 0 ? CHECK_FAILED : CHECK_OK))
		return false;
	if (r->ok_in_row > r->n_ok || r->failed_in_row > r->n_failed ||
	    (r->ok_in_row > 0 && r->failed_in_row > 0))
		return false;
	if ((r->state == HEALTH_UP && r->n_ok == 0) ||
	    (r->state == HEALTH_DOWN && r->n_failed == 0))
		return false;
	if (has_results && ((last == CHECK_OK && r->ok_in_row == 0) ||
			    (last == CHECK_FAILED && r->failed_in_row == 0)))
		return false;
	return has_results == ((r->flags & JOURNAL_HAD_ATTEMPT) != 0);
}

bool
recall_read(struct probe *p, const struct journal_record *r, monotime_t now)
{
	const struct health_conf c = probe_timing(p);

	if (r->key != p->journal_key || r->type != p->key.terms->params.type ||
	    !is_in_range(r, now) || !is_consistent(r))
		return false;
	p->health = (struct health){
		.state = (enum health_state)r->state,
		.last = (enum check_reason)r->last,
		.last_failure = (enum check_reason)r->last_failure,
		.since = {r->since},
		.failed_at = {r->failed_at},
		.ok_at = {r->ok_at},
		.is_presumed_up = (r->flags & JOURNAL_PRESUMED_UP) != 0,
		.is_presumed_down = (r->flags & JOURNAL_PRESUMED_DOWN) != 0,
		.ok_in_row = r->ok_in_row,
		.failed_in_row = r->failed_in_row,
		.transitions = r->transitions,
		.n_ok = r->n_ok,
		.n_failed = r->n_failed,
		.n_unknown = r->n_unknown,
	};
	p->has_value = (r->flags & JOURNAL_HAS_VALUE) != 0;
	p->value = p->has_value ? r->value : 0;
	p->had_attempt = (r->flags & JOURNAL_HAD_ATTEMPT) != 0;
	if (r->detail[0] != '\0')
		p->detail = xstrdup(r->detail);
	p->due = sched_resume(&c, probe_spread(p), (monotime_t){r->due}, now);
	return true;
}
