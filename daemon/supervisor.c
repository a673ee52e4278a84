/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The supervisor's life; see supervisor.h.
 *
 * It reads the file, starts the engines, passes signals on, and waits.  It
 * has no network input and does no protocol work; what happens to engines is
 * in spawn.c, to configurations in reload.c.
 */
#include "daemon/supervisor.h"
#include "daemon/check_script.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "daemon/conf_global.h"
#include "daemon/confio.h"
#include "daemon/dump.h"
#include "daemon/fifos.h"
#include "daemon/firewall.h"
#include "daemon/fullnat.h"
#include "daemon/hints.h"
#include "daemon/ipvs_marks.h"
#include "daemon/linkbeat.h"
#include "daemon/notify.h"
#include "daemon/postman.h"
#include "daemon/procattr.h"
#include "daemon/realserver.h"
#include "daemon/reload.h"
#include "daemon/reload_timer.h"
#include "daemon/runner.h"
#include "daemon/services_file.h"
#include "daemon/setup.h"
#include "daemon/spawn.h"
#include "daemon/super.h"
#include "daemon/syncd.h"
#include "daemon/sysctls.h"
#include "daemon/tracker.h"
#include "daemon/vips.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/tree.h"

/* Engines are asked for a sign of life so often, and killed after so long
 * without one. */
#define ALIVE_INTERVAL SEC(15)
#define ALIVE_LIMIT    SEC(60)
#define ALIVE_LATE     SEC(1)

static const struct daemon_conf *
daemon_conf(const struct super *s)
{
	return s->conf != NULL ? daemon_conf_get(s->conf) : NULL;
}

static nsec_t
child_wait(const struct super *s)
{
	const struct daemon_conf *c = daemon_conf(s);

	return SEC(c != NULL ? c->child_wait_time : 5);
}

/* ---- the end ---- */

static bool
has_engines(const struct super *s)
{
	for (int i = 0; i < PROC_COUNT; i++)
		if (spawn_is_running(&s->engine[i]))
			return true;
	return false;
}

void
super_check_stopped(struct super *s)
{
	if (!s->is_stopping || has_engines(s))
		return;
	/* Nobody is left who could report anything. */
	fifos_end(s->fifos);
	postman_end(s->postman);
	if (runner_is_idle(s->runner) && fifos_is_idle(s->fifos) &&
	    postman_is_idle(s->postman))
		ev_loop_stop(s->loop);
}

static void
on_scripts_done(void *arg)
{
	super_check_stopped(arg);
}

/* Scripts of the end get as long as the engines. */
static void
on_stop_limit(void *arg, monotime_t now)
{
	struct super *s = arg;

	(void)now;
	if (!runner_is_idle(s->runner))
		log_warn("scripts still run, killing them");
	runner_kill_all(s->runner);
	fifos_end(s->fifos);
	fifos_kill(s->fifos);
	postman_kill(s->postman);
	if (!has_engines(s))
		ev_loop_stop(s->loop);
}

void
super_stop(struct super *s, int exit_status)
{
	uint32_t flags = (s->opt->keep_vips ? MSG_STOP_KEEP_VIPS : 0u) |
			 (s->opt->keep_ipvs ? MSG_STOP_KEEP_IPVS : 0u);

	if (s->is_stopping)
		return;
	s->is_stopping = true;
	s->exit_status = exit_status;
	log_info("Stopping");
	sdnotify_stopping(&s->sd);
	tracker_set_conf(s->tracker, NULL, 0);
	check_scripts_set_conf(s->check_scripts, NULL);
	ev_timer_at(&s->stop_timer,
		    monotime_add(monotime_now(), child_wait(s)));
	for (int i = 0; i < PROC_COUNT; i++)
		spawn_stop(&s->engine[i], flags, child_wait(s));
	super_check_stopped(s);
}

/* ---- configurations ---- */

/* What nobody will hear of is not looked at. */
static void
set_watched(struct super *s)
{
	bool has_vrrp =
		engines_is_wanted(engines_find(PROC_VRRP), s->opt, s->conf);
	bool has_check =
		engines_is_wanted(engines_find(PROC_CHECK), s->opt, s->conf);
	unsigned who = (has_vrrp ? TRACK_FOR_VRRP : 0u) |
		       (has_check ? TRACK_FOR_CHECK : 0u);

	tracker_set_conf(s->tracker, who != 0 ? s->conf : NULL, who);
	check_scripts_set_conf(s->check_scripts, has_check ? s->conf : NULL);
}

void
super_on_conf(struct super *s, const struct conf *old)
{
	for (int i = 0; i < PROC_COUNT; i++)
		/* A new one has done it by itself. */
		if (old != NULL && s->engine[i].is_wanted &&
		    spawn_is_running(&s->engine[i]))
			procattr_apply(s->engine[i].pid, s->engine[i].row, old,
				       s->conf);
	for (int i = 0; i < PROC_COUNT; i++)
		if (spawn_is_running(&s->engine[i]))
			spawn_tell_late(&s->engine[i]);
	runner_set_conf(s->runner, s->conf);
	fifos_set_conf(s->fifos, s->conf);
	reload_timer_set_conf(s->reload_timer, daemon_conf_get(s->conf));
	postman_set_user(s->postman, s->mail_uid, s->mail_gid);
	postman_set_conf(s->postman, s->conf);
	notify_set_conf(s->notify, s->conf);
	set_watched(s);
	syncd_on_conf(s);
}

void
super_reloaded(struct super *s)
{
	notify_reloaded(s->notify, s->hints, s->conf);
}

void
super_started(struct super *s)
{
	sdnotify_ready(&s->sd, "Running");
	s->ready(s->ready_arg);
	dumps_start_early(s);
}

/* ---- what is tracked ---- */

/* Who is not there is told when it comes. */
static void
tell_engine(struct super *s, enum proc_id id, enum msg_type type,
	    const void *data)
{
	const struct engine *e = &s->engine[id];

	if (spawn_is_running(e) && e->im != NULL && !e->is_stopping)
		imsg_send(e->im, type, data, -1);
}

static void
on_tracked(void *arg, const struct msg_track *m, unsigned who)
{
	if (who & TRACK_FOR_VRRP)
		tell_engine(arg, PROC_VRRP, MSG_TRACK, m);
	if (who & TRACK_FOR_CHECK)
		tell_engine(arg, PROC_CHECK, MSG_FILE_VALUE, m);
}

static void
on_script_done(void *arg, const struct msg_misc_done *m)
{
	tell_engine(arg, PROC_CHECK, MSG_MISC_DONE, m);
}

void
super_on_engine_gone(struct super *s, enum proc_id id)
{
	if (id == PROC_CHECK)
		check_scripts_stop_all(s->check_scripts);
}

/* ---- what engines say ---- */

void
super_on_state(struct super *s, enum msg_type type, const void *data)
{
	struct notify_before before = {0};

	if (type == MSG_RS_STATE && notify_mails(s->notify))
		before.has_failed =
			hints_find_failed(s->hints, data, &before.failed);
	before.is_news = hints_note(s->hints, type, data);
	notify_on_state(s->notify, type, data, &before);
	if (type == MSG_SYNC_STATE)
		syncd_on_running(s, data);
	if (type == MSG_VRRP_STATE)
		syncd_on_state(s, data);
}

/* ---- signs of life ---- */

static bool
is_everyone_alive(const struct super *s, monotime_t now)
{
	for (int i = 0; i < PROC_COUNT; i++) {
		const struct engine *e = &s->engine[i];

		if (spawn_is_running(e) &&
		    monotime_sub(now, e->ponged) > ALIVE_LIMIT)
			return false;
	}
	return true;
}

static void
on_alive(void *arg, monotime_t now)
{
	struct super *s = arg;
	nsec_t next = ALIVE_INTERVAL;

	/* Not let run ourselves: what was said meanwhile is not yet read. */
	if (monotime_sub(now, s->alive_due) > ALIVE_LATE)
		for (int i = 0; i < PROC_COUNT; i++)
			s->engine[i].ponged = now;
	for (int i = 0; i < PROC_COUNT; i++)
		spawn_check_alive(&s->engine[i], now, ALIVE_LIMIT);
	if (s->sd.watchdog > 0) {
		if (is_everyone_alive(s, now))
			sdnotify_watchdog(&s->sd);
		if (s->sd.watchdog / 2 < next)
			next = s->sd.watchdog / 2;
	}
	s->alive_due = monotime_add(now, next);
	ev_timer_at(&s->alive_timer, s->alive_due);
}

/* ---- signals ---- */

static void
on_child(void *arg, int signo)
{
	struct super *s = arg;
	int status;
	pid_t pid;

	(void)signo;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!spawn_reap(s, pid, status) &&
		    !tracker_reap(s->tracker, pid, status) &&
		    !check_scripts_reap(s->check_scripts, pid, status) &&
		    !fifos_reap(s->fifos, pid, status) &&
		    !postman_reap(s->postman, pid, status))
			(void)runner_reap(s->runner, pid, status);
	super_check_stopped(s);
}

static void
on_term(void *arg, int signo)
{
	(void)signo;
	super_stop(arg, 0);
}

static void
on_reload_time(void *arg)
{
	reload_request(arg);
}

static void
on_hup(void *arg, int signo)
{
	struct super *s = arg;

	(void)signo;
	if (s->realserver != NULL)
		realserver_reload(s->realserver);
	else
		reload_request(s);
}

static void
on_dump(void *arg, int signo)
{
	struct super *s = arg;

	if (s->realserver != NULL)
		return; /* it has no counters */
	if (signo == SIGUSR1)
		dumps_start(s, MSG_DUMP_DATA);
	else if (signo == SIGUSR2)
		dumps_start(s, MSG_DUMP_STATS);
	else if (signo == SIGRTMIN + 2)
		dumps_start(s, MSG_DUMP_JSON);
	else
		dumps_start(s, MSG_DUMP_STATS_CLEAR);
}

static void
signals_init(struct super *s)
{
	struct ev_signal *g = s->signal;

	(void)signal(SIGPIPE, SIG_IGN);
	ev_signal_init(g++, s->loop, SIGCHLD, on_child, s);
	ev_signal_init(g++, s->loop, SIGTERM, on_term, s);
	if (s->opt->ignore_sigint)
		(void)signal(SIGINT, SIG_IGN);
	else
		ev_signal_init(g++, s->loop, SIGINT, on_term, s);
	ev_signal_init(g++, s->loop, SIGHUP, on_hup, s);
	ev_signal_init(g++, s->loop, SIGUSR1, on_dump, s);
	ev_signal_init(g++, s->loop, SIGUSR2, on_dump, s);
	ev_signal_init(g++, s->loop, SIGRTMIN + 2, on_dump, s);
	ev_signal_init(g++, s->loop, SIGRTMAX - 1, on_dump, s);
	s->n_signals = (size_t)(g - s->signal);
}

/*
 * After the fork an engine handles none of our signals.  The descriptors are
 * closed already, so our event loop (whose epoll instance the parent still
 * uses) is not touched by this.
 */
void
super_child(struct super *s)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGUSR1, SIGUSR2};
	sigset_t none;

	for (size_t i = 0; i < s->n_signals; i++)
		ev_signal_fini(&s->signal[i]);
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)signal(SIGRTMIN + 2, SIG_IGN);
	(void)signal(SIGRTMAX - 1, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- life ---- */

static void
tell_beat(void *arg, const struct msg_link_beat *m)
{
	const struct super *s = arg;
	const struct engine *e = &s->engine[PROC_VRRP];

	if (e->im != NULL)
		imsg_send(e->im, MSG_LINK_BEAT, m, -1);
}

static void
super_init(struct super *s)
{
	s->loop = ev_loop_new();
	s->pidfile = PIDFILE_INIT;
	signals_init(s);
	ev_timer_init(&s->stop_timer, s->loop, on_stop_limit, s);
	ev_timer_init(&s->alive_timer, s->loop, on_alive, s);
	s->hints = hints_new();
	s->dumps = dumps_new();
	s->runner = runner_new(s->loop, on_scripts_done, s);
	s->firewall = firewall_new(s->loop, s->runner, &s->conf);
	s->reload_timer = reload_timer_new(s->loop, on_reload_time, s);
	s->linkbeat = linkbeat_new(s->loop, tell_beat, s);
	s->tracker = tracker_new(
		s->loop, &(struct track_out){.say = on_tracked, .arg = s});
	s->check_scripts = check_scripts_new(s->loop, on_script_done, s);
	s->vips = vips_new(s);
	s->fifos = fifos_new(s->loop, s->runner);
	s->postman = postman_new(s->loop, on_scripts_done, s);
	s->notify = notify_new(s->runner, s->fifos, s->postman);
	reload_init(s);
	spawn_init(s);
}

static void
super_fini(struct super *s)
{
	sigset_t all;

	/* Its handlers go: a late signal must not kill what tidies up. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	spawn_fini(s);
	reload_fini(s);
	firewall_free(s->firewall);
	sysctls_free(s->sysctls);
	fullnat_free(s->fullnat);
	ipvs_marks_free(s->ipvs_marks);
	linkbeat_free(s->linkbeat);
	reload_timer_free(s->reload_timer);
	tracker_free(s->tracker);
	check_scripts_free(s->check_scripts);
	vips_free(s->vips);
	notify_free(s->notify);
	postman_free(s->postman);
	fifos_free(s->fifos);
	runner_free(s->runner);
	dumps_free(s->dumps);
	hints_free(s->hints);
	ev_timer_fini(&s->alive_timer);
	ev_timer_fini(&s->stop_timer);
	for (size_t i = 0; i < s->n_signals; i++)
		ev_signal_fini(&s->signal[i]);
	ev_loop_free(s->loop);
	services_file_remove();
	pidfile_close(&s->pidfile);
	setup_fini(&s->setup);
	conf_free(s->conf);
	free(s->conf_file);
}

static void
live(struct super *s, struct conf *c)
{
	s->alive_due = monotime_add(monotime_now(),
				    s->sd.watchdog > 0 && s->sd.watchdog / 2 <
								  ALIVE_INTERVAL
					    ? s->sd.watchdog / 2
					    : ALIVE_INTERVAL);
	ev_timer_at(&s->alive_timer, s->alive_due);
	s->sysctls = sysctls_new(s, c);
	s->fullnat = fullnat_new(s, c);
	s->ipvs_marks = ipvs_marks_new(s, c);
	reload_start(s, c);
	ev_loop_run(s->loop);
	if (!s->opt->keep_vips) /* addresses that stay are not opened */
		firewall_stop(s->firewall);
	if (!s->opt->keep_ipvs) { /* services that stay need them */
		fullnat_stop(s->fullnat);
		ipvs_marks_stop(s->ipvs_marks);
		sysctls_stop(s->sysctls);
	}
	if (s->conf != NULL)
		runner_run_now(
			s->runner, &daemon_conf_get(s->conf)->shutdown_script,
			daemon_conf_get(s->conf)->shutdown_script_timeout);
}

static void
run_engines(struct super *s, struct conf *c)
{
	runner_run_now(s->runner, &daemon_conf_get(c)->startup_script,
		       daemon_conf_get(c)->startup_script_timeout);
	live(s, c);
}

int
supervisor_run(const struct options *o, void (*ready)(void *arg), void *arg)
{
	struct super s = {.opt = o, .ready = ready, .ready_arg = arg};
	struct conf *c = NULL;

	sdnotify_open(&s.sd);
	super_init(&s);
	setup_begin(&s);
	c = setup_read(&s);
	if (c != NULL && setup_environment(&s, c)) {
		confio_log_pending(c, o);
		if (o->dump_conf)
			confio_log(c);
		runner_set_conf(s.runner, c);
		if (s.is_realserver)
			realserver_run(&s, c);
		else
			run_engines(&s, c);
	} else {
		conf_free(c);
	}
	log_info("Stopped Duumvir v%s", PACKAGE_VERSION);
	super_fini(&s);
	sdnotify_close(&s.sd);
	log_close();
	return s.exit_status;
}
