/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Virtual servers that resolve to one service of the kernel: an address that
 * is also in a group, two groups that overlap, a mark of a group that TCP and
 * UDP use.  The first of the file has it, whatever happens to the others, and
 * that is said when the file is read.  (keepalived puts the servers of both
 * into it, and the one's removal takes it from the other.)
 */
#include <stdio.h>

#include "check/conf_tables.h"
#include "check/desired.h"
#include "check/name.h"
#include "lib/util.h"
#include "parser/keyset.h"

enum { TOLD_MAX = 4, LABEL_LEN = 96 }; /* of one virtual server */

static const char *
key_name(const struct msg_svc_key *k, char buf[static SERVER_NAME_LEN])
{
	struct addr_port ap = {k->addr, k->port};

	if (k->fwmark == 0)
		return server_name(&ap, k->protocol, buf);
	(void)snprintf(buf, SERVER_NAME_LEN, "FWM %u%s", k->fwmark,
		       k->addr.family == AF_INET6 ? " (IPv6)" : "");
	return buf;
}

static void
tell_twin(struct conf_ctx *ctx, const struct virtual_server_conf *vs,
	  const struct virtual_server_conf *first, const struct msg_svc_key *k)
{
	char name[SERVER_NAME_LEN], label[LABEL_LEN], other[LABEL_LEN];

	conf_report_at(ctx, &vs->obj.pos, DIAG_NOTE,
		       "Virtual server %s: service %s is already that of "
		       "virtual server %s, which comes first and keeps it",
		       service_conf_label(vs, label, sizeof(label)),
		       key_name(k, name),
		       service_conf_label(first, other, sizeof(other)));
}

static void
find_twins(struct conf_ctx *ctx, const struct check_conf *c,
	   struct virtual_server_conf *vs, struct keyset *all)
{
	size_t n = desired_keys(c, vs, NULL, 0), twins = 0;
	struct msg_svc_key *keys = xcalloc(n, sizeof(*keys));
	char label[LABEL_LEN];

	(void)desired_keys(c, vs, keys, n);
	for (size_t i = 0; i < n; i++) {
		const struct virtual_server_conf *first =
			keyset_put(all, &keys[i], sizeof(keys[i]), vs);

		/* An address twice in one group is no matter. */
		if (first == NULL || first == vs)
			continue;
		if (twins++ < TOLD_MAX)
			tell_twin(ctx, vs, first, &keys[i]);
	}
	if (twins > TOLD_MAX)
		conf_report_at(ctx, &vs->obj.pos, DIAG_NOTE,
			       "Virtual server %s: and %zu more such services",
			       service_conf_label(vs, label, sizeof(label)),
			       twins - TOLD_MAX);
	free(keys);
}

void
check_conf_twins(struct conf_ctx *ctx, const struct check_conf *c)
{
	struct keyset *all = keyset_new();

	CONF_FOREACH (struct virtual_server_conf, vs, &c->virtual_server)
		find_twins(ctx, c, vs, all);
	keyset_free(all);
}
