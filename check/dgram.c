/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Datagrams of probes; see dgram.h. */
#include "check/dgram.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

bool
dgram_send(struct probe *p, const void *data, size_t len, monotime_t now)
{
	const struct probe_params *c = &p->key.terms->params;
	bool is_bound = addr_is_set(&c->bind.addr) || c->bind_if[0] != '\0';

	if (send(p->fd, data, len, MSG_NOSIGNAL) >= 0)
		return true;
	probe_done(p, check_reason_local(errno, is_bound), now);
	return false;
}

ssize_t
dgram_recv(struct probe *p, void *buf, size_t size)
{
	ssize_t n = recv(p->fd, buf, size, MSG_DONTWAIT | MSG_TRUNC);

	if (n >= 0)
		return n;
	/* EWOULDBLOCK also after a datagram with a bad checksum. */
	return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
}

bool
dgram_is_unsent(const struct probe *p)
{
	int n = 0;

	/* What no driver has taken is still charged to the socket. */
	return ioctl(p->fd, SIOCOUTQ, &n) == 0 && n > 0;
}
