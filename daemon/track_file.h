/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Files that hold a number (track_file), watched through their directory with
 * inotify: a file may come, go and be replaced.  What cannot be read counts
 * as 0.
 */
#ifndef DUUMVIR_DAEMON_TRACK_FILE_H
#define DUUMVIR_DAEMON_TRACK_FILE_H

#include "daemon/tracker.h"

struct track_files;

struct track_files *track_files_new(struct ev_loop *loop,
				    const struct track_out *out);
void track_files_free(struct track_files *t);
/* The files of a configuration; NULL: none.  The first one writes the values
 * of init_file.  who: whom they are for; the check engine hears of those that a
 * FILE_CHECK names. */
void track_files_set_conf(struct track_files *t, const struct conf *c,
			  unsigned who);
void track_files_resend(const struct track_files *t, unsigned who);

/* The number at the beginning of a text; 0 if there is none.  What does not
 * fit is cut to the nearest. */
int64_t track_file_parse(const char *text);

#endif
