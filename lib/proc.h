/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What every engine process has in common: its end of the supervisor's
 * channel, its loop, the configuration transaction and orderly stop.
 *
 * An engine is a struct engine_ops; engine_run() is its main function.
 */
#ifndef DUUMVIR_PROC_H
#define DUUMVIR_PROC_H

#include "lib/imsg.h"
#include "lib/priv.h"

struct conf; /* parser/tree.h: a parsed configuration with its arena */

/* What an engine process knows of itself; made by engine_run(). */
struct proc {
	enum proc_id id;
	/* A predecessor died: what it did to the kernel is still there, so
	 * start-up work that clears the field (lvs_flush) is not repeated. */
	bool is_respawn;
	struct ev_loop *loop;
	struct imsg *super;	       /* channel to the supervisor */
	struct imsg *peer[PROC_COUNT]; /* channels to siblings, NULL if none */
};

struct engine_ops {
	enum proc_id id;
	/* Opens sockets while still privileged; *self is the engine. */
	int (*init)(struct proc *p, void **self);
	/*
	 * A new configuration was parsed.  Make a plan; do not act.  Counts
	 * go to *done.  0, or -errno with the reason in the buffer of
	 * MSG_TEXT_LEN bytes: the running configuration stays.  Ownership of
	 * next passes to the engine only on 0.
	 */
	int (*prepare)(void *self, struct conf *next, struct msg_done *done,
		       char *reason);
	/* Carry the prepared plan out, then free the old configuration. */
	void (*commit)(void *self, struct msg_done *done);
	/* Forget the prepared plan. */
	void (*abort)(void *self);
	/* Any message not handled by the framework; owns fd. */
	void (*on_msg)(void *self, enum proc_id from, enum msg_type type,
		       const void *data, int fd);
	/* A channel to a sibling was opened (p->peer[id] is set) or closed. */
	void (*on_peer)(void *self, enum proc_id id, bool is_open);
	/* Write state as text for SIGUSR1 and the like. */
	void (*dump)(void *self, enum msg_dump_kind kind, int fd);
	/* Stop: undo what must be undone, then call proc_stopped(). */
	void (*stop)(void *self, uint32_t flags);
	void (*fini)(void *self);
};

/* What the parent gives an engine on its way. */
struct proc_env {
	int super_fd;	     /* channel to the supervisor */
	int log_fd;	     /* datagrams to the supervisor's log */
	const char *ident;   /* tag of its log lines */
	int detail;	     /* -D */
	pid_t parent;	     /* the supervisor */
	bool is_respawn;     /* see struct proc */
	uint32_t stop_flags; /* enum msg_stop_flag, should the parent die */
	struct priv_profile priv; /* taken on after ops->init */
	/*
	 * Parses canonical text into a configuration of this engine's
	 * modules; NULL with the reason in the buffer of MSG_TEXT_LEN bytes.
	 * old is the one in force (NULL: none), of which the new one may have
	 * a share.  (lib/ knows no parser: these come from daemon/.)
	 */
	struct conf *(*conf_parse)(enum proc_id id, const char *text,
				   size_t len, const struct conf *old,
				   char *reason);
	void (*conf_free)(struct conf *c);
};

/* An engine's main function: runs until it has stopped; its exit status.
 * Owns the descriptors of env. */
int engine_run(const struct engine_ops *ops, const struct proc_env *env);

/* Tells the loop that the engine has finished its work; engine_run()
 * returns. */
void proc_stopped(struct proc *p);

#endif
