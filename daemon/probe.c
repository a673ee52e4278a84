/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Probe sockets; see probe.h.  The asker is the process that meets hostile
 * bytes: it gets TCP and UDP sockets, marked and bound as some check is written
 * (daemon/probe_want.c), the raw sockets that the configuration has a use for
 * (daemon/probe_raw.c), and nothing else.
 */
#include "daemon/probe.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "check/conf.h"
#include "daemon/probe_raw.h"
#include "daemon/probe_want.h"
#include "daemon/super.h"
#include "lib/addr.h"
#include "lib/util.h"

static bool
is_wanted(const struct conf *c, const struct msg_sock_want *m)
{
	if (c == NULL)
		return false;
	return m->kind == MSG_SOCK_CONN
		       ? probe_conn_is_wanted(check_conf_get(c), m)
		       : probe_raw_is_wanted(c, m);
}

static bool
is_allowed(const struct super *s, const struct msg_sock_want *m)
{
	int family = m->bind.addr.family;

	if (family != AF_INET && family != AF_INET6)
		return false;
	if (!is_wanted(s->conf, m) && !is_wanted(s->txn.next, m))
		return false;
	if (m->kind != MSG_SOCK_CONN)
		return true;
	if (m->type == SOCK_STREAM)
		return m->protocol == 0 || m->protocol == IPPROTO_TCP;
	return m->type == SOCK_DGRAM &&
	       (m->protocol == 0 || m->protocol == IPPROTO_UDP);
}

/* Is there anything to bind to? */
static bool
has_source(const struct addr_port *ap)
{
	static const uint8_t any[16];

	return ap->port != 0 || memcmp(ap->addr.bytes, any, sizeof(any)) != 0;
}

static int
set_up(int fd, const struct msg_sock_want *m)
{
	struct sockaddr_storage ss;
	size_t len = strnlen(m->ifname, sizeof(m->ifname));
	int one = 1;

	if (m->mark != 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &m->mark, sizeof(m->mark)) < 0)
		return -errno;
	if (len > 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, m->ifname,
				  (socklen_t)len) < 0)
		return -errno;
	if (!has_source(&m->bind))
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&ss,
		 addr_port_to_sockaddr(&m->bind, &ss)) < 0)
		return -errno;
	return 0;
}

static int
make_socket(const struct super *s, const struct msg_sock_want *m)
{
	CLEANUP_FD int fd = -1;
	int r;

	if (!is_allowed(s, m))
		return -EPERM;
	if (m->kind != MSG_SOCK_CONN)
		return probe_raw_make(m);
	fd = socket(m->bind.addr.family,
		    (int)m->type | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    (int)m->protocol);
	if (fd < 0)
		return -errno;
	r = set_up(fd, m);
	return r < 0 ? r : TAKE_FD(fd);
}

void
probe_on_want(struct engine *e, const struct msg_sock_want *m)
{
	struct msg_sock_have have = {.id = m->id};
	struct msg_sock_fail fail = {.id = m->id};
	CLEANUP_FD int fd = make_socket(e->s, m);

	if (e->im == NULL)
		return;
	fail.error = fd < 0 ? -fd : 0;
	if (fd >= 0)
		imsg_send(e->im, MSG_SOCK_HAVE, &have, fd);
	else
		imsg_send(e->im, MSG_SOCK_FAIL, &fail, -1);
}
