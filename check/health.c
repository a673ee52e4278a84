/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Verdicts; see health.h.  Pure. */
#include "check/health.h"

#include <assert.h>

struct health
health_init(monotime_t now)
{
	return (struct health){
		.state = HEALTH_UNCHECKED, .since = now, .failed_at = now};
}

static bool
set_state(struct health *h, enum health_state state, monotime_t now)
{
	if (h->state == state)
		return false;
	h->transitions++;
	h->state = state;
	h->since = now;
	h->is_presumed_up = h->is_presumed_down = false;
	return true;
}

static struct health_effect
on_ok(const struct health_conf *c, struct health *h, monotime_t now)
{
	struct health_effect e = {.next = HEALTH_NEXT_INTERVAL};

	h->n_ok++;
	h->ok_at = now;
	h->failed_in_row = 0;
	if (h->ok_in_row < UINT32_MAX)
		h->ok_in_row++;
	if (h->ok_in_row < c->rise &&
	    (h->state == HEALTH_DOWN || h->is_presumed_down)) {
		e.next = HEALTH_NEXT_RISE;
		return e;
	}
	e.is_changed = set_state(h, HEALTH_UP, now);
	return e;
}

static struct health_effect
on_failed(const struct health_conf *c, struct health *h, monotime_t now)
{
	struct health_effect e = {.next = HEALTH_NEXT_PAUSE};

	h->n_failed++;
	h->last_failure = h->last;
	h->failed_at = now;
	h->ok_in_row = 0;
	if (h->failed_in_row < UINT32_MAX)
		h->failed_in_row++;
	if (h->state == HEALTH_DOWN)
		return e;
	if (h->failed_in_row <= c->retry &&
	    (h->state == HEALTH_UP || h->is_presumed_up)) {
		e.next = HEALTH_NEXT_RETRY;
		return e;
	}
	e.is_changed = set_state(h, HEALTH_DOWN, now);
	return e;
}

struct health_effect
health_step(const struct health_conf *c, struct health *h,
	    enum check_reason result, monotime_t now)
{
	h->last = result;
	switch (check_reason_class(result)) {
	case CHECK_OK:
		return on_ok(c, h, now);
	case CHECK_FAILED:
		return on_failed(c, h, now);
	case CHECK_UNKNOWN:
		h->n_unknown++;
		return (struct health_effect){.next = HEALTH_NEXT_LOCAL};
	}
	assert(!"no such class");
	return (struct health_effect){.next = HEALTH_NEXT_PAUSE};
}

const char *
health_state_name(enum health_state s)
{
	switch (s) {
	case HEALTH_UNCHECKED:
		return "unchecked";
	case HEALTH_UP:
		return "up";
	case HEALTH_DOWN:
		return "down";
	}
	return "?";
}
