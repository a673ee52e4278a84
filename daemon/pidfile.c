/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Pid files; see pidfile.h.  The lock belongs to the open file, so the
 * supervisor can hold it for its engines too.
 */
#include "daemon/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/util.h"

#define RUN_DIR "/run"
#define PID_DIR "/run/keepalived"

char *
pidfile_path(const char *given, const char *name, bool use_dir,
	     const char *instance)
{
	struct buf b = BUF_INIT;

	if (given != NULL)
		return xstrdup(given);
	if (use_dir) {
		/* An existing directory is as good. */
		(void)mkdir(PID_DIR, 0755);
		buf_printf(&b, "%s/%s%s%s.pid", PID_DIR, name,
			   instance != NULL ? "_" : "",
			   instance != NULL ? instance : "");
	} else {
		buf_printf(&b, "%s/%s.pid", RUN_DIR, name);
	}
	return b.data;
}

char *
pidfile_beside(const struct pidfile *p, const char *suffix)
{
	struct buf b = BUF_INIT;
	size_t len;

	if (p->path == NULL)
		return NULL;
	len = strlen(p->path);
	if (len > 4 && strcmp(p->path + len - 4, ".pid") == 0)
		len -= 4;
	buf_printf(&b, "%.*s%s", (int)len, p->path, suffix);
	return b.data;
}

static int
lock(int fd)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_OFD_SETLK, &fl) < 0)
		return errno == EACCES ? -EAGAIN : -errno;
	return 0;
}

/* Is the open file still the one of that name?  Its last owner may have
 * removed it between our open and our lock. */
static bool
is_in_place(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

int
pidfile_open(struct pidfile *p, char *path)
{
	int r = -EAGAIN;

	p->path = path;
	for (int tries = 0; tries < 5; tries++) {
		CLEANUP_FD int fd = open(
			path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

		if (fd < 0)
			r = -errno;
		else
			r = lock(fd);
		if (r < 0)
			break;
		if (is_in_place(fd, path)) {
			/* Everybody may read it, whatever our umask. */
			(void)fchmod(fd, 0644);
			p->fd = TAKE_FD(fd);
			return 0;
		}
		r = -EAGAIN;
	}
	free(TAKE_PTR(p->path));
	return r;
}

int
pidfile_write(struct pidfile *p, pid_t pid)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", (int)pid);

	if (p->fd < 0)
		return 0;
	if (ftruncate(p->fd, 0) < 0 || pwrite(p->fd, text, (size_t)len, 0) < 0)
		return -errno;
	return 0;
}

void
pidfile_close(struct pidfile *p)
{
	if (p->fd >= 0) {
		/* While the lock is held nobody else owns the name. */
		(void)unlink(p->path);
		(void)close(p->fd);
	}
	free(p->path);
	*p = PIDFILE_INIT;
}
