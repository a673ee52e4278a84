/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Whether a link is up, as VRRP is to see it: the kernel's flags, or what
 * polling found (linkbeat), held back while interface_up_down_delays say so.
 * By name, for a link that is made anew is the same to the user.
 *
 * Pure but for its memory: facts and time in, one bit per link out.
 */
#ifndef DUUMVIR_VRRP_LINKWATCH_H
#define DUUMVIR_VRRP_LINKWATCH_H

#include "lib/monotime.h"
#include "vrrp/iface.h"

struct linkwatch {
	char name[IFNAMSIZ];
	nsec_t down, up; /* how long a change must last */
	bool is_polled;
	uint32_t method; /* enum linkbeat_method */
	bool was_beat, has_beat;
	bool is_up;	/* as seen */
	bool is_begun;	/* is_up was the link's state at some time */
	monotime_t due; /* when the change counts; NEVER: there is none */
	bool is_stale;
	UT_hash_handle hh;
};

/* A new configuration: between begin and end all watches are named again;
 * those that are not are forgotten, the others go on. */
void linkwatch_begin(struct iface_table *t);
void linkwatch_delay(struct iface_table *t, const char *name, nsec_t down,
		     nsec_t up);
void linkwatch_poll(struct iface_table *t, const char *name, uint32_t method);
void linkwatch_end(struct iface_table *t, monotime_t now);
void linkwatch_fini(struct iface_table *t);

/* What polling found. */
void linkwatch_beat(struct iface_table *t, const char *name, bool has_link);
/* Looks at all again; the table's generation grows if one is seen otherwise
 * now. */
void linkwatch_step(struct iface_table *t, monotime_t now);
/* When linkwatch_step() is needed though nothing happens. */
monotime_t linkwatch_next(const struct iface_table *t);
/* Is a change of this link held back now? */
bool linkwatch_is_waiting(const struct iface_table *t, const char *name);

#endif
