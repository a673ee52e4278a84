/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The weight of a server out of what the user wrote and what its checkers say
 * now.  Pure: a function of the inputs of the moment, whatever their order and
 * whatever they were before; nothing is added up over time.
 *
 * As with keepalived a script's weight counts as its difference from the
 * configured one, so that several scripts and files add up; the sum is cut to
 * 0..INT32_MAX.  Per cents (agents) come last; of several the least counts.
 */
#ifndef DUUMVIR_CHECK_WEIGHT_H
#define DUUMVIR_CHECK_WEIGHT_H

#include <stdint.h>

/* What the value of a checker means. */
enum weight_kind {
	WEIGHT_NONE,	 /* nothing for the weight */
	WEIGHT_ABSOLUTE, /* the weight; below 0: the configured one */
	WEIGHT_ADD,	 /* is added */
	WEIGHT_PERCENT,	 /* 0..100 of all the rest */
};

struct weight {
	int64_t configured, sum;
	uint32_t percent;
};

struct weight weight_init(uint32_t configured);
void weight_add(struct weight *w, enum weight_kind kind, int32_t value);
/* A part of something is never rounded to nothing. */
uint32_t weight_result(const struct weight *w);

#endif
