/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a server's agent says, by the words of HAProxy's agent-check: one line
 * of words between blanks, tabs and commas, in any order and case.
 *
 *	up                      it works
 *	down failed stopped     it does not; '#' and why may follow
 *	ready drain maint       what the administrator wants of it
 *	75%                     the share of its weight
 *	maxconn:30              no matter here
 *
 * Up and down, what the administrator wants, and the share are three things;
 * what a line does not speak of stays as it was.  Pure.
 */
#ifndef DUUMVIR_CHECK_AGENT_WORDS_H
#define DUUMVIR_CHECK_AGENT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum agent_admin {
	AGENT_READY,
	AGENT_DRAIN, /* no new connections */
	AGENT_MAINT, /* nothing at all */
};

struct agent_state {
	enum agent_admin admin;
	bool is_down;
	uint32_t percent; /* 0..100; more than all of it is all of it */
};

struct agent_state agent_state_init(void);
/*
 * As the value of a probe, which outlives this process and goes on over a
 * reload: the per cent, or less than 0, which weighs nothing, for drain and
 * maint with the per cent that ready will bring back.
 */
int32_t agent_value(const struct agent_state *s);
/* The other way round; is_down is not in it, and what cannot be is as from
 * agent_state_init(). */
struct agent_state agent_state_of(int32_t value);
/* How many words were understood; 0: s is as it was. */
uint32_t agent_parse(const char *line, size_t len, struct agent_state *s);

#endif
