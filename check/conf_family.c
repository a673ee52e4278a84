/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The address family of a virtual server that has no address itself: of a
 * mark, that of its servers; of a group, that of its entries.  Servers that
 * are not behind a tunnel have decided it already (check/conf_server.c).
 */
#include "check/conf_tables.h"

#define LABEL_LEN 96

/* Of the servers and the sorry server, if they agree; else 0. */
static uint16_t
family_of_servers(const struct virtual_server_conf *vs)
{
	uint16_t family = vs->sorry_server.addr.family;

	CONF_FOREACH (const struct real_server_conf, rs, &vs->real_server) {
		if (family == 0)
			family = rs->addr.addr.family;
		if (rs->addr.addr.family != family)
			return 0;
	}
	return family;
}

static void
report(struct conf_ctx *ctx, const struct virtual_server_conf *vs,
       const char *before, const char *after)
{
	char label[LABEL_LEN];

	conf_report_at(ctx, &vs->obj.pos, DIAG_GENERAL, "%s: %s%s%s", vs->group,
		       before, service_conf_label(vs, label, sizeof(label)),
		       after);
}

static bool
resolve_group(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	const struct virtual_server_group_conf *g =
		(const void *)conf_find(ctx, "virtual_server_group", vs->group);
	bool has_v4 = false, has_v6 = false;
	uint16_t family;

	CONF_FOREACH (const struct vsg_entry_conf, e, &g->entry) {
		has_v4 |= e->family == AF_INET;
		has_v6 |= e->family == AF_INET6;
	}
	if (has_v4 && has_v6 && vs->family == 0 && check_conf_is_synced(ctx)) {
		report(ctx, vs,
		       "virtual server group with IPv4 & IPv6 cannot be that "
		       "of virtual server ",
		       " - ignoring (the kernel takes no servers of the other "
		       "family while lvs_sync_daemon runs)");
		return false;
	}
	if (has_v4 && has_v6 && vs->family == 0)
		return true; /* each entry has its own */
	if (has_v4 && has_v6) {
		report(ctx, vs,
		       "virtual server group with IPv4 & IPv6 doesn't match "
		       "virtual server ",
		       " - ignoring (both need all servers behind tunnels, and "
		       "no word that is about one family)");
		return false;
	}
	if (!has_v4 && !has_v6 && vs->family == 0)
		report(ctx, vs, "Virtual server ",
		       " address family cannot be determined, defaulting to "
		       "IPv4");
	if (!has_v4 && !has_v6)
		has_v4 = vs->family != AF_INET6;
	family = has_v4 ? AF_INET : AF_INET6;
	if (vs->family != 0 && vs->family != family) {
		report(ctx, vs, "address family doesn't match virtual server ",
		       " - ignoring (the group's is not that of its servers)");
		return false;
	}
	vs->family = family;
	return true;
}

bool
check_conf_resolve_family(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	switch (vs->kind) {
	case VIRTUAL_SERVER_ADDR:
		return true;
	case VIRTUAL_SERVER_FWMARK:
		if (vs->family == 0)
			vs->family = family_of_servers(vs);
		if (vs->family == 0)
			vs->family = AF_INET;
		return true;
	case VIRTUAL_SERVER_GROUP:
		return resolve_group(ctx, vs);
	}
	return true;
}
