/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Is a process the one that vrrp_track_process means?  Pure. */
#ifndef DUUMVIR_DAEMON_PROCMATCH_H
#define DUUMVIR_DAEMON_PROCMATCH_H

#include <stdbool.h>
#include <stddef.h>

struct vrrp_track_process_conf;

#define PROCMATCH_COMM_LEN 16 /* as the kernel has it, with NUL */

/* One process as /proc tells it. */
struct procmatch_info {
	char comm[PROCMATCH_COMM_LEN];
	const char *cmdline; /* words, each ended by NUL; NULL: not read */
	size_t len;
};

/* Takes name and state from a line of /proc/PID/stat; false: it is a zombie,
 * or no such line. */
bool procmatch_stat(const char *line, char comm[static PROCMATCH_COMM_LEN]);
/* Must the command line be known to tell? */
bool procmatch_needs_cmdline(const struct vrrp_track_process_conf *c);
bool procmatch_is_it(const struct vrrp_track_process_conf *c,
		     const struct procmatch_info *p);

#endif
