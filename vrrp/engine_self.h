/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The vrrp engine itself, shared by the files that bind the router to the
 * outside: engine.c (events and life) and engine_port.c (what it asks for).
 */
#ifndef DUUMVIR_VRRP_ENGINE_SELF_H
#define DUUMVIR_VRRP_ENGINE_SELF_H

#include "lib/proc.h"
#include "vrrp/router.h"
#include "vrrp/sock.h"

struct vrrp_engine {
	struct proc *proc;
	struct vrrp_router router;
	struct vrrp_sock *sock;
	struct rtnl_link *links;
	struct rtnl_addr *addrs;
	struct rtnl_route *routes;
	struct sock_neigh *neighbours;
	struct ev_io rx[VRRP_RX_COUNT], netlink, route_notes, route_dump;
	struct rtnl_kobj *kobjs;
	struct rtnl_vmac *vmacs;
	struct ev_timer timer;
	struct ears *ears;
	monotime_t now;	  /* of the wake-up that is worked on */
	nsec_t suspended; /* how long the machine has been, until now */
	struct conf *conf;
	/* a prepared reload */
	struct conf *next;
	struct arena *plan_arena;
	struct vrrp_change *plan;
	size_t n_plan;
};

/* What the router asks for, on sockets and netlink. */
extern const struct vrrp_port vrrp_engine_port;
/* The socket behind authentication headers, which comes and goes, is
 * readable. */
void vrrp_engine_on_ah(void *arg, int what);

#endif
