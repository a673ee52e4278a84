/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * capture IFNAME|any: prints each VRRP advert (IPv4 and IPv6) and gratuitous
 * ARP seen on the interface, or on all, with the kernel's own time stamp, one line each:
 *	A <ns> <vrid> <priority> <source>
 *	G <ns> 0 0 <address>
 * It exists because the bench measures instants on the wire: the stamp is
 * taken when the packet passes the device, so this process may sleep and
 * drain its socket in batches.  It never sends.  SIGTERM ends it, after a
 * last line "D <dropped>".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "stamp.h"

enum {
	BATCH = 256,
	SNAP = 128,
	DRAIN_MS = 5,
	RCVBUF = 64 << 20,
	ETH_LEN = 14,
	IP_MIN_LEN = 20,
	IP6_LEN = 40,
	ARP_LEN = 28,
	PROTO_VRRP = 112,
};

struct batch {
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	uint8_t data[BATCH][SNAP];
	uint8_t control[BATCH][CMSG_SPACE(sizeof(struct timespec))];
};

static volatile sig_atomic_t is_ended;

static void
on_term(int signo)
{
	(void)signo;
	is_ended = 1;
}

/* Accepts ARP, and IP packets of protocol 112; nothing else. */
static int
filter_set(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 2, 5),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_LEN + 9),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_LEN + 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROTO_VRRP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SNAP),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static int
socket_open(const char *ifname)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(ifname),
	};
	bool is_any = strcmp(ifname, "any") == 0;
	int on = 1, size = RCVBUF;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || (at.sll_ifindex == 0 && !is_any) || filter_set(fd) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror("capture");
		exit(1);
	}
	return fd;
}

static void
arp_print(const uint8_t *arp, size_t len, long long at)
{
	char text[INET_ADDRSTRLEN];
	bool is_gratuitous;

	if (len < ARP_LEN)
		return;
	is_gratuitous = memcmp(arp + 14, arp + 24, 4) == 0;
	if (is_gratuitous && inet_ntop(AF_INET, arp + 14, text, sizeof(text)))
		printf("G %lld 0 0 %s\n", at, text);
}

static void
advert_print(const uint8_t *ip, size_t len, long long at)
{
	char text[INET6_ADDRSTRLEN];
	size_t head;

	if (len >= IP6_LEN + 8 && ip[0] >> 4 == 6) {
		if (inet_ntop(AF_INET6, ip + 8, text, sizeof(text)))
			printf("A %lld %u %u %s\n", at, ip[IP6_LEN + 1],
			       ip[IP6_LEN + 2], text);
		return;
	}
	if (len < IP_MIN_LEN)
		return;
	head = (size_t)(ip[0] & 0x0f) * 4;
	if (head < IP_MIN_LEN || len < head + 8)
		return;
	if (inet_ntop(AF_INET, ip + 12, text, sizeof(text)))
		printf("A %lld %u %u %s\n", at, ip[head + 1], ip[head + 2],
		       text);
}

static void
frame_print(const uint8_t *frame, size_t len, long long at)
{
	unsigned int type;

	if (len < ETH_LEN)
		return;
	type = (unsigned int)frame[12] << 8 | frame[13];
	if (type == ETH_P_ARP)
		arp_print(frame + ETH_LEN, len - ETH_LEN, at);
	else
		advert_print(frame + ETH_LEN, len - ETH_LEN, at);
}

static int
drain(int fd, struct batch *b)
{
	int n;

	for (int i = 0; i < BATCH; i++) {
		b->iov[i] = (struct iovec){b->data[i], SNAP};
		b->msg[i].msg_hdr = (struct msghdr){
			.msg_iov = &b->iov[i],
			.msg_iovlen = 1,
			.msg_control = b->control[i],
			.msg_controllen = sizeof(b->control[i]),
		};
	}
	n = recvmmsg(fd, b->msg, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		frame_print(b->data[i], b->msg[i].msg_len,
			    stamp_get(&b->msg[i].msg_hdr));
	return n;
}

int
main(int argc, char **argv)
{
	static struct batch batch;
	struct sigaction sa = {.sa_handler = on_term};
	struct tpacket_stats stats = {0};
	socklen_t len = sizeof(stats);
	int fd;

	if (argc != 2)
		return 2;
	fd = socket_open(argv[1]);
	sigaction(SIGTERM, &sa, NULL);
	puts("R 0 0 0 ready");
	fflush(stdout);
	while (!is_ended) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		struct timespec nap = {.tv_nsec = DRAIN_MS * 1000000L};

		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			break;
		nanosleep(&nap, NULL);
		while (drain(fd, &batch) == BATCH)
			continue;
		fflush(stdout);
	}
	while (drain(fd, &batch) > 0)
		continue;
	(void)getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	printf("D %u 0 0 -\n", stats.tp_drops);
	return 0;
}
