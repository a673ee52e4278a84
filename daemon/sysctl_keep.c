/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Setting sysctls and giving them back; see sysctl_keep.h.
 *
 * The file is written before a value is, so that a kill at any moment leaves
 * either both or a line that says what is not so (and is then ignored).  Its
 * first line names boot and namespace: elsewhere the numbers mean nothing.
 */
#include "daemon/sysctl_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/netns.h"
#include "daemon/sysctl_need.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/sysctl.h"
#include "lib/util.h"

#define BOOT_ID	 "/proc/sys/kernel/random/boot_id"
#define OWN_NET	 "/proc/self/ns/net"
#define MARK	 "duumvir-sysctl-1"
#define KEPT_MAX 256 /* in the file, and set at all */
#define WORD_LEN 64

/* Set by us. */
struct kept {
	char path[SYSCTL_PATH_LEN];
	int32_t was, set;
};

/* Told, so that it is not told again. */
struct told {
	char path[SYSCTL_PATH_LEN];
	int32_t have;
};

struct sysctl_keep {
	char *state_path;
	char *netns;  /* NULL: here */
	int home;     /* where we are when we are elsewhere, or -1 */
	bool is_lost; /* there is no such namespace: said */
	struct kept *kept;
	size_t n_kept, room_kept;
	struct told *told;
	size_t n_told, room_told;
	bool is_full; /* said */
};

#define NAME_LEN (SYSCTL_PATH_LEN + 8)
#define WHY_LEN	 400

/* ---- the namespace ---- */

static int
join(const struct sysctl_keep *k)
{
	return k->netns != NULL ? netns_join(k->netns) : 0;
}

bool
sysctl_keep_enter(struct sysctl_keep *k)
{
	int r = 0;

	if (k->netns == NULL)
		return true;
	k->home = open(OWN_NET, O_RDONLY | O_CLOEXEC);
	r = k->home < 0 ? -errno : join(k);
	if (r == 0) {
		k->is_lost = false;
		return true;
	}
	if (!k->is_lost)
		log_warn("sysctl: network namespace '%s': %s", k->netns,
			 strerror(-r));
	k->is_lost = true;
	util_close_p(&k->home);
	k->home = -1;
	return false;
}

void
sysctl_keep_leave(struct sysctl_keep *k)
{
	if (k->home < 0)
		return;
	/* All else that this process does would be in the wrong place. */
	if (setns(k->home, CLONE_NEWNET) < 0)
		fatal("back to our network namespace: %s", strerror(errno));
	util_close_p(&k->home);
	k->home = -1;
}

/* ---- the file ---- */

static void
read_word(const char *path, char *word, size_t size)
{
	FILE *f = fopen(path, "re");

	word[0] = '\0';
	if (f != NULL && fgets(word, (int)size, f) != NULL)
		word[strcspn(word, "\n")] = '\0';
	if (f != NULL)
		(void)fclose(f); /* only read */
}

/* Boot and namespace (entered) in which the numbers mean something. */
static void
print_head(char *head, size_t size)
{
	char boot[WORD_LEN];
	struct stat st = {0};

	read_word(BOOT_ID, boot, sizeof(boot));
	(void)stat(OWN_NET, &st); /* else 0, which is no namespace */
	(void)snprintf(head, size, "%s %s %llu", MARK, boot,
		       (unsigned long long)st.st_ino);
}

static int
write_whole(const char *path, const struct buf *text)
{
	struct buf tmp = BUF_INIT;
	int r = 0;

	buf_printf(&tmp, "%s.new", path);
	(void)unlink(tmp.data); /* of one that was killed */
	CLEANUP_FD int fd =
		open(tmp.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text->data, text->len) != (ssize_t)text->len ||
	    rename(tmp.data, path) < 0)
		r = errno != 0 ? -errno : -EIO;
	buf_fini(&tmp);
	return r;
}

/* In the namespace. */
static void
save(const struct sysctl_keep *k)
{
	struct buf text = BUF_INIT;
	char head[WORD_LEN * 3];
	int r;

	if (k->n_kept == 0) {
		(void)unlink(k->state_path); /* there may be none */
		return;
	}
	print_head(head, sizeof(head));
	buf_printf(&text, "%s\n", head);
	for (size_t i = 0; i < k->n_kept; i++)
		buf_printf(&text, "%s %d %d\n", k->kept[i].path, k->kept[i].was,
			   k->kept[i].set);
	r = write_whole(k->state_path, &text);
	if (r < 0)
		log_warn("%s: %s: sysctls would not be given back after a "
			 "kill",
			 k->state_path, strerror(-r));
	buf_fini(&text);
}

static struct kept *
find_kept(const struct sysctl_keep *k, const char *path)
{
	for (size_t i = 0; i < k->n_kept; i++)
		if (strcmp(k->kept[i].path, path) == 0)
			return &k->kept[i];
	return NULL;
}

static bool
add_kept(struct sysctl_keep *k, const struct kept *one)
{
	struct kept *old = find_kept(k, one->path);

	if (old != NULL) {
		*old = *one;
		return true;
	}
	if (k->n_kept >= KEPT_MAX)
		return false;
	if (k->n_kept == k->room_kept) {
		k->room_kept = k->room_kept * 2 + 8;
		k->kept = xrealloc(k->kept, k->room_kept * sizeof(*k->kept));
	}
	k->kept[k->n_kept++] = *one;
	return true;
}

static void
del_kept(struct sysctl_keep *k, const char *path)
{
	struct kept *one = find_kept(k, path);

	if (one == NULL)
		return;
	*one = k->kept[--k->n_kept];
	save(k);
}

static bool
is_plain_path(const char *path)
{
	return path[0] != '/' && strstr(path, "..") == NULL;
}

/* Only what still stands as it was set is ours. */
static void
load_line(struct sysctl_keep *k, const char *line)
{
	struct kept one = {.was = 0};
	int32_t have;

	_Static_assert(SYSCTL_PATH_LEN == 64, "the format below");
	if (sscanf(line, "%63s %d %d", one.path, &one.was, &one.set) != 3 ||
	    !is_plain_path(one.path) || sysctl_get(one.path, "", &have) < 0 ||
	    have != one.set)
		return;
	(void)add_kept(k, &one); /* a longer file is not ours */
}

static void
load(struct sysctl_keep *k)
{
	char line[SYSCTL_PATH_LEN * 3], head[WORD_LEN * 3];
	int fd = open(k->state_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (f == NULL) {
		util_close_p(&fd);
		return;
	}
	print_head(head, sizeof(head));
	if (fgets(line, sizeof(line), f) != NULL)
		line[strcspn(line, "\n")] = '\0';
	else
		line[0] = '\0';
	if (strcmp(line, head) == 0)
		for (int i = 0;
		     i < KEPT_MAX && fgets(line, sizeof(line), f) != NULL; i++)
			load_line(k, line);
	(void)fclose(f); /* only read */
	if (k->n_kept > 0)
		log_info("sysctl: %zu were set by an earlier run", k->n_kept);
}

/* ---- setting ---- */

static bool
is_told(struct sysctl_keep *k, const char *path, int32_t have)
{
	for (size_t i = 0; i < k->n_told; i++)
		if (strcmp(k->told[i].path, path) == 0) {
			bool is_same = k->told[i].have == have;

			k->told[i].have = have;
			return is_same;
		}
	if (k->n_told == k->room_told) {
		k->room_told = k->room_told * 2 + 8;
		k->told = xrealloc(k->told, k->room_told * sizeof(*k->told));
	}
	str_fill(k->told[k->n_told].path, SYSCTL_PATH_LEN, path);
	k->told[k->n_told++].have = have;
	return false;
}

static void
untell(struct sysctl_keep *k, const char *path)
{
	for (size_t i = 0; i < k->n_told; i++)
		if (strcmp(k->told[i].path, path) == 0) {
			k->told[i] = k->told[--k->n_told];
			return;
		}
}

static void
tell(struct sysctl_keep *k, const struct sysctl_need *n, int32_t have)
{
	char name[NAME_LEN], why[WHY_LEN];

	if (is_told(k, n->path, have))
		return;
	if (n->is_advice) {
		log_warn("sysctl %s is %d: %s",
			 sysctl_name(n->path, name, sizeof(name)), have,
			 sysctl_need_explain(n, why, sizeof(why)));
		return;
	}
	log_warn("sysctl %s is %d, needed is %d: %s; set it, or say "
		 "manage_sysctl in global_defs",
		 sysctl_name(n->path, name, sizeof(name)), have, n->value,
		 sysctl_need_explain(n, why, sizeof(why)));
}

static void
set(struct sysctl_keep *k, const struct sysctl_need *n, int32_t have)
{
	const struct kept *old = find_kept(k, n->path);
	struct kept one = {.was = have, .set = n->value};
	char name[NAME_LEN], why[WHY_LEN];
	int r;

	if (old != NULL && old->set == have)
		one.was = old->was; /* our own value is not what stood there */
	str_fill(one.path, sizeof(one.path), n->path);
	(void)sysctl_name(n->path, name, sizeof(name));
	(void)sysctl_need_explain(n, why, sizeof(why));
	if (!add_kept(k, &one)) {
		if (!k->is_full)
			log_err("sysctl: more than %d to be set", KEPT_MAX);
		k->is_full = true;
		tell(k, n, have);
		return;
	}
	save(k);
	r = sysctl_set(n->path, "", n->value);
	if (r == 0) {
		log_info("sysctl %s set to %d, was %d: %s", name, n->value,
			 have, why);
		return;
	}
	del_kept(k, n->path);
	if (!is_told(k, n->path, have))
		log_err("sysctl %s cannot be set to %d: %s: %s", name, n->value,
			strerror(-r), why);
}

static bool
check_one(struct sysctl_keep *k, const struct sysctl_need *n, bool may_set)
{
	int32_t have;

	if (sysctl_get(n->path, "", &have) < 0)
		return false;
	if (sysctl_need_is_met(n, have))
		untell(k, n->path);
	else if (may_set && !n->is_advice)
		set(k, n, have);
	else
		tell(k, n, have);
	return true;
}

size_t
sysctl_keep_check(struct sysctl_keep *k, const struct sysctl_needs *s,
		  bool may_set, bool is_news)
{
	size_t missing = 0;

	if (is_news)
		k->n_told = 0;
	if (s->n == 0 || !sysctl_keep_enter(k))
		return s->n;
	for (size_t i = 0; i < s->n; i++)
		missing += !check_one(k, &s->need[i], may_set);
	sysctl_keep_leave(k);
	return missing;
}

/* ---- giving back ---- */

static bool
is_needed(const struct sysctl_needs *s, const char *path)
{
	const struct sysctl_need *n =
		s != NULL ? sysctl_needs_find(s, path) : NULL;

	return n != NULL && !n->is_advice;
}

static void
give_back(const struct kept *one)
{
	char name[NAME_LEN];
	int32_t have;
	int r;

	if (sysctl_get(one->path, "", &have) < 0)
		return; /* gone, with its interface or module */
	(void)sysctl_name(one->path, name, sizeof(name));
	if (have != one->set) {
		log_info("sysctl %s is %d by somebody else's doing, left as "
			 "it is",
			 name, have);
		return;
	}
	r = sysctl_set(one->path, "", one->was);
	if (r < 0)
		log_err("sysctl %s cannot be set back to %d: %s", name,
			one->was, strerror(-r));
	else
		log_info("sysctl %s set back to %d", name, one->was);
}

void
sysctl_keep_settle(struct sysctl_keep *k, const struct sysctl_needs *s)
{
	size_t n = 0;

	if (k->n_kept == 0 || !sysctl_keep_enter(k))
		return;
	for (size_t i = 0; i < k->n_kept; i++)
		if (is_needed(s, k->kept[i].path))
			k->kept[n++] = k->kept[i];
		else
			give_back(&k->kept[i]);
	if (n != k->n_kept) {
		k->n_kept = n;
		save(k);
	}
	sysctl_keep_leave(k);
}

/* ---- life ---- */

struct sysctl_keep *
sysctl_keep_new(const char *state_path, const char *netns)
{
	struct sysctl_keep *k = xcalloc(1, sizeof(*k));

	k->state_path = xstrdup(state_path);
	k->netns = netns != NULL ? xstrdup(netns) : NULL;
	k->home = -1;
	if (sysctl_keep_enter(k)) {
		load(k);
		sysctl_keep_leave(k);
	}
	return k;
}

void
sysctl_keep_free(struct sysctl_keep *k)
{
	if (k == NULL)
		return;
	free(k->state_path);
	free(k->netns);
	free(k->kept);
	free(k->told);
	free(k);
}
