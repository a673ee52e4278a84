/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a real server must hold: the virtual servers' text × the addresses of
 * this machine → virtual addresses, tunnel devices and ports of foo over UDP.
 * Pure.
 */
#ifndef DUUMVIR_DAEMON_RS_WANT_H
#define DUUMVIR_DAEMON_RS_WANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

struct arena;
struct conf;
struct virtual_server_conf;

#define RS_VIPS_MAX    4096
#define RS_TUNNELS_MAX 64
#define RS_FOUS_MAX    64
#define RS_NOTES_MAX   16

enum rs_kind {
	RS_IPIP,   /* IPv4 in IPv4 */
	RS_SIT,	   /* IPv6 in IPv4 */
	RS_IP6TNL, /* either in IPv6 */
	RS_GRE,	   /* either in IPv4 */
	RS_IP6GRE, /* either in IPv6 */
	RS_KINDS,
};

enum {
	RS_INNER_V4 = 1,
	RS_INNER_V6 = 2,
};

struct rs_vip {
	struct addr addr;
	const struct virtual_server_conf *vs; /* NULL: virtual_address */
};

/* A device that takes what directors send to local. */
struct rs_tunnel {
	enum rs_kind kind;
	struct addr local;
	unsigned inner; /* RS_INNER_* */
	bool has_csum;	/* GRE: each packet must carry one, or none may */
};

/* A port that takes GUE. */
struct rs_fou {
	uint16_t family;
	uint16_t port;
};

struct rs_want {
	const char *ifname;
	bool is_named;	    /* some virtual server names this machine */
	struct rs_vip *vip; /* in order */
	size_t n_vips;
	struct rs_tunnel tunnel[RS_TUNNELS_MAX];
	size_t n_tunnels;
	struct rs_fou fou[RS_FOUS_MAX];
	size_t n_fous;
	/* Sentences about what cannot be as the text says. */
	const char *note[RS_NOTES_MAX];
	size_t n_notes;
};

/* own: addresses of this machine, those of the text's realserver block not
 * among them.  What out points to lives in the arena or in conf. */
void rs_want_make(const struct conf *conf, const struct addr *own, size_t n_own,
		  struct arena *arena, struct rs_want *out);
bool rs_want_has_family(const struct rs_want *w, int family);

/* The kernel's word for a kind of device: "ipip", ... */
const char *rs_kind_name(enum rs_kind kind);

#endif
