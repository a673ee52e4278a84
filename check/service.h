/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Virtual servers at run time: their servers, what the checkers say of them,
 * quorum, and what the ipvs engine and the supervisor were told.
 *
 * A service is made from its configuration as a whole; a reload makes a new
 * one that takes over the state of the old one by identity (service by name
 * and protocol, server by address and port, checker by its probe, else by its
 * place) and then tells only what differs.
 */
#ifndef DUUMVIR_CHECK_SERVICE_H
#define DUUMVIR_CHECK_SERVICE_H

#include "check/panic.h"
#include "check/probe.h"
#include "check/publish.h"

struct leaver;
struct service;
struct server;

/* What services need of the world. */
struct service_env {
	struct probes *probes;
	struct publish *publish;
	struct keymap *keys; /* of all services, also those about to go */
	/* Of those of this configuration so far: who comes first has a key. */
	struct keymap *claimed;
	struct heap *ramps;  /* of servers in slow_start */
	struct heap *drains; /* of entries that drain */
	const struct locals *locals;
	const struct check_out *out;
	const struct check_conf *conf;
	bool is_start; /* conf is the first one of this process */
	/* The kinds of checkers there are: checker_ops_find(), or a test's. */
	const struct checker_ops *(*find_ops)(enum checker_type type);
};

/* One checker of one server. */
struct checker {
	struct probe_user user; /* first: a user is its checker */
	struct server *server;
	const struct checker_conf *conf;
	bool is_failed; /* what counts, also before the first verdict */
};

/* What the supervisor was told of a server. */
struct server_report {
	uint64_t failed;
	uint32_t weight;
	bool is_alive, was_up, is_made;
};

struct server {
	struct service *service;
	const struct real_server_conf *conf;
	struct checker *checker;
	uint32_t n_checkers;
	struct server_state state;
	struct dest_want told;	/* what the ipvs engine was told */
	uint32_t hinted_weight; /* of the predecessor, until checkers speak */
	bool has_hinted_weight;
	bool is_starting; /* assumed down (alpha), no verdict yet */
	bool was_up;	  /* checks have seen it up since it is configured */
	bool is_ramping;  /* slow_start, since it has recovered */
	struct server_report reported;
	monotime_t since, recovered;
	struct heap_node ramp_timer; /* the next level */
};

#define SERVICE_ID_LEN (MSG_VS_NAME_LEN + 16)

struct service {
	UT_hash_handle hh;
	char id[SERVICE_ID_LEN]; /* identity over reloads */
	char name[MSG_VS_NAME_LEN];
	struct service_env *env;
	const struct virtual_server_conf *conf;
	struct msg_svc *svc; /* services of the kernel, as told */
	size_t n_svc;
	struct server *server;
	uint32_t n_servers;
	struct pool_state pool;
	struct dest_want sorry_told;
	TAILQ_HEAD(, leaver) leaving; /* on_down drain: check/drain.h */
	uint32_t n_leaving;
	bool is_settled;   /* service_start() was here */
	bool is_suspended; /* ha_suspend, and no address of it is here */
	bool has_twins;	   /* servers may be one destination to the kernel */
	bool is_reported, had_quorum; /* the supervisor was told so */
	monotime_t quorum_since;
	/* Of panic_threshold; down is NULL without it. */
	struct down *down; /* by since */
	uint32_t n_down, n_known;
	nsec_t window;
};

/* The identity of a service, as in struct service. */
const char *service_id(const struct virtual_server_conf *vs,
		       char buf[static SERVICE_ID_LEN]);

/*
 * Makes the service; old (NULL: it is new) gives its state and stays intact.
 * Nothing is told yet.
 */
struct service *service_new(struct service_env *env,
			    const struct virtual_server_conf *vs,
			    const struct service *old, monotime_t now);
void service_free(struct service *s);

/* What was known of a server or service before this process was started;
 * before service_start(). */
void service_hint_server(struct service *s, const struct msg_rs_state *h);
void service_hint_quorum(struct service *s, const struct msg_vs_state *h);

/*
 * Settles quorum and tells what differs from old (NULL: all): additions
 * first.  Then old may be freed.
 */
void service_start(struct service *s, const struct service *old,
		   monotime_t now);
/* The service is no longer configured: takes everything back. */
void service_stop(struct service *s);
/* A probe has a new verdict. */
void service_on_verdict(struct checker *c, monotime_t now);

/* The server of this address, likely in this place; NULL (also if s is). */
const struct server *service_find_server(const struct service *s,
					 const struct addr_port *ap,
					 uint32_t likely);
/* An address of this machine came or went (ha_suspend). */
void service_on_local(struct service *s, monotime_t now);
/* The next level of a slow_start is due. */
void service_on_ramp(struct server *sv);

/* Weight of the live servers and of those that are kept. */
uint64_t service_alive_weight(const struct service *s);
uint32_t service_alive_count(const struct service *s);

#endif
