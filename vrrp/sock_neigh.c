/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Packet sockets for the answers of neighbours; see sock_neigh.h. */
#include "vrrp/sock_neigh.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.h"
#include "vrrp/neighbour.h"

/* Frames of one wake-up; the rest comes with the next. */
#define BATCH 64

struct sock_neigh {
	struct ev_loop *loop;
	int arp, nd; /* -1: closed */
	struct ev_io arp_io, nd_io;
	void (*on_answer)(void *arg, uint32_t ifindex, const struct addr *who);
	void (*on_drained)(void *arg);
	void *arg;
};

/* ARP: the operation is a reply. */
static const struct sock_filter arp_filter[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 256),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

/* IPv6: the next header is ICMPv6, its type neighbour advertisement. */
static const struct sock_filter nd_filter[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 3),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 512),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static int
open_one(uint16_t protocol, const struct sock_filter *code, uint16_t n)
{
	struct sock_fprog prog = {
		.len = n, .filter = (struct sock_filter *)(uintptr_t)code};
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(protocol)};
	/* Protocol 0: it hears nothing before the filter is there. */
	CLEANUP_FD int fd =
		socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) <
		    0 ||
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static void
read_from(struct sock_neigh *s, int fd)
{
	for (int i = 0; i < BATCH; i++) {
		struct sockaddr_ll from = {.sll_ifindex = 0};
		socklen_t from_len = sizeof(from);
		uint8_t buf[512];
		struct addr who;
		ssize_t n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &from_len);

		if (n <= 0)
			break;
		if (from.sll_pkttype != PACKET_OUTGOING &&
		    neighbour_answer(buf, (size_t)n, &who))
			s->on_answer(s->arg, (uint32_t)from.sll_ifindex, &who);
	}
	s->on_drained(s->arg);
}

static void
on_arp(void *arg, int what)
{
	struct sock_neigh *s = arg;

	(void)what;
	read_from(s, s->arp);
}

static void
on_nd(void *arg, int what)
{
	struct sock_neigh *s = arg;

	(void)what;
	read_from(s, s->nd);
}

struct sock_neigh *
sock_neigh_new(struct ev_loop *loop,
	       void (*on_answer)(void *arg, uint32_t ifindex,
				 const struct addr *who),
	       void (*on_drained)(void *arg), void *arg)
{
	struct sock_neigh *s = xcalloc(1, sizeof(*s));

	s->loop = loop;
	s->arp = s->nd = -1;
	s->on_answer = on_answer;
	s->on_drained = on_drained;
	s->arg = arg;
	return s;
}

static void
close_one(int *fd, struct ev_io *io)
{
	if (*fd < 0)
		return;
	ev_io_fini(io);
	(void)close(*fd); /* was only read */
	*fd = -1;
}

int
sock_neigh_set(struct sock_neigh *s, bool wants_arp, bool wants_nd)
{
	if (!wants_arp)
		close_one(&s->arp, &s->arp_io);
	if (!wants_nd)
		close_one(&s->nd, &s->nd_io);
	if (wants_arp && s->arp < 0) {
		s->arp = open_one(ETH_P_ARP, arp_filter, ARRAY_LEN(arp_filter));
		if (s->arp < 0)
			return s->arp;
		ev_io_init(&s->arp_io, s->loop, s->arp, EVENT_READ, on_arp, s);
	}
	if (wants_nd && s->nd < 0) {
		s->nd = open_one(ETH_P_IPV6, nd_filter, ARRAY_LEN(nd_filter));
		if (s->nd < 0)
			return s->nd;
		ev_io_init(&s->nd_io, s->loop, s->nd, EVENT_READ, on_nd, s);
	}
	return 0;
}

void
sock_neigh_free(struct sock_neigh *s)
{
	if (s == NULL)
		return;
	close_one(&s->arp, &s->arp_io);
	close_one(&s->nd, &s->nd_io);
	free(s);
}
