/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The floor for IPVS: N services with M servers each put into the kernel and
 * taken out again with nothing but the requests themselves, packed into full
 * packets.  It has no
 * model, no reconciler, and gives up at the first error.
 *
 * Usage: ipvs_bare SERVICES SERVERS
 * Prints: apply SECONDS stop SECONDS
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { PACKET = 32768, ACKS = 200, MESSAGE_MAX = 256 };

static int sock;
static uint16_t family;
static _Alignas(8) char packet[PACKET];
static size_t packed;
static int waiting;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Sends what is packed and reads its answers. */
static void
flush(void)
{
	static _Alignas(8) char buf[65536];

	if (packed > 0 && send(sock, packet, packed, 0) < 0)
		err(1, "send");
	packed = 0;
	while (waiting > 0) {
		ssize_t n = recv(sock, buf, sizeof(buf), 0);
		const struct nlmsghdr *nlh = (const void *)buf;
		int left = (int)n;

		if (n < 0)
			err(1, "recv");
		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

			if (nlh->nlmsg_type != NLMSG_ERROR)
				continue;
			if (e->error != 0)
				errx(1, "kernel: %s", strerror(-e->error));
			waiting--;
		}
	}
}

static struct nlmsghdr *
begin(uint16_t type, uint8_t cmd)
{
	struct nlmsghdr *nlh;
	struct genlmsghdr *genl;

	if (packed + MESSAGE_MAX > PACKET || waiting == ACKS)
		flush();
	nlh = mnl_nlmsg_put_header(packet + packed);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

static void
end(struct nlmsghdr *nlh)
{
	packed += NLMSG_ALIGN(nlh->nlmsg_len);
	waiting++;
}

static void
put_service(struct nlmsghdr *nlh, uint32_t i, int is_whole)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_SERVICE);
	uint32_t addr[4] = {htonl(0x0a640000 + i)};
	struct ip_vs_flags flags = {0, UINT32_MAX};

	mnl_attr_put_u16(nlh, IPVS_SVC_ATTR_AF, AF_INET);
	mnl_attr_put_u16(nlh, IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
	mnl_attr_put(nlh, IPVS_SVC_ATTR_ADDR, sizeof(addr), addr);
	mnl_attr_put_u16(nlh, IPVS_SVC_ATTR_PORT, htons(80));
	if (is_whole) {
		mnl_attr_put_strz(nlh, IPVS_SVC_ATTR_SCHED_NAME, "rr");
		mnl_attr_put(nlh, IPVS_SVC_ATTR_FLAGS, sizeof(flags), &flags);
		mnl_attr_put_u32(nlh, IPVS_SVC_ATTR_TIMEOUT, 0);
		mnl_attr_put_u32(nlh, IPVS_SVC_ATTR_NETMASK, UINT32_MAX);
	}
	mnl_attr_nest_end(nlh, nest);
}

static void
put_server(struct nlmsghdr *nlh, uint32_t k)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, IPVS_CMD_ATTR_DEST);
	uint32_t addr[4] = {htonl(0x0a650001 + k)};

	mnl_attr_put_u16(nlh, IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET);
	mnl_attr_put(nlh, IPVS_DEST_ATTR_ADDR, sizeof(addr), addr);
	mnl_attr_put_u16(nlh, IPVS_DEST_ATTR_PORT, htons(80));
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_FWD_METHOD, IP_VS_CONN_F_DROUTE);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_WEIGHT, 1);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_U_THRESH, 0);
	mnl_attr_put_u32(nlh, IPVS_DEST_ATTR_L_THRESH, 0);
	mnl_attr_nest_end(nlh, nest);
}

static void
find_family(void)
{
	struct nlmsghdr *nlh = begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	static _Alignas(8) char buf[8192];
	const struct nlattr *a;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME);
	nlh->nlmsg_flags = NLM_F_REQUEST;
	if (send(sock, nlh, nlh->nlmsg_len, 0) < 0 ||
	    recv(sock, buf, sizeof(buf), 0) < 0)
		err(1, "family");
	nlh = (void *)buf;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		errx(1, "this kernel has no IPVS");
	mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID)
			family = mnl_attr_get_u16(a);
	}
}

int
main(int argc, char **argv)
{
	uint32_t services, servers;
	double t0, t1;

	if (argc != 3)
		errx(2, "usage: ipvs_bare SERVICES SERVERS");
	services = (uint32_t)strtoul(argv[1], NULL, 10);
	servers = (uint32_t)strtoul(argv[2], NULL, 10);
	sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (sock < 0)
		err(1, "socket");
	find_family();
	t0 = now();
	for (uint32_t i = 0; i < services; i++) {
		struct nlmsghdr *nlh = begin(family, IPVS_CMD_NEW_SERVICE);

		put_service(nlh, i, 1);
		end(nlh);
		for (uint32_t k = 0; k < servers; k++) {
			nlh = begin(family, IPVS_CMD_NEW_DEST);
			put_service(nlh, i, 0);
			put_server(nlh, k);
			end(nlh);
		}
	}
	flush();
	t1 = now();
	printf("apply %.6f ", t1 - t0);
	for (uint32_t i = 0; i < services; i++) {
		struct nlmsghdr *nlh = begin(family, IPVS_CMD_DEL_SERVICE);

		put_service(nlh, i, 0);
		end(nlh);
	}
	flush();
	printf("stop %.6f\n", now() - t1);
	return 0;
}
