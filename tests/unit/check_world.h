/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A world for the check engine's tests: a virtual clock, a dialler whose
 * answers the test decides, configurations made in memory, and a recorder for
 * what is said to the ipvs engine and the supervisor.  The recorder keeps the
 * table that an obedient ipvs engine would hold.
 */
#ifndef DUUMVIR_TEST_CHECK_WORLD_H
#define DUUMVIR_TEST_CHECK_WORLD_H

#include "check/pools.h"
#include "lib/arena.h"

#define WORLD_DESTS_MAX 4096
#define WORLD_SVCS_MAX	1024

struct world_dest {
	struct msg_dest m;
	bool is_there;
};

struct world_svc {
	struct msg_svc m;
	bool is_there;
};

struct world {
	monotime_t now;
	struct probes probes;
	struct pools pools;
	struct check_out out;
	/* What the dialler answers by the last byte of the address; a reason,
	 * or REASON_COUNT for no answer at all. */
	enum check_reason answer[256];
	/* The weight that comes with a good answer; below 0: none. */
	int32_t weight[256];
	nsec_t answer_time; /* after the start of an attempt; 0 at once */
	uint32_t dials[256];
	/* What was said. */
	uint32_t n_msg[MSG_COUNT];
	struct world_dest dest[WORLD_DESTS_MAX];
	uint32_t n_dests;
	struct world_svc svc[WORLD_SVCS_MAX];
	uint32_t n_svcs;
	struct msg_rs_state last_rs;
	struct msg_rs_state rs[8]; /* the first reports, in order */
	uint32_t n_rs;
	struct msg_vs_state last_vs;
	struct msg_rs_drain drain[64]; /* what the supervisor remembers */
	uint32_t n_drains;
	bool is_syncing;
	uint32_t n_left_dels; /* SVC_DEL within a full description */
	uint32_t emptied;     /* a DEST_DEL left a service without weight */
	/* Called after each message to the ipvs engine. */
	void (*on_ipvs)(struct world *w, enum msg_type type);
	struct arena *arena;
};

struct world *world_new(void);
void world_free(struct world *w);
/* All probes of the host with this last byte have this verdict now. */
void world_verdict(struct world *w, uint8_t host, bool is_up);
/* The check engine dies and another one takes its place, told what the first
 * had reported; the ipvs engine's table stays.  conf as in world_start(). */
void world_respawn(struct world *w, const struct check_conf *c);
/* Runs the clock up to this many ns from now. */
void world_run(struct world *w, nsec_t d);
/* Whether the table that grew out of single messages is the one that a full
 * sync (which this makes) gives. */
bool world_table_is_true(struct world *w);
/* Messages to the ipvs engine so far. */
uint32_t world_ipvs_msgs(const struct world *w);
/* The destination with this last byte in the service with that one. */
const struct msg_dest *world_dest(const struct world *w, uint8_t svc,
				  uint8_t rs);

/* Configurations: 10.0.0.VS:80 with servers 10.0.1.RS:80. */
struct check_conf *world_conf(struct world *w);
struct virtual_server_conf *world_vs(struct world *w, struct check_conf *c,
				     uint16_t vs);
struct real_server_conf *world_rs(struct world *w,
				  struct virtual_server_conf *vs, uint8_t rs);
struct checker_conf *world_checker(struct world *w,
				   struct real_server_conf *rs);
/* The seed's pool: servers 1 and 2 behind WORLD_VIP. */
#define WORLD_VIP 110
struct check_conf *world_pair(struct world *w);
struct virtual_server_conf *world_first_vs(struct check_conf *c);
/* An ipvs engine listens and this is the first configuration. */
void world_start(struct world *w, const struct check_conf *c);

#endif
