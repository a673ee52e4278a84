/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * All services of the running configuration, and how another configuration
 * takes its place: old and new stand side by side for a moment, state moves
 * over by identity, and only differences are told.
 */
#ifndef DUUMVIR_CHECK_POOLS_H
#define DUUMVIR_CHECK_POOLS_H

#include "check/hint.h"
#include "check/local.h"
#include "check/service.h"

struct pools {
	struct service_env env;
	struct publish publish;
	struct keymap keys;
	struct hints hints;
	struct locals locals; /* addresses of this machine */
	struct heap ramps;    /* servers in slow_start */
	struct heap drains;   /* entries that drain */
	struct service *by_id;
	bool is_peer_open; /* an ipvs engine listens */
};

void pools_init(struct pools *p, struct probes *probes,
		const struct check_out *out);
void pools_fini(struct pools *p);

/* conf lives until the next call has returned. */
void pools_apply(struct pools *p, const struct check_conf *conf,
		 monotime_t now);
/* An ipvs engine came (gets the whole table) or went. */
void pools_on_ipvs(struct pools *p, bool is_open, monotime_t now);
/* The verdict of a probe changed; u is in a struct checker. */
void pools_on_verdict(struct probe_user *u, monotime_t now);
/* "[server]:tcp:80 VS [service]:tcp:80" */
void pools_name_user(const struct probe_user *u, char *buf, size_t size);
/* An address of this machine came or went. */
void pools_on_local(struct pools *p, const struct addr *a, bool is_here,
		    monotime_t now);
/* Time passes: what slow_start and drains have due, and when more is. */
void pools_run(struct pools *p, monotime_t now);
monotime_t pools_next(const struct pools *p);
/* The daemon stops: omega services and their servers go down. */
void pools_stop(struct pools *p);

#endif
