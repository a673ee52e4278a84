/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The composition root's table: which engines there are, what each may do and
 * which part of the configuration it reads.  Here, and only here, they are
 * named together; the modules are in modules.c.
 */
#include "daemon/engines.h"

#include <linux/capability.h>

#include "bfd/conf.h"
#include "check/conf.h"
#include "check/engine.h"
#include "daemon/options.h"
#include "daemon/syncd.h"
#include "ipvs/conf.h"
#include "ipvs/engine.h"
#include "parser/schema.h"
#include "vrrp/conf.h"
#include "vrrp/engine.h"

static bool
has_vrrp(const struct conf *c)
{
	const struct vrrp_conf *v = vrrp_conf_get(c);

	return !STAILQ_EMPTY(&v->vrrp_instance) ||
	       !STAILQ_EMPTY(&v->static_ipaddress) ||
	       !STAILQ_EMPTY(&v->static_routes) ||
	       !STAILQ_EMPTY(&v->static_rules);
}

static bool
has_check(const struct conf *c)
{
	return !STAILQ_EMPTY(&check_conf_get(c)->virtual_server);
}

static bool
has_ipvs(const struct conf *c)
{
	return has_check(c) || syncd_is_configured(c);
}

static const struct engine_row rows[] = {
	{
		.id = PROC_VRRP,
		.ops = &vrrp_engine_ops,
		.ident = "duumvir_vrrp",
		.label = "vrrp",
		.pidfile = "vrrp",
		.pid_option = PID_VRRP,
		.modules = CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_VRRP) |
			   CONF_MASK(CONF_BFD),
		.caps = PRIV_CAP(CAP_NET_ADMIN) | PRIV_CAP(CAP_NET_RAW),
		.has_files = true, /* track_file, /proc/sys/net */
		.calls = PRIV_CALLS_ROUTER,
		.is_configured = has_vrrp,
	},
	{
		.id = PROC_CHECK,
		.ops = &check_engine_ops,
		.ident = "duumvir_check",
		.label = "check",
		.pidfile = "checkers",
		.pid_option = PID_CHECK,
		.modules = CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_CHECK) |
			   CONF_MASK(CONF_BFD),
		.calls = PRIV_CALLS_CHECK,
		.is_check_user = true,
		.is_configured = has_check,
	},
	{
		.id = PROC_IPVS,
		.ops = &ipvs_engine_ops,
		.ident = "duumvir_ipvs",
		.label = "ipvs",
		.modules = CONF_MASK(CONF_COMMON) | CONF_MASK(CONF_IPVS),
		.caps = PRIV_CAP(CAP_NET_ADMIN),
		.calls = PRIV_CALLS_GENL,
		.is_configured = has_ipvs,
	},
};

const struct engine_row *
engines_find(enum proc_id id)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

/* -P and -C name the parts to run; without either both do. */
bool
engines_is_wanted(const struct engine_row *row, const struct options *o,
		  const struct conf *c)
{
	bool is_named = row->id == PROC_VRRP ? o->only_vrrp : o->only_check;

	if ((o->only_vrrp || o->only_check) && !is_named)
		return false;
	return o->run_all || row->is_configured(c);
}
