/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One named pipe that somebody may read.  Writing never waits: a line goes in
 * whole or not at all, and what did not fit is counted.
 */
#ifndef DUUMVIR_DAEMON_FIFO_H
#define DUUMVIR_DAEMON_FIFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/log.h"

struct fifo {
	char *path; /* NULL: not open */
	int fd;
	dev_t dev;
	ino_t ino;
	bool is_made; /* by us, so it is ours to remove */
	uint64_t written, dropped;
	struct log_limit drop_limit;
};

#define FIFO_INIT ((struct fifo){.fd = -1})

/*
 * Makes the pipe (owned by uid and gid; mode 0644 less the umask) or takes
 * one that is there, if it belongs to us or to uid.  0, or -errno:
 * -EEXIST it is no FIFO, -EPERM it is another's.
 */
int fifo_open(struct fifo *f, const char *path, uid_t uid, gid_t gid);
/* Closes; removes what we made. */
void fifo_close(struct fifo *f);
/* Does the path still lead to what we opened? */
bool fifo_is_there(const struct fifo *f);
/* One line of at most PIPE_BUF bytes; false if it was dropped. */
bool fifo_write(struct fifo *f, const char *line, size_t len, monotime_t now);
/* Bytes that nobody has read yet. */
size_t fifo_unread(const struct fifo *f);

#endif
