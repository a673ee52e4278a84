/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Keeps the firewall as VRRP wants it (vrrp/fw_want.h): our tables in
 * nf_tables, or chains and sets for iptables.
 *
 * It is the supervisor's work, since it may have to run iptables-restore, and
 * since a transaction of ours waits for those of others: no advert may.  What
 * is wanted depends on the configuration only, so the engines have no part
 * in it and a take-over needs nothing of it.
 */
#ifndef DUUMVIR_DAEMON_FIREWALL_H
#define DUUMVIR_DAEMON_FIREWALL_H

struct conf;
struct ev_loop;
struct firewall;
struct runner;

/* conf: where the configuration in force is found (NULL: none yet). */
struct firewall *firewall_new(struct ev_loop *loop, struct runner *runner,
			      struct conf *const *conf);
/* NULL is allowed; what stands in the kernel stays. */
void firewall_free(struct firewall *f);
/* Before the engines take this configuration: what it blocks is blocked, and
 * what was blocked still is.  Here and below NULL is a firewall that is not
 * kept. */
void firewall_begin(struct firewall *f, const struct conf *next);
/* They have, or have not: the firewall is what the configuration in force
 * asks for.  Nothing is done where nothing changes. */
void firewall_settle(struct firewall *f);
/* The engine tells of an interface of its own: a struct msg_vrrp_vmac. */
void firewall_on_vmac(struct firewall *f, const void *data);
/* At the end: everything of ours goes. */
void firewall_stop(struct firewall *f);

#endif
