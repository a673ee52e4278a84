/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The sockets of the VRRP engine; see sock.h. */
#include "vrrp/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/log.h"
#include "lib/util.h"
#include "vrrp/filter.h"
#include "vrrp/member.h"
#include "vrrp/rx_age.h"

#define RX_BATCH    32
#define RX_ROUNDS   8	 /* batches before others have their turn */
#define RX_BUFFER   4352 /* header with options and the longest message */
#define TX_BATCH    256
#define CONTROL_LEN 128
#define TOS_NETWORK 0xc0

struct message {
	struct iovec iov;
	struct sockaddr_storage name;
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_LEN];
};

struct vrrp_sock {
	int rx[VRRP_RX_COUNT], tx4, tx6, frames;
	struct members members;
	/* Everything that came before was read: nothing is older. */
	struct rx_age age[VRRP_RX_COUNT];
	/* of the reading that is under way */
	const struct rx_age *age_now;
	nsec_t wall;
	monotime_t now;
	struct mmsghdr rx_hdr[RX_BATCH];
	struct message rx_msg[RX_BATCH];
	uint8_t rx_buf[RX_BATCH][RX_BUFFER];
	struct mmsghdr tx_hdr[TX_BATCH];
	struct message tx_msg[TX_BATCH];
};

/* ---- opening ---- */

static nsec_t
wall_ns(const struct timespec *ts)
{
	return SEC((nsec_t)ts->tv_sec) + ts->tv_nsec;
}

static nsec_t
wall_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail: valid clock */
	return wall_ns(&ts);
}

/* Only what the last reading has used is made ready again: the whole batch is
 * more memory than a wake-up for one packet should touch. */
static void
prepare_rx(struct vrrp_sock *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct message *m = &s->rx_msg[i];

		m->iov = (struct iovec){s->rx_buf[i], RX_BUFFER};
		s->rx_hdr[i].msg_hdr = (struct msghdr){
			.msg_name = &m->name,
			.msg_namelen = sizeof(m->name),
			.msg_iov = &m->iov,
			.msg_iovlen = 1,
			.msg_control = m->control,
			.msg_controllen = sizeof(m->control),
		};
	}
}

static int
set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno
									: 0;
}

static int
set_filter(int fd, enum vrrp_rx kind, const uint32_t vrids[8])
{
	struct sock_filter code[VRRP_FILTER_MAX];
	struct sock_fprog prog = {
		.len = (unsigned short)vrrp_filter_make(kind, vrids, code),
		.filter = code,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog)) < 0
		       ? -errno
		       : 0;
}

static int
open_raw(int family, int protocol, int *fd)
{
	*fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	return *fd < 0 ? -errno : 0;
}

static int
set_rcvbuf(int fd, int bytes)
{
	int r = set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes);

	return r < 0 ? set_int(fd, SOL_SOCKET, SO_RCVBUF, bytes) : r;
}

static int
open_rx(enum vrrp_rx kind, int *fd)
{
	static const uint32_t none[8];
	int family = kind == VRRP_RX_IPV6 ? AF_INET6 : AF_INET;
	int r = open_raw(family,
			 kind == VRRP_RX_AH ? VRRP_PROTO_AH : VRRP_PROTO, fd);

	if (r == 0)
		r = set_filter(*fd, kind, none);
	if (r == 0 && family == AF_INET)
		r = set_int(*fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (r == 0 && family == AF_INET6)
		r = set_int(*fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (r == 0 && family == AF_INET6)
		r = set_int(*fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	if (r == 0)
		r = set_int(*fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	/* The kernel's default is the fallback. */
	if (r == 0)
		(void)set_rcvbuf(*fd, VRRP_SOCK_RX_BUFFER);
	return r;
}

/* Never receives: the protocol is one that nobody sends. */
static int
open_tx4(int *fd)
{
	int r = open_raw(AF_INET, IPPROTO_RAW, fd);

	if (r == 0)
		r = set_int(*fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	if (r == 0)
		r = set_int(*fd, SOL_SOCKET, SO_PRIORITY, 7);
	return r;
}

static int
open_tx6(int *fd)
{
	static const uint32_t none[8];
	int r = open_raw(AF_INET6, VRRP_PROTO, fd);

	if (r == 0)
		r = set_filter(*fd, VRRP_RX_IPV6, none);
	if (r == 0)
		r = set_int(*fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	if (r == 0)
		r = set_int(*fd, IPPROTO_IPV6, IPV6_TCLASS, TOS_NETWORK);
	/* From a VMAC with the base's link-local address as source: none is
	 * made of the virtual MAC (RFC 9568 §7.4). */
	if (r == 0)
		r = set_int(*fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	if (r == 0)
		r = set_int(*fd, SOL_SOCKET, SO_PRIORITY, 7);
	return r;
}

int
vrrp_sock_open(struct vrrp_sock **out)
{
	struct vrrp_sock *s = xcalloc(1, sizeof(*s));
	int r;

	s->tx4 = s->tx6 = s->frames = -1;
	for (int i = 0; i < VRRP_RX_COUNT; i++) {
		s->rx[i] = -1;
		rx_age_drained(&s->age[i], wall_now(), monotime_now());
	}
	r = open_rx(VRRP_RX_IPV4, &s->rx[VRRP_RX_IPV4]);
	if (r == 0)
		r = open_tx4(&s->tx4);
	if (r == 0)
		r = open_raw(AF_PACKET, 0, &s->frames);
	if (r == 0)
		r = open_rx(VRRP_RX_IPV6, &s->rx[VRRP_RX_IPV6]);
	if (r == 0)
		r = open_tx6(&s->tx6);
	if (r == -EAFNOSUPPORT)
		r = 0;
	if (r < 0) {
		vrrp_sock_close(s);
		return r;
	}
	prepare_rx(s, RX_BATCH);
	*out = s;
	return 0;
}

void
vrrp_sock_close(struct vrrp_sock *s)
{
	if (s == NULL)
		return;
	members_fini(&s->members);
	for (int i = 0; i < VRRP_RX_COUNT; i++)
		util_close_p(&s->rx[i]);
	util_close_p(&s->tx4);
	util_close_p(&s->tx6);
	util_close_p(&s->frames);
	free(s);
}

int
vrrp_sock_fd(const struct vrrp_sock *s, enum vrrp_rx kind)
{
	return s->rx[kind];
}

int
vrrp_sock_set_vrids(struct vrrp_sock *s, const uint32_t vrids[8])
{
	int r = set_filter(s->rx[VRRP_RX_IPV4], VRRP_RX_IPV4, vrids);

	if (r == 0 && s->rx[VRRP_RX_IPV6] >= 0)
		r = set_filter(s->rx[VRRP_RX_IPV6], VRRP_RX_IPV6, vrids);
	return r;
}

int
vrrp_sock_set_ah_vrids(struct vrrp_sock *s, const uint32_t vrids[8])
{
	int *fd = &s->rx[VRRP_RX_AH];
	uint32_t any = 0;
	int r = 0;

	for (size_t i = 0; i < 8; i++)
		any |= vrids[i];
	if (any == 0) {
		util_close_p(fd);
		return 0;
	}
	if (*fd < 0) {
		r = open_rx(VRRP_RX_AH, fd);
		rx_age_drained(&s->age[VRRP_RX_AH], wall_now(), monotime_now());
	}
	if (r == 0)
		r = set_filter(*fd, VRRP_RX_AH, vrids);
	if (r < 0)
		util_close_p(fd);
	return r;
}

int
vrrp_sock_set_rcvbuf(struct vrrp_sock *s, enum vrrp_rx kind, size_t bytes)
{
	if (bytes > INT_MAX / 2)
		bytes = INT_MAX / 2;
	return s->rx[kind] < 0 ? 0 : set_rcvbuf(s->rx[kind], (int)bytes);
}

int
vrrp_sock_join(struct vrrp_sock *s, uint32_t ifindex, const struct addr *group)
{
	return members_join(&s->members, ifindex, group);
}

void
vrrp_sock_leave(struct vrrp_sock *s, uint32_t ifindex, const struct addr *group)
{
	members_leave(&s->members, ifindex, group);
}

/* ---- sending ---- */

static void
fill_control4(struct msghdr *h, const struct vrrp_tx *tx)
{
	struct in_pktinfo info = {.ipi_ifindex = (int)tx->ifindex};
	struct cmsghdr *c;

	h->msg_controllen = CMSG_SPACE(sizeof(info));
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(&info.ipi_spec_dst, tx->src->bytes, sizeof(info.ipi_spec_dst));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

static void
fill_control6(struct msghdr *h, const struct vrrp_tx *tx)
{
	struct in6_pktinfo info = {.ipi6_ifindex = tx->ifindex};
	int hops = tx->hops;
	struct cmsghdr *c;

	h->msg_controllen = CMSG_SPACE(sizeof(info)) + CMSG_SPACE(sizeof(hops));
	memset(h->msg_control, 0, h->msg_controllen);
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(&info.ipi6_addr, tx->src->bytes, sizeof(info.ipi6_addr));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	c = CMSG_NXTHDR(h, c);
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_HOPLIMIT;
	c->cmsg_len = CMSG_LEN(sizeof(hops));
	memcpy(CMSG_DATA(c), &hops, sizeof(hops));
}

static void
fill_tx(struct vrrp_sock *s, size_t i, const struct vrrp_tx *tx)
{
	struct msghdr *h = &s->tx_hdr[i].msg_hdr;
	struct message *m = &s->tx_msg[i];
	struct addr_port to = {.addr = *tx->dst};

	m->iov = (struct iovec){(void *)(uintptr_t)tx->data, tx->len};
	*h = (struct msghdr){
		.msg_name = &m->name,
		.msg_namelen = addr_port_to_sockaddr(&to, &m->name),
		.msg_iov = &m->iov,
		.msg_iovlen = 1,
		.msg_control = m->control,
		.msg_controllen = sizeof(m->control),
	};
	if (tx->dst->family == AF_INET6)
		fill_control6(h, tx);
	else
		fill_control4(h, tx);
}

static void
fill_frame(struct vrrp_sock *s, size_t i, const struct vrrp_frame_tx *f)
{
	struct message *m = &s->tx_msg[i];
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)f->ifindex,
		.sll_halen = ETH_ALEN,
	};

	memcpy(&m->name, &ll, sizeof(ll));
	m->iov = (struct iovec){(void *)(uintptr_t)f->data, f->len};
	s->tx_hdr[i].msg_hdr = (struct msghdr){
		.msg_name = &m->name,
		.msg_namelen = sizeof(ll),
		.msg_iov = &m->iov,
		.msg_iovlen = 1,
	};
}

/* Sends n prepared messages; on_error(arg, i) for each that failed. */
static void
send_all(struct vrrp_sock *s, int fd, size_t n,
	 void (*on_error)(const void *arg, size_t i), const void *arg)
{
	for (size_t done = 0; done < n;) {
		int r = sendmmsg(fd, s->tx_hdr + done, (unsigned int)(n - done),
				 MSG_DONTWAIT);

		if (r > 0) {
			done += (size_t)r;
			continue;
		}
		if (r < 0 && errno == EINTR)
			continue;
		on_error(arg, done++); /* skip the one that cannot go */
	}
}

static void
on_tx_error(const void *arg, size_t i)
{
	const struct vrrp_tx *tx = arg;

	(*tx[i].errors)++;
}

static void
on_frame_error(const void *arg, size_t i)
{
	(void)arg; /* announcements are repeated */
	(void)i;
}

void
vrrp_sock_send(struct vrrp_sock *s, const struct vrrp_tx *tx, size_t n)
{
	for (size_t at = 0; at < n;) {
		uint16_t family = tx[at].dst->family;
		size_t k = 0;

		while (at + k < n && k < TX_BATCH &&
		       tx[at + k].dst->family == family) {
			fill_tx(s, k, &tx[at + k]);
			k++;
		}
		send_all(s, family == AF_INET6 ? s->tx6 : s->tx4, k,
			 on_tx_error, tx + at);
		at += k;
	}
}

void
vrrp_sock_send_frames(struct vrrp_sock *s, const struct vrrp_frame_tx *f,
		      size_t n)
{
	for (size_t at = 0; at < n;) {
		size_t k = 0;

		for (; at + k < n && k < TX_BATCH; k++)
			fill_frame(s, k, &f[at + k]);
		send_all(s, s->frames, k, on_frame_error, NULL);
		at += k;
	}
}

/* ---- receiving ---- */

static void
read_control(const struct vrrp_sock *s, struct msghdr *h, struct vrrp_origin *o)
{
	struct in_pktinfo p4;
	struct in6_pktinfo p6;
	struct timespec ts;
	int hops;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL;
	     c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&p4, CMSG_DATA(c), sizeof(p4));
			o->ifindex = (uint32_t)p4.ipi_ifindex;
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
			   c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&p6, CMSG_DATA(c), sizeof(p6));
			o->ifindex = p6.ipi6_ifindex;
			o->dst = addr_from_in6(&p6.ipi6_addr);
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
			   c->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(&hops, CMSG_DATA(c), sizeof(hops));
			o->hops = (uint8_t)hops;
		} else if (c->cmsg_level == SOL_SOCKET &&
			   c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			o->age = rx_age_of(s->age_now, wall_ns(&ts), s->wall,
					   s->now);
		}
	}
}

static void
hand_on(struct vrrp_sock *s, int family, size_t i,
	void (*fn)(void *arg, int family, const uint8_t *data, size_t len,
		   const struct vrrp_origin *o),
	void *arg)
{
	struct msghdr *h = &s->rx_hdr[i].msg_hdr;
	struct vrrp_origin o = {0};
	struct addr_port from;

	if (h->msg_flags & MSG_TRUNC)
		return; /* longer than any advert can be */
	read_control(s, h, &o);
	if (family == AF_INET6 &&
	    addr_port_from_sockaddr(h->msg_name, h->msg_namelen, &from) == 0)
		o.src = from.addr;
	fn(arg, family, s->rx_buf[i], s->rx_hdr[i].msg_len, &o);
}

bool
vrrp_sock_read(struct vrrp_sock *s, enum vrrp_rx kind, monotime_t now,
	       void (*fn)(void *arg, int family, const uint8_t *data,
			  size_t len, const struct vrrp_origin *o),
	       void *arg)
{
	int family = kind == VRRP_RX_IPV6 ? AF_INET6 : AF_INET;

	if (s->rx[kind] < 0)
		return false;
	s->age_now = &s->age[kind];
	s->wall = wall_now();
	s->now = now;
	for (int round = 0; round < RX_ROUNDS; round++) {
		int n;

		n = recvmmsg(s->rx[kind], s->rx_hdr, RX_BATCH, MSG_DONTWAIT,
			     NULL);
		for (int i = 0; i < n; i++)
			hand_on(s, family, (size_t)i, fn, arg);
		prepare_rx(s, n > 0 ? (size_t)n : 0);
		if (n < RX_BATCH) {
			rx_age_drained(&s->age[kind], s->wall, now);
			return false;
		}
	}
	return true;
}
