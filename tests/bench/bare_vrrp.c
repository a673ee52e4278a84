/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The least a VRRP router can do, as the floor the bench compares with:
 *
 *	bare_vrrp send IFNAME SOURCE COUNT INTERVAL_US SECONDS [spread]
 *	bare_vrrp recv IFNAME SECONDS
 *
 * send: COUNT version 3 adverts (VRID 1..COUNT, priority 220) per interval, at
 * absolute deadlines, all in one sendmmsg; with "spread" one by one, evenly
 * over the interval (a field of unsynchronised masters, to feed receivers).
 * recv: recvmmsg and a look at TTL, version, checksum and VRID.
 * Ends with "<adverts> <CPU ns>".  It holds no state machine and no timer but
 * one.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_COUNT = 255,
	IP_LEN = 20,
	VRRP_LEN = 12,
	PKT_LEN = IP_LEN + VRRP_LEN,
	PROTO_VRRP = 112,
	PRIORITY = 220,
	RECV_BATCH = 64,
	RECV_LEN = 256,
};

static const char group[] = "224.0.0.18";

struct packets {
	struct mmsghdr msg[MAX_COUNT];
	struct iovec iov[MAX_COUNT];
	uint8_t data[MAX_COUNT][PKT_LEN];
	struct sockaddr_in to;
	unsigned int count;
};

static long long
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t
sum_add(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static uint16_t
sum_end(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* RFC 5798 section 5.2.8, pseudo-header included. */
static uint16_t
vrrp_sum(const uint8_t *ip, const uint8_t *vrrp, size_t len)
{
	uint32_t sum = sum_add(0, ip + 12, 8);

	sum += PROTO_VRRP + (uint32_t)len;
	return sum_end(sum_add(sum, vrrp, len));
}

static void
packet_fill(uint8_t *p, in_addr_t src, unsigned int vrid, long interval_us)
{
	in_addr_t dst = inet_addr(group);
	unsigned int centis = (unsigned int)(interval_us / 10000);
	uint8_t *v = p + IP_LEN;
	uint16_t sum;

	memset(p, 0, PKT_LEN);
	p[0] = 0x45;
	p[1] = 0xc0;
	p[3] = PKT_LEN;
	p[8] = 255;
	p[9] = PROTO_VRRP;
	memcpy(p + 12, &src, 4);
	memcpy(p + 16, &dst, 4);
	v[0] = 0x31;
	v[1] = (uint8_t)vrid;
	v[2] = PRIORITY;
	v[3] = 1;
	v[4] = (uint8_t)(centis >> 8 & 0x0f);
	v[5] = (uint8_t)centis;
	/* VIP 10.99.1.VRID, as confs.py gives it. */
	v[8] = 10;
	v[9] = 99;
	v[10] = 1;
	v[11] = (uint8_t)vrid;
	sum = vrrp_sum(p, v, VRRP_LEN);
	v[6] = (uint8_t)(sum >> 8);
	v[7] = (uint8_t)sum;
}

static void
packets_init(struct packets *k, in_addr_t src, unsigned int count,
	     long interval_us)
{
	k->count = count;
	k->to = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = inet_addr(group),
	};
	for (unsigned int i = 0; i < count; i++) {
		packet_fill(k->data[i], src, i + 1, interval_us);
		k->iov[i] = (struct iovec){k->data[i], PKT_LEN};
		k->msg[i].msg_hdr = (struct msghdr){
			.msg_name = &k->to,
			.msg_namelen = sizeof(k->to),
			.msg_iov = &k->iov[i],
			.msg_iovlen = 1,
		};
	}
}

static int
sender_open(const char *ifname)
{
	struct ip_mreqn mr = {.imr_ifindex = (int)if_nametoindex(ifname)};
	int off = 0;
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mr, sizeof(mr)) ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof(off)))
		die("sender");
	return fd;
}

static void
timer_wait(int timer, long long at)
{
	struct itimerspec its = {
		.it_value = {at / 1000000000LL, at % 1000000000LL},
	};
	uint64_t fired;

	if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &its, NULL) ||
	    read(timer, &fired, sizeof(fired)) != sizeof(fired))
		die("timer");
}

static long long
send_run(int fd, struct packets *k, long interval_us, long seconds,
	 int is_spread)
{
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	unsigned int burst = is_spread ? 1 : k->count;
	long long step = interval_us * 1000LL * burst / k->count;
	long long at = clock_ns(CLOCK_MONOTONIC) + step;
	long long end = at + seconds * 1000000000LL;
	long long sent = 0;

	for (unsigned int i = 0; at < end; at += step) {
		int n;

		timer_wait(timer, at);
		n = sendmmsg(fd, &k->msg[i], burst, 0);
		if (n < 0)
			die("sendmmsg");
		sent += n;
		i = (i + burst) % k->count;
	}
	return sent;
}

static int
receiver_open(const char *ifname)
{
	struct ip_mreqn mr = {
		.imr_multiaddr.s_addr = inet_addr(group),
		.imr_ifindex = (int)if_nametoindex(ifname),
	};
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			PROTO_VRRP);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname,
		       (socklen_t)strlen(ifname) + 1) ||
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mr, sizeof(mr)))
		die("receiver");
	return fd;
}

static int
is_good(const uint8_t *p, size_t len)
{
	size_t head = len >= PKT_LEN ? (size_t)(p[0] & 0x0f) * 4 : 0;

	return head >= IP_LEN && len >= head + VRRP_LEN && p[8] == 255 &&
	       p[head] == 0x31 && p[head + 1] != 0 &&
	       vrrp_sum(p, p + head, len - head) == 0;
}

static long long
recv_some(int fd)
{
	static uint8_t data[RECV_BATCH][RECV_LEN];
	static struct iovec iov[RECV_BATCH];
	static struct mmsghdr msg[RECV_BATCH];
	long long good = 0;
	int n;

	for (int i = 0; i < RECV_BATCH; i++) {
		iov[i] = (struct iovec){data[i], RECV_LEN};
		msg[i].msg_hdr = (struct msghdr){
			.msg_iov = &iov[i],
			.msg_iovlen = 1,
		};
	}
	n = recvmmsg(fd, msg, RECV_BATCH, 0, NULL);
	for (int i = 0; i < n; i++)
		good += is_good(data[i], msg[i].msg_len);
	return good;
}

static long long
recv_run(int fd, long seconds)
{
	long long end = clock_ns(CLOCK_MONOTONIC) + seconds * 1000000000LL;
	struct epoll_event ev = {.events = EPOLLIN};
	int ep = epoll_create1(EPOLL_CLOEXEC);
	long long good = 0;

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		die("epoll");
	while (clock_ns(CLOCK_MONOTONIC) < end) {
		if (epoll_wait(ep, &ev, 1, 100) == 1)
			good += recv_some(fd);
	}
	return good;
}

int
main(int argc, char **argv)
{
	static struct packets packets;
	long long done, cpu;
	int fd;

	if (argc >= 7 && strcmp(argv[1], "send") == 0) {
		long count = strtol(argv[4], NULL, 10);
		long interval_us = strtol(argv[5], NULL, 10);

		if (count < 1 || count > MAX_COUNT)
			return 2;
		packets_init(&packets, inet_addr(argv[3]), (unsigned int)count,
			     interval_us);
		fd = sender_open(argv[2]);
		cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		done = send_run(fd, &packets, interval_us,
				strtol(argv[6], NULL, 10), argc > 7);
	} else if (argc == 4 && strcmp(argv[1], "recv") == 0) {
		fd = receiver_open(argv[2]);
		cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		done = recv_run(fd, strtol(argv[3], NULL, 10));
	} else {
		return 2;
	}
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%lld %lld\n", done, cpu);
	return 0;
}
