/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What is known only when the whole file was read: defaults, what servers
 * inherit from their service and checkers from their server, and the rules
 * across them.  Afterwards every member holds its effective value.
 */
#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <string.h>

#include "check/conf_tables.h"
#include "lib/arena.h"
#include "parser/common.h"
#include "parser/keyset.h"
#include "parser/parse.h"

#define LABEL_LEN	    96
#define PERSISTENCE_DEFAULT 360

/* Reports at a service, with its label in front. */
#define SERVICE_REPORT(ctx, vs, cls, fmt, ...)                                 \
	do {                                                                   \
		char label_[LABEL_LEN];                                        \
		conf_report_at(ctx, &(vs)->obj.pos, cls, fmt,                  \
			       service_conf_label(vs, label_, sizeof(label_)), \
			       ##__VA_ARGS__);                                 \
	} while (0)

/* ---- checkers ---- */

static void
resolve_checker(struct conf_ctx *ctx, struct checker_conf *c,
		const struct real_server_conf *rs,
		const struct check_conf *root)
{
	conf_timing_checker(ctx, c, rs);
	if (!addr_is_set(&c->connect.addr))
		c->connect.addr = rs->addr.addr;
	if (c->connect.port == 0)
		c->connect.port = rs->addr.port;
	if (!conf_is_given(&c->obj, "log_all_failures"))
		c->log_all_failures = root->global.checker_log_all_failures;
}

/* Weight and direction of a file that says none are those of the file. */
static void
resolve_file(struct conf_ctx *ctx, struct file_check_conf *f)
{
	const struct track_file_conf *file =
		f->track_file == NULL
			? NULL
			: (const void *)conf_find(ctx, "track_file",
						  f->track_file);

	if (file == NULL)
		return; /* reported and dropped */
	if (!conf_is_given(&f->checker.obj, "weight"))
		f->weight = file->weight;
	f->reverse |= file->reverse && !f->noreverse;
}

static void
resolve_by_kind(struct conf_ctx *ctx, struct checker_conf *c,
		const struct real_server_conf *rs,
		const struct virtual_server_conf *vs)
{
	struct http_check_conf *h = (struct http_check_conf *)c;
	struct misc_check_conf *m = (struct misc_check_conf *)c;
	switch (c->type) {
	case CHECKER_HTTP:
	case CHECKER_SSL:
		if (h->virtualhost == NULL)
			h->virtualhost = rs->virtualhost;
		CONF_FOREACH (struct url_conf, u, &h->url) {
			if (u->virtualhost == NULL)
				u->virtualhost = h->virtualhost;
			u->tls_compliant |= h->tls_compliant;
		}
		break;
	case CHECKER_MISC:
		if (m->misc_timeout != 0)
			break;
		m->misc_timeout = vs->delay_loop;
		conf_set_given(&c->obj, "misc_timeout", false);
		break;
	case CHECKER_FILE:
		resolve_file(ctx, (struct file_check_conf *)c);
		break;
	case CHECKER_SMTP:
	case CHECKER_TCP:
	case CHECKER_VIA:
	case CHECKER_DNS:
	case CHECKER_UDP:
	case CHECKER_PING:
	case CHECKER_BFD:
	case CHECKER_AGENT:
		break;
	}
}

/* ---- servers ---- */

/* A checker whose file or session nobody defined, which was reported. */
static bool
is_orphan(const struct checker_conf *c)
{
	if (c->type == CHECKER_FILE)
		return ((const struct file_check_conf *)c)->track_file == NULL;
	return c->type == CHECKER_BFD &&
	       ((const struct bfd_check_conf *)c)->name == NULL;
}

static void
drop_orphans(struct real_server_conf *rs)
{
	struct checker_conf *next;
	for (struct checker_conf *c =
		     (struct checker_conf *)STAILQ_FIRST(&rs->checker);
	     c != NULL; c = next) {
		next = (struct checker_conf *)STAILQ_NEXT(&c->obj, link);
		if (is_orphan(c))
			conf_drop(&rs->checker, &c->obj);
	}
}

static void
resolve_server(struct conf_ctx *ctx, struct conf *conf,
	       struct real_server_conf *rs,
	       const struct virtual_server_conf *vs)
{
	const struct common_conf *g = common_conf_get(conf);
	conf_timing_server(ctx, rs, vs);
	if (!conf_is_given(&rs->obj, "weight"))
		rs->weight = vs->weight;
	if (!conf_is_given(&rs->obj, "lvs_method"))
		rs->lvs_method = vs->lvs_method;
	if (!conf_is_given(&rs->obj, "alpha"))
		rs->alpha = vs->alpha;
	if (!conf_is_given(&rs->obj, "inhibit_on_failure"))
		rs->inhibit_on_failure = vs->inhibit_on_failure;
	if (!conf_is_given(&rs->obj, "slow_start"))
		rs->slow_start = vs->slow_start;
	if (rs->virtualhost == NULL)
		rs->virtualhost = vs->virtualhost;
	if (!conf_is_given(&rs->obj, "smtp_alert"))
		rs->smtp_alert = common_smtp_alert(
			conf, g == NULL ? CONF_UNSET : g->smtp_alert_checker,
			true);
	drop_orphans(rs);
	conf_agent_resolve(
		conf_ctx_arena(ctx), rs, vs,
		check_conf_get(conf)->global.checker_log_all_failures);
	CONF_FOREACH (struct checker_conf, c, &rs->checker) {
		resolve_checker(ctx, c, rs, check_conf_get(conf));
		resolve_by_kind(ctx, c, rs, vs);
	}
}

/* What the keep functions below need. */
struct resolving {
	struct conf_ctx *ctx;
	struct conf *conf;
	struct virtual_server_conf *vs; /* whose servers are looked at */
	struct keyset *servers;		/* by service, address and port */
	bool does_run;			/* a script */
};

static bool
is_duplicate(struct resolving *r, struct real_server_conf *rs)
{
	struct {
		const struct virtual_server_conf *vs;
		struct addr_port addr;
	} key;
	memset(&key, 0, sizeof(key)); /* padding is part of the key */
	key.vs = r->vs;
	key.addr.addr = rs->addr.addr;
	key.addr.port = rs->addr.port;
	return keyset_put(r->servers, &key, sizeof(key), rs) != NULL;
}

static bool
keep_server(void *arg, struct conf_obj *obj)
{
	struct resolving *r = arg;
	struct real_server_conf *rs = (struct real_server_conf *)obj;
	if (!conf_is_given(&rs->obj, "lvs_method"))
		rs->lvs_method = r->vs->lvs_method;
	conf_smtp_spread_hosts(r->ctx, rs);
	if (!check_conf_limit_server(r->ctx, r->vs, rs))
		return false;
	if (is_duplicate(r, rs)) {
		SERVICE_REPORT(r->ctx, r->vs, DIAG_GENERAL,
			       "VS %s: real server %s is duplicated - "
			       "removing second rs",
			       rs->obj.name);
		return false;
	}
	resolve_server(r->ctx, r->conf, rs, r->vs);
	check_conf_resolve_tls(r->ctx, r->conf, rs);
	check_conf_resolve_via(r->ctx, r->vs, rs);
	return true;
}

/* ---- services ---- */

/* A group of marks only has no ports to speak of. */
static bool
needs_protocol(struct conf_ctx *ctx, const struct virtual_server_conf *vs)
{
	if (vs->kind != VIRTUAL_SERVER_GROUP)
		return true;
	const struct virtual_server_group_conf *g =
		(const void *)conf_find(ctx, "virtual_server_group", vs->group);
	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry)
		if (!e->is_fwmark)
			return true;
	return false;
}

/* A mark of a group without a family of its own is of its servers'. */
static void
resolve_family(struct virtual_server_conf *vs)
{
	const struct real_server_conf *rs =
		(const void *)STAILQ_FIRST(&vs->real_server);

	if (vs->kind == VIRTUAL_SERVER_GROUP && vs->family == 0)
		vs->family = rs->addr.addr.family;
}

static void
resolve_protocol(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	bool has_ports =
		vs->kind != VIRTUAL_SERVER_FWMARK && needs_protocol(ctx, vs);

	if (!has_ports) {
		if (vs->protocol != 0)
			SERVICE_REPORT(ctx, vs, DIAG_WARNING,
				       "Warning: Virtual server %s: protocol "
				       "specified for fwmark - protocol will "
				       "be ignored");
		vs->protocol = 0;
	} else if (vs->protocol == 0) {
		SERVICE_REPORT(ctx, vs, DIAG_GENERAL,
			       "Virtual server %s: no protocol set - "
			       "defaulting to UDP");
		vs->protocol = IPPROTO_UDP;
	}
}

/* All ports of an address. */
static bool
has_port_zero(struct conf_ctx *ctx, const struct virtual_server_conf *vs)
{
	const struct virtual_server_group_conf *g;

	if (vs->kind != VIRTUAL_SERVER_GROUP)
		return vs->kind == VIRTUAL_SERVER_ADDR && vs->addr.port == 0;
	g = (const void *)conf_find(ctx, "virtual_server_group", vs->group);
	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry)
		if (!e->is_fwmark && e->port == 0)
			return true;
	return false;
}

static void
resolve_persistence(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	if (has_port_zero(ctx, vs) && vs->persistence_timeout == 0) {
		SERVICE_REPORT(ctx, vs, DIAG_GENERAL,
			       "Virtual server %s: zero port only valid for "
			       "persistent services - setting");
		vs->persistence_timeout = PERSISTENCE_DEFAULT;
	}
	if (vs->persistence_timeout != 0)
		vs->flags |= IP_VS_SVC_F_PERSISTENT;
	if (!conf_is_given(&vs->obj, "persistence_granularity"))
		vs->persistence_granularity =
			vs->family == AF_INET6 ? 128 : htonl(UINT32_MAX);
}

static bool
has_mark(struct conf_ctx *ctx, const struct virtual_server_conf *vs)
{
	const struct virtual_server_group_conf *g;

	if (vs->kind != VIRTUAL_SERVER_GROUP)
		return vs->kind == VIRTUAL_SERVER_FWMARK;
	g = (const void *)conf_find(ctx, "virtual_server_group", vs->group);
	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry)
		if (e->is_fwmark)
			return true;
	return false;
}

static void
resolve_scheduling(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	if ((vs->flags & IP_VS_SVC_F_ONEPACKET) &&
	    vs->protocol != IPPROTO_UDP && vs->kind != VIRTUAL_SERVER_FWMARK) {
		SERVICE_REPORT(ctx, vs, DIAG_GENERAL,
			       "Virtual server %s: one packet scheduling "
			       "requires UDP - resetting");
		vs->flags &= ~(uint32_t)IP_VS_SVC_F_ONEPACKET;
	}
	if (vs->lvs_sched == NULL) {
		SERVICE_REPORT(ctx, vs, DIAG_GENERAL,
			       "Virtual server %s: no scheduler set, setting "
			       "default 'wlc'");
		vs->lvs_sched = "wlc";
	}
	if (!conf_is_given(&vs->obj, "lvs_method"))
		SERVICE_REPORT(ctx, vs, DIAG_GENERAL,
			       "Virtual server %s: no forwarding method set, "
			       "setting default NAT");
	if (vs->ha_suspend && has_mark(ctx, vs)) {
		SERVICE_REPORT(ctx, vs, DIAG_GENERAL,
			       "Virtual server %s: cannot use ha_suspend with "
			       "fwmarks - clearing ha_suspend");
		vs->ha_suspend = false;
		conf_set_given(&vs->obj, "ha_suspend", false);
	}
}

static void
resolve_quorum(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	uint64_t total = 0;
	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server)
		total += rs->weight;
	if (vs->quorum == 0) /* accepted with a note */
		vs->quorum = 1;
	if (vs->quorum > total && !STAILQ_EMPTY(&vs->real_server)) {
		char label[LABEL_LEN];
		uint32_t limit = total < 1 ? 1 : (uint32_t)total;
		conf_report_at(ctx, &vs->obj.pos, DIAG_WARNING,
			       "Warning - quorum %u for %s exceeds total "
			       "weight of real servers %u, reducing quorum to "
			       "%u",
			       vs->quorum,
			       service_conf_label(vs, label, sizeof(label)),
			       (uint32_t)total, limit);
		vs->quorum = limit;
	}
	if (vs->hysteresis >= vs->quorum) {
		if (conf_is_given(&vs->obj, "hysteresis") &&
		    vs->hysteresis != 0)
			SERVICE_REPORT(ctx, vs, DIAG_GENERAL,
				       "Virtual server %s: hysteresis %u >= "
				       "quorum %u; setting hysteresis to %u",
				       vs->hysteresis, vs->quorum,
				       vs->quorum - 1);
		vs->hysteresis = vs->quorum - 1;
	}
}

/* One mark may have a service of each family, which operators know under one
 * name. */
static void
set_key(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	char label[LABEL_LEN];
	const char *text = service_conf_label(vs, label, sizeof(label));

	if (vs->kind == VIRTUAL_SERVER_FWMARK && vs->family == AF_INET6)
		vs->obj.key =
			arena_printf(conf_ctx_arena(ctx), "%s (IPv6)", text);
	else
		vs->obj.key = arena_strdup(conf_ctx_arena(ctx), text);
}

static void
resolve_service(struct resolving *r, struct virtual_server_conf *vs)
{
	struct conf_ctx *ctx = r->ctx;
	struct conf *conf = r->conf;
	const struct common_conf *g = common_conf_get(conf);
	conf_timing_service(ctx, vs);
	if (!conf_is_given(&vs->obj, "smtp_alert"))
		vs->smtp_alert = common_smtp_alert(
			conf, g == NULL ? CONF_UNSET : g->smtp_alert_checker,
			false);
	resolve_family(vs);
	resolve_protocol(ctx, vs);
	set_key(ctx, vs);
	resolve_persistence(ctx, vs);
	check_conf_limit_engine(ctx, vs);
	resolve_scheduling(ctx, vs);
	r->vs = vs;
	conf_filter(&vs->real_server, keep_server, r);
	resolve_quorum(ctx, vs);
	if (!conf_is_given(&vs->obj, "sorry_server_lvs_method"))
		vs->sorry_server_lvs_method = vs->lvs_method;
	check_conf_limit_sorry(ctx, vs);
	check_conf_resolve_laddr(ctx, vs);
}

/* ---- scripts ---- */

static bool
resolve_scripts(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	bool does_run =
		common_script_resolve(ctx, &vs->quorum_up, &vs->obj.pos);
	does_run |= common_script_resolve(ctx, &vs->quorum_down, &vs->obj.pos);
	CONF_FOREACH (struct real_server_conf, rs, &vs->real_server) {
		const struct conf_pos *pos = &rs->obj.pos;
		does_run |= common_script_resolve(ctx, &rs->notify_up, pos);
		does_run |= common_script_resolve(ctx, &rs->notify_down, pos);
		CONF_FOREACH (struct checker_conf, c, &rs->checker) {
			struct misc_check_conf *m = (void *)c;
			if (c->type == CHECKER_MISC)
				does_run |= common_script_resolve(
					ctx, &m->misc_path, &c->obj.pos);
		}
	}
	return does_run;
}

/* Users of a group are numbered in the order of the file. */
static void
resolve_group_use(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	struct virtual_server_group_conf *g;

	if (vs->kind != VIRTUAL_SERVER_GROUP)
		return;
	g = (void *)conf_find(ctx, "virtual_server_group", vs->group);
	vs->group_use = g->n_users++;
}

static bool
look_at_service(struct resolving *r, struct virtual_server_conf *vs)
{
	if (STAILQ_EMPTY(&vs->real_server)) {
		SERVICE_REPORT(r->ctx, vs, DIAG_GENERAL,
			       "Virtual server %s has no real servers "
			       "- ignoring");
		return false;
	}
	if (vs->kind == VIRTUAL_SERVER_GROUP &&
	    conf_find(r->ctx, "virtual_server_group", vs->group) == NULL) {
		SERVICE_REPORT(r->ctx, vs, DIAG_NOTE,
			       "Virtual server %s: there is no such "
			       "virtual_server_group - ignoring");
		return false;
	}
	if (!check_conf_resolve_family(r->ctx, vs))
		return false;
	resolve_service(r, vs);
	resolve_group_use(r->ctx, vs);
	r->does_run |= resolve_scripts(r->ctx, vs);
	return true;
}

static bool
keep_service(void *arg, struct conf_obj *obj)
{
	struct resolving *r = arg;
	bool keep;

	if (obj->is_taken)
		return true;
	conf_enter(r->ctx, obj);
	keep = look_at_service(r, (struct virtual_server_conf *)obj);
	conf_leave(r->ctx);
	return keep;
}

/* What services are to each other. */
static void
resolve_between(struct conf_ctx *ctx, struct check_conf *c)
{
	if (conf_is_again(ctx))
		return; /* those that are something to others were here */
	check_conf_resolve_marks(ctx, c);
	if (conf_ctx_opts(ctx)->is_engine)
		return; /* the rest only speaks */
	check_conf_twins(ctx, c);
	check_conf_tunnels(ctx, c);
	conf_down_resolve(ctx, c);
}

void
check_conf_resolve(struct conf_ctx *ctx, struct conf *conf, void *root)
{
	struct check_conf *c = root;
	struct resolving r = {
		.ctx = ctx, .conf = conf, .servers = keyset_new()};
	c->global.checker_sched.has_priority =
		conf_is_given(&c->global_defs, "checker_priority");
	if (conf_is_given(&c->global_defs, "nftables_ipvs") &&
	    c->global.nftables_ipvs == NULL)
		c->global.nftables_ipvs = "keepalived_ipvs";
	conf_filter(&c->virtual_server, keep_service, &r);
	keyset_free(r.servers);
	resolve_between(ctx, c);
	if (r.does_run)
		common_script_security(ctx, "check ");
}
