/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The frame around an engine; see proc.h.
 *
 * It receives configurations (CONF_PREPARE with a sealed memfd, then COMMIT
 * or ABORT), channels to siblings, requests to dump or stop, and hands
 * everything else on.  It never knows what an engine does.
 */
#include "lib/proc.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "lib/log.h"
#include "lib/util.h"

/* How long a stopped engine tries to hand its last words over. */
#define LAST_WORDS MSEC(500)

struct frame;

/* One channel to a sibling; arg of its callbacks. */
struct sibling {
	struct frame *f;
	enum proc_id id;
};

struct frame {
	struct proc p;
	const struct engine_ops *ops;
	const struct proc_env *env;
	void *self;
	struct sibling sibling[PROC_COUNT];
	struct ev_signal sigterm;
	uint32_t prepared; /* generation waiting for its verdict, 0 none */
	/* Both are the engine's: what was given to it, what it runs by. */
	const struct conf *next, *in_force;
	bool is_stopping;
	monotime_t next_late; /* not told before */
};

void
proc_stopped(struct proc *p)
{
	ev_loop_stop(p->loop);
}

static void
begin_stop(struct frame *f, uint32_t flags)
{
	if (f->is_stopping)
		return;
	f->is_stopping = true;
	f->ops->stop(f->self, flags);
}

/* ---- configuration ---- */

static void
send_nack(struct frame *f, uint32_t generation, const char *reason)
{
	struct msg_nack nack = {.generation = generation};

	(void)snprintf(nack.reason, sizeof(nack.reason), "%s", reason);
	imsg_send(f->p.super, MSG_CONF_NACK, &nack, -1);
}

/* The configuration in a sealed memfd, or NULL with the reason. */
static struct conf *
parse_fd(const struct frame *f, int fd, char *reason)
{
	struct conf *next;
	struct stat st;
	void *text = NULL;

	if (fstat(fd, &st) < 0 || st.st_size < 0) {
		(void)snprintf(reason, MSG_TEXT_LEN, "configuration: %s",
			       strerror(errno));
		return NULL;
	}
	if (st.st_size > 0) {
		text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
			    fd, 0);
		if (text == MAP_FAILED) {
			(void)snprintf(reason, MSG_TEXT_LEN,
				       "configuration: %s", strerror(errno));
			return NULL;
		}
	}
	next = f->env->conf_parse(f->p.id, text != NULL ? text : "",
				  (size_t)st.st_size, f->in_force, reason);
	if (text != NULL)
		(void)munmap(text, (size_t)st.st_size);
	return next;
}

static void
forget_prepared(struct frame *f)
{
	if (f->prepared != 0)
		f->ops->abort(f->self);
	f->prepared = 0;
}

static void
on_prepare(struct frame *f, const struct msg_conf *m, int fd)
{
	char reason[MSG_TEXT_LEN] = "";
	struct msg_done done = {0};
	struct conf *next;

	forget_prepared(f);
	next = parse_fd(f, fd, reason);
	if (next == NULL) {
		send_nack(f, m->generation, reason);
		return;
	}
	if (f->ops->prepare(f->self, next, &done, reason) < 0) {
		f->env->conf_free(next);
		send_nack(f, m->generation, reason);
		return;
	}
	f->prepared = m->generation;
	f->next = next;
	done.generation = m->generation;
	imsg_send(f->p.super, MSG_CONF_READY, &done, -1);
}

static void
on_commit(struct frame *f, const struct msg_conf *m)
{
	struct msg_done done = {0};

	if (f->prepared != m->generation)
		fatal("told to commit configuration %u, but %u is prepared",
		      m->generation, f->prepared);
	f->prepared = 0;
	f->ops->commit(f->self, &done);
	f->in_force = f->next;
	done.generation = m->generation;
	imsg_send(f->p.super, MSG_CONF_DONE, &done, -1);
}

/* ---- siblings ---- */

static void
close_sibling(struct frame *f, enum proc_id id)
{
	if (f->p.peer[id] == NULL)
		return;
	imsg_free(TAKE_PTR(f->p.peer[id]));
	f->ops->on_peer(f->self, id, false);
}

static void
on_sibling_msg(void *arg, enum msg_type type, const void *data, int fd)
{
	struct sibling *s = arg;

	s->f->ops->on_msg(s->f->self, s->id, type, data, fd);
}

static void
on_sibling_close(void *arg, const char *reason)
{
	struct sibling *s = arg;
	struct frame *f = s->f;
	struct msg_peer m = {.proc = s->id};

	if (!imsg_is_gone(f->p.peer[s->id])) {
		log_err("channel to %s: %s", proc_name(s->id), reason);
		imsg_send(f->p.super, MSG_PEER_BROKEN, &m, -1);
	}
	close_sibling(f, s->id);
}

static const struct imsg_ops sibling_ops = {on_sibling_msg, on_sibling_close};

static void
open_sibling(struct frame *f, const struct msg_peer *m, int fd)
{
	enum proc_id id = (enum proc_id)m->proc;

	if (id == PROC_SUPER || m->proc >= PROC_COUNT || id == f->p.id)
		fatal("told of a sibling %u that cannot be", m->proc);
	close_sibling(f, id);
	f->sibling[id] = (struct sibling){f, id};
	f->p.peer[id] = imsg_new(f->p.loop, fd, f->p.id, id, &sibling_ops,
				 &f->sibling[id]);
	f->ops->on_peer(f->self, id, true);
}

static void
lose_sibling(struct frame *f, const struct msg_peer *m)
{
	if (m->proc < PROC_COUNT)
		close_sibling(f, (enum proc_id)m->proc);
}

/* ---- the supervisor ---- */

static void
on_dump(struct frame *f, const struct msg_dump *m, int fd)
{
	if (f->ops->dump != NULL)
		f->ops->dump(f->self, (enum msg_dump_kind)m->kind, fd);
}

/* Once a second is enough: each may raise our priority by one. */
static void
on_late(void *arg, nsec_t late)
{
	struct frame *f = arg;
	monotime_t now = monotime_now();

	if (monotime_before(now, f->next_late) || f->is_stopping)
		return;
	f->next_late = monotime_add(now, SEC(1));
	imsg_send(f->p.super, MSG_LATE, &(struct msg_late){late}, -1);
}

/* The framework's own words; false if it is the engine's. */
static bool
handle(struct frame *f, enum msg_type type, const void *data, int *fd)
{
	const struct msg_stop *stop = data;
	const struct msg_late *late = data;

	if (type == MSG_CONF_PREPARE)
		on_prepare(f, data, *fd);
	else if (type == MSG_CONF_COMMIT)
		on_commit(f, data);
	else if (type == MSG_CONF_ABORT)
		forget_prepared(f);
	else if (type == MSG_PEER)
		open_sibling(f, data, TAKE_FD(*fd));
	else if (type == MSG_PEER_GONE)
		lose_sibling(f, data);
	else if (type == MSG_DUMP)
		on_dump(f, data, *fd);
	else if (type == MSG_PING)
		imsg_send(f->p.super, MSG_PONG, &(struct msg_empty){0}, -1);
	else if (type == MSG_LATE_LIMIT)
		ev_loop_on_late(f->p.loop, late->late, on_late, f);
	else if (type == MSG_STOP)
		begin_stop(f, stop->flags);
	else
		return false;
	return true;
}

static void
on_super_msg(void *arg, enum msg_type type, const void *data, int fd)
{
	struct frame *f = arg;
	CLEANUP_FD int own = fd;

	if (!handle(f, type, data, &own))
		f->ops->on_msg(f->self, PROC_SUPER, type, data, TAKE_FD(own));
}

/* Without a supervisor an engine does not go on. */
static void
on_super_close(void *arg, const char *reason)
{
	struct frame *f = arg;

	if (!f->is_stopping)
		log_err("channel to the supervisor: %s, stopping", reason);
	begin_stop(f, f->env->stop_flags);
}

static const struct imsg_ops super_ops = {on_super_msg, on_super_close};

static void
on_sigterm(void *arg, int signo)
{
	struct frame *f = arg;

	(void)signo;
	begin_stop(f, f->env->stop_flags);
}

/* ---- life ---- */

static int
frame_init(struct frame *f)
{
	const char *what = "";
	int r;

	f->p.id = f->ops->id;
	f->p.is_respawn = f->env->is_respawn;
	f->p.loop = ev_loop_new();
	ev_signal_init(&f->sigterm, f->p.loop, SIGTERM, on_sigterm, f);
	f->p.super = imsg_new(f->p.loop, f->env->super_fd, f->p.id, PROC_SUPER,
			      &super_ops, f);
	r = f->ops->init(&f->p, &f->self);
	if (r < 0) {
		log_err("%s engine cannot start: %s", proc_name(f->p.id),
			strerror(-r));
		return r;
	}
	r = priv_drop(&f->env->priv, SIGTERM, f->env->parent, &what);
	if (r < 0)
		log_err("%s engine cannot give up privilege: %s: %s",
			proc_name(f->p.id), what, strerror(-r));
	return r;
}

static void
frame_fini(struct frame *f)
{
	for (int i = 0; i < PROC_COUNT; i++)
		if (f->p.peer[i] != NULL) {
			/* A sibling that does not read loses our last words. */
			(void)imsg_flush(f->p.peer[i], LAST_WORDS);
			imsg_free(TAKE_PTR(f->p.peer[i]));
		}
	(void)imsg_flush(f->p.super, LAST_WORDS); /* it may be dead */
	if (f->self != NULL)
		f->ops->fini(f->self);
	imsg_free(f->p.super);
	ev_signal_fini(&f->sigterm);
	ev_loop_free(f->p.loop);
}

int
engine_run(const struct engine_ops *ops, const struct proc_env *env)
{
	struct frame f = {.ops = ops, .env = env};
	int r;

	log_open_fd(env->log_fd, env->ident, env->detail);
	r = frame_init(&f);
	if (r == 0)
		ev_loop_run(f.p.loop);
	frame_fini(&f);
	log_close();
	return r == 0 ? 0 : 1;
}
