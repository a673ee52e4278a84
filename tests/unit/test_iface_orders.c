/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Interfaces that come, go, are renamed, change address, lose carrier, in any
 * order: the end is the same as if a new router had been told only the facts
 * that are left.  All orders of some sets of events, and random lives, on a
 * kernel that remembers links, addresses and memberships.
 */
#include "vrrp/router.h"

#include <errno.h>
#include <linux/if_link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/arena.h"
#include "lib/util.h"
#include "parser/common.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"
#include "vrrp/instance.h"
#include "vrrp/plan.h"
#include "vrrp/sync.h"

#define LINKS	8
#define ADDRS	16
#define INDEXES 256
#define SIX	6
#define ORDERS	720
#define LIVES	500
#define STEPS	60

/* One that cannot happen as the kernel is now does nothing. */
enum event {
	CREATE,	  /* eth0, index 2 */
	RECREATE, /* eth0, an index that never was */
	DELETE,
	UP,
	DOWN,
	FLAP,
	ADDR,	   /* the primary address of eth0 */
	ADDR_DEL,  /* taken away */
	OTHER,	   /* another one */
	OTHER_DEL, /* taken away */
	RENAME,	   /* eth0 to tmp0 */
	RENAME_BACK,
	LOSE_VIP, /* somebody deletes a held address */
	RESYNC,
	ETH1_CREATE,
	ETH1_DELETE,
	ETH1_UP,
	ETH1_DOWN,
	OWN_DELETE, /* somebody deletes our own interface */
	DEAFEN,	    /* until RESYNC nothing is told: the socket overflowed */
	REFUSE,	    /* the next change of an own interface or its base fails */
	EVENTS,
	CLEAR_TMP, /* what is called tmp0 goes if there is an eth0 */
};

static const char *const event_word[] = {
	"create",   "recreate",	 "delete",	"up",
	"down",	    "flap",	 "addr",	"addr-del",
	"other",    "other-del", "rename",	"rename-back",
	"lose-vip", "resync",	 "eth1-create", "eth1-delete",
	"eth1-up",  "eth1-down", "own-delete",	"deafen",
	"refuse",   "",		 "clear-tmp",
};

struct kernel {
	struct iface_link_fact link[LINKS];
	struct iface_addr_fact addr[ADDRS];
	size_t n_links, n_addrs;
	uint32_t last_index;
	int members[INDEXES];
};

struct life {
	struct vrrp_router router;
	struct kernel k;
	monotime_t now;
	unsigned int seed;
	bool is_deaf, refuses;
	char story[4096]; /* how to live it again */
};

static void
must(const struct life *l, bool is_so, const char *what)
{
	if (is_so)
		return;
	print_error("%s:\n%s\n", what, l->story);
	fail();
}

static void
tell(struct life *l, const char *word)
{
	size_t n = strlen(l->story);

	(void)snprintf(l->story + n, sizeof(l->story) - n, " %s", word);
}

static struct addr
ip(unsigned int host)
{
	return (struct addr){.family = AF_INET,
			     .bytes = {10, 0, 0, (uint8_t)host}};
}

/* ---- the kernel ---- */

static struct iface_link_fact *
link_find(struct kernel *k, const char *name)
{
	for (size_t i = 0; i < k->n_links; i++)
		if (strcmp(k->link[i].name, name) == 0)
			return &k->link[i];
	return NULL;
}

static struct iface_link_fact *
link_index(struct kernel *k, uint32_t ifindex)
{
	for (size_t i = 0; i < k->n_links; i++)
		if (k->link[i].ifindex == ifindex)
			return &k->link[i];
	return NULL;
}

static struct iface_addr_fact *
addr_find(struct kernel *k, uint32_t ifindex, const struct addr *a)
{
	for (size_t i = 0; i < k->n_addrs; i++)
		if (k->addr[i].ifindex == ifindex &&
		    addr_is_equal(&k->addr[i].addr, a))
			return &k->addr[i];
	return NULL;
}

static void
link_told(struct life *l, const struct iface_link_fact *f)
{
	if (!l->is_deaf)
		iface_link_set(&l->router.ifaces, f);
}

/* Without carrier below there is none above. */
static void
link_carrier(struct life *l, struct iface_link_fact *f, bool is_up)
{
	if (f == NULL)
		return;
	f->flags = IFF_UP | (is_up ? IFF_RUNNING : 0);
	link_told(l, f);
	for (size_t i = 0; i < l->k.n_links; i++)
		if (l->k.link[i].parent == f->ifindex)
			link_carrier(l, &l->k.link[i], is_up);
}

static struct iface_link_fact *
link_add(struct life *l, const char *name, uint32_t ifindex)
{
	struct kernel *k = &l->k;
	struct iface_link_fact *f = &k->link[k->n_links];

	must(l, k->n_links < LINKS && ifindex < INDEXES, "the model is full");
	k->n_links++;
	*f = (struct iface_link_fact){.ifindex = ifindex,
				      .flags = IFF_UP,
				      .mtu = 1500,
				      .has_mac = true,
				      .conf.is_known = true};
	(void)snprintf(f->name, sizeof(f->name), "%s", name);
	f->mac[0] = 2;
	f->mac[5] = (uint8_t)ifindex;
	if (ifindex > k->last_index)
		k->last_index = ifindex;
	return f;
}

static void
addr_drop(struct life *l, struct iface_addr_fact *f)
{
	struct kernel *k = &l->k;
	struct iface_addr_fact gone;

	if (f == NULL)
		return;
	gone = *f;
	*f = k->addr[--k->n_addrs];
	if (!l->is_deaf)
		iface_addr_del(&l->router.ifaces, &gone);
}

static void
addr_add(struct life *l, const char *dev, const struct addr *a)
{
	struct kernel *k = &l->k;
	const struct iface_link_fact *f = link_find(k, dev);

	if (f == NULL || addr_find(k, f->ifindex, a) != NULL)
		return;
	must(l, k->n_addrs < ADDRS, "the model is full");
	k->addr[k->n_addrs] = (struct iface_addr_fact){.ifindex = f->ifindex,
						       .addr = *a,
						       .prefix_len = 24,
						       .proto = 3};
	if (!l->is_deaf)
		iface_addr_set(&l->router.ifaces, &k->addr[k->n_addrs]);
	k->n_addrs++;
}

static void
addr_remove(struct life *l, const char *dev, const struct addr *a)
{
	const struct iface_link_fact *f = link_find(&l->k, dev);

	if (f != NULL)
		addr_drop(l, addr_find(&l->k, f->ifindex, a));
}

/* With what lives on it: first the addresses are told, then the link. */
static void
link_remove(struct life *l, const struct iface_link_fact *f)
{
	struct kernel *k = &l->k;
	uint32_t ifindex;

	if (f == NULL)
		return;
	ifindex = f->ifindex;
	for (size_t i = k->n_links; i > 0; i--)
		if (i <= k->n_links && k->link[i - 1].parent == ifindex)
			link_remove(l, &k->link[i - 1]);
	for (size_t i = k->n_addrs; i > 0; i--)
		if (k->addr[i - 1].ifindex == ifindex)
			addr_drop(l, &k->addr[i - 1]);
	*link_index(k, ifindex) = k->link[k->n_links - 1];
	k->n_links--;
	if (!l->is_deaf)
		iface_link_del(&l->router.ifaces, ifindex);
}

static void
link_rename(struct life *l, const char *from, const char *to)
{
	struct iface_link_fact *f = link_find(&l->k, from);

	if (f == NULL || link_find(&l->k, to) != NULL)
		return;
	memset(f->name, 0, sizeof(f->name));
	memcpy(f->name, to, strlen(to));
	link_told(l, f);
}

static void
vip_lose(struct life *l)
{
	for (size_t i = 0; i < l->k.n_addrs; i++)
		if (l->k.addr[i].proto == VRRP_RTPROT) {
			addr_drop(l, &l->k.addr[i]);
			return;
		}
}

static void
all_told(struct life *l)
{
	struct iface_table *t = &l->router.ifaces;

	l->is_deaf = false;
	iface_resync_begin(t);
	for (size_t i = 0; i < l->k.n_links; i++)
		link_told(l, &l->k.link[i]);
	for (size_t i = 0; i < l->k.n_addrs; i++)
		iface_addr_set(t, &l->k.addr[i]);
	iface_resync_end(t);
}

/* ---- the port ---- */

static void
on_send(void *arg, const struct vrrp_tx *tx, size_t n)
{
	(void)arg; /* nobody hears them */
	(void)tx;
	(void)n;
}

static int
addr_do(struct kernel *k, enum vip_op_kind kind, const struct vip_addr *v)
{
	struct iface_addr_fact *f = addr_find(k, v->ifindex, &v->addr);

	if (link_index(k, v->ifindex) == NULL)
		return -ENODEV;
	if (kind != VIP_OP_ADD && f == NULL)
		return -EADDRNOTAVAIL;
	if (kind == VIP_OP_ADD && f != NULL)
		return -EEXIST;
	if (kind == VIP_OP_DEL)
		*f = k->addr[--k->n_addrs];
	if (kind == VIP_OP_ADD)
		k->addr[k->n_addrs++] =
			(struct iface_addr_fact){.ifindex = v->ifindex,
						 .addr = v->addr,
						 .prefix_len = v->prefix_len,
						 .scope = v->scope,
						 .proto = VRRP_RTPROT};
	return 0;
}

static void
on_addr_apply(void *arg, struct vip_op *ops, size_t n)
{
	struct life *l = arg;

	for (size_t i = 0; i < n; i++) {
		must(l, l->k.n_addrs < ADDRS, "the model is full");
		ops[i].error = addr_do(&l->k, ops[i].kind, ops[i].addr);
	}
}

static void
on_kobj_apply(void *arg, struct kobj_op *ops, size_t n)
{
	(void)arg; /* a kernel that does as it is told */
	for (size_t i = 0; i < n; i++)
		ops[i].error = 0;
}

/* Only what is held is announced, and from where it is held. */
static void
on_frames(void *arg, const struct vrrp_frame_tx *f, size_t n)
{
	struct life *l = arg;

	for (size_t i = 0; i < n; i++) {
		struct addr a;

		assert_int_equal(
			addr_from_bytes(AF_INET, f[i].data + 28, 4, &a), 0);
		must(l,
		     l->is_deaf || addr_find(&l->k, f[i].ifindex, &a) != NULL,
		     "what is not held was announced");
	}
}

static int
vmac_make(struct life *l, const struct vmac_op *op)
{
	const struct vmac_spec *w = &op->owner->spec;
	const struct iface_link_fact *base =
		link_index(&l->k, op->base_ifindex);
	struct iface_link_fact *f;

	if (base == NULL)
		return -ENODEV;
	if (link_find(&l->k, w->name) != NULL)
		return -EEXIST;
	f = link_add(l, w->name, l->k.last_index + 1);
	f->flags = link_index(&l->k, op->base_ifindex)->flags;
	f->kind = w->kind;
	f->mode = MACVLAN_MODE_PRIVATE;
	f->parent = op->base_ifindex;
	memcpy(f->mac, w->mac, sizeof(f->mac));
	memcpy(f->alias, op->alias, sizeof(f->alias));
	iface_link_set(&l->router.ifaces, f); /* read with the answer */
	return 0;
}

static int
link_do(struct life *l, const struct vmac_op *op)
{
	struct iface_link_fact *f = link_index(&l->k, op->ifindex);

	if (l->refuses) {
		l->refuses = false;
		return -EBUSY;
	}
	if (op->kind == VMAC_OP_CREATE)
		return vmac_make(l, op);
	if (f == NULL)
		return -ENODEV;
	if (op->kind == VMAC_OP_DELETE) {
		link_remove(l, f);
		iface_link_del(&l->router.ifaces, op->ifindex);
	}
	if (op->kind == VMAC_OP_BASE)
		f->conf = op->conf;
	return 0;
}

static void
on_link_apply(void *arg, struct vmac_op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ops[i].error = link_do(arg, &ops[i]);
}

static int
on_join(void *arg, uint32_t ifindex, const struct addr *group)
{
	struct life *l = arg;

	(void)group; /* there is one */
	must(l, ifindex != 0 && ifindex < INDEXES, "joined nowhere");
	l->k.members[ifindex]++;
	return 0;
}

static void
on_leave(void *arg, uint32_t ifindex, const struct addr *group)
{
	struct life *l = arg;

	(void)group;
	must(l, ifindex != 0 && ifindex < INDEXES && l->k.members[ifindex] > 0,
	     "left what was not joined");
	l->k.members[ifindex]--;
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
	(void)arg;
	return SEC(1790000000);
}

static void
on_report(void *arg, const struct msg_vrrp_state *m)
{
	(void)arg; /* states are looked at where they are */
	(void)m;
}

static const struct vrrp_port port = {
	.send_adverts = on_send,
	.addr_apply = on_addr_apply,
	.kobj_apply = on_kobj_apply,
	.send_frames = on_frames,
	.link_apply = on_link_apply,
	.join = on_join,
	.leave = on_leave,
	.set_vrids = on_vrids,
	.set_ah_vrids = on_vrids,
	.wall = on_wall,
	.report = on_report,
};

/* ---- events ---- */

static void
settle(struct life *l)
{
	vrrp_router_ifaces_changed(&l->router, l->now);
}

static void
flap(struct life *l)
{
	struct iface_link_fact *f = link_find(&l->k, "eth0");

	if (f == NULL || !(f->flags & IFF_RUNNING))
		return;
	link_carrier(l, f, false);
	settle(l);
	link_carrier(l, link_find(&l->k, "eth0"), true);
}

static void
link_new(struct life *l, const char *name, uint32_t ifindex)
{
	if (link_find(&l->k, name) == NULL &&
	    link_index(&l->k, ifindex) == NULL)
		link_told(l, link_add(l, name, ifindex));
}

static void
own_remove(struct life *l)
{
	for (size_t i = 0; i < l->k.n_links; i++)
		if (l->k.link[i].parent != 0) {
			link_remove(l, &l->k.link[i]);
			return;
		}
}

static void
link_event(struct life *l, enum event e)
{
	struct kernel *k = &l->k;

	if (e == CREATE)
		link_new(l, "eth0", 2);
	if (e == RECREATE)
		link_new(l, "eth0", k->last_index + 1);
	if (e == DELETE)
		link_remove(l, link_find(k, "eth0"));
	if (e == UP || e == DOWN)
		link_carrier(l, link_find(k, "eth0"), e == UP);
	if (e == FLAP)
		flap(l);
	if (e == RENAME)
		link_rename(l, "eth0", "tmp0");
	if (e == RENAME_BACK)
		link_rename(l, "tmp0", "eth0");
	if (e == CLEAR_TMP && link_find(k, "eth0") != NULL)
		link_remove(l, link_find(k, "tmp0"));
	if (e == ETH1_CREATE)
		link_new(l, "eth1", k->last_index + 1);
	if (e == ETH1_DELETE)
		link_remove(l, link_find(k, "eth1"));
	if (e == OWN_DELETE)
		own_remove(l);
	if (e == ETH1_UP || e == ETH1_DOWN)
		link_carrier(l, link_find(k, "eth1"), e == ETH1_UP);
}

static void
happen(struct life *l, enum event e)
{
	const struct addr first = ip(1), other = ip(2);

	tell(l, event_word[e]);
	link_event(l, e);
	if (e == ADDR)
		addr_add(l, "eth0", &first);
	if (e == ADDR_DEL)
		addr_remove(l, "eth0", &first);
	if (e == OTHER)
		addr_add(l, "eth0", &other);
	if (e == OTHER_DEL)
		addr_remove(l, "eth0", &other);
	if (e == LOSE_VIP)
		vip_lose(l);
	if (e == DEAFEN)
		l->is_deaf = true;
	if (e == REFUSE)
		l->refuses = true;
	if (e == RESYNC)
		all_told(l);
}

static void
pass(struct life *l, nsec_t d)
{
	monotime_t to = monotime_add(l->now, d);
	char word[32];

	settle(l);
	for (int i = 0; i < 100000; i++) {
		monotime_t next = vrrp_router_next(&l->router);

		if (monotime_before(to, next))
			break;
		if (monotime_before(l->now, next))
			l->now = next;
		vrrp_router_run(&l->router, l->now);
	}
	must(l, monotime_before(to, vrrp_router_next(&l->router)),
	     "always something to do");
	l->now = to;
	(void)snprintf(word, sizeof(word), "+%dms", (int)(d / MSEC(1)));
	tell(l, word);
}

/* ---- life ---- */

static struct conf *
parse(const char *more)
{
	static const struct conf_module *const modules[] = {
		&common_conf_module, &vrrp_conf_module, NULL};
	const struct conf_opts opts = {
		.modules = modules,
		.mask = CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_VRRP),
		.is_engine = true,
	};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r;
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "vrrp_instance VI_1 {\n interface eth0\n"
		       " virtual_router_id 51\n priority 100\n%s}\n",
		       more);
	r = conf_read_text("orders", text, strlen(text), &opts, sink);
	assert_false(r.is_stopped);
	assert_true(diag_worst(sink) <= DIAG_WARNING);
	diag_sink_free(sink);
	return r.conf;
}

static void
begin(struct life *l, const struct conf *conf)
{
	const struct vrrp_conf *c = vrrp_conf_get(conf);
	struct arena *a = arena_new();
	struct vrrp_change *plan;
	size_t n = vrrp_plan_make(NULL, conf, a, &plan);

	vrrp_router_init(&l->router, &port, l);
	l->router.ifaces.has_proto = true;
	all_told(l);
	vrrp_tracking_set_conf(&l->router, c);
	vrrp_router_garp_groups(&l->router, c);
	vrrp_sync_set_conf(&l->router, c);
	vrrp_router_apply(&l->router, &c->global, plan, n, l->now);
	arena_free(a);
}

static void
end(struct life *l)
{
	vrrp_router_stop(&l->router, false, l->now);
	for (size_t i = 0; i < l->k.n_addrs; i++)
		must(l, l->k.addr[i].proto != VRRP_RTPROT,
		     "a virtual address outlives the router");
	for (size_t i = 0; i < l->k.n_links; i++)
		must(l, l->k.link[i].parent == 0,
		     "an interface of our own outlives the router");
	vrrp_router_fini(&l->router);
	for (size_t i = 0; i < INDEXES; i++)
		must(l, l->k.members[i] == 0, "joined and never left");
}

/* ---- the comparison ---- */

/* The same kernel as others have left it. */
static void
copy_facts(struct kernel *to, const struct kernel *from)
{
	*to = (struct kernel){.last_index = from->last_index};
	for (size_t i = 0; i < from->n_links; i++) {
		struct iface_link_fact f = from->link[i];

		f.conf = (struct iface_devconf){.is_known = true};
		if (f.parent == 0)
			to->link[to->n_links++] = f;
	}
	for (size_t i = 0; i < from->n_addrs; i++)
		if (from->addr[i].proto != VRRP_RTPROT)
			to->addr[to->n_addrs++] = from->addr[i];
}

static bool
has_addrs_of(struct kernel *a, struct kernel *b)
{
	for (size_t i = 0; i < b->n_addrs; i++) {
		const struct iface_addr_fact *want = &b->addr[i];
		const char *dev = link_index(b, want->ifindex)->name;
		const struct iface_link_fact *f = link_find(a, dev);

		if (f == NULL || addr_find(a, f->ifindex, &want->addr) == NULL)
			return false;
	}
	return a->n_addrs == b->n_addrs;
}

static bool
has_members_of(struct kernel *a, struct kernel *b)
{
	for (uint32_t i = 0; i < INDEXES; i++) {
		const struct iface_link_fact *f = link_index(b, i);
		const struct iface_link_fact *g =
			f != NULL ? link_find(a, f->name) : NULL;

		if (b->members[i] != (g != NULL ? a->members[g->ifindex] : 0))
			return false;
	}
	return a->n_links == b->n_links;
}

/* A new router that is told only what is the case now ends like this one. */
static void
compare(struct life *l, const struct conf *conf, bool has_one_source)
{
	struct life fresh = {.now = l->now, .story = "a new router:"};
	const struct vrrp_instance *a, *b;

	pass(l, SEC(10));
	copy_facts(&fresh.k, &l->k);
	begin(&fresh, conf);
	pass(&fresh, SEC(10));
	a = TAILQ_FIRST(&l->router.instances);
	b = TAILQ_FIRST(&fresh.router.instances);
	must(l, a->fsm.state == b->fsm.state, "another state");
	must(l, a->fsm.unmet == b->fsm.unmet, "other unmet conditions");
	must(l, has_addrs_of(&l->k, &fresh.k), "other addresses");
	must(l,
	     has_members_of(&l->k, &fresh.k) && has_members_of(&fresh.k, &l->k),
	     "other memberships");
	if (has_one_source) {
		must(l, a->fsm.state == VRRP_MASTER, "no master in the end");
		must(l, addr_is_equal(&a->params.source, &b->params.source),
		     "another source address");
	}
	end(&fresh);
}

/* As they stand, then brought to one set of facts. */
static void
judge(struct life *l, const struct conf *conf)
{
	static const enum event last[] = {
		RENAME_BACK, RECREATE,	CLEAR_TMP,   UP,
		ADDR,	     OTHER_DEL, ETH1_CREATE, ETH1_UP,
	};

	l->refuses = false;
	if (l->is_deaf)
		happen(l, RESYNC);
	compare(l, conf, false);
	for (size_t i = 0; i < ARRAY_LEN(last); i++) {
		happen(l, last[i]);
		settle(l);
	}
	compare(l, conf, true);
	end(l);
}

/* eth1 is there in any case; is_alive: eth0 as well, and we are master. */
static void
be_born(struct life *l, const struct conf *conf, bool is_alive)
{
	*l = (struct life){.now = {SEC(1000)}};
	l->k.last_index = 2;
	begin(l, conf);
	happen(l, ETH1_CREATE);
	happen(l, ETH1_UP);
	if (is_alive) {
		happen(l, CREATE);
		happen(l, UP);
		happen(l, ADDR);
	}
	pass(l, SEC(5));
}

/* ---- the properties ---- */

struct kind {
	const char *name, *more;
};

static const struct kind kinds[] = {
	{"plain", " virtual_ipaddress {\n  10.0.0.100/32\n }\n"},
	{"vip on eth1",
	 " virtual_ipaddress {\n  10.0.0.100/32\n  10.0.0.101/32 dev eth1\n"
	 " }\n"},
	{"tracks eth1", " track_interface {\n  eth1\n }\n"
			" virtual_ipaddress {\n  10.0.0.100/32\n }\n"},
	{"vmac", " use_vmac\n virtual_ipaddress {\n  10.0.0.100/32\n }\n"},
};

static const struct six {
	bool is_alive;
	enum event event[SIX];
} sixes[] = {
	{false, {CREATE, UP, ADDR, RENAME, RENAME_BACK, RESYNC}},
	{true, {DELETE, RECREATE, UP, ADDR, LOSE_VIP, FLAP}},
	{true, {RENAME, RENAME_BACK, LOSE_VIP, DELETE, RECREATE, RESYNC}},
	{true, {ADDR_DEL, OTHER, DOWN, UP, ADDR, OTHER_DEL}},
	{true, {ETH1_DELETE, ETH1_CREATE, ETH1_DOWN, ETH1_UP, FLAP, LOSE_VIP}},
	{true, {REFUSE, RENAME, OWN_DELETE, DELETE, CREATE, RENAME_BACK}},
	{true, {OWN_DELETE, DELETE, RECREATE, UP, ADDR, DOWN}},
	{true, {DEAFEN, RENAME, CREATE, RECREATE, RESYNC, RENAME_BACK}},
};

/* The nth order, n < 720. */
static void
order_make(enum event out[SIX], const enum event in[SIX], unsigned int n)
{
	enum event left[SIX];

	memcpy(left, in, sizeof(left));
	for (unsigned int i = 0; i < SIX; i++) {
		unsigned int at = n % (SIX - i);

		n /= SIX - i;
		out[i] = left[at];
		left[at] = left[SIX - i - 1];
	}
}

static void
order_live(struct life *l, const struct conf *conf, const struct kind *kind,
	   const struct six *six, unsigned int n)
{
	static const nsec_t gaps[] = {0, MSEC(400), SEC(4)};
	enum event order[SIX];

	order_make(order, six->event, n);
	be_born(l, conf, six->is_alive);
	tell(l, kind->name);
	tell(l, "|");
	for (size_t i = 0; i < SIX; i++) {
		happen(l, order[i]);
		pass(l, gaps[n % ARRAY_LEN(gaps)]);
	}
	judge(l, conf);
}

static void
all_orders_end_alike(void **state)
{
	static struct life life;

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct conf *conf = parse(kinds[k].more);

		for (size_t s = 0; s < ARRAY_LEN(sixes); s++)
			for (unsigned int n = 0; n < ORDERS; n++)
				order_live(&life, conf, &kinds[k], &sixes[s],
					   n);
		conf_free(conf);
	}
}

static unsigned int
chance(struct life *l, unsigned int n)
{
	return (unsigned int)rand_r(&l->seed) % n;
}

/* Some events are told together, some with time in between. */
static void
random_live(struct life *l, const struct conf *conf, const struct kind *kind,
	    unsigned int seed)
{
	be_born(l, conf, seed % 2 == 0);
	l->seed = seed;
	(void)snprintf(l->story, sizeof(l->story), "%s, seed %u:", kind->name,
		       seed);
	for (unsigned int i = 0; i < STEPS; i++) {
		happen(l, (enum event)chance(l, EVENTS));
		if (chance(l, 4) != 0)
			settle(l);
		if (chance(l, 3) == 0)
			pass(l, MSEC(chance(l, 5000)));
	}
	judge(l, conf);
}

static void
random_lives_end_alike(void **state)
{
	static struct life life;

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct conf *conf = parse(kinds[k].more);

		for (unsigned int seed = 1; seed <= LIVES; seed++)
			random_live(&life, conf, &kinds[k], seed);
		conf_free(conf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_orders_end_alike),
		cmocka_unit_test(random_lives_end_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
