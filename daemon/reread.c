/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Reading the configuration again; see reread.h.  The marker file tells
 * whoever writes the configuration that now is not the time.
 */
#include "daemon/reread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf_global.h"
#include "daemon/conf_save.h"
#include "daemon/conftest.h"
#include "daemon/super.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"

/* reload_file, or where it is when only the keyword stands; NULL: none. */
static char *
marker_path(const struct super *s, const struct daemon_conf *c)
{
	struct buf b = BUF_INIT;

	if (c->reload_file == NULL)
		return NULL;
	if (c->reload_file[0] != '\0')
		return xstrdup(c->reload_file);
	if (!s->setup.use_pid_dir)
		return xstrdup("/run/keepalived.reload");
	buf_printf(&b, "/run/keepalived/keepalived%s%s.reload",
		   c->instance != NULL ? "_" : "",
		   c->instance != NULL ? c->instance : "");
	return b.data;
}

static void
marker_make(const char *path)
{
	CLEANUP_FD int fd = -1;

	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		  0644);
	if (fd < 0)
		log_warn("reload_file %s: %s", path, strerror(errno));
}

/* reload_check_config: as -t, which is stricter than a running daemon. */
static const char *
check(const struct super *s, const struct daemon_conf *c)
{
	struct conftest t = {
		.path = s->conf_file,
		.opts = confio_opts(s->opt),
		.out = c->reload_check_config,
	};

	if (c->reload_check_config == NULL || conftest_run(&t) == 0)
		return NULL;
	return "it does not pass the configuration test "
	       "(reload_check_config)";
}

struct confio_file
reread(struct super *s, const char **objection)
{
	const struct daemon_conf *c = daemon_conf_get(s->conf);
	CLEANUP_FREE char *marker = marker_path(s, c);
	struct confio_file f;

	marker_make(marker);
	*objection = check(s, c);
	f = confio_read(s->conf_file, s->opt);
	if (f.conf != NULL)
		conf_save(f.conf, &s->n_saved);
	if (marker != NULL)
		(void)unlink(marker); /* somebody may have been faster */
	return f;
}
