/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Files for TLS; see tlsfile.h.  The check engine has no file system and is
 * never asked what it wants: it is given, read-only, what our own
 * configuration names, and nothing else.
 */
#include "daemon/tlsfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "check/conf.h"
#include "check/tls_files.h"
#include "check/tls_param.h"
#include "daemon/super.h"
#include "lib/log.h"
#include "lib/util.h"

struct sending {
	struct engine *e;
	uint64_t sent[TLS_FILES_MAX];
	size_t n;
	bool is_full;
};

/* A descriptor that can only be read, or -errno.  Nothing that blocks. */
static int
open_file(const char *path)
{
	CLEANUP_FD int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return st.st_size < TLS_FILE_MAX_BYTES ? TAKE_FD(fd) : -EFBIG;
}

static bool
was_sent(const struct sending *s, uint64_t id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->sent[i] == id)
			return true;
	return false;
}

static void
send_file(void *arg, const char *path)
{
	struct sending *s = arg;
	struct msg_tls_file m = {.id = tls_file_id(path)};
	CLEANUP_FD int fd = -1;

	if (s->is_full || was_sent(s, m.id))
		return;
	if (s->n == TLS_FILES_MAX) {
		log_warn("more than %d files for TLS checks: '%s' and what "
			 "follows is left out",
			 TLS_FILES_MAX, path);
		s->is_full = true;
		return;
	}
	s->sent[s->n++] = m.id;
	fd = open_file(path);
	if (fd >= 0) {
		imsg_send(s->e->im, MSG_TLS_FILE, &m, fd);
		return;
	}
	m.error = -fd;
	log_warn("TLS file '%s': %s", path, strerror(-fd));
	imsg_send(s->e->im, MSG_TLS_NO_FILE, &m, -1);
}

void
tlsfile_send(struct engine *e)
{
	struct sending s = {.e = e};

	if (e->row->id == PROC_CHECK && e->im != NULL && e->s->conf != NULL)
		tls_file_each(check_conf_get(e->s->conf), send_file, &s);
}
