/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Running one script; see exec.h.
 *
 * With enable_script_security a script that would run as root is walked to,
 * directory by directory, through descriptors: if anybody but root could
 * replace it or something on the way, it does not run.  As then nobody but
 * root can swap the file between check and exec, it is executed by its path,
 * so that a script's $0 is what its author expects.
 */
#include "daemon/exec.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"
#include "parser/script.h"

#define DEFAULT_PATH                                                           \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define SHELL	 "/bin/sh"
#define FIRST_FD (STDERR_FILENO + 1)

/* Who the script runs as. */
struct who {
	uid_t uid;
	gid_t gid;
	bool is_supplementary;
	char name[64]; /* for initgroups(); "" none */
};

/* ---- the user ---- */

static int
look_up(const char *user, const char *group, const struct exec_rules *rules,
	struct who *w)
{
	int r = script_user_find(user, group, &w->uid, &w->gid);

	if (r < 0)
		return r;
	w->is_supplementary =
		rules->is_supplementary || (group != NULL && group[0] == ':');
	(void)strlcpy(w->name, user, sizeof(w->name));
	return 0;
}

static int
choose_user(const struct exec_job *job, const struct exec_rules *rules,
	    struct who *w, char *reason)
{
	const char *user = job->user != NULL ? job->user : rules->user;
	const char *group = job->user != NULL ? job->group : rules->group;

	*w = (struct who){.uid = geteuid(), .gid = getegid()};
	if (user != NULL) {
		if (look_up(user, group, rules, w) == 0)
			return 0;
		(void)snprintf(reason, EXEC_REASON_LEN, "no user '%s'", user);
		return -ENOENT;
	}
	if (look_up(EXEC_DEFAULT_USER, NULL, rules, w) == 0 ||
	    !rules->is_secure)
		return 0;
	(void)snprintf(reason, EXEC_REASON_LEN,
		       "no user '%s', and script security does not let it run "
		       "as root",
		       EXEC_DEFAULT_USER);
	return -EPERM;
}

/* ---- the file ---- */

/* The absolute path of a command, by $PATH if it has no slash. */
static int
find_command(const char *command, char path[static PATH_MAX])
{
	const char *dirs = getenv("PATH");

	if (strchr(command, '/') != NULL)
		return strlcpy(path, command, PATH_MAX) < PATH_MAX
			       ? 0
			       : -ENAMETOOLONG;
	if (dirs == NULL)
		dirs = DEFAULT_PATH;
	while (*dirs != '\0') {
		size_t len = strcspn(dirs, ":");
		int n = snprintf(path, PATH_MAX, "%.*s/%s", (int)len, dirs,
				 command);

		if (len > 0 && n > 0 && n < PATH_MAX && access(path, X_OK) == 0)
			return 0;
		dirs += len + (dirs[len] == ':');
	}
	return -ENOENT;
}

/* Can anybody but root change what this descriptor is?  Sticky directories
 * let others add, but not replace. */
static bool
is_roots_own(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_uid != 0)
		return false;
	if (S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX))
		return true;
	return !(st.st_mode & S_IWOTH) &&
	       (!(st.st_mode & S_IWGRP) || st.st_gid == 0);
}

/* Walks from the root to a path without links; -EPERM if somebody else owns
 * or can write a part of it. */
static int
check_way(const char *real)
{
	CLEANUP_FD int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char part[NAME_MAX + 1];

	for (const char *p = real; at >= 0 && *p != '\0';) {
		size_t len;
		int next;

		if (!is_roots_own(at))
			return -EPERM;
		p += strspn(p, "/");
		len = strcspn(p, "/");
		if (len == 0)
			break;
		if (len >= sizeof(part))
			return -ENAMETOOLONG;
		memcpy(part, p, len);
		part[len] = '\0';
		next = openat(at, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		(void)close(at); /* only a place */
		at = next;
		p += len;
	}
	if (at < 0)
		return -errno;
	return is_roots_own(at) ? 0 : -EPERM;
}

/* May this file run?  Unless links are wanted, path becomes what they lead
 * to. */
static int
check_file(char path[static PATH_MAX], const struct who *w,
	   const struct exec_rules *rules, char *reason)
{
	char real[PATH_MAX];
	struct stat st;
	int r;

	if (realpath(path, real) == NULL || stat(real, &st) < 0) {
		r = -errno;
		(void)snprintf(reason, EXEC_REASON_LEN, "%s", strerror(-r));
		return r;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		(void)snprintf(reason, EXEC_REASON_LEN,
			       "not an executable file");
		return -EACCES;
	}
	if (!rules->is_by_symlink)
		memcpy(path, real, sizeof(real));
	if (!rules->is_secure || w->uid != 0)
		return 0;
	r = check_way(real);
	if (r < 0)
		(void)snprintf(
			reason, EXEC_REASON_LEN,
			r == -EPERM ? "runs as root, but others can change it"
				    : "%s",
			strerror(-r));
	return r;
}

/* The file that is to run, or to be opened. */
static int
find_file(char path[static PATH_MAX], const struct exec_job *job,
	  const struct who *w, const struct exec_rules *rules, char *reason)
{
	int r;

	if (job->is_open_test)
		r = strlcpy(path, job->argv[0], PATH_MAX) < PATH_MAX
			    ? 0
			    : -ENAMETOOLONG;
	else
		r = find_command(job->argv[0], path);
	if (r < 0) {
		(void)snprintf(reason, EXEC_REASON_LEN, "%s", strerror(-r));
		return r;
	}
	return job->is_open_test ? 0 : check_file(path, w, rules, reason);
}

/* ---- in the child ---- */

static void
become(const struct who *w)
{
	if (geteuid() != 0)
		return;
	if (w->is_supplementary && w->name[0] != '\0') {
		if (initgroups(w->name, w->gid) < 0)
			_exit(126);
	} else if (setgroups(0, NULL) < 0) {
		_exit(126);
	}
	if (setresgid(w->gid, w->gid, w->gid) < 0 ||
	    setresuid(w->uid, w->uid, w->uid) < 0)
		_exit(126);
}

/* keep, if any, becomes the first descriptor after the standard ones. */
static void
clean_up(int in, int out, int keep)
{
	static const char *const unwanted[] = {"LD_PRELOAD", "LD_LIBRARY_PATH",
					       "IFS"};
	struct sched_param sp = {0};
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	(void)setpgid(0, 0); /* a fresh child can */
	(void)dup2(in >= 0 ? in : null, STDIN_FILENO);
	(void)dup2(out >= 0 ? out : null, STDOUT_FILENO);
	(void)dup2(null, STDERR_FILENO);
	if (keep >= 0)
		(void)dup2(keep, FIRST_FD);
	(void)close_range(keep >= 0 ? FIRST_FD + 1 : FIRST_FD, ~0U, 0);
	for (size_t i = 0; i < ARRAY_LEN(unwanted); i++)
		(void)unsetenv(unwanted[i]);
	/* Plain scheduling, whatever the daemon has. */
	(void)sched_setscheduler(0, SCHED_OTHER, &sp);
	(void)setpriority(PRIO_PROCESS, 0, 0);
	for (int i = 1; i < _NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What a child is to become. */
struct child {
	void (*run)(const struct child *c); /* does not return */
	const char *path;
	const struct exec_job *job;
	const struct exec_helper *helper;
	int program; /* of a helper: it need not be able to find itself */
	const struct who *who;
	pid_t parent;
};

/* After the change of user, which forgets it. */
static void
end_with_parent(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
}

static void
run_script(const struct child *c)
{
	const struct exec_job *job = c->job;
	const char *shell[64] = {SHELL, c->path};
	size_t n = 2;

	clean_up(-1, -1, -1);
	become(c->who);
	end_with_parent(c->parent);
	if (job->is_open_test)
		_exit(open(c->path, O_RDONLY | O_NONBLOCK) < 0);
	(void)execv(c->path, (char *const *)job->argv);
	if (errno != ENOEXEC)
		_exit(errno == ENOENT ? 127 : 126);
	/* Text without "#!": as the shell would. */
	for (size_t i = 1; job->argv[i] != NULL && n + 1 < ARRAY_LEN(shell);
	     i++)
		shell[n++] = job->argv[i];
	(void)execv(SHELL, (char *const *)shell);
	_exit(127);
}

static void
run_helper(const struct child *c)
{
	const struct exec_helper *h = c->helper;
	char *const argv[] = {(char *)(uintptr_t)h->name, NULL};
	char *const env[] = {(char *)(uintptr_t) "LC_ALL=C", NULL};

	clean_up(h->in, h->out, c->program);
	become(c->who);
	end_with_parent(c->parent);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(126);
	(void)fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC);
	(void)execveat(FIRST_FD, "", argv, env, AT_EMPTY_PATH);
	_exit(127);
}

/* Forks into a process group of its own. */
static pid_t
fork_group(struct child *c, char *reason)
{
	sigset_t all, before;
	pid_t pid;
	int r;

	c->parent = getpid();
	/* No handler of ours may run in the child. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	r = -errno;
	if (pid == 0)
		c->run(c);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0) {
		(void)snprintf(reason, EXEC_REASON_LEN, "%s", strerror(-r));
		return r;
	}
	(void)setpgid(pid, pid); /* whichever of us comes first */
	return pid;
}

pid_t
exec_start(const struct exec_job *job, const struct exec_rules *rules,
	   char reason[static EXEC_REASON_LEN])
{
	char path[PATH_MAX];
	struct who w;
	int r = choose_user(job, rules, &w, reason);

	if (r < 0)
		return r;
	r = find_file(path, job, &w, rules, reason);
	if (r < 0)
		return r;
	return fork_group(
		&(struct child){
			.run = run_script, .path = path, .job = job, .who = &w},
		reason);
}

/* Beside this very program (a build tree), else where it is installed. */
static void
find_helper(const char *name, char path[static PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 64);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL) {
		(void)snprintf(slash + 1, 64, "%s", name);
		if (access(path, X_OK) == 0)
			return;
	}
	(void)snprintf(path, PATH_MAX, "%s/%s", EXEC_LIBEXECDIR, name);
}

pid_t
exec_helper_start(const struct exec_helper *h,
		  char reason[static EXEC_REASON_LEN])
{
	struct who w = {.uid = h->uid, .gid = h->gid};
	CLEANUP_FD int program = -1;
	char path[PATH_MAX];

	find_helper(h->name, path);
	program = open(path, O_PATH | O_CLOEXEC);
	if (program < 0) {
		int r = -errno;

		(void)snprintf(reason, EXEC_REASON_LEN, "%.200s: %s", path,
			       strerror(-r));
		return r;
	}
	return fork_group(&(struct child){.run = run_helper,
					  .helper = h,
					  .program = program,
					  .who = &w},
			  reason);
}

void
exec_kill(pid_t pid, int signo)
{
	if (kill(-pid, signo) < 0)
		(void)kill(pid, signo); /* no group yet, or gone */
}
