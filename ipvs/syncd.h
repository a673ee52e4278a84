/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Keeps the kernel's connection sync daemon (ipvsadm(8), --start-daemon) in
 * the roles that the supervisor names: lvs_sync_daemon, following a VRRP
 * instance or not.
 *
 * Until a message names a role nothing is asked of the kernel, and a daemon
 * that somebody else runs is left alone.
 */
#ifndef DUUMVIR_IPVS_SYNCD_H
#define DUUMVIR_IPVS_SYNCD_H

#include "ipvs/codec.h"
#include "ipvs/genl.h"
#include "lib/monotime.h"

struct syncd;

/* For the status: a role that runs in the kernel, ... */
struct syncd_role {
	const char *name;
	struct msg_sync_daemon d;
	bool is_ours;
	monotime_t since; /* if it is ours */
};

/* ... all of them, and what should run. */
struct syncd_status {
	struct syncd_role role[IPVS_DAEMONS];
	size_t n;
	struct msg_sync_daemon want;
	uint32_t missing; /* set of enum msg_sync_role */
	uint32_t started; /* times, over all */
	int error;	  /* why one does not run, or 0 */
};

/* 0 or -errno. */
int syncd_open(struct syncd **out);
/* NULL is allowed.  What runs in the kernel goes on. */
void syncd_close(struct syncd *s);

/* What shall run from now on; then as syncd_pass(). */
void syncd_want(struct syncd *s, const struct msg_sync_daemon *m);
/* Compares and makes it so: for the slow timer. */
void syncd_pass(struct syncd *s);
/* Is there anything to look after? */
bool syncd_has_work(const struct syncd *s);
/* Stops what was started here. */
void syncd_leave(struct syncd *s);

/* Since when the backup role runs, as far as this process knows; NEVER: it
 * does not. */
monotime_t syncd_backup_since(const struct syncd *s);

/* Asks the kernel what runs now. */
void syncd_status_get(struct syncd *s, struct syncd_status *out);

/* Does the running one do what is wanted?  What is wanted as the kernel's
 * default may be anything.  PURE. */
bool syncd_is_alike(const struct msg_sync_daemon *want,
		    const struct msg_sync_daemon *have);

#endif
