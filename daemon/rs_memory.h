/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a real server's daemon has changed, in a file beside its pid file: so
 * that whoever starts after a kill -9 can still undo it.  A file of another
 * boot or network namespace counts for nothing.
 */
#ifndef DUUMVIR_DAEMON_RS_MEMORY_H
#define DUUMVIR_DAEMON_RS_MEMORY_H

#include <stddef.h>

struct buf;
struct rs_memory;

/* Pure: one line each, below a first line that names boot and namespace. */
void rs_memory_print(const struct rs_memory *m, const char *where,
		     struct buf *out);
/* 0; -ESTALE: of another boot or namespace; -EINVAL: no such file.  A line
 * that means nothing is passed over. */
int rs_memory_parse(const char *text, const char *where, struct rs_memory *m);

/* Its place, beside the pid file; malloc'ed. */
char *rs_memory_path(const char *pidfile);
/* This boot and network namespace in one word. */
void rs_memory_where(char *out, size_t size);
/* The file: 0 or -errno.  Nothing remembered: the file goes. */
int rs_memory_load(const char *path, struct rs_memory *m);
int rs_memory_save(const char *path, const struct rs_memory *m);

#endif
