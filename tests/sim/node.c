/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One node: the real router and its kernel, which remembers addresses also
 * when the process dies.  Configuration is text, read by the real parser; a
 * reload is the real plan.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/util.h"
#include "parser/common.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"
#include "tests/sim/sim.h"
#include "vrrp/plan.h"
#include "vrrp/sync.h"

int
sim_vr_of(const char *name)
{
	return strncmp(name, "VI_", 3) == 0 ? atoi(name + 3) : -1;
}

/* ---- the port ---- */

static void
on_send(void *arg, const struct vrrp_tx *tx, size_t n)
{
	struct sim_node *me = arg;

	for (size_t i = 0; i < n; i++)
		sim_world_transmit(me->world, me, &tx[i]);
}

static size_t
vip_find(const struct sim_node *n, const struct vip_addr *v)
{
	for (size_t i = 0; i < n->n_vips; i++)
		if (n->vip[i].ifindex == v->ifindex &&
		    addr_is_equal(&n->vip[i].addr, &v->addr))
			return i;
	return SIZE_MAX;
}

static void
on_addr_apply(void *arg, struct vip_op *ops, size_t n)
{
	struct sim_node *me = arg;

	for (size_t i = 0; i < n; i++) {
		size_t at = vip_find(me, ops[i].addr);

		ops[i].error = 0;
		if (ops[i].kind == VIP_OP_DEL && at != SIZE_MAX)
			me->vip[at] = me->vip[--me->n_vips];
		else if (ops[i].kind == VIP_OP_DEL)
			ops[i].error = -EADDRNOTAVAIL;
		else if (at != SIZE_MAX)
			ops[i].error = -EEXIST;
		else if (me->n_vips < SIM_VIPS)
			me->vip[me->n_vips++] = *ops[i].addr;
	}
}

static void
on_frames(void *arg, const struct vrrp_frame_tx *f, size_t n)
{
	(void)arg; /* nobody here keeps neighbour entries */
	(void)f;
	(void)n;
}

static int
on_join(void *arg, uint32_t ifindex, const struct addr *group)
{
	(void)arg;
	(void)ifindex;
	(void)group;
	return 0;
}

static void
on_leave(void *arg, uint32_t ifindex, const struct addr *group)
{
	(void)arg;
	(void)ifindex;
	(void)group;
}

static void
on_vrids(void *arg, const uint32_t vrids[8])
{
	(void)arg;
	(void)vrids;
}

static nsec_t
on_wall(void *arg)
{
	struct sim_node *me = arg;

	return sim_local(me, me->world->now);
}

static void
on_report(void *arg, const struct msg_vrrp_state *m)
{
	struct sim_node *me = arg;
	int vr = m->kind == MSG_VRRP_INSTANCE ? sim_vr_of(m->name) : -1;

	if (vr >= 0)
		sim_check_state(me, (uint32_t)vr,
				(enum vrrp_state_word)m->state);
}

static const struct vrrp_port port = {
	.send_adverts = on_send,
	.addr_apply = on_addr_apply,
	.send_frames = on_frames,
	.join = on_join,
	.leave = on_leave,
	.set_vrids = on_vrids,
	.wall = on_wall,
	.set_ah_vrids = on_vrids,
	.report = on_report,
};

/* First of all at each wake-up, as in the engine. */
static monotime_t
wake(struct sim_node *n)
{
	monotime_t now = {sim_local(n, n->world->now)};

	if (n->conf != NULL)
		(void)vrrp_router_thaw(&n->router, 0, now);
	return now;
}

/* ---- configuration ---- */

static const struct conf_module *const modules[] = {
	&common_conf_module,
	&vrrp_conf_module,
	NULL,
};

static struct conf *
parse(const struct buf *text)
{
	const struct conf_opts opts = {
		.modules = modules,
		.mask = CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_VRRP),
		.is_engine = true,
	};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r =
		conf_read_text("sim", buf_str(text), text->len, &opts, sink);

	diag_sink_free(sink);
	return r.conf;
}

static void
trace_config(struct sim_node *n, const struct buf *text)
{
	if (!n->world->is_traced)
		return;
	sim_trace(n, "config\n");
	buf_printf(&n->trace, "%send config\n", buf_str(text));
}

static void
apply(struct sim_node *n)
{
	struct buf text = BUF_INIT;
	struct conf *old = n->conf, *next;
	struct arena *a = arena_new();
	struct vrrp_change *plan;
	size_t n_plan;

	n->disturbed = n->world->now;
	sim_config(n->world->script, n->index, n->applied, &text);
	trace_config(n, &text);
	sim_trace(n, old != NULL ? "reload\n" : "start\n");
	next = parse(&text);
	n_plan = vrrp_plan_make(old, next, a, &plan);
	vrrp_router_garp_groups(&n->router, vrrp_conf_get(next));
	vrrp_sync_set_conf(&n->router, vrrp_conf_get(next));
	vrrp_router_apply(&n->router, &vrrp_conf_get(next)->global, plan,
			  n_plan, (monotime_t){sim_local(n, n->world->now)});
	n->conf = next;
	if (old != NULL)
		conf_free(old);
	arena_free(a);
	buf_fini(&text);
	sim_node_schedule(n);
}

void
sim_node_apply(struct sim_node *n)
{
	memcpy(n->applied, n->part, sizeof(n->applied));
	apply(n);
}

/* ---- the kernel ---- */

static void
tell_link(struct sim_node *n, uint32_t lan)
{
	struct iface_link_fact f = {
		.ifindex = lan + 1, .mtu = 1500, .has_mac = true};

	f.mac[4] = n->index;
	f.mac[5] = (uint8_t)lan;
	f.flags = IFF_UP | (n->carrier[lan] ? IFF_RUNNING : 0);
	sim_ifname(f.name, sizeof(f.name), lan);
	iface_link_set(&n->router.ifaces, &f);
	sim_trace(n, "link eth%u %u %s\n", lan, lan + 1,
		  n->carrier[lan] ? "up" : "down");
}

static void
tell_addr(struct sim_node *n, uint32_t lan, const struct addr *a,
	  uint8_t prefix_len, uint8_t proto)
{
	char text[ADDR_STR_LEN];
	struct iface_addr_fact f = {.ifindex = lan + 1,
				    .addr = *a,
				    .prefix_len = prefix_len,
				    .proto = proto};

	if (a->family == AF_INET6)
		f.scope = 253; /* of the link */
	iface_addr_set(&n->router.ifaces, &f);
	sim_trace(n, "addr eth%u %s/%u %u\n", lan,
		  addr_print(a, text, sizeof(text)), prefix_len, proto);
}

static void
tell_all(struct sim_node *n)
{
	n->router.ifaces.has_proto = true;
	for (uint32_t l = 0; l < n->world->script->n_lans; l++) {
		struct addr a4 = sim_addr(l, n->index, false);
		struct addr a6 = sim_addr(l, n->index, true);

		tell_link(n, l);
		tell_addr(n, l, &a4, 16, 3);
		tell_addr(n, l, &a6, 64, 3);
	}
	for (size_t i = 0; i < n->n_vips; i++)
		tell_addr(n, n->vip[i].ifindex - 1, &n->vip[i].addr,
			  n->vip[i].prefix_len, VRRP_RTPROT);
}

void
sim_node_carrier(struct sim_node *n, uint32_t lan, bool is_up)
{
	n->carrier[lan] = is_up;
	if (!n->is_up)
		return;
	tell_link(n, lan);
	vrrp_router_ifaces_changed(&n->router, wake(n));
	sim_node_schedule(n);
}

/* ---- life ---- */

void
sim_node_init(struct sim_world *w, uint32_t index)
{
	struct sim_node *n = &w->node[index];

	*n = (struct sim_node){.world = w, .index = (uint8_t)index};
	memcpy(n->part, w->script->part[index], sizeof(n->part));
	for (uint32_t l = 0; l < SIM_LANS; l++)
		n->carrier[l] = true;
	n->starts = w->script->start[index];
	n->slept = n->disturbed = INT64_MIN / 2;
	n->wake = INT64_MAX;
}

static void
process_end(struct sim_node *n)
{
	vrrp_router_fini(&n->router);
	conf_free(n->conf);
	n->conf = NULL;
	n->is_up = false;
	n->wake = INT64_MAX;
	n->n_inbox = 0;
	n->frozen_until = 0;
}

void
sim_node_fini(struct sim_node *n)
{
	if (n->is_up)
		process_end(n);
	free(n->inbox);
	buf_fini(&n->trace);
}

/* What the supervisor remembers goes to the new process first. */
static void
give_hints(struct sim_node *n)
{
	for (uint32_t i = 0; i < n->world->script->n_vrs; i++) {
		char name[16];

		if (n->watch[i].state == VRRP_WORD_INIT)
			continue;
		(void)snprintf(name, sizeof(name), "VI_%u", i);
		vrrp_router_hint(&n->router, name, n->watch[i].state);
		if (n->watch[i].state == VRRP_WORD_MASTER)
			sim_trace(n, "hint %s\n", name);
	}
}

void
sim_node_start(struct sim_node *n)
{
	struct sim_world *w = n->world;

	n->starts = INT64_MAX;
	n->is_up = true;
	vrrp_router_init(&n->router, &port, n);
	sim_trace_begin(n);
	tell_all(n);
	if (n->is_respawn)
		give_hints(n);
	for (uint32_t i = 0; i < SIM_VRS; i++)
		n->watch[i] = (struct sim_watch){
			.heard = INT64_MIN / 2,
			.heard_at = INT64_MIN / 2,
			.zero = INT64_MIN / 2,
			.beaten = INT64_MIN / 2,
			.began = sim_local(n, w->now),
			.state = n->is_respawn ? n->watch[i].state
					       : VRRP_WORD_INIT,
		};
	/* A new process begins where the old one ended. */
	if (n->is_respawn)
		apply(n);
	sim_node_apply(n);
}

void
sim_node_crash(struct sim_node *n)
{
	n->is_respawn = true;
	process_end(n);
}

void
sim_node_stop(struct sim_node *n)
{
	sim_trace(n, "stop\n");
	vrrp_router_stop(&n->router, false,
			 (monotime_t){sim_local(n, n->world->now)});
	process_end(n);
	n->is_respawn = false;
}

void
sim_node_run(struct sim_node *n)
{
	vrrp_router_run(&n->router, (monotime_t){sim_local(n, n->world->now)});
	sim_node_schedule(n);
}

/* Virtual router, message; -1: none of ours. */
static int
look_into(const struct sim_world *w, const struct sim_packet *p,
	  uint8_t *priority)
{
	struct vrrp_origin o = {0};
	const uint8_t *msg = p->data;
	size_t len = p->len;

	if (p->family == AF_INET)
		(void)vrrp_ipv4_split(p->data, p->len, &o, &msg, &len);
	*priority = msg[2];
	return msg[1] <= w->script->n_vrs ? msg[1] - 1 : -1;
}

void
sim_node_trace_packet(struct sim_node *n, const struct sim_packet *p)
{
	char a[ADDR_STR_LEN];
	uint8_t priority;
	int vr = look_into(n->world, p, &priority);

	if (vr >= 0)
		sim_trace(n, "advert VI_%d from=%s prio=%u\n", vr,
			  addr_print(&p->src, a, sizeof(a)), priority);
}

static void
note_heard(struct sim_node *n, const struct sim_packet *p, nsec_t age)
{
	uint8_t priority;
	int vr = look_into(n->world, p, &priority);

	if (vr >= 0)
		sim_check_heard(n, (uint32_t)vr, priority, &p->src, age);
}

void
sim_node_receive(struct sim_node *n, const struct sim_packet *p, nsec_t age)
{
	struct vrrp_origin o = {.src = p->src,
				.dst = p->dst,
				.ifindex = p->lan + 1u,
				.hops = 255,
				.age = age};
	monotime_t now = wake(n);

	note_heard(n, p, age);
	vrrp_router_packet(&n->router, p->family, p->data, p->len, &o, now);
	vrrp_router_flush(&n->router, now);
	sim_node_schedule(n);
}

const struct vrrp_instance *
sim_node_instance(const struct sim_node *n, uint32_t vr)
{
	const struct vrrp_instance *in;

	if (n->is_up)
		TAILQ_FOREACH (in, &n->router.instances, link)
			if (sim_vr_of(in->name) == (int)vr)
				return in;
	return NULL;
}
