/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a running duumvir keeps; see owned.h. */
#include "cli/owned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ipvs/table.h"
#include "lib/util.h"

enum {
	SERVICES_MAX = 1 << 20,
	LINE_LENGTH = 128,
	COMM_LENGTH = 32,
	WARNINGS = 10, /* of one run */
};

struct owned {
	char (*name)[LINE_LENGTH]; /* sorted */
	size_t n, room;
	long pid;
	unsigned warned;
	char last[LINE_LENGTH]; /* warned about */
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Is that process alive, and one of ours? */
static bool
is_duumvir(long pid)
{
	char path[64], comm[COMM_LENGTH] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	if (fgets(comm, sizeof(comm), f) == NULL)
		comm[0] = '\0';
	(void)fclose(f); /* read only */
	comm[strcspn(comm, "\n")] = '\0';
	return strcmp(comm, "duumvir") == 0 || strcmp(comm, "keepalived") == 0;
}

static bool
is_our_netns(unsigned long inode)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) == 0 &&
	       (unsigned long)st.st_ino == inode;
}

static void
add(struct owned *w, const char *name)
{
	if (w->n == w->room) {
		w->room = w->room == 0 ? 64 : 2 * w->room;
		w->name = xrealloc(w->name, w->room * sizeof(*w->name));
	}
	str_fill(w->name[w->n++], LINE_LENGTH, name);
}

struct owned *
owned_load(const char *path)
{
	struct owned *w = xcalloc(1, sizeof(*w));
	char line[LINE_LENGTH];
	unsigned long inode = 0;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return w;
	if (fgets(line, sizeof(line), f) != NULL &&
	    sscanf(line, "pid %ld netns %lu", &w->pid, &inode) == 2 &&
	    is_duumvir(w->pid) && is_our_netns(inode)) {
		while (w->n < SERVICES_MAX &&
		       fgets(line, sizeof(line), f) != NULL) {
			line[strcspn(line, "\n")] = '\0';
			add(w, line);
		}
	}
	(void)fclose(f); /* read only */
	if (w->n > 0)
		qsort(w->name, w->n, sizeof(*w->name), by_name);
	return w;
}

void
owned_free(struct owned *w)
{
	if (w == NULL)
		return;
	free(w->name);
	free(w);
}

static bool
is_change(enum ipvsadm_cmd cmd)
{
	return cmd <= IPA_DELETE_SERVER;
}

static void
warn_of(struct owned *w, const char *what)
{
	if (w->warned++ >= WARNINGS || strcmp(w->last, what) == 0)
		return;
	str_fill(w->last, sizeof(w->last), what);
	(void)fprintf(stderr,
		      "duumvir-ipvsadm: the running duumvir (pid %ld) keeps %s "
		      "as its configuration says: change that, and see "
		      "'duumvir --plan' first\n",
		      w->pid, what);
}

void
owned_look(void *arg, const struct ipvsadm_order *o)
{
	struct owned *w = arg;
	char name[LINE_LENGTH] = "";

	if (w->n == 0 || !is_change(o->cmd))
		return;
	if (o->cmd == IPA_CLEAR) {
		warn_of(w, "services of this table");
		return;
	}
	(void)ipvs_svc_name(&o->svc.key, name);
	if (bsearch(name, w->name, w->n, sizeof(*w->name), by_name) != NULL)
		warn_of(w, name);
}
