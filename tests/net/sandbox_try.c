/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * sandbox_try [-w] DEED: enters the sandbox of the check process, the row of
 * daemon/engines.c by the same function, then does one thing that the process
 * must or must not be able to do, and prints "ok" or the error's name.
 *
 * -w: without the system call filter, to see that the other walls stand by
 * themselves.  Descriptor 3 is then a directory (/) opened before.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/engines.h"
#include "lib/priv.h"
#include "lib/util.h"

#define NOBODY	  65534
#define OUTER_DIR 3

static pid_t parent;

/* ---- deeds: 0 or more, or -1 and errno ---- */

static int
do_nothing(void)
{
	return 0;
}

static int
do_open(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static int
do_open_outer(void)
{
	return openat(OUTER_DIR, "etc/passwd", O_RDONLY);
}

static int
do_list(void)
{
	return open("/", O_RDONLY | O_DIRECTORY);
}

static int
do_create(void)
{
	return open("/x", O_CREAT | O_WRONLY, 0600);
}

static int
do_mkdir(void)
{
	return mkdir("/x", 0700);
}

static int
do_mkdir_outer(void)
{
	return mkdirat(OUTER_DIR, "tmp/sandbox_try.dir", 0700);
}

static int
do_chroot(void)
{
	return chroot(".");
}

static int
do_exec(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int
do_exec_outer(void)
{
	char *argv[] = {(char[]){"true"}, NULL};

	return execveat(OUTER_DIR, "bin/true", argv, argv + 1, 0);
}

static int
do_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static int
do_ptrace(void)
{
	return (int)ptrace(PTRACE_ATTACH, parent, 0, 0);
}

static int
do_kill(void)
{
	return kill(parent, 0);
}

static int
do_setuid(void)
{
	return setuid(0);
}

static int
do_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int
do_raw(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int
do_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static int
do_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
do_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		       ? -1
		       : 0;
}

static int
do_protect(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? 0 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int
tcp(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int
do_mark(void)
{
	int one = 1;

	return setsockopt(tcp(), SOL_SOCKET, SO_MARK, &one, sizeof(one));
}

static int
do_filter(void)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = {1, &code};

	return setsockopt(tcp(), SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static int
do_linger(void)
{
	struct linger l = {.l_onoff = 1, .l_linger = 0};

	return setsockopt(tcp(), SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

static int
do_listen(void)
{
	return listen(tcp(), 5);
}

static int
do_tcp6(void)
{
	return socket(AF_INET6, SOCK_STREAM, 0);
}

static int
do_udp(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
}

static int
do_connect(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(9),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};

	if (connect(tcp(), (struct sockaddr *)&in, sizeof(in)) < 0 &&
	    errno != EINPROGRESS && errno != ECONNREFUSED)
		return -1;
	return 0;
}

static int
do_allocate(void)
{
	void *p = malloc(64u << 20);

	free(p);
	return p == NULL ? -1 : 0;
}

static int
do_core(void)
{
	abort();
}

/* 0 if no core would be written. */
static int
do_core_limit(void)
{
	struct rlimit l = {1, 1};

	errno = EDOM;
	return getrlimit(RLIMIT_CORE, &l) == 0 && l.rlim_max == 0 ? 0 : -1;
}

static const struct deed {
	const char *name;
	int (*fn)(void);
} deeds[] = {
	{"nothing", do_nothing},
	{"open", do_open},
	{"open-outer", do_open_outer},
	{"list", do_list},
	{"create", do_create},
	{"mkdir", do_mkdir},
	{"mkdir-outer", do_mkdir_outer},
	{"chroot", do_chroot},
	{"exec", do_exec},
	{"exec-outer", do_exec_outer},
	{"fork", do_fork},
	{"ptrace", do_ptrace},
	{"kill", do_kill},
	{"setuid", do_setuid},
	{"packet", do_packet},
	{"raw", do_raw},
	{"netlink", do_netlink},
	{"unix", do_unix},
	{"code", do_code},
	{"protect", do_protect},
	{"mark", do_mark},
	{"filter", do_filter},
	{"linger", do_linger},
	{"listen", do_listen},
	{"tcp6", do_tcp6},
	{"udp", do_udp},
	{"connect", do_connect},
	{"allocate", do_allocate},
	{"abort", do_core},
	{"core-limit", do_core_limit},
};

static const struct deed *
find_deed(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
		if (strcmp(deeds[i].name, name) == 0)
			return &deeds[i];
	return NULL;
}

/* As daemon/spawn.c fills it for the check process. */
static struct priv_profile
check_profile(void)
{
	const struct engine_row *row = engines_find(PROC_CHECK);

	return (struct priv_profile){
		.uid = NOBODY,
		.gid = NOBODY,
		.caps = row->caps,
		.has_files = row->has_files,
		.calls = row->calls,
	};
}

int
main(int argc, char **argv)
{
	struct priv_profile p = check_profile();
	const struct deed *d = argc > 1 ? find_deed(argv[argc - 1]) : NULL;
	const char *what = "";
	int r;

	if (d == NULL)
		return 2;
	parent = getppid();
	if (argc > 2) {
		p.calls = PRIV_CALLS_ALL;
		r = open("/", O_PATH | O_DIRECTORY);
		if (r < 0 || dup2(r, OUTER_DIR) < 0)
			return 2;
	}
	r = priv_drop(&p, SIGTERM, parent, &what);
	if (r < 0) {
		printf("%s: %s\n", what, strerror(-r));
		return 2;
	}
	errno = 0;
	r = d->fn();
	puts(r < 0 ? strerrorname_np(errno) : "ok");
	return 0;
}
