/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * System call filters; see priv_calls.h.
 *
 * A filter names what its engine calls, and nothing for later: who needs
 * another call adds it here, and says why.  What is not named fails with
 * ENOSYS, so that a library falls back or reports; what only an intruder would
 * call ends the process, which the supervisor logs and starts again.
 */
#include "lib/priv_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "config.h"
#include "lib/util.h"

/* Every engine: memory, time, its loop, its channels, its end.  mmap and
 * mprotect have rules of their own. */
static const int common_calls[] = {
	SCMP_SYS(brk),		 SCMP_SYS(munmap),
	SCMP_SYS(mremap),	 SCMP_SYS(madvise),
	SCMP_SYS(futex),	 SCMP_SYS(read),
	SCMP_SYS(write),	 SCMP_SYS(writev),
	SCMP_SYS(close),	 SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64),	 SCMP_SYS(fstat),
	SCMP_SYS(fstat64),	 SCMP_SYS(poll),
	SCMP_SYS(ppoll),	 SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),	 SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),	 SCMP_SYS(timerfd_settime),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(time),		 SCMP_SYS(recvmsg),
	SCMP_SYS(recvfrom),	 SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),	 SCMP_SYS(shutdown),
	SCMP_SYS(getsockname),	 SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt),	 SCMP_SYS(bind),
	SCMP_SYS(rt_sigaction),	 SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),	 SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),		 SCMP_SYS(exit_group),
	SCMP_SYS(getpid),	 SCMP_SYS(gettid),
	SCMP_SYS(getppid),	 SCMP_SYS(getrandom),
	SCMP_SYS(tgkill), /* abort() */
};

/* The engines that talk netlink. */
static const int netlink_calls[] = {
	SCMP_SYS(setsockopt),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(lseek),
	SCMP_SYS(close_range),
	SCMP_SYS(dup),
	SCMP_SYS(dup3),
	SCMP_SYS(fstatfs),
	SCMP_SYS(newfstatat),
	SCMP_SYS(ioctl),
	SCMP_SYS(pipe2),
	SCMP_SYS(eventfd2),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(getrusage),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
};

/* The real server's daemon reads its configuration again (globs, names of
 * users) and keeps a file of what it has changed. */
static const int file_calls[] = {
	SCMP_SYS(openat),	SCMP_SYS(getdents64), SCMP_SYS(stat),
	SCMP_SYS(lstat),	SCMP_SYS(statx),      SCMP_SYS(access),
	SCMP_SYS(faccessat),	SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),	SCMP_SYS(getcwd),     SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),	SCMP_SYS(rename),     SCMP_SYS(renameat),
	SCMP_SYS(renameat2),	SCMP_SYS(connect),    SCMP_SYS(wait4),
	SCMP_SYS(memfd_create), SCMP_SYS(chdir),      SCMP_SYS(fchdir),
};

/* The check engine; socket and setsockopt have rules of their own. */
static const int check_calls[] = {
	SCMP_SYS(connect),
};

/* A check says how its own connection is bound and closed: no filter, no
 * mark, no stamp.  Options below are the kernel's to judge, but no raw socket
 * that was handed over becomes one for forged headers. */
static const int check_options[] = {
	SO_REUSEADDR, SO_LINGER, SO_BINDTODEVICE,
	SO_SNDBUF,    SO_RCVBUF, /* of channels */
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
	SCMP_SYS(io_uring_setup),
};

/* AddressSanitizer looks at its own process when it reports and at exit. */
static const int sanitizer_calls[] = {
	SCMP_SYS(openat),      SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),  SCMP_SYS(getdents64),
	SCMP_SYS(prctl),       SCMP_SYS(clone),
	SCMP_SYS(wait4),       SCMP_SYS(kill),
	SCMP_SYS(ptrace),      SCMP_SYS(newfstatat),
	SCMP_SYS(stat),	       SCMP_SYS(access),
	SCMP_SYS(arch_prctl),  SCMP_SYS(getrlimit),
	SCMP_SYS(prlimit64),   SCMP_SYS(mmap),
	SCMP_SYS(mprotect),    SCMP_SYS(sigaltstack),
	SCMP_SYS(sched_yield), SCMP_SYS(set_robust_list),
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

/* Streams and datagrams to IP addresses; what else a check needs is made by
 * the supervisor. */
static int
allow_ip_sockets(scmp_filter_ctx ctx)
{
	static const int families[] = {AF_INET, AF_INET6};
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
	const scmp_datum_t type_mask =
		~(scmp_datum_t)(SOCK_NONBLOCK | SOCK_CLOEXEC);
	int r = 0;

	for (size_t i = 0; r == 0 && i < 4; i++)
		r = seccomp_rule_add(
			ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i / 2], 0),
			SCMP_A1(SCMP_CMP_MASKED_EQ, type_mask,
				(scmp_datum_t)types[i % 2]));
	return r;
}

static int
allow_check_options(scmp_filter_ctx ctx)
{
	static const struct {
		int level, never;
	} below[] = {{IPPROTO_IP, IP_HDRINCL},
		     {IPPROTO_IPV6, IPV6_HDRINCL},
		     {IPPROTO_TCP, -1}};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(below); i++)
		r = seccomp_rule_add(
			ctx, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 2,
			SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)below[i].level, 0),
			SCMP_A2(SCMP_CMP_NE, (scmp_datum_t)below[i].never, 0));
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(check_options); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt),
				     2, SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET, 0),
				     SCMP_A2(SCMP_CMP_EQ,
					     (scmp_datum_t)check_options[i],
					     0));
	return r;
}

/* Memory never becomes code.  A process with files may still load some. */
static int
add_memory(scmp_filter_ctx ctx, enum priv_calls calls)
{
	static const int both[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
	int r = 0;

	if (calls == PRIV_CALLS_ROUTER || calls == PRIV_CALLS_REALSERVER)
		return add_calls(ctx, SCMP_ACT_ALLOW, both, ARRAY_LEN(both));
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(both); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, both[i], 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return r;
}

/* fstat() of some C libraries: of a descriptor, never of a name. */
static int
allow_fstat(scmp_filter_ctx ctx)
{
	int r = seccomp_rule_add(
		ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
		SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));

	return r == -EDOM ? 0 : r;
}

/* SIOCOUTQ: how much of what was sent is still here (a datagram to nobody). */
static int
allow_outq(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				SCMP_A1(SCMP_CMP_EQ, TIOCOUTQ, 0));
}

static int
add_check(scmp_filter_ctx ctx)
{
	int r = add_calls(ctx, SCMP_ACT_ALLOW, check_calls,
			  ARRAY_LEN(check_calls));

	if (r == 0)
		r = allow_ip_sockets(ctx);
	if (r == 0)
		r = allow_check_options(ctx);
	if (r == 0)
		r = allow_outq(ctx);
	return r == 0 ? allow_fstat(ctx) : r;
}

static int
add_router(scmp_filter_ctx ctx)
{
	static const int families[] = {AF_NETLINK, AF_PACKET, AF_INET,
				       AF_INET6};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(families); i++)
		r = allow_family(ctx, families[i]);
	return r == 0 ? seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat),
					 0)
		      : r;
}

static int
add_realserver(scmp_filter_ctx ctx)
{
	int r = allow_family(ctx, AF_NETLINK);

	if (r == 0)
		r = allow_family(ctx, AF_UNIX);
	return r == 0 ? add_calls(ctx, SCMP_ACT_ALLOW, file_calls,
				  ARRAY_LEN(file_calls))
		      : r;
}

static int
add_engine(scmp_filter_ctx ctx, enum priv_calls calls)
{
	int r = 0;

	switch (calls) {
	case PRIV_CALLS_CHECK:
		return add_check(ctx);
	case PRIV_CALLS_GENL:
		r = allow_family(ctx, AF_NETLINK);
		break;
	case PRIV_CALLS_ROUTER:
		r = add_router(ctx);
		break;
	case PRIV_CALLS_REALSERVER:
		r = add_realserver(ctx);
		break;
	case PRIV_CALLS_ALL:
		return 0;
	}
	return r == 0 ? add_calls(ctx, SCMP_ACT_ALLOW, netlink_calls,
				  ARRAY_LEN(netlink_calls))
		      : r;
}

int
priv_calls_filter(enum priv_calls calls)
{
	scmp_filter_ctx ctx;
	int r;

	if (calls == PRIV_CALLS_ALL)
		return 0;
	ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (ctx == NULL)
		return -ENOMEM;
	/* A balanced tree instead of a list: checks make many calls. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
			     SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = add_calls(ctx, SCMP_ACT_ALLOW, common_calls,
			      ARRAY_LEN(common_calls));
	if (r == 0)
		r = add_memory(ctx, calls);
	if (r == 0)
		r = add_engine(ctx, calls);
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
