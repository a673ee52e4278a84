/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The objects of a configuration that the world is told of: what each asks
 * for, found by the names that the engines' reports use.
 */
#ifndef DUUMVIR_DAEMON_TOLD_H
#define DUUMVIR_DAEMON_TOLD_H

#include <stdbool.h>
#include <uthash.h>

#include "lib/msg.h"
#include "parser/tree.h"

struct arena;

/* What a report is about; unused bytes are zero. */
struct told_key {
	uint32_t type; /* MSG_VRRP_STATE, MSG_RS_STATE, MSG_VS_STATE */
	uint32_t kind;
	char name[MSG_VS_NAME_LEN];
	struct addr addr;
	uint16_t port;
};

enum told_event {
	TOLD_MASTER, /* also: up */
	TOLD_BACKUP, /* also: down */
	TOLD_FAULT,
	TOLD_STOP,
	TOLD_DELETED,
	TOLD_RX_LOWER,
	TOLD_ANY, /* notify, with the four extra arguments */
	TOLD_COUNT,
};

/* How keepalived's mails speak of a checker: "TCP CHECK", "succeed". */
struct told_checker {
	const char *label, *success, *failure, *timeout;
};

struct told_object {
	struct told_key key;
	struct conf_script script[TOLD_COUNT];
	bool smtp_alert;
	bool tells_priority; /* notify_priority_changes */
	bool tells_deleted;  /* notify_deleted: not as FAULT */
	/* a real server */
	const char *label; /* "[10.0.0.2]:tcp:80" */
	const struct told_checker *const *checker;
	uint32_t n_checkers;
	/* a virtual server */
	uint64_t quorum, hysteresis;
	UT_hash_handle hh;
};

/*
 * Of one configuration all instances and groups, and of the services and
 * servers those that have a script or a mail, or all where a FIFO listens;
 * everything is copied.
 */
struct told {
	struct arena *arena;
	struct told_object *objects;
};

void told_key_init(struct told_key *k, enum msg_type type, uint32_t kind,
		   const char *name);
/* Of a configuration that need not live on.  What the one before has is there,
 * too: a script that waits from then is dropped by the next state. */
void told_init(struct told *t, const struct conf *c, const struct told *before,
	       bool has_fifo, bool has_mail);
/* Does an instance, group or service want mail? */
bool told_wants_mail(const struct conf *c);
void told_fini(struct told *t);
const struct told_object *told_find(const struct told *t,
				    const struct told_key *k);

#endif
