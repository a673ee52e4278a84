/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What is heard beside adverts; see ears.h. */
#include "vrrp/ears.h"

#include <string.h>

#include "lib/log.h"
#include "lib/util.h"
#include "vrrp/router.h"
#include "vrrp/rtnl_gateway.h"
#include "vrrp/sock_arp.h"

/* Filters follow the addresses of masters so late: many become it at once. */
#define SETTLE MSEC(50)
/* The gateway is asked so often, of so many interfaces in one go. */
#define ASK_AGAIN MSEC(500)
#define ASK_MAX	  256

struct ears {
	struct vrrp_router *router;
	struct sock_arp *arp;
	struct rtnl_gateway *gateways;
	struct ev_timer settle, ask;
	bool is_asking;
	monotime_t (*wake)(void *arg);
	void (*done)(void *arg);
	void *arg;
};

static void
on_claims(void *arg, const struct vrrp_claim *c, size_t n)
{
	struct ears *e = arg;
	monotime_t now = e->wake(e->arg);

	for (size_t i = 0; i < n; i++) {
		vrrp_router_heard(e->router, &c[i], now);
		vrrp_router_claim(e->router, &c[i], now);
	}
	vrrp_router_flush(e->router, now);
	e->done(e->arg);
}

static void
on_settle(void *arg, monotime_t now)
{
	struct ears *e = arg;
	struct addr a[VRRP_CLAIM_ADDRS];
	size_t n = vrrp_router_claimable(e->router, a, ARRAY_LEN(a));
	int r;

	(void)now;
	e->router->is_claimable_new = false;
	/* Anything at all is a proof. */
	r = sock_arp_watch(e->arp, a, e->is_asking ? VRRP_CLAIM_ADDRS + 1 : n);
	if (r < 0)
		log_warn("cannot hear who claims our addresses: %s",
			 strerror(-r));
}

static void
ask(struct ears *e, const struct vrrp_deaf *d, monotime_t now)
{
	uint8_t frame[VRRP_FRAME_MAX];
	struct vrrp_frame_tx tx = {.data = frame, .ifindex = d->ifindex};
	struct addr gateway;

	if (!rtnl_gateway_get(e->gateways, d->ifindex, &gateway))
		return;
	vrrp_router_should_hear(e->router, d->ifindex, now);
	tx.len = vrrp_frame_ask(&gateway, &d->source, d->mac, frame);
	e->router->port->send_frames(e->router->port_arg, &tx, 1);
}

static void
on_ask(void *arg, monotime_t timer)
{
	struct ears *e = arg;
	struct vrrp_deaf deaf[ASK_MAX];
	monotime_t now = e->wake(e->arg);
	size_t n = vrrp_router_deaf(e->router, deaf, ARRAY_LEN(deaf), now);

	(void)timer;
	if (e->is_asking != (n > 0)) {
		e->is_asking = n > 0;
		on_settle(e, now); /* open before the answer comes */
	}
	for (size_t i = 0; i < n; i++)
		ask(e, &deaf[i], now);
	if (n > 0)
		ev_timer_at(&e->ask, monotime_add(now, ASK_AGAIN));
	e->done(e->arg);
}

void
ears_follow(struct ears *e, monotime_t now)
{
	if (e->router->is_claimable_new && monotime_is_never(e->settle.at))
		ev_timer_at(&e->settle, monotime_add(now, SETTLE));
	if (e->router->is_deaf_new) {
		e->router->is_deaf_new = false;
		ev_timer_at(&e->ask, now);
	}
}

int
ears_open(struct ev_loop *loop, struct vrrp_router *r,
	  monotime_t (*wake)(void *arg), void (*done)(void *arg), void *arg,
	  struct ears **out)
{
	struct ears *e = xcalloc(1, sizeof(*e));
	int err = rtnl_gateway_open(&e->gateways);

	if (err < 0) {
		free(e);
		return err;
	}
	e->router = r;
	e->wake = wake;
	e->done = done;
	e->arg = arg;
	e->arp = sock_arp_new(loop, on_claims, e);
	ev_timer_init(&e->settle, loop, on_settle, e);
	ev_timer_init(&e->ask, loop, on_ask, e);
	*out = e;
	return 0;
}

void
ears_close(struct ears *e)
{
	if (e == NULL)
		return;
	ev_timer_fini(&e->settle);
	ev_timer_fini(&e->ask);
	sock_arp_free(e->arp);
	rtnl_gateway_close(e->gateways);
	free(e);
}
