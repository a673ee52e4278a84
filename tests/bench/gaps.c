/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * gaps IFNAME SECONDS INTERVAL_US: hears the first packet of every TCP
 * connection that comes in by the interface, stamped by the kernel.  Says
 * "ready", and after SECONDS: "<packets> <addresses> <p50> <p99> <max>", the
 * last three in us: how far the time between two connections to one address
 * was from the interval, either way.  Addresses are told apart by their last
 * two bytes, which must do.
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "stamp.h"

enum { BATCH = 64, HEAD = 64, SAMPLES_MAX = 4000000, ADDRESSES = 65536 };

static long long last[ADDRESSES];
static int32_t samples[SAMPLES_MAX];
static size_t n_samples, n_packets, n_addresses;

/* IPv4 (no options), TCP, SYN without ACK, not our own. */
static const struct sock_filter only_syn[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
		 (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 5),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 3),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20 + 13),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, HEAD),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static int
sock_open(const char *ifname)
{
	const struct sock_fprog prog = {sizeof(only_syn) / sizeof(only_syn[0]),
					(struct sock_filter *)only_syn};
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex(ifname),
	};
	struct timeval tick = {.tv_usec = 20000};
	int on = 1, size = 32 << 20;
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror("gaps");
		exit(1);
	}
	return fd;
}

static void
note(const uint8_t *packet, long long at, long long interval_us)
{
	unsigned int who = packet[18] * 256u + packet[19];
	long long off = (at - last[who]) / 1000 - interval_us;

	n_packets++;
	if (last[who] == 0)
		n_addresses++;
	else if (n_samples < SAMPLES_MAX)
		samples[n_samples++] = (int32_t)(off < 0 ? -off : off);
	last[who] = at;
}

static void
read_some(int fd, long long interval_us)
{
	static uint8_t data[BATCH][HEAD];
	static uint8_t control[BATCH][CMSG_SPACE(sizeof(struct timespec))];
	struct mmsghdr m[BATCH];
	struct iovec iov[BATCH];
	int n;

	memset(m, 0, sizeof(m));
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){data[i], HEAD};
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_control = control[i];
		m[i].msg_hdr.msg_controllen = sizeof(control[i]);
	}
	n = recvmmsg(fd, m, BATCH, MSG_WAITFORONE, NULL);
	for (int i = 0; i < n; i++)
		if (m[i].msg_len >= 40)
			note(data[i], stamp_get(&m[i].msg_hdr), interval_us);
	if (n > 0 && n < BATCH)
		usleep(2000); /* in batches: little CPU beside the subject's */
}

static int
compare(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static int32_t
percentile(double part)
{
	return n_samples == 0 ? -1 : samples[(size_t)(part * (n_samples - 1))];
}

int
main(int argc, char **argv)
{
	struct timespec now;
	long long end;
	int fd;

	if (argc != 4)
		return 2;
	fd = sock_open(argv[1]);
	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + strtol(argv[2], NULL, 10);
	puts("ready");
	fflush(stdout);
	do {
		read_some(fd, strtoll(argv[3], NULL, 10));
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end);
	qsort(samples, n_samples, sizeof(samples[0]), compare);
	printf("%zu %zu %d %d %d\n", n_packets, n_addresses, percentile(0.5),
	       percentile(0.99), percentile(1));
	return 0;
}
