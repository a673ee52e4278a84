/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * reload_time_file: a file whose first line is the time of the next reload
 * (lib/moment.h).  It is watched; when it goes, so does the plan.
 */
#ifndef DUUMVIR_DAEMON_RELOAD_TIMER_H
#define DUUMVIR_DAEMON_RELOAD_TIMER_H

struct daemon_conf;
struct ev_loop;
struct reload_timer;

/* fire is called when it is time; by then the file is gone, or the next time
 * is known (reload_repeat). */
struct reload_timer *reload_timer_new(struct ev_loop *loop,
				      void (*fire)(void *arg), void *arg);
void reload_timer_free(struct reload_timer *t);
/* c NULL: there is nothing to watch any more.  t NULL: nothing is done. */
void reload_timer_set_conf(struct reload_timer *t, const struct daemon_conf *c);

#endif
