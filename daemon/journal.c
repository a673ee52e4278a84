/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Memory that outlives a process; see journal.h. */
#include "daemon/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/journal.h"
#include "daemon/super.h"
#include "ipvs/owned.h"
#include "lib/log.h"
#include "lib/util.h"

/* Of the file of what the ipvs process owns, beside the pid file. */
#define OWNED_SUFFIX ".ipvs"

/* Its size is fixed for good: a process that has it mapped cannot have it cut
 * away, and cannot fill our memory. */
static int
make_memory(const char *name, size_t size)
{
	CLEANUP_FD int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) <
		    0)
		return -errno;
	return TAKE_FD(fd);
}

/* A file of ours, nobody else's, of the right size. */
static int
open_file(const struct super *s)
{
	/* The pid file's lock says that nobody else uses it. */
	CLEANUP_FREE char *path = pidfile_beside(&s->pidfile, OWNED_SUFFIX);
	CLEANUP_FD int fd = -1;
	struct stat st;

	if (path == NULL)
		return -ENOENT;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		  0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		return -EPERM;
	if (st.st_size != (off_t)OWNED_BYTES &&
	    (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)OWNED_BYTES) < 0))
		return -errno;
	return TAKE_FD(fd);
}

/* What the ipvs process owns outlives us, too, if there is a place for it. */
static int
make_owned(const struct super *s)
{
	int fd = open_file(s);

	if (fd >= 0)
		return fd;
	log_warn("no file beside the pid file for the virtual services that "
		 "are ours: %s; should everything be killed, they stay",
		 strerror(-fd));
	return make_memory("duumvir.owned", OWNED_BYTES);
}

void
journal_give(struct engine *e)
{
	bool is_check = e->row->id == PROC_CHECK;

	if (!is_check && e->row->id != PROC_IPVS)
		return;
	if (e->journal_fd < 0)
		e->journal_fd =
			is_check ? make_memory("duumvir.journal", JOURNAL_BYTES)
				 : make_owned(e->s);
	if (e->journal_fd < 0) {
		log_warn("no memory for the journal of the %s process: %s",
			 e->row->label, strerror(-e->journal_fd));
		e->journal_fd = -1;
		return;
	}
	imsg_send(e->im, is_check ? MSG_JOURNAL : MSG_OWNED,
		  &(struct msg_empty){0}, e->journal_fd);
}

void
journal_leave(struct engine *e)
{
	util_close_p(&e->journal_fd);
	e->journal_fd = -1;
}

void
journal_forget(struct engine *e)
{
	CLEANUP_FREE char *path = NULL;

	if (e->journal_fd >= 0 && e->row->id == PROC_IPVS)
		path = pidfile_beside(&e->s->pidfile, OWNED_SUFFIX);
	if (path != NULL)
		(void)unlink(path); /* it may never have been there */
	journal_leave(e);
}
