/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the user wrote about BFD sessions: filled by the table in bfd/conf.c.
 * A member is named like its keyword and holds its effective value.
 */
#ifndef DUUMVIR_BFD_CONF_H
#define DUUMVIR_BFD_CONF_H

#include "parser/common.h"

struct conf_module;

struct bfd_instance_conf {
	struct conf_obj obj; /* name: at most 31 characters */
	struct addr source_ip, neighbor_ip;
	nsec_t min_rx, min_tx, idle_tx;
	uint8_t multiplier;
	bool passive, multihop;
	uint8_t ttl;
	int32_t max_hops;
	int32_t weight;
	bool reverse;
	bool vrrp, checker; /* who is told; both if neither was given */
};

/* Root of the bfd module. */
struct bfd_conf {
	struct conf_obj obj;
	struct conf_obj global_defs;   /* which of its rows were given */
	struct conf_sched bfd_sched;   /* bfd_priority, bfd_no_swap, ... */
	struct conf_list bfd_instance; /* struct bfd_instance_conf */
};

extern const struct conf_module bfd_conf_module;
const struct bfd_conf *bfd_conf_get(const struct conf *c);

#endif
