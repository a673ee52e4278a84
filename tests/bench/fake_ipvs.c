/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Preloaded into keepalived where the kernel has no IPVS: its checker ends
 * without one.  A kernel that takes every change of the virtual server table
 * and keeps none, by the old socket options (linux/ip_vs.h), which keepalived
 * turns to when there is no generic netlink family.  What it measures is
 * keepalived at its checks, with a table that costs nothing: in its favour.
 */
#include <dlfcn.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define IPVS_LAST (IP_VS_BASE_CTL + 63)

static int
is_ipvs(int level, int option)
{
	return level == IPPROTO_IP && option >= IP_VS_BASE_CTL &&
	       option <= IPVS_LAST;
}

int
getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
	static int (*real)(int, int, int, void *, socklen_t *);
	struct ip_vs_getinfo info = {.version = 0x010201, .size = 4096};

	if (real == NULL)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "getsockopt");
	if (!is_ipvs(level, option))
		return real(fd, level, option, value, len);
	memset(value, 0, *len);
	if (option == IP_VS_SO_GET_INFO && *len >= sizeof(info))
		memcpy(value, &info, sizeof(info));
	return 0;
}

int
setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	static int (*real)(int, int, int, const void *, socklen_t);

	if (real == NULL)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "setsockopt");
	if (is_ipvs(level, option))
		return 0;
	return real(fd, level, option, value, len);
}
