/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The sum of what is tracked; see track.h. */
#include "vrrp/track.h"

#include <stddef.h>

#define VALUE_LIMIT 254
#define PRIO_MIN    1
#define PRIO_MAX    254
#define PRIO_OWNER  255

const char *
track_kind_name(enum track_kind kind)
{
	static const char *const name[TRACK_KINDS] = {
		[TRACK_INTERFACE] = "interface", [TRACK_SCRIPT] = "script",
		[TRACK_FILE] = "file",		 [TRACK_PROCESS] = "process",
		[TRACK_ROUTE] = "route",	 [TRACK_GATEWAY] = "gateway",
	};

	return (size_t)kind < TRACK_KINDS ? name[kind] : "";
}

bool
track_state_is_equal(const struct track_state *a, const struct track_state *b)
{
	return a->level == b->level && a->has_value == b->has_value &&
	       a->value == b->value;
}

static int64_t
clamp(int64_t v, int64_t min, int64_t max)
{
	return v < min ? min : v > max ? max : v;
}

static void
add_value(struct track_sum *s, int64_t value, int32_t weight, bool reverse)
{
	int64_t v = clamp(value, -VALUE_LIMIT, VALUE_LIMIT);

	if (weight == 0) {
		s->down += (v != 0) != reverse;
		return;
	}
	v = clamp(v * weight * (reverse ? -1 : 1), -VALUE_LIMIT, VALUE_LIMIT);
	if (v == -VALUE_LIMIT)
		s->down++;
	else
		s->delta += v;
}

void
track_sum_add(struct track_sum *s, const struct track_state *st, int32_t weight,
	      bool reverse)
{
	bool is_up = st->level == TRACK_UP;

	if (st->has_value) {
		add_value(s, st->value, weight, reverse);
		return;
	}
	if (st->level == TRACK_UNKNOWN) {
		s->unknown += weight == 0;
		return;
	}
	if (weight == 0)
		s->down += is_up == reverse;
	else if (is_up == (weight > 0))
		s->delta += reverse ? -(int64_t)weight : weight;
}

uint8_t
track_priority(uint8_t base, const struct track_sum *s)
{
	if (base == PRIO_OWNER)
		return base;
	return (uint8_t)clamp(base + s->delta, PRIO_MIN, PRIO_MAX);
}

struct track_fold
track_fold_init(bool init_fail, uint32_t rise)
{
	struct track_fold f = {.level = TRACK_UNKNOWN};

	if (init_fail) {
		f.level = TRACK_DOWN;
		f.run = rise > 0 ? rise - 1 : 0;
	}
	return f;
}

bool
track_fold_step(struct track_fold *f, bool is_ok, uint32_t rise, uint32_t fall)
{
	enum track_level said = is_ok ? TRACK_UP : TRACK_DOWN;

	if (f->level == said) {
		f->run = 0;
		return false;
	}
	f->run++;
	if (f->level != TRACK_UNKNOWN && f->run < (is_ok ? rise : fall))
		return false;
	*f = (struct track_fold){.level = said};
	return true;
}

enum track_level
track_quorum_level(uint32_t count, uint32_t quorum, uint32_t quorum_max)
{
	return count >= quorum && count <= quorum_max ? TRACK_UP : TRACK_DOWN;
}
