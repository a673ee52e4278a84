/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The verdict on one target out of the results of its attempts.  Pure.
 *
 * A target that is up goes down after 1 + retry failed attempts in a row; one
 * that is down comes up after rise successful ones.  One of which nothing is
 * known takes its first result for its verdict, as with keepalived at start:
 * there is no name to lose.  What was up or down before this probe was made, or
 * is taken to be, is treated like what is.  A result of class unknown changes nothing but its counter: it
 * neither lengthens a row nor breaks it.
 *
 * While results agree with the verdict, attempts are delay_loop apart (down:
 * down_interval, if given); while they disagree, fast_interval if given, else
 * delay_before_retry on the way down and delay_loop on the way up.
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
	uint32_t retry, rise; /* rise 0 is 1 */
	nsec_t delay_loop;
	nsec_t delay_before_retry;
	nsec_t fast_interval, down_interval; /* 0: not given */
	nsec_t warmup; /* for sched.h; SCHED_NO_WARMUP: not given */
};

/* There are thousands: the members are packed. */
_Static_assert(REASON_COUNT <= 128, "a reason fits into eight bits");

struct health {
	enum health_state state : 8;
	enum check_reason last : 8;	    /* of the latest attempt */
	enum check_reason last_failure : 8; /* NONE: never failed */
	/* Unchecked here, but it was up (or down) before this probe was made:
	 * a reload changed the parameters, or this process is a respawn. */
	bool is_presumed_up : 1, is_presumed_down : 1;
	uint32_t ok_in_row, failed_in_row;
	uint32_t transitions;
	monotime_t since;     /* of the state */
	monotime_t failed_at; /* of last_failure */
	monotime_t ok_at;     /* of the last success, if n_ok > 0 */
	uint64_t n_ok, n_failed, n_unknown;
};

/* When the next attempt is due; the durations are sched_next()'s matter. */
enum health_next {
	HEALTH_NEXT_INTERVAL, /* up, and it answers */
	HEALTH_NEXT_PAUSE,    /* down, and it does not answer */
	HEALTH_NEXT_RETRY,    /* up, but the last attempts failed */
	HEALTH_NEXT_RISE,     /* down, but the last attempts passed */
	HEALTH_NEXT_LOCAL,    /* we could not ask */
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
