/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The router as a whole under random lives: packets, links, addresses, time
 * and reloads in any order, against a kernel that remembers.  Whatever
 * happens, the kernel holds exactly what masters want, and nobody else
 * advertises.
 */
#include "vrrp/router.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/arena.h"
#include "lib/util.h"
#include "vrrp/instance.h"

#define INSTANCES 6
#define IFACES	  3
#define VIPS	  8
#define KERNEL	  128

struct kernel_addr {
	uint32_t ifindex;
	struct addr addr;
};

struct rig {
	struct vrrp_router router;
	struct vrrp_global_conf global;
	struct arena *arena;
	struct vrrp_instance_conf *conf[INSTANCES];
	struct kernel_addr kernel[KERNEL];
	size_t n_kernel;
	uint32_t index[IFACES]; /* 0: does not exist */
	uint32_t last_index;
	monotime_t now;
	unsigned int seed;
	uint64_t adverts;
};

static unsigned int
chance(struct rig *r, unsigned int n)
{
	return (unsigned int)rand_r(&r->seed) % n;
}

static struct addr
ip(unsigned int net, unsigned int host)
{
	struct addr a = {.family = AF_INET, .bytes = {10, (uint8_t)net, 0}};

	a.bytes[3] = (uint8_t)host;
	return a;
}

/* ---- the kernel ---- */

static size_t
kernel_find(const struct rig *r, uint32_t ifindex, const struct addr *a)
{
	for (size_t i = 0; i < r->n_kernel; i++)
		if (r->kernel[i].ifindex == ifindex &&
		    addr_is_equal(&r->kernel[i].addr, a))
			return i;
	return SIZE_MAX;
}

static void
kernel_drop(struct rig *r, size_t i)
{
	r->kernel[i] = r->kernel[--r->n_kernel];
}

static void
kernel_add(struct rig *r, const struct vip_addr *v)
{
	assert_true(r->n_kernel < KERNEL);
	r->kernel[r->n_kernel++] = (struct kernel_addr){v->ifindex, v->addr};
}

static void
on_apply(void *arg, struct vip_op *ops, size_t n)
{
	struct rig *r = arg;

	for (size_t i = 0; i < n; i++) {
		const struct vip_addr *v = ops[i].addr;
		size_t at = kernel_find(r, v->ifindex, &v->addr);

		/* two instances may ask for one address in one batch */
		ops[i].error = 0;
		if (ops[i].kind == VIP_OP_DEL && at != SIZE_MAX)
			kernel_drop(r, at);
		else if (ops[i].kind == VIP_OP_DEL)
			ops[i].error = -EADDRNOTAVAIL;
		else if (at != SIZE_MAX)
			ops[i].error = -EEXIST;
		else
			kernel_add(r, v);
	}
}

/* ---- the rest of the port ---- */

static void
on_send(void *arg, const struct vrrp_tx *tx, size_t n)
{
	struct rig *r = arg;

	for (size_t i = 0; i < n; i++) {
		struct vrrp_origin o = {0};
		const uint8_t *msg;
		size_t len;

		assert_int_equal(
			vrrp_ipv4_split(tx[i].data, tx[i].len, &o, &msg, &len),
			VRRP_DISCARD_ACCEPT);
		assert_true(len >= 8);
		assert_true(addr_is_equal(&o.dst, tx[i].dst));
		r->adverts++;
	}
}

static void
on_kobj_apply(void *arg, struct kobj_op *ops, size_t n)
{
	(void)arg; /* a kernel that does as it is told */
	for (size_t i = 0; i < n; i++)
		ops[i].error = 0;
}

static void
on_frames(void *arg, const struct vrrp_frame_tx *f, size_t n)
{
	struct rig *r = arg;

	/* only what is held is announced, and from where it is held */
	for (size_t i = 0; i < n; i++) {
		struct addr a;

		assert_int_equal(f[i].len, VRRP_FRAME_GARP_LEN);
		assert_int_equal(
			addr_from_bytes(AF_INET, f[i].data + 28, 4, &a), 0);
		assert_true(kernel_find(r, f[i].ifindex, &a) != SIZE_MAX);
	}
}

static int
on_join(void *arg, uint32_t ifindex, const struct addr *group)
{
	(void)arg;
	(void)group;
	assert_true(ifindex != 0);
	return 0;
}

static void
on_leave(void *arg, uint32_t ifindex, const struct addr *group)
{
	(void)arg;
	(void)group;
	assert_true(ifindex != 0);
}

static void
on_vrids(void *arg, const uint32_t vrids[8])
{
	(void)arg;
	(void)vrids;
}

static void
on_report(void *arg, const struct msg_vrrp_state *m)
{
	(void)arg;
	assert_int_equal(m->kind, MSG_VRRP_INSTANCE);
	assert_true(m->name[0] != '\0');
}

static nsec_t
on_wall(void *arg)
{
	(void)arg;
	return SEC(1790000000);
}

static const struct vrrp_port port = {
	.send_adverts = on_send,
	.addr_apply = on_apply,
	.kobj_apply = on_kobj_apply,
	.send_frames = on_frames,
	.join = on_join,
	.leave = on_leave,
	.set_vrids = on_vrids,
	.set_ah_vrids = on_vrids,
	.wall = on_wall,
	.report = on_report,
};

/* ---- configuration ---- */

static void
add_vip(struct rig *r, struct vrrp_instance_conf *c, unsigned int host)
{
	struct vip_conf *v = arena_alloc(r->arena, sizeof(*v));

	v->addr = ip(99, host);
	v->prefix_len = 32;
	STAILQ_INSERT_TAIL(&c->virtual_ipaddress, &v->obj, link);
}

/* Instance i: its own id and first address, the rest by chance; addresses
 * overlap, so they move from one to another. */
static struct vrrp_instance_conf *
make_conf(struct rig *r, unsigned int i)
{
	struct vrrp_instance_conf *c = arena_alloc(r->arena, sizeof(*c));

	c->obj.name = arena_printf(r->arena, "VI_%u", i);
	c->interface = arena_printf(r->arena, "eth%u", chance(r, IFACES));
	c->family = AF_INET;
	c->virtual_router_id = (uint8_t)(i + 1);
	c->version = 3;
	c->priority = chance(r, 4) == 0 ? 255 : (uint8_t)(50 + chance(r, 100));
	c->advert_int = MSEC(10) * (1 + chance(r, 20));
	c->down_timer_adverts = 3;
	c->nopreempt = chance(r, 4) == 0;
	c->garp_master_repeat = c->garp_lower_prio_repeat = 1 + chance(r, 5);
	c->garp_master_refresh_repeat = 1;
	c->garp_master_delay = MSEC(100) * chance(r, 3);
	c->garp_master_refresh = MSEC(300) * chance(r, 2);
	STAILQ_INIT(&c->virtual_ipaddress);
	STAILQ_INIT(&c->virtual_ipaddress_excluded);
	STAILQ_INIT(&c->unicast_peer);
	add_vip(r, c, 100 + i);
	for (unsigned int k = 0; k < VIPS; k++)
		if (chance(r, 3) == 0)
			add_vip(r, c, 1 + k);
	return c;
}

static void
reload(struct rig *r)
{
	struct vrrp_change ch[INSTANCES];
	size_t n = 0;

	for (unsigned int i = 0; i < INSTANCES; i++) {
		struct vrrp_instance_conf *old = r->conf[i], *now = old;

		switch (chance(r, 4)) {
		case 0:
			now = NULL;
			break;
		case 1:
			now = make_conf(r, i);
			break;
		}
		if (old == NULL && now == NULL)
			continue;
		ch[n] = (struct vrrp_change){.old = old, .now = now};
		ch[n].op = old == NULL	 ? VRRP_CHANGE_ADD
			   : now == NULL ? VRRP_CHANGE_DEL
			   : now == old	 ? VRRP_CHANGE_SAME
			   : strcmp(old->interface, now->interface) != 0
				   ? VRRP_CHANGE_RESTART
				   : VRRP_CHANGE_LIVE;
		r->conf[i] = now;
		n++;
	}
	r->global.vrrp_garp_interval = MSEC(1) * chance(r, 3);
	vrrp_router_apply(&r->router, &r->global, ch, n, r->now);
}

/* ---- events ---- */

static void
tell_link(struct rig *r, unsigned int i, bool is_up)
{
	struct iface_link_fact f = {.ifindex = r->index[i], .has_mac = true};

	(void)snprintf(f.name, sizeof(f.name), "eth%u", i);
	f.flags = is_up ? IFF_UP | IFF_RUNNING : 0;
	iface_link_set(&r->router.ifaces, &f);
}

static void
tell_addr(struct rig *r, unsigned int i, bool is_there)
{
	struct iface_addr_fact f = {.ifindex = r->index[i],
				    .prefix_len = 24,
				    .addr = ip(i, 1),
				    .proto = 3};

	if (is_there)
		iface_addr_set(&r->router.ifaces, &f);
	else
		iface_addr_del(&r->router.ifaces, &f);
}

static void
unlink_iface(struct rig *r, unsigned int i)
{
	iface_link_del(&r->router.ifaces, r->index[i]);
	for (size_t k = r->n_kernel; k > 0; k--)
		if (r->kernel[k - 1].ifindex == r->index[i])
			kernel_drop(r, k - 1);
	r->index[i] = 0;
}

static void
iface_event(struct rig *r)
{
	unsigned int i = chance(r, IFACES);

	if (r->index[i] == 0) {
		r->index[i] = ++r->last_index;
		tell_link(r, i, chance(r, 4) != 0);
		if (chance(r, 4) != 0)
			tell_addr(r, i, true);
	} else if (chance(r, 8) == 0) {
		unlink_iface(r, i);
	} else if (chance(r, 2) == 0) {
		tell_link(r, i, chance(r, 3) != 0);
	} else {
		tell_addr(r, i, chance(r, 3) != 0);
	}
	vrrp_router_ifaces_changed(&r->router, r->now);
}

static void
packet_event(struct rig *r)
{
	unsigned int i = chance(r, INSTANCES), at = chance(r, IFACES);
	static const uint8_t prio[] = {0, 1, 75, 100, 200, 255};
	uint8_t list[4] = {10, 99, 0, (uint8_t)(100 + i)}, buf[64];
	struct vrrp_origin o = {.ifindex = r->index[at]};
	struct vrrp_advert a = {
		.family = AF_INET,
		.version = 3,
		.vrid = (uint8_t)(i + 1),
		.priority = prio[chance(r, ARRAY_LEN(prio))],
		.sum = VRRP_SUM_PLAIN,
		.hops = 255,
		.interval = MSEC(10) * (1 + chance(r, 30)),
		.n_addrs = 1,
		.addrs = list,
		.src = ip(at, 1 + chance(r, 3)),
		.dst = r->global.vrrp_mcast_group4,
	};
	size_t len;

	assert_int_equal(vrrp_packet_encode_ipv4(&a, buf, sizeof(buf), &len),
			 0);
	if (chance(r, 10) == 0)
		buf[chance(r, (unsigned int)len)] ^= 0x10;
	vrrp_router_packet(&r->router, AF_INET, buf, len, &o, r->now);
	vrrp_router_flush(&r->router, r->now);
}

static void
time_event(struct rig *r)
{
	monotime_t to = monotime_add(r->now, USEC(chance(r, 400000)));

	for (int i = 0; i < 100000; i++) {
		monotime_t next = vrrp_router_next(&r->router);

		if (monotime_before(to, next))
			break;
		if (monotime_before(r->now, next))
			r->now = next;
		vrrp_router_run(&r->router, r->now);
	}
	assert_true(monotime_before(to, vrrp_router_next(&r->router)));
	r->now = to;
}

/* ---- what must hold ---- */

static bool
is_wanted(const struct rig *r, const struct kernel_addr *k)
{
	const struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->router.instances, link)
		for (uint32_t i = 0; i < in->n_vips; i++)
			if (in->fsm.state == VRRP_MASTER &&
			    in->vips[i].slot.want.ifindex == k->ifindex &&
			    addr_is_equal(&in->vips[i].slot.want.addr,
					  &k->addr))
				return true;
	return false;
}

static void
check(const struct rig *r)
{
	const struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->router.instances, link) {
		if (in->fsm.state != VRRP_MASTER)
			continue;
		assert_true(in->key.ifindex != 0);
		for (uint32_t i = 0; i < in->n_vips; i++)
			assert_true(kernel_find(r,
						in->vips[i].slot.want.ifindex,
						&in->vips[i].slot.want.addr) !=
				    SIZE_MAX);
	}
	for (size_t i = 0; i < r->n_kernel; i++)
		assert_true(is_wanted(r, &r->kernel[i]));
	assert_true(TAILQ_EMPTY(&r->router.dirty));
	assert_true(TAILQ_EMPTY(&r->router.graveyard));
	assert_int_equal(r->router.n_notes, 0);
	assert_int_equal(r->router.n_tx, 0);
}

static void
live(unsigned int seed)
{
	static struct rig rig;
	struct rig *r = &rig;
	uint64_t sent;

	*r = (struct rig){.seed = seed, .now = {SEC(1000)}};
	r->arena = arena_new();
	r->global.vrrp_mcast_group4 =
		(struct addr){.family = AF_INET, .bytes = {224, 0, 0, 18}};
	vrrp_router_init(&r->router, &port, r);
	r->router.ifaces.has_proto = true;
	for (int i = 0; i < 300; i++) {
		switch (chance(r, 12)) {
		case 0:
			reload(r);
			break;
		case 1:
		case 2:
			iface_event(r);
			break;
		case 3:
		case 4:
		case 5:
			time_event(r);
			break;
		default:
			packet_event(r);
			break;
		}
		check(r);
	}
	vrrp_router_stop(&r->router, false, r->now);
	assert_int_equal(r->n_kernel, 0);
	sent = r->adverts;
	for (int i = 0; i < 5; i++)
		time_event(r);
	assert_int_equal(r->adverts, sent); /* silence after the farewell */
	vrrp_router_fini(&r->router);
	arena_free(r->arena);
}

static void
the_kernel_holds_what_masters_want(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 1000; seed++)
		live(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_holds_what_masters_want),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
