/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Look-ups about scripts: file system and user data base.  Reads only; never
 * runs anything and never says anything.
 */
#include "parser/script.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where keepalived looks when $PATH is not set. */
#define DEFAULT_PATH                                                           \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define LOOKUP_SIZE 16384

static bool
is_writable_by_others(const struct stat *st)
{
	if (st->st_uid != 0)
		return true;
	if ((st->st_mode & S_IWGRP) && st->st_gid != 0)
		return true;
	return (st->st_mode & S_IWOTH) && !(st->st_mode & S_ISVTX);
}

/* The file and each directory above it belong to root alone. */
static bool
is_safe(const char *file)
{
	char path[PATH_MAX];
	if (realpath(file, path) == NULL)
		return false;
	for (;;) {
		struct stat st;
		if (stat(path, &st) < 0 || is_writable_by_others(&st))
			return false;
		char *slash = strrchr(path, '/');
		if (slash == NULL || strcmp(path, "/") == 0)
			return true;
		slash[slash == path] = '\0';
	}
}

static enum script_state
probe_file(const char *file, bool is_root_safe)
{
	struct stat st;
	if (stat(file, &st) < 0)
		return SCRIPT_NOT_FOUND;
	if (!(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		return SCRIPT_NOT_EXECUTABLE;
	if (is_root_safe && !is_safe(file))
		return SCRIPT_UNSAFE;
	return SCRIPT_OK;
}

enum script_state
script_probe(const char *command, bool is_root_safe)
{
	if (strchr(command, '/') != NULL)
		return probe_file(command, is_root_safe);
	const char *dirs = getenv("PATH");
	if (dirs == NULL || *dirs == '\0')
		dirs = DEFAULT_PATH;
	while (*dirs != '\0') {
		size_t len = strcspn(dirs, ":");
		char file[PATH_MAX];
		int n = snprintf(file, sizeof(file), "%.*s/%s", (int)len, dirs,
				 command);
		if (len > 0 && n > 0 && (size_t)n < sizeof(file)) {
			enum script_state s = probe_file(file, is_root_safe);
			if (s == SCRIPT_OK || s == SCRIPT_UNSAFE)
				return s;
		}
		dirs += len + (dirs[len] == ':');
	}
	return SCRIPT_NOT_FOUND;
}

static int
group_find(const char *name, gid_t *gid)
{
	char data[LOOKUP_SIZE];
	struct group gr, *found = NULL;
	if (getgrnam_r(name, &gr, data, sizeof(data), &found) != 0 ||
	    found == NULL)
		return -ENOENT;
	*gid = gr.gr_gid;
	return 0;
}

int
script_user_find(const char *user, const char *group, uid_t *uid, gid_t *gid)
{
	char data[LOOKUP_SIZE];
	struct passwd pw, *found = NULL;
	if (getpwnam_r(user, &pw, data, sizeof(data), &found) != 0 ||
	    found == NULL)
		return -ENOENT;
	gid_t g = pw.pw_gid;
	if (group != NULL && *group == ':')
		group++;
	if (group != NULL && *group != '\0' && group_find(group, &g) < 0)
		return -ENOENT;
	*uid = pw.pw_uid;
	*gid = g;
	return 0;
}
