/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * From a seed to a world and its history: who is there, with which
 * configuration, and what goes wrong when.  Rounds of trouble end in a quiet
 * stretch, in which check.c looks whether all is well.
 */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "tests/sim/sim.h"

#define SCRIPT_QUIET SEC(6)

/* ---- chance: splitmix64 ---- */

uint64_t
sim_rand(struct sim_rng *r)
{
	uint64_t z = (r->s += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint32_t
sim_below(struct sim_rng *r, uint32_t n)
{
	return (uint32_t)((sim_rand(r) >> 16) % n);
}

bool
sim_chance(struct sim_rng *r, uint32_t of_1000)
{
	return sim_below(r, 1000) < of_1000;
}

/* ---- names ---- */

void
sim_ifname(char *buf, size_t size, uint32_t lan)
{
	(void)snprintf(buf, size, "eth%u", lan);
}

struct addr
sim_addr(uint32_t lan, uint32_t node, bool is_v6)
{
	struct addr a = {.family = is_v6 ? AF_INET6 : AF_INET};
	/* Who has the greater address is not the same on all links. */
	uint8_t host = (uint8_t)(lan % 2 == 0 ? node + 1 : 100 - node);

	if (is_v6) {
		a.bytes[0] = 0xfe;
		a.bytes[1] = 0x80;
		a.bytes[13] = (uint8_t)lan;
		a.bytes[15] = host;
	} else {
		a.bytes[0] = 10;
		a.bytes[1] = (uint8_t)lan;
		a.bytes[3] = host;
	}
	return a;
}

const char *
sim_event_name(enum sim_event_kind k)
{
	static const char *const name[] = {
		[SIM_LINK] = "link",	 [SIM_PARTITION] = "partition",
		[SIM_LOSS] = "loss",	 [SIM_DEAF] = "deaf",
		[SIM_FREEZE] = "freeze", [SIM_CRASH] = "crash",
		[SIM_REBOOT] = "reboot", [SIM_STOP] = "stop",
		[SIM_START] = "start",	 [SIM_PART] = "reload",
		[SIM_CHECK] = "calm",	 [SIM_QUIET] = "quiet",
		[SIM_END] = "end",
	};

	return name[k];
}

/* ---- the configuration of a node ---- */

static void
config_vr(const struct sim_vr *v, uint32_t i, const struct sim_part *p,
	  struct buf *out)
{
	buf_printf(out,
		   "vrrp_instance VI_%u {\n state BACKUP\n version %u\n"
		   " interface eth%u\n virtual_router_id %u\n priority %u\n"
		   " advert_int %u.%02u\n",
		   i, v->version, v->lan, v->vrid, p->priority,
		   v->advert_ms / 1000, v->advert_ms % 1000 / 10);
	if (p->nopreempt)
		buf_adds(out, " nopreempt\n");
	if (p->preempt_delay > 0)
		buf_printf(out, " preempt_delay %u\n", p->preempt_delay);
	if (v->is_v6)
		buf_printf(out, " virtual_ipaddress {\n  fe80::ff:%x/64\n }\n",
			   v->vrid);
	else
		buf_printf(out, " virtual_ipaddress {\n  10.%u.200.%u/32\n }\n",
			   v->lan, v->vrid);
	buf_adds(out, "}\n");
}

static void
config_group(const struct sim_script *s, uint32_t g,
	     const struct sim_part *part, struct buf *out)
{
	bool has_member = false;

	for (uint32_t i = 0; i < s->n_vrs; i++)
		has_member |= part[i].is_there && part[i].group == g;
	if (!has_member)
		return;
	buf_printf(out, "vrrp_sync_group G%u {\n group {\n", g);
	for (uint32_t i = 0; i < s->n_vrs; i++)
		if (part[i].is_there && part[i].group == g)
			buf_printf(out, "  VI_%u\n", i);
	buf_adds(out, " }\n}\n");
}

void
sim_config(const struct sim_script *s, uint32_t node,
	   const struct sim_part *part, struct buf *out)
{
	buf_printf(out, "global_defs {\n router_id N%u\n}\n", node);
	for (uint32_t i = 0; i < s->n_vrs; i++)
		if (part[i].is_there)
			config_vr(&s->vr[i], i, &part[i], out);
	for (uint32_t g = 1; g <= s->n_groups; g++)
		config_group(s, g, part, out);
}

/* ---- the world ---- */

static void
make_vr(struct sim_script *s, struct sim_rng *r, uint32_t i)
{
	static const uint32_t ms[] = {1000, 1000, 500, 200, 100, 10};
	struct sim_vr *v = &s->vr[i];

	v->vrid = (uint8_t)(i + 1);
	v->lan = (uint8_t)sim_below(r, s->n_lans);
	v->version = sim_chance(r, 400) ? 2 : 3;
	v->is_v6 = v->version == 3 && sim_chance(r, 200);
	v->advert_ms = v->version == 2 ? 1000 : ms[sim_below(r, 5)];
	if (v->version == 3 && s->n_nodes <= 4 && sim_chance(r, 20))
		v->advert_ms = ms[5];
}

static struct sim_part
make_part(struct sim_rng *r)
{
	struct sim_part p = {.is_there = !sim_chance(r, 60)};

	p.priority =
		sim_chance(r, 250) ? 100 : (uint8_t)(1 + sim_below(r, 254));
	p.nopreempt = sim_chance(r, 200);
	if (!p.nopreempt && sim_chance(r, 100))
		p.preempt_delay = (uint8_t)(1 + sim_below(r, 3));
	return p;
}

/* One of the groups takes i in; its members are alike but for oddities. */
static void
make_member(struct sim_script *s, struct sim_rng *r, uint32_t i)
{
	uint32_t g = 1 + sim_below(r, s->n_groups), first = i;

	for (uint32_t k = 0; k < i; k++)
		if (s->part[0][k].group == g)
			first = k;
	if (first != i && !sim_chance(r, 150)) {
		s->vr[i].version = s->vr[first].version;
		s->vr[i].advert_ms = s->vr[first].advert_ms;
		s->vr[i].is_v6 = s->vr[i].is_v6 && s->vr[i].version == 3;
	}
	for (uint32_t n = 0; n < s->n_nodes; n++) {
		struct sim_part p = s->part[n][first];

		if (!s->has_mixed)
			s->part[n][i] = p;
		s->part[n][i].is_there = true;
		s->part[n][i].group = (uint8_t)g;
	}
}

static void
make_groups(struct sim_script *s, struct sim_rng *r)
{
	if (s->n_vrs < 2 || sim_chance(r, 400))
		return;
	s->n_groups = 1 + sim_below(r, s->n_vrs > 5 ? SIM_GROUPS : 1);
	s->has_mixed = sim_chance(r, 100);
	for (uint32_t i = 0; i < s->n_vrs; i++)
		if (!sim_chance(r, 200))
			make_member(s, r, i);
}

static void
make_size(struct sim_script *s, struct sim_rng *r)
{
	uint32_t size = sim_below(r, 100);

	if (size < 80) {
		s->n_nodes = 2 + sim_below(r, 3);
		s->n_vrs = 1 + sim_below(r, 4);
	} else if (size < 98) {
		s->n_nodes = 4 + sim_below(r, 5);
		s->n_vrs = 3 + sim_below(r, 8);
	} else {
		s->n_nodes = 12 + sim_below(r, 9);
		s->n_vrs = 12 + sim_below(r, 9);
	}
	s->n_lans = 1 + sim_below(r, SIM_LANS);
}

static void
make_world(struct sim_script *s, struct sim_rng *r)
{
	make_size(s, r);
	for (uint32_t i = 0; i < s->n_vrs; i++)
		make_vr(s, r, i);
	for (uint32_t n = 0; n < s->n_nodes; n++) {
		for (uint32_t i = 0; i < s->n_vrs; i++)
			s->part[n][i] = make_part(r);
		s->ppm[n] = (int32_t)sim_below(r, 1001) - 500;
		s->start[n] = sim_chance(r, 500) ? 0 : MSEC(sim_below(r, 5000));
	}
	make_groups(s, r);
	s->delay = USEC(1 + sim_below(r, 300));
	s->jitter = sim_chance(r, 300) ? MSEC(1 + sim_below(r, 5)) : USEC(50);
	s->dup = sim_chance(r, 200) ? sim_below(r, 200) : 0;
	s->lateness = sim_chance(r, 150) ? 0 : USEC(10 + sim_below(r, 500));
}

/* ---- history ---- */

static struct sim_event *
event(struct sim_script *s, nsec_t at, enum sim_event_kind kind)
{
	struct sim_event *e = &s->event[s->n_events++];

	*e = (struct sim_event){.at = at, .kind = kind};
	return e;
}

static void
make_reload(struct sim_script *s, struct sim_rng *r, struct sim_event *e)
{
	e->vr = (uint8_t)sim_below(r, s->n_vrs);
	e->part = make_part(r);
	if (sim_chance(r, 600)) /* only the priority */
		e->part.is_there = true;
	e->part.group = s->part[0][e->vr].group;
	if (s->n_groups > 0 && sim_chance(r, 250))
		e->part.group = (uint8_t)sim_below(r, s->n_groups + 1);
}

static void
make_trouble(struct sim_script *s, struct sim_rng *r, nsec_t at)
{
	static const enum sim_event_kind kinds[] = {
		SIM_LINK,   SIM_LINK,	SIM_PARTITION, SIM_LOSS,   SIM_DEAF,
		SIM_FREEZE, SIM_FREEZE, SIM_CRASH,     SIM_REBOOT, SIM_STOP,
		SIM_START,  SIM_PART,	SIM_PART,      SIM_PART};
	struct sim_event *e =
		event(s, at, kinds[sim_below(r, ARRAY_LEN(kinds))]);

	e->node = (uint8_t)sim_below(r, s->n_nodes);
	e->lan = (uint8_t)sim_below(r, s->n_lans);
	switch (e->kind) {
	case SIM_LINK:
		e->value = sim_chance(r, 500);
		return;
	case SIM_PARTITION:
		e->value = sim_below(r, 1u << s->n_nodes);
		return;
	case SIM_LOSS:
	case SIM_DEAF:
		e->value = sim_chance(r, 300) ? 1000 : sim_below(r, 400);
		return;
	case SIM_FREEZE:
		e->value = 20 + sim_below(r, 6000);
		return;
	case SIM_CRASH:
	case SIM_REBOOT:
		e->value = 10 + sim_below(r, 3000);
		return;
	case SIM_PART:
		make_reload(s, r, e);
		return;
	case SIM_STOP:
	case SIM_START:
	case SIM_CHECK:
	case SIM_QUIET:
	case SIM_END:
		return;
	}
}

/* What would keep the network from settling ends. */
static nsec_t
make_calm(struct sim_script *s, struct sim_rng *r, nsec_t at)
{
	for (size_t i = 0; i < s->n_events; i++) {
		struct sim_event *e = &s->event[i];
		bool has_end = e->kind == SIM_FREEZE || e->kind == SIM_CRASH ||
			       e->kind == SIM_REBOOT;

		if (has_end && e->at + MSEC(e->value) > at)
			e->value = (uint32_t)((at - e->at) / MSEC(1));
	}
	for (uint32_t l = 0; l < s->n_lans; l++) {
		event(s, at, SIM_LOSS)->lan = (uint8_t)l;
		if (sim_chance(r, 700))
			event(s, at, SIM_PARTITION)->lan = (uint8_t)l;
	}
	event(s, at, SIM_CHECK);
	at += sim_bound(s);
	event(s, at, SIM_QUIET);
	return at + SCRIPT_QUIET;
}

static int
by_time(const void *a, const void *b)
{
	const struct sim_event *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

void
sim_script_make(struct sim_script *s, uint64_t seed)
{
	struct sim_rng r = {seed * 0x2545f4914f6cdd1d + 1};
	nsec_t at = SEC(1);
	uint32_t rounds;

	*s = (struct sim_script){.seed = seed};
	make_world(s, &r);
	rounds = 1 + sim_below(&r, 3);
	for (uint32_t i = 0; i < rounds; i++) {
		size_t first = s->n_events;
		nsec_t long_ms = 3000 + sim_below(&r, 12000);

		for (uint32_t k = sim_below(&r, 12); k > 0; k--)
			make_trouble(
				s, &r,
				at + MSEC(sim_below(&r, (uint32_t)long_ms)));
		qsort(&s->event[first], s->n_events - first,
		      sizeof(s->event[0]), by_time);
		at = make_calm(s, &r, at + MSEC(long_ms));
	}
	event(s, at, SIM_END);
}

nsec_t
sim_bound(const struct sim_script *s)
{
	nsec_t bound = 0;

	for (uint32_t i = 0; i < s->n_vrs; i++) {
		const struct sim_vr *v = &s->vr[i];
		nsec_t interval = MSEC(v->advert_ms);
		nsec_t skew = v->version == 2 ? SEC(1) : interval;
		nsec_t own = 3 * interval + skew;

		for (uint32_t n = 0; n < s->n_nodes; n++)
			if (s->part[n][i].preempt_delay > 0)
				own = 7 * interval + skew + SEC(3);
		for (size_t k = 0; k < s->n_events; k++)
			if (s->event[k].kind == SIM_PART &&
			    s->event[k].vr == i &&
			    s->event[k].part.preempt_delay > 0)
				own = 7 * interval + skew + SEC(3);
		if (own > bound)
			bound = own;
	}
	if (s->n_groups > 0) /* a member waits for another's timer */
		bound *= 2;
	return bound + 4 * (s->delay + s->jitter) + s->lateness + MSEC(30);
}

void
sim_script_print(const struct sim_script *s)
{
	(void)printf("seed %llu: %u nodes, %u links, %u routers, %u groups\n",
		     (unsigned long long)s->seed, s->n_nodes, s->n_lans,
		     s->n_vrs, s->n_groups);
	for (uint32_t n = 0; n < s->n_nodes; n++)
		(void)printf("node %u starts at %.3f, clock %+d ppm\n", n,
			     (double)s->start[n] / SEC(1), s->ppm[n]);
	for (size_t i = 0; i < s->n_events; i++) {
		const struct sim_event *e = &s->event[i];

		if (!e->is_off)
			(void)printf("%9.3f %s node %u link %u value %u router "
				     "%u (%s prio %u%s delay %u group %u)\n",
				     (double)e->at / SEC(1),
				     sim_event_name(e->kind), e->node, e->lan,
				     e->value, e->vr,
				     e->part.is_there ? "there" : "gone",
				     e->part.priority,
				     e->part.nopreempt ? " nopreempt" : "",
				     e->part.preempt_delay, e->part.group);
	}
}
