/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Numbers under /proc/sys/net; see sysctl.h. */
#include "lib/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"

#define PATH_LEN   160
#define NUMBER_LEN 24

static int
open_number(const char *path, const char *ifname, int flags)
{
	const char *mark = strstr(path, "%s");
	char name[PATH_LEN];
	int n, fd;

	if (mark == NULL)
		n = snprintf(name, sizeof(name), "/proc/sys/net/%s", path);
	else
		n = snprintf(name, sizeof(name), "/proc/sys/net/%.*s%s%s",
			     (int)(mark - path), path, ifname, mark + 2);
	if (n < 0 || (size_t)n >= sizeof(name) || strchr(ifname, '/') != NULL)
		return -EINVAL;
	fd = open(name, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int
sysctl_get(const char *path, const char *ifname, int32_t *value)
{
	CLEANUP_FD int fd = open_number(path, ifname, O_RDONLY);
	char text[NUMBER_LEN];
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	text[n] = '\0';
	*value = (int32_t)strtol(text, NULL, 10);
	return 0;
}

int
sysctl_set(const char *path, const char *ifname, int32_t value)
{
	char text[NUMBER_LEN];
	int32_t have;
	int len;

	if (sysctl_get(path, ifname, &have) == 0 && have == value)
		return 0;
	CLEANUP_FD int fd = open_number(path, ifname, O_WRONLY);
	if (fd < 0)
		return fd;
	len = snprintf(text, sizeof(text), "%d\n", value);
	return write(fd, text, (size_t)len) == len ? 0 : -errno;
}
