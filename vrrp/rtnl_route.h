/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Routes as the kernel tells them: notifications of watched prefixes only
 * (the kernel filters them), and dumps that are read in slices, so that a host
 * with a million routes never makes an advert wait.  Decides nothing.
 */
#ifndef DUUMVIR_VRRP_RTNL_ROUTE_H
#define DUUMVIR_VRRP_RTNL_ROUTE_H

#include "vrrp/route_mirror.h"

struct nlmsghdr;
struct rtnl_route;

/* Opens the notification socket and one for dumps.  0 or -errno. */
int rtnl_route_open(struct rtnl_route **out);
void rtnl_route_close(struct rtnl_route *r);
/* Readable: notifications; readable: a running dump goes on. */
int rtnl_route_fd(const struct rtnl_route *r);
int rtnl_route_dump_fd(const struct rtnl_route *r);
/* Call after each change of the set of watches and after each read: sets the
 * filter anew and begins a dump if the mirror needs one.  0 or -errno. */
int rtnl_route_follow(struct rtnl_route *r, struct route_mirror *m);
/* Takes waiting notifications in; on_rule (may be NULL) gets those of rules;
 * nlh NULL: some were lost.  0 or -errno. */
int rtnl_route_read(struct rtnl_route *r, struct route_mirror *m,
		    void (*on_rule)(void *arg, const struct nlmsghdr *nlh),
		    void *arg);
/* The next slice of a running dump.  0 or -errno. */
int rtnl_route_dump_read(struct rtnl_route *r, struct route_mirror *m);

/* Decodes RTM_NEWROUTE or RTM_DELROUTE into at most max legs; returns how
 * many, 0: not a route of ours to know (cached, malformed). */
uint32_t rtnl_route_decode(const struct nlmsghdr *nlh, struct route_fact *out,
			   uint32_t max);

#endif
