/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The moment at which the kernel's virtual server table is as it should be,
 * seen without a walk through the whole of it: /proc/net/ip_vs of 40,000
 * servers takes the kernel, and whoever reads it, longer than the change that
 * is waited for.  IPv4 only, by the old socket options (linux/ip_vs.h).  It
 * looks once a millisecond, and rests four times as long as a look takes.
 *
 * Usage: ipvs_watch count SERVICES SERVERS   so many of each, in all
 *        ipvs_watch weight ADDRESS PORT N    the TCP service has such a server
 * Prints "ready", then the monotonic clock in seconds.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/ip_vs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { REST_SHARE = 4, LIMIT_S = 240, SERVERS_MAX = 256 };
#define LOOK_NS 1000000L

static int sock;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
ask(int option, void *data, size_t size)
{
	socklen_t len = (socklen_t)size;

	return getsockopt(sock, IPPROTO_IP, option, data, &len) == 0;
}

/* The sum is made only when the number of services is right. */
static bool
has_count(unsigned services, unsigned servers)
{
	struct ip_vs_getinfo info = {0};
	size_t size = sizeof(struct ip_vs_get_services) +
		      services * sizeof(struct ip_vs_service_entry);
	struct ip_vs_get_services *all;
	unsigned sum = 0;
	bool is_read;

	if (!ask(IP_VS_SO_GET_INFO, &info, sizeof(info)) ||
	    info.num_services != services)
		return false;
	if (services == 0)
		return true;
	all = calloc(1, size);
	if (all == NULL)
		err(1, "calloc");
	all->num_services = services;
	is_read = ask(IP_VS_SO_GET_SERVICES, all, size);
	for (unsigned i = 0; is_read && i < services; i++)
		sum += all->entrytable[i].num_dests;
	free(all);
	return is_read && sum == servers;
}

static bool
has_weight(in_addr_t addr, unsigned port, int weight)
{
	struct ip_vs_service_entry svc = {.protocol = IPPROTO_TCP,
					  .addr = addr,
					  .port = htons((unsigned short)port)};
	static struct {
		struct ip_vs_get_dests head;
		struct ip_vs_dest_entry dest[SERVERS_MAX];
	} d;

	if (!ask(IP_VS_SO_GET_SERVICE, &svc, sizeof(svc)) ||
	    svc.num_dests > SERVERS_MAX)
		return false;
	d.head = (struct ip_vs_get_dests){.protocol = svc.protocol,
					  .addr = svc.addr,
					  .port = svc.port,
					  .num_dests = svc.num_dests};
	if (!ask(IP_VS_SO_GET_DESTS, &d,
		 sizeof(d.head) + svc.num_dests * sizeof(d.dest[0])))
		return false;
	for (unsigned i = 0; i < svc.num_dests; i++)
		if (d.head.entrytable[i].weight == weight)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	bool is_count = argc == 4 && strcmp(argv[1], "count") == 0;
	bool is_weight = argc == 5 && strcmp(argv[1], "weight") == 0;
	double begin = now(), look;

	if (!is_count && !is_weight)
		errx(2, "usage: ipvs_watch count|weight ...");
	sock = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (sock < 0)
		err(1, "socket");
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct timespec rest = {0};
		bool is_there;

		look = now();
		if (look - begin > LIMIT_S)
			errx(1, "not within %d s", LIMIT_S);
		is_there = is_count ? has_count((unsigned)atoi(argv[2]),
						(unsigned)atoi(argv[3]))
				    : has_weight(inet_addr(argv[2]),
						 (unsigned)atoi(argv[3]),
						 atoi(argv[4]));
		if (is_there)
			break;
		rest.tv_nsec = (long)((now() - look) * REST_SHARE * 1e9);
		if (rest.tv_nsec < LOOK_NS)
			rest.tv_nsec = LOOK_NS;
		if (rest.tv_nsec > 100 * LOOK_NS)
			rest.tv_nsec = 100 * LOOK_NS;
		nanosleep(&rest, NULL);
	}
	printf("%.6f\n", look);
	return 0;
}
