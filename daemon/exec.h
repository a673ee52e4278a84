/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Running one script: as its user, checked, with nothing of ours.  The door
 * to fork() and exec() for scripts.
 */
#ifndef DUUMVIR_DAEMON_EXEC_H
#define DUUMVIR_DAEMON_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A script ready to run: strings are the caller's. */
struct exec_job {
	const char *const *argv; /* NULL terminated; [0] is the command */
	const char *user;	 /* NULL: the default user */
	const char *group;	 /* may begin with ':', see parser/script.h */
	/* Only opens argv[0] for reading, as the user: exit status 0 or 1. */
	bool is_open_test;
};

/* What holds for all scripts. */
struct exec_rules {
	const char *user; /* script_user; NULL: keepalived_script, else us */
	const char *group;
	bool is_secure;	       /* enable_script_security */
	bool is_supplementary; /* set_supplementary_groups */
	bool is_by_symlink;    /* use_symlink_paths */
};

#define EXEC_REASON_LEN 256
/* Whom scripts run as when nothing is configured, if that user exists. */
#define EXEC_DEFAULT_USER "keepalived_script"

/*
 * Starts the script in a process group of its own (its id is the pid), with
 * /dev/null as standard input and output.  The pid, or -errno with the
 * reason.  The security rules are checked now, at each start, on the opened
 * file.
 */
pid_t exec_start(const struct exec_job *job, const struct exec_rules *rules,
		 char reason[static EXEC_REASON_LEN]);
/* A program of our own, without privileges. */
struct exec_helper {
	const char *name; /* in libexec, or beside this very program */
	uid_t uid;	  /* whom it runs as, if we are root */
	gid_t gid;
	int in, out; /* its standard input and output */
};
/* Starts it; like exec_start(). */
pid_t exec_helper_start(const struct exec_helper *h,
			char reason[static EXEC_REASON_LEN]);
/* Sends a signal to the script and all that it started. */
void exec_kill(pid_t pid, int signo);

#endif
