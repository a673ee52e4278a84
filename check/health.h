/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The verdict on one target out of the results of its attempts.  Pure.
 *
 * A target that is up goes down after 1 + retry failed attempts in a row,
 * delay_before_retry apart; it comes up with the first success.  One of which
 * nothing is known goes down with its first failure, as with keepalived: there
 * is no good name to lose.  A target that is down is tried once per interval.
 * A result of class unknown changes nothing but its counter.
 */
#ifndef DUUMVIR_CHECK_HEALTH_H
#define DUUMVIR_CHECK_HEALTH_H

#include <stdint.h>

#include "check/reason.h"
#include "lib/monotime.h"

enum health_state {
	HEALTH_UNCHECKED, /* no verdict yet */
	HEALTH_UP,
	HEALTH_DOWN,
};

struct health_conf {
	uint32_t retry;
	nsec_t delay_loop;
	nsec_t delay_before_retry;
};

struct health {
	enum health_state state;
	enum check_reason last;		/* of the latest attempt */
	enum check_reason last_failure; /* NONE: never failed */
	monotime_t since;		/* of the state */
	monotime_t failed_at;		/* of last_failure */
	/* Unchecked here, but it was up before this probe was made: a reload
	 * changed the parameters, or this process is a respawn. */
	bool is_presumed_up;
	uint32_t failed_in_row;
	uint32_t transitions;
	uint64_t n_ok, n_failed, n_unknown;
};

/* When the next attempt is due. */
enum health_next {
	HEALTH_NEXT_INTERVAL, /* delay_loop after this one was due */
	HEALTH_NEXT_PAUSE,    /* delay_loop after this one ended */
	HEALTH_NEXT_RETRY,    /* delay_before_retry after it ended */
};

struct health_effect {
	bool is_changed; /* the state is another one now */
	enum health_next next;
};

struct health health_init(monotime_t now);
struct health_effect health_step(const struct health_conf *c, struct health *h,
				 enum check_reason result, monotime_t now);
const char *health_state_name(enum health_state s);

#endif
