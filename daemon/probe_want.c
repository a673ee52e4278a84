/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What checks may want; see probe_want.h. */
#include "daemon/probe_want.h"

#include <string.h>
#include <sys/socket.h>

#include "check/conf.h"
#include "lib/msg.h"
#include "lib/util.h"

/* 0: it has no connections. */
static int
type_of(const struct checker_conf *c)
{
	switch (c->type) {
	case CHECKER_TCP:
	case CHECKER_HTTP:
	case CHECKER_SSL:
	case CHECKER_SMTP:
	case CHECKER_AGENT:
		return SOCK_STREAM;
	case CHECKER_DNS:
	case CHECKER_UDP:
		return SOCK_DGRAM;
	case CHECKER_PING:
	case CHECKER_MISC:
	case CHECKER_FILE:
	case CHECKER_BFD:
	case CHECKER_VIA:
		return 0;
	}
	return 0; /* no such type */
}

static bool
is_for(const struct checker_conf *c, const struct msg_sock_want *m)
{
	char ifname[MSG_IFNAME_LEN];

	if (type_of(c) != (int)m->type || c->fwmark != m->mark ||
	    c->connect.addr.family != m->bind.addr.family ||
	    c->bind.port != m->bind.port)
		return false;
	str_fill(ifname, sizeof(ifname), c->bind_if != NULL ? c->bind_if : "");
	return memcmp(c->bind.addr.bytes, m->bind.addr.bytes,
		      sizeof(m->bind.addr.bytes)) == 0 &&
	       memcmp(ifname, m->ifname, sizeof(ifname)) == 0;
}

bool
probe_conn_is_wanted(const struct check_conf *root,
		     const struct msg_sock_want *m)
{
	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &root->virtual_server)
		CONF_FOREACH (const struct real_server_conf, rs,
			      &vs->real_server)
			CHECKERS_FOREACH (c, rs)
				if (is_for(c, m))
					return true;
	return false;
}
