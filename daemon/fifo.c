/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A named pipe; see fifo.h.  It is opened for reading, too, so that lines
 * wait in it while no reader is there; nothing is ever read here.
 */
#include "daemon/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

/* Lines wait for their reader: as much as an unprivileged user could ask. */
#define PIPE_BYTES (1 << 20)

static int
take(struct fifo *f, uid_t uid, gid_t gid)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return -errno;
	if (!S_ISFIFO(st.st_mode))
		return -EEXIST;
	if (f->is_made && (st.st_uid != uid || st.st_gid != gid) &&
	    fchown(f->fd, uid, gid) < 0)
		return -errno;
	if (!f->is_made && st.st_uid != uid && st.st_uid != geteuid())
		return -EPERM;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	/* With the default size fewer lines fit. */
	(void)fcntl(f->fd, F_SETPIPE_SZ, PIPE_BYTES);
	return 0;
}

int
fifo_open(struct fifo *f, const char *path, uid_t uid, gid_t gid)
{
	int r;

	*f = FIFO_INIT;
	f->drop_limit = (struct log_limit){.interval = SEC(60), .burst = 1};
	if (mkfifo(path, 0644) == 0)
		f->is_made = true;
	else if (errno != EEXIST)
		return -errno;
	/* For reading and writing: a pipe without a reader is no error. */
	f->fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	r = f->fd < 0 ? -errno : take(f, uid, gid);
	if (r == 0) {
		f->path = xstrdup(path);
		return 0;
	}
	if (f->fd >= 0)
		(void)close(f->fd); /* nothing was written */
	if (f->is_made)
		(void)unlink(path);
	*f = FIFO_INIT;
	return r;
}

bool
fifo_is_there(const struct fifo *f)
{
	struct stat st;

	return f->path != NULL && lstat(f->path, &st) == 0 &&
	       st.st_dev == f->dev && st.st_ino == f->ino;
}

void
fifo_close(struct fifo *f)
{
	if (f->path == NULL)
		return;
	/* Gone before its readers see the end, so that they do not wait for
	 * another life of it. */
	if (f->is_made && fifo_is_there(f))
		(void)unlink(f->path);
	(void)close(f->fd); /* a pipe: nothing is left to fail */
	free(f->path);
	*f = FIFO_INIT;
}

bool
fifo_write(struct fifo *f, const char *line, size_t len, monotime_t now)
{
	uint32_t missed;

	if (f->path == NULL)
		return false;
	/* Up to PIPE_BUF bytes go as one, or not at all (POSIX). */
	if (len <= PIPE_BUF && write(f->fd, line, len) == (ssize_t)len) {
		f->written++;
		return true;
	}
	f->dropped++;
	if (log_limit_ok(&f->drop_limit, now, &missed))
		log_warn("FIFO %s is full, nobody reads it: %llu lines "
			 "dropped so far",
			 f->path, (unsigned long long)f->dropped);
	return false;
}

size_t
fifo_unread(const struct fifo *f)
{
	int n = 0;

	return f->path != NULL && ioctl(f->fd, FIONREAD, &n) == 0 ? (size_t)n
								  : 0;
}
