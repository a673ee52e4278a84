/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The simulation: many nodes, each the real router (vrrp/router.h) with the
 * real configuration and reload code behind it, on virtual links and virtual
 * clocks.  A seed is a world and its history; the same seed is the same
 * history, to the nanosecond.  What must hold is in check.c.
 */
#ifndef DUUMVIR_TESTS_SIM_H
#define DUUMVIR_TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "vrrp/instance.h"

#define SIM_NODES  24
#define SIM_LANS   3
#define SIM_VRS	   24 /* virtual routers, each on one LAN */
#define SIM_GROUPS 3
#define SIM_EVENTS 128
#define SIM_BYTES  160 /* of a datagram */
#define SIM_VIPS   64  /* addresses a node's kernel remembers */

/* ---- the world as a seed makes it (script.c) ---- */

/* One virtual router, the same on all nodes but for what is in sim_part. */
struct sim_vr {
	uint8_t vrid, lan, version;
	bool is_v6;
	uint32_t advert_ms;
};

/* A node's part in a virtual router. */
struct sim_part {
	bool is_there;
	bool nopreempt;
	uint8_t priority;
	uint8_t preempt_delay; /* seconds */
	uint8_t group;	       /* 0: none */
};

enum sim_event_kind {
	SIM_LINK,      /* node, lan, value: up */
	SIM_PARTITION, /* lan, value: bit set of nodes that are apart */
	SIM_LOSS,      /* lan, value: of 1000 */
	SIM_DEAF,      /* node, lan, value: of 1000 that it does not hear */
	SIM_FREEZE,    /* node, value: milliseconds */
	SIM_CRASH,     /* node, value: milliseconds until its respawn */
	SIM_REBOOT,    /* the same, and the kernel forgets */
	SIM_STOP,      /* node: orderly */
	SIM_START,     /* node */
	SIM_PART,      /* node, vr, part: a reload */
	SIM_CHECK,     /* a quiet stretch begins: the bound runs */
	SIM_QUIET,     /* the bound is over: all must be well from now on */
	SIM_END,
};

struct sim_event {
	nsec_t at;
	enum sim_event_kind kind;
	uint8_t node, lan, vr;
	uint32_t value;
	struct sim_part part;
	bool is_off; /* taken out by the minimiser */
};

struct sim_script {
	uint64_t seed;
	uint32_t n_nodes, n_lans, n_vrs, n_groups;
	bool has_mixed; /* members of a group have their own priorities */
	struct sim_vr vr[SIM_VRS];
	struct sim_part part[SIM_NODES][SIM_VRS]; /* at the start */
	int32_t ppm[SIM_NODES];			  /* clock drift */
	nsec_t start[SIM_NODES];
	nsec_t delay, jitter; /* of a link */
	uint32_t dup;	      /* of 1000 */
	nsec_t lateness;      /* of a wake-up, at most */
	struct sim_event event[SIM_EVENTS];
	size_t n_events;
};

void sim_script_make(struct sim_script *s, uint64_t seed);
void sim_script_print(const struct sim_script *s);
/* The node's configuration file. */
void sim_config(const struct sim_script *s, uint32_t node,
		const struct sim_part *part, struct buf *out);
void sim_ifname(char *buf, size_t size, uint32_t lan);
struct addr sim_addr(uint32_t lan, uint32_t node, bool is_v6);
const char *sim_event_name(enum sim_event_kind k);

/* ---- chance ---- */

struct sim_rng {
	uint64_t s;
};
uint64_t sim_rand(struct sim_rng *r);
/* 0..n-1 */
uint32_t sim_below(struct sim_rng *r, uint32_t n);
bool sim_chance(struct sim_rng *r, uint32_t of_1000);

/* ---- the world as it runs (world.c) ---- */

struct sim_world;

struct sim_packet {
	nsec_t at; /* arrival */
	uint64_t seq;
	uint8_t to, lan;
	int family;
	struct addr src, dst;
	size_t len;
	uint8_t data[SIM_BYTES];
};

/* What is known about a node's instance from outside. */
struct sim_watch {
	enum vrrp_state_word state;
	nsec_t heard;	 /* last advert that must be respected, local time */
	nsec_t heard_at; /* last of any kind */
	nsec_t zero;	 /* last priority 0 */
	nsec_t beaten;	 /* last advert that beats a master */
	nsec_t began;	 /* when it began to listen */
	nsec_t changed;	 /* global time of the last transition */
	uint32_t sent;	 /* adverts since the quiet began */
};

struct sim_node {
	struct sim_world *world;
	uint8_t index;
	struct vrrp_router router;
	struct conf *conf;
	struct sim_part part[SIM_VRS];	  /* as configured */
	struct sim_part applied[SIM_VRS]; /* as the engine has it */
	struct sim_watch watch[SIM_VRS];
	struct vip_addr vip[SIM_VIPS]; /* the kernel's */
	size_t n_vips;
	bool carrier[SIM_LANS];
	uint32_t deaf[SIM_LANS];
	bool is_up, is_master_hint;
	bool is_respawn; /* it starts from its kernel's memory and hints */
	nsec_t frozen_until;
	nsec_t slept;		  /* global time of the last thaw */
	nsec_t disturbed;	  /* global time of the last thaw or reload */
	nsec_t starts;		  /* INT64_MAX: does not */
	nsec_t wake;		  /* global time of the next run */
	struct sim_packet *inbox; /* while frozen */
	size_t n_inbox, room_inbox;
	struct buf trace; /* as a replay file */
	nsec_t trace_began;
};

struct sim_world {
	const struct sim_script *script;
	struct sim_rng rng;
	nsec_t now;
	struct sim_node node[SIM_NODES];
	uint32_t apart[SIM_LANS], loss[SIM_LANS];
	struct sim_packet **heap;
	size_t n_heap, room_heap;
	struct sim_packet *spare;
	uint64_t seq, steps, adverts, transitions;
	bool is_quiet;
	nsec_t quiet_since;
	bool is_traced, is_loud;
	char failure[256]; /* empty: none yet */
	char what[32];	   /* the invariant */
	nsec_t failed_at;
	uint32_t failed_node;
};

void sim_world_init(struct sim_world *w, const struct sim_script *s);
/* Until the end or the first failure; false: it failed. */
bool sim_world_run(struct sim_world *w);
void sim_world_fini(struct sim_world *w);

nsec_t sim_local(const struct sim_node *n, nsec_t global);
/* The name is VI_<number>. */
int sim_vr_of(const char *name);

/* ---- a node (node.c) ---- */

void sim_node_init(struct sim_world *w, uint32_t index);
void sim_node_fini(struct sim_node *n);
/* Starts the engine or applies what part says now. */
void sim_node_apply(struct sim_node *n);
void sim_node_start(struct sim_node *n);
/* The process is gone without a word. */
void sim_node_crash(struct sim_node *n);
void sim_node_stop(struct sim_node *n);
void sim_node_carrier(struct sim_node *n, uint32_t lan, bool is_up);
void sim_node_run(struct sim_node *n);
void sim_node_receive(struct sim_node *n, const struct sim_packet *p,
		      nsec_t age);
void sim_node_schedule(struct sim_node *n);
/* A datagram has reached the socket. */
void sim_node_trace_packet(struct sim_node *n, const struct sim_packet *p);
const struct vrrp_instance *sim_node_instance(const struct sim_node *n,
					      uint32_t vr);
/* Puts a datagram on the wire (world.c). */
void sim_world_transmit(struct sim_world *w, const struct sim_node *from,
			const struct vrrp_tx *tx);

/* ---- what must hold (check.c) ---- */

void sim_fail(struct sim_world *w, uint32_t node, const char *what,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* A datagram reaches a node that listens. */
void sim_check_heard(struct sim_node *n, uint32_t vr, uint8_t priority,
		     const struct addr *src, nsec_t age);
/* The node reported a state. */
void sim_check_state(struct sim_node *n, uint32_t vr, enum vrrp_state_word to);
/* A reload that is about one virtual router: the others stay master. */
void sim_check_reload(struct sim_node *n, uint32_t vr);
/* After each thing that a node did. */
void sim_check_node(struct sim_node *n);
void sim_check_quiet_begins(struct sim_world *w);
void sim_check_quiet_ends(struct sim_world *w);
/* How long the protocol may take to settle. */
nsec_t sim_bound(const struct sim_script *s);

/* ---- replay files of a failure (trace.c) ---- */

void sim_trace(struct sim_node *n, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void sim_trace_begin(struct sim_node *n);
void sim_trace_freeze(struct sim_node *n);
int sim_trace_write(const struct sim_world *w, uint32_t node, const char *path);
/* Takes events and trouble out as long as it still fails; returns whether
 * the seed fails at all. */
bool sim_minimise(struct sim_script *s);

#endif
