/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Local addresses for the check process; see vips.h. */
#include "daemon/vips.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "check/conf.h"
#include "daemon/super.h"
#include "lib/event.h"
#include "lib/imsg.h"
#include "lib/log.h"
#include "lib/util.h"
#include "vrrp/rtnl_local.h"

/* One address of one interface; an address may have several. */
struct place {
	UT_hash_handle hh;
	struct {
		struct addr addr;
		int ifindex;
	} key;
	bool is_stale; /* not seen by the dump under way */
};

/* One address. */
struct vip {
	UT_hash_handle hh;
	struct addr addr;
	uint32_t n_places;
};

struct vips {
	struct super *s;
	struct rtnl_local *local; /* NULL: nobody asks */
	struct ev_io io;
	struct place *places;
	struct vip *vips;
};

struct vips *
vips_new(struct super *s)
{
	struct vips *v = xcalloc(1, sizeof(*v));

	v->s = s;
	return v;
}

static void
tell(const struct vips *v, const struct addr *a, bool is_here)
{
	const struct engine *e = &v->s->engine[PROC_CHECK];
	struct msg_local_addr m;

	if (e->im == NULL || e->is_stopping)
		return; /* it is told when it comes */
	memset(&m, 0, sizeof(m));
	m.addr = *a;
	m.is_here = is_here;
	imsg_send(e->im, MSG_LOCAL_ADDR, &m, -1);
}

/* ---- what is here ---- */

static void
place_key(struct place *p, int ifindex, const struct addr *a)
{
	memset(&p->key, 0, sizeof(p->key)); /* hashed as bytes */
	p->key.addr.family = a->family;
	memcpy(p->key.addr.bytes, a->bytes, addr_len(a));
	p->key.ifindex = ifindex;
}

static void
vip_add(struct vips *v, const struct addr *a)
{
	struct vip *vip;

	HASH_FIND(hh, v->vips, a, sizeof(*a), vip);
	if (vip == NULL) {
		vip = xcalloc(1, sizeof(*vip));
		vip->addr = *a;
		HASH_ADD(hh, v->vips, addr, sizeof(vip->addr), vip);
	}
	if (vip->n_places++ == 0)
		tell(v, a, true);
}

static void
place_del(struct vips *v, struct place *p)
{
	struct vip *vip;

	HASH_FIND(hh, v->vips, &p->key.addr, sizeof(p->key.addr), vip);
	if (vip != NULL && --vip->n_places == 0) {
		tell(v, &vip->addr, false);
		HASH_DEL(v->vips, vip);
		free(vip);
	}
	HASH_DEL(v->places, p);
	free(p);
}

static void
on_addr(void *arg, int ifindex, const struct addr *a, bool is_here)
{
	struct vips *v = arg;
	struct place want, *p;

	place_key(&want, ifindex, a);
	HASH_FIND(hh, v->places, &want.key, sizeof(want.key), p);
	if (!is_here) {
		if (p != NULL)
			place_del(v, p);
		return;
	}
	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		p->key = want.key;
		HASH_ADD(hh, v->places, key, sizeof(p->key), p);
		vip_add(v, &p->key.addr);
	}
	p->is_stale = false;
}

static void
resync(struct vips *v)
{
	struct place *p, *next;
	int r;

	HASH_ITER (hh, v->places, p, next)
		p->is_stale = true;
	r = rtnl_local_dump(v->local, on_addr, v);
	if (r < 0) {
		log_err("cannot read the addresses for ha_suspend: %s",
			strerror(-r));
		return; /* what was known counts on */
	}
	HASH_ITER (hh, v->places, p, next)
		if (p->is_stale)
			place_del(v, p);
}

static void
on_told(void *arg, int what)
{
	struct vips *v = arg;

	(void)what;
	if (rtnl_local_read(v->local, on_addr, v) < 0)
		resync(v);
}

/* ---- who asks ---- */

static bool
is_asked(const struct conf *conf)
{
	const struct check_conf *c = conf != NULL ? check_conf_get(conf) : NULL;

	if (c == NULL)
		return false;
	CONF_FOREACH (const struct virtual_server_conf, vs, &c->virtual_server)
		if (vs->ha_suspend)
			return true;
	return false;
}

static void
start(struct vips *v)
{
	int r = rtnl_local_open(&v->local);

	if (r < 0) {
		log_err("cannot follow the addresses for ha_suspend: %s",
			strerror(-r));
		return;
	}
	ev_io_init(&v->io, v->s->loop, rtnl_local_fd(v->local), EVENT_READ,
		   on_told, v);
	resync(v);
}

static void
forget(struct vips *v)
{
	struct place *p, *next;
	struct vip *vip, *after;

	if (v->local == NULL)
		return;
	ev_io_fini(&v->io);
	rtnl_local_close(TAKE_PTR(v->local));
	/* Nothing is told: the check process forgets them as well. */
	HASH_ITER (hh, v->places, p, next) {
		HASH_DEL(v->places, p);
		free(p);
	}
	HASH_ITER (hh, v->vips, vip, after) {
		HASH_DEL(v->vips, vip);
		free(vip);
	}
}

static void
set_rcvbuf(struct vips *v, const struct check_global_conf *g)
{
	int r;

	if (g->lvs_netlink_monitor_rcv_bufs == 0)
		return;
	r = rtnl_local_set_rcvbuf(v->local, g->lvs_netlink_monitor_rcv_bufs,
				  g->lvs_netlink_monitor_rcv_bufs_force);
	if (r < 0)
		log_warn("lvs_netlink_monitor_rcv_bufs: %s", strerror(-r));
}

void
vips_set_conf(struct vips *v, const struct conf *conf)
{
	if (v == NULL)
		return;
	if (!is_asked(conf)) {
		forget(v);
		return;
	}
	if (v->local == NULL)
		start(v);
	if (v->local != NULL)
		set_rcvbuf(v, &check_conf_get(conf)->global);
}

void
vips_resend(struct vips *v)
{
	struct vip *vip, *next;

	if (v == NULL)
		return;
	HASH_ITER (hh, v->vips, vip, next)
		tell(v, &vip->addr, true);
}

void
vips_free(struct vips *v)
{
	if (v == NULL)
		return;
	forget(v);
	free(v);
}
