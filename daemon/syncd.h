/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Which roles the kernel's connection sync daemon plays: lvs_sync_daemon, or
 * the old lvs_sync_daemon_interface of an instance, and the instance's state.
 * The ipvs engine does it (ipvs/syncd.c).
 */
#ifndef DUUMVIR_DAEMON_SYNCD_H
#define DUUMVIR_DAEMON_SYNCD_H

#include "lib/msg.h"

struct conf;
struct super;

/* Does the configuration ask for a sync daemon? */
bool syncd_is_configured(const struct conf *c);
/* The instance that decides the role; NULL: both roles run, or none. */
const char *syncd_instance(const struct conf *c);
/* What shall run when that instance is in this state.  PURE. */
struct msg_sync_daemon syncd_roles(const struct conf *c,
				   enum vrrp_state_word state);

/* A report of an instance's state, passed on if it decides the role. */
void syncd_on_state(struct super *s, const struct msg_vrrp_state *m);
/* What the ipvs engine says of the backup sync daemon: for vrrp's sync_hold,
 * also when that engine is new. */
void syncd_on_running(struct super *s, const struct msg_sync_state *m);
void syncd_tell_vrrp(struct super *s);
/* A configuration is in force. */
void syncd_on_conf(struct super *s);
/* Tells the ipvs engine, if it runs: after a commit, and when it is new. */
void syncd_tell(struct super *s);

#endif
