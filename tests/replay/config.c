/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A scenario's configuration as text: the real parser reads it, and a reload
 * is the real plan between two of them.
 */
#include <string.h>

#include "daemon/conf_global.h"
#include "lib/arena.h"
#include "lib/util.h"
#include "parser/common.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"
#include "tests/replay/replay.h"
#include "vrrp/plan.h"
#include "vrrp/sync.h"

void
rp_config_begin(struct rp *rp)
{
	rp->is_in_text = true;
	rp->text.len = 0;
}

bool
rp_config_line(struct rp *rp, const char *line)
{
	rp->is_in_text = strncmp(line, "end config", 10) != 0;
	if (rp->is_in_text)
		buf_adds(&rp->text, line);
	return rp->is_in_text;
}

static struct conf *
parse(struct rp *rp)
{
	static const struct conf_module *const modules[] = {
		&daemon_conf_module, /* has the row global_defs */
		&common_conf_module, &vrrp_conf_module, NULL};
	const struct conf_opts opts = {
		.modules = modules,
		.mask = CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_VRRP),
		.is_engine = true,
	};
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r = conf_read_text(rp->file, buf_str(&rp->text),
					      rp->text.len, &opts, sink);
	struct buf said = BUF_INIT;

	diag_print_all(sink, &said);
	if (r.is_stopped || diag_worst(sink) > DIAG_WARNING)
		rp_fail(rp, "the configuration is bad:\n%s", buf_str(&said));
	buf_fini(&said);
	diag_sink_free(sink);
	return r.conf;
}

/* Adverts are made after these. */
static void
take_instances(struct rp *rp, const struct vrrp_conf *c)
{
	CONF_FOREACH (struct vrrp_instance_conf, i, &c->vrrp_instance) {
		struct rp_instance *in = rp_instance_get(rp, i->obj.name);

		in->is_next = true;
		in->next_conf = i;
	}
}

void
rp_config_commit(struct rp *rp)
{
	struct conf *old = rp->conf, *now = parse(rp);
	struct arena *a = arena_new();
	struct vrrp_change *plan;
	size_t n = vrrp_plan_make(old, now, a, &plan);

	rp->global = vrrp_conf_get(now)->global;
	for (size_t i = 0; i < rp->n_inst; i++) {
		rp->inst[i].is_next = false;
		rp->inst[i].next_conf = NULL;
	}
	take_instances(rp, vrrp_conf_get(now));
	vrrp_router_garp_groups(&rp->router, vrrp_conf_get(now));
	vrrp_sync_set_conf(&rp->router, vrrp_conf_get(now));
	vrrp_router_apply(&rp->router, &rp->global, plan, n, rp->now);
	rp->conf = now;
	if (old != NULL)
		conf_free(old);
	arena_free(a);
}

void
rp_config_fini(struct rp *rp)
{
	if (rp->conf != NULL)
		conf_free(rp->conf);
	buf_fini(&rp->text);
}
