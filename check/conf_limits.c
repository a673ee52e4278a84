/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the kernel's IPVS cannot do with a server, found while the file is
 * read rather than by its refusal later: ports that only NAT rewrites,
 * addresses of no host, thresholds the wrong way round, persistence engines.
 * What can be put right is, and said; the rest is left out.
 */
#include <linux/ip_vs.h>
#include <string.h>

#include "check/conf_tables.h"

#define LABEL_LEN 96

/* ---- ports ---- */

/* Ports differ where packets are not rewritten. */
static void
settle_port(struct conf_ctx *ctx, const struct virtual_server_conf *vs,
	    struct real_server_conf *rs)
{
	char label[LABEL_LEN], text[ADDR_STR_LEN];

	if (vs->kind != VIRTUAL_SERVER_ADDR ||
	    rs->lvs_method.method == IP_VS_CONN_F_MASQ ||
	    rs->addr.port == vs->addr.port)
		return;
	conf_report_at(ctx, &rs->obj.pos, DIAG_WARNING,
		       "WARNING - virtual server %s and real server [%s]:%u "
		       "ports don't match - resetting (only NAT maps ports)",
		       service_conf_label(vs, label, sizeof(label)),
		       addr_print(&rs->addr.addr, text, sizeof(text)),
		       rs->addr.port);
	uint16_t old = rs->addr.port;
	rs->addr.port = vs->addr.port;
	/* Checkers go on asking the port that was written. */
	CONF_FOREACH (struct checker_conf, c, &rs->checker)
		if (c->connect.port == 0)
			c->connect.port = old;
}

static void
settle_sorry_port(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	char label[LABEL_LEN];

	if (vs->kind != VIRTUAL_SERVER_ADDR ||
	    vs->sorry_server_lvs_method.method == IP_VS_CONN_F_MASQ ||
	    vs->sorry_server.port == vs->addr.port)
		return;
	conf_report_at(ctx, &vs->obj.pos, DIAG_WARNING,
		       "WARNING - virtual server %s and sorry server ports "
		       "don't match - resetting (only NAT maps ports)",
		       service_conf_label(vs, label, sizeof(label)));
	vs->sorry_server.port = vs->addr.port;
}

/* ---- addresses ---- */

/* Why the kernel takes no such server; NULL: it does. */
static const char *
address_fault(const struct addr *a)
{
	static const struct addr none6 = {.family = AF_INET6};
	static const uint8_t all4[4] = {255, 255, 255, 255};

	if (addr_is_multicast(a))
		return "is a multicast address";
	if (a->family == AF_INET && a->bytes[0] == 0)
		return "is of network 0, where no host is";
	if (a->family == AF_INET && memcmp(a->bytes, all4, sizeof(all4)) == 0)
		return "is the broadcast address";
	if (addr_is_equal(a, &none6))
		return "is no host's address";
	return NULL;
}

/* Is the address one of a host?  who is "real" or "sorry". */
static bool
is_host(struct conf_ctx *ctx, const struct conf_pos *pos,
	const struct virtual_server_conf *vs, const struct addr *a,
	const char *who)
{
	char label[LABEL_LEN], text[ADDR_STR_LEN];
	const char *fault = address_fault(a);
	bool is_local = addr_is_linklocal(a) && a->family == AF_INET6;

	if (fault == NULL && !is_local)
		return true; /* without making names for nobody */
	(void)addr_print(a, text, sizeof(text));
	(void)service_conf_label(vs, label, sizeof(label));
	if (fault != NULL)
		conf_report_at(ctx, pos, DIAG_GENERAL,
			       "Virtual server %s: %s server %s %s - "
			       "skipping",
			       label, who, text, fault);
	else
		conf_report_at(ctx, pos, DIAG_NOTE,
			       "Virtual server %s: the kernel takes the "
			       "link-local %s server %s only where it is an "
			       "address of this machine",
			       label, who, text);
	return fault == NULL;
}

/* ---- limits ---- */

static void
settle_thresholds(struct conf_ctx *ctx, const struct virtual_server_conf *vs,
		  struct real_server_conf *rs)
{
	char label[LABEL_LEN];

	if (rs->lthreshold <= rs->uthreshold)
		return;
	conf_report_at(ctx, &rs->obj.pos, DIAG_GENERAL,
		       "Virtual server %s: real server %s: lthreshold %u is "
		       "above uthreshold %u - ignoring lthreshold",
		       service_conf_label(vs, label, sizeof(label)),
		       rs->obj.name, rs->lthreshold, rs->uthreshold);
	rs->lthreshold = 0;
	conf_set_given(&rs->obj, "lthreshold", false);
}

bool
check_conf_limit_server(struct conf_ctx *ctx,
			const struct virtual_server_conf *vs,
			struct real_server_conf *rs)
{
	if (!is_host(ctx, &rs->obj.pos, vs, &rs->addr.addr, "real") ||
	    check_conf_crosses(ctx, &rs->obj.pos, vs, &rs->addr.addr, "real"))
		return false;
	settle_port(ctx, vs, rs);
	settle_thresholds(ctx, vs, rs);
	return true;
}

/* ---- the sorry server ---- */

void
check_conf_limit_sorry(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	if (!addr_is_set(&vs->sorry_server.addr))
		return;
	if (is_host(ctx, &vs->obj.pos, vs, &vs->sorry_server.addr, "sorry") &&
	    !check_conf_crosses(ctx, &vs->obj.pos, vs, &vs->sorry_server.addr,
				"sorry")) {
		settle_sorry_port(ctx, vs);
		return;
	}
	service_conf_forget_sorry(vs);
	vs->sorry_server_lvs_method = vs->lvs_method;
}

/* ---- persistence ---- */

static bool
is_known_engine(const char *name)
{
	return strcmp(name, "sip") == 0; /* Linux has no other */
}

void
check_conf_limit_engine(struct conf_ctx *ctx, struct virtual_server_conf *vs)
{
	char label[LABEL_LEN];

	if (vs->persistence_engine == NULL)
		return;
	(void)service_conf_label(vs, label, sizeof(label));
	if (!is_known_engine(vs->persistence_engine)) {
		conf_report_at(ctx, &vs->obj.pos, DIAG_GENERAL,
			       "Virtual server %s: Linux has no "
			       "persistence_engine '%s' - ignoring (expected "
			       "sip)",
			       label, vs->persistence_engine);
		vs->persistence_engine = NULL;
		conf_set_given(&vs->obj, "persistence_engine", false);
	} else if (vs->persistence_timeout == 0) {
		conf_report_at(ctx, &vs->obj.pos, DIAG_NOTE,
			       "Virtual server %s: persistence_engine does "
			       "nothing without persistence_timeout",
			       label);
	} else if (vs->protocol != 0 && vs->protocol != IPPROTO_UDP) {
		conf_report_at(ctx, &vs->obj.pos, DIAG_NOTE,
			       "Virtual server %s: persistence_engine sip "
			       "reads UDP only, and the kernel drops all else",
			       label);
	}
}
