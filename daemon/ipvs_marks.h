/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * nftables_ipvs: hands out the marks of groups (check/marks.h) and keeps the
 * rules that set them (daemon/mark_nft.h), where IPVS is.  The rules are
 * there before the services, and go after them.
 */
#ifndef DUUMVIR_DAEMON_IPVS_MARKS_H
#define DUUMVIR_DAEMON_IPVS_MARKS_H

struct conf;
struct ipvs_marks;
struct super;

/* c: the first configuration, whose namespace counts. */
struct ipvs_marks *ipvs_marks_new(struct super *s, const struct conf *c);
/* NULL is allowed, here and below: nothing is done. */
void ipvs_marks_free(struct ipvs_marks *m);
/* Before any engine is told of it: marks that were given stay. */
void ipvs_marks_assign(struct ipvs_marks *m, struct conf *next);
/* Before the engines take this configuration: what it marks is marked, and
 * what was marked still is. */
void ipvs_marks_begin(struct ipvs_marks *m, const struct conf *next);
/* They have, or have not: only what the configuration in force asks for. */
void ipvs_marks_settle(struct ipvs_marks *m, const struct conf *c);
/* At the end, behind the services. */
void ipvs_marks_stop(struct ipvs_marks *m);

#endif
