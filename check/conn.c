/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Connections of probes; see conn.h. */
#include "check/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.h"

#define FIRST_FREE_PORT 1024

static bool
is_bound(const struct probe_params *c)
{
	return addr_is_set(&c->bind.addr) || c->bind.port != 0 ||
	       c->bind_if[0] != '\0';
}

static bool
needs_privilege(const struct probe_params *c)
{
	return c->fwmark != 0 ||
	       (c->bind.port != 0 && c->bind.port < FIRST_FREE_PORT);
}

static int
set_on(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on)) < 0 ? -errno : 0;
}

static int
bind_source(int fd, uint16_t family, const struct probe_params *c)
{
	struct sockaddr_storage ss;
	struct addr_port ap = c->bind;
	socklen_t len;
	int r;

	if (!addr_is_set(&ap.addr) && ap.port == 0)
		return 0;
	ap.addr.family = family;
	/* Without a port of its own the connect picks one that is free for
	 * this target, not one that is free for all; a kernel that cannot
	 * still binds. */
	if (ap.port == 0)
		(void)set_on(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
	else if ((r = set_on(fd, SOL_SOCKET, SO_REUSEADDR)) < 0)
		return r;
	len = addr_port_to_sockaddr(&ap, &ss);
	return bind(fd, (struct sockaddr *)&ss, len) < 0 ? -errno : 0;
}

static int
bind_interface(int fd, const struct probe_params *c)
{
	if (c->bind_if[0] == '\0')
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, c->bind_if,
		       (socklen_t)strlen(c->bind_if)) < 0)
		return -errno;
	return 0;
}

/*
 * A fixed source port cannot be used again while its last connection is in
 * TIME_WAIT, so that one is reset instead of closed.
 */
static int
set_linger(int fd, const struct probe *p)
{
	struct linger l = {.l_onoff = 1, .l_linger = 0};

	if (p->key.terms->params.bind.port == 0 || p->ops->is_datagram)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)) < 0)
		return -errno;
	return 0;
}

static void
fail_local(struct probe *p, int error, monotime_t now)
{
	probe_done(p,
		   check_reason_local(error, is_bound(&p->key.terms->params)),
		   now);
}

static void
do_connect(struct probe *p, monotime_t now)
{
	const struct addr *c = &p->key.connect.addr;
	struct sockaddr_storage ss;
	socklen_t len = addr_port_to_sockaddr(&p->key.connect, &ss);
	int r;

	/* Without it the kernel keeps back that a host or network cannot be
	 * reached. */
	if (p->ops->is_datagram)
		(void)(c->family == AF_INET6
			       ? set_on(p->fd, IPPROTO_IPV6, IPV6_RECVERR)
			       : set_on(p->fd, IPPROTO_IP, IP_RECVERR));
	if (connect(p->fd, (struct sockaddr *)&ss, len) < 0 &&
	    errno != EINPROGRESS && errno != EINTR) {
		fail_local(p, errno, now);
		return;
	}
	r = pollset_add(p->probes->poll, p->fd,
			p->ops->is_datagram ? EVENT_READ : EVENT_WRITE,
			&p->poll);
	if (r < 0)
		fail_local(p, -r, now);
	else if (p->ops->is_datagram)
		p->ops->io(p, EVENT_WRITE, now);
}

void
conn_start(struct probe *p, int type, monotime_t now)
{
	const struct probe_params *c = &p->key.terms->params;
	uint16_t family = p->key.connect.addr.family;
	int r;

	if (needs_privilege(c)) {
		probe_want_sock(p, type, 0);
		return;
	}
	p->is_fd_shared = false;
	p->fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0) {
		fail_local(p, errno, now);
		return;
	}
	r = bind_interface(p->fd, c);
	if (r == 0)
		r = bind_source(p->fd, family, c);
	if (r == 0)
		r = set_linger(p->fd, p);
	if (r < 0)
		fail_local(p, -r, now);
	else
		do_connect(p, now);
}

void
conn_on_sock(struct probe *p, int fd, monotime_t now)
{
	int r;

	p->fd = fd;
	p->is_fd_shared = true;
	r = set_linger(fd, p);
	if (r < 0)
		fail_local(p, -r, now);
	else
		do_connect(p, now);
}

enum check_reason
conn_result(const struct probe *p, int what)
{
	int error = 0;
	socklen_t len = sizeof(error);

	/* Without an error flag there is no error to ask for: one system call
	 * less for each attempt that succeeds. */
	if ((what & POLLSET_ERROR) == 0)
		return REASON_NONE;
	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	return check_reason_remote(error);
}

void
conn_stop(struct probe *p)
{
	if (p->fd < 0)
		return;
	pollset_forget(p->probes->poll, p->fd, &p->poll, p->is_fd_shared);
	(void)close(p->fd); /* nothing was written that could be lost */
	p->fd = -1;
}
