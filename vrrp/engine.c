/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The VRRP engine: binds the router (router.c) to sockets, netlink, the clock
 * and the supervisor.  It decides nothing of the protocol.
 */
#include "vrrp/engine.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/util.h"
#include "vrrp/bufs.h"
#include "vrrp/ears.h"
#include "vrrp/engine_self.h"
#include "vrrp/linkconf.h"
#include "vrrp/plan.h"
#include "vrrp/router.h"
#include "vrrp/rtnl_addr.h"
#include "vrrp/rtnl_kobj.h"
#include "vrrp/rtnl_link.h"
#include "vrrp/rtnl_route.h"
#include "vrrp/rtnl_rule.h"
#include "vrrp/rtnl_vmac.h"
#include "vrrp/sock.h"
#include "vrrp/sock_neigh.h"
#include "vrrp/sync.h"
#include "vrrp/tracking.h"
#include "vrrp/tracknet.h"

/* After a sleep all is read that came meanwhile, but not without end. */
#define DRAIN_ROUNDS 64
/* A suspend takes longer than this; two clocks are read one after another. */
#define SUSPEND_MIN MSEC(20)

/* ---- events ---- */

static void
rearm(struct vrrp_engine *e)
{
	monotime_t next = vrrp_router_next(&e->router);
	int r = rtnl_route_follow(e->routes, &e->router.routes);

	if (r < 0)
		log_err("cannot follow routes: %s", strerror(-r));
	/* A later one is found out when the armed one comes. */
	if (monotime_before(next, e->timer.at))
		ev_timer_at(&e->timer, next);
	ears_follow(e->ears, e->now);
}

static void
on_packet(void *arg, int family, const uint8_t *data, size_t len,
	  const struct vrrp_origin *o)
{
	struct vrrp_engine *e = arg;

	vrrp_router_packet(&e->router, family, data, len, o, e->now);
}

static bool
read_packets(struct vrrp_engine *e, enum vrrp_rx kind)
{
	return vrrp_sock_read(e->sock, kind, e->now, on_packet, e);
}

/*
 * First of all at each wake-up.  Not let run for a while: others may have
 * spoken meanwhile.  Listen before acting on a deadline that is history.
 */
static void
wake(struct vrrp_engine *e)
{
	nsec_t asleep = monotime_suspended() - e->suspended;

	e->now = monotime_now();
	if (asleep < SUSPEND_MIN)
		asleep = 0;
	e->suspended += asleep;
	e->router.uncounted = e->suspended;
	if (!vrrp_router_thaw(&e->router, asleep, e->now))
		return;
	for (int k = 0; k < VRRP_RX_COUNT; k++)
		for (int i = 0;
		     i < DRAIN_ROUNDS && read_packets(e, (enum vrrp_rx)k); i++)
			; /* all of it */
}

static void
on_timer(void *arg, monotime_t now)
{
	struct vrrp_engine *e = arg;

	(void)now; /* the clock is read once, for all kinds of wake-up */
	wake(e);
	vrrp_router_run(&e->router, e->now);
	rearm(e);
}

static void
on_readable(struct vrrp_engine *e, enum vrrp_rx kind)
{
	wake(e);
	(void)read_packets(e, kind); /* more: the loop comes back */
	vrrp_router_flush(&e->router, e->now);
	rearm(e);
}

static void
on_rx4(void *arg, int what)
{
	(void)what;
	on_readable(arg, VRRP_RX_IPV4);
}

static void
on_rx6(void *arg, int what)
{
	(void)what;
	on_readable(arg, VRRP_RX_IPV6);
}

void
vrrp_engine_on_ah(void *arg, int what)
{
	(void)what;
	on_readable(arg, VRRP_RX_AH);
}

static void
on_netlink(void *arg, int what)
{
	struct vrrp_engine *e = arg;
	int r = rtnl_link_read(e->links, &e->router.ifaces);

	(void)what;
	if (r < 0)
		log_err("netlink: %s", strerror(-r));
	wake(e);
	vrrp_router_ifaces_changed(&e->router, e->now);
	rearm(e);
}

static void
on_rule(void *arg, const struct nlmsghdr *nlh)
{
	struct vrrp_engine *e = arg;
	uint16_t family = AF_UNSPEC;
	uint32_t preference = 0;

	if (nlh == NULL || rtnl_rule_deleted(nlh, &family, &preference))
		vrrp_hold_rule_deleted(&e->router, family, preference);
}

static void
on_routes(void *arg, int what)
{
	struct vrrp_engine *e = arg;
	int r = rtnl_route_read(e->routes, &e->router.routes, on_rule, e);

	(void)what;
	if (r < 0)
		log_err("netlink, routes: %s", strerror(-r));
	vrrp_router_ifaces_changed(&e->router, monotime_now());
	vrrp_router_flush(&e->router, monotime_now());
	rearm(e);
}

static void
on_route_dump(void *arg, int what)
{
	struct vrrp_engine *e = arg;
	int r = rtnl_route_dump_read(e->routes, &e->router.routes);

	(void)what;
	if (r < 0)
		log_err("cannot read routes: %s", strerror(-r));
	vrrp_router_ifaces_changed(&e->router, monotime_now());
	rearm(e);
}

/* ---- what is heard beside adverts ---- */

static monotime_t
ears_wake(void *arg)
{
	struct vrrp_engine *e = arg;

	wake(e);
	return e->now;
}

static void
ears_done(void *arg)
{
	rearm(arg);
}

/* ---- neighbours that are tracked ---- */

static void
on_neighbour(void *arg, uint32_t ifindex, const struct addr *who)
{
	struct vrrp_engine *e = arg;

	wake(e);
	vrrp_tracknet_answer(&e->router, ifindex, who, e->now);
}

static void
on_neighbours_done(void *arg)
{
	struct vrrp_engine *e = arg;

	wake(e);
	vrrp_router_flush(&e->router, e->now);
	rearm(e);
}

/* Listens to neighbours if some are asked. */
static void
listen_to_neighbours(struct vrrp_engine *e)
{
	bool arp, nd;
	int r;

	vrrp_tracknet_wants(&e->router, &arp, &nd);
	r = sock_neigh_set(e->neighbours, arp, nd);
	if (r < 0)
		log_err("cannot hear neighbours: %s", strerror(-r));
}

/* ---- life ---- */

static int
engine_init(struct proc *p, void **self)
{
	struct vrrp_engine *e = xcalloc(1, sizeof(*e));
	int r;

	*self = e;
	e->proc = p;
	vrrp_router_init(&e->router, &vrrp_engine_port, e);
	e->neighbours =
		sock_neigh_new(p->loop, on_neighbour, on_neighbours_done, e);
	e->suspended = monotime_suspended();
	ev_timer_init(&e->timer, p->loop, on_timer, e);
	r = vrrp_sock_open(&e->sock);
	if (r == 0)
		r = rtnl_addr_open(&e->addrs);
	if (r == 0)
		r = rtnl_vmac_open(&e->vmacs);
	if (r == 0)
		r = rtnl_link_open(&e->links);
	if (r == 0)
		r = rtnl_link_resync(e->links, &e->router.ifaces);
	if (r == 0)
		r = rtnl_route_open(&e->routes);
	if (r == 0)
		r = rtnl_kobj_open(&e->kobjs);
	if (r == 0)
		r = ears_open(p->loop, &e->router, ears_wake, ears_done, e,
			      &e->ears);
	if (r < 0)
		return r;
	ev_io_init(&e->route_notes, p->loop, rtnl_route_fd(e->routes),
		   EVENT_READ, on_routes, e);
	ev_io_init(&e->route_dump, p->loop, rtnl_route_dump_fd(e->routes),
		   EVENT_READ, on_route_dump, e);
	ev_io_init(&e->netlink, p->loop, rtnl_link_fd(e->links), EVENT_READ,
		   on_netlink, e);
	ev_io_init(&e->rx[VRRP_RX_IPV4], p->loop,
		   vrrp_sock_fd(e->sock, VRRP_RX_IPV4), EVENT_READ, on_rx4, e);
	if (vrrp_sock_fd(e->sock, VRRP_RX_IPV6) >= 0)
		ev_io_init(&e->rx[VRRP_RX_IPV6], p->loop,
			   vrrp_sock_fd(e->sock, VRRP_RX_IPV6), EVENT_READ,
			   on_rx6, e);
	return 0;
}

static void
drop_plan(struct vrrp_engine *e)
{
	arena_free(TAKE_PTR(e->plan_arena));
	e->plan = NULL;
	e->n_plan = 0;
}

static int
engine_prepare(void *self, struct conf *next, struct msg_done *done,
	       char *reason)
{
	struct vrrp_engine *e = self;

	(void)reason; /* what cannot be was refused by the parser */
	e->plan_arena = arena_new();
	e->n_plan = vrrp_plan_make(e->conf, next, e->plan_arena, &e->plan);
	vrrp_plan_count(e->plan, e->n_plan, done);
	e->next = next;
	return 0;
}

static void
engine_commit(void *self, struct msg_done *done)
{
	struct vrrp_engine *e = self;
	struct conf *old = e->conf;

	vrrp_plan_count(e->plan, e->n_plan, done);
	wake(e);
	vrrp_tracking_set_conf(&e->router, vrrp_conf_get(e->next));
	vrrp_static_apply(&e->router, vrrp_conf_get(e->next));
	vrrp_bufs_apply(vrrp_conf_get(e->next), &e->router.ifaces, e->sock,
			e->links, e->addrs);
	vrrp_router_garp_groups(&e->router, vrrp_conf_get(e->next));
	vrrp_sync_set_conf(&e->router, vrrp_conf_get(e->next));
	vrrp_router_links(&e->router, vrrp_conf_get(e->next), e->now);
	vrrp_router_apply(&e->router, &vrrp_conf_get(e->next)->global, e->plan,
			  e->n_plan, e->now);
	e->conf = TAKE_PTR(e->next);
	listen_to_neighbours(e);
	drop_plan(e);
	if (old != NULL)
		conf_free(old);
	rearm(e);
}

static void
engine_abort(void *self)
{
	struct vrrp_engine *e = self;

	drop_plan(e);
	if (e->next != NULL)
		conf_free(TAKE_PTR(e->next));
}

static void
on_tracked(struct vrrp_engine *e, const struct msg_track *m)
{
	wake(e);
	vrrp_tracking_told(&e->router, m, e->now);
	rearm(e);
}

static void
on_beat(struct vrrp_engine *e, const struct msg_link_beat *m)
{
	char name[MSG_IFNAME_LEN];

	str_fill(name, sizeof(name), m->ifname);
	wake(e);
	vrrp_router_beat(&e->router, name, m->has_link, e->now);
	rearm(e);
}

static void
on_sync(struct vrrp_engine *e, const struct msg_sync_state *m)
{
	monotime_t since = {m->backup_since};

	wake(e);
	vrrp_router_on_sync(&e->router,
			    m->backup_since > 0 ? since : MONOTIME_NEVER,
			    e->now);
	rearm(e);
}

static void
engine_on_msg(void *self, enum proc_id from, enum msg_type type,
	      const void *data, int fd)
{
	struct vrrp_engine *e = self;
	CLEANUP_FD int own = fd;
	struct msg_vrrp_state m;

	(void)from; /* the table lets only the supervisor say this */
	if (type == MSG_TRACK)
		on_tracked(e, data);
	if (type == MSG_SYNC_FACT)
		on_sync(e, data);
	if (type == MSG_LINK_BEAT)
		on_beat(e, data);
	if (type != MSG_HINT_VRRP)
		return;
	memcpy(&m, data, sizeof(m));
	m.name[sizeof(m.name) - 1] = '\0';
	e->router.silent = MSEC(m.silent);
	if (m.kind == MSG_VRRP_INSTANCE)
		vrrp_router_hint(&e->router, m.name,
				 (enum vrrp_state_word)m.state);
}

static void
engine_on_peer(void *self, enum proc_id id, bool is_open)
{
	(void)self; /* has no siblings to talk to */
	(void)id;
	(void)is_open;
}

static void
write_all(int fd, const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* the reader's loss */
		s += n;
		len -= (size_t)n;
	}
}

static void
engine_dump(void *self, enum msg_dump_kind kind, int fd)
{
	struct vrrp_engine *e = self;
	struct buf b = BUF_INIT;

	switch (kind) {
	case MSG_DUMP_DATA:
		vrrp_router_print(&e->router, monotime_now(), &b);
		break;
	case MSG_DUMP_STATS:
		vrrp_router_print_stats(&e->router, &b);
		break;
	case MSG_DUMP_STATS_CLEAR:
		vrrp_router_print_stats(&e->router, &b);
		vrrp_router_clear_stats(&e->router);
		break;
	case MSG_DUMP_JSON:
		vrrp_router_print_json(&e->router, monotime_now(), &b);
		break;
	case MSG_DUMP_JSON_2:
		vrrp_router_print_json_2(&e->router, monotime_now(), &b);
		break;
	}
	write_all(fd, buf_str(&b), b.len);
	buf_fini(&b);
}

static void
engine_stop(void *self, uint32_t flags)
{
	struct vrrp_engine *e = self;

	log_hold();
	vrrp_router_stop(&e->router, flags & MSG_STOP_KEEP_VIPS,
			 monotime_now());
	log_release();
	proc_stopped(e->proc);
}

static void
engine_fini(void *self)
{
	struct vrrp_engine *e = self;

	for (int i = 0; i < VRRP_RX_COUNT; i++)
		ev_io_fini(&e->rx[i]);
	ev_io_fini(&e->netlink);
	ev_io_fini(&e->route_notes);
	ev_io_fini(&e->route_dump);
	ev_timer_fini(&e->timer);
	ears_close(e->ears);
	engine_abort(e);
	sock_neigh_free(e->neighbours);
	vrrp_router_fini(&e->router);
	if (e->conf != NULL)
		conf_free(e->conf);
	vrrp_sock_close(e->sock);
	rtnl_link_close(e->links);
	rtnl_route_close(e->routes);
	rtnl_kobj_close(e->kobjs);
	rtnl_addr_close(e->addrs);
	rtnl_vmac_close(e->vmacs);
	free(e);
}

const struct engine_ops vrrp_engine_ops = {
	.id = PROC_VRRP,
	.init = engine_init,
	.prepare = engine_prepare,
	.commit = engine_commit,
	.abort = engine_abort,
	.on_msg = engine_on_msg,
	.on_peer = engine_on_peer,
	.dump = engine_dump,
	.stop = engine_stop,
	.fini = engine_fini,
};
