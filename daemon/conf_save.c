/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Copies of configurations; see conf_save.h. */
#include "daemon/conf_save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/conf_global.h"
#include "daemon/engines.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/print.h"
#include "parser/schema.h"

/* It has passwords in it, so nobody else may read it, and no link that
 * somebody has put there is followed. */
static int
write_file(const char *path, const struct buf *text)
{
	CLEANUP_FD int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		     0600);

	if (fd < 0)
		return -errno;
	for (size_t at = 0; at < text->len;) {
		ssize_t n = write(fd, text->data + at, text->len - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

void
conf_save(const struct conf *c, uint32_t *n)
{
	const char *dir = daemon_conf_get(c)->config_save_dir;
	struct buf path = BUF_INIT, text = BUF_INIT;
	int r = 0;

	if (dir == NULL)
		return;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		r = -errno;
	buf_printf(&path, "%s/keepalived.conf.%d.%u", dir, (int)getpid(),
		   (*n)++);
	if (r == 0) {
		conf_print_as(c, engines_modules, CONF_MASK_ALL,
			      CONF_SECRETS_WRITTEN, &text);
		r = write_file(path.data, &text);
	}
	if (r < 0)
		log_warn("config_save_dir: %s: %s", path.data, strerror(-r));
	buf_fini(&text);
	buf_fini(&path);
}
