/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The services that the running configuration keeps, published for tools
 * (cli/owned.h reads them): /run/duumvir/PID.services for each running
 * supervisor, wherever its pid file is.  "pid N netns INODE", then a service's
 * name each line, as ipvs_svc_name() has it.  Nobody is asked, nothing here
 * depends on a reader.
 */
#ifndef DUUMVIR_DAEMON_SERVICES_FILE_H
#define DUUMVIR_DAEMON_SERVICES_FILE_H

struct super;

/* Writes the file anew in one step; without services there is none.  Files of
 * processes that are gone go, too.  What cannot be written is said in the log
 * and changes nothing else. */
void services_file_write(const struct super *s);
/* Removes it. */
void services_file_remove(void);

#endif
