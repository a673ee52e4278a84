/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The program: reads the command line and does what it asks for.  The daemon
 * itself is supervisor.c.
 */
#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/genhash.h"
#include "daemon/inspect.h"
#include "daemon/options.h"
#include "daemon/realserver.h"
#include "daemon/supervisor.h"
#include "lib/buf.h"
#include "lib/util.h"

/* The pipe to the parent that waits for us; arg is the descriptor. */
static void
tell_ready(void *arg)
{
	int *fd = arg;
	int null;

	if (*fd < 0)
		return;
	/* The parent may have been killed: we run on. */
	(void)!write(*fd, "", 1);
	(void)close(*fd);
	*fd = -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int i = 0; null >= 0 && i <= STDERR_FILENO; i++)
		(void)dup2(null, i);
	if (null > STDERR_FILENO)
		(void)close(null);
}

/* The parent: its exit says whether the daemon came up, and if not, why. */
static int
await_daemon(pid_t pid, int fd)
{
	char byte;
	int status = 0;
	ssize_t n;

	while ((n = read(fd, &byte, 1)) < 0 && errno == EINTR)
		continue;
	if (n == 1)
		return 0;
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

static int
run_daemon(const struct options *o)
{
	int fd[2], none = -1;
	pid_t pid;

	/* What a careless parent left open is not for us. */
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	if (o->foreground)
		return supervisor_run(o, tell_ready, &none);
	if (pipe2(fd, O_CLOEXEC) < 0) {
		(void)fprintf(stderr, "duumvir: %s\n", strerror(errno));
		return 1;
	}
	pid = fork();
	if (pid < 0) {
		(void)fprintf(stderr, "duumvir: %s\n", strerror(errno));
		return 1;
	}
	if (pid > 0) {
		(void)close(fd[1]);
		return await_daemon(pid, fd[0]);
	}
	(void)close(fd[0]);
	(void)setsid(); /* a fresh child can */
	return supervisor_run(o, tell_ready, &fd[1]);
}

int
main(int argc, char **argv, char **envp)
{
	struct buf out = BUF_INIT, err = BUF_INIT;
	struct options o;
	int status = 0;

	if (genhash_is_wanted(argc, argv))
		return genhash_run(argc, argv);
	setproctitle_init(argc, argv, envp);
	options_parse(argc, argv, &o, &out, &err, &status);
	(void)fputs(buf_str(&out), stdout);
	(void)fputs(buf_str(&err), stderr);
	(void)fflush(stdout);
	buf_fini(&out);
	buf_fini(&err);
	if (o.mode == MODE_EXIT)
		return status;
	if (o.mode == MODE_RUN && o.realserver && o.only_check)
		return realserver_check(&o);
	return o.mode == MODE_RUN ? run_daemon(&o) : inspect_run(&o);
}
