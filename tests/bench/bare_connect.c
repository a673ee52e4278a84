/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * bare_connect FIRST_ADDR COUNT PORT RATE SECONDS [http]: the floor under a
 * TCP check: at RATE a second, evenly spread over ticks of 1 ms, a
 * non-blocking connect to the next of COUNT consecutive addresses, one epoll
 * for all, SO_ERROR, close.  With "http" a request and the answer to its end.
 * Ends with "<checks> <failed> <CPU ns>".  No timeout, no state, no retry.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_EVENTS = 256, TICK_NS = 1000000 };

struct run {
	int ep;
	uint32_t first;
	unsigned long count, next;
	uint16_t port;
	long long done, failed;
	int is_http;
};

static long long
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void
check_end(struct run *r, int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) || error)
		r->failed++;
	r->done++;
	close(fd);
}

/* Connected: ask; readable: to the end of the answer. */
static void
http_step(struct run *r, int fd, uint32_t events)
{
	static const char ask[] = "GET / HTTP/1.1\r\nHost: bench\r\n"
				  "Connection: close\r\n\r\n";
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
	char data[4096];
	ssize_t n;

	if (events & EPOLLOUT) {
		if (send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) < 0)
			check_end(r, fd);
		else
			(void)epoll_ctl(r->ep, EPOLL_CTL_MOD, fd, &ev);
		return;
	}
	while ((n = recv(fd, data, sizeof(data), 0)) > 0)
		;
	if (n == 0 || errno != EAGAIN)
		check_end(r, fd);
}

static void
check_start(struct run *r)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(r->port),
		.sin_addr.s_addr =
			htonl(r->first + (uint32_t)(r->next++ % r->count)),
	};
	struct epoll_event ev = {.events = EPOLLOUT};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		r->failed++;
		return;
	}
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
	    errno != EINPROGRESS) {
		check_end(r, fd);
		return;
	}
	ev.data.fd = fd;
	(void)epoll_ctl(r->ep, EPOLL_CTL_ADD, fd, &ev); /* else it is lost */
}

static int
timer_open(int ep)
{
	struct itimerspec every = {
		.it_value.tv_nsec = TICK_NS,
		.it_interval.tv_nsec = TICK_NS,
	};
	struct epoll_event ev = {.events = EPOLLIN};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	ev.data.fd = fd;
	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL) ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev)) {
		perror("timer");
		exit(1);
	}
	return fd;
}

static void
run_for(struct run *r, long rate, long seconds)
{
	int timer = timer_open(r->ep);
	long long begin = clock_ns(CLOCK_MONOTONIC);
	long long end = begin + seconds * 1000000000LL;
	long long started = 0, now;

	while ((now = clock_ns(CLOCK_MONOTONIC)) < end) {
		struct epoll_event ev[MAX_EVENTS];
		int n = epoll_wait(r->ep, ev, MAX_EVENTS, 100);
		uint64_t ticks;

		for (int i = 0; i < n; i++) {
			if (ev[i].data.fd != timer && r->is_http)
				http_step(r, ev[i].data.fd, ev[i].events);
			else if (ev[i].data.fd != timer)
				check_end(r, ev[i].data.fd);
			else if (read(timer, &ticks, sizeof(ticks)) < 0)
				continue;
		}
		for (; started < (now - begin) * rate / 1000000000LL; started++)
			check_start(r);
	}
}

int
main(int argc, char **argv)
{
	struct run r = {.ep = epoll_create1(EPOLL_CLOEXEC)};
	long long cpu;

	if (argc < 6 || r.ep < 0)
		return 2;
	r.first = ntohl(inet_addr(argv[1]));
	r.count = strtoul(argv[2], NULL, 10);
	r.port = (uint16_t)strtoul(argv[3], NULL, 10);
	r.is_http = argc > 6;
	if (r.count == 0)
		return 2;
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	run_for(&r, strtol(argv[4], NULL, 10), strtol(argv[5], NULL, 10));
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%lld %lld %lld\n", r.done, r.failed, cpu);
	return 0;
}
