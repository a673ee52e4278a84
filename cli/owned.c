/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a running duumvir keeps; see owned.h. */
#include "cli/owned.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipvs/table.h"
#include "lib/util.h"

enum {
	SERVICES_MAX = 1 << 20,
	LINE_LENGTH = 128,
	FILES_MAX = 1024,
	WARNINGS = 10, /* of one run */
};

struct entry {
	char name[LINE_LENGTH];
	long pid; /* who keeps it */
};

struct owned {
	struct entry *entry; /* sorted by name */
	size_t n, room;
	unsigned warned;
	char last[LINE_LENGTH]; /* warned about */
};

static int
by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Is that process alive, and one of ours?  Its title may be anything
 * (process_name), and its file may have been replaced since. */
static bool
is_duumvir(long pid)
{
	char path[64], exe[PATH_MAX];
	const char *base;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n < 0)
		return false;
	exe[n] = '\0';
	base = strrchr(exe, '/');
	base = base != NULL ? base + 1 : exe;
	return strncmp(base, "duumvir", strlen("duumvir")) == 0 ||
	       strncmp(base, "keepalived", strlen("keepalived")) == 0;
}

static bool
is_our_netns(unsigned long inode)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) == 0 &&
	       (unsigned long)st.st_ino == inode;
}

static void
add(struct owned *w, const char *name, long pid)
{
	if (w->n == w->room) {
		w->room = w->room == 0 ? 64 : 2 * w->room;
		w->entry = xrealloc(w->entry, w->room * sizeof(*w->entry));
	}
	w->entry[w->n].pid = pid;
	str_fill(w->entry[w->n++].name, LINE_LENGTH, name);
}

static void
load_file(struct owned *w, int dir, const char *name)
{
	char line[LINE_LENGTH];
	unsigned long inode = 0;
	long pid = 0;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (f == NULL) {
		util_close_p(&fd);
		return;
	}
	if (fgets(line, sizeof(line), f) != NULL &&
	    sscanf(line, "pid %ld netns %lu", &pid, &inode) == 2 &&
	    is_duumvir(pid) && is_our_netns(inode)) {
		while (w->n < SERVICES_MAX &&
		       fgets(line, sizeof(line), f) != NULL) {
			line[strcspn(line, "\n")] = '\0';
			add(w, line, pid);
		}
	}
	(void)fclose(f); /* read only */
}

static bool
is_published(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && strcmp(dot, ".services") == 0;
}

struct owned *
owned_load(const char *path)
{
	struct owned *w = xcalloc(1, sizeof(*w));
	DIR *d = opendir(path);
	struct dirent *e;

	for (int i = 0; d != NULL && i < FILES_MAX && (e = readdir(d)) != NULL;
	     i++)
		if (is_published(e->d_name))
			load_file(w, dirfd(d), e->d_name);
	if (d != NULL)
		(void)closedir(d); /* read only */
	if (w->n > 0)
		qsort(w->entry, w->n, sizeof(*w->entry), by_name);
	return w;
}

void
owned_free(struct owned *w)
{
	if (w == NULL)
		return;
	free(w->entry);
	free(w);
}

static bool
is_change(enum ipvsadm_cmd cmd)
{
	return cmd <= IPA_DELETE_SERVER;
}

static void
warn_of(struct owned *w, const char *what, long pid)
{
	if (w->warned++ >= WARNINGS || strcmp(w->last, what) == 0)
		return;
	str_fill(w->last, sizeof(w->last), what);
	(void)fprintf(stderr,
		      "duumvir-ipvsadm: the running duumvir (pid %ld) keeps %s "
		      "as its configuration says: change that, and see "
		      "'duumvir --plan' first\n",
		      pid, what);
}

void
owned_look(void *arg, const struct ipvsadm_order *o)
{
	struct owned *w = arg;
	struct entry key = {.pid = 0};
	const struct entry *found;

	if (w->n == 0 || !is_change(o->cmd))
		return;
	if (o->cmd == IPA_CLEAR) {
		warn_of(w, "services of this table", w->entry[0].pid);
		return;
	}
	(void)ipvs_svc_name(&o->svc.key, key.name);
	found = bsearch(&key, w->entry, w->n, sizeof(*w->entry), by_name);
	if (found != NULL)
		warn_of(w, key.name, found->pid);
}
