/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What probes have in common that differ in whom they ask only: parameters,
 * the rest of their checker's key, and what the checker keeps of it (requests,
 * compiled patterns).  Thousands of servers with the same check hold one copy,
 * counted by its users.  Equal means equal in every byte: no digest stands for
 * the key.
 */
#ifndef DUUMVIR_CHECK_TERMS_H
#define DUUMVIR_CHECK_TERMS_H

#include <uthash.h>

#include "check/conf.h"
#include "lib/msg.h"

struct buf;
struct checker_ops;

/* What all checkers share, by value: a probe outlives configurations.  It is
 * the front of the terms' key, so it has no bytes left to chance. */
struct probe_params {
	struct addr_port bind;
	uint32_t type; /* enum checker_type */
	uint32_t fwmark;
	uint32_t retry, rise;
	char bind_if[MSG_IFNAME_LEN];
	uint32_t pad;
	nsec_t connect_timeout, delay_before_retry, delay_loop, warmup;
	nsec_t fast_interval, down_interval;
};

struct terms {
	UT_hash_handle hh;
	const struct checker_ops *ops;
	uint32_t n_users;
	uint64_t identity; /* hash of the key, the same in every process */
	void *common;	   /* of the checker */
	struct probe_params params; /* the key begins here */
	uint8_t tail[];
};

/* The terms with this key (params and more), made of c if there are none. */
struct terms *terms_join(struct terms **all, const struct checker_ops *ops,
			 const struct checker_conf *c, const struct buf *key);
/* With the last user they end. */
void terms_leave(struct terms **all, struct terms *t);

#endif
