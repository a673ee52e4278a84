/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Memory that outlives the check process; see journal.h. */
#include "daemon/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/journal.h"
#include "daemon/super.h"
#include "lib/log.h"
#include "lib/util.h"

/* Its size is fixed for good: a process that has it mapped cannot have it cut
 * away, and cannot fill our memory. */
static int
make(void)
{
	CLEANUP_FD int fd = memfd_create("duumvir.journal",
					 MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)JOURNAL_BYTES) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) <
		    0)
		return -errno;
	return TAKE_FD(fd);
}

void
journal_give(struct engine *e)
{
	if (e->row->id != PROC_CHECK)
		return;
	if (e->journal_fd < 0)
		e->journal_fd = make();
	if (e->journal_fd < 0) {
		log_warn("no memory for the journal of the %s process: %s",
			 e->row->label, strerror(-e->journal_fd));
		e->journal_fd = -1;
		return;
	}
	imsg_send(e->im, MSG_JOURNAL, &(struct msg_empty){0}, e->journal_fd);
}

void
journal_forget(struct engine *e)
{
	util_close_p(&e->journal_fd);
	e->journal_fd = -1;
}
