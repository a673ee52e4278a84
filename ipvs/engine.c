/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The ipvs engine: messages of the check engine → model → mirror.
 *
 * A full description (SYNC_BEGIN … SYNC_END) is reconciled with the kernel as
 * a whole; a single change in between is sent as it is, with its neighbours
 * of the same turn of the loop in one batch.  After an error, and every other
 * second, kernel and model are compared.  The death of the check engine
 * changes nothing in the table.  Before anybody wants a virtual service the
 * kernel is not even asked whether it has IPVS.
 */
#include "ipvs/engine.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ipvs/conf.h"
#include "ipvs/mirror.h"
#include "ipvs/owned.h"
#include "ipvs/status.h"
#include "ipvs/syncd.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/diff.h"

#define TICK	   SEC(2)    /* drift is put back within this */
#define TICK_SHARE 50	     /* but takes at most 1/50 of the time ... */
#define TICK_MAX   SEC(10)   /* ... and comes at least this often */
#define AGAIN	   MSEC(200) /* after a comparison that failed, ever later */
#define ABSENT	   SEC(10)   /* a kernel without IPVS is asked again */
#define ABSENT_MSG SEC(2)    /* and after a message, once in this */
#define BAD_EVERY  SEC(10)

enum { FAILURES_MAX = 8 };

struct engine {
	struct proc *p;
	struct conf *conf, *next;
	struct model *model;
	struct mirror *mirror;
	struct syncd *syncd;
	uint64_t place;	      /* of owned.h */
	struct ev_timer tick; /* the slow comparison */
	bool must_go_on;      /* a comparison has more to do ... */
	enum mirror_why why;  /* ... of this kind */
	uint32_t failures;    /* comparisons in a row that failed */
	struct ev_timer soon; /* end of this turn of the loop: send notes */
	uint32_t sync_count;  /* messages since SYNC_BEGIN */
	bool must_flush;      /* lvs_flush, not done yet */
	bool is_started;      /* a configuration was committed */
	bool is_stopping;
	struct log_limit bad; /* messages that make no sense */
	struct msg_ipvs_status told;
	int64_t told_sync; /* of the backup sync daemon */
};

/* ---- status ---- */

static void
report(struct engine *e, bool is_wanted)
{
	struct mirror_stats s = mirror_stats_get(e->mirror);
	struct msg_ipvs_status m = {
		.is_available = s.is_available,
		.services = (uint32_t)model_svcs(e->model),
		.dests = (uint32_t)model_dests(e->model),
		.repairs = s.repairs,
	};

	if (e->p->peer[PROC_CHECK] == NULL ||
	    (!is_wanted && memcmp(&m, &e->told, sizeof(m)) == 0))
		return;
	e->told = m;
	imsg_send(e->p->peer[PROC_CHECK], MSG_IPVS_STATUS, &m, -1);
}

/* Since when the backup sync daemon runs, if that is news. */
static void
report_sync(struct engine *e)
{
	monotime_t since = syncd_backup_since(e->syncd);
	struct msg_sync_state m = {
		.backup_since = monotime_is_never(since) ? 0 : since.ns};

	if (e->p->super == NULL || m.backup_since == e->told_sync)
		return;
	e->told_sync = m.backup_since;
	imsg_send(e->p->super, MSG_SYNC_STATE, &m, -1);
}

/* ---- comparing ---- */

static bool
has_work(struct engine *e)
{
	return e->must_flush || model_svcs(e->model) > 0 ||
	       model_leaving(e->model)->svcs > 0;
}

static bool
has_any_work(struct engine *e)
{
	return has_work(e) || syncd_has_work(e->syncd);
}

static void
arm_tick(struct engine *e, monotime_t now)
{
	struct mirror_stats s = mirror_stats_get(e->mirror);
	nsec_t wait = TICK;

	if (!has_any_work(e) || e->is_stopping) {
		ev_timer_stop(&e->tick);
		return;
	}
	if (has_work(e) && !s.is_available)
		wait = ABSENT;
	else if (e->failures > 0 && AGAIN << (e->failures - 1) < TICK)
		wait = AGAIN << (e->failures - 1);
	else if (s.last_svcs * TICK_SHARE > wait)
		wait = s.last_svcs * TICK_SHARE;
	if (wait > TICK_MAX)
		wait = TICK_MAX;
	ev_timer_at(&e->tick, monotime_add(now, wait));
}

static void
compare(struct engine *e, enum mirror_why why)
{
	int rc;

	/* Filling a table that could not be used before repairs nothing. */
	if (!mirror_stats_get(e->mirror).is_available)
		why = MIRROR_SYNC;
	if (e->must_flush && mirror_flush(e->mirror) == 0)
		e->must_flush = false;
	/* The mirror has told what is wrong; the tick tries again. */
	rc = mirror_pass(e->mirror, why, monotime_now());
	e->must_go_on = rc > 0;
	e->failures = rc < 0 && e->failures < FAILURES_MAX ? e->failures + 1
		      : rc < 0				   ? FAILURES_MAX
							   : 0;
	e->why = why;
	if (e->must_go_on)
		ev_timer_at(&e->soon, monotime_now());
	arm_tick(e, monotime_now());
	report(e, false);
}

static void
on_tick(void *arg, monotime_t now)
{
	struct engine *e = arg;

	if (model_is_syncing(e->model)) { /* half a description: wait */
		arm_tick(e, now);
		return;
	}
	syncd_pass(e->syncd);
	report_sync(e);
	if (has_work(e))
		compare(e, MIRROR_TICK);
	else
		arm_tick(e, now);
}

static void
on_soon(void *arg, monotime_t now)
{
	struct engine *e = arg;
	monotime_t again = monotime_add(now, ABSENT_MSG);

	if (e->must_go_on && !model_is_syncing(e->model)) {
		compare(e, e->why); /* with the notes */
		return;
	}
	if (!mirror_has_notes(e->mirror))
		return;
	if (mirror_send(e->mirror)) {
		if (monotime_is_never(e->tick.at))
			arm_tick(e, now);
		report(e, false);
		return;
	}
	if (mirror_stats_get(e->mirror).is_available)
		compare(e, MIRROR_ERROR);
	else if (monotime_is_never(e->tick.at) ||
		 monotime_before(again, e->tick.at))
		ev_timer_at(&e->tick, again);
}

/* ---- messages ---- */

static void
bad_message(struct engine *e, const char *what, int err)
{
	uint32_t missed;

	if (log_limit_ok(&e->bad, monotime_now(), &missed))
		log_err("IPVS: the check engine sent an impossible %s: %s "
			"(and %u such before)",
			what, strerror(-err), missed);
}

/* A change of the model that the kernel must learn now. */
static void
change(struct engine *e, const struct ipvs_op *op)
{
	if (model_is_syncing(e->model))
		return; /* SYNC_END does it all */
	mirror_note(e->mirror, op);
	ev_timer_at(&e->soon, monotime_now());
}

static void
on_svc_set(struct engine *e, const struct msg_svc *in)
{
	struct ipvs_op op;
	enum model_change c;
	int err = ipvs_svc_clean(in, &op.svc);

	if (err < 0) {
		bad_message(e, "virtual service", err);
		return;
	}
	c = model_svc_set(e->model, &op.svc);
	op.kind = c == MODEL_ADDED ? IPVS_OP_SVC_ADD : IPVS_OP_SVC_EDIT;
	if (c != MODEL_SAME)
		change(e, &op);
}

static void
on_svc_del(struct engine *e, const struct msg_svc_key *in)
{
	struct ipvs_op op = {.kind = IPVS_OP_SVC_DEL};
	int err = ipvs_svc_key_clean(in, &op.svc.key);

	if (err < 0) {
		bad_message(e, "virtual service to delete", err);
		return;
	}
	(void)model_svc_del(e->model, &op.svc.key);
	change(e, &op);
}

static void
on_dest_set(struct engine *e, const struct msg_dest *in)
{
	struct ipvs_op op;
	enum model_change c;
	int err = ipvs_dest_clean(in, &op.dest);

	if (err < 0) {
		bad_message(e, "server", err);
		return;
	}
	c = model_dest_set(e->model, &op.dest);
	op.kind = c == MODEL_ADDED ? IPVS_OP_DEST_ADD : IPVS_OP_DEST_EDIT;
	if (c == MODEL_UNKNOWN)
		bad_message(e, "server of an unknown virtual service", -ENOENT);
	else if (c != MODEL_SAME)
		change(e, &op);
}

static void
on_dest_del(struct engine *e, const struct msg_dest_key *in)
{
	struct ipvs_op op = {.kind = IPVS_OP_DEST_DEL};
	int err = ipvs_dest_key_clean(in, &op.dest.key);

	if (err < 0) {
		bad_message(e, "server to delete", err);
		return;
	}
	if (model_dest_del(e->model, &op.dest.key) == MODEL_DELETED)
		change(e, &op);
}

/* The first description after a crash: what a predecessor made and nobody
 * wants any more goes now. */
static void
tell_inherited(size_t inherited)
{
	if (inherited > 0)
		log_notice("IPVS: a process that was killed left %zu virtual "
			   "service%s that the configuration does not have: "
			   "deleting",
			   inherited, inherited == 1 ? "" : "s");
}

static void
on_sync_end(struct engine *e, const struct msg_sync *m)
{
	if (!model_is_syncing(e->model)) {
		bad_message(e, "end of a description", -EPROTO);
		return;
	}
	if (m->count != e->sync_count) {
		bad_message(e, "number of messages in a description", -EPROTO);
		model_sync_abort(e->model); /* sweep nothing */
	} else {
		tell_inherited(model_inherited(e->model));
		model_sync_end(e->model);
	}
	if (has_work(e))
		compare(e, MIRROR_SYNC);
	report(e, false);
}

static void
on_check_msg(struct engine *e, enum msg_type type, const void *data)
{
	if (type == MSG_SYNC_BEGIN) {
		/* What is noted is older than the description. */
		if (!e->must_go_on)
			on_soon(e, monotime_now());
		e->must_go_on = false;
		e->sync_count = 0;
		model_sync_begin(e->model);
	} else if (type == MSG_SYNC_END) {
		on_sync_end(e, data);
	} else if (type == MSG_SVC_SET) {
		e->sync_count++;
		on_svc_set(e, data);
	} else if (type == MSG_DEST_SET) {
		e->sync_count++;
		on_dest_set(e, data);
	} else if (type == MSG_SVC_DEL) {
		on_svc_del(e, data);
	} else if (type == MSG_DEST_DEL) {
		on_dest_del(e, data);
	}
}

static void
on_owned(struct engine *e, int fd)
{
	struct owned *o;
	int err = owned_open(fd, e->place, &o);

	if (err < 0)
		log_warn("IPVS: what is ours will not be remembered: %s",
			 strerror(-err));
	else
		model_remember(e->model, o);
}

static void
on_msg(void *self, enum proc_id from, enum msg_type type, const void *data,
       int fd)
{
	struct engine *e = self;
	CLEANUP_FD int own = fd;

	if (e->is_stopping)
		return;
	if (type == MSG_OWNED)
		on_owned(e, own);
	if (from == PROC_CHECK)
		on_check_msg(e, type, data);
	if (type == MSG_SYNC_DAEMON) {
		syncd_want(e->syncd, data);
		report_sync(e);
		if (monotime_is_never(e->tick.at))
			arm_tick(e, monotime_now());
	}
}

static void
on_peer(void *self, enum proc_id id, bool is_open)
{
	struct engine *e = self;

	if (id != PROC_CHECK)
		return;
	if (is_open) {
		report(e, true);
		return;
	}
	/* A description that broke off sweeps nothing: the table stays until
	 * a new check engine gives a whole one. */
	model_sync_abort(e->model);
}

/* ---- configuration ---- */

static const struct ipvs_conf *
settings(const struct conf *c)
{
	static const struct ipvs_conf none;

	return c != NULL ? ipvs_conf_get(c) : &none;
}

static void
count_plan(const struct conf *old, const struct conf *next,
	   struct msg_done *done)
{
	static const struct conf_module *const modules[] = {
		&ipvs_conf_module,
		NULL,
	};
	struct arena *a;
	const struct plan *p;

	if (old == NULL)
		return;
	a = arena_new();
	p = conf_diff(old, next, modules, CONF_MASK(CONF_IPVS), a);
	/* All settings are one object. */
	done->changed = !plan_is_empty(p);
	done->same = plan_is_empty(p);
	arena_free(a);
}

static void
set_timeouts(struct engine *e, const struct ipvs_conf *c)
{
	struct ipvs_timeouts t = {.tcp = c->lvs_timeout_tcp,
				  .tcpfin = c->lvs_timeout_tcpfin,
				  .udp = c->lvs_timeout_udp};

	mirror_set_timeouts(e->mirror, c->has_lvs_timeouts ? &t : NULL);
}

static int
prepare(void *self, struct conf *next, struct msg_done *done, char *reason)
{
	struct engine *e = self;

	(void)reason; /* nothing can be wrong that the parser does not see */
	count_plan(e->conf, next, done);
	e->next = next;
	return 0;
}

static void
commit(void *self, struct msg_done *done)
{
	struct engine *e = self;
	const struct ipvs_conf *old = settings(e->conf);
	const struct ipvs_conf *now = settings(e->next);

	count_plan(e->conf, e->next, done);
	if (now->lvs_netlink_cmd_rcv_bufs != old->lvs_netlink_cmd_rcv_bufs ||
	    now->lvs_netlink_cmd_rcv_bufs_force !=
		    old->lvs_netlink_cmd_rcv_bufs_force)
		mirror_set_rcvbuf(e->mirror, now->lvs_netlink_cmd_rcv_bufs,
				  now->lvs_netlink_cmd_rcv_bufs_force);
	set_timeouts(e, now);
	/* Once, when the program starts: a respawned engine finds services
	 * with connections, and a reload is no start either. */
	if (!e->is_started && now->lvs_flush && !e->p->is_respawn)
		e->must_flush = true;
	e->is_started = true;
	conf_free(e->conf);
	e->conf = TAKE_PTR(e->next);
}

static void
abort_prepared(void *self)
{
	struct engine *e = self;

	conf_free(TAKE_PTR(e->next));
}

/* ---- start, stop ---- */

static int
init(struct proc *p, void **self)
{
	struct engine *e = xcalloc(1, sizeof(*e));
	int err;

	e->p = p;
	e->model = model_new();
	e->place = owned_place();
	e->bad = (struct log_limit){.interval = BAD_EVERY, .burst = 5};
	err = mirror_open(e->model, &e->mirror);
	if (err == 0)
		err = syncd_open(&e->syncd);
	if (err < 0) {
		log_err("IPVS: cannot open a netlink socket: %s",
			strerror(-err));
		mirror_close(e->mirror);
		model_free(e->model);
		free(e);
		return err;
	}
	ev_timer_init(&e->tick, p->loop, on_tick, e);
	ev_timer_init(&e->soon, p->loop, on_soon, e);
	*self = e;
	return 0;
}

static void
stop(void *self, uint32_t flags)
{
	struct engine *e = self;
	enum lvs_flush_on_stop how = settings(e->conf)->lvs_flush_on_stop;

	e->is_stopping = true;
	model_settle(e->model); /* before the first description, too */
	ev_timer_stop(&e->tick);
	ev_timer_stop(&e->soon);
	if (!(flags & MSG_STOP_KEEP_IPVS)) {
		syncd_leave(e->syncd);
		mirror_set_timeouts(e->mirror, NULL);
	}
	if (flags & MSG_STOP_KEEP_IPVS)
		log_info("IPVS: the virtual services stay in place");
	else if (how != LVS_FLUSH_ON_STOP_ALL)
		(void)mirror_leave(e->mirror);
	/* What stays in place on purpose is nobody's from now on. */
	if (flags & MSG_STOP_KEEP_IPVS ||
	    (how == LVS_FLUSH_ON_STOP_ALL && mirror_flush(e->mirror) == 0))
		model_strike_all(e->model);
	proc_stopped(e->p);
}

static void
fini(void *self)
{
	struct engine *e = self;

	ev_timer_fini(&e->tick);
	ev_timer_fini(&e->soon);
	mirror_close(e->mirror);
	syncd_close(e->syncd);
	model_free(e->model);
	conf_free(e->conf);
	conf_free(e->next);
	free(e);
}

/* What the status shows; the connections are the caller's to free. */
static struct ipvs_status
look(struct engine *e, bool has_counts, struct ipvs_count **count)
{
	struct ipvs_status s = {.stats = mirror_stats_get(e->mirror),
				.model = e->model,
				.now = monotime_now()};

	/* Whom nobody wants anything of is not asked either. */
	if (has_any_work(e))
		syncd_status_get(e->syncd, &s.sync);
	if (!has_counts)
		return s;
	*count = xcalloc(model_dests(e->model) + 1, sizeof(**count));
	if (mirror_count(e->mirror, *count))
		s.count = *count;
	return s;
}

static void
dump(void *self, enum msg_dump_kind kind, int fd)
{
	bool has_table = kind != MSG_DUMP_STATS && kind != MSG_DUMP_STATS_CLEAR;
	CLEANUP_FREE struct ipvs_count *count = NULL;
	struct ipvs_status s = look(self, has_table, &count);
	struct buf b = BUF_INIT;
	ssize_t n = 1;

	switch (kind) {
	case MSG_DUMP_DATA:
	case MSG_DUMP_STATS:
	case MSG_DUMP_STATS_CLEAR:
		ipvs_status_print(&s, has_table, &b);
		break;
	case MSG_DUMP_JSON:
	case MSG_DUMP_JSON_2:
		ipvs_status_print_json(&s, &b);
		break;
	}
	/* A reader that went away misses the rest. */
	for (size_t at = 0; at < b.len && n > 0; at += (size_t)n)
		n = write(fd, b.data + at, b.len - at);
	buf_fini(&b);
}

const struct engine_ops ipvs_engine_ops = {
	.id = PROC_IPVS,
	.init = init,
	.prepare = prepare,
	.commit = commit,
	.abort = abort_prepared,
	.on_msg = on_msg,
	.on_peer = on_peer,
	.dump = dump,
	.stop = stop,
	.fini = fini,
};
