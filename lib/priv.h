/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Giving up privilege: user, capabilities, file system, new privileges, other
 * processes and system calls.  The door to libcap-ng and Landlock.
 */
#ifndef DUUMVIR_PRIV_H
#define DUUMVIR_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PRIV_CAP(cap) (UINT64_C(1) << (cap))

enum priv_calls {
	PRIV_CALLS_ALL, /* no filter */
	/* TCP and UDP sockets that connect, timers, memory that is never
	 * executable.  What needs more comes as a descriptor. */
	PRIV_CALLS_CHECK,
	PRIV_CALLS_GENL, /* the same, sockets only netlink */
	/* Sockets netlink, packet, raw; no connection to anybody, so no
	 * name is looked up and nobody is waited for.  Files may be opened
	 * (/proc/sys/net), not listed, made or renamed. */
	PRIV_CALLS_ROUTER,
	/* Sockets netlink and UNIX (syslog); files are read, and one beside
	 * the pid file is written. */
	PRIV_CALLS_REALSERVER,
};

/* What a process may do once it has its sockets. */
struct priv_profile {
	uid_t uid; /* 0: stay root */
	gid_t gid;
	uint64_t caps;	/* PRIV_CAP bits: effective and permitted */
	bool has_files; /* false: an empty root directory, no file opened */
	enum priv_calls calls;
	bool is_dumpable; /* core dumps allowed (-m) */
};

/*
 * Applies the profile for good: no_new_privs, an empty bounding set, nothing
 * that an exec would inherit, no process or thread beside this one where
 * system calls are filtered.  The signal is sent when the parent
 * dies; parent is whom we expect to have.  0 or -errno with *what naming the
 * step that failed.
 */
int priv_drop(const struct priv_profile *p, int parent_signal, pid_t parent,
	      const char **what);

#endif
