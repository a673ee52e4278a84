/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Servers behind tunnels that the kernel does not treat as the words say:
 * those of the other family while connections are synchronized, which it
 * refuses, and those that are this machine, for which it needs no tunnel.
 * Both are said while the file is read.
 */
#include <linux/ip_vs.h>
#include <stdlib.h>

#include "check/conf_tables.h"
#include "lib/nics.h"
#include "lib/util.h"
#include "parser/parse.h"

#define LABEL_LEN 96

/* ---- the other family ---- */

bool
check_conf_is_synced(struct conf_ctx *ctx)
{
	return conf_has_given(ctx, "lvs_sync_daemon") ||
	       conf_any_given(ctx, "vrrp_instance",
			      "lvs_sync_daemon_interface");
}

bool
check_conf_crosses(struct conf_ctx *ctx, const struct conf_pos *pos,
		   const struct virtual_server_conf *vs, const struct addr *a,
		   const char *who)
{
	char label[LABEL_LEN], text[ADDR_STR_LEN];

	if (vs->family == 0 || a->family == vs->family ||
	    !check_conf_is_synced(ctx))
		return false;
	conf_report_at(ctx, pos, DIAG_GENERAL,
		       "Virtual server %s: %s server %s is of the other "
		       "address family, which the kernel does not take while "
		       "lvs_sync_daemon runs - skipping",
		       service_conf_label(vs, label, sizeof(label)), who,
		       addr_print(a, text, sizeof(text)));
	return true;
}

/* ---- this machine ---- */

struct here {
	struct conf_ctx *ctx;
	struct nic *nic; /* sorted by address */
	size_t n_nic;
};

static int
compare_nic(const void *a, const void *b)
{
	const struct nic *x = a, *y = b;

	return addr_compare(&x->addr, &y->addr);
}

/* Does this reading know the addresses of the machine that will run the
 * services?  Not an engine's, nor a real server's of its director's file. */
static bool
may_look(struct conf_ctx *ctx)
{
	return conf_ctx_conf(ctx)->module[CONF_IPVS] != NULL &&
	       !conf_has_given(ctx, "net_namespace_ipvs") &&
	       !conf_has_given(ctx, "net_namespace");
}

static bool
is_here(const struct here *h, const struct virtual_server_conf *vs,
	const struct addr *a)
{
	struct nic key = {.addr = *a};

	return addr_is_loopback(a) || addr_is_equal(a, &vs->addr.addr) ||
	       (h->n_nic > 0 && bsearch(&key, h->nic, h->n_nic, sizeof(key),
					compare_nic) != NULL);
}

static void
look_at(const struct here *h, const struct conf_pos *pos,
	const struct virtual_server_conf *vs, const struct addr *a,
	const char *who)
{
	char label[LABEL_LEN], text[ADDR_STR_LEN];

	if (!is_here(h, vs, a))
		return;
	conf_report_at(h->ctx, pos, DIAG_NOTE,
		       "Virtual server %s: %s server %s is this machine: the "
		       "kernel uses no tunnel and gives its connections to "
		       "who listens here on the virtual address",
		       service_conf_label(vs, label, sizeof(label)), who,
		       addr_print(a, text, sizeof(text)));
}

static bool
is_tunnel(const struct lvs_method_conf *m)
{
	return m->method == IP_VS_CONN_F_TUNNEL;
}

static bool
has_tunnel(const struct check_conf *c)
{
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &c->virtual_server) {
		if (is_tunnel(&vs->sorry_server_lvs_method))
			return true;
		CONF_FOREACH (const struct real_server_conf, rs,
			      &vs->real_server)
			if (is_tunnel(&rs->lvs_method))
				return true;
	}
	return false;
}

void
check_conf_tunnels(struct conf_ctx *ctx, const struct check_conf *c)
{
	CLEANUP_FREE struct nic *nic = NULL;
	struct here h = {.ctx = ctx};

	if (!has_tunnel(c))
		return;
	if (may_look(ctx)) {
		h.n_nic = nics_list(&nic);
		h.nic = nic;
		qsort(nic, h.n_nic, sizeof(*nic), compare_nic);
	}
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &c->virtual_server) {
		if (addr_is_set(&vs->sorry_server.addr) &&
		    is_tunnel(&vs->sorry_server_lvs_method))
			look_at(&h, &vs->obj.pos, vs, &vs->sorry_server.addr,
				"sorry");
		CONF_FOREACH (const struct real_server_conf, rs,
			      &vs->real_server)
			if (is_tunnel(&rs->lvs_method))
				look_at(&h, &rs->obj.pos, vs, &rs->addr.addr,
					"real");
	}
}
