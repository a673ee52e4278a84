/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What can be known of a configured script before it runs: whether its user
 * exists, whether the command is found, and whether anybody but root could
 * replace it.  Only the process that read the user's file asks these
 * questions (conf_opts.is_engine is false there).
 */
#ifndef DUUMVIR_SCRIPT_H
#define DUUMVIR_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum script_state {
	SCRIPT_OK,
	SCRIPT_NOT_FOUND,      /* also: not accessible */
	SCRIPT_NOT_EXECUTABLE, /* by anybody */
	SCRIPT_UNSAFE,	       /* root's, but others can write it */
};

/*
 * Looks a command up as the runner would: a name without slash on $PATH.
 * is_root_safe asks for SCRIPT_UNSAFE: the file or a directory above it is
 * writable by others than root.
 */
enum script_state script_probe(const char *command, bool is_root_safe);

/*
 * Numbers of a user and group; group may be NULL (the user's own), begin with
 * ':' (supplementary groups, too) or be ":".  0, or -ENOENT.
 */
int script_user_find(const char *user, const char *group, uid_t *uid,
		     gid_t *gid);

#endif
