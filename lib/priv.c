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
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "lib/util.h"

/* What every filtered process needs: memory, time, its loop, its channels. */
static const int common_calls[] = {
	SCMP_SYS(brk),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(close_range),
	SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64),
	SCMP_SYS(dup),
	SCMP_SYS(dup3),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(fstatfs),
	SCMP_SYS(newfstatat),
	SCMP_SYS(ioctl),
	SCMP_SYS(pipe2),
	SCMP_SYS(eventfd2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(bind),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getppid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrusage),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(tgkill),
};

/* Nothing honest does these: end the process and let it be seen. */
static const int deadly_calls[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(bpf),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(userfaultfd),
};

/* AddressSanitizer looks at its own process when it reports and at exit. */
static const int sanitizer_calls[] = {
	SCMP_SYS(openat),     SCMP_SYS(readlink),  SCMP_SYS(readlinkat),
	SCMP_SYS(getdents64), SCMP_SYS(prctl),	   SCMP_SYS(clone),
	SCMP_SYS(wait4),      SCMP_SYS(kill),	   SCMP_SYS(ptrace),
	SCMP_SYS(newfstatat), SCMP_SYS(stat),	   SCMP_SYS(access),
	SCMP_SYS(arch_prctl), SCMP_SYS(getrlimit), SCMP_SYS(prlimit64),
};

static int
add_calls(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = seccomp_rule_add(ctx, action, calls[i], 0);

		/* A call that this machine does not have needs no rule. */
		if (r < 0 && r != -EDOM && r != -EEXIST)
			return r;
	}
	return 0;
}

static int
allow_family(scmp_filter_ctx ctx, int family)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
}

static int
add_sockets(scmp_filter_ctx ctx, enum priv_calls calls)
{
	static const int router[] = {AF_NETLINK, AF_PACKET, AF_INET, AF_INET6};
	int r = 0;

	switch (calls) {
	case PRIV_CALLS_GENL:
		return allow_family(ctx, AF_NETLINK);
	case PRIV_CALLS_NET:
		r = allow_family(ctx, AF_INET);
		if (r == 0)
			r = allow_family(ctx, AF_INET6);
		if (r == 0)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
					     SCMP_SYS(connect), 0);
		return r;
	case PRIV_CALLS_ROUTER:
		for (size_t i = 0; r == 0 && i < ARRAY_LEN(router); i++)
			r = allow_family(ctx, router[i]);
		return r == 0 ? seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
						 SCMP_SYS(openat), 0)
			      : r;
	case PRIV_CALLS_ALL:
		break;
	}
	return r;
}

/* A call that is not listed fails with ENOSYS, so that libc falls back. */
static int
filter_calls(enum priv_calls calls)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int r;

	if (ctx == NULL)
		return -ENOMEM;
	/* A balanced tree instead of a list: checks make many calls. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	r = add_calls(ctx, SCMP_ACT_ALLOW, common_calls,
		      ARRAY_LEN(common_calls));
	if (r == 0)
		r = add_sockets(ctx, calls);
	if (r == 0 && WITH_SANITIZERS)
		r = add_calls(ctx, SCMP_ACT_ALLOW, sanitizer_calls,
			      ARRAY_LEN(sanitizer_calls));
	else if (r == 0)
		r = add_calls(ctx, SCMP_ACT_KILL_PROCESS, deadly_calls,
			      ARRAY_LEN(deadly_calls));
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}

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
	*what = "core dumps";
	if (prctl(PR_SET_DUMPABLE, p->is_dumpable, 0, 0, 0) < 0)
		return -errno;
	/* After the change of user, which forgets it. */
	*what = "parent death signal";
	if (prctl(PR_SET_PDEATHSIG, parent_signal, 0, 0, 0) < 0)
		return -errno;
	if (getppid() != parent)
		return -ESRCH;
	*what = "system call filter";
	if (p->calls != PRIV_CALLS_ALL && (r = filter_calls(p->calls)) < 0)
		return r;
	return 0;
}
