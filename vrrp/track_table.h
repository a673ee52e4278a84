/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The tracked objects of a router, by kind and name, and who refers to them.
 *
 * An object lives as long as somebody refers to it, so its state stays over a
 * reload; whoever is unchanged notices nothing.  How a state comes about is
 * not known here: scripts, files and processes are the supervisor's,
 * interfaces the mirror's.
 */
#ifndef DUUMVIR_VRRP_TRACK_TABLE_H
#define DUUMVIR_VRRP_TRACK_TABLE_H

#include <net/if.h>
#include <uthash.h>

#include "lib/addr.h"
#include "lib/monotime.h"
#include "lib/msg.h"
#include "vrrp/track.h"

struct buf;
struct conf_list;
struct route_watch;

struct track_key {
	uint32_t kind; /* enum track_kind */
	char name[MSG_TRACK_NAME_LEN];
};

/* What is asked of the network: a route or a gateway. */
struct track_net {
	struct addr addr;
	uint8_t prefix_len;
	uint32_t table;
	char dev[IFNAMSIZ];
	nsec_t interval;
	struct route_watch *watch; /* of a route */
	/* a gateway's questions */
	monotime_t next;
	uint32_t missed;
	bool is_asked, is_followed;
};

struct track_obj {
	struct track_key key;
	struct track_state state;
	monotime_t since;
	int32_t status; /* of a script: its last exit status */
	uint32_t count; /* of processes that match */
	uint32_t refs;
	bool was_told; /* its state is known from somebody */
	bool is_news;  /* it changed and nobody was told yet */
	struct track_net net;
	UT_hash_handle hh;
};

struct track_table {
	struct track_obj *all;
};

/* One line of a track_* block at run time. */
struct track_ref {
	struct track_obj *obj;
	int32_t weight;
	bool reverse;
};

/* All lines of one instance or group. */
struct track_refs {
	struct track_ref *ref;
	uint32_t n;
};

void track_table_init(struct track_table *t);
void track_table_fini(struct track_table *t);

/* NULL if there is none. */
struct track_obj *track_table_find(const struct track_table *t,
				   enum track_kind kind, const char *name);
/* Makes it if there is none, in state UNKNOWN. */
struct track_obj *track_table_get(struct track_table *t, enum track_kind kind,
				  const char *name, monotime_t now);
/* Forgets objects that nobody refers to. */
void track_table_sweep(struct track_table *t);
/* Has the state changed?  since is set then. */
bool track_obj_set(struct track_obj *o, const struct track_state *st,
		   monotime_t now);

/* Appends the lines of a track_* list (struct track_ref_conf). */
void track_refs_add(struct track_refs *refs, struct track_table *t,
		    enum track_kind kind, const struct conf_list *list,
		    monotime_t now);
void track_refs_clear(struct track_refs *refs);
bool track_refs_has(const struct track_refs *refs, const struct track_obj *o);
/* Adds all references to a sum; without weights only those of weight 0. */
void track_refs_fold(const struct track_refs *refs, bool has_weights,
		     struct track_sum *sum);

/* Status: a line each, or members of a JSON array ("sep" before the first).
 * Returns how many were written. */
uint32_t track_refs_print(const struct track_refs *refs, monotime_t now,
			  bool has_weights, struct buf *out);
uint32_t track_refs_print_json(const struct track_refs *refs, monotime_t now,
			       bool has_weights, const char *sep,
			       struct buf *out);
/* All objects of a kind that somebody refers to, as a JSON array. */
void track_table_print_json(const struct track_table *t, enum track_kind kind,
			    monotime_t now, struct buf *out);
/* "script chk, gateway 10.0.0.1": those that ask for FAULT; returns buf. */
const char *track_refs_down_text(const struct track_refs *refs,
				 bool has_weights, char *buf, size_t size);

#endif
