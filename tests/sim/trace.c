/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A failure made small, and as a scenario that tests/replay runs: what one
 * node was told, in order, and in which states that left it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "tests/sim/sim.h"

void
sim_trace_begin(struct sim_node *n)
{
	n->trace_began = sim_local(n, n->world->now);
	n->trace.len = 0; /* only the last life of the process is told */
}

static void
print_time(struct buf *out, const char *what, nsec_t t)
{
	buf_printf(out, "%s %lld.%09lld ", what, (long long)(t / SEC(1)),
		   (long long)(t % SEC(1)));
}

void
sim_trace_freeze(struct sim_node *n)
{
	nsec_t now = sim_local(n, n->world->now);

	if (!n->world->is_traced)
		return;
	print_time(&n->trace, "at", now - n->trace_began);
	print_time(&n->trace, "freeze", sim_local(n, n->frozen_until) - now);
	buf_adds(&n->trace, "\n");
}

void
sim_trace(struct sim_node *n, const char *fmt, ...)
{
	nsec_t at = sim_local(n, n->world->now) - n->trace_began;
	char text[4096];
	va_list ap;

	if (!n->world->is_traced)
		return;
	if (at > 0)
		print_time(&n->trace, "at", at);
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_adds(&n->trace, text);
}

int
sim_trace_write(const struct sim_world *w, uint32_t node, const char *path)
{
	const struct sim_node *n = &w->node[node];
	nsec_t at = sim_local(n, w->now) - n->trace_began;
	const struct vrrp_instance *in;
	FILE *f = fopen(path, "we");

	if (f == NULL)
		return -1;
	(void)fprintf(f,
		      "# SPDX-License-Identifier: GPL-2.0-or-later WITH "
		      "OpenSSL-exception\n"
		      "# tests/sim, seed %llu, node %u: %s: %s\n%s",
		      (unsigned long long)w->script->seed, node, w->what,
		      w->failure, n->trace.len > 0 ? n->trace.data : "");
	if (n->is_up) {
		(void)fprintf(f, "at %lld.%09lld", (long long)(at / SEC(1)),
			      (long long)(at % SEC(1)));
		(void)fprintf(f, " is");
		TAILQ_FOREACH (in, &n->router.instances, link)
			(void)fprintf(f, "%s %s %s",
				      in == TAILQ_FIRST(&n->router.instances)
					      ? ""
					      : ",",
				      vrrp_state_name(in->fsm.state), in->name);
		(void)fprintf(f, "\n");
	}
	return fclose(f);
}

/* ---- making it small ---- */

static bool
fails(const struct sim_script *s, char what[32])
{
	static struct sim_world w;
	bool is_bad;

	w.is_traced = w.is_loud = false;
	sim_world_init(&w, s);
	is_bad = !sim_world_run(&w) &&
		 (what[0] == '\0' || strcmp(what, w.what) == 0);
	if (is_bad && what[0] == '\0')
		memcpy(what, w.what, sizeof(w.what));
	sim_world_fini(&w);
	return is_bad;
}

/* One thing less; back again if it does not fail then. */
static void
try_without(struct sim_script *s, const struct sim_script *less, char what[32])
{
	if (fails(less, what))
		*s = *less;
}

static bool
is_trouble(const struct sim_event *e)
{
	return !e->is_off && e->kind != SIM_CHECK && e->kind != SIM_QUIET &&
	       e->kind != SIM_END;
}

static void
simplify_network(struct sim_script *s, char what[32])
{
	struct sim_script less = *s;

	less.lateness = 0;
	try_without(s, &less, what);
	less = *s;
	less.dup = 0;
	less.jitter = 0;
	try_without(s, &less, what);
	less = *s;
	memset(less.ppm, 0, sizeof(less.ppm));
	try_without(s, &less, what);
}

bool
sim_minimise(struct sim_script *s)
{
	char what[32] = "";
	struct sim_script less;

	if (!fails(s, what))
		return false;
	simplify_network(s, what);
	for (size_t i = s->n_events; i > 0; i--) {
		less = *s;
		if (!is_trouble(&less.event[i - 1]))
			continue;
		less.event[i - 1].is_off = true;
		try_without(s, &less, what);
	}
	for (uint32_t v = 0; v < s->n_vrs; v++) {
		less = *s;
		for (uint32_t n = 0; n < s->n_nodes; n++)
			less.part[n][v].is_there = false;
		try_without(s, &less, what);
	}
	for (uint32_t n = 0; n < s->n_nodes; n++) {
		less = *s;
		less.start[n] = INT64_MAX;
		try_without(s, &less, what);
	}
	return true;
}
