/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Hears who claims our addresses; see sock_arp.h. */
#include "vrrp/sock_arp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.h"

#define SIP	    16	      /* packets per wake-up */
#define PAUSE	    MSEC(50)  /* after a full sip */
#define SOCKBUF	    (1 << 16) /* what waits meanwhile */
#define ARP_MAX	    64
#define NA_MAX	    256
#define ND_HOPS	    255 /* RFC 4861 §7.1.2: from this link */
#define CONTROL_LEN 128

struct ear {
	struct sock_arp *owner;
	int fd, family;
	struct ev_io io;
	struct ev_timer pause;
};

struct sock_arp {
	struct ev_loop *loop;
	struct ear arp, na;
	void (*fn)(void *arg, const struct vrrp_claim *c, size_t n);
	void *arg;
};

/* ---- reading ---- */

/* One packet; -EAGAIN, or 0 and whether it claims anything. */
static int
read_arp(int fd, struct vrrp_claim *c, bool *is_claim)
{
	uint8_t buf[ARP_MAX];
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, (void *)&from,
			     &from_len);

	if (n < 0)
		return -errno;
	c->ifindex = (uint32_t)from.sll_ifindex;
	/* Others': of a VLAN that is not ours, or of our own machine. */
	*is_claim = from.sll_pkttype != PACKET_OTHERHOST &&
		    from.sll_pkttype != PACKET_OUTGOING &&
		    vrrp_claim_from_arp(buf, (size_t)n, c);
	return 0;
}

static int
read_na(int fd, struct vrrp_claim *c, bool *is_claim)
{
	uint8_t buf[NA_MAX];
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_LEN];
	struct iovec iov = {buf, sizeof(buf)};
	struct msghdr h = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct in6_pktinfo info = {0};
	int hops = 0;
	ssize_t n = recvmsg(fd, &h, MSG_DONTWAIT);

	if (n < 0)
		return -errno;
	for (struct cmsghdr *m = CMSG_FIRSTHDR(&h); m != NULL;
	     m = CMSG_NXTHDR(&h, m)) {
		if (m->cmsg_level != IPPROTO_IPV6)
			continue;
		if (m->cmsg_type == IPV6_PKTINFO)
			memcpy(&info, CMSG_DATA(m), sizeof(info));
		else if (m->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&hops, CMSG_DATA(m), sizeof(hops));
	}
	c->ifindex = info.ipi6_ifindex;
	*is_claim = hops == ND_HOPS && vrrp_claim_from_na(buf, (size_t)n, c);
	return 0;
}

static void
on_readable(void *arg, int what)
{
	struct ear *e = arg;
	struct vrrp_claim claims[SIP];
	size_t n = 0;
	int i;

	(void)what;
	for (i = 0; i < SIP; i++) {
		bool is_claim = false;
		int r = e->family == AF_INET6
				? read_na(e->fd, &claims[n], &is_claim)
				: read_arp(e->fd, &claims[n], &is_claim);

		if (r == -EINTR)
			continue;
		if (r < 0)
			break;
		n += is_claim;
	}
	if (i == SIP) {
		ev_io_set(&e->io, 0);
		ev_timer_at(&e->pause, monotime_add(monotime_now(), PAUSE));
	}
	if (n > 0)
		e->owner->fn(e->owner->arg, claims, n);
}

static void
on_pause_end(void *arg, monotime_t now)
{
	struct ear *e = arg;

	(void)now;
	if (e->fd >= 0)
		ev_io_set(&e->io, EVENT_READ);
}

/* ---- opening ---- */

static int
set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno
									: 0;
}

static int
set_filter(int fd, int family, const struct addr *a, size_t n)
{
	struct sock_filter code[VRRP_CLAIM_FILTER_MAX];
	struct sock_fprog prog = {
		.len = (unsigned short)vrrp_claim_filter(family, a, n, code),
		.filter = code,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog)) < 0
		       ? -errno
		       : 0;
}

/* Bound to its protocol only when the filter is in place. */
static int
open_arp(int *fd, const struct addr *a, size_t n)
{
	struct sockaddr_ll all = {.sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ARP)};
	int r;

	*fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return -errno;
	r = set_filter(*fd, AF_INET, a, n);
	if (r == 0)
		r = set_int(*fd, SOL_SOCKET, SO_RCVBUF, SOCKBUF);
	if (r == 0 && bind(*fd, (void *)&all, sizeof(all)) < 0)
		r = -errno;
	return r;
}

static int
open_na(int *fd, const struct addr *a, size_t n)
{
	struct icmp6_filter kinds;
	int r;

	ICMP6_FILTER_SETBLOCKALL(&kinds);
	ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &kinds);
	*fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		     IPPROTO_ICMPV6);
	if (*fd < 0)
		return -errno;
	r = set_filter(*fd, AF_INET6, a, n);
	if (r == 0 && setsockopt(*fd, IPPROTO_ICMPV6, ICMP6_FILTER, &kinds,
				 sizeof(kinds)) < 0)
		r = -errno;
	if (r == 0)
		r = set_int(*fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (r == 0)
		r = set_int(*fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	if (r == 0)
		r = set_int(*fd, SOL_SOCKET, SO_RCVBUF, SOCKBUF);
	return r;
}

static void
ear_close(struct ear *e)
{
	if (e->fd < 0)
		return;
	ev_timer_stop(&e->pause);
	ev_io_fini(&e->io);
	util_close_p(&e->fd);
	e->fd = -1;
}

static int
ear_watch(struct ear *e, const struct addr *a, size_t n, size_t n_own)
{
	int r, fd = -1;

	if (n_own == 0 && e->fd < 0)
		return 0;
	if (e->fd >= 0)
		return set_filter(e->fd, e->family, a, n);
	r = e->family == AF_INET6 ? open_na(&fd, a, n) : open_arp(&fd, a, n);
	if (r < 0) {
		util_close_p(&fd);
		return r;
	}
	e->fd = fd;
	ev_io_init(&e->io, e->owner->loop, fd, EVENT_READ, on_readable, e);
	return 0;
}

static void
ear_init(struct ear *e, struct sock_arp *owner, int family)
{
	*e = (struct ear){.owner = owner, .fd = -1, .family = family};
	ev_timer_init(&e->pause, owner->loop, on_pause_end, e);
}

struct sock_arp *
sock_arp_new(struct ev_loop *loop,
	     void (*fn)(void *arg, const struct vrrp_claim *c, size_t n),
	     void *arg)
{
	struct sock_arp *s = xcalloc(1, sizeof(*s));

	*s = (struct sock_arp){.loop = loop, .fn = fn, .arg = arg};
	ear_init(&s->arp, s, AF_INET);
	ear_init(&s->na, s, AF_INET6);
	return s;
}

void
sock_arp_free(struct sock_arp *s)
{
	if (s == NULL)
		return;
	ear_close(&s->arp);
	ear_close(&s->na);
	ev_timer_fini(&s->arp.pause);
	ev_timer_fini(&s->na.pause);
	free(s);
}

int
sock_arp_watch(struct sock_arp *s, const struct addr *a, size_t n)
{
	size_t n4 = 0, n6 = 0;
	int r;

	for (size_t i = 0; i < n && n <= VRRP_CLAIM_ADDRS; i++) {
		n4 += a[i].family == AF_INET;
		n6 += a[i].family == AF_INET6;
	}
	if (n > VRRP_CLAIM_ADDRS)
		n4 = n6 = n;
	r = ear_watch(&s->arp, a, n, n4);
	if (r == 0)
		r = ear_watch(&s->na, a, n, n6);
	return r == -EAFNOSUPPORT ? 0 : r;
}
