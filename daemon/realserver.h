/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * duumvir --realserver, or realserver { }: this machine as a real server for
 * DR and TUN.  Virtual addresses, tunnel devices and numbers of the kernel are
 * kept as the directors' text asks for, and taken back at the end.  Nothing
 * else runs: no VRRP, no checks, no IPVS.
 */
#ifndef DUUMVIR_DAEMON_REALSERVER_H
#define DUUMVIR_DAEMON_REALSERVER_H

struct conf;
struct options;
struct realserver;
struct super;

/* Lives until super_stop(); owns c, sets s->exit_status. */
void realserver_run(struct super *s, struct conf *c);
/* SIGHUP */
void realserver_reload(struct realserver *rs);
/* --check: prints what is missing; the exit status, 1 if something is. */
int realserver_check(const struct options *o);

#endif
