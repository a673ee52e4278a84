/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A model check of pools: the real services, tables and probes' verdicts, an
 * obedient ipvs peer, and a walk that takes every event in every state that
 * can be reached, so all orders of any length.
 *
 * The laws, held after every single message:
 *  1. A service of the kernel that has somebody with weight before and after
 *     an event has somebody with weight after each message in between; and
 *     who can serve does serve when the event is over.
 *  2. The sorry server and real servers serve together only within an event
 *     that changes which of them shall serve, between the first addition and
 *     the last removal; nobody begins to serve after somebody ceased to.
 *  3. What is set is at once what it shall be in the end; in the end the
 *     table is what a second reading of the rules (model_expect) says: a
 *     function of who is alive (and since when, where slow_start or
 *     panic_threshold ask), of the configuration and of quorum, and quorum
 *     is a function of the weight outside of the hysteresis.
 *  4. panic_threshold keeps whom a second reading (model_keep) says, and never
 *     somebody that no check has seen up.
 *  5. A full sync tells the same table.
 *  6. With drain whoever leaves the table, for whatever reason, has weight 0
 *     in it for so long (model_drain) unless wanted again, and the supervisor
 *     remembers just these.
 */
#ifndef DUUMVIR_TEST_POOL_MODEL_H
#define DUUMVIR_TEST_POOL_MODEL_H

#include "tests/unit/check_world.h"

#define MODEL_SERVERS 4
#define MODEL_PLANS   4
#define MODEL_KEYS    4

/* One server of a plan: 10.0.1.HOST. */
struct model_server {
	uint8_t host; /* 0: none */
	uint16_t port;
	uint32_t weight, uthreshold, timeout;
	bool inhibits, alpha, is_nat;
};

/* What a configuration of one virtual server is made from. */
struct model_plan {
	uint32_t quorum, hysteresis;
	uint8_t sorry; /* host, 0: none; 200 is no server */
	bool is_sorry_inhibited, is_fwmark;
	uint8_t n_addrs; /* of a group; 0: a service by address */
	uint8_t first_addr;
	uint32_t panic, slow_start; /* per cent; seconds, up to 9 */
	uint32_t drain;		    /* seconds, up to 9; 0: not */
	struct model_server rs[MODEL_SERVERS];
};

struct model_stats {
	uint64_t states, steps, messages;
};

/* Walks all orders of verdicts, reloads between these plans, passing time (if
 * a plan makes it matter), and, if asked, of comings and goings of the ipvs
 * engine and respawns.  False, with words on
 * standard error, when a law is broken. */
bool model_check(const struct model_plan *plan, size_t n_plans,
		 bool has_engine_events, struct model_stats *stats);

/* The table that shall be: destinations of one service key. */
struct model_dest {
	uint8_t host;
	uint16_t port;
	uint32_t weight;
};
#define MODEL_DESTS (4 * MODEL_SERVERS)
struct model_table {
	struct model_dest dest[MODEL_DESTS];
	size_t n;
};
/* Who drains, and since when. */
struct model_drains {
	struct model_dest dest[MODEL_DESTS];
	monotime_t left[MODEL_DESTS];
	size_t n;
};
struct model_fact {
	bool is_alive, is_kept, was_up;
	monotime_t since; /* of is_alive */
	uint32_t weight;  /* while it serves */
};
void model_keep(const struct model_plan *p, nsec_t window,
		struct model_fact fact[MODEL_SERVERS]);
void model_expect(const struct model_plan *p,
		  const struct model_fact fact[MODEL_SERVERS], bool has_quorum,
		  struct model_table *out);

/* was: the table wanted before this event, without those that drain; wanted:
 * now.  Who drains now. */
void model_drain(const struct model_plan *p, const struct model_table *was,
		 const struct model_table *wanted, monotime_t now,
		 struct model_drains *d);

#endif
