/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Published services; see owned.h. */
#include "daemon/services_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "check/desired.h"
#include "daemon/conf_global.h"
#include "daemon/super.h"
#include "ipvs/table.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"

#define SERVICES_DIR "/run/duumvir"

enum { FILES_MAX = 1024 }; /* that are looked at */

/* Of the namespace whose table it is; 0: unknown. */
static unsigned long
netns_inode(const struct conf *c)
{
	const char *name = daemon_conf_get(c)->net_namespace_ipvs;
	char path[256] = "/proc/self/ns/net";
	struct stat st;

	if (name != NULL && *name == '\0')
		(void)snprintf(path, sizeof(path), "/proc/1/ns/net");
	else if (name != NULL)
		(void)snprintf(path, sizeof(path), "/run/netns/%s", name);
	return stat(path, &st) == 0 ? (unsigned long)st.st_ino : 0;
}

static void
add_services(struct buf *b, const struct check_conf *c)
{
	char name[IPVS_NAME_LEN];

	CONF_FOREACH (const struct virtual_server_conf, vs,
		      &c->virtual_server) {
		size_t n = desired_keys(c, vs, NULL, 0);
		CLEANUP_FREE struct msg_svc_key *key =
			xcalloc(n + 1, sizeof(*key));

		n = desired_keys(c, vs, key, n);
		for (size_t i = 0; i < n; i++) {
			buf_adds(b, ipvs_svc_name(&key[i], name));
			buf_addc(b, '\n');
		}
	}
}

/* The whole under another name, then the name. */
static int
write_file(const char *path, const struct buf *b)
{
	struct buf tmp = BUF_INIT;
	int fd, err = 0;

	buf_printf(&tmp, "%s.new", path);
	(void)unlink(buf_str(&tmp)); /* left by one that was killed */
	fd = open(buf_str(&tmp),
		  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		err = -errno;
		buf_fini(&tmp);
		return err;
	}
	if (write(fd, b->data, b->len) != (ssize_t)b->len)
		err = -EIO;
	else if (rename(buf_str(&tmp), path) < 0)
		err = -errno;
	if (err < 0)
		(void)unlink(buf_str(&tmp)); /* half a file is none */
	(void)close(fd);		     /* nobody waits for the disk */
	buf_fini(&tmp);
	return err;
}

static void
print_path(char *out, size_t size)
{
	(void)snprintf(out, size, SERVICES_DIR "/%ld.services", (long)getpid());
}

/* What those have left that were killed. */
static void
remove_stale(void)
{
	DIR *d = opendir(SERVICES_DIR);
	struct dirent *e;

	if (d == NULL)
		return;
	for (int i = 0; i < FILES_MAX && (e = readdir(d)) != NULL; i++) {
		long pid = 0;
		int end = 0;

		if (sscanf(e->d_name, "%ld.services%n", &pid, &end) == 1 &&
		    end > 0 && pid > 0 && kill((pid_t)pid, 0) < 0 &&
		    errno == ESRCH)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	}
	(void)closedir(d); /* only read */
}

void
services_file_write(const struct super *s)
{
	char path[64];
	struct buf b = BUF_INIT;
	int err;

	print_path(path, sizeof(path));
	remove_stale();
	if (s->conf == NULL ||
	    !engines_is_wanted(engines_find(PROC_IPVS), s->opt, s->conf)) {
		(void)unlink(path); /* there may be none */
		return;
	}
	buf_printf(&b, "pid %ld netns %lu\n", (long)getpid(),
		   netns_inode(s->conf));
	add_services(&b, check_conf_get(s->conf));
	err = mkdir(SERVICES_DIR, 0755) < 0 && errno != EEXIST
		      ? -errno
		      : write_file(path, &b);
	if (err < 0)
		log_warn("Cannot write %s: %s: duumvir-ipvsadm will not "
			 "warn of changes to our services",
			 path, strerror(-err));
	buf_fini(&b);
}

void
services_file_remove(void)
{
	char path[64];

	print_path(path, sizeof(path));
	(void)unlink(path); /* there may be none */
}
