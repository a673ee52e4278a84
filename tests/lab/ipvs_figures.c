/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Preloaded into a program that reads the virtual server table: the kernel's
 * counters become numbers of every magnitude, the same for every reader,
 * so that two tools can be compared on traffic that no guest could make.
 * What a number becomes follows from FIGURES_SEED, the entry and the counter's
 * name.  It takes netlink answers by recvmsg(), recv() and recvfrom().
 */
#include <dlfcn.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h ^= v + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
	h *= 0xff51afd7ed558ccdu;
	return h ^ (h >> 33);
}

/* A number with 0 to bits bits, small ones as likely as large ones, and some
 * right beside a power of ten, where units change. */
static uint64_t
figure(uint64_t h, unsigned bits)
{
	unsigned n = (unsigned)(h % (bits + 1));
	uint64_t ten = 1;

	h = mix(h, 77);
	if (h % 4 != 0)
		return n == 0 ? 0 : h >> (64 - n);
	for (; n >= 4 && ten < UINT64_C(1000000000000000000); n -= 3)
		ten *= 10;
	return ten - (h / 4 & 1);
}

/* Of a server ipvsadm 1.31 shows the low 32 bits of all but the bytes. */
static void
change_stats(struct nlattr *nest, uint64_t h, int is_svc)
{
	struct nlattr *a;

	mnl_attr_for_each_nested(a, nest)
	{
		int type = mnl_attr_get_type(a);
		int is_wide = is_svc || type == IPVS_STATS_ATTR_INBYTES ||
			      type == IPVS_STATS_ATTR_OUTBYTES;
		uint64_t v = figure(mix(h, (uint64_t)type), is_wide ? 63 : 31);
		size_t len = mnl_attr_get_payload_len(a);

		if (len == 8 || len == 4)
			memcpy(mnl_attr_get_payload(a), &v, len);
	}
}

static uint64_t
hash_bytes(uint64_t h, const struct nlattr *a)
{
	const uint8_t *p = mnl_attr_get_payload(a);

	for (size_t i = 0; i < mnl_attr_get_payload_len(a); i++)
		h = mix(h, p[i]);
	return h;
}

static void
change_svc(struct nlattr *nest, uint64_t seed)
{
	struct nlattr *a;
	uint64_t h = seed;

	mnl_attr_for_each_nested(a, nest)
	{
		int type = mnl_attr_get_type(a);

		if (type <= IPVS_SVC_ATTR_FWMARK)
			h = hash_bytes(h, a);
	}
	mnl_attr_for_each_nested(a, nest)
	{
		if (mnl_attr_get_type(a) == IPVS_SVC_ATTR_STATS ||
		    mnl_attr_get_type(a) == IPVS_SVC_ATTR_STATS64)
			change_stats(a, h, 1);
	}
}

static void
change_dest(struct nlattr *nest, uint64_t seed)
{
	struct nlattr *a;
	uint64_t h = seed;

	mnl_attr_for_each_nested(a, nest)
	{
		int type = mnl_attr_get_type(a);

		if (type <= IPVS_DEST_ATTR_WEIGHT)
			h = hash_bytes(h, a);
	}
	mnl_attr_for_each_nested(a, nest)
	{
		int type = mnl_attr_get_type(a);

		if (type == IPVS_DEST_ATTR_STATS ||
		    type == IPVS_DEST_ATTR_STATS64)
			change_stats(a, h, 0);
		if (type >= IPVS_DEST_ATTR_ACTIVE_CONNS &&
		    type <= IPVS_DEST_ATTR_PERSIST_CONNS) {
			uint32_t v =
				(uint32_t)figure(mix(h, (uint64_t)type), 31);

			memcpy(mnl_attr_get_payload(a), &v, sizeof(v));
		}
	}
}

static void
change(void *buf, ssize_t len)
{
	const char *words = getenv("FIGURES_SEED");
	uint64_t seed = words == NULL ? 0 : strtoull(words, NULL, 10);
	struct nlmsghdr *nlh = buf;
	int left = (int)len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		struct nlattr *a;

		if (nlh->nlmsg_type <= GENL_ID_CTRL)
			continue;
		mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr))
		{
			if (mnl_attr_get_type(a) == IPVS_CMD_ATTR_SERVICE)
				change_svc(a, seed);
			if (mnl_attr_get_type(a) == IPVS_CMD_ATTR_DEST)
				change_dest(a, seed);
		}
	}
}

static int
is_netlink(int fd)
{
	int domain = 0;
	socklen_t len = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       domain == AF_NETLINK;
}

ssize_t
recvmsg(int fd, struct msghdr *m, int flags)
{
	static ssize_t (*real)(int, struct msghdr *, int);
	ssize_t n;

	if (real == NULL)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "recvmsg");
	n = real(fd, m, flags);
	if (n > 0 && (flags & MSG_PEEK) == 0 && is_netlink(fd))
		change(m->msg_iov[0].iov_base, n);
	return n;
}

ssize_t
recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *sa,
	 socklen_t *len)
{
	static ssize_t (*real)(int, void *, size_t, int, struct sockaddr *,
			       socklen_t *);
	ssize_t n;

	if (real == NULL)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "recvfrom");
	n = real(fd, buf, size, flags, sa, len);
	if (n > 0 && (flags & MSG_PEEK) == 0 && is_netlink(fd))
		change(buf, n);
	return n;
}

ssize_t
recv(int fd, void *buf, size_t size, int flags)
{
	return recvfrom(fd, buf, size, flags, NULL, NULL);
}
