/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Directories in which files come, change and go: the door to inotify.
 */
#ifndef DUUMVIR_DAEMON_WATCH_H
#define DUUMVIR_DAEMON_WATCH_H

#include <stdbool.h>

#include "lib/event.h"

struct watch_event {
	int wd;		   /* of whose directory */
	const char *name;  /* of the file; "": the directory itself */
	bool is_dir_gone;  /* removed or renamed: this wd says nothing more */
	bool is_dir_moved; /* the wd is to be given up */
	bool is_overflow;  /* anything may have happened, anywhere */
};

typedef void watch_fn(void *arg, const struct watch_event *e);

struct watch {
	int fd; /* -1: not open */
	struct ev_io io;
	watch_fn *fn;
	void *arg;
};

#define WATCH_INIT ((struct watch){.fd = -1})

/* 0 or -errno. */
int watch_open(struct watch *w, struct ev_loop *loop, watch_fn *fn, void *arg);
/* One that is not open is allowed. */
void watch_close(struct watch *w);
/* Watches a directory for whole changes of files in it: its wd (the same for
 * the same directory), or -errno. */
int watch_add(struct watch *w, const char *dir);
/* It may be gone already. */
void watch_del(struct watch *w, int wd);

#endif
