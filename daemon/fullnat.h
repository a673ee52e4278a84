/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * FULLNAT: the source NAT beside IPVS's masquerading (check/fullnat_want.h),
 * over the life of the daemon.  It stands before the services do and goes
 * after them.
 */
#ifndef DUUMVIR_DAEMON_FULLNAT_H
#define DUUMVIR_DAEMON_FULLNAT_H

struct conf;
struct fullnat;
struct super;

/* c says in which namespace.  Never NULL. */
struct fullnat *fullnat_new(struct super *s, const struct conf *c);
/* NULL is allowed; the tables stay. */
void fullnat_free(struct fullnat *f);
/* NULL is allowed from here on.  A configuration is about to come into force:
 * what it needs stands, and what was needed still does. */
void fullnat_begin(struct fullnat *f, const struct conf *next);
/* It is in force, or was refused. */
void fullnat_settle(struct fullnat *f);
/* The services are gone. */
void fullnat_stop(struct fullnat *f);

#endif
