/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Engine processes; see spawn.h.
 *
 * An engine is a fork of the supervisor, so it starts in well under a
 * millisecond and shares its pages; before it runs a line of its own it has
 * lost every descriptor but its channel and its log, and the configuration
 * of the others.  What an engine may do is its row in engines.c.
 */
#include "daemon/spawn.h"
#include "daemon/check_script.h"

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "daemon/conf_global.h"
#include "daemon/confio.h"
#include "daemon/dump.h"
#include "daemon/firewall.h"
#include "daemon/hints.h"
#include "daemon/journal.h"
#include "daemon/linkbeat.h"
#include "daemon/netns.h"
#include "daemon/probe.h"
#include "daemon/procattr.h"
#include "daemon/relay.h"
#include "daemon/reload.h"
#include "daemon/super.h"
#include "daemon/syncd.h"
#include "daemon/tracker.h"
#include "daemon/vips.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/tree.h"

/* Deaths further apart than this are not quick succession. */
#define QUIET		SEC(30)
#define LOG_QUEUE_BYTES (4 << 20)

bool
spawn_is_running(const struct engine *e)
{
	return e->pid > 0;
}

nsec_t
spawn_delay(enum proc_id id, uint32_t failures)
{
	uint32_t most = id == PROC_VRRP ? 3 : 8; /* doublings */

	if (failures == 0)
		return 0;
	if (failures <= most)
		return MSEC(250) << (failures - 1);
	return id == PROC_VRRP ? SEC(1) : SEC(60);
}

/* ---- in the child ---- */

/* Closes all but two descriptors and the standard ones. */
static void
keep_only(int a, int b, bool keep_stderr)
{
	unsigned int lo = (unsigned int)(a < b ? a : b);
	unsigned int hi = (unsigned int)(a < b ? b : a);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
	}
	/* In the foreground for a last word of libc or a sanitizer; in the
	 * background somebody may wait for its end. */
	if (null >= 0 && !keep_stderr)
		(void)dup2(null, STDERR_FILENO);
	if (lo > 3)
		(void)close_range(3, lo - 1, 0);
	if (hi > lo + 1)
		(void)close_range(lo + 1, hi - 1, 0);
	(void)close_range(hi + 1, ~0U, 0);
}

/* The supervisor's configuration is not the engine's to know. */
static void
forget_configuration(struct super *s)
{
	if (s->txn.next != s->conf)
		conf_free(s->txn.next);
	conf_free(s->conf);
}

/* net_namespace_ipvs: IPVS lives elsewhere than the checks. */
static void
enter_namespace(const struct engine_row *row, const struct conf *c)
{
	const char *name = daemon_conf_get(c)->net_namespace_ipvs;
	int r;

	if (row->id != PROC_IPVS || name == NULL)
		return;
	r = netns_join(name);
	if (r < 0)
		fatal("%s process: network namespace '%s': %s", row->label,
		      name, strerror(-r));
}

static int
run_child(struct engine *e, int chan, int log, pid_t parent, bool is_respawn)
{
	struct super *s = e->s;
	const struct engine_row *row = e->row;
	const struct options *o = s->opt;
	struct proc_env env = {
		.super_fd = chan,
		.log_fd = log,
		.ident = row->ident,
		.detail = o->log_detail,
		.parent = parent,
		.is_respawn = is_respawn,
		.stop_flags = (o->keep_vips ? MSG_STOP_KEEP_VIPS : 0u) |
			      (o->keep_ipvs ? MSG_STOP_KEEP_IPVS : 0u),
		.priv =
			{
				.uid = row->is_check_user ? s->check_uid
							  : s->engine_uid,
				.gid = row->is_check_user ? s->check_gid
							  : s->engine_gid,
				.caps = row->caps,
				.has_files = row->has_files,
				.calls = row->calls,
				.is_dumpable = o->core_dump,
			},
		.conf_parse = confio_parse_engine,
		.conf_free = conf_free,
	};

	const struct conf *now = s->txn.next != NULL ? s->txn.next : s->conf;

	keep_only(chan, log, o->foreground);
	super_child(s);
	log_open_fd(log, row->ident, o->log_detail);
	(void)prctl(PR_SET_NAME, procattr_name(row, now)); /* only a name */
	setproctitle("%s", row->label);
	procattr_apply(0, row, NULL, now);
	enter_namespace(row, now);
	forget_configuration(s);
	return engine_run(row->ops, &env);
}

/* ---- the channel ---- */

static void
kill_engine(struct engine *e, const char *why)
{
	log_err("%s process %d: %s, killing it", e->row->label, (int)e->pid,
		why);
	(void)kill(e->pid, SIGKILL); /* it may be gone */
}

static void
on_msg(void *arg, enum msg_type type, const void *data, int fd)
{
	struct engine *e = arg;
	struct super *s = e->s;
	const struct msg_peer *peer = data;
	CLEANUP_FD int own = fd;

	e->ponged = monotime_now();
	if (type == MSG_CONF_READY)
		reload_on_ready(e, data);
	else if (type == MSG_CONF_NACK)
		reload_on_nack(e, data);
	else if (type == MSG_CONF_DONE)
		reload_on_done(e, data);
	else if (type == MSG_SOCK_WANT)
		probe_on_want(e, data);
	else if (type == MSG_MISC_RUN)
		check_scripts_run(s->check_scripts, data);
	else if (type == MSG_MISC_STOP)
		check_scripts_stop(s->check_scripts, data);
	else if (type == MSG_VRRP_VMAC)
		firewall_on_vmac(s->firewall, data);
	else if (type == MSG_LATE && s->conf != NULL)
		procattr_raise(e->pid, e->row, s->conf,
			       ((const struct msg_late *)data)->late,
			       &e->auto_priority);
	else if (type == MSG_LINK_POLL)
		linkbeat_on_poll(s->linkbeat, data);
	else if (type == MSG_PONG)
		dumps_on_pong(e);
	else if (type == MSG_PEER_BROKEN && peer->proc < PROC_COUNT &&
		 spawn_is_running(&s->engine[peer->proc]))
		kill_engine(&s->engine[peer->proc],
			    "it broke its promise to a sibling");
	else
		super_on_state(s, type, data);
}

static void
on_close(void *arg, const char *reason)
{
	struct engine *e = arg;

	/* Its exit status comes with SIGCHLD; a channel that broke ends it. */
	if (!imsg_is_gone(e->im))
		kill_engine(e, reason);
	imsg_free(TAKE_PTR(e->im));
}

static const struct imsg_ops channel_ops = {on_msg, on_close};

/* Connects a new engine with the siblings that it talks to. */
static void
connect_siblings(struct engine *e)
{
	for (int i = 0; i < PROC_COUNT; i++) {
		struct engine *other = &e->s->engine[i];
		struct msg_peer to_new = {.proc = (uint32_t)i};
		struct msg_peer to_old = {.proc = e->row->id};
		int fd[2];

		if (other == e || !spawn_is_running(other) ||
		    other->im == NULL || other->is_stopping ||
		    !msg_has_channel(e->row->id, other->row->id))
			continue;
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) <
		    0) {
			log_err("no channel between %s and %s: %s",
				e->row->label, other->row->label,
				strerror(errno));
			continue;
		}
		imsg_send(e->im, MSG_PEER, &to_new, fd[0]);
		imsg_send(other->im, MSG_PEER, &to_old, fd[1]);
		(void)close(fd[0]); /* ours are only copies */
		(void)close(fd[1]);
	}
}

static void
tell_siblings_gone(struct engine *e)
{
	struct msg_peer m = {.proc = e->row->id};

	for (int i = 0; i < PROC_COUNT; i++) {
		struct engine *other = &e->s->engine[i];

		if (other != e && other->im != NULL &&
		    msg_has_channel(e->row->id, other->row->id))
			imsg_send(other->im, MSG_PEER_GONE, &m, -1);
	}
}

/* ---- start ---- */

/* How long nobody has done its work. */
static uint32_t
silent_ms(const struct engine *e, monotime_t now)
{
	nsec_t d = monotime_sub(now, e->silent_since);

	return d >= SEC(3600) ? 3600 * 1000 : (uint32_t)(d / MSEC(1));
}

/* One that died as soon as it began has not done it either. */
static void
note_silence(struct engine *e, monotime_t now)
{
	if (e->was_mute)
		e->silent_since = e->ponged;
	else if (monotime_sub(now, e->started) >= SEC(1) ||
		 monotime_is_never(e->silent_since))
		e->silent_since = now;
	e->was_mute = false;
}

static void
respawn(struct engine *e)
{
	struct super *s = e->s;
	int r;

	if (s->is_stopping || spawn_is_running(e) ||
	    (!e->is_wanted && !reload_has_left(e)) ||
	    s->txn.is_active) /* it comes back when that is over */
		return;
	r = spawn_engine(e);
	if (r < 0) {
		log_err("%s process cannot be started: %s", e->row->label,
			strerror(-r));
		ev_timer_at(
			&e->timer,
			monotime_add(monotime_now(),
				     spawn_delay(e->row->id, ++e->failures)));
		return;
	}
	hints_send(s->hints, e->row->id, silent_ms(e, monotime_now()), e->im);
	if (e->row->id == PROC_VRRP)
		tracker_resend(s->tracker, TRACK_FOR_VRRP);
	if (e->row->id == PROC_VRRP && s->backup_sync_since > 0)
		syncd_tell_vrrp(s);
	if (e->row->id == PROC_CHECK)
		tracker_resend(s->tracker, TRACK_FOR_CHECK);
	if (e->row->id == PROC_IPVS)
		syncd_tell(s);
	reload_resume(e);
}

static void
on_timer(void *arg, monotime_t now)
{
	struct engine *e = arg;

	(void)now;
	if (!spawn_is_running(e))
		respawn(e);
	else if (e->is_stopping)
		kill_engine(e, "it does not stop");
}

/* Who cannot be raised need not say that it is late. */
void
spawn_tell_late(struct engine *e)
{
	const struct daemon_conf *d;
	struct msg_late m = {0};

	if (e->im == NULL || e->s->conf == NULL)
		return;
	d = daemon_conf_get(e->s->conf);
	if (d->max_auto_priority > 0)
		m.late = USEC(d->min_auto_priority_delay);
	imsg_send(e->im, MSG_LATE_LIMIT, &m, -1);
}

static void
adopt(struct engine *e, pid_t pid, int chan, int log)
{
	int size = LOG_QUEUE_BYTES;

	/* Without the right to a longer queue the default must do. */
	(void)setsockopt(log, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	e->pid = pid;
	e->im = imsg_new(e->s->loop, chan, PROC_SUPER, e->row->id, &channel_ops,
			 e);
	relay_open(e, log);
	e->started = e->ponged = monotime_now();
	e->auto_priority = 0;
	spawn_tell_late(e);
	e->conf = ENGINE_CONF_NONE;
	e->is_stopping = false;
	e->has_run = true;
	setup_engine_pidfile(e);
	log_info("Starting %s process, pid=%d", e->row->label, (int)pid);
	journal_give(e); /* before a sibling says what it wants */
	connect_siblings(e);
	if (e->row->id == PROC_CHECK)
		vips_resend(e->s->vips);
}

int
spawn_engine(struct engine *e)
{
	int chan[2], log[2], size = LOG_QUEUE_BYTES, saved;
	sigset_t all, before;
	pid_t parent = getpid(), pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, chan) < 0)
		return -errno;
	/* SEQPACKET keeps lines apart and, unlike DGRAM, its queue is not
	 * limited to net.unix.max_dgram_qlen lines. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, log) < 0) {
		saved = errno;
		(void)close(chan[0]);
		(void)close(chan[1]);
		return -saved;
	}
	(void)setsockopt(log[1], SOL_SOCKET, SO_SNDBUFFORCE, &size,
			 sizeof(size));
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	saved = errno;
	if (pid == 0)
		_exit(run_child(e, chan[1], log[1], parent, e->has_run));
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(chan[1]);
	(void)close(log[1]);
	if (pid > 0) {
		adopt(e, pid, chan[0], log[0]);
		return 0;
	}
	(void)close(chan[0]);
	(void)close(log[0]);
	return -saved;
}

/* ---- end ---- */

void
spawn_check_alive(struct engine *e, monotime_t now, nsec_t limit)
{
	if (!spawn_is_running(e) || e->im == NULL || e->is_stopping)
		return;
	if (monotime_sub(now, e->ponged) > limit) {
		e->was_mute = true;
		kill_engine(e, "it gives no sign of life");
		return;
	}
	e->pings++;
	imsg_send(e->im, MSG_PING, &(struct msg_empty){0}, -1);
}

void
spawn_stop(struct engine *e, uint32_t flags, nsec_t wait)
{
	struct msg_stop m = {.flags = flags};

	ev_timer_stop(&e->timer);
	if (!spawn_is_running(e))
		return;
	e->is_stopping = true;
	if (e->im != NULL)
		imsg_send(e->im, MSG_STOP, &m, -1);
	ev_timer_at(&e->timer, monotime_add(monotime_now(), wait));
}

static void
describe_end(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(out, size, "signal %d, %s", WTERMSIG(status),
			       strsignal(WTERMSIG(status)));
	else
		(void)snprintf(out, size, "exit status %d",
			       WEXITSTATUS(status));
}

/* Its end was not expected: arrange for a new one. */
static void
on_death(struct engine *e, pid_t pid, int status)
{
	struct super *s = e->s;
	monotime_t now = monotime_now();
	char how[64];
	nsec_t delay;

	describe_end(status, how, sizeof(how));
	if (s->opt->no_respawn) {
		log_err("%s process %d died (%s): stopping, as -R says",
			e->row->label, (int)pid, how);
		super_stop(s, 1);
		return;
	}
	if (monotime_sub(now, e->started) > QUIET)
		e->failures = 0;
	delay = spawn_delay(e->row->id, e->failures++);
	log_err("%s process %d died (%s): respawning in %lld ms", e->row->label,
		(int)pid, how, (long long)(delay / MSEC(1)));
	ev_timer_at(&e->timer, monotime_add(now, delay));
}

bool
spawn_reap(struct super *s, pid_t pid, int status)
{
	struct engine *e = NULL;

	for (int i = 0; i < PROC_COUNT; i++)
		if (s->engine[i].pid == pid)
			e = &s->engine[i];
	if (e == NULL)
		return false;
	relay_close(e); /* what it said before its end comes first */
	if (e->im != NULL)
		imsg_receive(e->im);
	imsg_free(TAKE_PTR(e->im));
	dumps_on_death(e);
	ev_timer_stop(&e->timer);
	pidfile_close(&e->pidfile);
	e->pid = 0;
	super_on_engine_gone(s, e->row->id);
	tell_siblings_gone(e);
	note_silence(e, monotime_now());
	if (!e->is_stopping && !s->is_stopping) {
		on_death(e, pid, status);
	} else if (e->is_wanted && !s->is_stopping) {
		/* A reload asked for it again while it was stopping. */
		ev_timer_at(&e->timer, monotime_now());
	}
	if (e->is_stopping) {
		e->has_run = false;
		reload_forget(e);
	}
	/* In order: nothing is left of it. */
	if (e->is_stopping && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		journal_forget(e);
	e->is_stopping = false;
	reload_on_death(e);
	super_check_stopped(s);
	return true;
}

void
spawn_init(struct super *s)
{
	for (int i = 0; i < PROC_COUNT; i++) {
		struct engine *e = &s->engine[i];

		e->s = s;
		e->log_fd = e->sent_fd = e->kept_fd = e->journal_fd = -1;
		e->silent_since = MONOTIME_NEVER;
		e->pidfile = PIDFILE_INIT;
		e->row = engines_find((enum proc_id)i);
		ev_timer_init(&e->timer, s->loop, on_timer, e);
	}
}

void
spawn_fini(struct super *s)
{
	for (int i = 0; i < PROC_COUNT; i++) {
		ev_timer_fini(&s->engine[i].timer);
		util_close_p(&s->engine[i].sent_fd);
		util_close_p(&s->engine[i].kept_fd);
		journal_leave(&s->engine[i]);
	}
}
