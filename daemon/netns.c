/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Named network namespaces; see netns.h.  It never creates one. */
#include "daemon/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"

#define NETNS_DIR "/run/netns/"
#define PID_DIR	  "/run/keepalived"
#define OWN_NET	  "/proc/self/ns/net"

int
netns_join(const char *name)
{
	CLEANUP_FD int fd = -1;
	struct buf path = BUF_INIT;

	if (strchr(name, '/') != NULL)
		return -EINVAL;
	if (name[0] == '\0')
		buf_adds(&path, "/proc/1/ns/net");
	else
		buf_printf(&path, NETNS_DIR "%s", name);
	fd = open(path.data, O_RDONLY | O_CLOEXEC);
	buf_fini(&path);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		return -errno;
	return 0;
}

int
netns_visit(const char *name, int *home)
{
	int r;

	*home = -1;
	if (name == NULL)
		return 0;
	*home = open(OWN_NET, O_RDONLY | O_CLOEXEC);
	if (*home < 0)
		return -errno;
	r = netns_join(name);
	if (r < 0) {
		util_close_p(home);
		*home = -1;
	}
	return r;
}

void
netns_return(int *home)
{
	if (*home < 0)
		return;
	if (setns(*home, CLONE_NEWNET) < 0)
		fatal("back to our network namespace: %s", strerror(errno));
	util_close_p(home);
	*home = -1;
}

/* /run/keepalived/NAME becomes /run/keepalived for us. */
static int
bind_pid_dir(const char *name)
{
	struct buf path = BUF_INIT;
	int r = 0;

	buf_printf(&path, PID_DIR "/%s", name);
	/* Existing directories are as good. */
	(void)mkdir(PID_DIR, 0755);
	(void)mkdir(path.data, 0755);
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount(path.data, PID_DIR, NULL, MS_BIND, NULL) < 0)
		r = -errno;
	buf_fini(&path);
	return r;
}

int
netns_enter(const char *name, const char **what)
{
	int r;

	*what = "network namespace";
	r = name[0] != '\0' ? netns_join(name) : -EINVAL;
	if (r < 0)
		return r;
	*what = "private " PID_DIR;
	return bind_pid_dir(name);
}
