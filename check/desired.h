/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * From what the user wrote and what is alive to the table the kernel shall
 * have.  Pure: a weight is a function of the inputs of the moment, never of
 * what was there before.
 *
 * With quorum, or without a sorry server, the live servers serve, and those
 * that panic_threshold keeps; the weight of one that has recovered grows with
 * slow_start.  Without
 * quorum the sorry server serves alone.  A server with inhibit_on_failure
 * never leaves: where another one would be absent it has weight 0.
 */
#ifndef DUUMVIR_CHECK_DESIRED_H
#define DUUMVIR_CHECK_DESIRED_H

#include "check/conf.h"
#include "lib/msg.h"

/* What is wanted for one server of a pool, whatever service key it is
 * written under.  All zero: absent. */
struct dest_want {
	struct addr_port addr;
	uint32_t weight;
	uint32_t fwd_method;
	uint32_t u_threshold, l_threshold;
	uint16_t tun_port, tun_flags;
	uint8_t tun_type;
	bool is_present;
};

/* What is true of a pool and its servers now. */
struct pool_state {
	bool has_quorum;
	bool is_panic; /* some failed servers stay, as their is_kept says */
};

struct server_state {
	bool is_alive;
	bool is_kept;	 /* it failed, but panic_threshold keeps it */
	bool is_sorry;	 /* one destination with the sorry server */
	bool is_twin;	 /* one destination with a server before it, ... */
	uint32_t first;	 /* ... the first of them in this place */
	uint32_t weight; /* effective, when alive */
	uint32_t ramp;	 /* per mille of it in the table; 0: all */
};

struct dest_want desired_server(const struct virtual_server_conf *vs,
				const struct real_server_conf *rs,
				const struct pool_state *pool,
				const struct server_state *s);
bool dest_want_is_equal(const struct dest_want *a, const struct dest_want *b);

/*
 * The whole table of a pool: out[i] for the i-th server, out[n] for the sorry
 * server.  s and out follow the order of vs->real_server.  Of servers that are
 * one destination the first that serves has the entry, else the first that
 * stays with weight 0.
 */
void desired_table(const struct virtual_server_conf *vs,
		   const struct pool_state *pool, const struct server_state *s,
		   size_t n, struct dest_want *out);

/* Are two servers one destination to the kernel, which knows ports only where
 * NAT rewrites them?  (In a group the port depends on the entry: one address
 * with and without NAT is then taken for one destination.) */
bool desired_is_same_dest(const struct virtual_server_conf *vs,
			  const struct addr_port *a,
			  const struct lvs_method_conf *am,
			  const struct addr_port *b,
			  const struct lvs_method_conf *bm);
/* Are both present and written under the same key? */
bool desired_is_same_key(const struct msg_svc_key *key,
			 const struct dest_want *a, const struct dest_want *b);

/* The messages that say so. */
struct msg_svc desired_svc(const struct virtual_server_conf *vs,
			   const struct msg_svc_key *key);
struct msg_dest_key desired_dest_key(const struct msg_svc_key *key,
				     const struct dest_want *w);
struct msg_dest desired_dest(const struct msg_svc_key *key,
			     const struct dest_want *w);

/*
 * The kernel's services of a virtual server: one, or one for each address of
 * its group.  Writes at most max keys and returns how many there are in all.
 */
size_t desired_keys(const struct check_conf *conf,
		    const struct virtual_server_conf *vs,
		    struct msg_svc_key *keys, size_t max);

#endif
