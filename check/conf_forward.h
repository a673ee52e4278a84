/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a configuration forwards how to which server, in words that need no
 * header of IPVS: for those who prepare the servers.  Pure.
 */
#ifndef DUUMVIR_CHECK_CONF_FORWARD_H
#define DUUMVIR_CHECK_CONF_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct check_conf;
struct virtual_server_conf;

enum forward_method {
	FORWARD_OTHER, /* by translation: the server needs nothing */
	FORWARD_DIRECT,
	FORWARD_IPIP,
	FORWARD_GUE,
	FORWARD_GRE,
};

/* One server, or sorry server, of one virtual server. */
struct forward {
	const struct virtual_server_conf *vs;
	struct addr server;
	enum forward_method method;
	uint16_t port; /* of GUE */
	bool has_csum; /* of GRE: each packet carries one */
	bool is_sorry;
};

typedef void forward_fn(void *arg, const struct forward *f);
/* Addresses from first to last; last is unset for one. */
typedef void forward_vip_fn(void *arg, const struct virtual_server_conf *vs,
			    const struct addr *first, const struct addr *last);

void forward_each(const struct check_conf *c, forward_fn *fn, void *arg);
/* The virtual addresses of a virtual server; whether a firewall mark hides
 * some from us. */
bool forward_each_vip(const struct check_conf *c,
		      const struct virtual_server_conf *vs, forward_vip_fn *fn,
		      void *arg);
/* As log lines name it; buf of at least 96 bytes. */
const char *forward_label(const struct virtual_server_conf *vs, char *buf,
			  size_t size);

#endif
