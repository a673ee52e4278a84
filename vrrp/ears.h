/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the engine hears beside adverts: who claims our addresses, and, before
 * a first take-over, whether anything is heard at all.  For the latter the
 * gateway of the interface is asked by ARP until something comes.
 *
 * Binds the router to sock_arp.c and rtnl_gateway.c; decides nothing.
 */
#ifndef DUUMVIR_VRRP_EARS_H
#define DUUMVIR_VRRP_EARS_H

#include "lib/event.h"

struct ears;
struct vrrp_router;

/* wake() is called before the router is told, done() after; 0 or -errno. */
int ears_open(struct ev_loop *loop, struct vrrp_router *r,
	      monotime_t (*wake)(void *arg), void (*done)(void *arg), void *arg,
	      struct ears **out);
void ears_close(struct ears *e);
/* After each wake-up: follows what the router wants to hear. */
void ears_follow(struct ears *e, monotime_t now);

#endif
