/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Pid files: locked while their process lives, so that a stale one never
 * stands in the way.
 */
#ifndef DUUMVIR_DAEMON_PIDFILE_H
#define DUUMVIR_DAEMON_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

struct daemon_conf;

struct pidfile {
	char *path;
	int fd; /* -1: not open */
};

#define PIDFILE_INIT ((struct pidfile){NULL, -1})

/* The path of a pid file from what the user gave (may be NULL), its name
 * ("keepalived", "vrrp", ...) and the daemon's settings; malloc'ed. */
char *pidfile_path(const char *given, const char *name, bool use_dir,
		   const char *instance);
/* A file beside it: keepalived.pid and ".services" are keepalived.services;
 * malloc'ed, NULL if there is no pid file. */
char *pidfile_beside(const struct pidfile *p, const char *suffix);
/* Creates or takes over the file (0644, not through a symbolic link) and
 * locks it.  0; -EAGAIN: its process is alive; or -errno.  Owns path. */
int pidfile_open(struct pidfile *p, char *path);
/* Writes a process id into it. */
int pidfile_write(struct pidfile *p, pid_t pid);
/* Removes the file and the lock. */
void pidfile_close(struct pidfile *p);

#endif
