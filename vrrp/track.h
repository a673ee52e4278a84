/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What tracked objects make of a priority: the sum of weights and whether one
 * without weight is down.  Pure, and never accumulated: each sum is made anew
 * from the present states, so every order of changes ends in the same one.
 */
#ifndef DUUMVIR_VRRP_TRACK_H
#define DUUMVIR_VRRP_TRACK_H

#include <stdbool.h>
#include <stdint.h>

enum track_kind {
	TRACK_INTERFACE,
	TRACK_SCRIPT,
	TRACK_FILE,
	TRACK_PROCESS,
	TRACK_ROUTE,
	TRACK_GATEWAY,
	TRACK_KINDS,
};

/* "interface", "script", ...; "" if there is no such kind. */
const char *track_kind_name(enum track_kind kind);

enum track_level {
	TRACK_UNKNOWN, /* no result yet: it neither adds nor fails anything */
	TRACK_UP,
	TRACK_DOWN,
};

/* Where an object stands.  One with a value (a file) has a number instead of
 * a level: 0 is well, and it is multiplied by the weight. */
struct track_state {
	enum track_level level;
	bool has_value;
	int64_t value;
};

bool track_state_is_equal(const struct track_state *a,
			  const struct track_state *b);

/* What a set of references comes to. */
struct track_sum {
	int64_t delta;	  /* to be added to the base priority */
	uint32_t down;	  /* objects that ask for FAULT */
	uint32_t unknown; /* objects without weight and without a result */
};

/*
 * Adds one reference.  Weight 0: down while the object is down (reverse:
 * while it is up).  Positive: added while up, negative: added while down;
 * reverse turns the sign of what is added.  A value times its weight is cut
 * to +/-254, and -254 is down.
 */
void track_sum_add(struct track_sum *s, const struct track_state *st,
		   int32_t weight, bool reverse);
/* Base and sum, within 1..254; the owner's 255 stays. */
uint8_t track_priority(uint8_t base, const struct track_sum *s);

/* ---- results of a script ---- */

/* run: results in a row that speak against the level. */
struct track_fold {
	enum track_level level;
	uint32_t run;
};

/* init_fail: down until the first success, whatever rise says. */
struct track_fold track_fold_init(bool init_fail, uint32_t rise);
/* One more result; the first one decides alone.  Has the level changed? */
bool track_fold_step(struct track_fold *f, bool is_ok, uint32_t rise,
		     uint32_t fall);

/* Processes found against quorum and quorum_max. */
enum track_level track_quorum_level(uint32_t count, uint32_t quorum,
				    uint32_t quorum_max);

#endif
