/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * One route or rule in the kernel, whoever of us wants it: a master, several,
 * or the configuration always (static).  The same words are the same object,
 * so nothing is ever there twice, and a reload that keeps a line keeps it.
 *
 * What to do is decided by kobj_reconcile(), which is pure.  Whether it is
 * there is found by doing: the kernel refuses an identical one, so adding is
 * also asking, and no table ever has to be read.
 */
#ifndef DUUMVIR_VRRP_KOBJ_H
#define DUUMVIR_VRRP_KOBJ_H

#include <bsd/sys/queue.h>
#include <uthash.h>

#include "lib/log.h"
#include "lib/msg.h"
#include "vrrp/kobj_msg.h"

struct iface_table;
struct route_mirror;
struct route_watch;

enum kobj_state {
	KOBJ_UNKNOWN, /* never asked, or something happened to it */
	KOBJ_PRESENT,
	KOBJ_ABSENT,
};

enum kobj_op_kind {
	KOBJ_OP_NONE,
	KOBJ_OP_ADD,
	KOBJ_OP_DEL,
	KOBJ_OP_RENEW, /* delete, then add: a part of it is missing */
};

/* What the decision depends on. */
struct kobj_view {
	enum kobj_state state;
	bool is_wanted;
	bool is_ready;	 /* its interfaces are there and up */
	bool is_known;	 /* its interfaces are there */
	bool may_delete; /* it is ours */
	bool is_torn;	 /* there, but not all its legs are */
};

enum kobj_op_kind kobj_reconcile(const struct kobj_view *v);

struct kobj_ref;
TAILQ_HEAD(kobj_refs, kobj_ref);

struct kobj {
	enum kobj_kind kind;
	uint16_t add_flags;
	uint8_t protocol;
	struct addr dst;
	uint8_t dst_len;
	uint32_t preference, metric, n_legs;
	uint32_t len, n_links, key_len;
	uint8_t *data;
	struct kobj_link *link;
	char *key; /* its identity: the message and the names in it */
	char *text;
	char owner[MSG_NAME_LEN + 2]; /* "(NAME)" or "static", for the log */
	struct kobj_refs refs;
	uint32_t n_wanted, n_tracked; /* of the refs */
	struct route_watch *watch;
	uint64_t seen; /* losses of the watch that were looked at */
	enum kobj_state state;
	bool is_ready, is_known;
	bool is_ours;	/* we added it */
	bool was_held;	/* was there since it is wanted */
	bool is_dirty;	/* to be reconciled */
	bool is_orphan; /* in no table: to be deleted and forgotten */
	int error;	/* of the last attempt, 0 or -errno */
	uint32_t tries;
	monotime_t retry_at;
	struct log_limit put_back;
	TAILQ_ENTRY(kobj) dirty_link;
	UT_hash_handle hh;
};

TAILQ_HEAD(kobj_list, kobj);

/* One wish for an object. */
struct kobj_ref {
	struct kobj *obj;
	void *owner; /* struct vrrp_instance; NULL: static */
	const char *track_group;
	bool is_wanted, no_track;
	bool no_follow; /* names no interface: put back, but not followed */
	TAILQ_ENTRY(kobj_ref) link;
};

/* One change.  error is set by the port. */
struct kobj_op {
	enum kobj_op_kind kind;
	struct kobj *obj;
	int error; /* 0 or -errno */
};

/* A copy that owns what it needs. */
struct kobj *kobj_new(const struct kobj_msg *m, const char *text);
void kobj_free(struct kobj *k, struct route_mirror *mirror);
/* The identity of a message, made into buf (at least KOBJ_KEY_MAX bytes). */
#define KOBJ_KEY_MAX (KOBJ_MSG_MAX + KOBJ_LINKS_MAX * IFNAMSIZ + 16)
uint32_t kobj_key_make(const struct kobj_msg *m, char *buf);

/* Puts the interfaces' present numbers into the message; true: one that had
 * been there has another number now, *was (the caller's to free) is how it was
 * said before. */
bool kobj_resolve(struct kobj *k, const struct iface_table *t,
		  struct kobj **was);
struct kobj_view kobj_look(const struct kobj *k);

#endif
