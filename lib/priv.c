/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Giving up privilege; see priv.h.  Everything here is one way: nothing in
 * this file ever raises a privilege again.
 */
#include "lib/priv.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "lib/priv_calls.h"
#include "lib/util.h"

/* Landlock grew; what a kernel knows is asked for, a header may be older. */
#define LANDLOCK_SCOPE_BOTH UINT64_C(3) /* abstract sockets, signals */

struct landlock_ruleset {
	uint64_t fs, net, scoped;
};

/* Makes an empty directory that no longer has a name our root. */
static int
enter_empty_root(void)
{
	char run[] = "/run/duumvir.XXXXXX", tmp[] = "/tmp/duumvir.XXXXXX";
	char *path = mkdtemp(run);
	CLEANUP_FD int fd = -1;

	if (path == NULL)
		path = mkdtemp(tmp);
	if (path == NULL)
		return -errno;
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (rmdir(path) < 0 || fd < 0)
		return -errno;
	if (fchdir(fd) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* What we have at all: a container may have less than root. */
static uint64_t
caps_held(void)
{
	uint64_t held = 0;

	if (capng_get_caps_process() < 0)
		return 0;
	for (unsigned int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (capng_have_capability(CAPNG_PERMITTED, cap))
			held |= PRIV_CAP(cap);
	return held;
}

/* User, groups and capabilities in the one order that works. */
static int
change_identity(const struct priv_profile *p)
{
	uint64_t held = caps_held();

	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (p->caps & held & PRIV_CAP(cap))
			(void)capng_update(CAPNG_ADD,
					   CAPNG_EFFECTIVE | CAPNG_PERMITTED,
					   cap);
	if (p->uid == 0) {
		if (geteuid() != 0)
			return 0; /* nothing to give up */
		if (capng_apply(CAPNG_SELECT_ALL) < 0)
			return -EPERM;
		return 0;
	}
	if (capng_change_id((int)p->uid, (int)p->gid,
			    CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING |
				    CAPNG_CLEAR_AMBIENT) < 0)
		return -EPERM;
	return 0;
}

/* File system rights of a Landlock version. */
static uint64_t
landlock_rights(int version)
{
	static const int rights[] = {13, 14, 15, 15, 16}; /* of 1, 2, ... */
	int last = (int)ARRAY_LEN(rights);

	return (UINT64_C(1) << rights[(version < last ? version : last) - 1]) -
	       1;
}

/*
 * No file can be opened, whatever directory somebody might find a way to, no
 * abstract socket reached and nobody outside signalled.  A second wall behind
 * the empty root: a kernel without Landlock does without.
 */
static int
forbid_files(void)
{
	struct landlock_ruleset rules = {0};
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
				   LANDLOCK_CREATE_RULESET_VERSION);
	CLEANUP_FD int fd = -1;

	if (version < 1)
		return 0;
	rules.fs = landlock_rights(version);
	if (version >= 6)
		rules.scoped = LANDLOCK_SCOPE_BOTH;
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules),
			  0);
	if (fd < 0)
		return -errno;
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}

static int
limit_to(int resource, rlim_t most)
{
	struct rlimit l = {most, most};

	return setrlimit(resource, &l) < 0 ? -errno : 0;
}

/* Neither another process nor thread, nor a picture of what it knew. */
static int
set_limits(const struct priv_profile *p)
{
	int r = p->is_dumpable ? 0 : limit_to(RLIMIT_CORE, 0);

	if (r == 0 && prctl(PR_SET_DUMPABLE, p->is_dumpable, 0, 0, 0) < 0)
		r = -errno;
	if (r == 0 && p->calls != PRIV_CALLS_ALL && !WITH_SANITIZERS)
		r = limit_to(RLIMIT_NPROC, 0);
	return r;
}

int
priv_drop(const struct priv_profile *p, int parent_signal, pid_t parent,
	  const char **what)
{
	int r;

	*what = "empty root directory";
	if (!p->has_files && (r = enter_empty_root()) < 0)
		return r;
	*what = "user and capabilities";
	if ((r = change_identity(p)) < 0)
		return r;
	*what = "no_new_privs";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	*what = "limits";
	if ((r = set_limits(p)) < 0)
		return r;
	/* After the change of user, which forgets it. */
	*what = "parent death signal";
	if (prctl(PR_SET_PDEATHSIG, parent_signal, 0, 0, 0) < 0)
		return -errno;
	if (getppid() != parent)
		return -ESRCH;
	*what = "Landlock";
	if (!p->has_files && (r = forbid_files()) < 0)
		return r;
	*what = "system call filter";
	return priv_calls_filter(p->calls);
}
