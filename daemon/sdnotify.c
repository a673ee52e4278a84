/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * systemd's notification protocol (sd_notify(3)), spoken directly: one more
 * library in every process would cost more than these lines.  A manager that
 * does not listen is not our trouble: errors are ignored.
 */
#include "daemon/sdnotify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/util.h"

static int
connect_to(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	CLEANUP_FD int fd = -1;

	if (len < 2 || len >= sizeof(un.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return -1;
	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = '\0'; /* abstract */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&un,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) <
		    0)
		return -1;
	return TAKE_FD(fd);
}

void
sdnotify_open(struct sdnotify *sd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	*sd = (struct sdnotify){.fd = -1};
	if (path != NULL)
		sd->fd = connect_to(path);
	if (sd->fd >= 0 && usec != NULL &&
	    (pid == NULL || atoi(pid) == (int)getpid()))
		sd->watchdog = USEC(strtoll(usec, NULL, 10));
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

void
sdnotify_close(struct sdnotify *sd)
{
	if (sd->fd >= 0)
		(void)close(sd->fd);
	sd->fd = -1;
}

static void
tell(const struct sdnotify *sd, const char *text)
{
	if (sd->fd >= 0)
		(void)send(sd->fd, text, strlen(text), MSG_NOSIGNAL);
}

void
sdnotify_ready(const struct sdnotify *sd, const char *status)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "READY=1\nMAINPID=%d\nSTATUS=%s\n",
		       (int)getpid(), status);
	tell(sd, text);
}

void
sdnotify_reloading(const struct sdnotify *sd, monotime_t now)
{
	char text[96];

	(void)snprintf(text, sizeof(text),
		       "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\n",
		       now.ns / 1000);
	tell(sd, text);
}

void
sdnotify_stopping(const struct sdnotify *sd)
{
	tell(sd, "STOPPING=1\n");
}

void
sdnotify_watchdog(const struct sdnotify *sd)
{
	tell(sd, "WATCHDOG=1\n");
}
